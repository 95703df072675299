//! A validated module, taken apart as far as acceptance and rewriting need it (wasm 1.4).

use std::ops::Range;

use wasmparser::{
    ConstExpr, DataKind, ElementKind, ExternalKind, FuncType, FunctionBody, Imports, KnownCustom,
    MemoryType, Name, NameSectionReader, Operator, Parser, Payload, TypeRef,
};

use super::ActivationError;
use crate::instrument::{ENTRYPOINT, Signatures};

/// Import that pays for memory growth.
pub(super) const PAY_FOR_GROWTH: (&str, &str) = ("vm_hooks", "pay_for_memory_grow");

/// A function import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Import<'a> {
    pub(crate) module: &'a str,
    pub(crate) name: &'a str,
    pub(crate) type_index: u32,
}

/// An export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Export<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: ExternalKind,
    pub(crate) index: u32,
}

/// A data or element segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Bytes from the flag byte to the last byte.
    pub(crate) encoded_len: u64,
    /// Bytes of data, or number of function indices.
    pub(crate) len: u64,
    /// Where an active segment goes.
    pub(crate) offset: Option<i32>,
}

/// The parts of a module.
#[derive(Debug, Default)]
pub(crate) struct ModuleView<'a> {
    bytes: &'a [u8],
    /// Contents of the sections by id.
    sections: Vec<(u8, Range<usize>)>,
    pub(crate) types: Vec<FuncType>,
    pub(crate) imports: Vec<Import<'a>>,
    /// Type indices of the functions with a body.
    pub(crate) functions: Vec<u32>,
    /// Initial sizes of the tables in entries.
    pub(crate) tables: Vec<u64>,
    pub(crate) memories: Vec<MemoryType>,
    /// Number of declared globals.
    pub(crate) globals: u32,
    pub(crate) exports: Vec<Export<'a>>,
    pub(crate) has_start: bool,
    pub(crate) elements: Vec<Segment>,
    pub(crate) data: Vec<Segment>,
    pub(crate) bodies: Vec<FunctionBody<'a>>,
    /// Length of the module name in the name section.
    pub(crate) module_name_len: usize,
}

