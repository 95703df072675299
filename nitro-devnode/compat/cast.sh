#!/usr/bin/env bash
# Drives the node with cast 1.7.1 (from npm) and checks every answer.
#
# Needs the binary: BIN_DIR=target/debug nitro-devnode/compat/cast.sh (what `make compat` does).
# cast is taken from $CAST, else from npm into target/foundry. Leaves nothing running.
set -euo pipefail

. "$(dirname "$0")/node.sh"

CAST=${CAST:-$("$here/foundry.sh" cast)/cast}
# cast reads settings from the environment and from folders above: neither may decide a test.
unset ETH_RPC_URL ETH_FROM ETH_KEYSTORE FOUNDRY_PROFILE 2>/dev/null || true
export FOUNDRY_DISABLE_NIGHTLY_WARNING=1 HOME=$work
cd "$work"

payee=0x00000000000000000000000000000000000000Fe
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
cast() { "$CAST" "$1" --rpc-url "$url" "${@:2}"; }
field() { # path in dots; JSON on standard input; node is there wherever npm is
    node -e 'let value = JSON.parse(require("fs").readFileSync(0, "utf8"));
for (const part of process.argv[1].split(".")) value = value[part];
console.log(typeof value === "string" ? value : JSON.stringify(value));' "$1"
}

start_node

# Identity
is "chain-id" 412346 "$(cast chain-id)"
holds "client version" "nitro/" "$(cast client)"
is "gas-price" 100000000 "$(cast gas-price)"
is "base-fee" 100000000 "$(cast base-fee)"

# Accounts
before=$(cast block-number)
nonce=$(cast nonce "$dev")
is "balance of an empty account" 0 "$(cast balance "$payee")"
is "code of a precompile" 0xfe "$(cast code 0x0000000000000000000000000000000000000064)"
is "a transfer is estimated" 21000 "$(cast estimate "$payee" --value 1ether --from "$dev")"

# A transfer, its receipt, its block
receipt=$(cast send "$payee" --value 1ether --private-key "$dev_key" --json)
is "send: status" 0x1 "$(field status <<<"$receipt")"
is "send: gas" 0x5208 "$(field gasUsed <<<"$receipt")"
is "send: position after the start-block transaction" 0x1 "$(field transactionIndex <<<"$receipt")"
is "send: one block" $((before + 1)) "$(cast block-number)"
is "send: balance" 1000000000000000000 "$(cast balance "$payee")"
is "send: nonce" $((nonce + 1)) "$(cast nonce "$dev")"
hash=$(field transactionHash <<<"$receipt")
is "receipt by hash" "$(field blockHash <<<"$receipt")" \
    "$(cast receipt "$hash" --json | field blockHash)"
is "receipt: Arbitrum's members" 0x0 "$(cast receipt "$hash" --json | field gasUsedForL1)"
is "receipt: one field" true "$(cast receipt "$hash" status)"
is "transaction: sender" "$(tr '[:upper:]' '[:lower:]' <<<"$dev")" "$(cast tx "$hash" --json | field from)"
is "block: two transactions" 2 "$(cast block latest --json | field transactions | tr ',' '\n' | wc -l)"
is "block by hash" "$(cast block latest --json)" "$(cast block "$(field blockHash <<<"$receipt")" --json)"
holds "block with whole transactions" 0x6a "$(cast block latest --full --json)"
holds "age" "20" "$(cast age latest)"
is "legacy transaction" 0x1 "$(cast send "$payee" --legacy --private-key "$dev_key" --json | field status)"

# A contract that stores the word after the selector in slot 0, logs it as topic and data, and
# answers with it; empty calldata reverts.
#   CALLDATASIZE PUSH1 7 JUMPI PUSH0 PUSH0 REVERT JUMPDEST PUSH1 4 CALLDATALOAD DUP1 PUSH0 SSTORE
#   DUP1 PUSH0 MSTORE PUSH1 32 PUSH0 LOG1 PUSH1 32 PUSH0 RETURN
runtime=366007575f5ffd5b600435805f55805f5260205fa160205ff3
word=0x000000000000000000000000000000000000000000000000000000000000002a
created=$(cast send --private-key "$dev_key" --json --create "0x60198060095f395ff3$runtime")
contract=$(field contractAddress <<<"$created")
is "create: status" 0x1 "$(field status <<<"$created")"
is "create: code" "0x$runtime" "$(cast code "$contract")"
is "call" 42 "$(cast call "$contract" 'store(uint256)(uint256)' 42)"
is "call: changes nothing" "0x$(printf '%064d' 0)" "$(cast storage "$contract" 0)"
stored=$(cast send "$contract" 'store(uint256)' 42 --private-key "$dev_key" --json)
is "send to a contract: status" 0x1 "$(field status <<<"$stored")"
is "send to a contract: log" "$word" "$(field logs.0.topics.0 <<<"$stored")"
is "storage" "$word" "$(cast storage "$contract" 0)"
is "logs by address" "$word" "$(cast logs --from-block 0 --address "$contract" --json | field 0.data)"
is "logs by topic" "$(field transactionHash <<<"$stored")" \
    "$(cast logs --from-block 0 "$word" --json | field 0.transactionHash)"
