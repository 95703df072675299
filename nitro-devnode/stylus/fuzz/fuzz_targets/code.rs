//! Any bytes as deployed code: taking it apart never panics, and decompression keeps its limit.
#![no_main]

use devnode_stylus::code;
use libfuzzer_sys::fuzz_target;

const MAX_LEN: u32 = 131_072;

fuzz_target!(|bytes: &[u8]| {
    let _ = code::parse(bytes);
    if let Ok(module) = code::classic_module(bytes, MAX_LEN) {
        assert!(module.len() <= MAX_LEN as usize);
    }
    if let Ok(module) = code::decompress(bytes, 0, MAX_LEN) {
        assert!(module.len() <= MAX_LEN as usize);
    }
});