impl<'a> ModuleView<'a> {
    /// Takes a module apart that the validator has accepted.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, ActivationError> {
        let mut view = Self { bytes, ..Self::default() };
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section() {
                view.sections.push((id, range));
            }
            view.read(payload)?;
        }
        Ok(view)
    }

    fn read(&mut self, payload: Payload<'a>) -> Result<(), ActivationError> {
        match payload {
            Payload::TypeSection(reader) => {
                for ty in reader.into_iter_err_on_gc_types() {
                    self.types.push(ty?);
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader {
                    self.import(import?)?;
                }
            }
            Payload::FunctionSection(reader) => {
                for type_index in reader {
                    self.functions.push(type_index?);
                }
            }
            Payload::TableSection(reader) => {
                for table in reader {
                    self.tables.push(table?.ty.initial);
                }
            }
            Payload::MemorySection(reader) => {
                for memory in reader {
                    self.memories.push(memory?);
                }
            }
            Payload::GlobalSection(reader) => {
                for global in reader {
                    check_constant(&global?.init_expr)?;
                    self.globals += 1;
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export?;
                    let (name, kind, index) = (export.name, export.kind, export.index);
                    self.exports.push(Export { name, kind, index });
                }
            }
            Payload::StartSection { .. } => self.has_start = true,
            Payload::ElementSection(reader) => {
                for element in reader {
                    self.elements.push(element_segment(&element?)?);
                }
            }
            Payload::DataSection(reader) => {
                for data in reader {
                    self.data.push(data_segment(&data?)?);
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::CustomSection(custom) => {
                if let KnownCustom::Name(names) = custom.as_known() {
                    self.names(names)?;
                }
            }
            Payload::Version { .. } | Payload::CodeSectionStart { .. } | Payload::End(_) => {}
            Payload::DataCountSection { .. } => return Err(ActivationError::DataCount),
            _ => return Err(ActivationError::Section),
        }
        Ok(())
    }

    fn import(&mut self, imports: Imports<'a>) -> Result<(), ActivationError> {
        let Imports::Single(_, import) = imports else {
            return Err(ActivationError::Section);
        };
        let TypeRef::Func(type_index) = import.ty else {
            return Err(ActivationError::ImportKind {
                module: import.module.to_owned(),
                name: import.name.to_owned(),
            });
        };
        self.imports.push(Import { module: import.module, name: import.name, type_index });
        Ok(())
    }

    /// Reads the name section as far as its errors matter: module name and function names wholly,
    /// the other known parts up to their count, which the reader checks on its own.
    fn names(&mut self, names: NameSectionReader<'a>) -> Result<(), ActivationError> {
        for part in names {
            match part.map_err(|error| ActivationError::Names(error.to_string()))? {
                Name::Module { name, .. } => self.module_name_len = name.len(),
                Name::Function(functions) => {
                    for function in functions {
                        function.map_err(|error| ActivationError::Names(error.to_string()))?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The contents of a section.
    pub(crate) fn section(&self, id: u8) -> Option<&'a [u8]> {
        let (_, range) = self.sections.iter().find(|(section, _)| *section == id)?;
        self.bytes.get(range.clone())
    }

    /// Length of the module in bytes, custom sections included.
    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The type of a function by its index, imported ones first.
    pub(super) fn function_type(&self, index: u32) -> Option<&FuncType> {
        let index = index as usize;
        let type_index = match self.imports.get(index) {
            Some(import) => import.type_index,
            None => *self.functions.get(index - self.imports.len())?,
        };
        self.types.get(type_index as usize)
    }

    /// Index of the exported entry point.
    pub(crate) fn entrypoint(&self) -> Option<u32> {
        self.exports
            .iter()
            .find(|export| export.name == ENTRYPOINT && export.kind == ExternalKind::Func)
            .map(|export| export.index)
    }

    /// Index of the function that pays for growth, if the memory can grow (wasm 5). The first of
    /// several imports is taken.
    pub(crate) fn growth_payment(&self) -> Option<u32> {
        let memory = self.memories.first()?;
        if memory.maximum == Some(memory.initial) {
            return None;
        }
        let position = self
            .imports
            .iter()
            .position(|import| (import.module, import.name) == PAY_FOR_GROWTH)?;
        u32::try_from(position).ok()
    }

    /// What the planner needs of types and functions.
    pub(super) fn signatures(&self) -> Signatures {
        let imported = self.imports.iter().map(|import| import.type_index);
        Signatures {
            types: self.types.iter().map(|ty| (ty.params().len(), ty.results().len())).collect(),
            functions: imported.chain(self.functions.iter().copied()).collect(),
        }
    }
}

fn element_segment(element: &wasmparser::Element<'_>) -> Result<Segment, ActivationError> {
    let len = match &element.items {
        wasmparser::ElementItems::Functions(functions) => functions.count(),
        wasmparser::ElementItems::Expressions(_, expressions) => expressions.count(),
    };
    let offset = match &element.kind {
        ElementKind::Active { offset_expr, .. } => Some(constant_i32(offset_expr)?),
        ElementKind::Passive | ElementKind::Declared => None,
    };
    Ok(Segment { encoded_len: element.range.len() as u64, len: u64::from(len), offset })
}

fn data_segment(data: &wasmparser::Data<'_>) -> Result<Segment, ActivationError> {
    let offset = match &data.kind {
        DataKind::Active { offset_expr, .. } => Some(constant_i32(offset_expr)?),
        DataKind::Passive => None,
    };
    Ok(Segment { encoded_len: data.range.len() as u64, len: data.data.len() as u64, offset })
}

/// Globals start with one constant.
fn check_constant(expression: &ConstExpr<'_>) -> Result<(), ActivationError> {
    match expression.get_operators_reader().read()? {
        Operator::I32Const { .. }
        | Operator::I64Const { .. }
        | Operator::F32Const { .. }
        | Operator::F64Const { .. } => Ok(()),
        _ => Err(ActivationError::Initializer),
    }
}

fn constant_i32(expression: &ConstExpr<'_>) -> Result<i32, ActivationError> {
    match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value),
        _ => Err(ActivationError::Initializer),
    }
}
