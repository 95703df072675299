//! Why a module cannot be activated.

use crate::instrument::PlanError;

/// The rule that a module breaks; every one has the same effect on chain (wasm 1.14).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivationError {
    /// The Stylus version does not exist.
    #[error("stylus version {version} does not exist: expected 1 or 2")]
    StylusVersion {
        /// The version asked for.
        version: u16,
    },
    /// The WebAssembly validator rejects the module.
    #[error("module is not valid webassembly for stylus: {0}")]
    Invalid(String),
    /// A data count section.
    #[error(
        "module has a data count section: build without bulk-memory, or strip the section, since \
         memory.init and data.drop are not supported"
    )]
    DataCount,
    /// A section of a proposal that is not supported.
    #[error("module has a section that stylus does not support")]
    Section,
    /// The name section is malformed.
    #[error("name section is malformed: {0}")]
    Names(String),
    /// An import that is not a function.
    #[error("import {module}.{name} is not a function: only functions can be imported")]
    ImportKind {
        /// Module of the import.
        module: String,
        /// Name of the import.
        name: String,
    },
    /// A global or an offset that is not a plain constant.
    #[error("initial values and offsets must be constants")]
    Initializer,
    /// The same import with two type indices.
    #[error("import {module}.{name} appears with two type indices")]
    ImportTwice {
        /// Module of the import.
        module: String,
        /// Name of the import.
        name: String,
    },
    /// A name that belongs to the meter.
    #[error("{name} is a reserved name: names must not start with stylus")]
    ReservedName {
        /// The import or export.
        name: String,
    },
    /// An export named like an imported function.
    #[error("export {name} has the name of an imported function")]
    NameClash {
        /// The export.
        name: String,
    },
    /// A start function on a chain without the debug flag.
    #[error("start functions are not allowed")]
    Start,
    /// Not exactly one memory, or not exported.
    #[error("module must define one memory and export it as memory, found {memories}")]
    Memory {
        /// Memories in the module.
        memories: usize,
    },
    /// Too much initial memory.
    #[error("initial memory of {pages} pages is over the limit of {limit}")]
    MemoryPages {
        /// Initial pages.
        pages: u64,
        /// Most pages allowed.
        limit: u64,
    },
    /// A memory that can grow without payment.
    #[error(
        "memory can grow, so vm_hooks.pay_for_memory_grow must be imported with one i32 parameter"
    )]
    GrowthPayment,
    /// An operator without a price.
    #[error("function {function} uses {operator}, which is not supported")]
    Operator {
        /// Index among the functions with a body.
        function: usize,
        /// The operator.
        operator: String,
    },
    /// No entry point of the right type.
    #[error("module must export the function user_entrypoint of type (i32) -> i32")]
    Entrypoint,
    /// An estimate that does not fit its field.
    #[error("{estimate} of {value} is over {limit}: the program is too costly to start")]
    Estimate {
        /// Which estimate.
        estimate: &'static str,
        /// Its value.
        value: u64,
        /// The largest value that fits.
        limit: u64,
    },
    /// A size above its limit.
    #[error("{item}: found {found}, at most {limit} allowed")]
    Limit {
        /// What is limited.
        item: &'static str,
        /// The size found.
        found: u64,
        /// The largest size accepted.
        limit: u64,
    },
    /// The activation gas is not covered.
    #[error("activation needs {needed} gas for {term}, {left} is left")]
    OutOfGas {
        /// What the gas is for.
        term: &'static str,
        /// Gas of this term.
        needed: u64,
        /// Gas before it.
        left: u64,
    },
    /// An import that does not exist.
    #[error("import {module}.{name} with this signature does not exist")]
    UnknownImport {
        /// Module of the import.
        module: String,
        /// Name of the import.
        name: String,
    },
    /// An active segment outside of memory or table.
    #[error("{item} segment {index} does not fit its initial size")]
    SegmentBounds {
        /// `data` or `element`.
        item: &'static str,
        /// Index of the segment.
        index: usize,
    },
}

impl From<wasmparser::Error> for ActivationError {
    fn from(error: wasmparser::Error) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl ActivationError {
    /// Names the function that the planner refused.
    pub(super) fn in_function(function: usize, error: PlanError) -> Self {
        match error {
            PlanError::BulkOperator(opcode) => {
                Self::Operator { function, operator: format!("bulk operator fc {opcode:02x}") }
            }
            PlanError::Height(found) => Self::Limit {
                item: "operand stack of a function",
                found: found.into(),
                limit: 4096,
            },
            PlanError::Frame(found) => {
                Self::Limit { item: "frame of a function", found: found.into(), limit: 10_240 }
            }
            PlanError::Malformed(reason) => Self::Invalid(reason),
        }
    }
}
