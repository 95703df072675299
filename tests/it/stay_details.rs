//! Details of a stay that are not for the chain: told from clinic to patient and back as entries that both
//! can open (issue 6, point 5).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use alloy_primitives::keccak256;
use chartkey_tests::{Home, LyingNode, PATIENT, Run, World, anvil_key};
use serde_json::{Value, json};

const CLINIC: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
/// Anvil's third account.
const THIRD: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const ROOM: &str = "Room 101, second floor.\nCome fasting.";
const ANSWER: &str = "I need a bed by the window";

/// A clinic and a patient with a record each, and somebody who has nothing to do with them.
struct Desk {
    world: World,
    third: Home,
}

#[derive(Debug, Clone, Copy)]
enum Who {
    Clinic,
    Patient,
    Third,
}
use Who::{Clinic, Patient, Third};

impl Desk {
    fn open() -> Self {
        let desk = Self::closed();
        for who in [Clinic, Patient] {
            drop(desk.run(who, &["record", "create"]).succeeds());
        }
        desk
    }

    /// Nobody has a record, and nobody has registered a key.
    fn closed() -> Self {
        let world = World::quick();
        let third = Home::at(&world.node.url());
        drop(third.private_file("third.key", anvil_key(2).as_bytes()));
        Self { world, third }
    }

    const fn home(&self, who: Who) -> &Home {
        match who {
            Clinic => &self.world.clinic,
            Patient => &self.world.patient,
            Third => &self.third,
        }
    }

    /// Arguments with which `who` runs a command; nobody needs a password.
    fn args(&self, who: Who, args: &[&str]) -> Vec<String> {
        let name = format!("{who:?}.key").to_lowercase();
        let key = self.home(who).path().join(name).display().to_string();
        let own = ["--key-file", &key, "--unlock-with-account-key", "--yes"];
        let url = self.world.node.url();
        let url = if args.contains(&"--rpc-url") { vec![] } else { vec!["--rpc-url", &url] };
        let all = [args, &own, &url, &self.world.flags()[..]].concat();
        all.into_iter().map(str::to_owned).collect()
    }

    fn run(&self, who: Who, args: &[&str]) -> Run {
        self.run_with(who, args, b"")
    }

    fn run_with(&self, who: Who, args: &[&str], input: &[u8]) -> Run {
        let args = self.args(who, args);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        self.home(who).run_raw(&args, input)
    }

    /// Data of a success.
    fn data(&self, who: Who, args: &[&str]) -> Value {
        self.run(who, &[args, &["--json"]].concat()).succeeds().envelope()["data"].clone()
    }

    /// The error of a run that ends with `code`.
    fn error(&self, who: Who, args: &[&str], code: i32) -> Value {
        self.run(who, &[args, &["--json"]].concat()).ends_with(code).envelope()["error"].clone()
    }

    fn quote(&self) -> String {
        self.world.quote()
    }

    /// `who` tells a text about a stay.
    fn tell(&self, who: Who, stay: &str, text: &str, more: &[&str]) -> Value {
        let run = self.try_tell(who, stay, text, more);
        run.succeeds().envelope()["data"].clone()
    }

    fn try_tell(&self, who: Who, stay: &str, text: &str, more: &[&str]) -> Run {
        let details = ["appointment", "details", stay, "-", "--text", "--json"];
        self.run_with(who, &[&details[..], more].concat(), text.as_bytes())
    }

    /// The details of a stay as `who` reads them.
    fn read(&self, who: Who, stay: &str, more: &[&str]) -> Vec<Value> {
        let data = self.data(who, &[&["appointment", "details", stay][..], more].concat());
        data["details"].as_array().expect("details").clone()
    }

    fn record(&self, who: Who) -> String {
        let listed = self.data(who, &["record", "list"]);
        let listed = listed["records"].as_array().expect("records");
        let own = listed.iter().find(|one| one["state"] == "own").expect("an own record");
        own["record"].as_str().expect("an id").to_owned()
    }

    /// How many transactions the chain has.
    fn transactions(&self) -> u64 {
        let count = |account: &str| {
            let count =
                self.world.rpc("eth_getTransactionCount", &json!([account, "latest"])).clone();
            u64::from_str_radix(&count.as_str().expect("hex")[2..], 16).expect("hex")
        };
        [CLINIC, PATIENT, THIRD].into_iter().map(count).sum()
    }
}

