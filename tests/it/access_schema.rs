//! Each command of `access` prints what its schema says.

use chartkey_tests::PATIENT;

use crate::access_ward::{CLINICIAN, HISTORY, OTHER, UNTIL, Ward};
use crate::schema::Judge;

pub(crate) fn every_command(judge: &Judge) {
    let ward = Ward::open();
    let section = ["--section", HISTORY];
    let patient = |name: &str, more: &[&str]| {
        let run = ward.patient(&[&["access", name, "--json"], more].concat());
        judge.success(&format!("access-{name}"), run)
    };
    let ask = ["access", "request", "--patient", PATIENT, "--json", UNTIL[0], UNTIL[1]];
    let asked = judge.success("access-request", ward.run(1, &[&ask[..], &section].concat()));
    let document = serde_json::json!({
        "request": asked["request"],
        "signature": asked["signature"],
    });
    let file = ward.file(0, document.to_string().as_bytes());
    drop(patient("approve", &[&file]));
    drop(patient("grant", &[&[OTHER][..], &UNTIL, &section].concat()));
    drop(patient("list", &["--all"]));
    drop(patient("matrix", &[]));
    drop(patient("explain", &[CLINICIAN]));
    drop(patient("explain", &[]));
    drop(patient("deliver", &[CLINICIAN]));
    drop(patient("share", &[&[CLINICIAN, "--entry", "2"][..], &section].concat()));
    let words = ward.fingerprint(CLINICIAN);
    drop(patient("confirm", &[CLINICIAN, "--fingerprint", &words]));
    drop(patient("revoke", &[OTHER]));
    let end = chartkey::dates::format_instant(chartkey::dates::now() + 3_600);
    drop(patient("grant", &[&[OTHER, "--until", &end][..], &section].concat()));
    ward.wait(7_200);
    drop(patient("expire", &[OTHER]));
}
