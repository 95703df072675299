//! `chartkey tx`: what became of a transaction.

use alloy_primitives::{B256, U256};
use serde_json::json;

use crate::amount;
use crate::args::Tx;
use crate::error::Error;
use crate::output::Report;
use crate::rpc::Receipt;
use crate::session::Session;

pub(super) async fn run(session: &Session, command: Tx) -> Result<Report, Error> {
    session.chain_id().await?;
    match command {
        Tx::Show { hash } => show(session, hash).await,
        Tx::Wait { hash } => Ok(report(&session.wait(hash).await?)),
    }
}

async fn show(session: &Session, hash: B256) -> Result<Report, Error> {
    let receipt = session.rpc.receipt(hash).await?.ok_or_else(|| Error::NotFound {
        message: format!("transaction {hash} is not in a block of this chain"),
        hint: format!("if it was just sent: chartkey tx wait {hash}"),
    })?;
    Ok(report(&receipt))
}

fn report(receipt: &Receipt) -> Report {
    let status = if receipt.status == U256::ONE { "succeeded" } else { "reverted" };
    let data = json!({
        "tx": receipt.transaction_hash,
        "status": status,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "gasUsedForL1": receipt.gas_used_for_l1.map(|gas| gas.to_string()),
        "feeWei": receipt.fee_wei().to_string(),
        "logs": receipt.logs.len(),
    });
    let text = format!(
        "transaction {}\n{status} in block {}, {} gas, fee {}, {} logs",
        receipt.transaction_hash,
        receipt.block_number,
        receipt.gas_used,
        amount::format(receipt.fee_wei()),
        receipt.logs.len()
    );
    Report::new(data, text)
}
