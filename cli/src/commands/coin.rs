//! `chartkey wallet balance|send`: the chain's coin, which pays fees and stays.

use alloy_primitives::{Address, Bytes, U256};
use serde_json::json;

use crate::amount;
use crate::error::Error;
use crate::output::Report;
use crate::rpc::Call;
use crate::session::Session;
use crate::transact::Plan;

pub(super) async fn balance(session: &Session, account: Option<Address>) -> Result<Report, Error> {
    let account = match account {
        Some(account) => account,
        None => session.account().await?.address,
    };
    session.chain_id().await?;
    let block = session.common_block().await?;
    let call = Call::new("eth_getBalance", json!([account, block]));
    let wei: U256 = session.agreed_one(call, "the balance").await?;
    let data = json!({"account": account.to_checksum(None), "balanceWei": wei.to_string()});
    Ok(Report::new(data, amount::format(wei)))
}

pub(super) async fn send(session: &Session, to: Address, text: &str) -> Result<Report, Error> {
    let value_wei = U256::from(amount::parse(text)?);
    if value_wei.is_zero() {
        return Err(Error::Usage {
            message: "the amount is zero; expected one above zero".into(),
            hint: "for instance: chartkey wallet send ADDR 1.5eth".into(),
        });
    }
    let account = session.account().await?;
    let plan = Plan {
        to: Some(to),
        value_wei,
        data: Bytes::new(),
        what: format!("Send {} from {} to {to}", amount::format(value_wei), account.address),
        public: "both accounts and the amount".into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    let data = json!({
        "to": to.to_checksum(None),
        "amountWei": value_wei.to_string(),
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Ok(Report::new(data, format!("{} sent to {to}", amount::format(value_wei))))
}
