//! From what is wanted to a mined transaction (guides/cli.md section 7).

use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::{Value, json};

use crate::amount;
use crate::error::Error;
use crate::files;
use crate::refusal::Refusal;
use crate::rpc::{Call, Receipt, RpcError};
use crate::session::Session;
use crate::signer::{Signer, Transaction};

/// A write, and what to tell about it before it is signed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Receiver; `None` creates a contract.
    pub to: Option<Address>,
    /// Money sent along in wei.
    pub value_wei: U256,
    /// Calldata or creation code.
    pub data: Bytes,
    /// What will happen, in one line.
    pub what: String,
    /// What becomes public for ever, in one line.
    pub public: String,
}

/// What the node says before sending.
struct Terms {
    chain_id: u64,
    nonce: u64,
    gas_limit: u64,
    max_fee_wei: U256,
}

/// First and longest pause between two looks for a receipt.
const POLL: (Duration, Duration) = (Duration::from_micros(500), Duration::from_millis(250));

impl Session {
    /// Simulates, shows, asks, signs, sends and waits. `None` after `--dry-run`.
    ///
    /// # Errors
    ///
    /// A refusal in simulation or mined, no funds, no confirmation, no receipt in time.
    pub async fn send(&self, signer: &Signer, plan: &Plan) -> Result<Option<Receipt>, Error> {
        let terms = self.terms(signer.address(), plan).await?;
        let fee = terms.max_fee_wei.saturating_mul(U256::from(terms.gas_limit));
        let total = fee.saturating_add(plan.value_wei);
        self.check_funds(signer.address(), total).await?;
        let shown = format!(
            "{}\n  public for ever: {}\n  fee at most {}, total at most {}",
            plan.what,
            plan.public,
            amount::format(fee),
            amount::format(total)
        );
        if self.global.dry_run {
            self.screen.note(&shown);
            return Ok(None);
        }
        self.screen.confirm(&shown)?;
        let (raw, hash) = signer.sign_transaction(&Transaction {
            chain_id: terms.chain_id,
            nonce: terms.nonce,
            to: plan.to,
            value_wei: plan.value_wei,
            data: plan.data.clone(),
            gas_limit: terms.gas_limit,
            max_fee_wei: terms.max_fee_wei,
        })?;
        // Written before it is sent: after a crash the journal says what to look up.
        let entry = json!({"tx": hash, "chainId": terms.chain_id, "nonce": terms.nonce});
        files::append_line(&self.home.journal(), &entry.to_string())?;
        self.submit(raw, hash).await?;
        let receipt = self.wait(hash).await?;
        self.screen.progress(&format!(
            "confirmed in block {}, {} gas",
            receipt.block_number, receipt.gas_used
        ));
        if receipt.status != U256::ONE {
            let refusal = Box::new(self.why(signer.address(), plan).await);
            return Err(Error::Reverted { refusal, hash: Some(hash) });
        }
        Ok(Some(receipt))
    }

    async fn terms(&self, from: Address, plan: &Plan) -> Result<Terms, Error> {
        let chain_id = self.chain_id().await?;
        let request = request(from, plan);
        let answers = self
            .rpc
            .batch(&[
                Call::new("eth_getTransactionCount", json!([from, "pending"])),
                Call::new("eth_gasPrice", json!([])),
                Call::new("eth_estimateGas", json!([request])),
            ])
            .await?;
        let [nonce, price, estimate] = <[_; 3]>::try_from(answers)
            .map_err(|_| Error::Internal("three answers to three calls".into()))?;
        let nonce: U256 = self.rpc.typed("eth_getTransactionCount", nonce)?;
        let price: U256 = self.rpc.typed("eth_gasPrice", price)?;
        let gas_limit = match self.global.gas_limit {
            Some(limit) => limit,
            None => {
                let estimate: U256 = self
                    .rpc
                    .typed("eth_estimateGas", estimate)
                    .map_err(|error| refused(error, from, plan))?;
                estimate.saturating_to::<u64>().saturating_mul(6) / 5
            }
        };
        Ok(Terms {
            chain_id,
            nonce: nonce.saturating_to(),
            gas_limit,
            max_fee_wei: price.saturating_mul(U256::from(2)),
        })
    }

    async fn check_funds(&self, account: Address, needed: U256) -> Result<(), Error> {
        let balance = self.rpc.balance(account).await?;
        if balance < needed {
            return Err(Error::InsufficientFunds { account, balance, needed });
        }
        Ok(())
    }

    async fn submit(&self, raw: Bytes, hash: B256) -> Result<(), Error> {
        let sent = self.rpc.call::<B256>("eth_sendRawTransaction", json!([raw])).await;
        self.screen.note(&format!("transaction {hash}"));
        match sent {
            Ok(_) => Ok(()),
            Err(RpcError::Node { error, .. }) if error.says("already known") => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for a receipt until the deadline.
    ///
    /// # Errors
    ///
    /// [`Error::Pending`] after `--timeout` seconds.
    pub async fn wait(&self, hash: B256) -> Result<Receipt, Error> {
        let started = Instant::now();
        let deadline = Duration::from_secs(self.global.timeout);
        let mut pause = POLL.0;
        let mut is_told = false;
        loop {
            // An endpoint that fails now may answer the next time; the hash is known either way.
            if let Ok(Some(receipt)) = self.rpc.receipt(hash).await {
                return Ok(receipt);
            }
            if started.elapsed() >= deadline {
                return Err(Error::Pending { hash, waited_secs: self.global.timeout });
            }
            if !is_told {
                self.screen.progress("pending");
                is_told = true;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(POLL.1);
        }
    }

    /// Why a mined transaction failed: the same call again.
    async fn why(&self, from: Address, plan: &Plan) -> Refusal {
        match self.rpc.eth_call(&request(from, plan)).await {
            Err(RpcError::Node { error, .. }) => {
                Refusal::decode(&error.revert_data().unwrap_or_default())
            }
            _ => Refusal::decode(&Bytes::new()),
        }
    }
}

fn request(from: Address, plan: &Plan) -> Value {
    json!({"from": from, "to": plan.to, "value": plan.value_wei, "data": plan.data})
}

/// A refused estimate: of the contract, or of the node for want of money.
fn refused(error: RpcError, account: Address, plan: &Plan) -> Error {
    match error {
        RpcError::Node { error, .. } if error.revert_data().is_some() => Error::Reverted {
            refusal: Box::new(Refusal::decode(&error.revert_data().unwrap_or_default())),
            hash: None,
        },
        RpcError::Node { error, .. } if error.says("insufficient funds") => {
            Error::InsufficientFunds { account, balance: U256::ZERO, needed: plan.value_wei }
        }
        other => other.into(),
    }
}