/// What each detail says.
fn bodies(details: &[Value]) -> Vec<&str> {
    details.iter().map(|one| one["body"].as_str().expect("a text")).collect()
}

#[test]
fn both_parties_read_what_both_have_told_and_nobody_needs_a_grant() {
    let desk = Desk::open();
    let stay = desk.quote();

    let sent = desk.tell(Clinic, &stay, ROOM, &[]);
    let answered = desk.tell(Patient, &stay, ANSWER, &[]);

    assert_eq!((&sent["toRole"], &sent["to"]), (&"patient".into(), &PATIENT.into()));
    assert_eq!((&answered["toRole"], &answered["to"]), (&"clinic".into(), &CLINIC.into()));
    for who in [Clinic, Patient] {
        let details = desk.read(who, &stay, &[]);
        assert_eq!(bodies(&details), [ROOM, ANSWER]);
        let roles: Vec<_> = details.iter().map(|one| &one["authorRole"]).collect();
        assert_eq!(roles, ["clinic", "patient"]);
        let owners: Vec<_> = details.iter().map(|one| &one["owner"]).collect();
        assert_eq!(owners, ["clinic", "patient"]);
        assert_eq!(details[0]["seq"], sent["entry"]["seq"]);
        for name in ["authoredAt", "time", "tx", "record", "handle"] {
            assert!(!details[1][name].is_null(), "{name}");
        }
    }
    let own = desk.read(Clinic, &stay, &[]);
    assert_eq!(own[0]["section"], "administration");
    let text = desk.run(Patient, &["appointment", "details", &stay]).succeeds().stdout;
    assert!(text.contains(&format!("clinic {CLINIC}, recorded ")), "{text}");
    assert!(text.contains("\n    Room 101, second floor.\n    Come fasting.\n"), "{text}");
    for record in [desk.record(Clinic), desk.record(Patient)] {
        let listed = desk.data(Patient, &["access", "list", "--record", &record]);
        assert_eq!(listed["grants"], json!([]), "{listed}");
    }
}

#[test]
fn a_stay_that_is_only_asked_for_can_be_talked_about() {
    let desk = Desk::open();
    let days = ["--admit", "2099-12-01", "--discharge", "2099-12-03"];
    let request = [&["appointment", "request", "--clinic", CLINIC][..], &days].concat();
    let stay = desk.data(Patient, &request)["stay"].as_str().expect("a number").to_owned();

    drop(desk.tell(Patient, &stay, ANSWER, &[]));

    assert_eq!(bodies(&desk.read(Clinic, &stay, &[])), [ANSWER]);
}

#[test]
fn others_can_neither_tell_nor_read() {
    let desk = Desk::open();
    let stay = desk.quote();
    let sent = desk.tell(Clinic, &stay, ROOM, &[]);
    drop(desk.run(Third, &["record", "create"]).succeeds());
    let before = desk.transactions();

    let read = desk.error(Third, &["appointment", "details", &stay], 8);
    let told = desk.try_tell(Third, &stay, "nosy", &[]).ends_with(8);

    assert!(
        read["message"].as_str().expect("text").contains("neither clinic nor patient"),
        "{read}"
    );
    assert_eq!(told.envelope()["error"]["code"], "NotFound");
    assert_eq!(desk.transactions(), before, "nothing is sent");
    let record = sent["record"].as_str().expect("an id");
    let shown = desk.data(Third, &["record", "show", "--record", record]);
    let entries = shown["sections"].as_array().expect("sections").iter();
    let entries = entries.flat_map(|one| one["entries"].as_array().expect("entries"));
    let bodies: Vec<_> = entries.map(|entry| &entry["body"]).collect();
    assert!(!bodies.is_empty() && bodies.iter().all(|body| body.is_null()), "{bodies:?}");
}

#[test]
fn who_is_no_party_is_told_so_before_a_password_is_asked_for() {
    let desk = Desk::open();
    let stay = desk.quote();
    let key = desk.third.path().join("third.key").display().to_string();
    drop(desk.third.run(&["wallet", "import", "nosy", "--key-file", &key]).succeeds());
    let url = desk.world.node.url();
    let details = ["appointment", "details", &stay, "--account", "nosy", "--rpc-url", &url];

    // No password is at hand: whoever asks for one ends with 4.
    let run = desk.third.run_raw(&[&details[..], &desk.world.flags()].concat(), b"");

    drop(run.ends_with(8));
}

