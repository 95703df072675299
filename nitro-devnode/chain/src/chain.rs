//! The chain as others use it.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use alloy_primitives::{Address, B256, Bytes, U256};
use devnode_arbos::{BlockContext, pricing::l1::Measure, version};
use devnode_stylus::{Engine, EngineConfig};
use parking_lot::{Mutex, RwLock};

use crate::{
    AccountProof, Block, BlockOverrides, Bootstrap, CallError, CallRequest, ChainConfig, NewError,
    SendError, StateOverrides, admission, bootstrap,
    comfort::{Comfort, Surroundings},
    estimate,
    evm::{Rules, Shared},
    node_interface,
    production::{self, Built, Parent},
    simulation::{self, GasChoice, Stage, output_of},
    trie::StateTrie,
    turns::{Progress, Turns},
    view::View,
    world::World,
};

/// Programs that are compiled outside of a block for one transaction; more are compiled inside.
const MOST_DEFERRALS: usize = 16;

/// Is told the number of each new head, after its receipts can be read.
pub type HeadListener = Box<dyn Fn(u64) + Send + Sync>;

/// A development chain in memory. All methods take `&self` and may be called from any thread;
/// reading is not held up by a running call or transaction.
pub struct Chain {
    chain_id: u64,
    max_code_size: usize,
    pub(crate) config: ChainConfig,
    pub(crate) shared: Arc<Shared>,
    pub(crate) world: Arc<RwLock<World>>,
    pub(crate) history: RwLock<History>,
    /// Held while a block is built: one at a time.
    pub(crate) sequencer: Mutex<()>,
    /// The trie of the newest state. Whoever locks it holds the sequencer.
    trie: Mutex<StateTrie>,
    pub(crate) rules: RwLock<Arc<Rules>>,
    listeners: RwLock<Vec<HeadListener>>,
    pub(crate) comfort: Comfort,
}

/// The blocks and where everything is in them.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) blocks: Vec<Arc<Block>>,
    numbers: HashMap<B256, u64>,
    /// Block number and position of each transaction.
    places: HashMap<B256, (u64, usize)>,
    pub(crate) turns: Turns,
}

impl History {
    pub(crate) fn append(&mut self, block: Arc<Block>) {
        let number = block.header.number;
        self.numbers.insert(block.hash, number);
        for (index, transaction) in block.transactions.iter().enumerate() {
            self.places.insert(transaction.hash, (number, index));
        }
        self.blocks.push(block);
    }

    /// Forgets every block after `number`; answers those that went.
    pub(crate) fn truncate(&mut self, number: u64) -> Vec<Arc<Block>> {
        let kept = usize::try_from(number).map_or(usize::MAX, |number| number.saturating_add(1));
        let gone: Vec<_> = self.blocks.drain(kept.min(self.blocks.len())..).collect();
        for block in &gone {
            self.numbers.remove(&block.hash);
            for transaction in &block.transactions {
                self.places.remove(&transaction.hash);
            }
        }
        gone
    }

    pub(crate) fn head(&self) -> &Arc<Block> {
        self.blocks.last().expect("a chain has its genesis block from the start")
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Chain")
            .field("chain_id", &self.chain_id)
            .field("head", &self.head_number())
            .finish_non_exhaustive()
    }
}

impl Chain {
    /// Makes a chain with its genesis block and carries out the bootstrap.
    ///
    /// # Errors
    ///
    /// An unknown ArbOS version; a WASM engine that does not start; a bootstrap that is refused.
    pub fn new(config: ChainConfig) -> Result<Self, NewError> {
        if !version::is_selectable(config.arbos_version) {
            return Err(NewError::ArbosVersion(config.arbos_version));
        }
        let shared = Arc::new(Shared::new(Engine::new(EngineConfig::default())?));
        let rules =
            Arc::new(Rules::new(config.arbos_version, config.chain_id, config.max_code_size));
        let world = Arc::new(RwLock::new(World::default()));
        let mut trie = StateTrie::default();
        let genesis = bootstrap::genesis(&config, &shared, &rules, &world, &mut trie);
        let chain = Self {
            chain_id: config.chain_id,
            max_code_size: config.max_code_size,
            shared,
            world,
            history: RwLock::default(),
            sequencer: Mutex::new(()),
            trie: Mutex::new(trie),
            rules: RwLock::new(rules),
            listeners: RwLock::default(),
            comfort: Comfort::starting(config.start_time, now()),
            config: config.clone(),
        };
        chain.append(Arc::new(genesis));
        if config.bootstrap == Bootstrap::Devnode {
            bootstrap::run(&chain)?;
        }
        Ok(chain)
    }

    /// The chain id.
    #[must_use]
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Number of the newest block.
    #[must_use]
    pub fn head_number(&self) -> u64 {
        self.history.read().head().header.number
    }

