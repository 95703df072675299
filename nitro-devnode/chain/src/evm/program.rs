//! A frame that runs a Stylus program (stylus-host.md sections 4, 6 and 8).

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256};
use devnode_arbos::{
    ArbosState, Backend,
    programs::{InitGas, ProgramRecord, StylusParams, program_gate},
};
use devnode_stylus::{
    ApiError, CallKind, CallRequest, CallResult, CompiledProgram, CreateRequest, CreateResult,
    EvmApi, HostCall, LoadConfig, OutcomeKind, PageParams, Pages, RunContext, RunError, RunOutcome,
    SlotRead, SlotState,
    code::{CodeError, CodeKind, StylusCode, classic_module, parse},
    module_hash, page_gas,
};
use revm::{
    context_interface::{CreateScheme, JournalTr},
    handler::FrameResult,
    interpreter::{
        CallInput, CallInputs, CallScheme, CallValue, CreateInputs, FrameInput, InstructionResult,
        InterpreterResult,
    },
};

use crate::trace::{self, HostFrame};

use super::{
    Context, Ledger,
    machine::run_nested,
    precompiles::{ended, is_delegated},
    session::OpenFrame,
};

/// Bytes to which an active program is decompressed at most, whatever the parameter says now.
const MOST_MODULE_BYTES: u32 = 16 << 20;

/// Runs the program that a call reaches. Its checkpoint is open and its value moved.
///
/// # Errors
///
/// When the machine cannot run it: what the reference would have done is then unknown.
pub(super) fn run(ctx: &mut Context, inputs: &CallInputs) -> Result<InterpreterResult, String> {
    let calldata = inputs.input.bytes(ctx);
    let depth = ctx.journaled_state.depth();
    let before = ctx.chain.pages;
    let (code_hash, code) = (inputs.known_bytecode.0, inputs.known_bytecode.1.original_bytes());
    let gas = inputs.gas_limit;
    let now = ctx.chain.block.timestamp;

    let gate = program_gate(&mut ArbosState::open(&mut Ledger(ctx)), code_hash, now);
    let (params, record) = match gate {
        Ok(found) => found,
        Err(error) => {
            ctx.chain.conclude(depth, error.to_string());
            return Ok(ended(InstructionResult::PrecompileError, gas, 0, Bytes::new()));
        }
    };
    let Some(run_gas) = gas.checked_sub(start_cost(ctx, &params, &record, code_hash)) else {
        return Ok(ended(InstructionResult::OutOfGas, gas, 0, Bytes::new()));
    };
    let program = load(ctx, code_hash, &code, &params)?;
    ctx.chain.pages = before.opened(record.footprint);
    ctx.chain.open.push(OpenFrame {
        caller: inputs.caller,
        acting: inputs.target_address,
        counts: !is_delegated(inputs.scheme),
    });
    let run_context = run_context(ctx, inputs, &params);
    let ink_price = params.ink_price;
    let mut frame =
        ProgramFrame { ctx, inputs, depth, refund: 0, ink_price, calldata: calldata.clone() };
    let outcome = devnode_stylus::run(&program, &calldata, run_gas, &run_context, &mut frame);
    let refund = frame.refund;
    ctx.chain.open.pop();
    // Host 6.1 step 7: what was open before is open again; what was ever open stays.
    ctx.chain.pages.open = before.open;
    let outcome = outcome.map_err(|error| {
        ctx.chain.is_late |= matches!(error, RunError::Deadline);
        error.to_string()
    })?;
    if outcome.kind == OutcomeKind::OutOfStack {
        ctx.chain.conclude(depth, "max call depth exceeded");
    }
    let mut result = concluded(gas, outcome);
    if result.result.is_ok() {
        result.gas.record_refund(refund);
    }
    Ok(result)
}