#[test]
fn details_of_one_stay_are_not_shown_for_another() {
    let desk = Desk::open();
    let stays = ["201", "202"].map(|room| {
        let quote = ["appointment", "quote", "--patient", PATIENT, "--admit", "2099-12-01"];
        let rest = ["--discharge", "2099-12-03", "--room", room, "--total", "1eth"];
        let quoted = desk.data(Clinic, &[&quote[..], &rest].concat());
        quoted["stay"].as_str().expect("a number").to_owned()
    });
    for (stay, text) in stays.iter().zip(["of the first", "of the second"]) {
        drop(desk.tell(Clinic, stay, text, &[]));
    }

    for who in [Clinic, Patient] {
        assert_eq!(bodies(&desk.read(who, &stays[0], &[])), ["of the first"]);
        assert_eq!(bodies(&desk.read(who, &stays[1], &[])), ["of the second"]);
    }
    let none = desk.error(Clinic, &["appointment", "details", "99"], 8);
    assert_eq!(none["message"], "there is no stay 99");
}

#[test]
fn the_same_is_not_said_twice_and_not_handed_over_twice() {
    let desk = Desk::open();
    let stay = desk.quote();
    let first = desk.tell(Clinic, &stay, ROOM, &[]);
    assert!(!first["append"].is_null() && !first["delivery"].is_null(), "{first}");
    let before = desk.transactions();

    let again = desk.tell(Clinic, &stay, ROOM, &[]);
    let delivered = desk.data(Clinic, &["appointment", "details", &stay, "--deliver"]);

    assert_eq!(again["entry"], first["entry"]);
    assert_eq!((&again["append"], &again["delivery"]), (&Value::Null, &Value::Null));
    assert_eq!((&again["delivered"], &delivered["delivered"]), (&json!([]), &json!([])));
    assert_eq!(desk.transactions(), before);
    let second = desk.tell(Clinic, &stay, "The gate is open until eight", &[]);
    assert_eq!(second["delivered"].as_array().expect("entries").len(), 1, "{second}");
    // A home that remembers nothing knows it from the chain.
    let fresh = Home::at(&desk.world.node.url());
    drop(fresh.private_file("clinic.key", anvil_key(1).as_bytes()));
    let args = desk.args(Clinic, &["appointment", "details", &stay, "--deliver", "--json"]);
    let key = fresh.path().join("clinic.key").display().to_string();
    let args: Vec<&str> = args
        .iter()
        .map(|arg| if arg.ends_with("clinic.key") { key.as_str() } else { arg.as_str() })
        .collect();
    let run = fresh.run_raw(&args, b"").succeeds();
    assert_eq!(run.envelope()["data"]["delivered"], json!([]));
}

#[test]
fn a_party_that_has_registered_no_key_is_named_with_what_to_do() {
    let desk = Desk::closed();
    drop(desk.run(Clinic, &["record", "create"]).succeeds());
    let stay = desk.quote();
    let before = desk.transactions();

    let error = desk.try_tell(Clinic, &stay, ROOM, &[]).ends_with(8).envelope()["error"].clone();

    assert_eq!(error["code"], "KeyNotRegistered");
    assert!(error["message"].as_str().expect("text").contains(PATIENT), "{error}");
    assert_eq!(error["hint"], "ask its holder to run: chartkey identity register");
    assert_eq!(desk.transactions(), before, "nothing is written for somebody who cannot get it");
    drop(desk.run(Patient, &["identity", "register"]).succeeds());
    drop(desk.tell(Clinic, &stay, ROOM, &[]));
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [ROOM]);
}

#[test]
fn who_has_no_record_is_told_to_make_one() {
    let desk = Desk::closed();
    let stay = desk.quote();

    let error = desk.try_tell(Clinic, &stay, ROOM, &[]).ends_with(8).envelope()["error"].clone();

    assert_eq!(error["hint"], "chartkey record create");
}

#[test]
fn a_changed_key_is_refused_until_its_words_were_compared() {
    let desk = Desk::open();
    let stay = desk.quote();
    drop(desk.tell(Clinic, &stay, ROOM, &[]));
    let passphrase = ["--passphrase", "--passphrase-command", "echo p"];
    let rotated = desk.data(Patient, &[&["identity", "rotate"][..], &passphrase].concat());
    let before = desk.transactions();

    let error = desk.try_tell(Clinic, &stay, "more", &[]).ends_with(7).envelope()["error"].clone();

    assert_eq!(error["code"], "ReaderKeyChanged");
    assert_eq!(desk.transactions(), before, "nothing is written either");
    let words = rotated["fingerprint"].as_str().expect("words");
    drop(desk.data(Clinic, &["access", "confirm", PATIENT, "--fingerprint", words]));
    let sent = desk.tell(Clinic, &stay, "more", &[]);
    assert_eq!(sent["delivered"].as_array().expect("entries").len(), 2, "to the new key all of it");
    let read = desk.read(Patient, &stay, &passphrase[1..]);
    assert_eq!(bodies(&read), [ROOM, "more"]);
}

