//! Block 0, and the transactions that the stock script sends (devnode.md 1.4, 1.9).

use std::sync::Arc;

use alloy_consensus::{Header, SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, b256, hex};
use alloy_sol_types::{SolCall, sol};
use devnode_arbos::{
    ArbosState, Backend, BlockContext,
    address::{ARB_DEBUG, ARB_OWNER, DEV_ACCOUNT, SEQUENCER},
    genesis::{self, Genesis, INITIAL_BASE_FEE},
};
use k256::ecdsa::SigningKey;
use parking_lot::RwLock;
use revm::context_interface::JournalTr;

use crate::{
    Block, Chain, ChainConfig, NewError, SendError,
    evm::{Ledger, Rules, Session, Shared, context},
    production::{commit, mix_hash, next_state_root, seal, send_root},
    view::View,
    world::World,
};

sol! {
    function becomeChainOwner();
    function setL1PricePerUnit(uint256 price);
    function addWasmCacheManager(address manager);
}

/// Key of the dev account, which everybody knows.
const DEV_KEY: B256 = b256!("b6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659");
/// Sender of the keyless transaction below.
const FACTORY_DEPLOYER: Address = address!("3fab184622dc19b6109349b94811493bf2a45362");
/// The keyless transaction that creates the CREATE2 factory (public, devnode.md 1.9).
const FACTORY_TRANSACTION: [u8; 167] = hex!(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222"
);
/// Gas limit of each bootstrap transaction: the first pays an L1 part of about a million.
const GAS_LIMIT: u64 = 5_000_000;
/// One ether in wei.
const ETHER: u64 = 1_000_000_000_000_000_000;
/// Bytes of the stock cache manager's runtime, and where its own address stands (devnode.md 1.10).
const MANAGER_SIZE: u16 = 7_452;
const MANAGER_ADDRESS_OFFSET: u16 = 0x526;

/// Writes the genesis state and makes block 0.
pub(crate) fn genesis(
    config: &ChainConfig,
    shared: &Arc<Shared>,
    rules: &Arc<Rules>,
    world: &Arc<RwLock<World>>,
) -> Block {
    let block = BlockContext { base_fee: U256::from(INITIAL_BASE_FEE), ..BlockContext::default() };
    let session = Session::new(Arc::clone(shared), Arc::clone(rules), block);
    let env = rules.block_env(0, INITIAL_BASE_FEE, SEQUENCER);
    let mut ctx = context(View::of(Arc::clone(world), 0), env, session);
    let start = Genesis {
        arbos_version: config.arbos_version,
        chain_id: config.chain_id,
        chain_config: chain_config(config).into_bytes(),
        ..Genesis::default()
    };
    genesis::initialise(&mut ArbosState::open(&mut Ledger(&mut ctx)), &start);
    for &(account, balance) in &config.balances {
        Ledger(&mut ctx).mint(account, balance);
    }
    let (mix_hash, extra_data) = (mix_hash(&mut ctx), send_root(&mut ctx));
    ctx.journaled_state.commit_tx();
    let state = ctx.journaled_state.finalize();
    commit(&mut world.write(), &state, 0);
    let draft = Header {
        state_root: next_state_root(B256::ZERO, &state),
        base_fee_per_gas: Some(INITIAL_BASE_FEE),
        mix_hash,
        extra_data,
        ..Header::default()
    };
    seal(draft, Vec::new(), Vec::new())
}

/// The chain configuration as ArbOS stores it (devnode.md 1.4).
fn chain_config(config: &ChainConfig) -> String {
    let forks = [
        "homestead",
        "eip150",
        "eip155",
        "eip158",
        "byzantium",
        "constantinople",
        "petersburg",
        "istanbul",
        "muirGlacier",
        "berlin",
        "london",
    ];
    let forks: Vec<String> = forks.iter().map(|fork| format!("\"{fork}Block\":0")).collect();
    format!(
        "{{\"chainId\":{},{},\"daoForkBlock\":null,\"daoForkSupport\":true,\"clique\":{{\"period\":0,\
         \"epoch\":0}},\"arbitrum\":{{\"EnableArbOS\":true,\"AllowDebugPrecompiles\":true,\
         \"DataAvailabilityCommittee\":false,\"InitialArbOSVersion\":{},\"InitialChainOwner\":\
         \"0x0000000000000000000000000000000000000000\",\"GenesisBlockNum\":0}}}}",
        config.chain_id,
        forks.join(","),
        config.arbos_version
    )
}

