#!/usr/bin/env bash
# Drives the node with cargo-stylus 0.6.3 from crates.io, unmodified, and checks every answer: check,
# deploy from a project and from a file, without and with constructor, activate, cache, trace, verify
# (acceptance item_84).
#
# The tool is taken from $CARGO_STYLUS_06, else installed into target/tools-0.6 (ten minutes, once).
# Projects are built where cargo-stylus.sh builds its own; nothing is left running.
set -euo pipefail
. "$(dirname "$0")/stylus.sh"

tool=${CARGO_STYLUS_06:-$target/tools-0.6/bin/cargo-stylus}
[ -x "$tool" ] || install_tool 0.6.3 "$target/tools-0.6"
start_node
# This release looks for what it built in the project, wherever cargo was told to build.
unset CARGO_TARGET_DIR
build=$target/compat-stylus
mkdir -p "$build" "$work/bin"
# `verify` cleans before it builds, and has no --skip-clean yet: without this it would compile the
# SDK again, here and in cargo-stylus.sh.
cat >"$work/bin/cargo" <<SH
#!/bin/sh
[ "\$1" = clean ] && exit 0
exec $(command -v cargo) "\$@"
SH
chmod +x "$work/bin/cargo"
PATH=$work/bin:$PATH
call() { # contract, data
    rpc eth_call "[{\"to\":\"$1\",\"data\":\"$2\"},\"latest\"]" | field result
}
deploy() { # arguments
    stylus deploy --no-verify --private-key "$dev_key" "$@"
}
number=0x8381f58a # number()

new_counter
ln -s "$build" "$project/target"
holds "item_84 check: succeeds with a data fee" "wasm data fee" "$(stylus check)"
printf '\0asm\1\0\0\0\5\3\1\0\1\7\12\1\6memory\2\0' >"$work/bare.wasm"
holds "item_84 check without entrypoint: the hint" "missing an entrypoint" \
    "$(stylus check --wasm-file "$work/bare.wasm" || true)"

# From a project
deployed=$(deploy)
counter=$(address_of <<<"$deployed")
deployment=$(grep -i 'deployment tx' <<<"$deployed" | hash_of)
[ -n "$counter" ] && [ -n "$deployment" ] || fail "item_84 deploy: prints address and hash" "" "$deployed"
ok "item_84 deploy: prints address and hash"
holds "item_84 deploy: the code has the Stylus prefix" 0xeff00000 \
    "$(rpc eth_getCode "[\"$counter\",\"latest\"]" | field result)"
holds "item_84 deploy: the program answers" 0000000000000000 "$(call "$counter" "$number")"
holds "item_84 deploy again: already activated" "already activated" "$(deploy)"
holds "item_84 verify" "VERIFIED" "$(stylus verify --no-verify --deployment-tx "$deployment")"
stored=$(rpc eth_sendUnsignedTransaction "[{\"from\":\"$dev\",\"to\":\"$counter\",
    \"data\":\"0x3fb5c1cb$(printf '%064x' 7)\"}]" | field result)
holds "item_84 verify of another transaction: refused" "Error" \
    "$(stylus verify --no-verify --deployment-tx "$stored" || true)"

# From a file, which has no constructor unless its signature is told
new_late
ln -s "$build" "$project/target"
holds "item_84 check of a second program" "wasm data fee" "$(stylus check)"
cp "$build/wasm32-unknown-unknown/release/late.wasm" "$work/"
late=$(deploy --wasm-file "$work/late.wasm" --no-activate | address_of)
holds "item_84 not activated: a call says so" "error ProgramNotActivated()" \
    "$(rpc eth_call "[{\"to\":\"$late\",\"data\":\"0x85bb7d69\"},\"latest\"]")"
holds "item_84 activate" "activated" "$(stylus activate --address "$late" --private-key "$dev_key")"
holds "item_84 activated: a call answers" 000000000000002a "$(call "$late" 0x85bb7d69)"
holds "item_84 activate again: refused" 0xcc944bf2 \
    "$(stylus activate --address "$late" --private-key "$dev_key" || true)"

new_built
ln -s "$build" "$project/target"
built=$(deploy --constructor-value 0.1 --constructor-args 77 | address_of)
holds "item_84 constructor of a project: ran" 000000000000004d "$(call "$built" "$number")"
holds "item_84 constructor of a project: got its value" 0x16345785d8a0000 \
    "$(rpc eth_getBalance "[\"$built\",\"latest\"]" | field result)"
cp "$build/wasm32-unknown-unknown/release/built.wasm" "$work/"
filed=$(deploy --wasm-file "$work/built.wasm" --constructor-signature 'constructor(uint256) payable' \
    --deployer-salt "0x$(printf '%064x' 1)" --constructor-value 0.2 --constructor-args 78)
built=$(address_of <<<"$filed")
holds "item_84 constructor of a file: ran" 000000000000004e "$(call "$built" "$number")"
holds "item_84 constructor of a file: got its value" 0x2c68af0bb140000 \
    "$(rpc eth_getBalance "[\"$built\",\"latest\"]" | field result)"

# Cache and traces
holds "item_84 cache bid" "uccess" "$(stylus cache bid "$counter" 0 --private-key "$dev_key")"
holds "item_84 cache status" "ached" "$(stylus cache status --address "$counter")"
traced=$(stylus trace --tx "$stored")
holds "item_84 trace: first step" user_entrypoint "$traced"
holds "item_84 trace: last step" user_returned "$traced"

stop_node
echo "cargo-stylus 0.6: $passed checks passed"