#[test]
fn the_words_of_a_first_contact_must_fit() {
    let desk = Desk::open();
    let stay = desk.quote();
    let wrong = ["--fingerprint", "abandon abandon abandon"];

    let error = desk.try_tell(Clinic, &stay, ROOM, &wrong).ends_with(7).envelope()["error"].clone();
    let shown = desk.data(Patient, &["identity", "fingerprint"]);
    let words = shown["fingerprint"].as_str().expect("words");
    drop(desk.tell(Clinic, &stay, ROOM, &["--fingerprint", words]));

    assert_eq!(error["code"], "FingerprintMismatch");
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [ROOM]);
}

/// A node that stands still with the first question for logs after a transaction was sent.
struct Halting {
    node: LyingNode,
    halted: mpsc::Receiver<()>,
    go_on: mpsc::Sender<()>,
}

impl Halting {
    fn in_front_of(url: &str) -> Self {
        let (tell, halted) = mpsc::channel();
        let (go_on, wait) = mpsc::channel::<()>();
        let (tell, wait) = (Mutex::new(tell), Mutex::new(wait));
        let is_sent = AtomicBool::new(false);
        let node = LyingNode::in_front_of(url, move |method, _| {
            if method.starts_with("eth_sendRawTransaction") {
                is_sent.store(true, Ordering::SeqCst);
            }
            if method == "eth_getLogs" && is_sent.load(Ordering::SeqCst) {
                let _ = tell.lock().expect("one at a time").send(());
                let _ = wait.lock().expect("one at a time").recv();
            }
        });
        Self { node, halted, go_on }
    }
}

#[test]
fn a_run_that_is_killed_between_entry_and_delivery_is_finished_by_the_next() {
    let desk = Desk::open();
    let stay = desk.quote();
    // The section is there, so that the first transaction is the entry.
    drop(desk.run(Clinic, &["record", "open", "administration"]).succeeds());
    let file = desk.world.clinic.file("room.txt", ROOM.as_bytes());
    let details = ["appointment", "details", &stay, &file, "--text", "--json"];
    let halting = Halting::in_front_of(&desk.world.node.url());
    let args = desk.args(Clinic, &[&details[..], &["--rpc-url", halting.node.url()]].concat());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut child = desk.world.clinic.start(&args, &[]);
    halting.halted.recv_timeout(Duration::from_secs(60)).expect("the entry is sent");
    child.kill().expect("it runs");
    drop(child.wait());
    drop(halting.go_on);
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [] as [&str; 0], "the key is missing");

    let second = desk.data(Clinic, &details[..5]);
    let third = desk.data(Clinic, &details[..5]);

    assert!(second["append"].is_null() && !second["delivery"].is_null(), "{second}");
    assert!(third["append"].is_null() && third["delivery"].is_null(), "{third}");
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [ROOM]);
    assert_eq!(bodies(&desk.read(Clinic, &stay, &[])), [ROOM], "it is there once");
}

#[test]
fn a_delivery_whose_outcome_was_not_told_is_not_made_again() {
    let desk = Desk::open();
    let stay = desk.quote();
    let first = desk.tell(Clinic, &stay, "before", &[]);
    let seq = first["entry"]["seq"].to_string();
    let amended = desk.world.clinic.file("amended.txt", b"after");
    let amend = ["record", "amend", "administration", &seq, &amended, "--text"];
    drop(desk.run(Clinic, &amend).succeeds());
    let silent = LyingNode::in_front_of(&desk.world.node.url(), |method, result| {
        if matches!(method, "eth_getTransactionReceipt" | "eth_sendRawTransactionSync") {
            *result = Value::Null;
        }
    });
    let deliver = ["appointment", "details", &stay, "--deliver"];
    let args = [&deliver[..], &["--rpc-url", silent.url(), "--timeout", "1"]].concat();
    drop(desk.error(Clinic, &args, 6));
    let before = desk.transactions();

    let again = desk.data(Clinic, &deliver);

    assert_eq!(again["delivered"], json!([]), "{again}");
    assert_eq!(desk.transactions(), before);
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), ["after"]);
}

