//! A program that runs scripts: one program for every sequence of host calls, each of them measured.

use alloy_primitives::{Address, Bytes, U256};
use devnode_chain::Chain;

use crate::programs;

/// Where a script's data begins; its steps are before.
const DATA: usize = 1024;
/// Where the answer is put together.
const OUT: usize = 40_000;
/// Bytes of a record: ink before the step, ink that it took, its result.
const RECORD: usize = 24;

/// Name, letters of the parameters (`i` 32 bits, `I` 64 bits), letter of the result.
const STEPS: [(&str, &str, &str); 11] = [
    ("call_contract", "iiiiIi", "i"),
    ("storage_load_bytes32", "ii", ""),
    ("storage_cache_bytes32", "ii", ""),
    ("storage_flush_cache", "i", ""),
    ("transient_load_bytes32", "ii", ""),
    ("transient_store_bytes32", "ii", ""),
    ("emit_log", "iii", ""),
    ("account_balance", "ii", ""),
    ("pay_for_memory_grow", "i", ""),
    ("msg_reentrant", "", "i"),
    ("return_data_size", "", "i"),
];

/// Ends the script: returns or reverts with the answer, by the status behind it.
const END: u8 = 100;
/// Copies a piece of memory into the answer.
const BLOB: u8 = 101;
/// Copies the return data into the answer.
const RETURNED: u8 = 102;
/// Runs until the ink is gone.
const BURN: u8 = 103;

/// How a script ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Return,
    Revert,
    Trap,
    Burn,
}

const fn ty(letter: char) -> &'static str {
    if letter == 'I' { "i64" } else { "i32" }
}

/// The part of the program that does the step `number`; all of them have the same overhead.
fn case(number: usize) -> String {
    let (name, params, result) = STEPS[number];
    let (mut at, mut loads, mut gets) = (1, String::new(), String::new());
    for (index, letter) in params.chars().enumerate() {
        let local = if letter == 'I' { "$gas".to_owned() } else { format!("$a{index}") };
        let width = ty(letter);
        loads += &format!("(local.set {local} ({width}.load offset={at} (local.get $pc)))");
        gets += &format!("(local.get {local})");
        at += if letter == 'I' { 8 } else { 4 };
    }
    let call = format!("(call ${name} {gets})");
    let call = if result.is_empty() { call } else { format!("(local.set $result {call})") };
    format!(
        "(if (i32.eq (local.get $op) (i32.const {number})) (then {loads}
            (local.set $result (i32.const 0))
            (local.set $before (call $ink)) {call} (local.set $after (call $ink))
            (local.set $pc (i32.add (local.get $pc) (i32.const {at})))
            (call $record (local.get $before) (local.get $after)
                (i64.extend_i32_u (local.get $result)))
            (br $next)))"
    )
}

/// The program; the salt makes its code its own.
fn wat(salt: u32) -> String {
    let types = |letters: &str| letters.chars().map(|one| format!("{} ", ty(one))).collect();
    let imports: String = STEPS
        .iter()
        .map(|(name, params, result)| {
            let (params, result): (String, String) = (types(params), types(result));
            format!(
                "(import \"vm_hooks\" \"{name}\" (func ${name} (param {params}) (result {result})))"
            )
        })
        .collect();
    let cases: String = (0..STEPS.len()).map(case).collect();
    format!(
        r#"(module {imports}
        (import "vm_hooks" "evm_ink_left" (func $ink (result i64)))
        (import "vm_hooks" "read_args" (func $read (param i32)))
        (import "vm_hooks" "read_return_data" (func $back (param i32 i32 i32) (result i32)))
        (import "vm_hooks" "write_result" (func $write (param i32 i32)))
        (memory (export "memory") 1)
        (global $out (mut i32) (i32.const {OUT}))
        (global i32 (i32.const {salt}))
        (func $record (param $before i64) (param $after i64) (param $result i64)
            (i64.store (global.get $out) (local.get $before))
            (i64.store offset=8 (global.get $out)
                (i64.sub (local.get $before) (local.get $after)))
            (i64.store offset=16 (global.get $out) (local.get $result))
            (global.set $out (i32.add (global.get $out) (i32.const {RECORD}))))
        (func (export "user_entrypoint") (param $len i32) (result i32)
            (local $pc i32) (local $op i32) (local $result i32) (local $gas i64)
            (local $before i64) (local $after i64)
            (local $a0 i32) (local $a1 i32) (local $a2 i32) (local $a3 i32) (local $a5 i32)
            (call $read (i32.const 0))
            (loop $next
                (local.set $op (i32.load8_u (local.get $pc)))
                {cases}
                (if (i32.eq (local.get $op) (i32.const {END})) (then
                    (call $write (i32.const {OUT})
                        (i32.sub (global.get $out) (i32.const {OUT})))
                    (return (i32.load offset=1 (local.get $pc)))))
                (if (i32.eq (local.get $op) (i32.const {BLOB})) (then
                    (local.set $a1 (i32.load offset=5 (local.get $pc)))
                    (memory.copy (global.get $out) (i32.load offset=1 (local.get $pc))
                        (local.get $a1))
                    (global.set $out (i32.add (global.get $out) (local.get $a1)))
                    (local.set $pc (i32.add (local.get $pc) (i32.const 9)))
                    (br $next)))
                (if (i32.eq (local.get $op) (i32.const {RETURNED})) (then
                    (global.set $out (i32.add (global.get $out)
                        (call $back (global.get $out) (i32.const 0) (i32.const -1))))
                    (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
                    (br $next)))
                (if (i32.eq (local.get $op) (i32.const {BURN})) (then (loop $l (br $l)))))
            unreachable))"#
    )
}

