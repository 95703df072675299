//! What the rewriting of one function needs to know, computed from its original operators.

use wasmparser::{BlockType, FunctionBody, Operator};

use super::{effect, effect::Effect, height::Height, price};

/// Largest modelled height of a function's operand stack.
const MAX_HEIGHT: u32 = 4096;
/// Largest frame of a function in words.
const MAX_FRAME: u32 = 10_240;
/// Words of every frame besides locals and operands.
const FRAME_BASE: u32 = 4;

/// Operators inserted before each block, before each bulk operator, per function, and before each
/// `return` and `memory.grow` (wasm 6.4).
const ADDED_PER_BLOCK: u64 = 12;
const ADDED_PER_BULK: u64 = 17;
const ADDED_PER_FUNCTION: u64 = 13;
const ADDED_PER_RETURN: u64 = 4;
const ADDED_PER_GROWTH: u64 = 4;

/// Numbers of parameters and results of types and functions, by index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signatures {
    /// Of each type.
    pub(crate) types: Vec<(usize, usize)>,
    /// The type of each function, imported ones first.
    pub(crate) functions: Vec<u32>,
}

impl Signatures {
    fn of_type(&self, index: u32) -> (usize, usize) {
        self.types.get(index as usize).copied().unwrap_or_default()
    }

    fn of_function(&self, index: u32) -> (usize, usize) {
        self.functions.get(index as usize).map_or((0, 0), |type_index| self.of_type(*type_index))
    }
}

/// The plan for one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionPlan {
    /// Prices of the basic blocks in textual order.
    pub(crate) block_prices: Vec<u64>,
    /// Words on the stack-depth counter while the function runs.
    pub(crate) frame: u32,
    /// Declared locals, parameters not counted.
    pub(crate) locals: u32,
    /// Operators after rewriting.
    pub(crate) operators: u64,
    /// Opcode of the first operator that computes with floats.
    pub(crate) float_opcode: Option<u8>,
}

/// Why a function cannot be rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlanError {
    /// An operator of the bulk proposals that has no price; sub-opcode after `FC`.
    BulkOperator(u8),
    /// The modelled operand stack is too high.
    Height(u32),
    /// The frame is too large.
    Frame(u32),
    /// The body cannot be read. Does not happen after validation.
    Malformed(String),
}

impl From<wasmparser::Error> for PlanError {
    fn from(error: wasmparser::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// Plans the rewriting of a validated function. `pays_growth` tells whether each `memory.grow` gets
/// a payment (wasm 5).
pub(crate) fn plan(
    body: &FunctionBody<'_>,
    signatures: &Signatures,
    pays_growth: bool,
) -> Result<FunctionPlan, PlanError> {
    let locals = declared_locals(body)?;
    let mut planner = Planner::new(signatures);
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        let opcode = reader.get_binary_reader().read_u8()?;
        let operator = reader.read()?;
        planner.step(opcode, &operator)?;
    }
    planner.finish(locals, pays_growth)
}

fn declared_locals(body: &FunctionBody<'_>) -> Result<u32, PlanError> {
    let mut locals = 0_u32;
    for group in body.get_locals_reader()? {
        locals = locals.saturating_add(group?.0);
    }
    Ok(locals)
}

#[derive(Debug)]
struct Planner<'a> {
    signatures: &'a Signatures,
    height: Height,
    block_prices: Vec<u64>,
    /// Sum of the operators of the open block; `None` between blocks.
    open_block: Option<u64>,
    operators: u64,
    returns: u64,
    growths: u64,
    bulks: u64,
    float_opcode: Option<u8>,
}

impl<'a> Planner<'a> {
    fn new(signatures: &'a Signatures) -> Self {
        Self {
            signatures,
            height: Height::new(),
            block_prices: Vec::new(),
            open_block: None,
            operators: 0,
            returns: 0,
            growths: 0,
            bulks: 0,
            float_opcode: None,
        }
    }

