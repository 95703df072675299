//! Every command's `--json` against its schema in `cli/schema`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chartkey::dates;
use chartkey_tests::{Home, PATIENT, Run, World, programs};
use serde_json::Value;

/// Address of the clinic: the second of anvil's accounts.
const CLINIC: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const JUNK: &str = "test test test test test test test test test test test junk";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/schema")
}

/// Judges runs and remembers which commands it saw succeed.
#[derive(Default)]
pub(crate) struct Judge(RefCell<BTreeSet<String>>);

impl Judge {
    /// The envelope, after it was held against the schema of `name`.
    pub(crate) fn take(&self, name: &str, run: &Run) -> Value {
        let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).expect(name);
        let schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("a sound schema");
        let document = run.envelope();
        if let Err(error) = validator.validate(&document) {
            panic!("{name}: {error}\n{document:#}");
        }
        if document["ok"] == true {
            self.0.borrow_mut().insert(name.to_owned());
        }
        document
    }

    pub(crate) fn success(&self, name: &str, run: Run) -> Value {
        self.take(name, &run.succeeds())["data"].clone()
    }

    /// Each command that `is_concerned` picks was judged by a success, and no other.
    pub(crate) fn has_seen_all(self, is_concerned: impl Fn(&str) -> bool) {
        let files = std::fs::read_dir(folder()).expect("cli/schema");
        let names = files
            .map(|file| file.expect("readable").path().file_stem().unwrap().display().to_string());
        let names: BTreeSet<_> = names.filter(|name| is_concerned(name)).collect();
        assert_eq!(self.0.into_inner(), names, "each command is judged by a success");
    }
}

#[test]
fn each_command_prints_what_its_schema_says() {
    let (world, judge) = (World::new(), Judge::default());
    stays(&world, &judge);
    records(&world, &judge);
    details(&world, &judge);
    identities(&world, &judge);
    providers(&world, &judge);
    crate::access_schema::every_command(&judge);
    wallets(&world, &judge);

    // Those need more people and other times: emergency_cli.rs, guardians_cli.rs.
    let elsewhere = ["emergency-", "guardian-", "recover-", "transfer-"];
    judge.has_seen_all(|name| !elsewhere.iter().any(|prefix| name.starts_with(prefix)));
}

fn wallets(world: &World, judge: &Judge) {
    let home = Home::at(&world.node.url());
    judge.success("wallet-new", home.run(&["wallet", "new", "a", "--mnemonic", "--json"]));
    let key = home.private_file("key", chartkey_tests::anvil_key(4).as_bytes());
    let import = home.run(&["wallet", "import", "b", "--key-file", &key, "--json"]);
    judge.success("wallet-import", import);
    judge.success("wallet-list", home.run(&["wallet", "list", "--json"]));
    let programs = programs::folder().display().to_string();
    let deploy = ["deploy", "--account", "b", "--yes", "--json", "--programs", &programs];
    judge.success("deploy", home.run(&deploy));
    judge.success("config-show", home.run(&["config", "show", "--json"]));
    judge.success("config-trust", home.run(&["config", "trust", ".", "--json"]));
    let sent = world.as_patient(&["wallet", "send", PATIENT, "1gwei", "--json"]);
    let sent = judge.success("wallet-send", sent);
    let hash = sent["tx"].as_str().expect("a hash").to_owned();
    judge.success("tx-show", world.as_patient(&["tx", "show", &hash, "--json"]));
    judge.success("tx-wait", world.as_patient(&["tx", "wait", &hash, "--json"]));
    judge.success("wallet-balance", world.as_patient(&["wallet", "balance", "--json"]));
    let unknown = format!("0x{}", "11".repeat(32));
    judge.take("tx-show", &world.as_patient(&["tx", "show", &unknown, "--json"]).ends_with(8));
}

