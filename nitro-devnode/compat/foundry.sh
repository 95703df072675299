#!/usr/bin/env bash
# Installs cast and anvil 1.7.1 from npm into target/foundry (nothing outside of it changes) and
# prints the folders that hold them, for PATH. Usage: foundry.sh [cast] [anvil]; default both.
set -euo pipefail

version=1.7.1
root=$(cd "$(dirname "$0")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}/foundry
case "$(uname -m)" in
    aarch64 | arm64) cpu=arm64 ;;
    *) cpu=amd64 ;;
esac
system=$(uname -s | tr '[:upper:]' '[:lower:]')

if ! command -v npm >/dev/null; then
    echo "foundry.sh: npm is needed to fetch cast and anvil; install Node.js, or put cast on the PATH" >&2
    exit 1
fi
[ $# -gt 0 ] || set -- cast anvil
for tool in "$@"; do
    package=@foundry-rs/$tool-$system-$cpu
    # One folder per tool: npm removes from a folder what it was not asked for.
    if [ ! -x "$target/$tool/node_modules/$package/bin/$tool" ]; then
        mkdir -p "$target/$tool"
        # The package for this system holds the binary; the wrapper package is not needed.
        npm install --prefix "$target/$tool" --no-save --no-audit --no-fund --loglevel=error \
            "$package@$version" >&2
    fi
    echo "$target/$tool/node_modules/$package/bin"
done
