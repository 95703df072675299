//! `record add|amend|retract|history`: versions of a statement, by whom, and what is refused.

use serde_json::{Value, json};

use crate::ward::{CLINICIAN, Ward, Who, numbers};

const HISTORY: &str = "medical-history";

#[test]
fn an_amendment_by_another_author_shows_both_names_and_the_history_every_version() {
    let ward = Ward::shared();
    let add = |text, clinical| {
        let file = ward.condition(Who::Clinician, text, clinical);
        ward.data(Who::Clinician, &["record", "add", HISTORY, &file])
    };
    assert_eq!(add("Burnt ear", "active")["seq"], 2);
    let file = ward.condition(Who::Patient, "Burnt left ear", "resolved");
    let amended = ward.data(Who::Patient, &["record", "amend", HISTORY, "2", &file]);

    let shown = ward.run(Who::Clinician, &["record", "show", "--section", HISTORY]).succeeds();
    let entries = ward.entries(Who::Patient, HISTORY, &[]);
    let all = ward.entries(Who::Patient, HISTORY, &["--all"]);
    let history = ward.data(Who::Clinician, &["record", "history", HISTORY, "3"]);

    let both = format!("by {}, first said by {CLINICIAN}", Ward::patient());
    assert!(shown.stdout.contains(&both), "{}", shown.stdout);
    assert!(!shown.stdout.contains("Burnt ear"), "{}", shown.stdout);
    assert_eq!(numbers(&entries), [3]);
    assert_eq!(entries[0]["targetAuthor"], CLINICIAN);
    assert_eq!(
        (&entries[0]["standing"], &entries[0]["status"], &entries[0]["section"]),
        (&json!("current"), &json!("resolved"), &json!("medical history"))
    );
    assert_eq!((&all[0]["standing"], &all[0]["standingEntry"]), (&json!("corrected"), &json!(3)));
    let versions = history["entries"].as_array().expect("versions");
    assert_eq!(numbers(versions), [2, 3]);
    assert_eq!(versions[1]["tx"], amended["tx"]);
    assert_eq!(history["current"], 3);
}

#[test]
fn a_status_moves_along_its_arrows_only_and_the_refusal_names_the_present_state() {
    let ward = Ward::open();
    let file = ward.condition(Who::Patient, "Fever", "resolved");
    drop(ward.data(Who::Patient, &["record", "update-history", &file]));
    let back = ward.condition(Who::Patient, "Fever", "active");

    let refused = ward.error(Who::Patient, &["record", "amend", HISTORY, "2", &back], 2);
    let by_update = ["record", "update-history", &back, "--amends", "2"];
    drop(ward.error(Who::Patient, &by_update, 2));
    let text = ward.file(Who::Patient, "t.txt", "a text");
    drop(ward.error(Who::Patient, &["record", "amend", HISTORY, "2", &text, "--text"], 2));
    let other = ward.file(Who::Patient, "p.json", r#"{"resourceType":"Procedure"}"#);
    let other = ward.error(Who::Patient, &["record", "amend", HISTORY, "2", &other], 2);
    let again = ward.condition(Who::Patient, "Fever", "recurrence");
    drop(ward.data(Who::Patient, &["record", "amend", HISTORY, "2", &again]));

    let message = refused["message"].as_str().expect("a message");
    assert!(message.contains("is resolved; it may become recurrence, not active"), "{message}");
    assert!(other["message"].as_str().expect("a message").contains("Procedure"), "{other}");
    assert_eq!(numbers(&ward.entries(Who::Patient, HISTORY, &["--all"])), [2, 3]);
}

#[test]
fn a_resource_that_contradicts_itself_is_not_added() {
    let ward = Ward::open();
    let body = json!({"resourceType": "Condition", "abatementDateTime": "2020",
        "clinicalStatus": {"coding": [{"code": "active"}]}});
    let file = ward.file(Who::Patient, "c.json", &body.to_string());
    let unknown =
        ward.file(Who::Patient, "i.json", r#"{"resourceType":"Immunization","status":"given"}"#);

    drop(ward.error(Who::Patient, &["record", "add", HISTORY, &file], 2));
    let refused = ward.error(Who::Patient, &["record", "add", "immunizations", &unknown], 2);

    assert!(refused["message"].as_str().expect("said").contains("not-done"), "{refused}");
    assert_eq!(ward.entries(Who::Patient, HISTORY, &["--all"]), Vec::<Value>::new());
}

#[test]
fn who_neither_wrote_an_entry_nor_owns_the_record_can_only_comment() {
    let ward = Ward::shared();
    let file = ward.condition(Who::Patient, "Asthma", "active");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &file]));
    let file = ward.condition(Who::Clinician, "No asthma", "inactive");
    let words = ward.file(Who::Clinician, "words.txt", "I do not think so");

    let refused = ward.error(Who::Clinician, &["record", "amend", HISTORY, "2", &file], 8);
    let retract = ["record", "retract", HISTORY, "2", "--reason", &words];
    drop(ward.error(Who::Clinician, &retract, 8));
    let annotate = ["record", "annotate", HISTORY, "2", &words, "--kind", "statement"];
    drop(ward.data(Who::Clinician, &annotate));

    let message = refused["message"].as_str().expect("a message");
    assert!(message.contains(Ward::patient()), "{message}");
    let shown = ward.run(Who::Patient, &["record", "show"]).succeeds().stdout;
    assert!(shown.contains(&format!("statement by {CLINICIAN}: I do not think so")), "{shown}");
}