#[test]
fn amendments_and_retractions_are_followed() {
    let desk = Desk::open();
    let stay = desk.quote();
    let sent = desk.tell(Clinic, &stay, "Room 101", &[]);
    let seq = sent["entry"]["seq"].to_string();
    let other = desk.tell(Clinic, &stay, "Come fasting", &[])["entry"]["seq"].to_string();
    let file = desk.world.clinic.file("new.txt", b"Room 102");
    let deliver = ["appointment", "details", &stay, "--deliver"];

    let amend = ["record", "amend", "administration", &seq, &file, "--text"];
    let said = desk.run(Clinic, &amend).succeeds().stdout;
    assert!(said.contains(&format!("chartkey appointment details {stay} --deliver")), "{said}");
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), ["Room 101", "Come fasting"], "not yet");
    drop(desk.data(Clinic, &deliver));
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), ["Come fasting", "Room 102"]);

    let reason = desk.world.clinic.file("reason.txt", b"of another patient");
    let retract = ["record", "retract", "administration", &other, "--reason", &reason];
    let said = desk.run(Clinic, &retract).succeeds().stdout;
    assert!(said.contains("--deliver"), "{said}");
    drop(desk.data(Clinic, &deliver));

    for who in [Clinic, Patient] {
        let shown = desk.read(who, &stay, &[]);
        let standings: Vec<_> = shown.iter().map(|one| &one["standing"]).collect();
        assert_eq!(standings, ["retracted", "current"]);
        let all = desk.read(who, &stay, &["--all"]);
        let operations: Vec<_> = all.iter().map(|one| &one["operation"]).collect();
        assert_eq!(operations, ["create", "create", "amend", "entered-in-error"]);
    }
    let text = desk.run(Patient, &["appointment", "details", &stay]).succeeds().stdout;
    assert!(text.contains("(retracted by "), "{text}");
}

#[test]
fn what_was_retracted_before_it_was_handed_over_stays_where_it_is() {
    let desk = Desk::open();
    let stay = desk.quote();
    // Written by a run that could not hand it over.
    let silent = LyingNode::in_front_of(&desk.world.node.url(), |method, result| {
        if matches!(method, "eth_getTransactionReceipt" | "eth_sendRawTransactionSync") {
            *result = Value::Null;
        }
    });
    drop(desk.run(Clinic, &["record", "open", "administration"]).succeeds());
    let more = ["--rpc-url", silent.url(), "--timeout", "1"];
    drop(desk.try_tell(Clinic, &stay, "of somebody else", &more).ends_with(6));
    let reason = desk.world.clinic.file("reason.txt", b"wrong patient");
    let retract = ["record", "retract", "administration", "2", "--reason", &reason];
    drop(desk.run(Clinic, &retract).succeeds());

    let sent = desk.tell(Clinic, &stay, ROOM, &[]);

    assert_eq!(sent["delivered"].as_array().expect("entries").len(), 1, "{sent}");
    assert_eq!(bodies(&desk.read(Patient, &stay, &["--all"])), [ROOM]);
}

#[test]
fn with_a_record_of_the_other_party_the_entry_goes_there_and_nothing_is_handed_over() {
    let desk = Desk::open();
    let stay = desk.quote();
    let record = desk.record(Patient);
    let into = ["--record", record.as_str()];
    drop(desk.run(Patient, &["record", "open", "administration"]).succeeds());
    let refused = desk.try_tell(Clinic, &stay, ROOM, &into);
    assert_ne!(refused.code, 0, "who may not write there does not");
    let grant = ["access", "grant", CLINIC, "--section", "administration", "--open-ended"];
    drop(desk.run(Patient, &[&grant[..], &["--write"]].concat()).succeeds());

    let sent = desk.tell(Clinic, &stay, ROOM, &into);
    let again = desk.tell(Clinic, &stay, ROOM, &into);

    assert_eq!((&sent["record"], &sent["delivery"]), (&record.as_str().into(), &Value::Null));
    assert!(!sent["append"].is_null() && again["append"].is_null(), "{again}");
    for who in [Clinic, Patient] {
        let details = desk.read(who, &stay, &[]);
        assert_eq!(bodies(&details), [ROOM]);
        let roles = (&details[0]["owner"], &details[0]["authorRole"]);
        assert_eq!(roles, (&"patient".into(), &"clinic".into()));
    }
    // The clinic's grant lets it read what the patient says there: no key has to be handed over.
    let answered = desk.tell(Patient, &stay, ANSWER, &[]);
    assert!(answered["delivery"].is_null(), "{answered}");
    assert_eq!(bodies(&desk.read(Clinic, &stay, &[])), [ROOM, ANSWER]);
}

