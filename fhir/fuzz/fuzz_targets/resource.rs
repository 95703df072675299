//! Any bytes as a single resource, and any text as something to describe.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Ok(found) = chartkey_fhir::resource(input) {
        assert!(found.body.starts_with('{') && found.body.ends_with('}'));
        let _ = chartkey_fhir::Identity::of(found.body, &chartkey_fhir::Origin::default());
    }
    let described = chartkey_fhir::describe(&String::from_utf8_lossy(input));
    assert!(!described.line().chars().any(char::is_control), "safe to print");
});