/// A script in the making.
#[derive(Clone, Default)]
pub(crate) struct Script {
    steps: Vec<u8>,
    data: Vec<u8>,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds data; answers where it is.
    pub(crate) fn data(&mut self, bytes: &[u8]) -> u32 {
        let at = u32::try_from(DATA + self.data.len()).unwrap();
        self.data.extend_from_slice(bytes);
        at
    }

    pub(crate) fn word(&mut self, value: u64) -> u32 {
        self.data(&U256::from(value).to_be_bytes::<32>())
    }

    /// A host call; the arguments are numbers or places of data.
    pub(crate) fn step(&mut self, name: &str, args: &[u64]) {
        let number = STEPS.iter().position(|step| step.0 == name).expect(name);
        self.steps.push(u8::try_from(number).unwrap());
        for (letter, arg) in STEPS[number].1.chars().zip(args) {
            let len = if letter == 'I' { 8 } else { 4 };
            self.steps.extend_from_slice(&arg.to_le_bytes()[..len]);
        }
    }

    /// Calls and answers with what comes back, behind the record.
    pub(crate) fn call(&mut self, to: Address, input: &[u8], value: u64, gas: u64) {
        let [to, at, wei, ret] =
            [self.data(to.as_slice()), self.data(input), self.word(value), self.data(&[0; 4])];
        let len = input.len() as u64;
        self.step("call_contract", &[to.into(), at.into(), len, wei.into(), gas, ret.into()]);
        self.steps.push(RETURNED);
    }

    /// A step that writes a word, which follows its record.
    pub(crate) fn ask(&mut self, name: &str, about: &[u8]) {
        let (about, dest) = (self.data(about), self.word(0));
        self.step(name, &[about.into(), dest.into()]);
        self.steps.push(BLOB);
        [dest, 32].iter().for_each(|arg| self.steps.extend_from_slice(&arg.to_le_bytes()));
    }

    pub(crate) fn load(&mut self, slot: u64) {
        self.ask("storage_load_bytes32", &U256::from(slot).to_be_bytes::<32>());
    }

    pub(crate) fn store(&mut self, slot: u64, value: u64) {
        let (key, value) = (self.word(slot), self.word(value));
        self.step("storage_cache_bytes32", &[key.into(), value.into()]);
    }

    /// The calldata.
    pub(crate) fn end(mut self, end: End) -> Vec<u8> {
        match end {
            End::Return => self.steps.extend([END, 0, 0, 0, 0]),
            End::Revert => self.steps.extend([END, 1, 0, 0, 0]),
            End::Burn => self.steps.push(BURN),
            End::Trap => self.steps.push(u8::MAX),
        }
        assert!(self.steps.len() <= DATA, "the steps reach into the data");
        self.steps.resize(DATA, 0);
        [self.steps, self.data].concat()
    }
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) before: u64,
    pub(crate) ink: u64,
    pub(crate) result: u64,
}

/// Reads an answer piece by piece.
pub(crate) struct Answer(Bytes);

impl Answer {
    pub(crate) const fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    pub(crate) fn take(&mut self, len: usize) -> Bytes {
        self.0.split_to(len)
    }

    pub(crate) fn record(&mut self) -> Record {
        let bytes = self.take(RECORD);
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        Record { before: number(0), ink: number(8), result: number(16) }
    }

    pub(crate) fn word(&mut self) -> U256 {
        U256::from_be_slice(&self.take(32))
    }
}

/// Ink that measuring a step with so many parameters and results takes.
pub(crate) const fn overhead(params: u64, results: u64) -> u64 {
    before_step(params) + (210 * results + 3800 + 2450) + 8400
}

/// The part of it that is paid before the step.
pub(crate) const fn before_step(params: u64) -> u64 {
    210 + 75 * params + 3800 + 2450
}

pub(crate) fn runner(chain: &Chain, salt: u32) -> Address {
    programs::program(chain, &wat(salt))
}