is "estimate of a contract call is enough" 0x1 "$(cast send "$contract" 'store(uint256)' 7 \
    --gas-limit "$(cast estimate "$contract" 'store(uint256)' 7 --from "$dev")" \
    --private-key "$dev_key" --json | field status)"
is "call at an older block" "$word" \
    "$(cast storage "$contract" 0 --block "$("$CAST" to-dec "$(field blockNumber <<<"$stored")")")"

# The whole range of subcommands
holds "proof" '"value":"0x7"' "$(cast proof "$contract" 0)"
holds "access-list" 0x0000000000000000000000000000000000000000000000000000000000000000 \
    "$(cast access-list "$contract" 'store(uint256)' 1 --from "$dev")"
raw=$(cast mktx "$contract" 'store(uint256)' 9 --private-key "$dev_key")
published=$(cast publish "$raw" --async)
is "mktx and publish" 0x1 "$(cast receipt "$published" --json | field status)"
is "tx: raw" "$raw" "$(cast tx "$published" --raw)"
is "tx: one field" "$(cast nonce "$dev")" "$(($(cast tx "$published" nonce) + 1))"
holds "publish again: refused" "nonce too low" "$(cast publish "$raw" 2>&1 || true)"
holds "run by the node's tracer" '"callType": "call"' "$(cast trace "$published")"
holds "call --trace" "[Return]" "$(cast call "$contract" 'store(uint256)' 5 --trace)"
is "call with an override" 5 \
    "$(cast call "$payee" 'store(uint256)(uint256)' 5 --override-code "$payee:0x$runtime")"
is "codesize" 25 "$(cast codesize "$contract")"
is "codehash" "$("$CAST" keccak "0x$runtime")" "$(cast codehash "$contract")"
is "storage root" 66 "$(cast storage-root "$contract" | tr -d '\n' | wc -c)"
is "implementation of what is no proxy" 0x0000000000000000000000000000000000000000 "$(cast implementation "$contract")"
holds "find-block" 1 "$(cast find-block 1700000000)"
is "block: one field" "$(cast block latest --json | field hash)" "$(cast block latest --field hash)"
holds "block pending" baseFeePerGas "$(cast block pending)"
holds "tx-pool" '"pending": "0x0"' "$("$CAST" tx-pool status --rpc-url "$url")"
is "rpc with raw parameters" "\"$word\"" "$(cast rpc --raw eth_getStorageAt "[\"$contract\",\"0x0\",\"$(
    "$CAST" to-hex "$(field blockNumber <<<"$stored")")\"]")"
is "estimate of a creation is enough" 0x1 "$(cast send --private-key "$dev_key" --json \
    --gas-limit "$(cast estimate --from "$dev" --create "0x60198060095f395ff3$runtime")" \
    --create "0x60198060095f395ff3$runtime" | field status)"
signature=$("$CAST" wallet sign --private-key "$dev_key" hello)
is "wallet sign and verify" 0 "$("$CAST" wallet verify --address "$dev" hello "$signature" >/dev/null; echo $?)"
authority=0x2546BcD3c84621e976D8185a91A922aE77ECEc30
authorized=$("$CAST" wallet sign-auth "$contract" --rpc-url "$url" \
    --private-key 0xea6c44ac03bff858b476bba40716402b03e41b8e97e276d1baec7c37d42484a0)
is "send with an authorization" 0x1 \
    "$(cast send "$payee" --auth "$authorized" --private-key "$dev_key" --json | field status)"
is "authorization: the delegation" "0xef0100${contract#0x}" "$(cast code "$authority")"
cast rpc anvil_impersonateAccount "$payee" >/dev/null
is "send --unlocked for whom the node impersonates" 0x1 "$(cast send "$dev" --value 1 --unlocked \
    --from "$payee" --json | field status)"

# Refusals
holds "revert in a call" "execution reverted" "$(cast call "$contract" 2>&1 || true)"
holds "revert in an estimate" "execution reverted" "$(cast estimate "$contract" 2>&1 || true)"
holds "reverted transaction is included" 0x0 \
    "$(cast send "$contract" --gas-limit 100000 --private-key "$dev_key" --json 2>&1 | field status)"
holds "nonce too low" "nonce too low: address 0x" \
    "$(cast send "$payee" --nonce 0 --gas-limit 21000 --private-key "$dev_key" 2>&1 || true)"
holds "insufficient funds" "insufficient funds for gas * price + value" "$(cast send "$payee" \
    --value 5000000ether --gas-limit 21000 --private-key "$dev_key" 2>&1 || true)"
holds "unknown method" "-32601" "$(cast rpc foo_bar 2>&1 || true)"

# ArbOS
holds "ArbSys" 412346 "$(cast call 0x0000000000000000000000000000000000000064 'arbChainID()(uint256)')"
holds "fee history" baseFeePerGas "$(cast rpc eth_feeHistory 0x4 latest '[20,50]')"

# End
stop_node
echo "cast: $passed checks passed"
