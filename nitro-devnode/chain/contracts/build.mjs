// Compiles the contracts of this folder and writes their bytecode beside them, or with --check only
// compares. Run with a compiler from npm, which is a tool of the build and no part of the node:
//
//   npm install --no-save solc@0.8.30 && node build.mjs [--check]
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(`${process.cwd()}/`)("solc");
const here = (name) => new URL(name, import.meta.url);
const read = (name) => readFileSync(here(name), "utf8");
// The deployed code of the one, the creation code of the other: see bootstrap/contracts.rs.
const outputs = { CacheManager: (evm) => evm.bytecode, StylusDeployer: (evm) => evm.deployedBytecode };

const sources = ["ArbOS", ...Object.keys(outputs)].map((name) => `${name}.sol`);
const input = {
  language: "Solidity",
  sources: Object.fromEntries(sources.map((name) => [name, { content: read(name) }])),
  settings: {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 200 },
    viaIR: true,
    metadata: { appendCBOR: false, bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["evm.bytecode.object", "evm.deployedBytecode.object", "evm.methodIdentifiers"] } },
  },
};
const { errors = [], contracts } = JSON.parse(solc.compile(JSON.stringify(input)));
const complaints = errors.map((error) => error.formattedMessage).join("\n");
if (complaints) {
  console.error(complaints);
  process.exit(1);
}
let differs = false;
for (const [name, pick] of Object.entries(outputs)) {
  const { evm } = contracts[`${name}.sol`][name];
  const hex = `${pick(evm).object}\n`;
  if (!process.argv.includes("--check")) writeFileSync(here(`${name}.hex`), hex);
  differs ||= read(`${name}.hex`) !== hex;
  console.log(`${name}: ${hex.length / 2 | 0} bytes`);
}
if (differs) {
  console.error("the bytecode is not that of the sources: run node build.mjs");
  process.exit(1);
}