fn identities(world: &World, judge: &Judge) {
    let home = Home::at(&world.node.url());
    let phrase = home.private_file("phrase", JUNK.as_bytes());
    let run = |args: &[&str]| {
        let key = ["--mnemonic-file", &phrase, "--mnemonic-index", "2", "--yes", "--json"];
        home.run(&[args, &key, &world.flags()[..]].concat())
    };
    drop(home.run(&["wallet", "new", "safe"]).succeeds());
    let slot = ["--slot-wallet", "safe", "--slot-domain", "records.example"];
    judge.take("identity-register", &run(&["identity", "register", "--dry-run"]).succeeds());
    let random = [&["identity", "register", "--random-root"][..], &slot].concat();
    judge.success("identity-register", run(&random));
    judge.take("identity-register", &run(&["identity", "register"]).ends_with(3));
    judge.take("identity-show", &run(&["identity", "show"]).succeeds());
    judge.success("identity-show", run(&[&["identity", "show"][..], &slot].concat()));
    judge.success("identity-slot-add", run(&[&["identity", "slot", "add"][..], &slot].concat()));
    judge.success("identity-fingerprint", run(&["identity", "fingerprint"]));
    let rotate =
        [&["identity", "rotate", "--passphrase", "--passphrase-command", "echo p"][..], &slot];
    judge.success("identity-rotate", run(&rotate.concat()));
    judge.take("identity-restore", &run(&["identity", "restore", "me"]).ends_with(4));
    let restore = ["identity", "restore", "me", "--passphrase-command", "echo p"];
    judge.success("identity-restore", run(&restore));
    let me = ["--account", "me", "--passphrase-command", "echo p", "--json"];
    let unlock = [&["unlock", "--for", "1m"][..], &me, &world.flags()].concat();
    judge.success("unlock", home.run(&unlock));
    judge.success("lock", home.run(&["lock", "--json"]));
}

fn providers(world: &World, judge: &Judge) {
    let run = |args: &[&str]| world.as_clinic(&[&["provider"][..], args, &["--json"]].concat());
    judge.take("provider-credential-show", &run(&["credential", "show", PATIENT]).succeeds());
    let period = ["--valid-from", "2026-01-01", "--until", "2999-01-01"];
    let set = run(&[&["credential", "set", PATIENT][..], &period].concat());
    judge.success("provider-credential-set", set);
    for step in ["suspend", "resume", "show"] {
        let run = run(&["credential", step, PATIENT]);
        judge.success(&format!("provider-credential-{step}"), run);
    }
    judge.success("provider-registrar-offer", run(&["registrar", "offer", PATIENT]));
    judge.success("provider-registrar-show", run(&["registrar", "show"]));
    let accept = world.as_patient(&["provider", "registrar", "accept", "--json"]);
    judge.success("provider-registrar-accept", accept);
    judge.take("provider-registrar-offer", &run(&["registrar", "offer", PATIENT]).ends_with(3));
}

