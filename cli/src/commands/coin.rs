//! `chartkey wallet balance|send`: the chain's coin, which pays fees and stays.

use alloy_primitives::{Address, Bytes, U256};
use serde_json::json;

use crate::error::Error;
use crate::output::Report;
use crate::session::{Session, checked_name};
use crate::transact::Plan;
use crate::{amount, keystore};

pub(super) async fn balance(session: &Session, account: Option<Address>) -> Result<Report, Error> {
    let account = account.map_or_else(|| own_address(session), Ok)?;
    session.chain_id().await?;
    let wei = session.rpc.balance(account).await?;
    let data = json!({"account": account.to_checksum(None), "balanceWei": wei.to_string()});
    Ok(Report::new(data, amount::format(wei)))
}

/// The account's address, without its password where the keystore says it.
fn own_address(session: &Session) -> Result<Address, Error> {
    let global = &session.global;
    let is_named = global.keystore.is_none() && global.mnemonic_file.is_none();
    if let (true, None, Some(name)) = (is_named, &global.key_file, &session.settings.account) {
        let file = session.home.keystore(&checked_name(&name.value)?);
        if let Some(address) = keystore::document(&file)?.address() {
            return Ok(address);
        }
    }
    Ok(session.signer()?.address())
}

pub(super) async fn send(session: &Session, to: Address, text: &str) -> Result<Report, Error> {
    let value_wei = U256::from(amount::parse(text)?);
    if value_wei.is_zero() {
        return Err(Error::Usage {
            message: "the amount is zero; expected one above zero".into(),
            hint: "for instance: chartkey wallet send ADDR 1.5eth".into(),
        });
    }
    let signer = session.signer()?;
    let plan = Plan {
        to: Some(to),
        value_wei,
        data: Bytes::new(),
        what: format!("Send {} from {} to {to}", amount::format(value_wei), signer.address()),
        public: "both accounts and the amount".into(),
    };
    let Some(receipt) = session.send(&signer, &plan).await? else {
        return Ok(Report::new(json!({"dryRun": true}), String::new()));
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
