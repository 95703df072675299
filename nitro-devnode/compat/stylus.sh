# What the scripts that drive the node with a cargo-stylus share; source this file. It sources node.sh
# and sets target; the script sets tool, the program that is driven.

. "$(dirname "${BASH_SOURCE[0]}")/node.sh"
target=$(mkdir -p "${CARGO_TARGET_DIR:-$root/target}" && cd "${CARGO_TARGET_DIR:-$root/target}" && pwd)

# Installs a cargo-stylus from crates.io into a folder of its own: ten minutes, once. Its `replay` loads
# the program as a library, which finds the host calls in the tool only if the tool exports them; what
# then cannot be left out of it names a function that Rust no longer has, and that nobody calls.
install_tool() { # version, folder
    local flags=
    [ "$(uname -s)" != Linux ] ||
        flags="-C link-args=-rdynamic -C link-args=-Wl,--defsym=__rust_probestack=0"
    CARGO_TARGET_DIR=$2-build CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 RUSTFLAGS=$flags \
        cargo install cargo-stylus --version "=$1" --debug --locked --root "$2" >&2
}

passed=0
ok() { # name
    passed=$((passed + 1))
    echo "ok  $1"
}
holds() { # name, substring, answered
    case "$3" in
        *"$2"*) ok "$1" ;;
        *) fail "$1" "… $2 …" "$3" ;;
    esac
}
rpc() { # method, params as JSON; the whole answer
    curl -sS -H 'content-type: application/json' \
        -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":$2}" "$url"
}
field() { # path in dots; JSON on standard input
    node -e 'let value = JSON.parse(require("fs").readFileSync(0, "utf8"));
for (const part of process.argv[1].split(".")) value = value?.[part];
console.log(typeof value === "string" ? value : JSON.stringify(value));' "$1"
}
plain() { sed 's/\x1b\[[0-9;]*m//g'; }
stylus() { # command and arguments, without colours; standard error too
    # The endpoint comes early: constructor arguments take everything that follows them.
    local words=1
    [ "$1" != cache ] || words=2
    (cd "$project" && "$tool" stylus "${@:1:words}" -e "$url" "${@:words+1}" 2>&1) | plain
}
# Wrappers take the first address and the first hash of what `deploy` prints.
address_of() { grep -oE '0x[0-9a-fA-F]{40}\b' | head -1; }
hash_of() { grep -oE '0x[0-9a-fA-F]{64}\b' | head -1; }

# A program of the SDK, made of the library on standard input.
new_project() { # name, library
    project=$work/$1
    mkdir -p "$project/src"
    cat >"$project/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.1.0"
edition = "2021"

[dependencies]
stylus-sdk = "=0.10.10"
alloy-primitives = { version = "1", default-features = false }
alloy-sol-types = { version = "1", default-features = false }

[features]
export-abi = ["stylus-sdk/export-abi"]
contract-client-gen = []

[lib]
crate-type = ["lib", "cdylib"]

[[bin]]
name = "$1"
path = "src/main.rs"

[profile.release]
codegen-units = 1
strip = true
lto = true
panic = "abort"
opt-level = "z"

[workspace]
TOML
    cat >"$project/src/main.rs" <<RUST
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]
#[cfg(not(any(test, feature = "export-abi")))]
#[no_mangle]
pub extern "C" fn main() {}
#[cfg(feature = "export-abi")]
fn main() {
    ${1//-/_}::print_from_args();
}
RUST
    printf '%s\n' '[workspace]' '[workspace.networks]' '[contract]' >"$project/Stylus.toml"
    cp "$root/rust-toolchain.toml" "$project/rust-toolchain.toml"
    cat >"$project/src/lib.rs"
    (cd "$project" && cargo generate-lockfile --quiet)
}

# A program without constructor: a number that can be set.
new_counter() {
    new_project counter <<'RUST'
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]
#![cfg_attr(not(any(test, feature = "export-abi")), no_std)]
#[macro_use]
extern crate alloc;
use alloc::vec::Vec;
use stylus_sdk::{alloy_primitives::U256, prelude::*};

sol_storage! {
    #[entrypoint]
    pub struct Counter { uint256 number; }
}

#[public]
impl Counter {
    pub fn number(&self) -> U256 { self.number.get() }
    pub fn set_number(&mut self, number: U256) { self.number.set(number); }
}
RUST
}

# A program with a constructor that takes money.
new_built() {
    new_project built <<'RUST'
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]
#![cfg_attr(not(any(test, feature = "export-abi")), no_std)]
#[macro_use]
extern crate alloc;
use alloc::vec::Vec;
use stylus_sdk::{alloy_primitives::U256, prelude::*};

sol_storage! {
    #[entrypoint]
    pub struct Built { uint256 number; }
}

#[public]
impl Built {
    #[constructor]
    #[payable]
    pub fn constructor(&mut self, number: U256) { self.number.set(number); }
    pub fn number(&self) -> U256 { self.number.get() }
}
RUST
}

# A program that answers 42.
new_late() {
    new_project late <<'RUST'
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]
#![cfg_attr(not(any(test, feature = "export-abi")), no_std)]
#[macro_use]
extern crate alloc;
use alloc::vec::Vec;
use stylus_sdk::{alloy_primitives::U256, prelude::*};

sol_storage! {
    #[entrypoint]
    pub struct Late { uint256 number; }
}

#[public]
impl Late {
    pub fn answer(&self) -> U256 { self.number.get() + U256::from(42) }
}
RUST
}
