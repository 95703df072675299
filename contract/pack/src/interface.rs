//! The interface as other tools read it: JSON ABI and Solidity.

use std::fs;
use std::path::{Path, PathBuf};

use alloy_json_abi::JsonAbi;
use eyre::{Context, Result, bail};

/// The files of one interface below `abi/`, and what they hold.
fn files() -> Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for (file, name, abi) in [
        ("records", "IRecords", chartkey_abi::records_json_abi()),
        ("stays", "IStays", chartkey_abi::stays_json_abi()),
    ] {
        files.push((Path::new("json").join(format!("{file}.json")), json(&abi)?));
        files.push((Path::new("solidity").join(format!("{name}.sol")), solidity(name, &abi)));
    }
    Ok(files)
}

fn json(abi: &JsonAbi) -> Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(abi)?))
}

fn solidity(name: &str, abi: &JsonAbi) -> String {
    format!(
        "// SPDX-License-Identifier: MIT OR Apache-2.0\npragma solidity ^0.8.4;\n\n{}\n",
        abi.to_sol(name, None).trim_end()
    )
}

/// Writes the files below `abi`.
pub(crate) fn write(abi: &Path) -> Result<()> {
    for (file, content) in files()? {
        let path = abi.join(file);
        fs::create_dir_all(path.parent().expect("every file is in a folder"))?;
        fs::write(&path, content).wrap_err_with(|| format!("cannot write {}", path.display()))?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

/// Fails if a file is not what [`write()`] would write.
pub(crate) fn check(abi: &Path) -> Result<()> {
    for (file, content) in files()? {
        let found = fs::read_to_string(abi.join(&file)).unwrap_or_default();
        if found != content {
            bail!("abi/{} is out of date; run `cargo run -p chartkey-pack -- abi`", file.display());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_files_are_those_of_the_interface() {
        check(&crate::abi_folder()).expect("regenerated and committed");
    }
}
