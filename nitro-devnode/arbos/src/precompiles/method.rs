//! The rules common to all precompiles, in order (devnode.md 4.1).

use std::borrow::Cow;

use alloy_primitives::Bytes;
use alloy_sol_types::{SolType, SolValue, abi::TokenSeq};

use super::{
    PrecompileCall, PrecompileOutcome,
    call::{Context, copy_gas},
    error_text::custom_error_text,
    outcome::{Ending, Fault},
    registry::{self, Guard, Precompile},
};
use crate::{Backend, Free, Metered, metering::READ_GAS, state::slots};

/// What a method may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pure,
    View,
    Write,
    Payable,
}

/// A method of a precompile.
#[derive(Clone, Copy)]
pub(super) struct Method {
    pub(super) selector: [u8; 4],
    pub(super) signature: &'static str,
    pub(super) kind: Kind,
    /// First ArbOS version.
    pub(super) since: u64,
    /// Last ArbOS version.
    pub(super) until: u64,
    pub(super) run: fn(&mut Context<'_>, &[u8]) -> Result<Vec<u8>, Fault>,
}

/// Builds a table of methods: `kind since[..=until] call => handler`.
macro_rules! methods {
    ($($kind:ident $since:literal $(..=$until:literal)? $call:path => $handler:path;)*) => {
        &[$($crate::precompiles::method::Method {
            selector: <$call as alloy_sol_types::SolCall>::SELECTOR,
            signature: <$call as alloy_sol_types::SolCall>::SIGNATURE,
            kind: $crate::precompiles::method::Kind::$kind,
            since: $since,
            until: [$($until,)? u64::MAX][0],
            run: |context, arguments| {
                let arguments = <$call as alloy_sol_types::SolCall>::abi_decode_raw_validate(arguments)
                    .map_err(|_| $crate::precompiles::outcome::Fault::BurnAll)?;
                let result = $handler(context, arguments)?;
                Ok($crate::precompiles::method::Output::encode(result))
            },
        }),*]
    };
}
pub(super) use methods;

/// What a method returns.
pub(super) trait Output {
    fn encode(self) -> Vec<u8>;
}

impl Output for () {
    fn encode(self) -> Vec<u8> {
        Vec::new()
    }
}

/// Implements [`Output`] for single values and for tuples of values.
macro_rules! outputs {
    ($($single:ty),*; $(($($element:ident),*)),*) => {
        $(impl Output for $single {
            fn encode(self) -> Vec<u8> {
                (self,).abi_encode_params()
            }
        })*
        $(impl<$($element),*> Output for ($($element,)*)
        where
            Self: SolValue,
            for<'t> <<Self as SolValue>::SolType as SolType>::Token<'t>: TokenSeq<'t>,
        {
            fn encode(self) -> Vec<u8> {
                self.abi_encode_params()
            }
        })*
    };
}

outputs! {
    bool, u16, u32, u64, i64, Bytes, alloy_primitives::Address, alloy_primitives::B256,
    alloy_primitives::U256, alloy_primitives::I256, Vec<alloy_primitives::Address>,
    Vec<alloy_primitives::U256>, Vec<[u64; 3]>, Vec<super::constraints::ResourceConstraint>;
    (A, B), (A, B, C), (A, B, C, D, E, F)
}

/// Runs a call with its guard.
pub(super) fn run(call: &PrecompileCall<'_>, backend: &mut dyn Backend) -> PrecompileOutcome {
    let Ok(version) = slots::root::version().get(&mut Free(backend));
    let Some(precompile) = registry::find(call.address, version) else {
        return PrecompileOutcome::success(Bytes::new(), call.gas);
    };
    match precompile.guard {
        Guard::None => execute(precompile, call, backend, version, false),
        Guard::Debug if backend.debug_precompiles_allowed() => {
            execute(precompile, call, backend, version, false)
        }
        Guard::Debug => PrecompileOutcome::failure("debug precompiles are disabled".to_owned()),
        Guard::Owner => super::guard::as_owner(precompile, call, backend, version),
        Guard::Filterer => super::guard::as_filterer(precompile, call, backend, version),
    }
}

/// Runs a call that its guard has let pass.
pub(super) fn execute(
    precompile: &Precompile,
    call: &PrecompileCall<'_>,
    backend: &mut dyn Backend,
    version: u64,
    is_free: bool,
) -> PrecompileOutcome {
    let Some(method) = select(precompile, call, version) else {
        return PrecompileOutcome::burnt();
    };
    let mut context = Context {
        call,
        state: Metered { backend, gas_left: call.gas, is_free },
        version,
        may_log: matches!(method.kind, Kind::Write | Kind::Payable),
    };
    match run_method(method, &mut context) {
        Ok(output) => PrecompileOutcome::success(output.into(), context.state.gas_left),
        Err(fault) => end(fault, &mut context.state),
    }
}

/// Rules 2 to 5: `None` consumes all gas.
fn select(
    precompile: &Precompile,
    call: &PrecompileCall<'_>,
    version: u64,
) -> Option<&'static Method> {
    let selector = call.input.get(..4)?;
    let method = precompile.methods().find(|method| {
        method.selector == selector && (method.since..=method.until).contains(&version)
    })?;
    let is_delegated = method.kind != Kind::Pure && call.acting != call.address;
    let is_write = matches!(method.kind, Kind::Write | Kind::Payable);
    let is_forbidden = is_write && call.is_static;
    let is_unpayable = method.kind != Kind::Payable && !call.value.is_zero();
    (!is_delegated && !is_forbidden && !is_unpayable).then_some(method)
}

/// Rules 6 to 10.
fn run_method(method: &Method, context: &mut Context<'_>) -> Result<Vec<u8>, Fault> {
    let arguments = &context.call.input[4..];
    if method.kind != Kind::Pure {
        context.burn(READ_GAS)?;
    }
    context.burn(copy_gas(arguments.len()))?;
    let output = (method.run)(context, &without_dirty_addresses(method.signature, arguments))?;
    context.burn(copy_gas(output.len()))?;
    Ok(output)
}

/// Arguments with the twelve bytes in front of each address cleared: the reference's decoder ignores
/// them, whereas it refuses integers and booleans out of range, as ours does.
fn without_dirty_addresses<'a>(signature: &str, arguments: &'a [u8]) -> Cow<'a, [u8]> {
    let mut clean = Cow::Borrowed(arguments);
    // Every parameter of a method with addresses takes one word of the head.
    let types = signature.split(['(', ',', ')']).skip(1);
    for (index, _) in types.enumerate().filter(|(_, name)| *name == "address") {
        let padding = 32 * index..32 * index + 12;
        if arguments.get(padding.clone()).is_some_and(|bytes| bytes.iter().any(|&b| b != 0)) {
            clean.to_mut()[padding].fill(0);
        }
    }
    clean
}

fn end(fault: Fault, state: &mut Metered<'_>) -> PrecompileOutcome {
    match fault {
        Fault::BurnAll => PrecompileOutcome::burnt(),
        Fault::Plain => PrecompileOutcome {
            ending: Ending::Revert,
            output: Bytes::new(),
            gas_left: state.gas_left,
            error_text: None,
        },
        Fault::Custom(data) => {
            if state.burn(copy_gas(data.len())).is_err() {
                return PrecompileOutcome::burnt();
            }
            PrecompileOutcome {
                ending: Ending::Revert,
                gas_left: state.gas_left,
                error_text: custom_error_text(&data),
                output: data,
            }
        }
        Fault::Failure(text) => PrecompileOutcome::failure(text),
        Fault::Crash => PrecompileOutcome::crash("sequencer internal error".to_owned()),
    }
}
