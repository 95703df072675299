//! Any bytes as a file: never a panic, never an entry lost, never a byte of a resource changed.
#![no_main]

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
});
