//! The sample files: counts add up, bytes stay.

use chartkey_fhir::{FhirError, Import, Section, read};

const IPS: &[u8] = include_bytes!("../data/ips-document.json");
const AU: &[u8] = include_bytes!("../data/au-patient-summary.json");
const CHRONIC: &[u8] = include_bytes!("../../../examples/fhir/synthea-chronic.json");

fn import(input: &[u8]) -> Import<'_> {
    let import = read(input).unwrap();
    let text = std::str::from_utf8(input).unwrap();
    assert_eq!(import.entries.len() + import.refused.len(), import.total);
    for entry in &import.entries {
        assert!(text.contains(entry.body), "{}", entry.what());
    }
    import
}

fn count(import: &Import<'_>, section: Section) -> usize {
    import.entries.iter().filter(|entry| entry.section == section).count()
}

#[test]
fn sample_bundles_are_filed_whole() {
    for (name, input, total) in [("ips", IPS, 11), ("au", AU, 10), ("chronic", CHRONIC, 211)] {
        let import = import(input);

        assert_eq!(import.refused, vec![], "{name}");
        assert_eq!(import.total, total, "{name}");
    }
}

#[test]
fn synthea_resources_go_to_their_sections() {
    let import = import(CHRONIC);

    assert_eq!(count(&import, Section::Medications), 13);
    assert_eq!(count(&import, Section::MedicalHistory), 17);
    assert_eq!(count(&import, Section::CarePlan), 7);
    assert_eq!(count(&import, Section::Administration), 94);
    assert_eq!(count(&import, Section::Unmapped), 2);
}

#[test]
fn a_bulk_export_of_many_patients_is_refused() {
    let error = read(include_bytes!("../data/AllergyIntolerance.ndjson")).unwrap_err();

    assert!(matches!(&error, FhirError::SeveralPatients(ids) if ids.len() > 1), "{error}");
}

#[test]
fn lines_of_one_patient_are_filed_under_that_patient() {
    let text = include_str!("../data/AllergyIntolerance.ndjson");
    let first = text.lines().next().unwrap();

    let file = format!("\u{feff}{first}\n\n{first}\n");
    let import = import(file.as_bytes());

    assert_eq!(import.patient.id, "cbc86e51-9eca-3855-76ec-c058f72c5761");
    assert_eq!(import.entries.iter().map(|entry| entry.position).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn single_resources_are_filed_under_the_patient_they_name() {
    for input in [
        &include_bytes!("../data/consent-privacy.json")[..],
        include_bytes!("../data/patient-name-extensions.json"),
        include_bytes!("../data/appointment-example.json"),
        include_bytes!("../data/medicationrequest0301.json"),
    ] {
        assert_eq!(import(input).entries.len(), 1);
    }
    let nobody = read(include_bytes!("../data/observation-decimal.json"));
    assert_eq!(nobody, Err(FhirError::NoPatient));
}
