//! Rewriting the body of one function.

use wasm_encoder::{BlockType, Encode, Function, Instruction};
use wasmparser::{FuncType, FunctionBody, Operator};

use super::{
    branch_table::{self, Labels, MAX_TARGETS},
    plan::{FunctionPlan, PlanError},
    price,
};

/// Indices of what the inserted code uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Indices {
    /// Global with the ink that is left, i64.
    pub(super) ink_left: u32,
    /// Global with the meter's state, i32: 0 ready, 1 exhausted.
    pub(super) ink_status: u32,
    /// Global for intermediate values, i32.
    pub(super) scratch: u32,
    /// Global with the words left of the stack, i32.
    pub(super) stack_left: u32,
    /// Imported function that pays for memory growth, if growth is paid.
    pub(super) pay_for_growth: Option<u32>,
}

/// Writes the function with its metering. Order at the entry: depth check, then the header of the
/// first block.
pub(super) fn rewrite(
    body: &FunctionBody<'_>,
    plan: &FunctionPlan,
    indices: Indices,
    types: &[FuncType],
    function_type: u32,
) -> Result<Function, PlanError> {
    let mut labels = Labels::new(types, function_type);
    let params = types.get(function_type as usize).map_or(0, |ty| ty.params().len() as u32);
    let mut next_local = params + plan.locals;
    let mut locals = declared_locals(body)?;
    let mut writer = Writer { code: Vec::new(), indices, frame: plan.frame as i32 };
    writer.entry();

    let mut prices = plan.block_prices.iter();
    let mut at_block_start = true;
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let start = operators.original_position();
        let operator = operators.read()?;
        if std::mem::take(&mut at_block_start) {
            writer.header(*prices.next().ok_or_else(out_of_step)?);
        }
        if operators.eof() {
            writer.leave();
            writer.add(&Instruction::Return);
        }
        at_block_start = writer.before(&operator);
        match &operator {
            Operator::BrTable { targets } if targets.len() as usize > MAX_TARGETS => {
                let split = branch_table::split(targets, &labels, next_local)?;
                writer.add_all(&split.code);
                next_local += split.locals.len() as u32;
                locals.extend(split.locals.into_iter().map(|value_type| (1, value_type)));
            }
            _ => {
                let offset = body.range().start;
                let end = operators.original_position();
                writer.code.extend_from_slice(&body.as_bytes()[start - offset..end - offset]);
            }
        }
        labels.step(&operator);
    }

    let mut function = Function::new(locals);
    function.raw(writer.code);
    Ok(function)
}

fn declared_locals(
    body: &FunctionBody<'_>,
) -> Result<Vec<(u32, wasm_encoder::ValType)>, PlanError> {
    let mut locals = Vec::new();
    for group in body.get_locals_reader()? {
        let (count, value_type) = group?;
        locals.push((count, value_type_of(value_type)?));
    }
    Ok(locals)
}

fn out_of_step() -> PlanError {
    PlanError::Malformed("more basic blocks than planned".to_owned())
}

pub(super) fn value_type_of(
    value_type: wasmparser::ValType,
) -> Result<wasm_encoder::ValType, PlanError> {
    match value_type {
        wasmparser::ValType::I32 => Ok(wasm_encoder::ValType::I32),
        wasmparser::ValType::I64 => Ok(wasm_encoder::ValType::I64),
        wasmparser::ValType::F32 => Ok(wasm_encoder::ValType::F32),
        wasmparser::ValType::F64 => Ok(wasm_encoder::ValType::F64),
        other => Err(PlanError::Malformed(format!("local of type {other}"))),
    }
}

struct Writer {
    code: Vec<u8>,
    indices: Indices,
    frame: i32,
}

impl Writer {
    fn add(&mut self, instruction: &Instruction<'_>) {
        instruction.encode(&mut self.code);
    }

