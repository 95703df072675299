//! What goes out is what came in.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use chartkey_fhir::export::{
    About, Account, Author, Exported, Held, Instant, Note, RecordRef, Remark, Standing,
    Transaction, collection, history, summary,
};
use chartkey_fhir::{FhirError, Import, Origin, Said, read, read_as};
use proptest::prelude::*;
use serde_json::Value;

const OWNER: Account = Account { chain_id: 412_346, address: [7; 20] };

const fn about() -> About<'static> {
    About {
        record: RecordRef { chain_id: 412_346, contract: [1; 20], id: [2; 32] },
        at: Instant(1_764_109_164),
        has_provenance: false,
        owner: Some(OWNER),
        notes: &[],
        remarks: &[],
    }
}

/// As a record holds it: the last version of each statement is the current one.
fn held<'a>(import: &'a Import<'_>) -> Vec<Held<'a>> {
    let entries = import.entries.iter().enumerate();
    entries
        .map(|(index, entry)| {
            let is_replaced =
                import.entries[index + 1..].iter().any(|later| later.identity == entry.identity);
            // What the frame keeps beside the body.
            let (source, full_url) = entry.origin.packed(&entry.resource_type, entry.id.as_deref());
            let id = entry.id.as_deref();
            Held {
                section: entry.section.name(),
                seq: u32::try_from(index).unwrap() + 2,
                body: entry.body,
                origin: Origin::unpacked(source, full_url, &entry.resource_type, id),
                author: OWNER,
                time: Instant(1_764_000_000 + index as u64),
                standing: if is_replaced { Standing::Corrected } else { Standing::Current },
                is_correction: import.entries[..index]
                    .iter()
                    .any(|one| one.identity == entry.identity),
                transaction: Some(Transaction { chain_id: 412_346, hash: [9; 32] }),
            }
        })
        .collect()
}

/// All sample files: those of this crate and, where the samples lie beside the repository, these too.
fn samples() -> Vec<(PathBuf, Vec<u8>)> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![here.join("tests/data"), here.join("../examples/fhir")];
    for base in ["../../shared/data/fhir", "../../../shared/data/fhir"] {
        folders.extend(["bundles", "resources", "ndjson"].map(|name| here.join(base).join(name)));
    }
    let mut found = Vec::new();
    for folder in folders.iter().filter_map(|folder| fs::read_dir(folder).ok()) {
        let paths = folder.map(|file| file.unwrap().path());
        let is_sample =
            |path: &PathBuf| path.extension().is_some_and(|end| end == "json" || end == "ndjson");
        found.extend(paths.filter(is_sample).map(|path| (path.clone(), fs::read(&path).unwrap())));
    }
    found
}

/// Reads a file, for each of its patients.
fn imports(file: &[u8]) -> Vec<Import<'_>> {
    match read(file) {
        Ok(import) => vec![import],
        Err(FhirError::SeveralPatients(ids)) => {
            let chosen = |id: &String| {
                let said = Said { patient: Some(id), ..Said::default() };
                read_as(file, &said).unwrap()
            };
            ids.iter().map(chosen).collect()
        }
        Err(FhirError::NoPatient) => vec![],
        Err(error) => panic!("{error}"),
    }
}

fn again(exported: &Exported) -> Import<'_> {
    read(exported.text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{}", exported.text))
}

/// Bodies by identity-free order: what must be equal before and after.
fn bodies<'a>(bodies: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut bodies: Vec<_> = bodies.collect();
    bodies.sort_unstable();
    bodies
}

/// Nothing empty, and no number, text or name that FHIR's JSON does not allow.
fn check_is_tidy(value: &Value, path: &str) {
    match value {
        Value::Null => panic!("null at {path}"),
        Value::String(text) => assert!(!text.trim().is_empty(), "empty text at {path}"),
        Value::Array(items) => {
            assert!(!items.is_empty(), "empty array at {path}");
            items.iter().for_each(|item| check_is_tidy(item, path));
        }
        Value::Object(members) => {
            assert!(!members.is_empty(), "empty object at {path}");
            members
                .iter()
                .for_each(|(name, member)| check_is_tidy(member, &format!("{path}.{name}")));
        }
        Value::Bool(_) | Value::Number(_) => {}
    }
}

fn entries(exported: &Exported) -> Vec<Value> {
    let bundle: Value = serde_json::from_str(&exported.text).unwrap();
    bundle["entry"].as_array().cloned().unwrap_or_default()
}

