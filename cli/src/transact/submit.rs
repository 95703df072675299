//! Sending, and waiting for the receipt.

use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::json;

use super::{Outstanding, Plan, Terms};
use crate::error::Error;
use crate::rpc::{Kind, NodeError, Receipt, RpcError};
use crate::session::Session;

/// First and longest pause between two looks for a receipt.
const POLL: (Duration, Duration) = (Duration::from_micros(500), Duration::from_millis(250));
/// Longest that the node is asked to hold the answer back, below the client's own time-out.
const MOST_SYNC: Duration = Duration::from_secs(10);
/// EIP-7966: sent, and not mined within the time given.
const SYNC_TIMEOUT: i64 = 4;

/// What became of a transaction that was handed over.
pub(super) enum Sent {
    /// The node has it, or may have it.
    Accepted { hash: B256, receipt: Option<Box<Receipt>> },
    /// It certainly was not taken: the block's price is above what it offers.
    PriceRose,
}

impl Session {
    /// Hands a signed transaction over.
    pub(super) async fn submit(
        &self,
        raw: Bytes,
        hash: B256,
        outstanding: &Outstanding,
    ) -> Result<Sent, Error> {
        self.screen.set_outstanding(Some(hash));
        self.screen.note(&format!("transaction {hash}"));
        self.screen.progress("pending");
        self.screen.doing("waiting for the transaction");
        match self.hand_over(&raw, hash).await {
            Ok(receipt) => Ok(Sent::Accepted { hash, receipt: receipt.map(Box::new) }),
            Err(refused) => {
                self.screen.set_outstanding(None);
                self.forget(hash);
                match refused.refusal().map(NodeError::kind) {
                    Some(Kind::FeeTooLow) => Ok(Sent::PriceRose),
                    Some(Kind::InsufficientFunds) => Err(self.no_funds(outstanding).await?),
                    _ => Err(refused.into()),
                }
            }
        }
    }

    /// Sends and, where the node can, gets the receipt in the same answer. `None`: it is on its way.
    async fn hand_over(&self, raw: &Bytes, hash: B256) -> Result<Option<Receipt>, RpcError> {
        let patience = u64::try_from(self.deadline().min(MOST_SYNC).as_millis()).unwrap_or(0);
        let sync = self.rpc.call::<Option<Receipt>>(
            "eth_sendRawTransactionSync",
            json!([raw, format!("{patience:#x}")]),
        );
        match sync.await {
            Ok(receipt) => return Ok(receipt.filter(|receipt| receipt.transaction_hash == hash)),
            Err(RpcError::Node { error, .. }) if error.code == SYNC_TIMEOUT => return Ok(None),
            // Unknown method, or a refusal: the plain way decides, with the same transaction.
            Err(RpcError::Node { .. }) => {}
            Err(error) if error.is_before_sending() => return Err(error),
            Err(error) => {
                self.screen.warn(&format!("{error}; the transaction may have been taken"));
                return Ok(None);
            }
        }
        match self.rpc.call::<B256>("eth_sendRawTransaction", json!([raw])).await {
            Ok(_) => Ok(None),
            Err(RpcError::Node { method, error }) => match error.kind() {
                Kind::AlreadyKnown => Ok(None),
                // Its number was used: by this very transaction, or by another.
                Kind::NonceTooLow => match self.rpc.receipt(hash).await {
                    Ok(Some(receipt)) => Ok(Some(receipt)),
                    _ => Err(RpcError::Node { method, error }),
                },
                _ => Err(RpcError::Node { method, error }),
            },
            Err(error) if error.is_before_sending() => Err(error),
            Err(error) => {
                self.screen.warn(&format!("{error}; the transaction may have been taken"));
                Ok(None)
            }
        }
    }

    async fn no_funds(&self, outstanding: &Outstanding) -> Result<Error, Error> {
        let account = outstanding.from;
        let balance = self.rpc.balance(account).await?;
        Ok(Error::InsufficientFunds { account, balance, needed: balance.saturating_add(U256::ONE) })
    }

    /// Lets the node sign and send.
    pub(super) async fn submit_unlocked(
        &self,
        from: Address,
        plan: &Plan,
        terms: &Terms,
        nonce: u64,
    ) -> Result<Sent, Error> {
        let transaction = json!([{
            "from": from,
            "to": plan.to,
            "value": plan.value_wei,
            "data": plan.data,
            "nonce": format!("{nonce:#x}"),
            "gas": format!("{:#x}", terms.gas_limit),
            "maxFeePerGas": terms.max_fee_wei,
            "maxPriorityFeePerGas": "0x0",
        }]);
        let hash: B256 = self.rpc.call("eth_sendTransaction", transaction).await?;
        self.screen.set_outstanding(Some(hash));
        self.screen.note(&format!("transaction {hash}"));
        self.screen.progress("pending");
        Ok(Sent::Accepted { hash, receipt: None })
    }

    /// Waits for a receipt until the deadline.
    ///
    /// # Errors
    ///
    /// [`Error::Pending`] after `--timeout` seconds.
    pub async fn wait(&self, hash: B256) -> Result<Receipt, Error> {
        self.screen.doing("waiting for the transaction");
        let started = Instant::now();
        let deadline = self.deadline();
        let mut pause = POLL.0;
        loop {
            // An endpoint that fails now may answer the next time; the hash is known either way.
            match tokio::time::timeout(deadline.max(POLL.1), self.rpc.receipt(hash)).await {
                Ok(Ok(Some(receipt))) if receipt.transaction_hash == hash => return Ok(receipt),
                _ => {}
            }
            let left = deadline.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(Error::Pending { hash, waited_secs: self.global.timeout });
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(POLL.1);
        }
    }
}
