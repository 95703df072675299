//! The host functions: what a program can import (host 1 to 4).

mod account;
mod context;
mod contract;
mod math;
mod output;
mod price;
mod program;
mod session;
mod signature;
mod sstore;
mod storage;

use wasmtime::{Caller, Linker, Result};

pub(crate) use self::signature::exists;
use self::{
    contract::{CallArgs, CreateArgs},
    session::Session,
    signature::{CONSOLE, HOOKS},
};
use crate::{CallKind, run::RunState};

/// Defines a host function that needs no answer from the chain.
macro_rules! plain {
    ($linker:ident: $name:literal => $function:path, ($($arg:ident),*)) => {
        $linker.func_wrap(HOOKS, $name, |caller: Caller<'_, RunState>, $($arg: u32),*| {
            $function(&mut Session::enter(caller, $name), $($arg),*)
        })?
    };
}

/// Defines a host function that may ask the chain.
macro_rules! asking {
    ($linker:ident: $module:ident $name:literal => $function:path,
     ($($arg:ident: $type:ty),*) $(=> $args:expr)?) => {
        $linker.func_wrap_async(
            $module,
            $name,
            |caller: Caller<'_, RunState>, ($($arg,)*): ($($type,)*)| {
                Box::new(async move {
                    let mut session = Session::enter(caller, $name);
                    asking!(@call $function, session, ($($arg),*) $(=> $args)?).await
                })
            },
        )?
    };
    (@call $function:path, $session:ident, ($($arg:ident),*)) => {
        $function(&mut $session, $($arg),*)
    };
    (@call $function:path, $session:ident, ($($arg:ident),*) => $args:expr) => {
        $function(&mut $session, $args)
    };
}

/// Defines every import that can exist. Which of them a program may use is checked at activation.
pub(crate) fn define(linker: &mut Linker<RunState>) -> Result<()> {
    define_program(linker)?;
    define_context(linker)?;
    define_chain(linker)?;
    define_contracts(linker)?;
    define_console(linker)
}

fn define_program(linker: &mut Linker<RunState>) -> Result<()> {
    plain!(linker: "read_args" => program::read_args, (dest));
    plain!(linker: "write_result" => program::write_result, (src, len));
    plain!(linker: "exit_early" => program::exit_early, (status));
    plain!(linker: "evm_gas_left" => program::evm_gas_left, ());
    plain!(linker: "evm_ink_left" => program::evm_ink_left, ());
    plain!(linker: "native_keccak256" => program::native_keccak256, (src, len, dest));
    plain!(linker: "math_div" => math::div, (value, divisor));
    plain!(linker: "math_mod" => math::modulo, (value, modulus));
    plain!(linker: "math_pow" => math::pow, (value, exponent));
    plain!(linker: "math_add_mod" => math::add_mod, (value, addend, modulus));
    plain!(linker: "math_mul_mod" => math::mul_mod, (value, multiplier, modulus));
    asking!(linker: HOOKS "pay_for_memory_grow" => program::pay_for_memory_grow, (pages: u32));
    Ok(())
}

fn define_context(linker: &mut Linker<RunState>) -> Result<()> {
    plain!(linker: "block_basefee" => context::block_basefee, (dest));
    plain!(linker: "block_coinbase" => context::block_coinbase, (dest));
    plain!(linker: "block_gas_limit" => context::block_gas_limit, ());
    plain!(linker: "block_number" => context::block_number, ());
    plain!(linker: "block_timestamp" => context::block_timestamp, ());
    plain!(linker: "chainid" => context::chainid, ());
    plain!(linker: "contract_address" => context::contract_address, (dest));
    plain!(linker: "msg_reentrant" => context::msg_reentrant, ());
    plain!(linker: "msg_sender" => context::msg_sender, (dest));
    plain!(linker: "msg_value" => context::msg_value, (dest));
    plain!(linker: "tx_gas_price" => context::tx_gas_price, (dest));
    plain!(linker: "tx_ink_price" => context::tx_ink_price, ());
    plain!(linker: "tx_origin" => context::tx_origin, (dest));
    Ok(())
}

