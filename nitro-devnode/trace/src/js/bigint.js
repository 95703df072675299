// `bigInt`, the big integers of go-ethereum's scripts, over the engine's own.
(function () {
  const raw = (value, base) => {
    if (value instanceof BigNumber) return value.value;
    if (typeof value === "bigint") return value;
    if (typeof value === "number") return BigInt(Math.trunc(value));
    if (value === undefined || value === null) return 0n;
    const text = String(value).trim();
    if (base === undefined || Number(base) === 10) return BigInt(text === "" ? 0 : text);
    const sign = text[0] === "-" ? -1n : 1n;
    let sum = 0n;
    for (const digit of text.replace(/^[+-]/, "")) {
      const number = parseInt(digit, 36);
      if (!(number < Number(base))) throw new Error(digit + " is not a valid character");
      sum = sum * BigInt(base) + BigInt(number);
    }
    return sign * sum;
  };
  const big = (value) => new BigNumber(value);
  class BigNumber {
    constructor(value) { this.value = value; }
    toString(base) { return this.value.toString(base === undefined ? 10 : Number(base)); }
    toJSON() { return this.value.toString(); }
    toJSNumber() { return Number(this.value); }
    valueOf() { return Number(this.value); }
    isZero() { return this.value === 0n; }
    isUnit() { return this.value === 1n || this.value === -1n; }
    isNegative() { return this.value < 0n; }
    isPositive() { return this.value > 0n; }
    isEven() { return (this.value & 1n) === 0n; }
    isOdd() { return (this.value & 1n) !== 0n; }
    abs() { return big(this.value < 0n ? -this.value : this.value); }
    negate() { return big(-this.value); }
    next() { return big(this.value + 1n); }
    prev() { return big(this.value - 1n); }
    not() { return big(~this.value); }
    square() { return big(this.value * this.value); }
    bitLength() { return big(BigInt(this.value === 0n ? 0 : this.abs().value.toString(2).length)); }
    divmod(other) { return { quotient: this.divide(other), remainder: this.mod(other) }; }
    compareAbs(other) { return this.abs().compare(big(raw(other)).abs()); }
  }
  const define = (names, operation) => {
    for (const name of names.split(" ")) {
      BigNumber.prototype[name] = function (other) { return operation(this.value, raw(other)); };
    }
  };
  const nonZero = (value) => {
    if (value === 0n) throw new Error("Cannot divide by zero");
    return value;
  };
  define("add plus", (a, b) => big(a + b));
  define("subtract minus", (a, b) => big(a - b));
  define("multiply times", (a, b) => big(a * b));
  define("divide over", (a, b) => big(a / nonZero(b)));
  define("mod remainder", (a, b) => big(a % nonZero(b)));
  define("pow", (a, b) => big(a ** b));
  define("and", (a, b) => big(a & b));
  define("or", (a, b) => big(a | b));
  define("xor", (a, b) => big(a ^ b));
  define("shiftLeft", (a, b) => big(a << b));
  define("shiftRight", (a, b) => big(a >> b));
  define("compare compareTo", (a, b) => (a < b ? -1 : a > b ? 1 : 0));
  define("equals eq", (a, b) => a === b);
  define("notEquals neq", (a, b) => a !== b);
  define("greater gt", (a, b) => a > b);
  define("greaterOrEquals geq", (a, b) => a >= b);
  define("lesser lt", (a, b) => a < b);
  define("lesserOrEquals leq", (a, b) => a <= b);
  const bigInt = (value, base) => big(raw(value, base));
  bigInt.zero = big(0n);
  bigInt.one = big(1n);
  bigInt.minusOne = big(-1n);
  bigInt.max = (a, b) => (bigInt(a).geq(b) ? bigInt(a) : bigInt(b));
  bigInt.min = (a, b) => (bigInt(a).leq(b) ? bigInt(a) : bigInt(b));
  bigInt.isInstance = (value) => value instanceof BigNumber;
  globalThis.bigInt = bigInt;
})();
