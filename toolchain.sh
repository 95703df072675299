#!/usr/bin/env bash
# Prints the name of an installed rustup toolchain of the version that rust-toolchain.toml asks for.
#
# With the name in RUSTUP_TOOLCHAIN, rustup does not read that file, and so does not try to fetch what
# the file lists and only the programs need: the rest builds where its downloads cannot be had. Without
# such a toolchain the version itself is printed, for rustup to fetch.
set -euo pipefail
cd "$(dirname "$0")"

version=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
for folder in "${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/*; do
    [ -x "$folder/bin/rustc" ] && [ -x "$folder/bin/cargo" ] || continue
    if [[ $("$folder/bin/rustc" --version 2>/dev/null) == "rustc $version "* ]]; then
        found=$(basename "$folder")
        # The one that carries the version in its name wins over "stable" and the like.
        [[ $found == "$version"* ]] && break
    fi
done
echo "${found:-$version}"
