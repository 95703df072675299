//! What a block or a call carries along besides the journal.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use alloy_primitives::{Address, B256, U256, keccak256};
use devnode_arbos::{BlockContext, TxContext, programs::BlockProgramCache};
use devnode_stylus::{Activation, ActivationConfig, ActivationError, Engine, LoadConfig, Pages};
use parking_lot::{Mutex, RwLock};

use super::Rules;
use crate::trace::Watch;

/// What all blocks and calls of a chain share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    /// Hashes of all blocks, by number.
    hashes: RwLock<Vec<B256>>,
    activations: Mutex<HashMap<B256, RememberedActivation>>,
    is_compiling_ahead: AtomicBool,
    /// By module hash: what ended an attempt to build a block.
    deferred: Mutex<HashMap<B256, Deferred>>,
    /// By `r ‖ s ‖ v`: whom ecrecover is to find behind a signature, whatever was signed.
    pretended_signers: RwLock<HashMap<[u8; 65], Address>>,
}

/// Estimating an activation runs it several times; the result and its price never differ.
#[derive(Debug, Clone)]
struct RememberedActivation {
    activation: Arc<Activation>,
    gas: u64,
}

/// Activations remembered at most; each holds a module of at most a few hundred kilobytes.
const MOST_ACTIVATIONS: usize = 64;

impl Shared {
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,
            hashes: RwLock::default(),
            activations: Mutex::default(),
            is_compiling_ahead: AtomicBool::new(false),
            deferred: Mutex::default(),
            pretended_signers: RwLock::default(),
        }
    }

    /// Lets ecrecover find an account behind a signature.
    pub(crate) fn pretend_signer(&self, signature: [u8; 65], account: Address) {
        self.pretended_signers.write().insert(signature, account);
    }

    /// Lets ecrecover find nobody but who signed.
    pub(crate) fn forget_signers(&self) {
        self.pretended_signers.write().clear();
    }

    /// Whom ecrecover is to find, by its input: `hash ‖ v ‖ r ‖ s`, a word each.
    pub(super) fn pretended_signer(&self, input: &[u8]) -> Option<Address> {
        let signers = self.pretended_signers.read();
        if signers.is_empty() || input.get(32..63)?.iter().any(|byte| *byte != 0) {
            return None;
        }
        let mut signature = [0; 65];
        signature[..64].copy_from_slice(input.get(64..128)?);
        signature[64] = input[63];
        signers.get(&signature).copied()
    }

    /// Keeps the hash of the next block.
    pub(crate) fn remember_block(&self, hash: B256) {
        self.hashes.write().push(hash);
    }

    /// Forgets the hashes of all blocks after `number`.
    pub(crate) fn forget_blocks_after(&self, number: u64) {
        let kept = usize::try_from(number).unwrap_or(usize::MAX).saturating_add(1);
        self.hashes.write().truncate(kept);
    }

    /// Begins anew with these blocks.
    pub(crate) fn replace_blocks(&self, hashes: Vec<B256>) {
        *self.hashes.write() = hashes;
    }

    /// Hash of an L2 block, zero if there is none.
    pub(crate) fn block_hash(&self, number: u64) -> B256 {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        self.hashes.read().get(index).copied().unwrap_or_default()
    }

    /// As `devnode_stylus::activate`, remembering successes; the program is then compiled in the
    /// background, because calls of it will follow.
    pub(crate) fn activate(
        self: &Arc<Self>,
        module: &[u8],
        config: &ActivationConfig,
        gas: &mut u64,
    ) -> Result<Activation, ActivationError> {
        let key =
            keccak256([keccak256(module).as_slice(), format!("{config:?}").as_bytes()].concat());
        let known = self.activations.lock().get(&key).cloned();
        if let Some(known) = known
            && let Some(left) = gas.checked_sub(known.gas)
        {
            *gas = left;
            return Ok(Activation::clone(&known.activation));
        }
        let before = *gas;
        let activation = devnode_stylus::activate(module, config, gas)?;
        let remembered =
            RememberedActivation { activation: Arc::new(activation.clone()), gas: before - *gas };
        self.compile_ahead(Arc::clone(&remembered.activation), config);
        let mut activations = self.activations.lock();
        if activations.len() >= MOST_ACTIVATIONS {
            activations.clear();
        }
        activations.insert(key, remembered);
        Ok(activation)
    }

    /// Puts a program aside until [`compile_deferred`](Self::compile_deferred).
    pub(super) fn defer(&self, module_hash: B256, module: Vec<u8>, config: LoadConfig) {
        self.deferred.lock().insert(module_hash, Deferred { module, config });
    }

    /// Compiles a program that was put aside, unless somebody else has taken it.
    ///
    /// # Errors
    ///
    /// Why it does not compile.
    pub(crate) fn compile_deferred(&self, module_hash: B256) -> Result<(), String> {
        let Some(deferred) = self.deferred.lock().remove(&module_hash) else { return Ok(()) };
        let loaded = self.engine.load(module_hash, &deferred.module, deferred.config);
        loaded.map(drop).map_err(|error| error.to_string())
    }

    /// Compiles on a thread of its own, one program at a time: others wait for their first call, so
    /// that activations cannot fill the machine with threads.
    fn compile_ahead(self: &Arc<Self>, activation: Arc<Activation>, config: &ActivationConfig) {
        if self.is_compiling_ahead.swap(true, Ordering::AcqRel) {
            return;
        }
        let module_hash = activation.module_hash;
        let config =
            LoadConfig { stylus_version: config.stylus_version, debug_chain: config.debug_chain };
        let turn = Turn(Arc::clone(self));
        let compile = move || {
            // What does not compile says so to the first caller.
            drop(turn.0.engine.load_rewritten(module_hash, &activation.program, config));
        };
        // Without a thread the turn ends here.
        drop(std::thread::Builder::new().name("compile".to_owned()).spawn(compile));
    }
}