#[test]
fn a_retraction_has_a_reason_hides_the_entry_and_is_final() {
    let ward = Ward::open();
    let file = ward.condition(Who::Patient, "Somebody else's", "active");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &file]));
    let retract = ["record", "retract", HISTORY, "2", "--reason", "-"];

    drop(ward.run_with(Who::Patient, &retract, b" \n").ends_with(2).says("empty"));
    let done = ward.run_with(Who::Patient, &retract, b"wrong patient\n").succeeds();
    let again = ward.run_with(Who::Patient, &retract, b"wrong patient\n").ends_with(2);
    let amend = ward.error(Who::Patient, &["record", "amend", HISTORY, "2", &file], 2);

    assert!(done.stdout.contains("retracts entry 2"), "{}", done.stdout);
    drop(again.says("final"));
    assert!(amend["message"].as_str().expect("said").contains("entered-in-error"), "{amend}");
    assert_eq!(ward.entries(Who::Patient, HISTORY, &[]), Vec::<Value>::new());
    let all = ward.entries(Who::Patient, HISTORY, &["--all"]);
    assert_eq!((&all[0]["standing"], &all[0]["standingEntry"]), (&json!("retracted"), &json!(3)));
    assert_eq!(
        (&all[1]["operation"], &all[1]["body"]),
        (&json!("entered-in-error"), &json!("wrong patient\n"))
    );
}

#[test]
fn a_resource_that_says_entered_in_error_is_hidden_and_final_as_well() {
    let ward = Ward::open();
    let file = ward.condition(Who::Patient, "Gout", "active");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &file]));
    let body = json!({"resourceType": "Condition", "code": {"text": "Gout"},
        "verificationStatus": {"coding": [{"code": "entered-in-error"}]}});
    let gone = ward.file(Who::Patient, "gone.json", &body.to_string());
    drop(ward.data(Who::Patient, &["record", "amend", HISTORY, "2", &gone]));

    let back = ward.error(Who::Patient, &["record", "amend", HISTORY, "2", &file], 2);

    assert!(back["message"].as_str().expect("said").contains("final"), "{back}");
    assert_eq!(ward.entries(Who::Patient, HISTORY, &[]), Vec::<Value>::new());
}

#[test]
fn a_target_must_be_a_statement_of_this_section() {
    let ward = Ward::open();
    let file = ward.condition(Who::Patient, "Gout", "active");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &file]));
    let words = ward.file(Who::Patient, "words.txt", "since spring");
    let annotate = |seq: &str| {
        let args = ["record", "annotate", HISTORY, seq, &words, "--kind", "statement"];
        ward.run(Who::Patient, &args)
    };
    drop(annotate("2").succeeds());

    // The epoch record, the remark, one that does not exist.
    for seq in ["1", "3", "9"] {
        drop(annotate(seq).ends_with(8));
        drop(ward.error(Who::Patient, &["record", "amend", HISTORY, seq, &file], 8));
        let retract = ["record", "retract", HISTORY, seq, "--reason", &words];
        drop(ward.error(Who::Patient, &retract, 8));
    }
    drop(ward.error(Who::Patient, &["record", "amend", "medications", "2", &file], 8));
    drop(ward.error(Who::Patient, &["record", "history", HISTORY, "9"], 8));
    drop(ward.error(Who::Patient, &["record", "amend", "dreams", "2", &file], 8));
}

#[test]
fn two_accounts_that_write_at_once_both_get_their_entries() {
    let ward = Ward::shared();
    let file = |who| ward.file(who, "note.txt", "seen today");
    let (patients, clinicians) = (file(Who::Patient), file(Who::Clinician));
    let add =
        |who, file: &str| ward.start(who, &["record", "add", HISTORY, file, "--text", "--json"]);

    for _ in 0..3 {
        let one = add(Who::Patient, &patients);
        let other = add(Who::Clinician, &clinicians);
        for child in [one, other] {
            drop(chartkey_tests::Run::of(&["record", "add"], child).succeeds());
        }
    }

    let entries = ward.entries(Who::Patient, HISTORY, &[]);
    assert_eq!(numbers(&entries), [2, 3, 4, 5, 6, 7]);
    assert!(entries.iter().all(|entry| entry["body"] == "seen today"));
}

#[test]
fn a_dry_run_of_each_write_sends_nothing_and_says_what_becomes_public() {
    let ward = Ward::open();
    let file = ward.condition(Who::Patient, "Gout", "active");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &file]));
    let words = ward.file(Who::Patient, "words.txt", "since spring");
    let commands: [&[&str]; 6] = [
        &["record", "add", HISTORY, &file],
        &["record", "amend", HISTORY, "2", &file],
        &["record", "retract", HISTORY, "2", "--reason", &words],
        &["record", "annotate", HISTORY, "2", &words, "--kind", "statement"],
        &["record", "open", "dental"],
        &["record", "rotate", "--all"],
    ];

    for command in commands {
        let data = ward.data(Who::Patient, &[command, &["--dry-run"]].concat());
        let public = data["transactions"][0]["public"].as_str();
        assert!(public.is_some_and(|public| !public.is_empty()), "{command:?} {data}");
    }
    assert_eq!(numbers(&ward.entries(Who::Patient, HISTORY, &["--all"])), [2]);
}
