//! The acceptance rules besides validation, in the order of wasm 1.1.

use std::collections::{HashMap, HashSet};

use wasmparser::{ExternalKind, ValType, Validator, WasmFeatures};

use super::{
    ActivationConfig, ActivationError,
    view::{ModuleView, PAY_FOR_GROWTH},
};
use crate::{
    host,
    instrument::{FunctionPlan, MEMORY},
};

/// Globals that rewriting adds, all of them exported.
pub(super) const ADDED_GLOBALS: u64 = 4;

/// ArbOS version from which multi-value is rejected, and from which imports are limited.
const ARBOS_WITHOUT_MULTI_VALUE: u64 = 60;
const ARBOS_WITH_IMPORT_LIMIT: u64 = 32;

const RESERVED_PREFIX: &str = "stylus";
const WASM_PAGE_LEN: u64 = 65_536;
const MAX_INITIAL_PAGES: u64 = 128;

/// Stage 1: the validator with the features of wasm 1.2.
pub(super) fn validate(module: &[u8], config: &ActivationConfig) -> Result<(), ActivationError> {
    let mut features = WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::FLOATS
        | WasmFeatures::GC_TYPES;
    if config.arbos_version < ARBOS_WITHOUT_MULTI_VALUE {
        features |= WasmFeatures::MULTI_VALUE;
    }
    Validator::new_with_features(features).validate_all(module)?;
    Ok(())
}

/// Stages 2 and 3: imports appear once, names do not clash (wasm 1.5 and 1.6).
pub(super) fn check_names(view: &ModuleView<'_>) -> Result<(), ActivationError> {
    let mut type_indices = HashMap::new();
    for import in &view.imports {
        let known = *type_indices.entry((import.module, import.name)).or_insert(import.type_index);
        if known != import.type_index {
            let (module, name) = (import.module.to_owned(), import.name.to_owned());
            return Err(ActivationError::ImportTwice { module, name });
        }
        if import.name.starts_with(RESERVED_PREFIX) {
            return Err(ActivationError::ReservedName { name: import.name.to_owned() });
        }
    }
    let imported: HashSet<&str> = view.imports.iter().map(|import| import.name).collect();
    for export in &view.exports {
        let tail = export.name.rsplit_once("__").map_or(export.name, |(_, tail)| tail);
        if tail.starts_with(RESERVED_PREFIX) {
            return Err(ActivationError::ReservedName { name: export.name.to_owned() });
        }
        if imported.contains(tail) {
            return Err(ActivationError::NameClash { name: export.name.to_owned() });
        }
    }
    Ok(())
}

/// Stage 4: start function and memory (wasm 1.10 and 1.7).
pub(super) fn check_memory(
    view: &ModuleView<'_>,
    config: &ActivationConfig,
) -> Result<u16, ActivationError> {
    if view.has_start && !config.debug_chain {
        return Err(ActivationError::Start);
    }
    let exported = view
        .exports
        .iter()
        .any(|export| export.name == MEMORY && export.kind == ExternalKind::Memory);
    let [memory] = view.memories.as_slice() else {
        return Err(ActivationError::Memory { memories: view.memories.len() });
    };
    if !exported {
        return Err(ActivationError::Memory { memories: 1 });
    }
    let limit = MAX_INITIAL_PAGES.min(config.page_limit.into());
    if memory.initial > limit {
        return Err(ActivationError::MemoryPages { pages: memory.initial, limit });
    }
    if memory.maximum != Some(memory.initial) {
        check_growth_payment(view)?;
    }
    Ok(u16::try_from(memory.initial).expect("at most 128 pages"))
}

fn check_growth_payment(view: &ModuleView<'_>) -> Result<(), ActivationError> {
    let payment = view
        .imports
        .iter()
        .find(|import| (import.module, import.name) == PAY_FOR_GROWTH)
        .and_then(|import| view.types.get(import.type_index as usize));
    match payment {
        Some(ty) if ty.params() == [ValType::I32] && ty.results().is_empty() => Ok(()),
        _ => Err(ActivationError::GrowthPayment),
    }
}

