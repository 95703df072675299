//! A frame that decodes is written again to the same bytes; nothing panics or inflates without end.

#![no_main]

use chartkey_crypto::{Attachment, Frame, bucket};
use libfuzzer_sys::fuzz_target;

/// Fields before the lengths, body, extensions, a byte to change.
type Parts = ([u8; 16], Vec<u8>, Vec<u8>, Option<(u16, u8)>);

fuzz_target!(|input: Result<Parts, Vec<u8>>| {
    let bytes = match input {
        Ok(parts) => fitted(parts),
        Err(bytes) => bytes,
    };
    let Ok(frame) = Frame::decode(&bytes) else { return };
    assert!(frame.body().expect("decoding inflated it").len() <= 1 << 20);
    assert_eq!(frame.encode().expect("it has a length that fits")[..], bytes[..]);
    for extension in &frame.extensions {
        let _ = Attachment::parse(extension);
    }
    let _ = frame.inner_signature();
});

/// Lengths and padding that fit, so that what comes after their checks is reached.
fn fitted((mut fields, body, extensions, changed): Parts) -> Vec<u8> {
    fields[0] = 1;
    fields[1] = fields[1] % 4 + 1;
    fields[2] &= 1;
    fields[3] = [1, 3, 4, 5][usize::from(fields[3] % 4)];
    if fields[1] == 1 {
        fields[4..8].fill(0);
    }
    let mut bytes = fields.to_vec();
    for length in [body.len(), extensions.len()] {
        bytes.extend(u32::try_from(length).expect("inputs are short").to_be_bytes());
    }
    bytes.extend(body);
    bytes.extend(extensions);
    bytes.resize(bucket(bytes.len()), 0);
    if let Some((at, flip)) = changed {
        let at = usize::from(at) % bytes.len();
        bytes[at] ^= flip;
    }
    bytes
}
