//! `chartkey tx`: what a transaction does, and what became of it.

mod decoded;
mod units;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::amount;
use crate::args::Tx;
use crate::error::Error;
use crate::output::Report;
use crate::refusal::Refusal;
use crate::rpc::{Call, Receipt, RpcError};
use crate::session::Session;
use units::Units;

/// What this program reads of a transaction.
#[derive(Debug, Deserialize)]
struct Transaction {
    from: Address,
    #[serde(default)]
    to: Option<Address>,
    value: U256,
    input: Bytes,
}

pub(super) async fn run(session: &Session, command: Tx) -> Result<Report, Error> {
    session.chain_id().await?;
    match command {
        Tx::Show { hash } => show(session, hash).await,
        Tx::Wait { hash } => wait(session, hash).await,
    }
}

async fn show(session: &Session, hash: B256) -> Result<Report, Error> {
    let (transaction, receipt) = look_up(session, hash).await?;
    let refusal = match (&transaction, &receipt) {
        (Some(sent), Some(receipt)) if receipt.status != U256::ONE => {
            Some(refusal(session, sent, receipt.block_number).await?)
        }
        _ => None,
    };
    let units = Units::of(session, transaction.as_ref(), receipt.as_ref()).await?;
    Ok(report(hash, transaction.as_ref(), receipt.as_ref(), refusal.as_ref(), &units))
}

/// The transaction and its receipt; the receipt may be there before an index of transactions is.
async fn look_up(
    session: &Session,
    hash: B256,
) -> Result<(Option<Transaction>, Option<Receipt>), Error> {
    let calls = [
        Call::new("eth_getTransactionByHash", json!([hash])),
        Call::new("eth_getTransactionReceipt", json!([hash])),
    ];
    let mut answers = session.rpc.batch(&calls).await?.into_iter();
    let mut next = || answers.next().ok_or_else(|| Error::Internal("two answers".into()));
    let transaction: Option<Transaction> =
        session.rpc.typed("eth_getTransactionByHash", next()?)?;
    let receipt: Option<Receipt> = session.rpc.typed("eth_getTransactionReceipt", next()?)?;
    let receipt = receipt.filter(|receipt| receipt.transaction_hash == hash);
    if transaction.is_none() && receipt.is_none() {
        return Err(Error::NotFound {
            message: format!("this endpoint knows no transaction {hash}"),
            hint: format!("if it was just sent: chartkey tx wait {hash}"),
        });
    }
    Ok((transaction, receipt))
}

/// Waits as the command that sent it would have: a refusal ends with 3.
async fn wait(session: &Session, hash: B256) -> Result<Report, Error> {
    session.screen.set_outstanding(Some(hash));
    let receipt = session.wait(hash).await?;
    session.screen.set_outstanding(None);
    session.forget(hash);
    let (transaction, _) = look_up(session, hash).await?;
    if receipt.status != U256::ONE {
        let refusal = match &transaction {
            Some(sent) => refusal(session, sent, receipt.block_number).await?,
            None => Refusal::without_reason(),
        };
        return Err(Error::Reverted { refusal: Box::new(refusal), hash: Some(hash) });
    }
    let units = Units::of(session, transaction.as_ref(), Some(&receipt)).await?;
    Ok(report(hash, transaction.as_ref(), Some(&receipt), None, &units))
}

/// Why it failed: the same call on the state before its block.
async fn refusal(session: &Session, sent: &Transaction, block: U256) -> Result<Refusal, Error> {
    let request =
        json!({"from": sent.from, "to": sent.to, "value": sent.value, "data": sent.input});
    let parent = format!("{:#x}", block.saturating_sub(U256::ONE));
    for at in [parent.as_str(), "latest"] {
        match session.rpc.call::<Bytes>("eth_call", json!([request, at])).await {
            Err(RpcError::Node { error, .. }) => {
                if let Some(data) = error.revert_data() {
                    return Ok(Refusal::decode(&data, sent.to));
                }
            }
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
    }
    Ok(Refusal::without_reason())
}

fn report(
    hash: B256,
    sent: Option<&Transaction>,
    receipt: Option<&Receipt>,
    refusal: Option<&Refusal>,
    units: &Units,
) -> Report {
    let status = match receipt {
        None => "pending",
        Some(receipt) if receipt.status == U256::ONE => "succeeded",
        Some(_) => "reverted",
    };
    let call = sent.map(|sent| decoded::call(sent.to, &sent.input, units));
    let logs: Vec<_> = receipt
        .into_iter()
        .flat_map(|receipt| &receipt.logs)
        .map(|log| decoded::log(log, units))
        .collect();
    let data = json!({
        "tx": hash,
        "status": status,
        "from": sent.map(|sent| sent.from.to_checksum(None)),
        "to": sent.and_then(|sent| sent.to).map(|to| to.to_checksum(None)),
        "valueWei": sent.map(|sent| sent.value.to_string()),
        "call": call.as_ref().map(decoded::Decoded::json),
        "revert": refusal.map(|refusal| json!({
            "name": refusal.name, "args": refusal.arguments, "message": refusal.to_string(),
        })),
        "block": receipt.map(|receipt| receipt.block_number.to_string()),
        "gasUsed": receipt.map(|receipt| receipt.gas_used.to_string()),
        "gasUsedForL1": receipt.and_then(|receipt| receipt.gas_used_for_l1).map(|gas| gas.to_string()),
        "feeWei": receipt.map(|receipt| receipt.fee_wei().to_string()),
        "logs": logs.iter().map(decoded::Decoded::json).collect::<Vec<Value>>(),
    });
    Report::new(data, text(hash, status, (sent, receipt), call.as_ref(), refusal, &logs))
}

fn text(
    hash: B256,
    status: &str,
    (sent, receipt): (Option<&Transaction>, Option<&Receipt>),
    call: Option<&decoded::Decoded>,
    refusal: Option<&Refusal>,
    logs: &[decoded::Decoded],
) -> String {
    let mut text = format!("transaction {hash}\n");
    if let Some(sent) = sent {
        let to = sent.to.map_or_else(|| "a new contract".to_owned(), |to| to.to_string());
        text.push_str(&format!(
            "from {} to {to}, value {}\n",
            sent.from,
            amount::format(sent.value)
        ));
    }
    if let Some(call) = call {
        text.push_str(&format!("call {}\n", call.line()));
    }
    match receipt {
        None => text.push_str("pending\n"),
        Some(receipt) => text.push_str(&format!(
            "{status} in block {}, {} gas, fee {}, {} logs\n",
            receipt.block_number,
            receipt.gas_used,
            amount::format(receipt.fee_wei()),
            receipt.logs.len()
        )),
    }
    if let Some(refusal) = refusal {
        text.push_str(&format!("{refusal}\n"));
    }
    for log in logs {
        text.push_str(&format!("log  {}\n", log.line()));
    }
    text
}
