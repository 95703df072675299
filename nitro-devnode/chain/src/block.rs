//! Blocks, transactions and receipts as the chain keeps them.

use std::fmt::Display;

use alloy_consensus::{Header, TxEnvelope};
use alloy_eips::eip2718::{Decodable2718, Encodable2718};
use alloy_primitives::{Address, B256, Bloom, Bytes, Log, keccak256};
use alloy_rlp::{Decodable, Encodable};
use devnode_arbos::start_block;

use crate::SendError;

/// A sealed block.
#[derive(Debug)]
pub struct Block {
    /// The header with Arbitrum's members in `mixHash` and `extraData` (devnode.md 2.2).
    pub header: Header,
    /// Hash of the header.
    pub hash: B256,
    /// Bytes of the block in RLP.
    pub size: u64,
    /// The internal transaction first, then those of users.
    pub transactions: Vec<Transaction>,
    /// One for each transaction, in their order.
    pub receipts: Vec<Receipt>,
}

/// A transaction in a block.
#[derive(Debug)]
pub struct Transaction {
    /// Its hash.
    pub hash: B256,
    /// The account that sent it.
    pub from: Address,
    /// What it says.
    pub body: Body,
    raw: Bytes,
}

/// The two kinds of transactions that occur here.
#[derive(Debug)]
pub enum Body {
    /// Signed by a user: types 0, 1, 2 and 4.
    Signed(Box<TxEnvelope>),
    /// The internal transaction of type 0x6a that starts a block (devnode.md 2.3).
    Internal {
        /// Its calldata.
        data: Bytes,
    },
}

/// How a transaction ended.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Whether it succeeded.
    pub succeeded: bool,
    /// Gas used after refunds, the L1 part included.
    pub gas_used: u64,
    /// The L1 part.
    pub gas_used_for_l1: u64,
    /// Gas used in the block up to here.
    pub cumulative_gas_used: u64,
    /// The contract that it created.
    pub contract_address: Option<Address>,
    /// Price paid per gas in wei: the base fee, with the tip where the chain collects tips.
    pub effective_gas_price: u128,
    /// Its logs in order.
    pub logs: Vec<Log>,
    /// The bloom filter of its logs.
    pub bloom: Bloom,
}

impl Block {
    /// The block with its state root, which is known only when its changes have been written.
    pub(crate) fn with_state_root(mut self, state_root: B256) -> Self {
        self.header.state_root = state_root;
        self.hash = self.header.hash_slow();
        self
    }
}

impl Transaction {
    /// The canonical bytes: type byte and RLP; plain RLP for legacy transactions.
    #[must_use]
    pub fn encoded(&self) -> Bytes {
        self.raw.clone()
    }

    /// Type byte (EIP-2718); 0 for legacy.
    #[must_use]
    pub fn type_byte(&self) -> u8 {
        match &self.body {
            Body::Signed(signed) => signed.tx_type() as u8,
            Body::Internal { .. } => start_block::TX_TYPE,
        }
    }

    /// A transaction read back from its canonical bytes; the sender is told, not recovered.
    ///
    /// # Errors
    ///
    /// The bytes are no transaction of a type that occurs here.
    pub(crate) fn restored(raw: &[u8], from: Address) -> Result<Self, SendError> {
        let unreadable = |error: &dyn Display| SendError::Undecodable(format!("rlp: {error}"));
        if raw.first() == Some(&start_block::TX_TYPE) {
            let mut payload = &raw[1..];
            let mut fields = alloy_rlp::Header::decode_bytes(&mut payload, true)
                .map_err(|error| unreadable(&error))?;
            let mut read = || -> alloy_rlp::Result<_> {
                Ok((u64::decode(&mut fields)?, Bytes::decode(&mut fields)?))
            };
            let (chain_id, data) = read().map_err(|error| unreadable(&error))?;
            return Ok(Self::internal(chain_id, data));
        }
        let envelope = TxEnvelope::decode_2718_exact(raw).map_err(|error| unreadable(&error))?;
        Ok(Self::signed(envelope, from))
    }

    /// A user's transaction whose sender is known.
    pub(crate) fn signed(envelope: TxEnvelope, from: Address) -> Self {
        let raw = envelope.encoded_2718().into();
        let hash = *envelope.tx_hash();
        Self { hash, from, body: Body::Signed(Box::new(envelope)), raw }
    }

    /// The start-block transaction of a chain with this calldata: `0x6a ‖ rlp([chain id, data])`.
    pub(crate) fn internal(chain_id: u64, data: Bytes) -> Self {
        let mut payload = Vec::with_capacity(data.len() + 16);
        chain_id.encode(&mut payload);
        data.encode(&mut payload);
        let mut raw = vec![start_block::TX_TYPE];
        alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut raw);
        raw.extend_from_slice(&payload);
        let (hash, raw) = (keccak256(&raw), Bytes::from(raw));
        // The calldata is the end of the payload: one piece of memory holds both.
        let data = raw.slice(raw.len() - data.len()..);
        Self { hash, from: start_block::SENDER, body: Body::Internal { data }, raw }
    }
}

impl Receipt {
    /// Consensus bytes: type byte ‖ RLP; Arbitrum's extra members are not part of them.
    #[must_use]
    pub fn encoded(&self, type_byte: u8) -> Vec<u8> {
        let mut payload = Vec::with_capacity(512);
        self.succeeded.encode(&mut payload);
        self.cumulative_gas_used.encode(&mut payload);
        self.bloom.encode(&mut payload);
        self.logs.encode(&mut payload);
        let mut encoded = if type_byte == 0 { Vec::new() } else { vec![type_byte] };
        alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut encoded);
        encoded.extend_from_slice(&payload);
        encoded
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::b256;
    use devnode_arbos::start_block::StartBlock;

    use super::*;

    #[test]
    fn the_start_block_transaction_has_the_hash_of_the_specification() {
        let start = StartBlock {
            block_number: 1,
            l1_block_number: 0,
            seconds_passed: 1_700_000_000,
            parent_hash: B256::ZERO,
        };

        let transaction = Transaction::internal(412_346, start.calldata());

        // devnode.md 2.3
        let expected = b256!("e46acbd01339fc09d60d4823ed2931537502ba3405c34bc80430af5a1db60750");
        assert_eq!(transaction.hash, expected);
    }
}
