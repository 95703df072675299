#!/usr/bin/env bash
# Drives the node with cargo-stylus 0.10.10 from crates.io, unmodified, and checks every answer:
# check, deploy without and with constructor, activate, cache, trace, replay in gdb, verify.
#
# The tool is taken from $CARGO_STYLUS, else installed into target/tools-0.10 (ten minutes, once). The
# projects are written into a folder of their own; nothing is left running.
set -euo pipefail
. "$(dirname "$0")/stylus.sh"

tool=${CARGO_STYLUS:-$target/tools-0.10/bin/cargo-stylus}
[ -x "$tool" ] || install_tool 0.10.10 "$target/tools-0.10"
command -v gdb >/dev/null || fail "gdb is needed: cargo stylus replay runs the program in it"
start_node
# One folder for all builds of the projects.
export CARGO_TARGET_DIR=$target/compat-stylus

new_counter

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
new_late
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
new_built
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

# item_81: replay. The tool stops gdb at the entrypoint, where a person would go on; here gdb shows the
# stack there and in the function that was called, and lets the program come to its end.
mkdir -p "$work/bin"
cat >"$work/bin/gdb" <<SH
#!/bin/bash
options=()
while [ \$# -gt 0 ] && [ "\$1" != --args ]; do options+=("\$1"); shift; done
exec $(command -v gdb) -batch "\${options[@]}" -ex bt -ex 'break counter::Counter::set_number' \\
    -ex continue -ex bt -ex continue "\$@"
SH
chmod +x "$work/bin/gdb"
# It looks for the library in the project, and takes no other beside it.
rm -f "$CARGO_TARGET_DIR"/x86_64-unknown-linux-gnu/debug/lib*.so
ln -s "$CARGO_TARGET_DIR" "$project/target"
replayed=$(
    unset CARGO_TARGET_DIR
    PATH=$work/bin:$PATH
    stylus replay --tx "$called" --debugger gdb </dev/null
)
line() { # pattern; where it is in the program's source
    echo "src/lib.rs:$(grep -nF "$1" "$project/src/lib.rs" | head -1 | cut -d: -f1)"
}
holds "item_81 replay: stops in the entrypoint" \
    "#0  counter::user_entrypoint (len=36) at $(line '#[entrypoint]')" "$replayed"
holds "item_81 replay: comes to the function" "$(line 'pub fn set_number')" "$replayed"
holds "item_81 replay: host calls are answered to the end" "call completed successfully" "$replayed"

# item_79: verify
holds "item_79 verify" "Verification successful" \
    "$(stylus verify --no-verify --skip-clean --deployment-tx "$deployment")"

stop_node
echo "cargo-stylus: $passed checks passed"