/// Gas before the first instruction: pages and start-up (host 6.1 step 3).
fn start_cost(
    ctx: &mut Context,
    params: &StylusParams,
    record: &ProgramRecord,
    code_hash: B256,
) -> u64 {
    let session = &mut ctx.chain;
    let was_called = session.program_cache.visit(
        session.rules.arbos_version,
        params.block_cache_size,
        code_hash,
    );
    let start = InitGas::of(params, record).charge(record.is_cached || was_called);
    page_gas(record.footprint, session.pages, page_params(params)).saturating_add(start)
}

const fn page_params(params: &StylusParams) -> PageParams {
    PageParams { free_pages: params.free_pages, page_gas: params.page_gas }
}

/// The compiled program, which is known by what its activation said of the module: the code of a
/// root program does not tell what was in its fragments, and a call may pretend others.
fn load(
    ctx: &mut Context,
    code_hash: B256,
    code: &Bytes,
    params: &StylusParams,
) -> Result<Arc<CompiledProgram>, String> {
    let config = LoadConfig { stylus_version: params.version, debug_chain: true };
    let shared = Arc::clone(&ctx.chain.shared);
    let activated = ArbosState::open(&mut Ledger(ctx)).module_hash(code_hash);
    // Records that were written by hand may have none.
    let id = if activated.is_zero() { code_hash } else { activated };
    if let Some(program) = shared.engine.cached(id, config) {
        return Ok(program);
    }
    // The owner may have lowered the limit since the activation; what is active stays callable.
    let module = module(ctx, code, params.max_wasm_size.max(MOST_MODULE_BYTES))
        .map_err(|error| format!("an active program cannot be decompressed: {error}"))?;
    let is_root = CodeKind::of(code) == Some(CodeKind::Root);
    if is_root && module_hash(&module, code_hash, params.version) != activated {
        return Err("the fragments of an active program are not those of its activation".to_owned());
    }
    if ctx.chain.defers_compiling {
        shared.defer(id, module, config);
        ctx.chain.deferred = Some(id);
        return Err("the program has yet to be compiled".to_owned());
    }
    shared.engine.load(id, &module, config).map_err(|error| error.to_string())
}

/// The WASM module behind deployed code; of a root program from its fragments.
fn module(ctx: &mut Context, code: &Bytes, max_len: u32) -> Result<Vec<u8>, CodeError> {
    match parse(code)? {
        StylusCode::Root(root) => {
            let mut ledger = Ledger(ctx);
            let codes: Vec<Bytes> = root.fragments.iter().map(|&at| ledger.code(at)).collect();
            root.module(codes.iter().map(AsRef::as_ref), max_len)
        }
        StylusCode::Classic { .. } | StylusCode::Fragment(_) => classic_module(code, max_len),
    }
}

fn run_context(ctx: &Context, inputs: &CallInputs, params: &StylusParams) -> RunContext {
    let session = &ctx.chain;
    RunContext {
        arbos_version: session.rules.arbos_version,
        ink_price: params.ink_price,
        max_stack_depth: params.max_stack_depth,
        pages: page_params(params),
        max_code_size: session.rules.priced_code_size(),
        contract_address: inputs.target_address,
        msg_sender: inputs.caller,
        msg_value: inputs.value.get(),
        is_static: inputs.is_static,
        is_reentrant: session.is_reentered(inputs.target_address),
        tx_origin: session.tx.origin,
        tx_gas_price: session.message_price,
        chain_id: session.rules.chain_id(),
        // What the opcodes answer, also where a call pretends another block.
        l1_block_number: ctx.block.number.saturating_to(),
        block_timestamp: session.block.timestamp,
        block_gas_limit: ctx.block.gas_limit,
        block_basefee: session.visible_base_fee,
        block_coinbase: session.block.coinbase,
        trace: session.watch.tracer.is_some(),
        deadline: session.deadline,
    }
}