#[test]
fn the_clinics_staff_writes_into_the_patients_record_and_nowhere_else() {
    let desk = Desk::open();
    let stay = desk.quote();
    drop(desk.run(Third, &["record", "create"]).succeeds());
    drop(desk.run(Clinic, &["clinic", "staff", THIRD, "--days", "1"]).succeeds());
    let record = desk.record(Patient);
    drop(desk.run(Patient, &["record", "open", "administration"]).succeeds());
    let grant = ["access", "grant", THIRD, "--section", "administration", "--open-ended"];
    drop(desk.run(Patient, &[&grant[..], &["--write", "--device"]].concat()).succeeds());

    let own = desk.try_tell(Third, &stay, ROOM, &[]).ends_with(2);
    let theirs = desk.record(Third);
    drop(desk.try_tell(Third, &stay, ROOM, &["--record", &theirs]).ends_with(2));
    drop(desk.tell(Third, &stay, ROOM, &["--record", &record]));

    let hint = own.envelope()["error"]["hint"].clone();
    assert!(hint.as_str().expect("a hint").contains("--record"), "{hint}");
    let details = desk.read(Patient, &stay, &[]);
    assert_eq!((bodies(&details), &details[0]["author"]), (vec![ROOM], &THIRD.into()));
    assert_eq!(details[0]["authorRole"], Value::Null);
    assert_eq!(bodies(&desk.read(Third, &stay, &[])), [ROOM]);
    drop(desk.run(Clinic, &["clinic", "staff", THIRD]).succeeds());
    drop(desk.error(Third, &["appointment", "details", &stay], 8));
}

#[test]
fn a_record_that_is_no_partys_any_more_says_nothing_about_the_stay() {
    let desk = Desk::open();
    let stay = desk.quote();
    drop(desk.tell(Patient, &stay, ANSWER, &[]));
    assert_eq!(bodies(&desk.read(Clinic, &stay, &[])), [ANSWER]);
    drop(desk.run(Third, &["identity", "register"]).succeeds());
    let record = desk.record(Patient);
    drop(desk.data(Patient, &["transfer", "offer", THIRD]));
    drop(desk.data(Third, &["transfer", "accept", &record]));

    assert_eq!(bodies(&desk.read(Clinic, &stay, &[])), [] as [&str; 0]);
    let named = desk.error(Clinic, &["appointment", "details", &stay, "--record", &record], 2);
    assert!(named["message"].as_str().expect("text").contains("no party of stay"), "{named}");
}

#[test]
fn a_record_that_came_to_a_party_from_somebody_else_is_read() {
    let desk = Desk::closed();
    for who in [Third, Patient] {
        drop(desk.run(who, &["record", "create"]).succeeds());
    }
    drop(desk.run(Clinic, &["identity", "register"]).succeeds());
    let record = desk.record(Third);
    drop(desk.data(Third, &["transfer", "offer", CLINIC]));
    drop(desk.data(Clinic, &["transfer", "accept", &record]));
    let stay = desk.quote();

    drop(desk.tell(Clinic, &stay, ROOM, &[]));

    let details = desk.read(Patient, &stay, &[]);
    assert_eq!((bodies(&details), &details[0]["record"]), (vec![ROOM], &record.as_str().into()));
}

#[test]
fn a_clinic_with_a_record_per_year_names_the_one_to_write_to() {
    let desk = Desk::open();
    let first = desk.record(Clinic);
    let second =
        desk.data(Clinic, &["record", "create"])["record"].as_str().expect("id").to_owned();
    let stay = desk.quote();

    let error = desk.try_tell(Clinic, &stay, ROOM, &[]).ends_with(2).envelope()["error"].clone();
    drop(desk.tell(Clinic, &stay, ROOM, &["--record", &second]));
    drop(desk.tell(Clinic, &stay, "of the old year", &["--record", &first]));

    assert!(error["hint"].as_str().expect("a hint").contains("--record"), "{error}");
    for who in [Clinic, Patient] {
        assert_eq!(bodies(&desk.read(who, &stay, &[])), [ROOM, "of the old year"]);
        assert_eq!(bodies(&desk.read(who, &stay, &["--record", &second])), [ROOM]);
    }
}

