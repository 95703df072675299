//! What a command with several transactions answers.

use alloy_primitives::{Address, B256, U256};
use serde_json::{Value, json};

use crate::error::Error;
use crate::records::Chart;
use crate::rpc::Receipt;

/// `data` with the transactions that were sent, and what they cost together.
pub(super) fn with_receipts(mut data: Value, receipts: &[Receipt]) -> Value {
    let hashes: Vec<B256> = receipts.iter().map(|receipt| receipt.transaction_hash).collect();
    let gas = receipts.iter().fold(U256::ZERO, |sum, one| sum + one.gas_used);
    let fee = receipts.iter().fold(U256::ZERO, |sum, one| sum + one.fee_wei());
    data["transactions"] = json!(hashes);
    data["gasUsed"] = json!(gas.to_string());
    data["feeWei"] = json!(fee.to_string());
    data
}

/// Refuses who is not in charge of the record.
pub(super) fn require_owner(chart: &Chart, me: Address) -> Result<(), Error> {
    if chart.owner == me {
        return Ok(());
    }
    Err(Error::NotFound {
        message: format!("{me} is not in charge of record {}", chart.record),
        hint: format!("its owner is {}", chart.owner),
    })
}

/// Accounts as JSON writes them.
pub(super) fn addresses(accounts: &[Address]) -> Vec<String> {
    accounts.iter().map(|account| account.to_checksum(None)).collect()
}