/// Maps the outcome (host 8) and applies the return-data floor (host 6.4).
fn concluded(gas: u64, outcome: RunOutcome) -> InterpreterResult {
    let (result, left) = match outcome.kind {
        OutcomeKind::Success => (InstructionResult::Return, outcome.gas_left),
        OutcomeKind::Revert | OutcomeKind::Failure => (InstructionResult::Revert, outcome.gas_left),
        OutcomeKind::OutOfInk => return ended(InstructionResult::OutOfGas, gas, 0, Bytes::new()),
        OutcomeKind::OutOfStack => {
            return ended(InstructionResult::PrecompileError, gas, 0, Bytes::new());
        }
    };
    let words = outcome.output.len().div_ceil(32) as u64;
    let floor = 3 * words + words * words / 512;
    match gas.checked_sub(floor) {
        Some(most) => ended(result, gas, left.min(most), outcome.output.into()),
        None => ended(InstructionResult::OutOfGas, gas, 0, Bytes::new()),
    }
}

/// The chain as one running program sees it.
struct ProgramFrame<'a> {
    ctx: &'a mut Context,
    inputs: &'a CallInputs,
    depth: usize,
    refund: i64,
    ink_price: u32,
    calldata: Bytes,
}

impl ProgramFrame<'_> {
    const fn acting(&self) -> Address {
        self.inputs.target_address
    }

    /// Code of a callee, through a delegation if there is one (EIP-7702), with its hash. Nothing is
    /// charged for the delegation, and the delegate stays as cold as it was (host 4.2).
    fn callee_code(&mut self, target: Address) -> (B256, revm::bytecode::Bytecode) {
        let mut ledger = Ledger(self.ctx);
        let (hash, code) = ledger.bytecode(target);
        code.eip7702_address().map_or((hash, code), |delegate| ledger.bytecode(delegate))
    }

    fn call_inputs(&mut self, request: CallRequest) -> CallInputs {
        let known_bytecode = self.callee_code(request.target);
        let acting = self.acting();
        let (target_address, caller, value, scheme) = match request.kind {
            CallKind::Call => {
                (request.target, acting, CallValue::Transfer(request.value), CallScheme::Call)
            }
            CallKind::Static => {
                (request.target, acting, CallValue::Transfer(U256::ZERO), CallScheme::StaticCall)
            }
            CallKind::Delegate => (
                acting,
                self.inputs.caller,
                CallValue::Apparent(self.inputs.value.get()),
                CallScheme::DelegateCall,
            ),
        };
        CallInputs {
            input: CallInput::Bytes(request.input),
            return_memory_offset: 0..0,
            gas_limit: request.gas,
            reservoir: 0,
            bytecode_address: request.target,
            known_bytecode,
            target_address,
            caller,
            value,
            scheme,
            is_static: self.inputs.is_static || request.kind == CallKind::Static,
            charged_new_account_state_gas: false,
        }
    }

    /// Gas that an ended frame gives back; its refund becomes this frame's if it succeeded.
    const fn settle(&mut self, result: &InterpreterResult) -> u64 {
        if result.result.is_ok() {
            self.refund += result.gas.refunded();
        }
        if result.result.is_ok_or_revert() { result.gas.remaining() } else { 0 }
    }
}

/// Return data: of success and revert only.
fn return_data(result: &InterpreterResult) -> Bytes {
    if result.result.is_ok_or_revert() { result.output.clone() } else { Bytes::new() }
}