    /// A block by its number.
    #[must_use]
    pub fn block(&self, number: u64) -> Option<Arc<Block>> {
        let index = usize::try_from(number).ok()?;
        self.history.read().blocks.get(index).cloned()
    }

    /// A block by its hash.
    #[must_use]
    pub fn block_by_hash(&self, hash: B256) -> Option<Arc<Block>> {
        let number = *self.history.read().numbers.get(&hash)?;
        self.block(number)
    }

    /// The block that holds a transaction, and its position there.
    #[must_use]
    pub fn locate(&self, transaction: B256) -> Option<(Arc<Block>, usize)> {
        let (number, index) = *self.history.read().places.get(&transaction)?;
        Some((self.block(number)?, index))
    }

    /// Balance in wei after a block.
    #[must_use]
    pub fn balance(&self, account: Address, block: u64) -> U256 {
        self.world.read().info(account, block).map(|info| info.balance).unwrap_or_default()
    }

    /// Nonce after a block.
    #[must_use]
    pub fn nonce(&self, account: Address, block: u64) -> u64 {
        self.world.read().info(account, block).map(|info| info.nonce).unwrap_or_default()
    }

    /// Deployed code after a block, of a Stylus contract with its prefix.
    #[must_use]
    pub fn code(&self, account: Address, block: u64) -> Bytes {
        let world = self.world.read();
        let hash = world.info(account, block).map(|info| info.code_hash);
        hash.map(|hash| world.code(hash).original_bytes()).unwrap_or_default()
    }

    /// A storage word after a block.
    #[must_use]
    pub fn storage(&self, account: Address, slot: U256, block: u64) -> U256 {
        self.world.read().storage(account, slot, block)
    }

    /// Proves an account and slots of it against the state root of a block (EIP-1186); `None` for
    /// an unknown block.
    ///
    /// Of the newest block this costs what the proofs are long. Of an older one the whole trie is
    /// built anew, which takes about a second for a million slots.
    #[must_use]
    pub fn proof(&self, account: Address, slots: &[U256], block: u64) -> Option<AccountProof> {
        let turn = self.sequencer.lock();
        let head = self.head_number();
        if block >= head {
            return (block == head).then(|| self.proof_of_head(account, slots, head));
        }
        drop(turn);
        let world = self.world.read();
        Some(StateTrie::at(&world, block).prove(&world, account, slots, block))
    }

    /// Proves an account and slots of it on the newest block; the caller holds the sequencer.
    pub(crate) fn proof_of_head(
        &self,
        account: Address,
        slots: &[U256],
        head: u64,
    ) -> AccountProof {
        let mut trie = self.trie.lock();
        trie.catch_up(&self.world);
        trie.prove(&self.world.read(), account, slots, head)
    }

    /// The head, and the returns to older blocks after the first `turns_seen` of them.
    #[must_use]
    pub fn progress(&self, turns_seen: usize) -> Progress {
        let history = self.history.read();
        let turns = &history.turns;
        Progress {
            head: history.head().header.number,
            turns: turns.since(turns_seen).to_vec(),
            turn_count: turns.count(),
        }
    }

    /// Calls `listener` after each new block.
    pub fn on_head(&self, listener: HeadListener) {
        self.listeners.write().push(listener);
    }

    /// Includes a signed transaction in a block of its own; the receipt exists when this returns.
    /// With automine off the transaction waits for [`mine`](Self::mine) instead.
    ///
    /// # Errors
    ///
    /// The transaction is refused, with the text of devnode.md 2.7.
    pub fn send_raw(&self, raw: &[u8]) -> Result<B256, SendError> {
        let version = self.rules.read().arbos_version;
        self.submit(admission::decode(raw, self.chain_id, version)?, |_| Ok(()))
    }

    /// Runs a call on the state after a block, or, if `is_pending`, as if in the next one.
    ///
    /// # Errors
    ///
    /// Reverts and failures; `header not found` for an unknown block.
    pub fn call(
        &self,
        request: &CallRequest,
        block: u64,
        is_pending: bool,
        state: &StateOverrides,
        environment: &BlockOverrides,
    ) -> Result<Bytes, CallError> {
        let stage = self.stage_at(block, is_pending)?.pretending(state, environment);
        if let Some(answer) = node_interface::answer(self, &stage, request) {
            return answer;
        }
        let gas = GasChoice::of_call(request);
        let executed = stage.run(request, environment, gas, Measure::Call);
        output_of(executed.map_err(|refusal| refusal.of_call())?)
    }