#[test]
fn every_sample_comes_back_byte_for_byte_and_a_second_import_knows_it() {
    let samples = samples();
    assert!(samples.len() >= 8);
    let mut patients = 0;
    for (path, file) in &samples {
        for import in imports(file) {
            patients += 1;
            let held = held(&import);

            let exported = collection(&held, &about());
            let second = again(&exported);

            let current = held.iter().filter(|one| one.standing == Standing::Current);
            assert_eq!(
                bodies(current.map(|one| one.body)),
                bodies(second.entries.iter().map(|entry| entry.body)),
                "{}",
                path.display()
            );
            assert_eq!(second.refused, vec![], "{}", path.display());
            assert_eq!(exported.entries, second.total);
            for entry in second.entries.iter().filter(|entry| entry.id.is_some()) {
                // A URN says nothing of its source; the command takes equal bytes as the same then.
                let is_known = import.entries.iter().any(|before| {
                    before.identity == entry.identity
                        || (entry.identity.source.is_empty() && before.body == entry.body)
                });
                assert!(is_known, "{}: {:?} is new", path.display(), entry.identity);
            }
        }
    }
    assert!(patients >= 8);
}

#[test]
fn full_urls_are_those_that_came_in() {
    let file = include_bytes!("../data/ips-document.json");
    let import = read(file).unwrap();
    let source: Value = serde_json::from_slice(file).unwrap();

    let exported = collection(&held(&import), &about());

    let urls = |entries: &[Value]| {
        let urls = entries.iter().map(|entry| entry["fullUrl"].as_str().unwrap().to_owned());
        urls.collect::<Vec<_>>()
    };
    assert_eq!(urls(&entries(&exported)), urls(source["entry"].as_array().unwrap()));
}

#[test]
fn a_summary_is_whole_and_leads_nowhere_else() {
    for (path, file) in samples() {
        for import in imports(&file) {
            let held = held(&import);

            let exported = summary(&held, &about(), Author::Patient);

            let name = path.display();
            let entries = entries(&exported);
            let composition = &entries[0]["resource"];
            check_is_tidy(composition, "Composition");
            assert_eq!(composition["resourceType"], "Composition", "{name}");
            assert_eq!(composition["type"]["coding"][0]["code"], "60591-5");
            let urls: Vec<_> =
                entries.iter().map(|entry| entry["fullUrl"].as_str().unwrap()).collect();
            let unique: BTreeSet<_> = urls.iter().collect();
            assert_eq!(unique.len(), urls.len(), "{name}: bdl-7");
            assert!(urls.contains(&composition["subject"]["reference"].as_str().unwrap()));
            let sections = composition["section"].as_array().unwrap();
            let codes: Vec<_> = sections
                .iter()
                .map(|one| one["code"]["coding"][0]["code"].as_str().unwrap())
                .collect();
            assert_eq!(&codes[..3], ["11450-4", "10160-0", "48765-2"], "{name}");
            for section in sections {
                // FHIR R4, invariant cmp-2, and IPS: one of both.
                assert_ne!(section["entry"].is_null(), section["emptyReason"].is_null(), "{name}");
                assert_eq!(section["text"]["status"], "generated");
                for entry in section["entry"].as_array().into_iter().flatten() {
                    assert!(urls.contains(&entry["reference"].as_str().unwrap()), "{name}");
                }
            }
            let second = again(&exported);
            assert_eq!(second.refused, vec![], "{name}");
            assert_eq!(exported.entries + exported.made, second.total, "{name}");
            for entry in second.entries.iter().filter(|one| one.resource_type != "Composition") {
                let is_held = held.iter().any(|one| one.body == entry.body);
                assert!(is_held || entry.resource_type == "Patient", "{name}: {}", entry.what());
            }
        }
    }
}

