//! Names and types of the imports that exist (wasm 1.5).

use wasmparser::{FuncType, ValType};

/// Module of the host functions.
pub(super) const HOOKS: &str = "vm_hooks";
/// Module of the functions for debug chains.
pub(super) const CONSOLE: &str = "console";

/// Parameters, results and names: `i` is i32, `I` i64, `f` f32, `F` f64.
const HOOK_GROUPS: [(&str, &str, &[&str]); 11] = [
    (
        "i",
        "",
        &[
            "read_args",
            "exit_early",
            "storage_flush_cache",
            "block_basefee",
            "block_coinbase",
            "contract_address",
            "msg_sender",
            "msg_value",
            "tx_gas_price",
            "tx_origin",
            "pay_for_memory_grow",
        ],
    ),
    (
        "ii",
        "",
        &[
            "write_result",
            "storage_load_bytes32",
            "storage_cache_bytes32",
            "transient_load_bytes32",
            "transient_store_bytes32",
            "account_balance",
            "account_codehash",
            "math_div",
            "math_mod",
            "math_pow",
        ],
    ),
    ("iii", "", &["emit_log", "math_add_mod", "math_mul_mod", "native_keccak256"]),
    ("iiiii", "", &["create1"]),
    ("iiiiii", "", &["create2"]),
    ("i", "i", &["account_code_size"]),
    ("iii", "i", &["read_return_data"]),
    ("iiii", "i", &["account_code"]),
    ("iiiIi", "i", &["delegate_call_contract", "static_call_contract"]),
    ("iiiiIi", "i", &["call_contract"]),
    ("", "i", &["return_data_size", "msg_reentrant", "tx_ink_price"]),
];

/// Host functions without parameters and a 64-bit result.
const LONG_VALUES: (&str, &str, &[&str]) = (
    "",
    "I",
    &[
        "evm_gas_left",
        "evm_ink_left",
        "chainid",
        "block_gas_limit",
        "block_number",
        "block_timestamp",
    ],
);

const CONSOLE_GROUPS: [(&str, &str, &[&str]); 9] = [
    ("ii", "", &["log_txt"]),
    ("i", "", &["log_i32"]),
    ("I", "", &["log_i64"]),
    ("f", "", &["log_f32"]),
    ("F", "", &["log_f64"]),
    ("i", "i", &["tee_i32"]),
    ("I", "I", &["tee_i64"]),
    ("f", "f", &["tee_f32"]),
    ("F", "F", &["tee_f64"]),
];

/// Whether a program may import this function with this type.
pub(crate) fn exists(module: &str, name: &str, ty: &FuncType, debug_chain: bool) -> bool {
    let matches = |(params, results, names): &(&str, &str, &[&str])| {
        names.contains(&name) && is(ty.params(), params) && is(ty.results(), results)
    };
    match module {
        HOOKS => HOOK_GROUPS.iter().chain([&LONG_VALUES]).any(matches),
        CONSOLE => debug_chain && CONSOLE_GROUPS.iter().any(matches),
        _ => false,
    }
}

fn is(types: &[ValType], letters: &str) -> bool {
    types.iter().copied().map(letter).eq(letters.chars())
}

const fn letter(ty: ValType) -> char {
    match ty {
        ValType::I32 => 'i',
        ValType::I64 => 'I',
        ValType::F32 => 'f',
        ValType::F64 => 'F',
        _ => '?',
    }
}

/// All imports in text form, for a test that links them.
#[cfg(test)]
pub(super) fn all_imports() -> String {
    let mut text = String::new();
    let groups = HOOK_GROUPS.iter().chain([&LONG_VALUES]).map(|group| (HOOKS, group));
    for (module, (params, results, names)) in
        groups.chain(CONSOLE_GROUPS.iter().map(|group| (CONSOLE, group)))
    {
        for name in *names {
            let (params, results) = (words(params), words(results));
            text += &format!(
                "(import \"{module}\" \"{name}\" (func (param {params}) (result {results})))\n"
            );
        }
    }
    text
}

#[cfg(test)]
fn words(letters: &str) -> String {
    let word = |letter| match letter {
        'i' => "i32 ",
        'I' => "i64 ",
        'f' => "f32 ",
        _ => "f64 ",
    };
    letters.chars().map(word).collect()
}