/// Stage 6: the entry point (wasm 1.9).
pub(super) fn check_entrypoint(view: &ModuleView<'_>) -> Result<(), ActivationError> {
    let is_entrypoint = view
        .entrypoint()
        .and_then(|index| view.function_type(index))
        .is_some_and(|ty| ty.params() == [ValType::I32] && ty.results() == [ValType::I32]);
    if is_entrypoint { Ok(()) } else { Err(ActivationError::Entrypoint) }
}

/// Stage 8: the size limits (wasm 1.13).
pub(super) fn check_limits(
    view: &ModuleView<'_>,
    plans: &[FunctionPlan],
    config: &ActivationConfig,
) -> Result<(), ActivationError> {
    let element_bytes = view.elements.iter().map(|segment| segment.encoded_len).sum();
    limit("functions with a body", view.bodies.len() as u64, 4096)?;
    for plan in plans {
        limit("locals of a function", plan.locals.into(), 348)?;
        limit("operators of a function after rewriting", plan.operators, 65_536)?;
    }
    limit("globals with the four of the meter", u64::from(view.globals) + ADDED_GLOBALS, 32_768)?;
    limit("data segments", view.data.len() as u64, 128)?;
    limit("element segments", view.elements.len() as u64, 128)?;
    limit("bytes of all element segments", element_bytes, 4096)?;
    limit("initial table entries", view.tables.iter().sum(), 4096)?;
    if config.arbos_version >= ARBOS_WITH_IMPORT_LIMIT {
        limit("imports", view.imports.len() as u64, 513)?;
    }
    limit("bytes of the module name", view.module_name_len as u64, 512)?;
    if config.debug_chain { check_exports(view) } else { Ok(()) }
}

/// Only debug chains keep exports besides entry point and memory.
fn check_exports(view: &ModuleView<'_>) -> Result<(), ActivationError> {
    let start = u64::from(view.has_start);
    limit("exports", view.exports.len() as u64 + ADDED_GLOBALS + start, 1024)?;
    for export in &view.exports {
        limit("bytes of an export name", export.name.len() as u64, 512)?;
    }
    Ok(())
}

const fn limit(item: &'static str, found: u64, limit: u64) -> Result<(), ActivationError> {
    if found > limit {
        return Err(ActivationError::Limit { item, found, limit });
    }
    Ok(())
}

/// Stage 10: imports exist, no float arithmetic is left, segments fit (wasm 1.5, 1.12, 1.8).
pub(super) fn check_linking(
    view: &ModuleView<'_>,
    plans: &[FunctionPlan],
    config: &ActivationConfig,
) -> Result<(), ActivationError> {
    for import in &view.imports {
        let exists = view
            .types
            .get(import.type_index as usize)
            .is_some_and(|ty| host::exists(import.module, import.name, ty, config.debug_chain));
        if !exists {
            let (module, name) = (import.module.to_owned(), import.name.to_owned());
            return Err(ActivationError::UnknownImport { module, name });
        }
    }
    for (function, plan) in plans.iter().enumerate() {
        if let Some(opcode) = plan.float_opcode {
            let operator = format!("the floating point operator {opcode:02x}");
            return Err(ActivationError::Operator { function, operator });
        }
    }
    let memory_len = view.memories.iter().map(|memory| memory.initial * WASM_PAGE_LEN).sum();
    check_bounds("data", &view.data, memory_len)?;
    check_bounds("element", &view.elements, view.tables.iter().sum())
}

/// Offsets count as sign-extended, so that those from 2^31 on never fit.
fn check_bounds(
    item: &'static str,
    segments: &[super::view::Segment],
    size: u64,
) -> Result<(), ActivationError> {
    for (index, segment) in segments.iter().enumerate() {
        let Some(offset) = segment.offset else { continue };
        let end = i128::from(offset as i64 as u64) + i128::from(segment.len);
        if end > i128::from(size) {
            return Err(ActivationError::SegmentBounds { item, index });
        }
    }
    Ok(())
}
