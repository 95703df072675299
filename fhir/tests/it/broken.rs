//! Files that are cut off, contradictory, of several people, or no FHIR at all.

use chartkey_fhir::{FhirError, describe, plain, read};
use proptest::prelude::*;

const IPS: &[u8] = include_bytes!("../data/ips-document.json");
const PATIENT: &str = r#"{"resource": {"resourceType": "Patient", "id": "p1"}}"#;

fn bundle(kind: &str, entries: &[&str]) -> String {
    let list = entries.join(",");
    format!(r#"{{"resourceType": "Bundle", "type": "{kind}", "entry": [{list}]}}"#)
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let end = IPS.trim_ascii_end().len();
    for twentieth in 1..20 {
        let error = read(&IPS[..end * twentieth / 20]).unwrap_err();
        assert!(matches!(error, FhirError::CutOff { .. }), "{twentieth}: {error}");
    }
}

#[test]
fn bad_entries_are_refused_one_by_one() {
    let text = bundle(
        "collection",
        &[
            PATIENT,
            "7",
            "{}",
            r#"{"resource": {"id": "x"}}"#,
            r#"{"resource": {"resourceType": "Condition", "id": 5}}"#,
            r#"{"fullUrl": 1, "resource": {"resourceType": "Basic"}}"#,
            r#"{"resource": {"resourceType": "Condition", "subject": {"reference": "Patient/p2"}}}"#,
            r#"{"resource": {"resourceType": "Condition", "id": "c"}}"#,
        ],
    );

    let import = read(text.as_bytes()).unwrap();

    let refused: Vec<_> = import.refused.iter().map(|refused| refused.position).collect();
    assert_eq!(refused, [2, 3, 4, 5, 6, 7]);
    assert_eq!(import.entries.len() + import.refused.len(), import.total);
    assert_eq!(import.warnings.len(), 1, "{:?}", import.warnings);
}

#[test]
fn a_device_or_group_of_the_file_is_not_another_patient() {
    let text = bundle(
        "collection",
        &[
            r#"{"fullUrl": "urn:uuid:a", "resource": {"resourceType": "Patient", "id": "p1"}}"#,
            r#"{"fullUrl": "urn:uuid:d", "resource": {"resourceType": "Device", "id": "d1"}}"#,
            r#"{"fullUrl": "urn:uuid:o", "resource": {"resourceType": "Observation", "id": "o1",
                "subject": {"reference": "urn:uuid:d"}}}"#,
            r#"{"fullUrl": "urn:uuid:q", "resource": {"resourceType": "Observation", "id": "o2",
                "subject": {"reference": "urn:uuid:somebody-else"}}}"#,
        ],
    );

    let import = read(text.as_bytes()).unwrap();

    let refused: Vec<_> = import.refused.iter().map(|refused| refused.position).collect();
    assert_eq!(refused, [4], "only what names somebody who is not in the file");
    assert!(import.warnings.iter().any(|warning| warning.contains("o1")), "{:?}", import.warnings);
}

#[test]
fn a_history_is_applied_from_its_end_and_deletes_nothing() {
    let text = bundle(
        "history",
        &[
            r#"{"request": {"method": "DELETE", "url": "Condition/c"}}"#,
            r#"{"resource": {"resourceType": "Patient", "id": "p1", "gender": "female"}}"#,
            PATIENT,
        ],
    );

    let import = read(text.as_bytes()).unwrap();

    assert_eq!(import.entries.iter().map(|entry| entry.position).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(import.refused[0].what, "Condition/c");
}

#[test]
fn nobody_and_several_people_are_never_guessed() {
    let other = r#"{"resource": {"resourceType": "Patient", "id": "p2"}}"#;
    let two = bundle("collection", &[PATIENT, other]);

    assert_eq!(read(bundle("collection", &[]).as_bytes()), Err(FhirError::NoPatient));
    assert!(matches!(read(two.as_bytes()), Err(FhirError::SeveralPatients(ids)) if ids.len() == 2));
}

#[test]
fn unsound_files_are_refused_as_a_whole() {
    assert_eq!(read(b" \n"), Err(FhirError::Empty));
    assert_eq!(read(br#"{"resourceType": "Bundle"}"#), Err(FhirError::BundleWithoutType));
    assert!(matches!(read(b"[]"), Err(FhirError::NotResource { .. })));
    assert!(matches!(read(b"{\n\xff"), Err(FhirError::NotUtf8 { line: 2, offset: 2 })));
    assert!(matches!(read(&vec![b' '; (64 << 20) + 1]), Err(FhirError::TooLarge { .. })));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let _ = describe(&text);
        prop_assert!(!plain(&text).chars().any(char::is_control));
    }

    #[test]
    fn a_changed_byte_never_makes_it_panic_or_lose_an_entry(at in 0..IPS.len(), byte: u8) {
        let mut bytes = IPS.to_vec();
        bytes[at] = byte;
        if let Ok(import) = read(&bytes) {
            prop_assert_eq!(import.entries.len() + import.refused.len(), import.total);
        }
    }
}