    /// A gas limit with which the request succeeds.
    ///
    /// # Errors
    ///
    /// When there is none; `header not found` for an unknown block.
    pub fn estimate_gas(
        &self,
        request: &CallRequest,
        block: u64,
        is_pending: bool,
        state: &StateOverrides,
        environment: &BlockOverrides,
    ) -> Result<u64, CallError> {
        let stage = self.stage_at(block, is_pending)?.pretending(state, environment);
        if let Some((redeem, state)) = node_interface::redeem(&stage, request, state) {
            let stage = self.stage_at(block, is_pending)?.pretending(&state, environment);
            return estimate::estimate(&stage, &redeem, environment);
        }
        if let Some(Err(refused)) = node_interface::answer(self, &stage, request) {
            return Err(refused);
        }
        estimate::estimate(&stage, request, environment)
    }

    pub(crate) fn stage_at(&self, number: u64, is_pending: bool) -> Result<Stage, CallError> {
        let block =
            self.block(number).ok_or_else(|| CallError::Failed("header not found".to_owned()))?;
        let mut stage = self.stage(&block);
        if is_pending {
            let time = self.comfort.clock.lock().peek(stage.block.timestamp, now());
            stage.view = self.pending_view(&block);
            stage.block = simulation::pending(stage.block, time, self.next_surroundings(&block));
        }
        Ok(stage)
    }

    pub(crate) fn stage(&self, block: &Block) -> Stage {
        let header = &block.header;
        let Surroundings { l1_number, coinbase } = block.surroundings();
        Stage {
            view: View::of(Arc::clone(&self.world), header.number),
            shared: Arc::clone(&self.shared),
            rules: self.rules_of(block),
            block: BlockContext {
                number: header.number,
                l1_number,
                timestamp: header.timestamp,
                base_fee: U256::from(header.base_fee_per_gas.unwrap_or_default()),
                coinbase,
            },
        }
    }

    /// The rules after a block: its header names the ArbOS version.
    pub(crate) fn rules_of(&self, block: &Block) -> Arc<Rules> {
        let word: [u8; 8] =
            block.header.mix_hash[16..24].try_into().expect("eight bytes were taken");
        let version = u64::from_be_bytes(word);
        let current = Arc::clone(&self.rules.read());
        if current.arbos_version == version {
            return current;
        }
        Arc::new(Rules::new(version, self.chain_id, self.max_code_size))
    }

    /// Attempts to include a transaction. When it meets a program that has yet to be compiled, the
    /// attempt ends, the program is compiled while others may build blocks, and a new one begins.
    pub(crate) fn compiling_outside<T>(
        &self,
        mut signed: admission::Signed,
        mut attempt: impl FnMut(admission::Signed) -> Result<T, SendError>,
    ) -> Result<T, SendError> {
        for _ in 0..MOST_DEFERRALS {
            signed.defers_compiling = true;
            match attempt(signed.clone()) {
                Err(SendError::NotCompiled(module_hash)) => {
                    self.shared.compile_deferred(module_hash).map_err(SendError::Internal)?;
                }
                outcome => return outcome,
            }
        }
        signed.defers_compiling = false;
        attempt(signed)
    }

    /// Builds and appends the block of one transaction; the caller holds the sequencer.
    pub(crate) fn include(&self, signed: admission::Signed) -> Result<u64, SendError> {
        let head = Arc::clone(self.history.read().head());
        let timestamp = self.comfort.clock.lock().peek(head.header.timestamp, now());
        Ok(self.adopt(production::build(self.parent(&head), signed, timestamp)?))
    }

    /// What a block on top of `head` is built on.
    pub(crate) fn parent<'a>(&self, head: &'a Block) -> Parent<'a> {
        Parent {
            block: head,
            view: View::of(Arc::clone(&self.world), head.header.number),
            shared: Arc::clone(&self.shared),
            rules: self.rules_of(head),
            surroundings: self.next_surroundings(head),
        }
    }

    /// Makes a built block the head; the caller holds the sequencer. Answers its number.
    pub(crate) fn adopt(&self, built: Built) -> u64 {
        let (number, timestamp) = (built.block.header.number, built.block.header.timestamp);
        production::commit(&mut self.world.write(), &built.state, number);
        let state_root = self.trie.lock().catch_up(&self.world);
        let block = Arc::new(built.block.with_state_root(state_root));
        *self.rules.write() = self.rules_of(&block);
        self.append(block);
        self.comfort.clock.lock().advance(timestamp, now());
        number
    }

    /// Tells everybody who listens that `number` is the head.
    pub(crate) fn tell(&self, number: u64) {
        for listener in self.listeners.read().iter() {
            listener(number);
        }
    }

    fn append(&self, block: Arc<Block>) {
        self.shared.remember_block(block.hash);
        self.history.write().append(block);
    }
}

/// The wall clock in whole seconds.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
