//! Whose ids they are: two hospitals both have a `Condition/1`.

use chartkey_fhir::{FhirError, Identity, Said, read, read_as};

/// A bundle with a Patient and `Condition/1`, with members of its own and, perhaps, `fullUrl`s.
fn bundle(kind: &str, members: &str, base: Option<&str>, meta: &str) -> String {
    let url =
        |of: &str| base.map_or_else(String::new, |base| format!(r#""fullUrl": "{base}/{of}","#));
    format!(
        r#"{{"resourceType": "Bundle", "type": "{kind}", {members} "entry": [
            {{{} "resource": {{"resourceType": "Patient", "id": "p"}}}},
            {{{} "resource": {{"resourceType": "Condition", "id": "1", {meta}
                "subject": {{"reference": "Patient/p"}}}}}}]}}"#,
        url("Patient/p"),
        url("Condition/1")
    )
}

fn identity(file: &str, source: Option<&str>) -> Identity {
    let said = Said { source, ..Said::default() };
    let import = read_as(file.as_bytes(), &said).unwrap();
    import.entries.into_iter().find(|entry| entry.resource_type == "Condition").unwrap().identity
}

fn source(file: &str) -> String {
    identity(file, None).source
}

#[test]
fn the_base_of_a_full_url_is_the_source() {
    let here = identity(&bundle("collection", "", Some("https://a.example/fhir"), ""), None);
    let there = identity(&bundle("collection", "", Some("https://b.example/fhir"), ""), None);

    assert_eq!((here.source.as_str(), here.id.as_str()), ("https://a.example/fhir", "1"));
    assert_ne!(here, there);
}

#[test]
fn without_a_base_the_resource_the_file_or_the_user_says_it() {
    let meta = r#""meta": {"source": "https://a.example/lab#request-7"},"#;
    assert_eq!(source(&bundle("collection", "", None, meta)), "https://a.example/lab");

    let whole = r#""meta": {"source": "urn:example:a"},"#;
    assert_eq!(source(&bundle("batch", whole, None, "")), "urn:example:a");

    let numbered =
        |system: &str| format!(r#""identifier": {{"system": "{system}", "value": "urn:uuid:9"}},"#);
    assert_eq!(source(&bundle("document", &numbered("urn:oid:1.2"), None, "")), "urn:oid:1.2");
    let of_itself = numbered("urn:ietf:rfc:3986");
    assert_eq!(source(&bundle("document", &of_itself, None, "")), "urn:uuid:9");
    // Only a document is numbered by its author; the number of a batch is of the batch.
    assert_eq!(source(&bundle("batch", &numbered("urn:oid:1.2"), None, "")), "");

    let url = bundle("collection", "", Some("https://a.example/fhir"), meta);
    assert_eq!(identity(&url, Some("urn:example:said")).source, "urn:example:said");
}

#[test]
fn a_message_comes_from_its_endpoint() {
    let file = r#"{"resourceType": "Bundle", "type": "message", "entry": [
        {"resource": {"resourceType": "MessageHeader", "source": {"endpoint": "urn:example:lab"}}},
        {"resource": {"resourceType": "Patient", "id": "p"}}]}"#;

    let import = read(file.as_bytes()).unwrap();

    assert!(import.entries.iter().all(|entry| entry.identity.source == "urn:example:lab"));
}

#[test]
fn patients_that_the_file_links_are_one_person() {
    let two = |link: &str, more: &str| {
        format!(
            r#"{{"resourceType": "Bundle", "type": "collection", "entry": [
            {{"fullUrl": "https://a.example/Patient/1", "resource": {{"resourceType": "Patient", "id": "1"}}}},
            {{"fullUrl": "https://b.example/Patient/1", "resource": {{"resourceType": "Patient", {link} "id": "1"}}}},
            {{"fullUrl": "https://a.example/Condition/1", "resource": {{"resourceType": "Condition", "id": "1",
                "subject": {{"reference": "Patient/1"}}}}}},
            {{"fullUrl": "https://b.example/Condition/1", "resource": {{"resourceType": "Condition", "id": "1",
                "subject": {{"reference": "Patient/1"}}}}}}{more}]}}"#
        )
    };
    let reference = r#"{"reference": "https://a.example/Patient/1"}"#;
    let link = format!(r#""link": [{{"other": {reference}, "type": "seealso"}}],"#);
    let linkage = format!(
        r#", {{"resource": {{"resourceType": "Linkage", "item": [
            {{"type": "source", "resource": {reference}}},
            {{"type": "alternate", "resource": {{"reference": "https://b.example/Patient/1"}}}}]}}}}"#
    );

    for (file, count) in [(two(&link, ""), 4), (two("", &linkage), 5)] {
        let import = read(file.as_bytes()).unwrap();
        assert_eq!(
            (import.entries.len(), import.refused.len()),
            (count, 0),
            "{:?}",
            import.refused
        );
    }
    let apart = two("", "");
    assert!(
        matches!(read(apart.as_bytes()), Err(FhirError::SeveralPatients(ids)) if ids.len() == 2)
    );
}

#[test]
fn the_chosen_patient_alone_is_read_from_a_file_of_several() {
    let file = r#"{"resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": {"resourceType": "Patient", "id": "p1", "identifier": [{"system": "urn:example:mrn", "value": "7"}]}},
        {"resource": {"resourceType": "Patient", "id": "p2"}},
        {"resource": {"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/p1"}}},
        {"resource": {"resourceType": "Condition", "id": "c2", "subject": {"reference": "Patient/p2"}}},
        {"resource": {"resourceType": "Device", "id": "d"}},
        {"resource": {"resourceType": "Practitioner", "id": "doc"}}]}"#;

    for chosen in ["p1", "Patient/p1", "urn:example:mrn|7"] {
        let said = Said { patient: Some(chosen), ..Said::default() };
        let import = read_as(file.as_bytes(), &said).unwrap();

        let kept: Vec<_> = import.entries.iter().map(|entry| entry.position).collect();
        assert_eq!(kept, [1, 3, 6], "a Device without patient is nobody's: {:?}", import.refused);
        assert_eq!(import.entries.len() + import.refused.len(), import.total);
    }
    let said = Said { patient: Some("p3"), ..Said::default() };
    assert!(matches!(
        read_as(file.as_bytes(), &said),
        Err(FhirError::NotThisPatient { known, .. }) if known == ["Patient/p1", "Patient/p2"]
    ));
}
