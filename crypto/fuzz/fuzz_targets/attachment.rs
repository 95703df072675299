//! An attachment that is read is written again to the same bytes.

#![no_main]

use chartkey_crypto::{Attachment, Extension, InnerSignature};
use libfuzzer_sys::fuzz_target;
use zeroize::Zeroizing;

fuzz_target!(|input: (bool, Vec<u8>)| {
    let (is_fitted, mut bytes) = input;
    if is_fitted && bytes.len() >= 48 {
        // Lengths that belong together, so that the rest is reached: 16 bytes for none.
        bytes[32..48].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    for kind in [Attachment::KIND, InnerSignature::KIND] {
        let extension = Extension { kind, value: Zeroizing::new(bytes.clone()) };
        if let Ok(read) = Attachment::parse(&extension) {
            assert!(read.to_extension().expect("as long as it was") == extension);
        }
        if let Ok(read) = InnerSignature::parse(&extension) {
            assert!(read.to_extension() == extension);
        }
    }
});