/// Sends the transactions of the stock script, through the ordinary path.
///
/// # Errors
///
/// A transaction is refused.
pub(crate) fn run(chain: &Chain) -> Result<(), NewError> {
    let dev = Dev { chain, key: SigningKey::from_bytes(&DEV_KEY.0.into()).expect("a valid key") };
    let manager = DEV_ACCOUNT.create(3);
    dev.call("becomeChainOwner", ARB_DEBUG, becomeChainOwnerCall {}.abi_encode())?;
    let free = setL1PricePerUnitCall { price: U256::ZERO };
    dev.call("setL1PricePerUnit", ARB_OWNER, free.abi_encode())?;
    dev.send("fund the factory's deployer", TxKind::Call(FACTORY_DEPLOYER), ETHER, Vec::new())?;
    chain
        .send_raw(&FACTORY_TRANSACTION)
        .map_err(|source| NewError::Bootstrap { step: "CREATE2 factory", source })?;
    dev.send("cache manager", TxKind::Create, 0, manager_init_code(manager))?;
    let add = addWasmCacheManagerCall { manager };
    dev.call("addWasmCacheManager", ARB_OWNER, add.abi_encode())
}

/// Init code of what the stock script leaves at the cache manager's address: zeros with the address
/// itself at one place. Every call of it succeeds and returns nothing.
fn manager_init_code(manager: Address) -> Vec<u8> {
    let [size_high, size_low] = MANAGER_SIZE.to_be_bytes();
    let [place_high, place_low] = MANAGER_ADDRESS_OFFSET.to_be_bytes();
    // PUSH20 manager, PUSH2 place, MSTORE, PUSH2 size, PUSH1 0, RETURN
    let mut code = vec![0x73];
    code.extend_from_slice(manager.as_slice());
    code.extend_from_slice(&[0x61, place_high, place_low, 0x52]);
    code.extend_from_slice(&[0x61, size_high, size_low, 0x60, 0x00, 0xf3]);
    code
}

/// The dev account at work.
struct Dev<'a> {
    chain: &'a Chain,
    key: SigningKey,
}

impl Dev<'_> {
    fn call(&self, step: &'static str, to: Address, input: Vec<u8>) -> Result<(), NewError> {
        self.send(step, TxKind::Call(to), 0, input)
    }

    fn send(
        &self,
        step: &'static str,
        to: TxKind,
        value: u64,
        input: Vec<u8>,
    ) -> Result<(), NewError> {
        let raw = self.sign(TxEip1559 {
            chain_id: self.chain.chain_id(),
            nonce: self.chain.nonce(DEV_ACCOUNT, self.chain.head_number()),
            gas_limit: GAS_LIMIT,
            max_fee_per_gas: 2 * u128::from(INITIAL_BASE_FEE),
            max_priority_fee_per_gas: 0,
            to,
            value: U256::from(value),
            access_list: Default::default(),
            input: Bytes::from(input),
        });
        let sent: Result<B256, SendError> = self.chain.send_raw(&raw);
        sent.map(drop).map_err(|source| NewError::Bootstrap { step, source })
    }

    fn sign(&self, transaction: TxEip1559) -> Vec<u8> {
        let hash = transaction.signature_hash();
        let (signature, recovery) = self
            .key
            .sign_prehash_recoverable(hash.as_slice())
            .expect("a hash of 32 bytes can be signed");
        let signature = Signature::from_signature_and_parity(signature, recovery.is_y_odd());
        TxEnvelope::Eip1559(transaction.into_signed(signature)).encoded_2718()
    }
}
