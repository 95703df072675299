#!/usr/bin/env bash
# Drives the node with cargo-stylus 0.10.10 from crates.io, unmodified, and checks every answer:
# check, deploy without and with constructor, activate, cache, trace.
#
# The tool is taken from $CARGO_STYLUS, else installed into target/tools (ten minutes, once). The
# projects are written into a folder of their own; nothing is left running.
set -euo pipefail
. "$(dirname "$0")/node.sh"

version=0.10.10
target=$(mkdir -p "${CARGO_TARGET_DIR:-$root/target}" && cd "${CARGO_TARGET_DIR:-$root/target}" && pwd)
tool=${CARGO_STYLUS:-$target/tools/bin/cargo-stylus}
if [ ! -x "$tool" ]; then
    CARGO_TARGET_DIR=$target/tools-build CARGO_PROFILE_DEV_DEBUG=0 \
        cargo install cargo-stylus --version "=$version" --debug --locked --root "$target/tools" >&2
fi
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

start_node
# One folder for all builds of the projects.
export CARGO_TARGET_DIR=$target/compat-stylus

# A program of the SDK: a number that can be set.
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

# item_69: check
holds "item_69 check: succeeds with a data fee" "wasm data fee" "$(stylus check)"

# item_71: a module that is no program, whose memory nothing pays for
printf '\0asm\1\0\0\0\5\3\1\0\1\7\12\1\6memory\2\0' >"$work/bare.wasm"
holds "item_71 check without entrypoint: the hint" "missing an entrypoint" \
    "$(stylus check --wasm-file "$work/bare.wasm" || true)"

# item_72: deploy without constructor
deployed=$(stylus deploy --no-verify --private-key "$dev_key")
counter=$(address_of <<<"$deployed")
deployment=$(grep -i 'deployment tx' <<<"$deployed" | hash_of)
[ -n "$counter" ] && [ -n "$deployment" ] || fail "item_72 deploy: prints address and hash" "" "$deployed"
ok "item_72 deploy: prints address and hash"
holds "item_72 deploy: the code has the Stylus prefix" 0xeff00000 \
    "$(rpc eth_getCode "[\"$counter\",\"latest\"]" | field result)"
# programVersion(address)
holds "item_72 deploy: the program is active" 0000000000000000000000000000000000000000000000000000000000000002 \
    "$(rpc eth_call "[{\"to\":\"0x0000000000000000000000000000000000000071\",\"data\":\"0xcc8f4e88000000000000000000000000${counter#0x}\"},\"latest\"]" | field result)"

# item_73: the same code again
holds "item_73 deploy again: already activated" "already activated" \
    "$(stylus deploy --no-verify --private-key "$dev_key")"

# item_75: activation by hand
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
late=$(stylus deploy --no-verify --no-activate --private-key "$dev_key" | address_of)
holds "item_75 not activated: a call says so" "error ProgramNotActivated()" \
    "$(rpc eth_call "[{\"to\":\"$late\",\"data\":\"0x85bb7d69\"},\"latest\"]")"
activated=$(stylus activate --address "$late" --private-key "$dev_key")
holds "item_75 activate" "activated" "$activated"
holds "item_75 activated: a call answers" 000000000000002a \
    "$(rpc eth_call "[{\"to\":\"$late\",\"data\":\"0x85bb7d69\"},\"latest\"]" | field result)"
holds "item_75 activate again: refused" 0xcc944bf2 "$(stylus activate --address "$late" --private-key "$dev_key" || true)"

# item_77, item_78: the cache manager
holds "item_77 cache bid" "Successfully cached" "$(stylus cache bid "$counter" 0 --private-key "$dev_key")"
holds "item_77 cache bid again: already cached" "already cached" \
    "$(stylus cache bid "$counter" 0 --private-key "$dev_key" | tr '[:upper:]' '[:lower:]' || true)"
holds "item_78 cache status" "is cached" "$(stylus cache status --address "$counter")"
holds "item_78 cache suggest-bid" "0" "$(stylus cache suggest-bid "$late")"

# item_74: deploy with a constructor
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
built=$(stylus deploy --no-verify --private-key "$dev_key" --constructor-value 0.1 --constructor-args 77 | address_of)
holds "item_74 constructor: ran" 000000000000004d \
    "$(rpc eth_call "[{\"to\":\"$built\",\"data\":\"0x8381f58a\"},\"latest\"]" | field result)"
holds "item_74 constructor: got its value" 0x16345785d8a0000 \
    "$(rpc eth_getBalance "[\"$built\",\"latest\"]" | field result)"

# item_80, item_82: traces, by the tool's script and by the native tracer
project=$work/counter
set_number=0x3fb5c1cb0000000000000000000000000000000000000000000000000000000000000007
rpc anvil_impersonateAccount '["0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E"]' >/dev/null
called=$(rpc eth_sendTransaction "[{\"from\":\"$dev\",\"to\":\"$counter\",\"data\":\"$set_number\"}]" | field result)
rpc anvil_stopImpersonatingAccount '["0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E"]' >/dev/null
scripted=$(stylus trace --tx "$called")
native=$(stylus trace --tx "$called" --use-native-tracer)
holds "trace: first step" user_entrypoint "$scripted"
holds "trace: last step" user_returned "$scripted"
[ "$scripted" = "$native" ] || fail "trace: script and native tracer agree" "$native" "$scripted"
ok "trace: script and native tracer agree"
holds "simulate" user_entrypoint "$(stylus simulate --to "$counter" --data "$set_number")"

# item_79: verify
holds "item_79 verify" "Verification successful" \
    "$(stylus verify --no-verify --skip-clean --deployment-tx "$deployment")"

stop_node
echo "cargo-stylus: $passed checks passed"
