#!/usr/bin/env bash
# Builds the programs and packs them. Called by `make wasm`; settings come from wasm.mk.
set -euo pipefail
cd "$(dirname "$0")/.."

toolchain=${RUSTUP_TOOLCHAIN:-$(./toolchain.sh)}
export RUSTUP_TOOLCHAIN=$toolchain
programs=(records stays)
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="\
-C link-arg=-zstack-size=32768 -C target-cpu=mvp \
-C target-feature=+bulk-memory,+sign-ext,+mutable-globals \
-Zlocation-detail=none -Zfmt-debug=none -Zunstable-options -Cpanic=immediate-abort"

# Plain RUSTFLAGS would replace the flags above, and every call would pay 15,000 gas more.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS

build() { # cargo command …
    for program in "${programs[@]}"; do
        RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$WASM_BUILD" "$@" build --quiet --locked \
            -p "chartkey-$program" --lib --profile contract --target wasm32-unknown-unknown \
            -Z build-std=std,panic_abort -Z build-std-features=optimize_for_size || return 1
    done
}

has_rustup() {
    command -v rustup >/dev/null || return 1
    local installed
    installed=$(rustup component list --toolchain "$toolchain" --installed 2>/dev/null) || installed=
    if ! grep -qx rust-src <<<"$installed"; then
        timeout 300 rustup component add rust-src --toolchain "$toolchain" >/dev/null 2>&1 || return 1
    fi
    if ! grep -qx rust-std-wasm32-unknown-unknown <<<"$installed"; then
        timeout 300 rustup target add wasm32-unknown-unknown --toolchain "$toolchain" >/dev/null 2>&1 \
            || return 1
    fi
}

has_debian() {
    local packages=(rustc-web cargo-web rust-web-src lld-19)
    has_all() { dpkg -s "${packages[@]}" >/dev/null 2>&1; }
    command -v dpkg >/dev/null || return 1
    has_all && return 0
    [ "$(id -u)" = 0 ] || return 1
    echo "wasm: installing ${packages[*]}"
    apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" >/dev/null 2>&1
    has_all
}

with_rustup() {
    echo "wasm: building with rustup's toolchain $toolchain"
    way=rustup
    build cargo "+$toolchain"
}

with_debian() {
    echo "wasm: building with Debian's $(/usr/bin/rustc --version)"
    way=debian
    export RUSTC=/usr/bin/rustc CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19
    WASM_BUILD="$WASM_BUILD-debian"
    # A wrapper set for the other compiler knows nothing of this one.
    build env -u RUSTC_WRAPPER -u RUSTUP_TOOLCHAIN /usr/bin/cargo
    unset RUSTC
}

case "$WASM_TOOLCHAIN" in
    rustup)
        if ! has_rustup; then
            echo "wasm: rustup cannot provide $toolchain with rust-src and wasm32-unknown-unknown" >&2
            exit 1
        fi
        with_rustup ;;
    debian)
        if ! has_debian; then
            echo "wasm: Debian's rustc-web, cargo-web, rust-web-src and lld-19 cannot be installed" >&2
            exit 1
        fi
        with_debian ;;
    auto)
        if has_rustup; then with_rustup
        elif has_debian; then with_debian
        else
            cat >&2 <<EOF
wasm: no compiler for wasm32-unknown-unknown with its library source. Either of these helps:
  rustup component add rust-src --toolchain $toolchain; rustup target add wasm32-unknown-unknown --toolchain $toolchain
  sudo apt-get install rustc-web cargo-web rust-web-src lld-19   (Debian 12)
EOF
            exit 1
        fi ;;
    *) echo "wasm: WASM_TOOLCHAIN is rustup, debian or auto, not $WASM_TOOLCHAIN" >&2; exit 2 ;;
esac

arguments=()
for program in "${programs[@]}"; do
    arguments+=("$program=$WASM_BUILD/wasm32-unknown-unknown/contract/chartkey_$program.wasm")
done
cargo run --quiet --locked -p chartkey-pack -- programs "$WASM_OUT" "${arguments[@]}"
# The two compilers do not make the same bytes: the gas table is kept for each.
echo "$way" > "$WASM_OUT/toolchain"
