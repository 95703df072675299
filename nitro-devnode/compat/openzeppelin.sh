#!/usr/bin/env bash
# Builds a token of OpenZeppelin's contracts for Stylus (openzeppelin-stylus 0.3.0, stylus-sdk 0.9.0,
# crates.io), deploys it with cargo-stylus 0.10.10 as their end-to-end suite does, and checks every
# answer (acceptance item_85; the suite itself needs their repository).
#
# The tool is the one of cargo-stylus.sh; builds go to target/compat-openzeppelin.
set -euo pipefail
. "$(dirname "$0")/node.sh"

target=$(mkdir -p "${CARGO_TARGET_DIR:-$root/target}" && cd "${CARGO_TARGET_DIR:-$root/target}" && pwd)
tool=${CARGO_STYLUS:-$target/tools-0.10/bin/cargo-stylus}
[ -x "$tool" ] || fail "cargo-stylus is not there; run cargo-stylus.sh first"
CAST=${CAST:-$("$here/foundry.sh" cast)/cast}
passed=0
is() { # name, expected, answered
    [ "$2" = "$3" ] || fail "$1" "$2" "$3"
    passed=$((passed + 1))
    echo "ok  $1"
}
holds() { # name, substring, answered
    case "$3" in
        *"$2"*) passed=$((passed + 1)) && echo "ok  $1" ;;
        *) fail "$1" "… $2 …" "$3" ;;
    esac
}

export CARGO_TARGET_DIR=$target/compat-openzeppelin
cp -r "$here/openzeppelin" "$work/token"
cp "$root/rust-toolchain.toml" "$work/token/"
cd "$work/token"
cargo build --quiet --locked --lib --release --target wasm32-unknown-unknown
wasm=$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/token.wasm

start_node
cast() { "$CAST" "$1" --rpc-url "$url" "${@:2}" 2>&1; }
payee=0x0000000000000000000000000000000000007777

# item_85: deployed as a file, which is how their suite deploys
deployed=$("$tool" stylus deploy -e "$url" --no-verify --private-key "$dev_key" \
    --wasm-file "$wasm" 2>&1 | sed 's/\x1b\[[0-9;]*m//g')
token=$(grep -oE '0x[0-9a-fA-F]{40}\b' <<<"$deployed" | head -1)
[ -n "$token" ] || fail "item_85 deploy: prints an address" 0x "$deployed"
"$CAST" send --rpc-url "$url" --private-key "$dev_key" "$token" 'mint(address,uint256)' "$dev" 1000 >/dev/null
is "item_85 deployed: a balance is minted" 1000 "$(cast call "$token" 'balanceOf(address)(uint256)' "$dev")"
is "total supply" 1000 "$(cast call "$token" 'totalSupply()(uint256)')"
sent=$("$CAST" send --rpc-url "$url" --private-key "$dev_key" --json "$token" 'transfer(address,uint256)' "$payee" 40)
holds "transfer: status" '"status":"0x1"' "$sent"
holds "transfer: event" 0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef "$sent"
is "transfer: balance" 40 "$(cast call "$token" 'balanceOf(address)(uint256)' "$payee")"
holds "transfer of too much: their error as data" 0xe450d38c \
    "$(cast call "$token" 'transfer(address,uint256)' "$payee" 2000 --from "$dev" || true)"
"$CAST" send --rpc-url "$url" --private-key "$dev_key" "$token" 'approve(address,uint256)' "$payee" 7 >/dev/null
is "allowance" 7 "$(cast call "$token" 'allowance(address,address)(uint256)' "$dev" "$payee")"

stop_node
echo "openzeppelin: $passed checks passed"
