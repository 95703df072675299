//! Makes contract code out of compiled WASM, and the exported interface files.
//!
//! ```text
//! chartkey-pack programs OUT NAME=FILE.wasm …   writes OUT/NAME.wasm and OUT/NAME.code
//! chartkey-pack abi [--check]                    writes abi/json and abi/solidity, or compares
//! ```

mod code;
mod cost;
mod interface;
#[cfg(test)]
mod judge;

use std::fs;
use std::path::{Path, PathBuf};

use eyre::{Context, Result, bail, eyre};

/// Largest contract code we ship, in bytes; the chain's limit is 24,576.
const MOST_CODE_BYTES: usize = 24_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["programs", out, programs @ ..] if !programs.is_empty() => pack(Path::new(out), programs),
        ["abi"] => interface::write(&abi_folder()),
        ["abi", "--check"] => interface::check(&abi_folder()),
        _ => bail!("usage: chartkey-pack programs OUT NAME=FILE.wasm … | abi [--check]"),
    }
}

fn abi_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../abi")
}

/// Packs each program and prints what it weighs and what starting it costs.
fn pack(out: &Path, programs: &[&str]) -> Result<()> {
    fs::create_dir_all(out).wrap_err_with(|| format!("cannot make {}", out.display()))?;
    println!(
        "{:<10} {:>10} {:>14} {:>10} {:>12} {:>14}",
        "program", "raw bytes", "decompressed", "code", "cold entry", "cached entry"
    );
    let mut too_long = Vec::new();
    for program in programs {
        let (name, file) =
            program.split_once('=').ok_or_else(|| eyre!("expected NAME=FILE, found {program}"))?;
        let raw = fs::read(file).wrap_err_with(|| format!("cannot read {file}"))?;
        let module = code::normalise(&raw).wrap_err_with(|| format!("{file} is not WASM"))?;
        let code = code::compress(&module)?;
        let cost = cost::of(&module)?;
        fs::write(out.join(format!("{name}.wasm")), &module)?;
        fs::write(out.join(format!("{name}.code")), &code)?;
        println!(
            "{name:<10} {:>10} {:>14} {:>10} {:>12} {:>14}",
            raw.len(),
            module.len(),
            code.len(),
            cost.cold,
            cost.cached
        );
        if code.len() > MOST_CODE_BYTES {
            too_long.push(format!("{name}: {} bytes", code.len()));
        }
    }
    if !too_long.is_empty() {
        bail!(
            "contract code above {MOST_CODE_BYTES} bytes ({}); build with opt-level = \"z\" or take \
             something out",
            too_long.join(", ")
        );
    }
    Ok(())
}