#[test]
fn a_detail_is_sealed_again_for_the_state_that_somebody_else_left() {
    let desk = Desk::open();
    let stay = desk.quote();
    let record = desk.record(Patient);
    drop(desk.run(Patient, &["record", "open", "administration"]).succeeds());
    let grant = ["access", "grant", CLINIC, "--section", "administration", "--open-ended"];
    drop(desk.run(Patient, &[&grant[..], &["--write"]].concat()).succeeds());
    let note = desk.world.patient.file("note.txt", b"mine came first");
    let args = desk.args(Patient, &["record", "add", "administration", &note, "--text"]);
    let (home, is_first) = (desk.world.fresh_patient(), AtomicBool::new(true));
    let key = home.private_file("patient.key", anvil_key(0).as_bytes());
    let node = LyingNode::in_front_of(&desk.world.node.url(), move |method, _| {
        // Before the clinic writes, and after it has read.
        if method == "eth_estimateGas" && is_first.swap(false, Ordering::SeqCst) {
            let args: Vec<&str> = args
                .iter()
                .map(|arg| if arg.ends_with("patient.key") { key.as_str() } else { arg.as_str() })
                .collect();
            drop(home.run_raw(&args, b"").succeeds());
        }
    });

    let sent = desk.tell(Clinic, &stay, ROOM, &["--record", &record, "--rpc-url", node.url()]);

    assert_eq!(sent["entry"]["seq"], 3, "{sent}");
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [ROOM]);
}

#[test]
fn two_runs_at_once_say_it_once() {
    let desk = Desk::open();
    let stay = desk.quote();
    let file = desk.world.clinic.file("room.txt", ROOM.as_bytes());
    let args = desk.args(Clinic, &["appointment", "details", &stay, &file, "--text", "--json"]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();

    let children = [(); 2].map(|()| desk.world.clinic.start(&args, &[]));
    let runs = children.map(|child| Run::of(&args, child).succeeds().envelope()["data"].clone());

    let written: Vec<_> = runs.iter().filter(|data| !data["append"].is_null()).collect();
    let delivered: Vec<_> = runs.iter().filter(|data| !data["delivery"].is_null()).collect();
    assert_eq!((written.len(), delivered.len()), (1, 1), "{runs:?}");
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [ROOM]);
}

#[test]
fn a_node_that_drops_an_entry_or_its_key_is_caught() {
    let desk = Desk::open();
    let stay = desk.quote();
    let sent = desk.tell(Clinic, &stay, ROOM, &[]);
    for transaction in ["append", "delivery"] {
        let hash = sent[transaction]["tx"].clone();
        let liar = LyingNode::in_front_of(&desk.world.node.url(), move |method, result| {
            if method == "eth_getLogs" {
                let logs = result.as_array_mut().expect("logs");
                logs.retain(|log| log["transactionHash"] != hash);
            }
        });
        let read = ["appointment", "details", &stay, "--rpc-url", liar.url()];

        let error = desk.error(Patient, &read, 7);

        let honest = desk.world.node.url();
        let both = ["--rpc-url", liar.url(), "--rpc-url", honest.as_str()];
        assert_eq!(bodies(&desk.read(Patient, &stay, &both)), [ROOM], "{error}");
    }
}

/// The records whose own logs were asked for: a record is read by them.
fn read_whole(node: &LyingNode, records: &[&str]) -> Vec<bool> {
    let asked = node.asked("eth_getLogs");
    let is_read =
        |record: &&str| asked.iter().any(|filter| filter[0]["topics"][1] == json!([record]));
    records.iter().map(is_read).collect()
}

