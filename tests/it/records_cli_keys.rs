//! `record open|rotate|list|show`: sections, their keys, and who sees what.

use serde_json::{Value, json};

use crate::ward::{CLINICIAN, THIRD, Ward, Who, numbers};

const HISTORY: &str = "medical-history";

#[test]
fn a_section_is_opened_once_by_the_owner_and_a_sensitive_one_by_its_full_name() {
    let ward = Ward::shared();

    let dental = ward.data(Who::Patient, &["record", "open", "dental"]);
    let usual = ward.data(Who::Patient, &["record", "open", "Care-Plan"]);
    let sensitive = ward.data(Who::Patient, &["record", "open", "medications", "--sensitive"]);
    drop(ward.error(Who::Patient, &["record", "open", "dental"], 2));
    drop(ward.error(Who::Patient, &["record", "open", "a, b"], 2));
    drop(ward.error(Who::Patient, &["record", "open", "#7"], 2));
    drop(ward.error(Who::Patient, &["record", "open", &"x".repeat(48)], 2));
    drop(ward.error(Who::Clinician, &["record", "open", "letters"], 2));
    let note = ward.file(Who::Patient, "note.txt", "a filling");
    drop(ward.data(Who::Patient, &["record", "add", "dental", &note, "--text"]));
    let unknown = ward.error(Who::Patient, &["record", "add", "dentel", &note, "--text"], 8);

    assert_eq!(dental["sensitive"], false);
    assert_eq!(usual["section"], "care plan");
    assert_eq!(
        (&sensitive["section"], &sensitive["sensitive"]),
        (&json!("medications, sensitive"), &json!(true))
    );
    assert!(unknown["hint"].as_str().expect("a hint").contains("record open"), "{unknown}");
    let seen = ward.data(Who::Clinician, &["record", "show"]);
    let names: Vec<_> =
        seen["sections"].as_array().expect("all").iter().map(|one| &one["name"]).collect();
    assert_eq!(names.iter().filter(|name| name.is_null()).count(), 3, "no name without its key");
}

#[test]
fn new_keys_reach_everybody_who_stays() {
    let ward = Ward::shared();
    let note = ward.file(Who::Patient, "note.txt", "before");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &note, "--text"]));

    let idle = ward.data(Who::Patient, &["record", "rotate"]);
    let named = ward.data(Who::Patient, &["record", "rotate", HISTORY]);
    let all = ward.data(Who::Patient, &["record", "rotate", "--all"]);
    drop(ward.error(Who::Clinician, &["record", "rotate", HISTORY], 8));
    drop(ward.error(Who::Patient, &["record", "rotate", "dreams"], 8));
    let note = ward.file(Who::Clinician, "note.txt", "after");
    drop(ward.data(Who::Clinician, &["record", "add", HISTORY, &note, "--text"]));

    assert_eq!(idle["sections"], json!([]));
    assert_eq!(named["sections"][0]["epoch"], 2);
    assert_eq!(named["sections"][0]["readers"], json!([CLINICIAN]));
    assert_eq!(all["sections"].as_array().map(Vec::len), Some(2));
    for who in [Who::Patient, Who::Clinician] {
        let entries = ward.entries(who, HISTORY, &[]);
        let bodies: Vec<_> = entries.iter().map(|entry| entry["body"].clone()).collect();
        assert_eq!(bodies, ["before", "after"]);
    }
}

#[test]
fn the_list_says_whose_records_and_until_when() {
    let ward = Ward::shared();
    let until = |who| {
        let data = ward.data(who, &["record", "list"]);
        let records = data["records"].as_array().expect("records").clone();
        let found = records.into_iter().find(|one| one["record"] == ward.record.as_str());
        found.expect("it is listed")
    };
    let own = until(Who::Patient);
    let granted = until(Who::Clinician);
    ward.grant(THIRD, &["--section", "medications"], &[]);
    let partly = until(Who::Third);

    assert_eq!((&own["state"], &own["until"]), (&json!("own"), &Value::Null));
    assert_eq!(
        (&granted["state"], &granted["until"]),
        (&json!("granted"), &json!("2099-01-01T00:00:00Z"))
    );
    assert_eq!(granted["owner"], Ward::patient());
    assert_eq!((&partly["sections"], &partly["sectionsWithKeys"]), (&json!(2), &json!(1)));
}

