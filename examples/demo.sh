#!/usr/bin/env bash
# The main job on real parts: node, WASM contracts, signed transactions, a real FHIR bundle.
# Needs BIN_DIR (chartkey and nitro-devnode) and PROGRAMS (records.code, stays.code). Leaves nothing behind.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
node=
cleanup() {
    [ -z "$node" ] || { kill "$node" && wait "$node"; } 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

export CHARTKEY_HOME="$work/home"
mkdir -m 700 "$CHARTKEY_HOME"
echo "a password of the demo" > "$work/password"

step() { printf '\n# %s\n' "$1"; }
chartkey() {
    printf '$ chartkey %s\n' "$*"
    "$BIN_DIR/chartkey" "$@" --rpc-url "$url" --password-file "$work/password" --yes 2>&1
}
balance() {
    curl -s -H 'content-type: application/json' "$url" \
        -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"$1\",\"latest\"]}" \
        | sed -E 's/.*"(0x[0-9a-f]+)".*/\1/'
}
balances() { printf 'patient %s wei, clinic %s wei\n' "$(balance "$patient")" "$(balance "$clinic")"; }

step "Start the node on a free port"
"$BIN_DIR/nitro-devnode" --port 0 > "$work/node.log" &
node=$!
url=
for _ in $(seq 100); do
    url=$(sed -nE 's#^Listening on +(http://[0-9.:]+).*#\1#p' "$work/node.log")
    [ -z "$url" ] || break
    sleep 0.05
done
echo "node at $url"

step "Two wallets: the patient and the clinic (keys that everybody knows, play money)"
install -m 600 /dev/null "$work/patient.key"
install -m 600 /dev/null "$work/clinic.key"
echo ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80 > "$work/patient.key"
echo 59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d > "$work/clinic.key"
patient=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266
clinic=0x70997970C51812dc3A010C7d01b50e0d17dc79C8
chartkey wallet import patient --key-file "$work/patient.key" | tail -n 4
chartkey wallet import clinic --key-file "$work/clinic.key" | tail -n 4

step "Deploy and activate both programs"
chartkey deploy --account clinic --programs "$PROGRAMS" --quiet

step "The patient creates a record and imports a FHIR bundle of 211 resources"
chartkey record create --account patient --quiet
chartkey fhir import "$here/fhir/synthea-chronic.json" --account patient --quiet | tail -n 1

step "Show the chart"
chartkey record show --account patient --section medications

step "Update medical history and medications"
echo '{"resourceType":"Condition","code":{"text":"Essential hypertension"},"recordedDate":"2026-11-24"}' > "$work/condition.json"
echo '{"resourceType":"MedicationStatement","status":"active","medicationCodeableConcept":{"text":"Amlodipine 5 mg"}}' > "$work/medication.json"
chartkey record update-history "$work/condition.json" --account patient
chartkey record update-medications "$work/medication.json" --account patient

step "The clinic quotes a stay, the patient pays it into escrow"
balances
chartkey appointment quote --patient "$patient" --admit 2026-12-01 --discharge 2026-12-03 \
    --room 101 --total 1.5eth --account clinic --quiet
chartkey appointment pay 1 --account patient

step "The patient releases the money, the clinic takes it"
chartkey appointment settle 1 --account patient --quiet
chartkey payment withdraw --account clinic --quiet
balances
chartkey appointment list --account clinic

step "Verify every chain from the logs alone"
chartkey record verify --account patient
