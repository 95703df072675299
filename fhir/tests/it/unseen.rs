//! Kinds of files that the samples do not have.

use chartkey_fhir::{FhirError, Import, Section, read};

const PATIENT: &str = r#"{"resourceType": "Patient", "id": "p"}"#;
const CONDITION: &str =
    r#"{"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"}}"#;

fn bundle(kind: &str, entries: &[String]) -> String {
    format!(r#"{{"resourceType": "Bundle", "type": "{kind}", "entry": [{}]}}"#, entries.join(","))
}

fn entry(resource: &str, rest: &str) -> String {
    format!(r#"{{"resource": {resource}{rest}}}"#)
}

fn counted(file: &str) -> Import<'_> {
    let import = read(file.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{file}"));
    assert_eq!(import.entries.len() + import.refused.len(), import.total);
    import
}

#[test]
fn remarks_of_a_server_on_its_search_are_no_record() {
    let remark = r#"{"resourceType": "OperationOutcome", "issue": []}"#;
    let file = bundle(
        "searchset",
        &[
            entry(PATIENT, r#", "search": {"mode": "include"}"#),
            entry(CONDITION, r#", "search": {"mode": "match", "score": 1}"#),
            entry(remark, r#", "search": {"mode": "outcome"}"#),
        ],
    );

    let import = counted(&file);

    assert_eq!(import.entries.len(), 2);
    assert!(import.refused[0].reason.contains("nobody's record"), "{:?}", import.refused);
}

#[test]
fn answers_to_a_batch_have_resources_or_a_reason() {
    for kind in ["batch-response", "transaction-response"] {
        let file = bundle(
            kind,
            &[
                entry(PATIENT, r#", "response": {"status": "201 Created"}"#),
                r#"{"response": {"status": "404 Not Found"}}"#.to_owned(),
                r#"{"resource": null, "response": {"status": "200"}}"#.to_owned(),
            ],
        );

        let import = counted(&file);

        assert_eq!((import.entries.len(), import.refused.len()), (1, 2), "{kind}");
    }
}

#[test]
fn a_message_keeps_its_header_as_unmapped() {
    let header = r#"{"resourceType": "MessageHeader", "eventUri": "urn:example:e",
        "source": {"endpoint": "urn:example:lab"}}"#;
    let file = bundle("message", &[entry(header, ""), entry(PATIENT, ""), entry(CONDITION, "")]);

    let import = counted(&file);

    assert_eq!(import.entries.len(), 3);
    assert_eq!(import.entries[0].section, Section::Unmapped);
}

#[test]
fn a_history_with_deletions_keeps_the_versions() {
    let version = |day: &str, number: u32| {
        let text = CONDITION.replace(
            r#""id": "c""#,
            &format!(r#""id": "c", "meta": {{"versionId": "{number}"}}, "onsetDateTime": "{day}""#),
        );
        entry(&text, r#", "request": {"method": "PUT", "url": "Condition/c"}"#)
    };
    let gone = r#"{"request": {"method": "DELETE", "url": "Condition/c"}}"#.to_owned();
    let file =
        bundle("history", &[gone, version("2012", 2), version("2011", 1), entry(PATIENT, "")]);

    let import = counted(&file);

    let order: Vec<_> = import.entries.iter().map(|entry| entry.position).collect();
    assert_eq!(order, [4, 3, 2], "from the end");
    assert_eq!(import.entries[1].identity, import.entries[2].identity);
    assert!(import.refused[0].reason.contains("retract"), "{:?}", import.refused);
}

#[test]
fn a_patient_who_is_only_contained_is_known_by_an_identifier() {
    let resource = |identifier: &str| {
        format!(
            r##"{{"resourceType": "Condition", "contained": [{{"resourceType": "Patient", "id": "m1"{identifier}}}],
                "subject": {{"reference": "#m1"}}}}"##
        )
    };
    let known = resource(
        r#", "identifier": [{"system": "urn:example:mrn", "value": "7"}, {"system": "urn:example:b", "value": "8"}]"#,
    );

    let import = counted(&known);

    assert_eq!(import.patient.id, "urn:example:b|8");
    assert_eq!(import.entries.len(), 1);
    assert_eq!(read(resource("").as_bytes()), Err(FhirError::NoPatient));
    let other = known.replace("\"7\"", "\"70\"").replace("\"8\"", "\"80\"").replace('\n', "");
    let both = format!("{}\n{other}\n", known.replace('\n', ""));
    assert!(matches!(read(both.as_bytes()), Err(FhirError::SeveralPatients(_))));
}

#[test]
fn shapes_of_r5_are_refused_by_name_and_the_rest_is_filed() {
    let request = r#"{"resourceType": "MedicationRequest", "id": "m", "status": "active",
        "intent": "order", "medication": {"concept": {"text": "Tea"}},
        "subject": {"reference": "Patient/p"}}"#;
    let visit = r#"{"resourceType": "Encounter", "id": "e", "status": "completed",
        "class": [{"text": "ambulatory"}], "subject": {"reference": "Patient/p"}}"#;
    let file =
        bundle("collection", &[PATIENT, request, visit, CONDITION].map(|one| entry(one, "")));

    let import = counted(&file);

    let reasons: Vec<_> = import.refused.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "MedicationRequest.medication is a shape of FHIR R5; export the record as FHIR R4",
            "Encounter.class is a shape of FHIR R5; export the record as FHIR R4",
        ]
    );
    let r5 = r#"{"resourceType": "Bundle", "type": "subscription-notification"}"#;
    assert!(matches!(read(r5.as_bytes()), Err(FhirError::UnknownBundleType { .. })));
}

#[test]
fn lines_may_end_in_any_way_and_be_empty() {
    let file = format!("\u{feff}\r\n{PATIENT}\r\n\r\n   \n{CONDITION}\r\n\t\r\n");

    let import = counted(&file);

    assert_eq!(import.entries.iter().map(|one| one.position).collect::<Vec<_>>(), [2, 5]);
    assert_eq!(import.entries[1].body, CONDITION);
}

#[test]
fn numbers_and_text_of_any_kind_stay_as_they_are() {
    let number = "123456789012345678901234567890.1230e-40";
    let long = "9".repeat(5_000);
    let text = r#"\u0000\u001b[2J \ud83d\ude00 \"\\\/ </div>"#;
    let resource = format!(
        r#"{{ "resourceType" : "Observation" , "id":"o","subject":{{"reference":"Patient/p"}},
            "valueQuantity":{{"value":{number}}},"x":[{long},1e400,-0.0,1E+2],"note":[{{"text":"{text}"}}]	}}"#
    );
    let file = bundle("collection", &[entry(PATIENT, ""), entry(&resource, "")]);

    let import = counted(&file);

    assert_eq!(import.entries[1].body, resource);
}

