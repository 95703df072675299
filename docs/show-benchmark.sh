#!/bin/sh
# How long `chartkey record show` takes for a section of N entries, fetch and verification included.
# usage: docs/show-benchmark.sh FOLDER_OF_BINARIES [N]
# The key is read from a file: the password of a keystore costs half a second of scrypt by design.
set -eu
binaries=$1 count=${2:-1000}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
: >"$work/node.log"
"$binaries/nitro-devnode" --port 0 >"$work/node.log" &
node=$!
trap 'kill $node; rm -rf "$work"' EXIT
url=
while [ -z "$url" ]; do
    url=$(sed -nE 's#^Listening on +(http://[0-9.:]+).*#\1#p' "$work/node.log")
    sleep 0.05
done
umask 077
# Anvil's first account: its key is public.
echo ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80 >"$work/key"
chartkey() {
    CHARTKEY_HOME=$work/home "$binaries/chartkey" "$@" --rpc-url "$url" --key-file "$work/key" \
        --unlock-with-account-key --yes --quiet
}
chartkey deploy --programs "$root/target/programs" >/dev/null 2>&1
chartkey record create >/dev/null 2>&1
{
    echo '{"resourceType":"Patient","id":"p1","name":[{"text":"Testcase, Edge"}]}'
    awk -v n="$count" 'BEGIN { for (i = 0; i < n; i++) printf "{\"resourceType\":\"Observation\",\"id\":\"o%d\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"8867-4\",\"display\":\"Heart rate\"}]},\"subject\":{\"reference\":\"Patient/p1\"},\"effectiveDateTime\":\"2020-%02d-%02dT10:00:00Z\",\"valueQuantity\":{\"value\":%d,\"unit\":\"beats/minute\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"/min\"}}\n", i, 1 + i % 12, 1 + i % 28, 50 + i % 70 }'
} >"$work/entries.ndjson"
chartkey fhir import "$work/entries.ndjson" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10 11; do
    begin=$(date +%s%N)
    chartkey record show >/dev/null 2>&1
    echo $((($(date +%s%N) - begin) / 1000000))
done | sort -n | awk '{ t[NR] = $1 } END { printf "record show of %d entries: median %d ms, %d to %d ms\n", n, t[int((NR + 1) / 2)], t[1], t[NR] }' n="$count"
