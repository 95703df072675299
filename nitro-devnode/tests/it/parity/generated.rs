//! Random programs that call the host.

use std::fmt::Write;

use serde::Deserialize;

use super::random::Random;

/// Every host function with its parameters.
const HOST_COSTS: &str = include_str!("../../../stylus/tests/vectors/host-costs.json");

#[derive(Deserialize)]
struct Costs {
    hostios: Vec<HostFunction>,
}

#[derive(Deserialize)]
struct HostFunction {
    name: String,
    params: Vec<Param>,
    results: Vec<String>,
}

#[derive(Deserialize)]
struct Param {
    name: String,
    r#type: String,
}

/// Where the program finds an address: at the start of its calldata.
const ADDRESS: u64 = 0;
/// Memory that nothing is written to: no value goes with calls and creations.
const NOTHING: u64 = 8_192;

/// A program that puts its calldata at 0, makes 8 to 30 random host calls, keeps what they answer, and
/// returns its first 512 bytes.
pub(crate) fn random_program(random: &mut Random) -> String {
    let costs: Costs = serde_json::from_str(HOST_COSTS).unwrap();
    let mut wat = String::from("(module\n");
    for function in &costs.hostios {
        import(&mut wat, function);
    }
    wat.push_str(
        "(memory (export \"memory\") 1 4)\n\
         (func (export \"user_entrypoint\") (param i32) (result i32)\n\
         (call $read_args (i32.const 0))\n",
    );
    for _ in 0..8 + random.below(23) {
        let function = random.pick(&costs.hostios);
        // Ends the program: only now and then.
        if function.name != "exit_early" || random.one_in(4) {
            call(&mut wat, function, random);
        }
    }
    let status = u8::from(random.one_in(5));
    write!(wat, "(call $write_result (i32.const 0) (i32.const 512)) (i32.const {status})))")
        .unwrap();
    wat
}

fn import(wat: &mut String, HostFunction { name, params, results }: &HostFunction) {
    write!(wat, "(import \"vm_hooks\" \"{name}\" (func ${name}").unwrap();
    params.iter().for_each(|param| write!(wat, " (param {})", param.r#type).unwrap());
    results.iter().for_each(|result| write!(wat, " (result {result})").unwrap());
    wat.push_str("))\n");
}

fn call(wat: &mut String, function: &HostFunction, random: &mut Random) {
    let mut call = format!("(call ${}", function.name);
    for param in &function.params {
        let value = argument(&function.name, &param.name, random);
        write!(call, " ({}.const {value})", param.r#type).unwrap();
    }
    call.push(')');
    match function.results.first() {
        Some(kind) => writeln!(wat, "({kind}.store (i32.const {}) {call})", 8 * random.below(64)),
        None => writeln!(wat, "{call}"),
    }
    .unwrap();
}

/// A number that means something for a parameter of that name.
fn argument(function: &str, parameter: &str, random: &mut Random) -> u64 {
    let moves_money = function.starts_with("call") || function.starts_with("create");
    match parameter {
        "len" | "data_len" | "code_len" | "size" => random.below(100),
        "offset" => random.below(40),
        "status" | "clear" => random.below(2),
        // Five topics are too many.
        "topics" => random.below(6),
        "pages" => random.below(4),
        "gas" => 20_000 + random.below(100_000),
        "contract" | "address" if !function.starts_with("create") => ADDRESS,
        "value" | "endowment" if moves_money => NOTHING,
        // Outside of the memory: a trap.
        _ if random.one_in(60) => 300_000,
        // Words that overlap now and then.
        _ => 16 * random.below(64),
    }
}

#[test]
fn random_programs_are_modules_and_differ() {
    let mut random = Random::seeded(1);
    let [first, second] = [(); 2].map(|()| random_program(&mut random));
    assert!(wat::parse_str(&first).is_ok() && wat::parse_str(&second).is_ok(), "{first}");
    assert_ne!(first, second);
}