#[test]
fn what_cannot_be_read_is_listed_with_number_author_and_reason() {
    let ward = Ward::open();
    let note = ward.file(Who::Patient, "note.txt", "before the grant");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &note, "--text"]));
    ward.grant(CLINICIAN, &["--section", HISTORY], &["--read", "from-now"]);
    let note = ward.file(Who::Patient, "note.txt", "after the grant");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &note, "--text"]));

    let entries = ward.entries(Who::Clinician, HISTORY, &[]);
    let shown = ward.run(Who::Clinician, &["record", "show"]).succeeds().stdout;

    assert_eq!(numbers(&entries), [2, 4]);
    assert_eq!(
        (&entries[0]["standing"], &entries[0]["error"], &entries[0]["body"]),
        (&json!("unreadable"), &json!("KeyNotDelivered"), &Value::Null)
    );
    assert_eq!(entries[0]["author"], Ward::patient());
    assert_eq!(entries[1]["body"], "after the grant");
    assert!(shown.contains(&format!("entry by {}: no key", Ward::patient())), "{shown}");
}

#[test]
fn the_chart_is_shown_as_it_was() {
    let ward = Ward::open();
    let file = ward.condition(Who::Patient, "Hypertention", "active");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &file]));
    let then =
        ward.entries(Who::Patient, HISTORY, &[])[0]["time"].as_str().expect("a time").to_owned();
    drop(ward.node("evm_increaseTime", json!([3_600])));
    let file = ward.condition(Who::Patient, "Hypertension", "active");
    drop(ward.data(Who::Patient, &["record", "amend", HISTORY, "2", &file]));

    let before = ward.entries(Who::Patient, HISTORY, &["--as-of", &then]);
    let now = ward.entries(Who::Patient, HISTORY, &[]);
    let early = ward.data(Who::Patient, &["record", "show", "--as-of", "2020-01-01"]);
    drop(ward.run(Who::Patient, &["record", "show", "--as-of", "yesterday"]).ends_with(2));

    assert_eq!((numbers(&before), &before[0]["standing"]), (vec![2], &json!("current")));
    assert_eq!(numbers(&now), [3]);
    assert_eq!(early["sections"], json!([]), "there was no record then");
}

#[test]
fn c10_after_a_revocation_the_old_keys_open_nothing_new_and_write_nothing() {
    let ward = Ward::shared();
    let note = |who, text: &str| ward.file(who, "note.txt", text);
    let file = note(Who::Patient, "before");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &file, "--text"]));
    drop(ward.run(Who::Patient, &["access", "revoke", CLINICIAN]).succeeds());
    let file = note(Who::Patient, "after");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &file, "--text"]));

    let entries = ward.entries(Who::Clinician, HISTORY, &[]);
    let file = note(Who::Clinician, "still here");
    let written = ward.error(Who::Clinician, &["record", "add", HISTORY, &file, "--text"], 8);

    assert_eq!((&entries[0]["body"], &entries[1]["body"]), (&json!("before"), &Value::Null));
    assert_eq!(entries[1]["error"], "KeyNotDelivered");
    assert_eq!(written["code"], "KeyNotDelivered");
}

#[test]
fn c13_a_laboratory_writes_and_opens_only_its_own() {
    let ward = Ward::open();
    let file = ward.condition(Who::Patient, "Secret", "active");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &file]));
    ward.grant(CLINICIAN, &["--section", HISTORY], &["--read", "own", "--device"]);
    let section = format!("#{}", ward.handle(HISTORY));
    let result = ward.file(Who::Clinician, "result.txt", "potassium 4.1 mmol/L");

    let by_name = ward.error(Who::Clinician, &["record", "add", HISTORY, &result, "--text"], 8);
    drop(ward.data(Who::Clinician, &["record", "add", &section, &result, "--text"]));
    let corrected = ward.file(Who::Clinician, "result.txt", "potassium 4.2 mmol/L");
    let amend = ["record", "amend", &section, "3", &corrected, "--text"];
    drop(ward.data(Who::Clinician, &amend));
    drop(ward.error(Who::Clinician, &["record", "amend", &section, "2", &corrected, "--text"], 8));
    let entries = ward.entries(Who::Clinician, &section, &[]);

    assert!(by_name["hint"].as_str().expect("a hint").contains(&section), "{by_name}");
    assert_eq!(numbers(&entries), [2, 4]);
    assert_eq!(
        (&entries[0]["body"], &entries[0]["error"]),
        (&Value::Null, &json!("KeyNotDelivered"))
    );
    assert_eq!(entries[1]["body"], "potassium 4.2 mmol/L");
    assert_eq!(numbers(&ward.entries(Who::Patient, HISTORY, &[])), [2, 4], "the patient sees both");

    // New keys: the key of before opens nothing that is written from now on.
    drop(ward.data(Who::Patient, &["record", "rotate", HISTORY]));
    drop(ward.data(Who::Clinician, &["record", "add", &section, &result, "--text"]));
    let entries = ward.entries(Who::Clinician, &section, &[]);
    assert_eq!(entries.last().expect("the newest")["body"], "potassium 4.2 mmol/L");
}
