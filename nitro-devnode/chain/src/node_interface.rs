//! Calls of the two virtual contracts that the node itself answers (devnode.md 4.13).

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolEvent, sol};
use devnode_arbos::{
    ArbosState,
    address::ARB_SYS,
    node_interface::{self, DescribedTx, NodeError, NodeHost},
    pricing::l1::Measure,
};

use crate::{
    AccountOverride, BlockOverrides, CallError, CallRequest, Chain, StateOverrides, estimate,
    evm::Ledger,
    simulation::{Stage, synthetic},
};

sol! {
    event L2ToL1Tx(address caller, address indexed destination, uint256 indexed hash, uint256 indexed position, uint256 arbBlockNum, uint256 ethBlockNum, uint256 timestamp, uint256 callvalue, bytes data);
}

/// The answer, if the call is to one of the two.
pub(crate) fn answer(
    chain: &Chain,
    stage: &Stage,
    request: &CallRequest,
) -> Option<Result<Bytes, CallError>> {
    let to = request.to.filter(|to| node_interface::is_node_interface(*to))?;
    let mut ctx = stage.context(stage.block.base_fee, &BlockOverrides::default());
    let mut host = Host { chain, stage, request, ledger: Ledger(&mut ctx) };
    let answered = node_interface::answer(to, &request.input, request.value, &mut host);
    Some(answered.map_err(|error| match error {
        NodeError::Reverted => {
            CallError::Reverted { message: error.to_string(), data: Bytes::new() }
        }
        NodeError::RevertedWith { data, text } => CallError::Reverted { message: text, data },
        NodeError::Message(text) => CallError::Failed(text),
    }))
}

/// The redeem of the ticket that an estimate describes, and the accounts that it then sees: the
/// message from L1 has brought the deposit. It pays no L1 part, as nobody posts it.
pub(crate) fn redeem(
    stage: &Stage,
    request: &CallRequest,
    state: &StateOverrides,
) -> Option<(CallRequest, StateOverrides)> {
    let ticket = node_interface::described_ticket(request.to?, &request.input)?;
    let funded = stage.balance(ticket.sender).saturating_add(ticket.deposit);
    let mut state = state.clone();
    match state.iter_mut().find(|(account, _)| *account == ticket.sender) {
        Some((_, change)) => change.balance = Some(funded),
        None => {
            let change = AccountOverride { balance: Some(funded), ..AccountOverride::default() };
            state.push((ticket.sender, change));
        }
    }
    let redeem = CallRequest {
        from: ticket.sender,
        to: ticket.to,
        gas: request.gas,
        value: ticket.value,
        input: ticket.data,
        skip_l1_charging: true,
        ..CallRequest::default()
    };
    Some((redeem, state))
}

/// The node, on the block that the call runs on.
struct Host<'a> {
    chain: &'a Chain,
    stage: &'a Stage,
    request: &'a CallRequest,
    ledger: Ledger<'a>,
}

impl Host<'_> {
    /// The described transaction, with sender, value and prices of the call.
    fn request(&self, described: &DescribedTx) -> CallRequest {
        CallRequest {
            to: described.to,
            input: described.data.clone(),
            gas: None,
            ..self.request.clone()
        }
    }
}

impl NodeHost for Host<'_> {
    fn estimate_gas(&mut self, tx: &DescribedTx) -> Result<u64, NodeError> {
        let estimated =
            estimate::estimate(self.stage, &self.request(tx), &BlockOverrides::default());
        estimated.map_err(|error| match error {
            CallError::Reverted { message, data } => {
                NodeError::RevertedWith { data, text: message }
            }
            CallError::Failed(text) => NodeError::Message(text),
        })
    }

    fn encode_synthetic(&mut self, tx: &DescribedTx) -> Vec<u8> {
        synthetic(&self.request(tx), Measure::Estimate)
    }

    fn state(&mut self) -> ArbosState<'_> {
        ArbosState::open(&mut self.ledger)
    }

    fn base_fee(&self) -> U256 {
        self.stage.block.base_fee
    }

    fn latest_block(&self) -> u64 {
        self.chain.head_number()
    }

    fn l1_block_of(&self, number: u64) -> Option<u64> {
        self.chain.block(number).map(|block| block.l1_number())
    }

    fn has_block(&self, hash: B256) -> bool {
        self.chain.block_by_hash(hash).is_some()
    }

    fn sent_messages(&self) -> Vec<B256> {
        let is_sent = |address: Address, topics: &[B256]| {
            address == ARB_SYS && topics.first() == Some(&L2ToL1Tx::SIGNATURE_HASH)
        };
        (0..=self.chain.head_number())
            .filter_map(|number| self.chain.block(number))
            .flat_map(|block| {
                let logs = block.receipts.iter().flat_map(|receipt| &receipt.logs);
                let sent = logs.filter(|log| is_sent(log.address, log.topics()));
                sent.filter_map(|log| log.topics().get(2).copied()).collect::<Vec<_>>()
            })
            .collect()
    }
}
