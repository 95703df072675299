//! What the methods work on.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Signature, U256};
use devnode_chain::{Chain, Mining};
use k256::ecdsa::SigningKey;
use tokio::sync::watch;

use crate::filter_registry::FilterRegistry;
use crate::rpc::RpcError;

/// How the node answers; chosen before it starts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manner {
    /// Exactly as Nitro: no conveniences, no answer where Nitro has none.
    pub(crate) is_strict: bool,
    /// The namespaces that are served; `None` serves all.
    pub(crate) namespaces: Option<BTreeSet<String>>,
    /// When blocks are made.
    pub(crate) mining: Mining,
    /// Whether transactions may be sent in anybody's name from the start.
    pub(crate) impersonates_everybody: bool,
    /// What the node calls itself, if not as Nitro does.
    pub(crate) client_version: Option<String>,
    /// Keys that the node signs with.
    pub(crate) keys: HashMap<Address, SigningKey>,
    /// The least base fee in wei, if not ArbOS's own.
    pub(crate) min_base_fee: Option<u128>,
    /// The compute gas of a block, if not ArbOS's own.
    pub(crate) block_gas_limit: Option<u64>,
    /// Time between the starts of two blocks (devnode.md section 2.1, rule 3).
    pub(crate) block_spacing: Duration,
}

/// The chain and what the server keeps beside it.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) chain: Arc<Chain>,
    pub(crate) filters: FilterRegistry,
    /// Turns with every new head.
    pub(crate) heads: watch::Receiver<u64>,
    /// Tells this run of the node from any other.
    pub(crate) instance: B256,
    pub(crate) manner: Manner,
    /// The miner by the clock listens here.
    pub(crate) interval: watch::Sender<Option<Duration>>,
    /// When the next block may start.
    pub(crate) pace: tokio::sync::Mutex<tokio::time::Instant>,
}

impl Context {
    /// Sets when blocks are made.
    pub(crate) fn set_mining(&self, mining: Mining) {
        self.chain.set_mining(mining);
        self.interval.send_replace(mining.interval);
    }

    /// Applies what was chosen about the chain before the start.
    pub(crate) fn start_as_configured(&self) {
        let manner = &self.manner;
        if let Some(wei) = manner.min_base_fee {
            self.start_at_price(wei);
        }
        if let Some(gas) = manner.block_gas_limit {
            self.chain.set_block_gas_limit(gas);
        }
        self.chain.impersonate_everybody(manner.impersonates_everybody);
        self.set_mining(manner.mining);
    }

    /// Sets the least base fee. Clients take the price from the newest block: an empty block tells
    /// it, or they would offer the old one for ever where the new one is higher.
    fn start_at_price(&self, wei: u128) {
        self.chain.set_min_base_fee(U256::from(wei));
        self.chain.set_next_base_fee(U256::from(wei));
        let head = self.chain.block(self.chain.head_number());
        let shown = head.and_then(|head| head.header.base_fee_per_gas).map(u128::from);
        if shown != Some(wei) {
            self.chain.mine();
        }
    }

    /// Whether a method of that namespace is served.
    pub(crate) fn serves(&self, namespace: &str) -> bool {
        // Nitro's dev mode serves these; `rpc` answers which they are.
        const STRICT: [&str; 7] = ["arb", "arbdebug", "debug", "eth", "net", "rpc", "web3"];
        match &self.manner.namespaces {
            Some(chosen) => namespace == "rpc" || chosen.contains(namespace),
            None => !self.manner.is_strict || STRICT.contains(&namespace),
        }
    }

    /// Whether the node has the key of an account.
    pub(crate) fn signs_for(&self, account: Address) -> bool {
        self.manner.keys.contains_key(&account)
    }

    /// Signs a hash with the key of an account.
    ///
    /// # Errors
    /// The node does not have the key.
    pub(crate) fn sign_hash(&self, account: Address, hash: B256) -> Result<Signature, RpcError> {
        let key = self.manner.keys.get(&account);
        let key = key.ok_or_else(|| RpcError::server("unknown account"))?;
        let signed = key.sign_prehash_recoverable(hash.as_slice());
        signed.map(Signature::from).map_err(|error| RpcError::internal(&error))
    }

    /// Signs a transaction; its canonical bytes.
    ///
    /// # Errors
    /// The node does not have the key.
    pub(crate) fn sign(
        &self,
        account: Address,
        transaction: TxEip1559,
    ) -> Result<Vec<u8>, RpcError> {
        let signature = self.sign_hash(account, transaction.signature_hash())?;
        Ok(TxEnvelope::from(transaction.into_signed(signature)).encoded_2718())
    }
}

/// A fresh id for a filter or a subscription: 16 random bytes.
pub(crate) fn fresh_id() -> String {
    let random = B256::random();
    alloy_primitives::hex::encode_prefixed(&random[..16])
}
