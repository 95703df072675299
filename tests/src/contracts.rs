//! The programs as `make wasm` built them, and the public keys of a development chain.

use std::path::{Path, PathBuf};

/// Private key of Nitro's development account (public knowledge; devnode.md section 1.3).
pub const DEV_KEY: &str = "b6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659";

/// Private keys of the first accounts of the "test … junk" phrase (devnode.md section 1.3).
pub(crate) const ANVIL_KEYS: [&str; 5] = [
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
];

/// Private key number `index` of anvil's accounts, in hex.
///
/// # Panics
///
/// If `index` is above 4.
#[must_use]
pub fn anvil_key(index: usize) -> String {
    ANVIL_KEYS[index].to_owned()
}

/// The two programs, ready for the chain (prefix and compressed WASM).
pub mod programs {
    use super::{Path, PathBuf};

    /// Folder of the built programs.
    #[must_use]
    pub fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/programs")
    }

    /// Code of the *records* program.
    ///
    /// # Panics
    ///
    /// If `make wasm` has not run.
    #[must_use]
    pub fn records() -> Vec<u8> {
        read("records.code")
    }

    /// Code of the *stays* program.
    ///
    /// # Panics
    ///
    /// If `make wasm` has not run.
    #[must_use]
    pub fn stays() -> Vec<u8> {
        read("stays.code")
    }

    fn read(name: &str) -> Vec<u8> {
        let path = folder().join(name);
        std::fs::read(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; run `make wasm` first", path.display()))
    }
}
