//! From rustc's output to code that the chain accepts (guides/stylus-contracts.md section 3).

use std::io::Write;

use eyre::{Context, Result};

/// Prefix of a classic Stylus program without a dictionary (stylus-host.md section 5.1).
const PREFIX: [u8; 4] = [0xef, 0xf0, 0x00, 0x00];
/// Best compression.
const QUALITY: u32 = 11;
/// Window of 4 MiB, the most that plain brotli has.
const WINDOW: u32 = 22;

/// Prints the module and parses it again, then drops the custom sections.
///
/// The round trip writes table indices in one byte, as the chain demands, and leaves out the data
/// count section, which it refuses.
pub(crate) fn normalise(raw: &[u8]) -> Result<Vec<u8>> {
    let text = wasmprinter::print_bytes(raw).map_err(|error| eyre::eyre!("{error:#}"))?;
    let module = wat::parse_str(&text).wrap_err("the printed module does not parse")?;
    without_custom_sections(&module)
}

fn without_custom_sections(module: &[u8]) -> Result<Vec<u8>> {
    const HEADER: usize = 8;
    let mut kept = module[..HEADER].to_vec();
    let mut rest = &module[HEADER..];
    while let Some((&id, body)) = rest.split_first() {
        let mut reader = wasmparser::BinaryReader::new(body, 0);
        let length = reader.read_var_u32()? as usize;
        let whole = 1 + reader.original_position() + length;
        if id != 0 {
            kept.extend_from_slice(&rest[..whole]);
        }
        rest = &rest[whole..];
    }
    Ok(kept)
}

/// The prefix and the compressed module: what the contract's account holds.
pub(crate) fn compress(module: &[u8]) -> Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(PREFIX.to_vec(), 4096, QUALITY, WINDOW);
    writer.write_all(module)?;
    // Finishing the stream is part of taking the bytes out; writing to memory cannot fail.
    Ok(writer.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn custom_sections_go_and_the_rest_stays() {
        let module = wat::parse_str(r#"(module $named (func $named (export "f")))"#).expect("text");
        assert!(module.windows(4).any(|window| window == b"name"));

        let plain = normalise(&module).expect("sound WASM");

        assert!(!plain.windows(4).any(|window| window == b"name"));
        assert_eq!(normalise(&plain).expect("sound WASM"), plain);
    }

    #[test]
    fn the_code_is_the_prefix_and_the_module() {
        let module = wat::parse_str("(module (memory 1))").expect("text");

        let code = compress(&module).expect("memory takes it");

        assert_eq!(code[..4], PREFIX);
        let mut unpacked = Vec::new();
        brotli::Decompressor::new(&code[4..], 4096).read_to_end(&mut unpacked).expect("brotli");
        assert_eq!(unpacked, module);
    }

    #[test]
    fn what_is_no_wasm_is_refused() {
        assert!(normalise(b"MZ").is_err());
        assert!(normalise(b"").is_err());
    }
}
