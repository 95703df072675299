//! What a program will cost: the stored estimates and the activation gas (wasm 7).

use super::{ActivationError, rules::ADDED_GLOBALS, view::ModuleView};
use crate::instrument::FunctionPlan;

/// Gas per microsecond of estimated activation time.
const GAS_PER_MICROSECOND: u64 = 28;
/// ArbOS version from which the module's length is charged.
const ARBOS_WITH_LENGTH_GAS: u64 = 32;

/// The quantities that the formulas use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quantities {
    functions: u64,
    /// Parameters and results of all functions with a body.
    values: u64,
    module_len: u64,
    globals: u64,
    /// Encoded bytes of all data and element segments.
    segment_len: u64,
    /// Payload of all data segments.
    data_len: u64,
    /// Encoded bytes of all element segments.
    element_len: u64,
    pages: u64,
    /// Operators after rewriting.
    operators: u64,
}

/// The numbers that are stored with a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Estimates {
    pub(super) init_cost: u16,
    pub(super) cached_init_cost: u16,
    pub(super) asm_estimate: u32,
}

impl Quantities {
    pub(super) fn of(view: &ModuleView<'_>, plans: &[FunctionPlan], pages: u16) -> Self {
        let values = view.functions.iter().filter_map(|index| view.types.get(*index as usize));
        let element_len = view.elements.iter().map(|segment| segment.encoded_len).sum();
        let encoded_data_len: u64 = view.data.iter().map(|segment| segment.encoded_len).sum();
        Self {
            functions: view.bodies.len() as u64,
            values: values.map(|ty| (ty.params().len() + ty.results().len()) as u64).sum(),
            module_len: view.len() as u64,
            globals: u64::from(view.globals) + ADDED_GLOBALS,
            segment_len: encoded_data_len + element_len,
            data_len: view.data.iter().map(|segment| segment.len).sum(),
            element_len,
            pages: pages.into(),
            operators: plans.iter().map(|plan| plan.operators).sum(),
        }
    }

    /// The stored estimates (wasm 7.1). Sums cannot overflow: a module has fewer than 2^32 bytes.
    pub(super) fn estimates(&self, stylus_version: u16) -> Result<Estimates, ActivationError> {
        let asm = 512_000
            + self.functions * 996_829 / 1000
            + self.values * 11_416 / 1000
            + self.module_len * 62_628 / 10_000;
        let cached = self.functions * 13_420 / 100_000
            + self.values * 89 / 100_000
            + self.module_len * 122 / 100_000
            + self.globals * 1628 / 1000
            + self.segment_len * 75_244 / 100_000
            + self.pages * 5;
        let mut init = self.functions * 8252 / 1000
            + self.values * 1059 / 1000
            + self.module_len * 1286 / 10_000;
        if stylus_version < 2 {
            init += cached;
        }
        Ok(Estimates {
            init_cost: fit("init cost", init, u16::MAX.into())? as u16,
            cached_init_cost: fit("cached init cost", cached, u16::MAX.into())? as u16,
            asm_estimate: fit("size estimate", asm, u32::MAX.into())? as u32,
        })
    }

    /// Deducts the activation gas, term by term (wasm 7.2).
    pub(super) fn charge(&self, arbos_version: u64, gas: &mut u64) -> Result<(), ActivationError> {
        if arbos_version >= ARBOS_WITH_LENGTH_GAS {
            pay("the module's bytes", self.module_len * 31_733 / 100_000, gas)?;
        }
        pay("functions", self.functions * 17_263 / 100_000, gas)?;
        pay("data segments", self.data_len * 17_376 / 100_000, gas)?;
        pay("element segments", self.element_len * 17_376 / 100_000, gas)?;
        pay("memory", self.pages * 2217, gas)?;
        pay("operators", self.operators * 535 / 1000, gas)
    }
}

const fn fit(estimate: &'static str, value: u64, limit: u64) -> Result<u64, ActivationError> {
    if value > limit {
        return Err(ActivationError::Estimate { estimate, value, limit });
    }
    Ok(value)
}

fn pay(term: &'static str, microseconds: u64, gas: &mut u64) -> Result<(), ActivationError> {
    let needed = microseconds * GAS_PER_MICROSECOND;
    let left = *gas;
    *gas = left.checked_sub(needed).ok_or(ActivationError::OutOfGas { term, needed, left })?;
    Ok(())
}
