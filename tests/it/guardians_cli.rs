//! Guardians, recovery and handing a record over, through the command line (crypto.md section 12; C15 of
//! section 17).

use chartkey_tests::{Person, Run, World};
use serde_json::{Value, json};

use crate::schema::Judge;

/// The clinic's account, which is a guardian here.
const CLINIC: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const CONDITION: &str = r#"{"resourceType":"Condition","id":"c1","code":{"text":"Migraine"}}"#;

/// A patient's record with an entry in it.
fn record(world: &World) -> String {
    let created = world.as_patient(&["record", "create", "--json"]).succeeds();
    let file = world.patient.file("condition.json", CONDITION.as_bytes());
    drop(world.as_patient(&["record", "update-history", &file]).succeeds());
    created.envelope()["data"]["record"].as_str().expect("an id").to_owned()
}

/// Somebody whose key is registered.
fn registered<'a>(world: &'a World, name: &str, index: usize) -> Person<'a> {
    let person = world.person(name, index);
    drop(person.run(&["record", "create"]).succeeds());
    person
}

fn history(run: Run) -> String {
    run.succeeds().stdout
}

/// What a person reads of the record's history.
fn shown(person: &Person<'_>, record: &str) -> String {
    history(person.run(&["record", "show", "--record", record, "--all"]))
}

#[test]
fn guardians_give_keys_and_record_to_a_new_account() {
    let (world, judge) = (World::new(), Judge::default());
    let record = record(&world);
    drop(world.as_clinic(&["record", "create"]).succeeds());
    let (one, other) = (registered(&world, "one", 2), registered(&world, "other", 3));
    let new = world.person("new", 4);
    let guardians = [CLINIC, one.address(), other.address()];

    let set = ["guardian", "set", "--threshold", "2", "--delay-hours", "48", "--json"];
    let run = world.as_patient(&[&set[..], &guardians[..]].concat()).succeeds();
    // C15: what is true of guardians is said before anything is asked.
    let run = run.says("2 of them together can rebuild your keys and read everything, silently");
    judge.success("guardian-set", run);
    let listed = world.as_patient(&["guardian", "list", "--json"]);
    let listed = judge.success("guardian-list", listed);
    assert_eq!(listed["guardians"]["accounts"], json!(guardians));
    assert_eq!(listed["guardians"]["isCurrent"], true);

    let request =
        judge.success("recover-request", new.run(&["recover", "request", &record, "--json"]));
    let words = request["fingerprint"].as_str().expect("twelve words");
    let approve = ["recover", "approve", &record, new.address(), "--fingerprint", words, "--json"];
    let first = judge.success("recover-approve", one.run(&approve));
    assert_eq!((&first["approvals"], &first["readyAt"]), (&json!(1), &Value::Null));

    // C15: one share of two opens nothing.
    let few = new.run(&["recover", "keys", &record, "--json"]).ends_with(8);
    assert!(few.stdout.contains("1 of 2 guardians"), "{}", few.stdout);
    let alone = one.run(&["recover", "keys", &record, "--json"]).ends_with(8);
    assert!(alone.stdout.contains("0 of 2 guardians"), "{}", alone.stdout);

    judge.success("recover-approve", other.run(&approve));
    let keys = judge.success("recover-keys", new.run(&["recover", "keys", &record, "--json"]));
    let sections = keys["sections"].as_array().expect("sections");
    assert!(sections.iter().any(|section| section["name"] == "medical history"
        && section["readable"] == 1
        && section["entries"] == 1));
    let status =
        judge.success("recover-status", new.run(&["recover", "status", &record, "--json"]));
    assert_eq!(status["sharesFrom"].as_array().expect("two").len(), 2);

    // Reading does not wait for the delay; the record does.
    let early = new.run(&["recover", "finish", &record, "--json"]).ends_with(3);
    assert_eq!(early.envelope()["error"]["data"]["name"], "RecoveryNotReady");
    world.pass_hours(49);
    judge.success("recover-finish", new.run(&["recover", "finish", &record, "--json"]));

    // The point of it: the whole history opens to the new account, by its own keys from now on.
    assert!(shown(&new, &record).contains("Migraine"));
    let file = new.home.file("text", b"written by the new owner");
    let update = ["record", "update-history", &file, "--text", "--record", &record];
    drop(new.run(&update).succeeds());
    assert!(shown(&new, &record).contains("written by the new owner"));
    // The former owner keeps what was there, and gets nothing new.
    let before = history(world.as_patient(&["record", "show", "--record", &record, "--all"]));
    assert!(before.contains("Migraine") && !before.contains("written by the new owner"));
    let update = world.patient.file("text", b"not any more");
    let update = ["record", "update-history", &update, "--text", "--record", &record];
    assert_ne!(world.as_patient(&update).code, 0, "the former owner writes nothing");

    veto_and_transfer(&world, &judge, [&one, &other], &new);
    let prefixes = ["guardian-", "recover-", "transfer-"];
    judge.has_seen_all(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)));
}

/// The rest of the commands, on a second record of the clinic.
fn veto_and_transfer(
    world: &World,
    judge: &Judge,
    [one, other]: [&Person<'_>; 2],
    young: &Person<'_>,
) {
    let listed = world.as_clinic(&["guardian", "list", "--json"]).succeeds();
    let record = listed.envelope()["data"]["record"].as_str().expect("an id").to_owned();
    let set = ["guardian", "set", "--threshold", "2", one.address(), other.address(), "--json"];
    judge.success("guardian-set", world.as_clinic(&set));
    let approve = ["recover", "approve", &record, young.address(), "--json"];
    for guardian in [one, other] {
        judge.success("recover-approve", guardian.run(&approve));
    }

    judge.success("recover-veto", world.as_clinic(&["recover", "veto", "--json"]));
    world.pass_hours(73);
    let late = young.run(&["recover", "finish", &record, "--json"]).ends_with(3);
    assert_eq!(late.envelope()["error"]["data"]["name"], "RecoveryNotReady");
    judge.success("guardian-remove", world.as_clinic(&["guardian", "remove", "--json"]));
    let removed = one.run(&approve).ends_with(8);
    assert!(removed.stdout.contains("no guardians now"), "{}", removed.stdout);

    let file = world.clinic.file("text", b"of a child");
    drop(world.as_clinic(&["record", "update-history", &file, "--text"]).succeeds());
    let accept = ["transfer", "accept", &record, "--json"];
    drop(young.run(&accept).ends_with(8));
    let offer = ["transfer", "offer", young.address(), "--json"];
    judge.success("transfer-offer", world.as_clinic(&offer));
    judge.success("transfer-withdraw", world.as_clinic(&["transfer", "withdraw", "--json"]));
    drop(young.run(&accept).ends_with(8));
    judge.success("transfer-offer", world.as_clinic(&offer));
    judge.success("transfer-accept", young.run(&accept));

    assert!(shown(young, &record).contains("of a child"));
    let file = young.home.file("text", b"of an adult");
    let update = ["record", "update-history", &file, "--text", "--record", &record];
    drop(young.run(&update).succeeds());
    let before = history(world.as_clinic(&["record", "show", "--record", &record, "--all"]));
    assert!(before.contains("of a child") && !before.contains("of an adult"));
}
