//! A frame that decodes is written again to the same bytes; nothing panics or inflates without end.

#![no_main]

use chartkey_crypto::{Attachment, Frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, Vec<u8>)| {
    let (is_fitted, mut bytes) = input;
    if is_fitted {
        // Past the checks of version and length, so that the rest is reached.
        bytes.resize(bytes.len().clamp(24, 4_096).next_power_of_two().max(512), 0);
        bytes[0] = 1;
        bytes[2] &= 1;
    }
    let Ok(frame) = Frame::decode(&bytes) else { return };
    assert!(frame.body().expect("decoding inflated it").len() <= 1 << 20);
    assert_eq!(frame.encode().expect("it has a length that fits")[..], bytes[..]);
    for extension in &frame.extensions {
        let _ = Attachment::parse(extension);
    }
    let _ = frame.inner_signature();
});