#[test]
fn a_patient_reads_no_record_in_which_nothing_was_written_since_the_stay_began() {
    let desk = Desk::open();
    let old = desk.record(Clinic);
    let first = desk.quote();
    drop(desk.tell(Clinic, &first, "of the old year", &[]));
    let new = desk.data(Clinic, &["record", "create"])["record"].as_str().expect("id").to_owned();
    let quote = ["appointment", "quote", "--patient", PATIENT, "--admit", "2100-12-01"];
    let rest = ["--discharge", "2100-12-03", "--room", "101", "--total", "1eth"];
    let second = desk.data(Clinic, &[&quote[..], &rest].concat())["stay"].clone();
    let second = second.as_str().expect("a number");
    drop(desk.tell(Clinic, second, ROOM, &["--record", &new]));
    let node = LyingNode::in_front_of(&desk.world.node.url(), |_, _| ());
    let at_node = ["--rpc-url", node.url()];

    let of_second = desk.read(Patient, second, &at_node);
    assert_eq!(bodies(&of_second), [ROOM]);
    assert_eq!(read_whole(&node, &[&old, &new]), [false, true]);
    assert_eq!(bodies(&desk.read(Patient, &first, &at_node)), ["of the old year"]);
    assert_eq!(read_whole(&node, &[&old, &new]), [true, true]);

    // A node that shows no entries hides none of a record that this home has seen.
    let liar = LyingNode::bending(&desk.world.node.url(), |question, reply| {
        let topics = &question["params"][0]["topics"];
        if question["method"] == "eth_getLogs"
            && topics[1].as_array().is_some_and(|of| of.len() > 1)
        {
            reply["result"] = json!([]);
        }
    });
    let told = desk.read(Patient, &first, &["--rpc-url", liar.url()]);
    assert_eq!(bodies(&told), ["of the old year"]);
}

#[test]
fn the_access_log_names_who_got_keys_once() {
    let desk = Desk::open();
    let stay = desk.quote();
    drop(desk.tell(Clinic, &stay, ROOM, &[]));

    let text = desk.run(Clinic, &["audit", "log"]).succeeds().stdout;

    let line = text.lines().find(|line| line.contains("delivered keys to 0xf39F")).expect("a line");
    assert_eq!(line.matches(PATIENT).count(), 1, "{line}");
}

#[test]
fn a_dry_run_says_everything_and_sends_nothing() {
    let desk = Desk::open();
    let stay = desk.quote();
    let before = desk.transactions();

    let closed = desk.tell(Clinic, &stay, ROOM, &["--dry-run"]);
    assert_eq!(desk.transactions(), before);
    drop(desk.run(Clinic, &["record", "open", "administration"]).succeeds());
    let open = desk.tell(Clinic, &stay, ROOM, &["--dry-run"]);

    let what = |data: &Value| -> Vec<String> {
        let steps = data["transactions"].as_array().expect("steps").iter();
        steps.map(|step| step["what"].as_str().expect("text").to_owned()).collect()
    };
    let (closed, open) = (what(&closed), what(&open));
    assert_eq!((closed.len(), open.len()), (3, 2), "{closed:?} {open:?}");
    assert!(open[0].starts_with(&format!("Append a text about stay {stay}")), "{open:?}");
    assert!(open[1].starts_with(&format!("Give patient {PATIENT} the key of")), "{open:?}");
    assert_eq!(bodies(&desk.read(Clinic, &stay, &[])), [] as [&str; 0]);
}

#[test]
fn a_resource_is_told_like_a_text_and_what_is_empty_or_too_long_is_not() {
    let desk = Desk::open();
    let stay = desk.quote();
    let before = desk.transactions();
    let long: String = (0..1_000).map(|n| keccak256(u32::to_be_bytes(n)).to_string()).collect();

    for (text, code) in [("", 2), (" \n", 2)] {
        drop(desk.try_tell(Clinic, &stay, text, &[]).ends_with(code));
    }
    let error = desk.try_tell(Clinic, &stay, &long, &[]).ends_with(7).envelope()["error"].clone();
    assert_eq!(error["code"], "TooLarge");
    assert_eq!(desk.transactions(), before);

    let location = br#"{"resourceType":"Location","name":"Room 101","status":"active"}"#;
    let file = desk.world.clinic.file("room.json", location);
    drop(desk.data(Clinic, &["appointment", "details", &stay, &file]));
    let details = desk.read(Patient, &stay, &[]);
    assert_eq!(details[0]["resourceType"], "Location");
    assert_eq!(bodies(&details), [std::str::from_utf8(location).expect("text")]);
}

#[test]
fn foreign_text_drives_no_terminal() {
    let desk = Desk::open();
    let stay = desk.quote();
    drop(desk.tell(Clinic, &stay, "Room \u{1b}[2J\u{202e}101\rx", &[]));

    let text = desk.run(Patient, &["appointment", "details", &stay]).succeeds().stdout;

    assert!(text.contains("Room \\u{1b}[2J\\u{202e}101\\u{d}x"), "{text:?}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\r'));
}