fn records(world: &World, judge: &Judge) {
    judge.success("record-create", world.as_patient(&["record", "create", "--json"]));
    let file = world.patient.file("c.json", br#"{"resourceType":"Condition"}"#);
    for name in ["update-history", "update-medications"] {
        let dry = ["record", name, &file, "--json", "--dry-run"];
        judge.take(&format!("record-{name}"), &world.as_patient(&dry).succeeds());
        let update = world.as_patient(&["record", name, &file, "--json"]);
        judge.success(&format!("record-{name}"), update);
    }
    entries(world, judge, &file);
    let bundle = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/fhir/synthea-chronic.json");
    judge.success("fhir-import", world.as_patient(&["fhir", "import", bundle, "--json"]));
    judge.success(
        "fhir-import",
        world.as_patient(&["fhir", "import", bundle, "--json", "--dry-run"]),
    );
    for format in ["bundle", "ips", "consent", "audit"] {
        let export = ["fhir", "export", "--format", format, "--json"];
        judge.success("fhir-export", world.as_patient(&export));
    }
    judge.success("record-export", world.as_patient(&["record", "export", "--json"]));
    let missing = ["fhir", "export", "--section", "dreams", "--json"];
    judge.take("fhir-export", &world.as_patient(&missing).ends_with(8));
    judge.success("record-show", world.as_patient(&["record", "show", "--json"]));
    judge.success("record-verify", world.as_patient(&["record", "verify", "--json"]));
    audit(world, judge);
    let missing = ["record", "show", "--section", "dreams", "--json"];
    judge.take("record-show", &world.as_patient(&missing).ends_with(8));
}

/// What is written to a record entry by entry, and the keys of its sections.
fn entries(world: &World, judge: &Judge, file: &str) {
    let words = world.patient.file("words.txt", b"since spring");
    let annotate = ["medical-history", "2", &words, "--kind", "statement"];
    let commands: [(&str, &[&str]); 6] = [
        ("add", &["medical-history", file]),
        ("amend", &["medical-history", "2", file]),
        ("annotate", &annotate),
        ("retract", &["medical-history", "3", "--reason", &words]),
        ("open", &["dental"]),
        ("rotate", &["--all"]),
    ];
    for (name, args) in commands {
        let command = [&["record", name], args, &["--json"]].concat();
        let dry = world.as_patient(&[&command[..], &["--dry-run"]].concat());
        judge.take(&format!("record-{name}"), &dry.succeeds());
        judge.success(&format!("record-{name}"), world.as_patient(&command));
    }
    let history = ["record", "history", "medical-history", "2", "--json"];
    judge.success("record-history", world.as_patient(&history));
    judge.success("record-list", world.as_patient(&["record", "list", "--json"]));
    judge.success("record-show", world.as_patient(&["record", "show", "--all", "--json"]));
    let refused = ["record", "amend", "medical-history", "1", file, "--json"];
    judge.take("record-amend", &world.as_patient(&refused).ends_with(8));
}

/// What is told about a stay: written, repeated, amended, read.
fn details(world: &World, judge: &Judge) {
    let (stay, name) = (world.quote(), "appointment-details");
    let file = world.clinic.file("room.txt", b"Room 101");
    let tell = ["appointment", "details", &stay, &file, "--text", "--json"];
    let dry = world.as_clinic(&[&tell[..], &["--dry-run"]].concat());
    judge.take(name, &dry.succeeds());
    for _ in 0..2 {
        judge.success(name, world.as_clinic(&tell));
    }
    judge.success(name, world.as_clinic(&["appointment", "details", &stay, "--deliver", "--json"]));
    let read = ["appointment", "details", &stay, "--json"];
    let read = judge.success(name, world.as_patient(&read));
    assert_eq!(read["details"][0]["body"], "Room 101");
    let none = ["appointment", "details", "99", "--json"];
    judge.take(name, &world.as_patient(&none).ends_with(8));
}

fn audit(world: &World, judge: &Judge) {
    drop(world.as_clinic(&["record", "create"]).succeeds());
    let grant = ["access", "grant", CLINIC, "--section", "medications", "--open-ended", "--json"];
    judge.success("access-grant", world.as_patient(&grant));
    for name in ["log", "report", "disclosures", "verify"] {
        let run = world.as_patient(&["audit", name, "--json"]);
        judge.success(&format!("audit-{name}"), run);
    }
    let file = world.patient.path().join("saved").display().to_string();
    judge.success("backup", world.as_patient(&["backup", &file, "--json"]));
    judge.success("restore", world.as_patient(&["restore", &file, "--json"]));
    judge.take("backup", &world.as_patient(&["backup", &file, "--json"]).ends_with(2));
    judge.success("access-list", world.as_patient(&["access", "list", "--json"]));
    let revoke = world.as_patient(&["access", "revoke", CLINIC, "--json"]);
    judge.success("access-revoke", revoke);
}

/// Number of the stay that a quote or a request answers with.
fn number(answer: &Value) -> String {
    answer["stay"].as_str().expect("a number").to_owned()
}

/// The day `ahead` days from now, or back.
fn day(ahead: i64) -> String {
    let today = i64::try_from(dates::now() / 86_400).expect("days fit");
    dates::format_day(u32::try_from(today + ahead).expect("after 1970"))
}

fn stays(world: &World, judge: &Judge) {
    let quote = ["appointment", "quote", "--patient", PATIENT, "--admit", "2099-12-01"];
    let rest = ["--discharge", "2099-12-03", "--room", "101", "--total", "1.5eth", "--json"];
    let run = world.as_clinic(&[&quote[..], &rest[..]].concat());
    let stay = number(&judge.success("appointment-quote", run));
    for name in ["pay", "settle"] {
        let run = world.as_patient(&["appointment", name, &stay, "--json"]);
        judge.success(&format!("appointment-{name}"), run);
    }
    for args in [&["--json"][..], &["--json", "--fhir"], &["--json", "--billed", "9USD"]] {
        let receipt = [&["payment", "receipt", &stay][..], args].concat();
        judge.success("payment-receipt", world.as_patient(&receipt));
    }
    judge.success("payment-withdraw", world.as_clinic(&["payment", "withdraw", "--json"]));
    for args in [&["--json"][..], &["--json", "--fhir"]] {
        let statement = [&["payment", "statement"][..], args].concat();
        judge.success("payment-statement", world.as_clinic(&statement));
    }
    let missing = world.as_patient(&["payment", "receipt", "99", "--json"]).ends_with(8);
    judge.take("payment-receipt", &missing);
    watching(world, judge, &stay);
    judge.success("appointment-list", world.as_clinic(&["appointment", "list", "--json"]));
    let again = world.as_patient(&["appointment", "pay", &stay, "--json"]).ends_with(3);
    judge.take("appointment-pay", &again);
    clinic(world, judge);
    steps(world, judge);
}

/// Each line of a watch is a document of its own.
fn watching(world: &World, judge: &Judge, stay: &str) {
    for (name, from) in [("show", &[][..]), ("show", &["--from", "0"]), ("list", &["--from", "0"])]
    {
        let number = if name == "show" { &[stay][..] } else { &[] };
        let watch = ["--watch", "--timeout", "0", "--json"];
        let run = world.as_patient(&[&["appointment", name][..], number, from, &watch].concat());
        let run = run.succeeds();
        assert!(!run.stdout.is_empty());
        for line in run.stdout.lines() {
            let line =
                Run { stdout: line.to_owned(), command: name.into(), stderr: String::new(), ..run };
            judge.take(&format!("appointment-{name}"), &line);
        }
    }
}

fn clinic(world: &World, judge: &Judge) {
    let policy = ["clinic", "policy", "--name", "standard", "--grace-hours", "0", "--json"];
    let rest = ["--settle-delay-hours", "240", "--arbiter", CLINIC, "--pay-within-hours", "0"];
    judge.success("clinic-policy", world.as_clinic(&[&policy[..], &rest[..]].concat()));
    let staff = ["clinic", "staff", PATIENT, "--days", "1", "--json"];
    judge.success("clinic-staff", world.as_clinic(&staff));
    judge.success(
        "clinic-token",
        world.as_clinic(&["clinic", "token", CLINIC, "--refuse", "--json"]),
    );
    let (from, to) = (day(0), day(100));
    let room = ["clinic", "room", "101", "--first", &from, "--end", &to, "--json"];
    judge.success("clinic-room", world.as_clinic(&room));
    let calendar =
        ["appointment", "calendar", "101", "--first", "2099-11-30", "--days", "4", "--json"];
    let shown = judge.success("appointment-calendar", world.as_clinic(&calendar));
    let slots: Vec<_> = shown["nights"].as_array().expect("nights").iter().collect();
    assert_eq!((&slots[0]["slot"], &slots[1]["slot"]), (&"free".into(), &"busy".into()));
}

/// Every step of a stay, each on a stay of its own that began yesterday.
fn steps(world: &World, judge: &Judge) {
    let (admit, discharge, between) = (day(-1), day(3), day(1));
    let days = ["--admit", &admit, "--discharge", &discharge];
    let request = ["appointment", "request", "--clinic", CLINIC, "--json"];
    let run = world.as_patient(&[&request[..], &days[..]].concat());
    let requested = number(&judge.success("appointment-request", run));
    let quote = |room: &str, more: &[&str]| {
        let quote = ["appointment", "quote", "--room", room, "--total", "1eth", "--json"];
        let run = world.as_clinic(&[&quote[..], &days[..], &["--policy", "1"], more].concat());
        number(&run.succeeds().envelope()["data"])
    };
    let step = |name: &str, run: Run| judge.success(&format!("appointment-{name}"), run);
    let patient = |name: &str, stay: &str, more: &[&str]| {
        step(name, world.as_patient(&[&["appointment", name, stay, "--json"], more].concat()))
    };
    let clinic = |name: &str, stay: &str, more: &[&str]| {
        step(name, world.as_clinic(&[&["appointment", name, stay, "--json"], more].concat()))
    };
    let to_patient = ["--patient", PATIENT];
    assert_eq!(quote("1", &["--request", &requested]), requested);
    patient("hold", &requested, &[]);
    patient("show", &requested, &[]);
    clinic("cancel", &requested, &[]);

    let paid = |room: &str| {
        let stay = quote(room, &to_patient);
        patient("pay", &stay, &[]);
        stay
    };
    let stay = paid("2");
    clinic("arrive", &stay, &[]);
    clinic("discharge", &stay, &["--on", &between]);
    patient("claim", &stay, &["--insurer", CLINIC, "0.5eth"]);
    clinic("settle-claim", &stay, &["0.1eth", "--to", "patient"]);
    patient("withdraw-claim", &stay, &[]);
    patient("dispute", &stay, &[]);
    clinic("decide", &stay, &["--refund", "0.25eth"]);
    clinic("no-show", &paid("3"), &[]);
    clinic("retract", &paid("4"), &[]);
    patient("complete", &paid("5"), &[]);

    let stay = quote("6", &to_patient);
    patient("book", &stay, &[]);
    // The time to pay is over with the next second of the chain.
    let lapse = ["appointment", "lapse", &stay, "--json"];
    let lapsed = (0..100).map(|_| world.as_patient(&lapse)).find(|run| run.code == 0);
    step("lapse", lapsed.expect("a second passes"));
}