impl EvmApi for ProgramFrame<'_> {
    fn storage_load(&mut self, slot: B256) -> Result<SlotRead, ApiError> {
        let word = self.ctx.journaled_state.sload(self.acting(), slot.into())?;
        Ok(SlotRead { value: word.data.into(), was_cold: word.is_cold })
    }

    fn storage_store(&mut self, slot: B256, value: B256) -> Result<SlotState, ApiError> {
        let stored = self.ctx.journaled_state.sstore(self.acting(), slot.into(), value.into())?;
        Ok(SlotState {
            original: stored.data.original_value.into(),
            current: stored.data.present_value.into(),
            was_cold: stored.is_cold,
        })
    }

    fn transient_load(&mut self, slot: B256) -> Result<B256, ApiError> {
        Ok(self.ctx.journaled_state.tload(self.acting(), slot.into()).into())
    }

    fn transient_store(&mut self, slot: B256, value: B256) -> Result<(), ApiError> {
        self.ctx.journaled_state.tstore(self.acting(), slot.into(), value.into());
        Ok(())
    }

    fn warm_account(&mut self, address: Address) -> Result<bool, ApiError> {
        Ok(self.ctx.journaled_state.load_account(address)?.is_cold)
    }

    fn account_is_empty(&mut self, address: Address) -> Result<bool, ApiError> {
        Ok(self.ctx.journaled_state.load_account(address)?.info.is_empty())
    }

    fn account_balance(&mut self, address: Address) -> Result<U256, ApiError> {
        Ok(Ledger(self.ctx).balance(address))
    }

    fn account_code_hash(&mut self, address: Address) -> Result<B256, ApiError> {
        Ok(Ledger(self.ctx).code_hash(address))
    }

    fn account_code(&mut self, address: Address) -> Result<Bytes, ApiError> {
        Ok(Ledger(self.ctx).code(address))
    }

    fn call(&mut self, request: CallRequest) -> Result<CallResult, ApiError> {
        let inputs = self.call_inputs(request);
        let frame = FrameInput::Call(Box::new(inputs));
        let FrameResult::Call(outcome) = run_nested(self.ctx, frame, self.depth)? else {
            return Err("a call did not end as a call".into());
        };
        let gas_left = self.settle(&outcome.result);
        Ok(CallResult {
            success: outcome.result.result.is_ok(),
            gas_left,
            return_data: return_data(&outcome.result),
        })
    }

    fn create(&mut self, request: CreateRequest) -> Result<CreateResult, ApiError> {
        let scheme = request
            .salt
            .map_or(CreateScheme::Create, |salt| CreateScheme::Create2 { salt: salt.into() });
        let inputs = CreateInputs::new(
            self.acting(),
            scheme,
            request.endowment,
            request.init_code,
            request.gas,
            0,
        );
        let frame = FrameInput::Create(Box::new(inputs));
        let FrameResult::Create(outcome) = run_nested(self.ctx, frame, self.depth)? else {
            return Err("a creation did not end as a creation".into());
        };
        let gas_left = self.settle(&outcome.result);
        let is_revert = outcome.result.result == InstructionResult::Revert;
        Ok(CreateResult {
            address: outcome.address.filter(|_| outcome.result.result.is_ok()),
            gas_left,
            return_data: if is_revert { outcome.result.output } else { Bytes::new() },
        })
    }

    fn emit_log(&mut self, topics: Vec<B256>, data: Bytes) -> Result<(), ApiError> {
        let data = LogData::new_unchecked(topics, data);
        let log = Log { address: self.acting(), data };
        trace::log(self.ctx, &log);
        self.ctx.journaled_state.log(log);
        Ok(())
    }

    fn add_refund(&mut self, gas: i64) {
        self.refund += gas;
    }

    fn pages(&self) -> Pages {
        self.ctx.chain.pages
    }

    fn set_pages(&mut self, pages: Pages) {
        self.ctx.chain.pages = pages;
    }

    fn console(&mut self, line: &str) {
        eprintln!("console: {}", line.escape_debug());
    }

    fn trace(&mut self, call: HostCall) {
        let frame = HostFrame {
            depth: self.depth,
            address: self.acting(),
            caller: self.inputs.caller,
            value: self.inputs.value.get(),
            input: self.calldata.clone(),
            ink_price: self.ink_price,
        };
        trace::host_call(self.ctx, &frame, &call);
    }

    fn trace_overflowed(&mut self) {
        trace::overflowed(self.ctx);
    }
}