/// The turn of the one program that is compiled ahead; over when dropped, also by a panic.
struct Turn(Arc<Shared>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.is_compiling_ahead.store(false, Ordering::Release);
    }
}

/// A program that was met before it was compiled.
#[derive(Debug)]
struct Deferred {
    module: Vec<u8>,
    config: LoadConfig,
}

/// A frame on the stack. Precompiles open none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenFrame {
    pub(crate) caller: Address,
    pub(crate) acting: Address,
    /// False for DELEGATECALL and CALLCODE, which do not count for reentrancy (host 4.6).
    pub(crate) counts: bool,
}

/// The state of a block being built or a call being run that is not in the journal.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) shared: Arc<Shared>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) block: BlockContext,
    pub(crate) tx: TxContext,
    /// Price per gas that programs see, the tip included (host 1.5).
    pub(crate) message_price: U256,
    /// Base fee that code sees: 0 in calls without a price.
    pub(crate) visible_base_fee: U256,
    pub(crate) pages: Pages,
    pub(crate) open: Vec<OpenFrame>,
    pub(crate) program_cache: BlockProgramCache,
    /// When a call is given up; blocks take the time that they need.
    pub(crate) deadline: Option<Instant>,
    /// Whether that has happened.
    pub(crate) is_late: bool,
    /// Whether a program that has yet to be compiled ends the message.
    pub(crate) defers_compiling: bool,
    /// The module hash of that program.
    pub(crate) deferred: Option<B256>,
    /// What RPC answers say of the outermost frame's end, where the interpreter does not know.
    pub(crate) verdict: Option<String>,
    /// The tracer and what it needs.
    pub(crate) watch: Watch,
}

impl Session {
    pub(crate) fn new(shared: Arc<Shared>, rules: Arc<Rules>, block: BlockContext) -> Self {
        Self {
            shared,
            rules,
            block,
            tx: TxContext::default(),
            message_price: U256::ZERO,
            visible_base_fee: block.base_fee,
            pages: Pages::default(),
            open: Vec::new(),
            program_cache: BlockProgramCache::new(),
            deadline: None,
            is_late: false,
            defers_compiling: false,
            deferred: None,
            verdict: None,
            watch: Watch::default(),
        }
    }

    /// Prepares for the next transaction of the block.
    pub(crate) fn begin(&mut self, tx: TxContext, message_price: U256) {
        self.tx = tx;
        self.message_price = message_price;
        self.pages = Pages::default();
        self.open.clear();
        self.verdict = None;
    }

    /// Whether an address is the acting address of more than one open frame (host 4.6).
    pub(crate) fn is_reentered(&self, acting: Address) -> bool {
        self.open.iter().filter(|frame| frame.counts && frame.acting == acting).count() > 1
    }

    /// Says how the outermost frame ended, if this is it.
    pub(crate) fn conclude(&mut self, depth: usize, text: impl Into<String>) {
        let text = text.into();
        self.watch.explain(text.as_str());
        if depth == 1 {
            self.verdict = Some(text);
        }
    }
}
