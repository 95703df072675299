//! Any bytes as deployed code: taking it apart never panics, decompression keeps its limit, and what
//! was compressed comes out as it went in, whole or in fragments.
#![no_main]

use devnode_stylus::code::{self, RootCode, StylusCode};
use libfuzzer_sys::fuzz_target;

const MAX_LEN: u32 = 131_072;

/// What cargo-stylus compresses with (devnode.md section 6.2), but for the quality, which is slow.
const QUALITY: i32 = 5;
const WINDOW_BITS: i32 = 22;

fuzz_target!(|bytes: &[u8]| {
    for arbos_version in [32, 51, 60] {
        let _ = code::is_executable(bytes, arbos_version);
    }
    take_apart(bytes);
    decompress(bytes);
    if bytes.len() <= 4_096 {
        round_trip(bytes);
    }
});

fn take_apart(bytes: &[u8]) {
    if let Ok(StylusCode::Root(root)) = code::parse(bytes) {
        // The root's own tail stands in for the fragments, which lie elsewhere on the chain.
        let fragments = root.fragments.iter().map(|_| bytes.get(8..).unwrap_or_default());
        if let Ok(module) = root.module(fragments, MAX_LEN) {
            assert_eq!(module.len(), root.module_len as usize);
        }
    }
    if let Ok(module) = code::classic_module(bytes, MAX_LEN) {
        assert!(module.len() <= MAX_LEN as usize);
    }
}

fn decompress(bytes: &[u8]) {
    let Ok(module) = code::decompress(bytes, 0, MAX_LEN) else { return };
    assert!(module.len() <= MAX_LEN as usize);
    let Ok(len) = u32::try_from(module.len()) else { return };
    assert_eq!(code::decompress(bytes, 0, len).as_ref(), Ok(&module), "its own length is enough");
    if len > 0 {
        assert!(code::decompress(bytes, 0, len - 1).is_err(), "one byte less is not");
    }
}

fn round_trip(module: &[u8]) {
    let mut stream = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        lgwin: WINDOW_BITS,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*module, &mut stream, &params).expect("memory is enough");
    assert_eq!(code::decompress(&stream, 0, MAX_LEN).as_deref(), Ok(module));

    // A fragment without a byte is no fragment.
    let parts = stream.chunks(stream.len().div_ceil(2));
    let fragments: Vec<Vec<u8>> = parts.map(|part| [b"\xef\xf0\x01", part].concat()).collect();
    let module_len = u32::try_from(module.len()).expect("short");
    let root = RootCode { dictionary: 0, module_len, fragments: Vec::new() };
    let joined = root.module(fragments.iter().map(Vec::as_slice), MAX_LEN);
    assert_eq!(joined.as_deref(), Ok(module));
}
