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
balance() { "$BIN_DIR/chartkey" wallet balance "$1" --rpc-url "$url" 2>/dev/null; }
day() { date -d "+$1 days" +%F 2>/dev/null || date -v "+$1d" +%F; } # GNU's or BSD's date
balances() { printf 'patient %s, clinic %s\n' "$(balance "$patient")" "$(balance "$clinic")"; }
fingerprint() { "$BIN_DIR/chartkey" identity fingerprint "$1" --rpc-url "$url" 2>/dev/null; }
address() { "$BIN_DIR/chartkey" wallet list | awk -v name="$1" '$1 == name { print $2 }'; }

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

step "Three new wallets: the patient, the clinic, and a clinician"
chartkey wallet new patient | head -n 1
chartkey wallet new clinic | head -n 1
chartkey wallet new clinician | head -n 1
patient=$(address patient)
clinic=$(address clinic)
clinician=$(address clinician)

step "Play money from the development account, whose key everybody knows"
install -m 600 /dev/null "$work/faucet.key"
echo b6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659 > "$work/faucet.key"
chartkey wallet send "$patient" 10eth --key-file "$work/faucet.key" --quiet
chartkey wallet send "$clinic" 10eth --key-file "$work/faucet.key" --quiet
chartkey wallet send "$clinician" 1eth --key-file "$work/faucet.key" --quiet
balances

step "Deploy and activate both programs; the deployer is registrar, and vouches for itself"
chartkey deploy --credential --account clinic --programs "$PROGRAMS" --quiet

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

step "The clinician registers a key; the clinic, registrar of this deployment, states the credential"
chartkey identity register --account clinician --quiet
chartkey provider credential set "$clinician" --valid-from "$(day 0)" --until "$(day 365)" --account clinic --quiet

step "The patient compares the fingerprint and shares two sections for 30 days"
chartkey access grant "$clinician" --section medications --section medical-history --write \
    --until "$(day 30)" --fingerprint "$(fingerprint "$clinician")" --account patient --quiet

step "The clinician reads, and writes to the patient's chart"
record=$("$BIN_DIR/chartkey" record verify --account patient --rpc-url "$url" --password-file "$work/password" --json \
    2>/dev/null | sed -E 's/.*"record":"(0x[0-9a-f]{64})".*/\1/')
chartkey record show --section medications --account clinician --record "$record" | tail -n 3
chartkey record update-medications "$work/medication.json" --account clinician --record "$record" --quiet

step "The patient takes the grant back: the sections get new keys, and the clinician cannot read on"
chartkey access revoke "$clinician" --account patient --quiet
chartkey record update-medications "$work/medication.json" --account patient --quiet
chartkey record show --section medications --account clinician --record "$record" | tail -n 2
chartkey access list --all --account patient

step "The clinic quotes a stay; room and instructions go to the patient encrypted, and to nobody else"
balances
chartkey appointment quote --patient "$patient" --admit "$(day 7)" --discharge "$(day 9)" \
    --room 101 --total 1.5eth --account clinic --quiet
chartkey record create --account clinic --quiet
echo 'Room 101, second floor. Nothing to eat after midnight.' > "$work/arrival.txt"
chartkey appointment details 1 "$work/arrival.txt" --text --fingerprint "$(fingerprint "$patient")" --account clinic --quiet
chartkey appointment details 1 --account patient

step "The patient pays it into escrow"
chartkey appointment pay 1 --account patient

step "The patient releases the money, the clinic takes it"
chartkey appointment settle 1 --account patient --quiet
chartkey payment withdraw --account clinic --quiet
balances
chartkey appointment list --account clinic

step "The audit log: who did what, from the chain alone"
chartkey audit log --account patient | tail -n 12

step "Verify every chain from the logs alone"
chartkey record verify --account patient
