// Checks for the scripts beside this file: the first wrong answer ends the run.

let passed = 0;

function pass(name) {
  passed += 1;
  console.log(`ok  ${name}`);
}

const show = (value) =>
  JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}n` : one));

export function is(name, expected, answered) {
  if (show(expected) !== show(answered)) {
    console.error(`FAILED: ${name}\n  expected: ${show(expected)}\n  answered: ${show(answered)}`);
    process.exit(1);
  }
  pass(name);
}

export function holds(name, condition, answered) {
  if (!condition) {
    console.error(`FAILED: ${name}\n  answered: ${show(answered)}`);
    process.exit(1);
  }
  pass(name);
}

// The error that a promise ends with.
export async function refusal(name, promise) {
  try {
    const answered = await promise;
    console.error(`FAILED: ${name}: was not refused\n  answered: ${show(answered)}`);
  } catch (error) {
    return error;
  }
  process.exit(1);
}

// A promise, or the end after ten seconds.
export function within(name, promise) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`FAILED: ${name}: nothing came in ten seconds`)), 10_000).unref();
  });
  return Promise.race([promise, late]);
}

export function done(client) {
  console.log(`${client}: ${passed} checks passed`);
  process.exit(0);
}

// Stores the word after the selector in slot 0, logs it as topic and data, and answers with it;
// empty calldata reverts (the same contract as in cast.sh).
export const STORE = '0x60198060095f395ff3366007575f5ffd5b600435805f55805f5260205fa160205ff3';

// Reverts with Denied(42): PUSH4 selector, PUSH1 e0, SHL, PUSH0, MSTORE, PUSH1 2a, PUSH1 4, MSTORE,
// PUSH1 24, PUSH0, REVERT; before it init code that returns the rest.
export const denying = (selector) =>
  `0x60138060095f395ff3${`63${selector}60e01b5f52602a6004526024`}5ffd`;

export const word = (number) => `0x${number.toString(16).padStart(64, '0')}`;
