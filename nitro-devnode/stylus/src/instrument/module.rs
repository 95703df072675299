//! Putting the sections of a rewritten module together.

use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, GlobalSection, GlobalType, Module,
    RawSection, SectionId, ValType,
};

use super::{
    function,
    function::Indices,
    plan::{FunctionPlan, PlanError},
};
use crate::activation::ModuleView;

/// Export of the entry point.
pub(crate) const ENTRYPOINT: &str = "user_entrypoint";
/// Export of the memory.
pub(crate) const MEMORY: &str = "memory";
/// Export of the global with the ink that is left.
pub(crate) const GLOBAL_INK_LEFT: &str = "stylus_ink_left";
/// Export of the global with the meter's state.
pub(crate) const GLOBAL_INK_STATUS: &str = "stylus_ink_status";
/// Export of the global with the words left on the stack-depth counter.
pub(crate) const GLOBAL_STACK_LEFT: &str = "stylus_stack_left";

/// Writes the module with metering. Custom sections, the start function, and exports other than the
/// entry point and the memory are dropped: nothing can reach them.
pub(crate) fn rewrite(view: &ModuleView<'_>, plans: &[FunctionPlan]) -> Result<Vec<u8>, PlanError> {
    let indices = Indices {
        ink_left: view.globals,
        ink_status: view.globals + 1,
        scratch: view.globals + 2,
        stack_left: view.globals + 3,
        pay_for_growth: view.growth_payment(),
    };
    let mut module = Module::new();
    for id in [
        SectionId::Type,
        SectionId::Import,
        SectionId::Function,
        SectionId::Table,
        SectionId::Memory,
    ] {
        copy(view, id, &mut module);
    }
    module.section(&globals(view)?);
    module.section(&exports(view, indices));
    copy(view, SectionId::Element, &mut module);
    module.section(&code(view, plans, indices)?);
    copy(view, SectionId::Data, &mut module);
    Ok(module.finish())
}

fn copy(view: &ModuleView<'_>, id: SectionId, module: &mut Module) {
    if let Some(data) = view.section(id as u8) {
        module.section(&RawSection { id: id as u8, data });
    }
}

/// The declared globals and the four of the meter (wasm 6.2).
fn globals(view: &ModuleView<'_>) -> Result<GlobalSection, PlanError> {
    let mut section = GlobalSection::new();
    if let Some(data) = view.section(SectionId::Global as u8) {
        let reader = wasmparser::GlobalSectionReader::new(wasmparser::BinaryReader::new(data, 0))?;
        for global in reader.into_iter_with_offsets() {
            let (_, global) = global?;
            let value_type = function::value_type_of(global.ty.content_type)?;
            let kind =
                GlobalType { val_type: value_type, mutable: global.ty.mutable, shared: false };
            let initial = global.init_expr.get_binary_reader();
            let bytes = &data[initial.range()];
            // `raw` wants the expression without its `end`.
            section.global(kind, &ConstExpr::raw(bytes[..bytes.len() - 1].iter().copied()));
        }
    }
    let added = [(ValType::I64, ConstExpr::i64_const(0)), (ValType::I32, ConstExpr::i32_const(0))];
    let [ink, word] = added;
    for (val_type, initial) in [ink, word.clone(), word.clone(), word] {
        section.global(GlobalType { val_type, mutable: true, shared: false }, &initial);
    }
    Ok(section)
}

fn exports(view: &ModuleView<'_>, indices: Indices) -> ExportSection {
    let mut section = ExportSection::new();
    section.export(MEMORY, ExportKind::Memory, 0);
    if let Some(entrypoint) = view.entrypoint() {
        section.export(ENTRYPOINT, ExportKind::Func, entrypoint);
    }
    section.export(GLOBAL_INK_LEFT, ExportKind::Global, indices.ink_left);
    section.export(GLOBAL_INK_STATUS, ExportKind::Global, indices.ink_status);
    section.export(GLOBAL_STACK_LEFT, ExportKind::Global, indices.stack_left);
    section
}

fn code(
    view: &ModuleView<'_>,
    plans: &[FunctionPlan],
    indices: Indices,
) -> Result<CodeSection, PlanError> {
    let mut section = CodeSection::new();
    for ((body, plan), function_type) in view.bodies.iter().zip(plans).zip(&view.functions) {
        let function = function::rewrite(body, plan, indices, &view.types, *function_type)?;
        section.function(&function);
    }
    Ok(section)
}
