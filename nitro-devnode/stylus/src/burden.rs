//! What compiling a module takes beyond its length, before it is tried.
//!
//! A block may take and yield a thousand values (multi-value, before ArbOS 60), and the compiler
//! keeps for each of them a cell in every block of the function: 13 kB of WASM could take 30 GB.
//! Modules whose blocks and calls yield at most one value stay below the limit whatever they do.

use std::collections::BTreeSet;

use wasmparser::{BlockType, FuncType, FunctionBody, Operator, Parser, Payload, Result, TypeRef};

/// Bytes that the compiler may take for values between blocks and around calls.
pub(crate) const LIMIT: u64 = 3 << 29;

/// Bytes of a cell.
const CELL_LEN: u64 = 4;
/// Bytes that a value takes which a branch, a block or a call hands over, measured.
const VALUE_LEN: u64 = 100;

/// Numbers of parameters and results.
type Arity = (u64, u64);

/// The types that operators refer to.
#[derive(Default)]
struct Types {
    types: Vec<Arity>,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
}

/// About how many bytes compiling the module takes for values that are handed over.
///
/// # Errors
///
/// When the module cannot be read.
pub(crate) fn of(module: &[u8]) -> Result<u64> {
    let mut types = Types::default();
    let mut sum = 0_u64;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TypeSection(reader) => {
                for ty in reader.into_iter_err_on_gc_types() {
                    types.types.push(arity(&ty?));
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    if let TypeRef::Func(index) = import?.ty {
                        types.functions.push(index);
                    }
                }
            }
            Payload::FunctionSection(reader) => {
                for index in reader {
                    types.functions.push(index?);
                }
            }
            Payload::CodeSectionEntry(body) => {
                sum = sum.saturating_add(of_function(&body, &types)?);
            }
            _ => {}
        }
    }
    Ok(sum)
}

fn arity(ty: &FuncType) -> Arity {
    (ty.params().len() as u64, ty.results().len() as u64)
}

impl Types {
    fn of_type(&self, index: u32) -> Arity {
        self.types.get(index as usize).copied().unwrap_or_default()
    }

    fn of_function(&self, index: u32) -> Arity {
        self.functions.get(index as usize).map_or((0, 0), |ty| self.of_type(*ty))
    }

    fn of_block(&self, block_type: BlockType) -> Arity {
        match block_type {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(index) => self.of_type(index),
        }
    }
}

/// What is counted in a function.
#[derive(Default)]
struct Count {
    /// Blocks that the compiler makes.
    blocks: u64,
    /// Values that the blocks of the module take or yield.
    variables: u64,
    /// Values handed over at branches, blocks and calls.
    moved: u64,
    /// Values that a branch to each open label carries, but for the function's own.
    labels: Vec<u64>,
}

fn of_function(body: &FunctionBody<'_>, types: &Types) -> Result<u64> {
    let mut count = Count::default();
    for operator in body.get_operators_reader()? {
        count.step(&operator?, types)?;
    }
    let cells = count.variables.saturating_mul(count.blocks).saturating_mul(CELL_LEN);
    Ok(cells.saturating_add(count.moved.saturating_mul(VALUE_LEN)))
}

impl Count {
    fn step(&mut self, operator: &Operator<'_>, types: &Types) -> Result<()> {
        match operator {
            Operator::Block { blockty } => self.enter(types.of_block(*blockty), false, 1),
            Operator::Loop { blockty } => self.enter(types.of_block(*blockty), true, 2),
            Operator::If { blockty } => self.enter(types.of_block(*blockty), false, 3),
            Operator::End => drop(self.labels.pop()),
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                self.branch(*relative_depth);
            }
            Operator::BrTable { targets } => {
                let mut distinct = targets.targets().collect::<Result<BTreeSet<u32>>>()?;
                distinct.insert(targets.default());
                distinct.into_iter().for_each(|depth| self.branch(depth));
            }
            Operator::Call { function_index } => self.call(types.of_function(*function_index)),
            Operator::CallIndirect { type_index, .. } => self.call(types.of_type(*type_index)),
            _ => {}
        }
        Ok(())
    }

    /// With one result at most, each argument has an operator of its own.
    const fn call(&mut self, (params, results): Arity) {
        if results > 1 {
            self.moved += params + results;
        }
    }

    fn enter(&mut self, (params, results): Arity, is_loop: bool, blocks: u64) {
        self.blocks += blocks;
        self.variables += params + results;
        self.moved += params + results;
        self.labels.push(if is_loop { params } else { results });
    }

    fn branch(&mut self, depth: u32) {
        let label = self.labels.len().checked_sub(1 + depth as usize);
        self.moved += label.map_or(0, |label| self.labels[label]);
        self.blocks += 1;
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;

    use super::*;
    use crate::{ActivationConfig, Engine, EngineConfig, EngineError, activate};

    /// A rewritten module with the function besides the entry point.
    fn rewritten(types: &str, function: &str) -> Vec<u8> {
        let module = wat::parse_str(format!(
            "(module {types} (memory (export \"memory\") 0 0)
             (func (export \"user_entrypoint\") (param i32) (result i32) i32.const 0) {function})"
        ))
        .expect("a module");
        let config = ActivationConfig {
            arbos_version: 51,
            stylus_version: 2,
            debug_chain: false,
            page_limit: 128,
            code_hash: B256::ZERO,
        };
        activate(&module, &config, &mut u64::MAX.clone()).expect("it activates").program
    }

    #[test]
    fn a_module_that_would_exhaust_memory_is_not_compiled() {
        let types = format!("(type $t (func (param {0}) (result {0})))", "i64 ".repeat(1000));
        let (open, close) =
            ("block (type $t) i32.const 0 br_if 0 ".repeat(1000), "end ".repeat(1000));
        let values = "i64.const 0 ".repeat(1000);
        let function = format!("(func {values} {open} {close} {})", "drop ".repeat(1000));

        let engine = Engine::new(EngineConfig::default()).expect("it starts");
        let refused = engine.compile(&rewritten(&types, &function));

        assert!(matches!(refused, Err(EngineError::Burden { .. })), "{refused:?}");
    }

    #[test]
    fn calls_count_that_hand_a_thousand_values_on() {
        let types = format!("(type $t (func (param {0}) (result {0})))", "i64 ".repeat(1000));
        let gets = (0..1000).map(|i| format!("local.get {i} ")).collect::<String>();
        let calls = "call $f ".repeat(1000);
        let function = format!(
            "(func $f (type $t) {gets}) (func {} {calls} {})",
            "i64.const 0 ".repeat(1000),
            "drop ".repeat(1000)
        );

        let bytes = of(&rewritten(&types, &function)).expect("it is read");

        assert_eq!(bytes, 1000 * 2000 * VALUE_LEN);
    }

    #[test]
    fn whatever_single_values_can_do_is_below_the_limit() {
        // As many blocks with a result as operators allow, and as many branches out of them as fit.
        let tables = (0..14).map(|_| {
            let targets = (1..3790).map(|depth| format!("{depth} ")).collect::<String>();
            format!("local.get 0 if i32.const 0 local.get 0 br_table {targets} 1 end ")
        });
        let function = format!(
            "(func (param i32) {} {} i32.const 0 {} drop)",
            "block (result i32) ".repeat(3800),
            tables.collect::<String>(),
            "end ".repeat(3800)
        );

        let bytes = of(&rewritten("", &function)).expect("it is read");

        assert!((LIMIT / 2..LIMIT).contains(&bytes), "{bytes}");
    }
}
