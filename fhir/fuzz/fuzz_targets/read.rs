//! Any bytes as a file: never a panic, never an entry lost, never a byte of a resource changed, on the way
//! in and out again.
#![no_main]

use chartkey_fhir::export::{About, Account, Author, Held, Instant, RecordRef, Standing, collection, summary};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(import) = chartkey_fhir::read(input) else { return };
    assert_eq!(import.entries.len() + import.refused.len(), import.total);
    let text = std::str::from_utf8(input).expect("what was read is UTF-8");
    for entry in &import.entries {
        assert!(text.contains(entry.body), "the bytes that came in");
        assert!(!entry.summary.chars().any(char::is_control), "safe to print");
    }
    for refused in &import.refused {
        assert!(!refused.reason.chars().chain(refused.what.chars()).any(char::is_control));
    }
    let author = Account { chain_id: 1, address: [7; 20] };
    let held: Vec<_> = (1..)
        .zip(&import.entries)
        .map(|(seq, entry)| Held {
            section: entry.section.name(),
            seq,
            body: entry.body,
            origin: entry.origin.clone(),
            author,
            time: Instant(u64::from(seq)),
            standing: Standing::Current,
            is_correction: false,
            transaction: None,
        })
        .collect();
    let record = RecordRef { chain_id: 1, contract: [1; 20], id: [2; 32] };
    let about = About { record, at: Instant(0), has_provenance: true, owner: None, notes: &[], remarks: &[] };
    for exported in [collection(&held, &about), summary(&held, &about, Author::Patient)] {
        let bundle: serde_json::Value = serde_json::from_str(&exported.text).unwrap_or_default();
        let is_number_too_large = bundle.is_null();
        assert!(is_number_too_large || bundle["resourceType"] == "Bundle");
    }
    let exported = collection(&held, &About { has_provenance: false, ..about });
    if let Ok(second) = chartkey_fhir::read(exported.text.as_bytes()) {
        let before: Vec<_> = import.entries.iter().map(|entry| entry.body).collect();
        let after: Vec<_> = second.entries.iter().map(|entry| entry.body).collect();
        assert!(before.iter().all(|body| after.contains(body)) || !second.refused.is_empty());
    }
});
