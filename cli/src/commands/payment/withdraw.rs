//! `chartkey payment withdraw`: what is released to this account, coins or a token.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::IStays;
use serde_json::json;

use crate::args::Withdraw;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;
use crate::stays::Snapshot;
use crate::transact::{Plan, logged};

pub(super) async fn run(session: &Session, arguments: &Withdraw) -> Result<Report, Error> {
    let snapshot = Snapshot::newest(session).await?;
    let account = session.account().await?;
    let token = arguments.token.unwrap_or_default();
    let currency = snapshot.currency(token).await?;
    let call = IStays::releasedInCall { account: account.address, token };
    let released = snapshot.ask(call, "the money released").await?;
    let to = arguments.to.unwrap_or(account.address);
    let data: Bytes = if token.is_zero() && to == account.address {
        IStays::withdrawCall {}.abi_encode().into()
    } else {
        IStays::withdrawToCall { token, to }.abi_encode().into()
    };
    let plan = Plan {
        to: Some(snapshot.contract),
        value_wei: U256::ZERO,
        data,
        what: format!(
            "Take out {}, all that is released to {}{}",
            currency.format(released),
            account.address,
            other_receiver(to, account.address)
        ),
        public: "that this account took its money".into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    let taken = logged::<IStays::Withdrawn>(&receipt, snapshot.contract)?.amountWei;
    let data = json!({
        "amountWei": taken.to_string(),
        "token": currency.json(),
        "to": to.to_checksum(None),
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    let text =
        format!("{} taken out{}", currency.format(taken), other_receiver(to, account.address));
    Ok(Report::new(data, text))
}

fn other_receiver(to: Address, account: Address) -> String {
    if to == account { String::new() } else { format!(", to {to}") }
}