#[test]
fn what_is_not_sound_is_refused_with_its_place() {
    type Check = fn(&FhirError) -> bool;
    let malformed: Check = |error| matches!(error, FhirError::Malformed { .. });
    let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
    for (name, file, is_expected) in [
        ("a comma too many", bundle("batch", &[format!("{},", entry(PATIENT, ""))]), malformed),
        ("a comma before the brace", PATIENT.replace('}', ",}"), malformed),
        ("half a pair", PATIENT.replace("\"p\"", r#""\ud800""#), malformed),
        ("the other half", PATIENT.replace("\"p\"", r#""\udc00x""#), malformed),
        ("a raw control character", PATIENT.replace("\"p\"", "\"a\u{1}b\""), malformed),
        ("not a number", PATIENT.replace("\"p\"", "NaN"), malformed),
        ("a comment", format!("{PATIENT} // done"), malformed),
        ("two values", format!("{PATIENT} {PATIENT}"), malformed),
        ("a key twice", PATIENT.replace("{", r#"{"id": "q", "#), |error| {
            matches!(error, FhirError::DuplicateKey { line: 1, .. })
        }),
        ("deep", PATIENT.replace("\"p\"", &deep), |error| {
            matches!(error, FhirError::TooDeep { .. })
        }),
        ("a line cut off", format!("{PATIENT}\n{CONDITION}\n{{\"resourceType\": "), |error| {
            matches!(error, FhirError::CutOff { line: 3, .. })
        }),
        ("two marks", format!("\u{feff}\u{feff}{PATIENT}"), malformed),
    ] {
        let error = read(file.as_bytes()).expect_err(name);
        assert!(is_expected(&error), "{name}: {error:?}");
    }
}

#[test]
fn a_bundle_in_a_bundle_and_a_null_list_are_told() {
    let inner = bundle("collection", &[]);
    let file = bundle("collection", &[entry(PATIENT, ""), entry(&inner, ""), "null".to_owned()]);

    let import = counted(&file);

    assert_eq!(import.refused.len(), 2);
    let empty = r#"{"resourceType": "Bundle", "type": "batch", "entry": null}"#;
    assert_eq!(read(empty.as_bytes()), Err(FhirError::NoPatient));
    let wrong = r#"{"resourceType": "Bundle", "type": "batch", "entry": {}}"#;
    assert!(matches!(read(wrong.as_bytes()), Err(FhirError::BadEntryList { .. })));
}
