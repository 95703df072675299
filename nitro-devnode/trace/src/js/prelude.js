// Go-ethereum's interface for tracing scripts, and `hostio` (devnode.md 5.8). `ask` answers
// questions about the state, the stack and the memory at the moment of the event.
(function (ask) {
  const unhex = (text) => {
    const digits = String(text).replace(/^0x/i, "");
    const even = digits.length % 2 ? "0" + digits : digits;
    const bytes = new Uint8Array(even.length / 2);
    for (let i = 0; i < bytes.length; i++) {
      const byte = parseInt(even.substr(2 * i, 2), 16);
      if (Number.isNaN(byte)) throw new TypeError("invalid hex string");
      bytes[i] = byte;
    }
    return bytes;
  };
  const bytesOf = (value) => {
    if (typeof value === "string") return unhex(value);
    if (value instanceof Uint8Array || Array.isArray(value)) return Uint8Array.from(value);
    if (value instanceof ArrayBuffer) return new Uint8Array(value);
    throw new TypeError("invalid buffer type");
  };
  const sized = (value, length) => {
    const bytes = bytesOf(value), out = new Uint8Array(length);
    const kept = bytes.subarray(Math.max(0, bytes.length - length));
    out.set(kept, length - kept.length);
    return out;
  };
  const DIGITS = "0123456789abcdef";
  const toHex = (value) => {
    let text = "0x";
    for (const byte of bytesOf(value)) text += DIGITS[byte >> 4] + DIGITS[byte & 15];
    return text;
  };
  const answer = (question) => {
    const text = ask(question);
    if (text[0] === "!") throw new Error(text.slice(1));
    return text;
  };
  const toAddress = (value) => sized(value, 20);
  const toWord = (value) => sized(value, 32);
  const address = (value) => toHex(toAddress(value));
  Object.assign(globalThis, {
    toHex, toAddress, toWord,
    toContract: (from, nonce) => unhex(answer(`create ${address(from)} ${Number(nonce)}`)),
    toContract2: (from, salt, code) =>
      unhex(answer(`create2 ${address(from)} ${toHex(toWord(salt))} ${toHex(code)}`)),
    isPrecompiled: (value) => answer(`precompile ${address(value)}`) === "1",
    slice: (value, start, end) => {
      const bytes = bytesOf(value);
      if (start < 0 || start > end || end > bytes.length) {
        throw new RangeError(
          `Tracer accessed out of bound memory: available ${bytes.length}, offset ${start}, size ${end - start}`);
      }
      return bytes.slice(start, end);
    },
  });
  const db = {
    getBalance: (of) => bigInt(answer(`balance ${address(of)}`)),
    getNonce: (of) => Number(answer(`nonce ${address(of)}`)),
    getCode: (of) => unhex(answer(`code ${address(of)}`)),
    getState: (of, slot) => unhex(answer(`storage ${address(of)} ${toHex(toWord(slot))}`)),
    exists: (of) => answer(`exists ${address(of)}`) === "1",
  };
  const quantity = (value) => (value === null ? undefined : bigInt(value));

  let step = {};
  const op = {
    toNumber: () => step.op,
    toString: () => step.name,
    isPush: () => step.op >= 0x5f && step.op <= 0x7f,
  };
  const memory = {
    slice: (start, end) => unhex(answer(`memory ${Number(start)} ${Number(end)}`)),
    getUint: (offset) => bigInt(answer(`memory ${Number(offset)} ${Number(offset) + 32}`)),
    length: () => Number(answer("memory length")),
  };
  const stack = {
    peek: (index) => bigInt(answer(`stack ${Number(index)}`)),
    length: () => step.stackLength,
  };
  const contract = {
    getCaller: () => unhex(step.caller),
    getAddress: () => unhex(step.address),
    getValue: () => bigInt(step.value),
    getInput: () => unhex(answer("input")),
  };
  const log = {
    op, memory, stack, contract,
    getPC: () => step.pc,
    getGas: () => step.gas,
    getCost: () => step.cost,
    getDepth: () => step.depth,
    getRefund: () => step.refund,
    getError: () => (step.error === null ? undefined : step.error),
  };
  const frameOf = (data) => ({
    getType: () => data.type,
    getFrom: () => unhex(data.from),
    getTo: () => unhex(data.to),
    getInput: () => unhex(data.input),
    getGas: () => data.gas,
    getValue: () => quantity(data.value),
  });
  const resultOf = (data) => ({
    getGasUsed: () => data.gasUsed,
    getOutput: () => unhex(data.output),
    getError: () => (data.error === null ? undefined : data.error),
  });
  const contextOf = (data) => {
    for (const name of ["from", "to", "input", "output", "blockHash", "txHash", "coinbase"]) {
      if (data[name] === null) delete data[name];
      else data[name] = unhex(data[name]);
    }
    for (const name of ["value", "gasPrice"]) data[name] = bigInt(data[name]);
    if (data.error === null) delete data.error;
    return data;
  };

  const describe = (error) => {
    if (!(error instanceof Error)) return String(error);
    const place = /at [^\n]*<eval>[^\n]*/.exec(error.stack || "");
    return String(error) + (place ? " " + place[0].trim() : "");
  };
  const load = (tracer, config) => {
    const has = (name) => tracer && typeof tracer[name] === "function";
    if (!has("result")) return "-trace object must expose a function result()";
    if (!has("fault")) return "-trace object must expose a function fault()";
    if (has("enter") !== has("exit")) {
      return "-trace object must expose either both or none of enter() and exit()";
    }
    if (has("setup")) tracer.setup(config);
    const wanted = ["step", "enter", "hostio"].filter(has).join(" ");
    const handlers = {
      step: (data) => { step = data; tracer.step(log, db); },
      fault: (data) => { step = data; tracer.fault(log, db); },
      enter: (data) => { tracer.enter(frameOf(data)); },
      exit: (data) => { tracer.exit(resultOf(data)); },
      hostio: (data) => {
        data.args = unhex(data.args);
        data.outs = unhex(data.outs);
        tracer.hostio(data);
      },
      result: (data) => {
        const text = JSON.stringify(tracer.result(contextOf(data), db));
        return text === undefined ? "null" : text;
      },
    };
    globalThis.__dispatch = (kind, json) => {
      try {
        return "+" + (handlers[kind](JSON.parse(json)) || "");
      } catch (error) {
        return `-${describe(error)}    in server-side tracer function '${kind}'`;
      }
    };
    return "+" + wanted;
  };
  // `compile` gives the tracer object; it throws what the script's own text throws.
  return (compile, config) => {
    try {
      return load(compile(), config);
    } catch (error) {
      return "-" + describe(error);
    }
  };
})
