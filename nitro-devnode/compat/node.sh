# Starts the node on a free port, for the scripts beside it; source this file, then `start_node`.
# Sets root, program, work, url; ends the node and removes $work when the script ends.
#
# Needs the binary: BIN_DIR=target/debug (what `make compat` does).

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=$(cd "${BIN_DIR:-${CARGO_TARGET_DIR:-$root/target}/debug}" && pwd)/nitro-devnode
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT

dev=0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E
dev_key=0xb6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659

fail() { # what, expected, answered
    echo "FAILED: $1" >&2
    [ $# -lt 2 ] || printf '  expected: %s\n  answered: %s\n' "$2" "$3" >&2
    exit 1
}

start_node() { # flags
    "$program" --port 0 "$@" >"$work/banner" 2>"$work/errors" &
    pid=$!
    for _ in $(seq 200); do
        url=$(grep -o 'http://127.0.0.1:[0-9]*' "$work/banner" | head -1) && [ -n "$url" ] && return
        kill -0 "$pid" 2>/dev/null || fail "the node ended: $(cat "$work/errors")"
        sleep 0.05
    done
    fail "the node does not say where it listens"
}

stop_node() {
    kill -TERM "$pid"
    wait "$pid" || fail "the node did not end cleanly after SIGTERM" 0 "$?"
    pid=
}
