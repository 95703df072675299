//! Block 0 (devnode.md 1.4), and the transactions that the stock script sends after it.

mod contracts;
mod script;

use std::sync::Arc;

use alloy_consensus::Header;
use alloy_primitives::U256;
use devnode_arbos::{
    ArbosState, Backend, BlockContext,
    address::SEQUENCER,
    genesis::{self, Genesis, INITIAL_BASE_FEE},
};
use parking_lot::RwLock;
use revm::context_interface::JournalTr;

pub(crate) use script::run;

use crate::{
    Block, Bootstrap, ChainConfig,
    evm::{Ledger, Rules, Session, Shared, context},
    production::{commit, mix_hash, seal, send_root},
    trie::StateTrie,
    view::View,
    world::World,
};

/// Writes the genesis state and makes block 0.
pub(crate) fn genesis(
    config: &ChainConfig,
    shared: &Arc<Shared>,
    rules: &Arc<Rules>,
    world: &Arc<RwLock<World>>,
    trie: &mut StateTrie,
) -> Block {
    let base_fee = U256::from(INITIAL_BASE_FEE);
    let block = BlockContext { base_fee, coinbase: SEQUENCER, ..BlockContext::default() };
    let session = Session::new(Arc::clone(shared), Arc::clone(rules), block);
    let env = rules.block_env(&block, base_fee);
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
    if config.bootstrap == Bootstrap::Devnode {
        contracts::reserve_deployer(&mut Ledger(&mut ctx));
    }
    let (mix_hash, extra_data) = (mix_hash(&mut ctx), send_root(&mut ctx));
    ctx.journaled_state.commit_tx();
    let state = ctx.journaled_state.finalize();
    commit(&mut world.write(), &state, 0);
    let draft = Header {
        state_root: trie.catch_up(world),
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
