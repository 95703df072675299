//! Epoch records from anybody, and access entries: read or refused.

#![no_main]

use chartkey_crypto::*;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(action) = Action::decode(bytes) {
        assert_eq!(action.encode(), bytes);
    }
    if let Ok(bytes) = bytes.try_into()
        && let Ok(checkpoint) = Checkpoint::from_bytes(bytes)
    {
        assert_eq!(checkpoint.to_bytes(), *bytes);
    }
    let Ok(record) = EpochRecord::parse(bytes) else { return };
    let section = Record { chain_id: 1, contract: [1; 20], id: [2; 32] }
        .section(Handle::new(3).expect("below 64"));
    let seed = EpochSeed::from_bytes([4; 32]);
    let keys = seed.keys(&section.at(record.epoch));
    let _ = record.accept(&section, &seed);
    let _ = record.name(&section, &keys);
    let _ = record.seed_before(&section, &keys);
});
