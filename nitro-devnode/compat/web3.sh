#!/usr/bin/env bash
# Drives the node with web3.py 7.14.0 (from PyPI) and checks every answer. The package goes into a
# virtual environment, target/compat-python; nothing else changes.
set -euo pipefail
. "$(dirname "$0")/node.sh"

version=7.14.0
environment=${CARGO_TARGET_DIR:-$root/target}/compat-python
if [ "$(cat "$environment/version" 2>/dev/null || true)" != "$version" ]; then
    command -v python3 >/dev/null || fail "python3 is needed to run web3.py"
    python3 -m venv "$environment" >&2
    "$environment/bin/pip" install --quiet --disable-pip-version-check "web3==$version" >&2
    printf '%s' "$version" >"$environment/version"
fi

start_node
"$environment/bin/python" "$here/web3_check.py" "$url" "$dev_key" || fail "web3.py"
stop_node
