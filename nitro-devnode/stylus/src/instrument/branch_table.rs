//! Branch tables that are too large for the engine, split into several.
//!
//! The rules know no limit for `br_table`, the compiler does. Splitting happens after all prices and
//! counts are computed, so it changes nothing that a program or the chain can see.

use std::collections::BTreeSet;

use wasm_encoder::{BlockType as OutBlockType, Instruction, ValType};
use wasmparser::{BlockType, BrTable, FuncType, Operator};

use super::{function::value_type_of, plan::PlanError};

/// Most targets that a table keeps; the compiler takes 65520.
pub(super) const MAX_TARGETS: usize = 32_768;

/// Where the values come from that a branch to a label carries.
#[derive(Debug, Clone, Copy)]
enum Carried {
    Nothing,
    One(wasmparser::ValType),
    Params(u32),
    Results(u32),
}

/// The labels that are open at a point of a function.
#[derive(Debug)]
pub(super) struct Labels<'a> {
    types: &'a [FuncType],
    open: Vec<Carried>,
}

impl<'a> Labels<'a> {
    /// The label of the body of a function of this type.
    pub(super) fn new(types: &'a [FuncType], function_type: u32) -> Self {
        Self { types, open: vec![Carried::Results(function_type)] }
    }

    /// Follows the operator into or out of its block.
    pub(super) fn step(&mut self, operator: &Operator<'_>) {
        match operator {
            Operator::Block { blockty } | Operator::If { blockty } => {
                self.open.push(match blockty {
                    BlockType::Empty => Carried::Nothing,
                    BlockType::Type(ty) => Carried::One(*ty),
                    BlockType::FuncType(index) => Carried::Results(*index),
                });
            }
            Operator::Loop { blockty } => self.open.push(match blockty {
                BlockType::Empty | BlockType::Type(_) => Carried::Nothing,
                BlockType::FuncType(index) => Carried::Params(*index),
            }),
            Operator::End => {
                self.open.pop();
            }
            _ => {}
        }
    }

    /// Types of the values that a branch to the label carries.
    fn carried(&self, depth: u32) -> Result<Vec<ValType>, PlanError> {
        let position = self.open.len().checked_sub(1 + depth as usize);
        let of_type = |index: u32| self.types.get(index as usize);
        let types: &[wasmparser::ValType] = match position.and_then(|at| self.open.get(at)) {
            None | Some(Carried::Nothing) => &[],
            Some(Carried::One(ty)) => return Ok(vec![value_type_of(*ty)?]),
            Some(Carried::Params(index)) => of_type(*index).map_or(&[], FuncType::params),
            Some(Carried::Results(index)) => of_type(*index).map_or(&[], FuncType::results),
        };
        types.iter().map(|ty| value_type_of(*ty)).collect()
    }

    /// Whether branches to all the labels carry values of these types.
    fn all_carry(&self, depths: &[u32], types: &[ValType]) -> Result<bool, PlanError> {
        let distinct: BTreeSet<u32> = depths.iter().copied().collect();
        for depth in distinct {
            if self.carried(depth)? != types {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Code that acts like the table, and the types of the locals it needs from `first_local` on.
pub(super) struct Split {
    pub(super) code: Vec<Instruction<'static>>,
    pub(super) locals: Vec<ValType>,
}

/// Splits a table with more than [`MAX_TARGETS`] targets. Index and carried values wait in locals,
/// because a branch cannot take them out of the blocks around the partial tables.
///
/// Labels with different types share a table only where it is never reached: no local can hold such
/// a value there, and none is needed.
pub(super) fn split(
    table: &BrTable<'_>,
    labels: &Labels<'_>,
    first_local: u32,
) -> Result<Split, PlanError> {
    let targets = table.targets().collect::<Result<Vec<u32>, _>>()?;
    let mut locals = labels.carried(table.default())?;
    if !labels.all_carry(&targets, &locals)? {
        return Ok(Split { code: vec![Instruction::Unreachable], locals: Vec::new() });
    }
    let values = first_local..first_local + locals.len() as u32;
    let index = values.end;
    locals.push(ValType::I32);

    let mut code = vec![Instruction::LocalSet(index)];
    code.extend(values.clone().rev().map(Instruction::LocalSet));
    let branch = |code: &mut Vec<Instruction<'static>>, targets: Vec<u32>, default| {
        code.extend(values.clone().map(Instruction::LocalGet));
        code.push(Instruction::LocalGet(index));
        code.push(Instruction::BrTable(targets.into(), default));
    };
    let mut rest = targets.as_slice();
    while let Some((part, others)) = rest.split_at_checked(MAX_TARGETS)
        && !others.is_empty()
    {
        code.extend([
            Instruction::LocalGet(index),
            Instruction::I32Const(MAX_TARGETS as i32),
            Instruction::I32LtU,
            Instruction::If(OutBlockType::Empty),
        ]);
        // One block further out; the default is never taken.
        let outer: Vec<u32> = part.iter().map(|depth| depth + 1).collect();
        let unused = table.default() + 1;
        branch(&mut code, outer, unused);
        code.extend([
            Instruction::End,
            Instruction::LocalGet(index),
            Instruction::I32Const(MAX_TARGETS as i32),
            Instruction::I32Sub,
            Instruction::LocalSet(index),
        ]);
        rest = others;
    }
    branch(&mut code, rest.to_vec(), table.default());
    Ok(Split { code, locals })
}