fn define_chain(linker: &mut Linker<RunState>) -> Result<()> {
    asking!(linker: HOOKS "storage_load_bytes32" => storage::load, (key: u32, dest: u32));
    plain!(linker: "storage_cache_bytes32" => storage::cache, (key, value));
    asking!(linker: HOOKS "storage_flush_cache" => storage::flush, (clear: u32));
    asking!(linker: HOOKS "transient_load_bytes32" => storage::transient_load,
        (key: u32, dest: u32));
    asking!(linker: HOOKS "transient_store_bytes32" => storage::transient_store,
        (key: u32, value: u32));
    asking!(linker: HOOKS "account_balance" => account::balance, (address: u32, dest: u32));
    asking!(linker: HOOKS "account_codehash" => account::code_hash, (address: u32, dest: u32));
    asking!(linker: HOOKS "account_code" => account::code,
        (address: u32, offset: u32, size: u32, dest: u32));
    asking!(linker: HOOKS "account_code_size" => account::code_size, (address: u32));
    asking!(linker: HOOKS "emit_log" => output::emit_log, (data: u32, len: u32, topics: u32));
    Ok(())
}

fn define_contracts(linker: &mut Linker<RunState>) -> Result<()> {
    asking!(linker: HOOKS "call_contract" => contract::call,
    (contract: u32, data: u32, data_len: u32, value: u32, gas: u64, ret_len: u32) => CallArgs {
        kind: CallKind::Call, contract, data, data_len, value: Some(value), gas, ret_len,
    });
    asking!(linker: HOOKS "delegate_call_contract" => contract::call,
    (contract: u32, data: u32, data_len: u32, gas: u64, ret_len: u32) => CallArgs {
        kind: CallKind::Delegate, contract, data, data_len, value: None, gas, ret_len,
    });
    asking!(linker: HOOKS "static_call_contract" => contract::call,
    (contract: u32, data: u32, data_len: u32, gas: u64, ret_len: u32) => CallArgs {
        kind: CallKind::Static, contract, data, data_len, value: None, gas, ret_len,
    });
    asking!(linker: HOOKS "create1" => contract::create,
    (code: u32, code_len: u32, endowment: u32, contract: u32, ret_len: u32) => CreateArgs {
        code, code_len, endowment, salt: None, contract, ret_len,
    });
    asking!(linker: HOOKS "create2" => contract::create,
        (code: u32, code_len: u32, endowment: u32, salt: u32, contract: u32, ret_len: u32) =>
        CreateArgs { code, code_len, endowment, salt: Some(salt), contract, ret_len });
    plain!(linker: "read_return_data" => contract::read_return_data, (dest, offset, size));
    plain!(linker: "return_data_size" => contract::return_data_size, ());
    Ok(())
}

/// Functions that print a value: the `log` form drops it, the `tee` form returns it.
macro_rules! console_value {
    ($linker:ident: $log:literal $tee:literal $type:ty) => {
        $linker.func_wrap_async(
            CONSOLE,
            $log,
            |caller: Caller<'_, RunState>, (value,): ($type,)| {
                Box::new(async move {
                    let mut session = Session::enter(caller, "console_log");
                    output::log_value(&mut session, value).await.map(|_| ())
                })
            },
        )?;
        $linker.func_wrap_async(
            CONSOLE,
            $tee,
            |caller: Caller<'_, RunState>, (value,): ($type,)| {
                Box::new(async move {
                    let mut session = Session::enter(caller, "console_log");
                    output::log_value(&mut session, value).await
                })
            },
        )?;
    };
}

fn define_console(linker: &mut Linker<RunState>) -> Result<()> {
    linker.func_wrap_async(
        CONSOLE,
        "log_txt",
        |caller: Caller<'_, RunState>, (ptr, len): (u32, u32)| {
            Box::new(async move {
                let mut session = Session::enter(caller, "console_log_text");
                output::log_text(&mut session, ptr, len).await
            })
        },
    )?;
    console_value!(linker: "log_i32" "tee_i32" i32);
    console_value!(linker: "log_i64" "tee_i64" i64);
    console_value!(linker: "log_f32" "tee_f32" f32);
    console_value!(linker: "log_f64" "tee_f64" f64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;

    use crate::{Engine, EngineConfig, EngineError, LoadConfig};

    #[test]
    fn every_import_that_is_accepted_is_defined_with_its_type() {
        let text = format!(
            "(module {} (memory (export \"memory\") 1)
             (func (export \"user_entrypoint\") (param i32) (result i32) i32.const 0))",
            super::signature::all_imports()
        );
        let module = wat::parse_str(text).expect("a module");
        let engine = Engine::new(EngineConfig::default()).expect("it starts");
        let debug = LoadConfig { stylus_version: 2, debug_chain: true };

        engine.load(B256::ZERO, &module, debug).expect("all imports link");

        let production = LoadConfig { debug_chain: false, ..debug };
        assert!(matches!(
            engine.load(B256::ZERO, &module, production),
            Err(EngineError::Module(_))
        ));
    }
}
