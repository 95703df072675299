#!/usr/bin/env python3
"""Writes first inputs of a fuzz target into a folder: seeds.py TARGET FOLDER.

activate: the modules of the specification's vectors, the programs of this repository, if built, and
          noise that stands for generated modules.
code:     the programs as deployed, and small streams.
rpc:      one call of every method, as a body, on a WebSocket, in a batch, and noise.
"""

import json
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VECTORS = HERE.parent / "stylus" / "tests" / "vectors"
PROGRAMS = ROOT / "target" / "programs"


def modules():
    for name in ["wasm-activation", "wasm-ink", "host-runs"]:
        found = json.loads((VECTORS / f"{name}.json").read_text())
        yield from (bytes.fromhex(text) for text in hex_modules(found))
    yield from (path.read_bytes() for path in sorted(PROGRAMS.glob("*.wasm")))
    yield from noise()


def hex_modules(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith("wasm_hex") and isinstance(inner, str):
                yield inner.removeprefix("0x")
            else:
                yield from hex_modules(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from hex_modules(inner)


def noise():
    """Bytes without meaning, the same in every run: seeds of generated modules and calls."""
    source = random.Random(1)
    yield from (source.randbytes(length) for length in range(16, 4_096, 48))


def codes():
    yield from (path.read_bytes() for path in sorted(PROGRAMS.glob("*.code")))
    empty_stream = b"\x06"
    yield b"\xef\xf0\x00\x00" + empty_stream
    yield b"\xef\xf0\x01" + empty_stream
    yield b"\xef\xf0\x02\x00" + (4).to_bytes(4, "big") + bytes(40)
    yield b"\xef\xf0\x00\x01" + empty_stream
    yield empty_stream


def calls():
    samples = {
        "address": '"0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E"',
        "block": '"latest"',
        "bool": "true",
        "call": '{"to":"0x0000000000000000000000000000000000000064","data":"0xa3b1b31d"}',
        "data": '"0xa3b1b31d"',
        "filter": '{"fromBlock":"0x0","toBlock":"latest"}',
        "hash": '"0x' + "00" * 32 + '"',
        "id": '"0x00"',
        "kind": '"newHeads"',
        "number": "1",
        "overrides": "{}",
        "percentiles": "[20,50]",
        "quantity": '"0x1"',
        "simulation": '{"blockStateCalls":[{"calls":[{}]}]}',
        "slots": '["0x0"]',
        "small": "1",
        "trace": '{"tracer":"callTracer"}',
        "typed_data": '{"types":{"EIP712Domain":[{"name":"name","type":"string"}],'
        '"Stay":[{"name":"nights","type":"Night[2][]"}],"Night":[{"name":"bed","type":"bytes"}]},'
        '"primaryType":"Stay","domain":{"name":"x"},"message":{"nights":[[{"bed":"0x"},{"bed":"0x12"}]]}}',
    }
    for line in (HERE / "methods.txt").read_text().splitlines():
        method, *kinds = line.split()
        params = ",".join(samples.get(kind, "null") for kind in kinds)
        yield f'{{"jsonrpc":"2.0","id":1,"method":"{method}","params":[{params}]}}'.encode()


def requests():
    for call in calls():
        yield b"h" + call
        yield b"w" + call
    yield b"h[" + b",".join(list(calls())[:8]) + b"]"
    yield from (b"c" + seed for seed in noise())


def main():
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    make = {"activate": modules, "code": codes, "rpc": requests}[target]
    for number, seed in enumerate(make()):
        (folder / f"seed-{number}").write_bytes(seed)


main()
