//! What was sent, written down before it is sent: after a crash the next run finds it.
//!
//! The journal keeps one line per transaction for people. Beside it stands one file per transaction whose
//! outcome no run has reported yet. A later run looks those up and does not send the same thing again; a
//! transaction that the node never saw is forgotten, since the next one takes its number.

use std::cell::RefCell;
use std::fs::File;
use std::path::PathBuf;

use alloy_primitives::{Address, B256, U256, keccak256};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Plan;
use crate::error::Error;
use crate::files;
use crate::rpc::Receipt;
use crate::session::Session;

/// A transaction whose outcome is not reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outstanding {
    /// Its hash.
    pub tx: B256,
    /// Chain it is valid on.
    pub chain_id: u64,
    /// Sender.
    pub from: Address,
    /// Its number among the sender's.
    pub nonce: u64,
    /// Receiver; `None` creates a contract.
    pub to: Option<Address>,
    /// Money sent along, in wei.
    pub value_wei: U256,
    /// Keccak-256 of its data, which is public once it is sent.
    pub data_hash: B256,
}

/// A mined transaction of an interrupted run.
#[derive(Debug, Clone)]
pub struct Recovered {
    /// What was noted down.
    pub outstanding: Outstanding,
    /// How it went; its status is 1.
    pub receipt: Receipt,
}

/// What this run knows of earlier ones.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// `None` until it was looked up.
    recovered: RefCell<Option<Vec<Recovered>>>,
    /// Files to remove once the command has reported; locked, so that no other run takes them over.
    held: RefCell<Vec<(PathBuf, File)>>,
}

impl Outstanding {
    pub(super) fn new(tx: B256, chain_id: u64, from: Address, nonce: u64, plan: &Plan) -> Self {
        let (to, value_wei, data_hash) = (plan.to, plan.value_wei, keccak256(&plan.data));
        Self { tx, chain_id, from, nonce, to, value_wei, data_hash }
    }

    /// Whether this is what a plan would send.
    pub(crate) fn is(&self, plan: &Plan) -> bool {
        (self.to, self.value_wei, self.data_hash)
            == (plan.to, plan.value_wei, keccak256(&plan.data))
    }
}

impl Session {
    fn outstanding_file(&self, hash: B256) -> PathBuf {
        self.home.outstanding().join(format!("{hash:x}.json"))
    }

    pub(super) fn note_down(&self, outstanding: &Outstanding) -> Result<(), Error> {
        let line = json!({"tx": outstanding.tx, "chainId": outstanding.chain_id, "nonce": outstanding.nonce});
        files::append_line(&self.home.journal(), &line.to_string())?;
        let path = self.outstanding_file(outstanding.tx);
        let text =
            serde_json::to_vec(outstanding).map_err(|error| Error::Internal(error.to_string()))?;
        let file = files::replace_locked(&path, &text)?;
        self.journal.held.borrow_mut().push((path, file));
        Ok(())
    }

    /// The outcome of a transaction is known and told.
    pub fn forget(&self, hash: B256) {
        let path = self.outstanding_file(hash);
        // Worst case the next run looks it up again.
        let _ = files::remove(&path);
        self.journal.held.borrow_mut().retain(|(other, _)| *other != path);
    }

    /// The command is done: what it sent needs no second look.
    pub fn settle_journal(&self) {
        for (path, _held) in self.journal.held.borrow_mut().drain(..) {
            let _ = files::remove(&path);
        }
    }

    /// Looks up what interrupted runs of this account have sent on this chain; once per run.
    ///
    /// # Errors
    ///
    /// [`Error::Pending`] for one that is still waiting after `--timeout`.
    pub async fn recover(&self, account: Address) -> Result<Vec<Recovered>, Error> {
        if let Some(recovered) = &*self.journal.recovered.borrow() {
            return Ok(recovered.clone());
        }
        let mut found = Vec::new();
        for outstanding in self.interrupted(account).await? {
            let Some(receipt) = self.outcome(&outstanding).await? else {
                self.forget(outstanding.tx);
                continue;
            };
            if receipt.status == U256::ONE {
                found.push(Recovered { outstanding, receipt });
            } else {
                self.screen.note(&format!(
                    "transaction {} of an interrupted run was refused in block {}",
                    outstanding.tx, receipt.block_number
                ));
                self.forget(outstanding.tx);
            }
        }
        *self.journal.recovered.borrow_mut() = Some(found.clone());
        Ok(found)
    }

    /// What was noted down and never reported, in the order of numbers.
    async fn interrupted(&self, account: Address) -> Result<Vec<Outstanding>, Error> {
        let chain_id = self.chain_id().await?;
        let Ok(folder) = std::fs::read_dir(self.home.outstanding()) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for path in folder.flatten().map(|file| file.path()) {
            // `None`: the run that sent it is alive and waits for it itself.
            let Some((file, text)) = files::take_over(&path) else { continue };
            let Ok(one) = serde_json::from_slice::<Outstanding>(&text) else { continue };
            if one.from == account && one.chain_id == chain_id {
                self.journal.held.borrow_mut().push((path, file));
                found.push(one);
            }
        }
        found.sort_by_key(|one| one.nonce);
        Ok(found)
    }

    /// The receipt, after waiting for it if the node has the transaction; `None` if it has not.
    async fn outcome(&self, outstanding: &Outstanding) -> Result<Option<Receipt>, Error> {
        if let Some(receipt) = self.rpc.receipt(outstanding.tx).await? {
            return Ok(Some(receipt));
        }
        let known: Option<Value> =
            self.rpc.call("eth_getTransactionByHash", json!([outstanding.tx])).await?;
        if known.is_none() {
            return Ok(None);
        }
        // Before it is told: whoever sees the line may end the run at once.
        self.screen.set_outstanding(Some(outstanding.tx));
        self.screen
            .note(&format!("transaction {} of an interrupted run is pending", outstanding.tx));
        let receipt = self.wait(outstanding.tx).await?;
        self.screen.set_outstanding(None);
        Ok(Some(receipt))
    }

    /// The receipt of an interrupted run that did what is wanted now; each counts once, and is told.
    ///
    /// # Errors
    ///
    /// As [`Self::recover`].
    pub(crate) async fn take_recovered(
        &self,
        account: Address,
        is_wanted: impl Fn(&Recovered) -> bool,
    ) -> Result<Option<Receipt>, Error> {
        self.recover(account).await?;
        let mut recovered = self.journal.recovered.borrow_mut();
        let Some(all) = recovered.as_mut() else { return Ok(None) };
        let Some(index) = all.iter().position(is_wanted) else { return Ok(None) };
        let found = all.remove(index).receipt;
        self.screen.note(&format!(
            "found transaction {} of an interrupted run; it is not sent again",
            found.transaction_hash
        ));
        Ok(Some(found))
    }
}
