//! Details of a stay that are not for the chain: told from clinic to patient and back as entries that both
//! can open (issue 6, point 5).

mod keys;
mod records;
mod retries;

use alloy_primitives::keccak256;
use chartkey_tests::{Home, PATIENT, Run, World, anvil_key};
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
            let count = self.world.rpc("eth_getTransactionCount", &json!([account, "latest"]));
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
