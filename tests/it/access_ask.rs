//! Requests and their approval; what is told of access.

use serde_json::{Value, json};

use crate::access_ward::{CLINICIAN, HISTORY, MEDICATIONS, OTHER, UNTIL, Ward};
use chartkey_tests::PATIENT;

const BOTH: [&str; 4] = ["--section", HISTORY, "--section", MEDICATIONS];

/// A request of the clinician to the patient, as the file it is sent in.
fn asked(ward: &Ward, more: &[&str]) -> String {
    let ask = ["access", "request", "--patient", PATIENT, UNTIL[0], UNTIL[1]];
    let run = ward.run(1, &[&ask[..], more].concat()).succeeds();
    assert!(run.stderr.contains("words of your key"), "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 1, "it fits into a code");
    assert!(run.stdout.contains(CLINICIAN) && run.stdout.contains(PATIENT), "EIP-55");
    run.stdout
}

#[test]
fn a_request_is_approved_as_it_stands() {
    let ward = Ward::open();
    let file = ward.file(0, asked(&ward, &BOTH).as_bytes());
    let words = ward.fingerprint(CLINICIAN);

    let run = ward.patient(&["access", "approve", &file, "--fingerprint", &words, "--json"]);

    let run = run.succeeds().says("reading with the past");
    let made = run.envelope()["data"].clone();
    assert_eq!((&made["grantee"], &made["purpose"]), (&json!(CLINICIAN), &json!("TREAT")));
    assert_eq!(made["permissions"], json!(["read", "past"]));
    assert_eq!(made["until"], "2099-01-01T00:00:00Z");
    assert_eq!(ward.read_by_clinician(MEDICATIONS), [Some("first of the medications".into())]);
}

#[test]
fn an_approval_narrows_a_request_and_never_widens_it() {
    let ward = Ward::open();
    let text = asked(&ward, &[&BOTH[..], &["--read", "from-now", "--write"]].concat());
    let file = ward.file(0, text.as_bytes());
    let approve = |more: &[&str]| ward.patient(&[&["access", "approve", &file][..], more].concat());
    for (more, says) in [
        (["--until", "2100-01-01"], "so late an end"),
        (["--read", "past"], "so much reading"),
        (["--section", "allergies"], "no section allergies"),
    ] {
        let run = approve(&more);
        assert!(run.code == 2 || run.code == 8, "{}", run.stderr);
        drop(run.says(says));
    }
    assert_eq!(ward.json(&["access", "list"])["grants"], json!([]));

    let less = ["--section", HISTORY, "--until", "2098-01-01", "--no-write", "--json"];
    let made = approve(&less).succeeds().envelope()["data"].clone();

    assert_eq!(made["permissions"], json!(["read"]));
    assert_eq!(made["until"], "2098-01-01T00:00:00Z");
    assert_eq!(made["sections"].as_array().expect("sections").len(), 1);
    assert_eq!(ward.read_by_clinician(HISTORY), [None]);
}

#[test]
fn an_altered_expired_or_misdirected_request_is_refused() {
    let ward = Ward::open();
    let text = asked(&ward, &["--section", HISTORY]);
    let changed = |what: &dyn Fn(&mut Value)| {
        let mut document: Value = serde_json::from_str(&text).expect("JSON");
        what(&mut document);
        document.to_string()
    };
    let refused = |text: &str, says: &str| {
        let file = ward.file(0, text.as_bytes());
        drop(ward.patient(&["access", "approve", &file]).ends_with(2).says(says));
    };

    for (field, value) in [
        ("sections", json!([HISTORY, MEDICATIONS])),
        ("requester", json!(OTHER)),
        ("write", json!(true)),
        ("until", json!(null)),
        ("purpose", json!("HMARKT")),
        ("validUntil", json!(9_999_999_999_u64)),
        ("keyId", json!("00".repeat(28))),
        ("nonce", json!("00")),
    ] {
        refused(&changed(&|one| one["request"][field] = value.clone()), "was altered");
    }
    let flipped = |one: &mut Value| {
        let signature = one["signature"].as_str().expect("hex").to_owned();
        let last = if signature.starts_with('0') { "1" } else { "0" };
        one["signature"] = format!("{last}{}", &signature[1..]).into();
    };
    refused(&changed(&flipped), "was altered");
    refused(&changed(&|one| one["more"] = json!(1)), "no access request");
    refused("{", "no access request");
    let file = ward.file(1, text.as_bytes());
    drop(ward.clinician(&["access", "approve", &file]).ends_with(2).says("is for the account"));
    assert_eq!(ward.json(&["access", "list"])["grants"], json!([]));
}

#[test]
fn a_request_by_a_key_that_is_not_registered_any_more_is_refused() {
    let ward = Ward::open();
    let file = ward.file(0, asked(&ward, &["--section", HISTORY]).as_bytes());
    ward.change_key_of_clinician();

    let run = ward.patient(&["access", "approve", &file, "--json"]).ends_with(7);

    assert_eq!(run.envelope()["error"]["code"], "ReaderKeyChanged");
}

#[test]
fn a_request_goes_to_a_new_file_and_not_on_chain() {
    let ward = Ward::open();
    let blocks = ward.ask("eth_blockNumber", json!([]));
    let ask = ["access", "request", "--patient", PATIENT, "--section", HISTORY, "--open-ended"];
    let out = ["--out", "request.json"];

    drop(ward.run(1, &[&ask[..], &out].concat()).succeeds());

    assert_eq!(ward.ask("eth_blockNumber", json!([])), blocks);
    drop(ward.run(1, &[&ask[..], &out].concat()).ends_with(2));
    let nobody = ["access", "request", "--section", HISTORY, "--open-ended"];
    drop(ward.run(1, &nobody).ends_with(2).says("names nobody"));
}

#[test]
fn what_an_account_can_read_is_told_by_section_and_number_after_every_change() {
    let ward = Ward::open();
    let explained = |section: &str| {
        let told = ward.json(&["access", "explain", CLINICIAN]);
        let rows = told["sections"].as_array().expect("sections").clone();
        rows.into_iter().find(|row| row["section"] == section).unwrap_or_default()
    };
    assert_eq!(explained(HISTORY), Value::Null);

    drop(ward.grant(CLINICIAN, &[&BOTH[..], &["--write", "--device"]].concat()));
    let row = explained(HISTORY);
    assert_eq!(row["entries"], json!([{"first": 2, "last": 2}]));
    let marks = [&row["readsOn"], &row["mayWrite"], &row["mayRotate"]];
    assert_eq!(marks, [&json!(true), &json!(true), &json!(false)]);

    let revoked = ward.json(&["access", "revoke", CLINICIAN]);
    let first = revoked["exposed"].as_array().expect("rows").iter();
    assert!(first.clone().all(|row| (&row["first"], &row["last"]) == (&json!(2), &json!(2))));
    ward.write(HISTORY, "while it was away");
    drop(ward.grant(CLINICIAN, &["--section", HISTORY, "--read", "from-now"]));
    ward.write(HISTORY, "while it is back");

    let row = explained(HISTORY);
    let apart = json!([{"first": 2, "last": 2}, {"first": 6, "last": 6}]);
    assert_eq!((&row["entries"], &row["readsOn"]), (&apart, &json!(true)));
    assert_eq!(explained(MEDICATIONS)["readsOn"], false);
    let text = ward.patient(&["access", "explain", CLINICIAN]).succeeds().stdout;
    for said in ["access entry", "entries 2, 6", "stays readable, for ever", "Whether it read"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let read = ward.read_by_clinician(HISTORY);
    let open: Vec<bool> = read.iter().map(Option::is_some).collect();
    assert_eq!(open, [true, false, true], "and so it is");
}

#[test]
fn the_matrix_of_a_past_day_is_the_one_of_that_day() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &["--section", HISTORY, "--write"]));
    let then = chartkey::dates::format_instant(chartkey::dates::now() + 60);
    ward.wait(3_600);
    drop(ward.json(&["access", "revoke", CLINICIAN]));
    drop(ward.grant(OTHER, &["--section", MEDICATIONS, "--read", "from-now"]));

    let now = ward.json(&["access", "matrix"]);
    let past = ward.json(&["access", "matrix", "--as-of", &then]);

    let accounts = |matrix: &Value| -> Vec<String> {
        let grants = matrix["grants"].as_array().expect("grants").iter();
        grants.map(|row| row["account"].as_str().expect("an account").to_owned()).collect()
    };
    assert_eq!((accounts(&now), accounts(&past)), (vec![OTHER.into()], vec![CLINICIAN.into()]));
    assert_eq!(past["owner"], PATIENT);
    let of_history = |matrix: &Value| {
        let cells = matrix["grants"][0]["sections"].as_array().expect("cells").clone();
        cells.into_iter().find(|cell| cell["handle"] == ward.handle(HISTORY)).expect("a cell")
    };
    let expected = json!({"handle": ward.handle(HISTORY), "read": true, "past": true, "write": true, "rotate": false});
    assert_eq!(of_history(&past), expected);
    assert_eq!(of_history(&now)["read"], false);
    let text = ward.patient(&["access", "matrix", "--as-of", &then]).succeeds().stdout;
    assert!(text.contains("RPW.") && text.contains("...."), "{text}");
    drop(ward.patient(&["access", "matrix", "--as-of", "2100-01-01"]).ends_with(2));
}
