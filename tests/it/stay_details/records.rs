//! Which records details are written to and read from.

use chartkey_tests::{LyingNode, PATIENT};
use serde_json::{Value, json};

use super::Who::{Clinic, Patient, Third};
use super::{ANSWER, CLINIC, Desk, ROOM, THIRD, bodies};

#[test]
fn who_has_no_record_is_told_to_make_one() {
    let desk = Desk::closed();
    let stay = desk.quote();

    let error = desk.try_tell(Clinic, &stay, ROOM, &[]).ends_with(8).envelope()["error"].clone();

    assert_eq!(error["hint"], "chartkey record create");
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