    fn add_all(&mut self, instructions: &[Instruction<'_>]) {
        for instruction in instructions {
            self.add(instruction);
        }
    }

    /// Inserts what belongs directly before the operator; returns whether the operator ends its
    /// block.
    fn before(&mut self, operator: &Operator<'_>) -> bool {
        match operator {
            Operator::Return => self.leave(),
            Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } => self.bulk_charge(),
            Operator::MemoryGrow { .. } => self.growth_payment(),
            _ => {}
        }
        matches!(
            operator,
            Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::Else
                | Operator::End
                | Operator::Br { .. }
                | Operator::BrIf { .. }
                | Operator::BrTable { .. }
                | Operator::Return
                | Operator::Call { .. }
                | Operator::CallIndirect { .. }
        )
    }

    /// The depth check at the function entry (wasm 4.3).
    fn entry(&mut self) {
        let Indices { stack_left, .. } = self.indices;
        let frame = self.frame;
        self.add_all(&[
            Instruction::GlobalGet(stack_left),
            Instruction::I32Const(frame),
            Instruction::I32LeU,
            Instruction::If(BlockType::Empty),
            Instruction::I32Const(0),
            Instruction::GlobalSet(stack_left),
            Instruction::Unreachable,
            Instruction::End,
            Instruction::GlobalGet(stack_left),
            Instruction::I32Const(frame),
            Instruction::I32Sub,
            Instruction::GlobalSet(stack_left),
        ]);
    }

    /// Gives the frame back, before `return` and at the end of the function.
    fn leave(&mut self) {
        let Indices { stack_left, .. } = self.indices;
        self.add_all(&[
            Instruction::GlobalGet(stack_left),
            Instruction::I32Const(self.frame),
            Instruction::I32Add,
            Instruction::GlobalSet(stack_left),
        ]);
    }

    /// The header of a basic block (wasm 2.3).
    fn header(&mut self, block_price: u64) {
        let Indices { ink_left, .. } = self.indices;
        // Constants carry bits; the comparison is unsigned.
        let block_price = block_price as i64;
        self.add_all(&[
            Instruction::GlobalGet(ink_left),
            Instruction::I64Const(block_price),
            Instruction::I64LtU,
        ]);
        self.exhaust_if();
        self.add_all(&[
            Instruction::GlobalGet(ink_left),
            Instruction::I64Const(block_price),
            Instruction::I64Sub,
            Instruction::GlobalSet(ink_left),
        ]);
    }

    /// Takes a condition; ends the run as out of ink if it holds.
    fn exhaust_if(&mut self) {
        self.add_all(&[
            Instruction::If(BlockType::Empty),
            Instruction::I32Const(1),
            Instruction::GlobalSet(self.indices.ink_status),
            Instruction::Unreachable,
            Instruction::End,
        ]);
    }

    /// The charge per byte of `memory.fill` and `memory.copy`, whose size is on top of the stack
    /// (wasm 3).
    fn bulk_charge(&mut self) {
        let Indices { ink_left, scratch, .. } = self.indices;
        self.add_all(&[
            Instruction::GlobalSet(scratch),
            Instruction::GlobalGet(ink_left),
            Instruction::GlobalGet(ink_left),
            Instruction::GlobalGet(scratch),
            Instruction::I64ExtendI32U,
            Instruction::I64Const(price::BULK_BYTE as i64),
            Instruction::I64Mul,
            Instruction::I64Sub,
            Instruction::GlobalSet(ink_left),
            Instruction::GlobalGet(ink_left),
            // The meter wrapped around exactly when the charge was not covered.
            Instruction::I64LtU,
        ]);
        self.exhaust_if();
        self.add(&Instruction::GlobalGet(scratch));
    }

    /// The payment before `memory.grow`, whose page count is on top of the stack (wasm 5).
    fn growth_payment(&mut self) {
        let Indices { scratch, pay_for_growth, .. } = self.indices;
        if let Some(pay) = pay_for_growth {
            self.add_all(&[
                Instruction::GlobalSet(scratch),
                Instruction::GlobalGet(scratch),
                Instruction::Call(pay),
                Instruction::GlobalGet(scratch),
            ]);
        }
    }
}