    fn step(&mut self, opcode: u8, operator: &Operator<'_>) -> Result<(), PlanError> {
        if self.open_block.is_none() {
            self.height.block_header();
        }
        self.operators += 1;
        let price = self.account(opcode, operator)?;
        let sum = self.open_block.unwrap_or(0).saturating_add(price);
        if effect::ends_block(opcode) {
            self.block_prices.push(sum.saturating_add(price::BLOCK));
            self.open_block = None;
        } else {
            self.open_block = Some(sum);
        }
        Ok(())
    }

    /// Applies the operator to the height and the counts; returns its price.
    fn account(&mut self, opcode: u8, operator: &Operator<'_>) -> Result<u64, PlanError> {
        match operator {
            Operator::Block { blockty } | Operator::Loop { blockty } => self.enter(*blockty),
            Operator::If { blockty } => {
                self.height.pop(1);
                self.enter(*blockty);
            }
            Operator::Else => self.height.switch(),
            Operator::End => self.height.leave(),
            Operator::Return => self.returns += 1,
            Operator::MemoryGrow { .. } => self.growths += 1,
            Operator::Call { function_index } => {
                self.call(self.signatures.of_function(*function_index));
            }
            Operator::CallIndirect { type_index, .. } => {
                let signature = self.signatures.of_type(*type_index);
                self.call(signature);
                self.height.pop(1);
                return Ok(price::call_indirect(signature.0));
            }
            Operator::BrTable { targets } => {
                self.height.pop(1);
                return Ok(price::br_table(targets.len()));
            }
            _ if opcode == 0xFC => return self.bulk(operator),
            _ => self.plain(opcode),
        }
        Ok(price::operator(opcode))
    }

    fn plain(&mut self, opcode: u8) {
        match effect::of(opcode) {
            Effect::None => {}
            Effect::Push => self.height.push(1),
            Effect::Pop(values) => self.height.pop(values),
        }
        if effect::is_float_arithmetic(opcode) {
            self.float_opcode.get_or_insert(opcode);
        }
    }

    fn bulk(&mut self, operator: &Operator<'_>) -> Result<u64, PlanError> {
        let unsupported = match operator {
            Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } => {
                self.height.bulk_charge();
                self.height.pop(3);
                self.bulks += 1;
                return Ok(price::BULK);
            }
            Operator::MemoryInit { .. } => 0x08,
            Operator::DataDrop { .. } => 0x09,
            Operator::TableInit { .. } => 0x0C,
            Operator::ElemDrop { .. } => 0x0D,
            Operator::TableCopy { .. } => 0x0E,
            // Saturating truncations: known, but rejected when the program is linked.
            _ => {
                self.float_opcode.get_or_insert(0xFC);
                return Ok(u64::MAX);
            }
        };
        Err(PlanError::BulkOperator(unsupported))
    }

    /// Results are reserved when a construct starts.
    fn enter(&mut self, block_type: BlockType) {
        match block_type {
            BlockType::Empty => {}
            BlockType::Type(_) => self.height.push(1),
            BlockType::FuncType(index) => self.call(self.signatures.of_type(index)),
        }
        self.height.enter();
    }

    fn call(&mut self, (params, results): (usize, usize)) {
        self.height.push(results as u32);
        self.height.pop(params as u32);
    }

    fn finish(self, locals: u32, pays_growth: bool) -> Result<FunctionPlan, PlanError> {
        let peak = self.height.peak();
        if peak > MAX_HEIGHT {
            return Err(PlanError::Height(peak));
        }
        let frame = peak.saturating_add(locals).saturating_add(FRAME_BASE);
        if frame > MAX_FRAME {
            return Err(PlanError::Frame(frame));
        }
        let growths = if pays_growth { self.growths } else { 0 };
        let operators = self.operators
            + ADDED_PER_BLOCK * self.block_prices.len() as u64
            + ADDED_PER_BULK * self.bulks
            + ADDED_PER_FUNCTION
            + ADDED_PER_RETURN * (self.returns + 1)
            + ADDED_PER_GROWTH * growths;
        Ok(FunctionPlan {
            block_prices: self.block_prices,
            frame,
            locals,
            operators,
            float_opcode: self.float_opcode,
        })
    }
}
