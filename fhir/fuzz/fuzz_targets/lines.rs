//! Any bytes as lines of many patients: never a panic, and each line is somebody's or refused, once.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(index) = chartkey_fhir::index(&mut &*input) else { return };
    let owned: usize = index.patients.iter().map(|patient| patient.lines.len()).sum();
    assert_eq!(owned + index.refused.len(), index.total);
    for patient in &index.patients {
        for line in &patient.lines {
            let start = usize::try_from(line.offset).expect("within the input");
            let text = std::str::from_utf8(&input[start..start + line.length]).expect("checked");
            assert!(!text.trim().is_empty());
        }
    }
});