#[test]
fn a_summary_shows_the_newest_and_leaves_out_what_was_retracted() {
    let resource = |kind: &str, id: &str, rest: &str| {
        format!(
            r#"{{"resourceType": "{kind}", "id": "{id}", {rest}, "subject": {{"reference": "Patient/p"}}}}"#
        )
    };
    let vital = |id: &str, day: &str| {
        let rest = format!(
            r#""status": "final", "code": {{"coding": [{{"system": "http://loinc.org", "code": "8867-4"}}]}},
            "category": [{{"coding": [{{"code": "vital-signs"}}]}}], "effectiveDateTime": "{day}",
            "encounter": {{"reference": "Encounter/e"}}, "valueQuantity": {{"value": 71.0}}"#
        );
        resource("Observation", id, &rest)
    };
    let lines = [
        r#"{"resourceType": "Patient", "id": "p"}"#.to_owned(),
        resource("Condition", "gone", r#""code": {"text": "Never true"}"#),
        resource("Condition", "old", r#""code": {"text": "Old words"}"#),
        resource("Condition", "old", r#""code": {"text": "New words"}"#),
        vital("o1", "2011-05"),
        vital("o2", "2012"),
        resource("Encounter", "e", r#""status": "finished""#),
        resource("Encounter", "f", r#""status": "finished""#),
    ];
    let file = lines.map(|line| line.replace('\n', " ")).join("\n");
    let import = read(file.as_bytes()).unwrap();
    let mut held = held(&import);
    held[1].standing = Standing::Retracted;

    let exported = summary(&held, &about(), Author::Patient);

    for (text, is_in) in [
        ("New words", true),
        ("Old words", false),
        ("Never true", false),
        (r#""id": "o2""#, true),
        (r#""id": "o1""#, false),
        ("71.0", true),
        (r#""id": "e""#, true),
        (r#""id": "f""#, false),
    ] {
        assert_eq!(exported.text.contains(text), is_in, "{text}");
    }
    assert_eq!((exported.entries, exported.left_out), (4, 2));
    let urls: Vec<_> = entries(&exported).iter().map(|one| one["fullUrl"].clone()).collect();
    assert!(urls.iter().all(|url| url.as_str().unwrap().contains(':')), "{urls:?}");
}

#[test]
fn patients_of_two_sources_are_exported_as_one_person() {
    let lines = |name: &str| {
        format!(
            "{{\"resourceType\": \"Patient\", \"id\": \"1\", \"gender\": \"{name}\"}}\n{{\"resourceType\": \"Condition\", \"id\": \"1\", \"subject\": {{\"reference\": \"Patient/1\"}}, \"recordedDate\": \"{name}\"}}\n"
        )
    };
    let (a, b) = (lines("2011"), lines("2012"));
    let said = |source| Said { source: Some(source), ..Said::default() };
    let first = read_as(a.as_bytes(), &said("https://a.example/fhir")).unwrap();
    let second = read_as(b.as_bytes(), &said("urn:example:b")).unwrap();
    let mut held_ = held(&first);
    let more = held(&second);
    held_.extend(more.into_iter().map(|one| Held { seq: one.seq + 10, ..one }));

    for exported in [collection(&held_, &about()), summary(&held_, &about(), Author::Patient)] {
        let import = again(&exported);

        assert_eq!(import.refused, vec![]);
        let identities: BTreeSet<_> = import
            .entries
            .iter()
            .filter(|entry| entry.resource_type == "Condition")
            .map(|entry| (entry.identity.source.as_str(), entry.identity.id.as_str()))
            .collect();
        let expected = BTreeSet::from([("https://a.example/fhir", "1"), ("urn:example:b", "1")]);
        assert_eq!(identities, expected);
    }
}

#[test]
fn a_history_has_every_version_and_ends_what_was_retracted() {
    let file = "{\"resourceType\": \"Patient\", \"id\": \"p\"}\n\
        {\"resourceType\": \"Condition\", \"id\": \"c\", \"subject\": {\"reference\": \"Patient/p\"}}\n\
        {\"resourceType\": \"Condition\", \"id\": \"c\", \"subject\": {\"reference\": \"Patient/p\"}, \"onsetString\": \"x\"}\n\
        {\"resourceType\": \"Condition\", \"id\": \"d\", \"subject\": {\"reference\": \"Patient/p\"}}\n";
    let import = read(file.as_bytes()).unwrap();
    let mut held = held(&import);
    held[3].standing = Standing::Retracted;

    let exported = history(&held, &About { has_provenance: true, ..about() });

    let entries = entries(&exported);
    let methods: Vec<_> =
        entries.iter().map(|entry| entry["request"]["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["DELETE", "PUT", "PUT", "PUT", "PUT", "POST", "POST", "POST", "POST"]);
    assert!(entries.iter().all(|entry| !entry["response"]["status"].is_null()), "bdl-4");
    let second = again(&exported);
    assert_eq!(second.entries.len() + second.refused.len(), second.total);
    let of = |kind: &str| second.entries.iter().filter(|one| one.resource_type == kind).count();
    assert_eq!((of("Condition"), of("Provenance")), (3, 4));
    assert!(exported.text.contains("NULLIFY") && exported.text.contains("UPDATE"));
}

#[test]
fn what_was_said_about_an_entry_goes_with_it() {
    let file = "{\"resourceType\": \"Patient\", \"id\": \"p\"}\n\
        {\"resourceType\": \"Condition\", \"id\": \"c\", \"subject\": {\"reference\": \"Patient/p\"}}\n";
    let import = read(file.as_bytes()).unwrap();
    let held = held(&import);
    let remark = Remark {
        section: "medical history",
        target: held[1].seq,
        seq: 9,
        text: "I disagree: <never>",
        author: OWNER,
        time: Instant(1),
    };
    let astray = Remark { target: 77, text: "about nothing here", ..remark };

    let remarks = [remark, astray];
    let about = About { remarks: &remarks, ..about() };
    for exported in [collection(&held, &about), summary(&held, &about, Author::Patient)] {
        let entries = entries(&exported);
        let said = entries.iter().find(|one| one["resource"]["resourceType"] == "Communication");
        let said = &said.unwrap()["resource"];
        assert_eq!(said["payload"][0]["contentString"], "I disagree: <never>");
        let about = said["about"][0]["reference"].as_str().unwrap();
        assert!(entries.iter().any(|one| one["fullUrl"] == about), "{about}");
        assert!(!exported.text.contains("about nothing here"));
        assert_eq!(again(&exported).refused, vec![]);
    }
}

#[test]
fn texts_go_out_as_documents_and_what_was_made_once_is_not_made_twice() {
    let file = "{\"resourceType\": \"Patient\", \"id\": \"p\"}\n";
    let import = read(file.as_bytes()).unwrap();
    let mut first = held(&import);
    let note = Note {
        section: "medical history",
        seq: 9,
        text: "Slept badly",
        author: OWNER,
        time: Instant(1),
    };
    let notes = [note];
    let about = About { notes: &notes, has_provenance: true, ..about() };

    let exported = collection(&first, &about);
    let second = again(&exported);
    let more = held(&second);
    first.extend(more.into_iter().skip(1).map(|one| Held { seq: one.seq + 10, ..one }));
    let once_more = collection(&first, &about);

    let text = "U2xlcHQgYmFkbHk=";
    assert_eq!(exported.text.matches(text).count(), 1);
    assert_eq!(once_more.text.matches(text).count(), 1);
    let urls: Vec<_> = entries(&once_more).iter().map(|one| one["fullUrl"].to_string()).collect();
    assert_eq!(urls.iter().collect::<BTreeSet<_>>().len(), urls.len(), "bdl-7");
}

#[test]
fn nothing_to_export_is_a_bundle_without_entries() {
    let exported = collection(&[], &about());

    let bundle: Value = serde_json::from_str(&exported.text).unwrap();
    check_is_tidy(&bundle, "Bundle");
    let summary = summary(&[], &about(), Author::Account { account: OWNER, display: None });
    assert_eq!(again(&summary).entries.len(), 2, "Composition and a Patient that is unknown");
}

/// JSON that is nasty to whoever writes it anew.
fn nasty() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1.10".to_owned()),
        Just("-0.0".to_owned()),
        Just("1e400".to_owned()),
        Just("123456789012345678901234567890.10".to_owned()),
        Just(r#""\ud83d\ude00 \u0000 </div> \/ \u202e""#.to_owned()),
        Just("null".to_owned()),
        Just("{ }".to_owned()),
        Just("[\t]".to_owned()),
        "[a-zäß😀 <>&']{0,12}".prop_map(|text| Value::from(text).to_string()),
        any::<f64>()
            .prop_filter("finite", |value| value.is_finite())
            .prop_map(|value| format!("{value:?}")),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(" ,"))),
            prop::collection::btree_map("[a-z_é]{1,6}", inner, 0..4).prop_map(|members| {
                let members: Vec<_> = members
                    .into_iter()
                    .map(|(name, value)| format!("{} :  {value}", Value::from(name)))
                    .collect();
                format!("{{\n{}}}", members.join(",\r\n"))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn nasty_resources_come_back_byte_for_byte(
        values in prop::collection::vec(nasty(), 1..6),
        kind in "(Condition|Observation|Basic|Nonsense|AllergyIntolerance)",
    ) {
        let resources: Vec<_> = values.iter().enumerate().map(|(index, value)| format!(
            "{{ \"resourceType\":\"{kind}\",\"id\":\"r{index}\", \"zz\" :{value},\n\"subject\":{{\"reference\":\"Patient/p\"}} }}"
        )).collect();
        let list: Vec<_> = resources.iter().map(|one| format!("{{\"resource\":{one}}}")).collect();
        let file = format!(
            "{{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{{\"resource\":{{\"resourceType\":\"Patient\",\"id\":\"p\"}}}},{}]}}",
            list.join(",")
        );
        let import = read(file.as_bytes()).unwrap();
        prop_assert_eq!(import.refused.len(), 0);

        let held = held(&import);
        let exported = collection(&held, &about());
        let second = read(exported.text.as_bytes()).unwrap();

        let found: Vec<_> = second.entries.iter().skip(1).map(|entry| entry.body).collect();
        prop_assert_eq!(found, resources);
        let identities = |import: &Import<'_>| import.entries.iter().map(|one| one.identity.clone()).collect::<Vec<_>>();
        prop_assert_eq!(identities(&second), identities(&import));
        prop_assert!(read(summary(&held, &about(), Author::Patient).text.as_bytes()).is_ok());
    }
}
