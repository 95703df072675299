//! `chartkey payment`: money released to this account.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::IStays;
use serde_json::json;

use crate::amount;
use crate::args::Payment;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;
use crate::transact::{Plan, logged};

pub(super) async fn run(session: &Session, command: Payment) -> Result<Report, Error> {
    let Payment::Withdraw = command;
    let stays = session.stays().await?;
    let account = session.account().await?;
    let data: Bytes = IStays::releasedToCall { account: account.address }.abi_encode().into();
    let output: Bytes = session.view(stays, data, "the money released").await?;
    let released = IStays::releasedToCall::abi_decode_returns(&output)
        .map_err(|_| session.rpc.unexpected("eth_call", "not an amount"))?;
    let plan = Plan {
        to: Some(stays),
        value_wei: U256::ZERO,
        data: IStays::withdrawCall {}.abi_encode().into(),
        what: format!(
            "Take out {}, all that is released to {}",
            amount::format(released),
            account.address
        ),
        public: "that this account took its money".into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    let taken = logged::<IStays::Withdrawn>(&receipt, stays)?.amountWei;
    let data = json!({
        "amountWei": taken.to_string(),
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Ok(Report::new(data, format!("{} taken out", amount::format(taken))))
}
