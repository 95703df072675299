//! `chartkey appointment pay`: the price, or a part of it, into escrow.

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use chartkey_abi::{IStays, stay_state};

use super::{done, stay_of, terms_of};
use crate::amount;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;
use crate::transact::{Plan, logged};

pub(super) async fn run(
    session: &Session,
    stay: u64,
    given: Option<&str>,
) -> Result<Report, Error> {
    let stays = session.stays().await?;
    let entry = stay_of(session, stays, stay).await?;
    let terms = terms_of(session, stays, stay).await?;
    if !terms.token.is_zero() {
        return Err(Error::Usage {
            message: format!("stay {stay} is priced in token {}", terms.token),
            hint: "this command pays coins; call payToken of the contract with the wallet that \
                   holds the tokens"
                .into(),
        });
    }
    let due = match entry.state {
        stay_state::QUOTED | stay_state::HELD | stay_state::BOOKED => terms.dueWei,
        // The contract says why nothing is due.
        _ => entry.totalWei,
    };
    let value = match given {
        Some(text) => U256::from(amount::parse(text)?),
        None => U256::from(due),
    };
    let account = session.account().await?;
    let plan = Plan {
        to: Some(stays),
        value_wei: value,
        data: IStays::payCall { stay }.abi_encode().into(),
        what: format!(
            "Pay {} for stay {stay} of clinic {} into escrow",
            amount::format(value),
            entry.clinic
        ),
        public: "that this account paid this stay, and how much".into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    logged::<IStays::StayPaid>(&receipt, stays)?;
    let text = if value == U256::from(due) {
        "is paid; the money is in escrow until it is settled".to_owned()
    } else {
        format!("has {} left to pay", amount::format(U256::from(due).saturating_sub(value)))
    };
    done(stay, &receipt, &text)
}
