//! From what is wanted to a mined transaction (guides/cli.md section 7).

mod journal;
mod rehearsal;
mod submit;
mod terms;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolEvent;
use serde_json::{Value, json};

use crate::error::Error;
use crate::files;
use crate::refusal::Refusal;
use crate::rpc::{Receipt, RpcError};
use crate::session::{Account, Session};
use crate::signer::Transaction;

pub(crate) use journal::Journal;
pub use journal::{Outstanding, Recovered};
pub use rehearsal::Rehearsal;
use submit::Sent;
use terms::Terms;

/// How often the block's price may outrun what was offered before that is an error.
const PRICE_RETRIES: usize = 3;

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

impl Session {
    /// Simulates, shows, asks, signs, sends and waits. `None` after `--dry-run`.
    ///
    /// # Errors
    ///
    /// A refusal in simulation or mined, no funds, no confirmation, no receipt in time.
    pub async fn send(&self, account: Account, plan: &Plan) -> Result<Option<Receipt>, Error> {
        self.send_after(account, plan, || Ok(())).await
    }

    /// The same; `prepare` runs once it is confirmed, before anything is sent.
    ///
    /// # Errors
    ///
    /// As [`Self::send`] and `prepare`.
    pub async fn send_after(
        &self,
        account: Account,
        plan: &Plan,
        prepare: impl FnOnce() -> Result<(), Error>,
    ) -> Result<Option<Receipt>, Error> {
        self.send_made(account, plan, || prepare().map(|()| None)).await
    }

    /// The same for a call that an endpoint must not see before it is confirmed: `plan` holds one of the
    /// same shape, which is simulated, and `real` makes the one that is sent.
    ///
    /// # Errors
    ///
    /// As [`Self::send`] and `real`.
    pub async fn send_sealed(
        &self,
        account: Account,
        plan: &Plan,
        real: impl FnOnce() -> Result<Bytes, Error>,
    ) -> Result<Option<Receipt>, Error> {
        self.send_made(account, plan, || real().map(Some)).await
    }

    async fn send_made(
        &self,
        account: Account,
        plan: &Plan,
        prepare: impl FnOnce() -> Result<Option<Bytes>, Error>,
    ) -> Result<Option<Receipt>, Error> {
        let mut plan = plan.clone();
        let chain_id = self.chain_id().await?;
        if !self.global.dry_run
            && let Some(found) =
                self.take_recovered(account.address, |one| one.outstanding.is(&plan)).await?
        {
            return Ok(Some(found));
        }
        let mut prepare = Some(prepare);
        for _ in 0..PRICE_RETRIES {
            let terms = self.terms(account.address, &plan).await?;
            if self.global.dry_run {
                self.rehearsed.borrow_mut().push(Rehearsal::new(&plan, &terms));
                return Ok(None);
            }
            self.screen.confirm(&terms.shown(&plan))?;
            if let Some(prepare) = prepare.take()
                && let Some(data) = prepare()?
            {
                plan.data = data;
            }
            match self.sign_and_submit(account, &plan, &terms, chain_id).await? {
                Sent::PriceRose => self.screen.progress("the price of gas rose; asking again"),
                Sent::Accepted { hash, receipt } => {
                    return self.conclude(account, &plan, hash, receipt).await.map(Some);
                }
            }
        }
        Err(Error::Rpc(
            self.rpc.unexpected("eth_sendRawTransaction", "its price of gas keeps rising"),
        ))
    }

    /// Numbers, signs, notes down and sends; nobody else numbers this account's transactions meanwhile.
    async fn sign_and_submit(
        &self,
        account: Account,
        plan: &Plan,
        terms: &Terms,
        chain_id: u64,
    ) -> Result<Sent, Error> {
        let lock = self.home.account_lock(chain_id, account.address);
        let _held = files::lock_within(&lock, self.deadline()).await?;
        let nonce = self.next_nonce(account.address).await?;
        let sent = if account.is_nodes {
            self.submit_unlocked(account.address, plan, terms, nonce).await?
        } else {
            let (raw, hash) = self.signer()?.sign_transaction(&Transaction {
                chain_id,
                nonce,
                to: plan.to,
                value_wei: plan.value_wei,
                data: plan.data.clone(),
                gas_limit: terms.gas_limit,
                max_fee_wei: terms.max_fee_wei,
            })?;
            // Written before it is sent: after a crash it says what to look up.
            let outstanding = Outstanding::new(hash, chain_id, account.address, nonce, plan);
            self.note_down(&outstanding)?;
            self.submit(raw, hash, &outstanding).await?
        };
        if matches!(sent, Sent::Accepted { .. }) {
            self.next_nonce.set(Some(nonce + 1));
        }
        Ok(sent)
    }

    /// The node's count, waiting ones included; never below what this run has counted itself.
    async fn next_nonce(&self, account: Address) -> Result<u64, Error> {
        let pending: U256 =
            self.rpc.call("eth_getTransactionCount", json!([account, "pending"])).await?;
        let pending = u64::try_from(pending)
            .map_err(|_| self.rpc.unexpected("eth_getTransactionCount", "above 64 bits"))?;
        Ok(self.next_nonce.get().map_or(pending, |counted| counted.max(pending)))
    }

    async fn conclude(
        &self,
        account: Account,
        plan: &Plan,
        hash: B256,
        receipt: Option<Box<Receipt>>,
    ) -> Result<Receipt, Error> {
        let receipt = match receipt {
            Some(receipt) => *receipt,
            None => self.wait(hash).await?,
        };
        self.screen.set_outstanding(None);
        self.screen.doing("working");
        if receipt.status != U256::ONE {
            self.screen.progress(&format!(
                "refused in block {}, {} gas",
                receipt.block_number, receipt.gas_used
            ));
            self.forget(hash);
            let refusal = Box::new(self.why(account.address, plan, receipt.block_number).await);
            return Err(Error::Reverted { refusal, hash: Some(hash) });
        }
        self.screen.progress(&format!(
            "confirmed in block {}, {} gas",
            receipt.block_number, receipt.gas_used
        ));
        Ok(receipt)
    }

    /// Why a mined transaction failed: the same call on the state before its block.
    async fn why(&self, from: Address, plan: &Plan, block: U256) -> Refusal {
        let parent = format!("{:#x}", block.saturating_sub(U256::ONE));
        for at in [parent.as_str(), "latest"] {
            let call = self.rpc.call::<Bytes>("eth_call", json!([request(from, plan), at])).await;
            if let Err(RpcError::Node { error, .. }) = call
                && let Some(data) = error.revert_data()
            {
                return Refusal::decode(&data, plan.to);
            }
        }
        Refusal::without_reason()
    }
}

/// The transaction as a call.
fn request(from: Address, plan: &Plan) -> Value {
    json!({"from": from, "to": plan.to, "value": plan.value_wei, "data": plan.data})
}

/// The event of `contract` that a receipt must show: what was sent has happened.
///
/// # Errors
///
/// [`Error::ReceiptMismatch`] if it does not.
pub fn logged<E: SolEvent>(receipt: &Receipt, contract: Address) -> Result<E, Error> {
    let ours = receipt.logs.iter().filter(|log| log.address == contract);
    ours.filter_map(|log| E::decode_raw_log(log.topics.iter().copied(), &log.data).ok())
        .next_back()
        .ok_or(Error::ReceiptMismatch { hash: receipt.transaction_hash, expected: E::SIGNATURE })
}
