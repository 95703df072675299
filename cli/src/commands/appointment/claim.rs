//! `chartkey appointment settle-claim` and `withdraw-claim`: the insurer's answer to a claim, and its end
//! without one.

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use chartkey_abi::{IStays, stay_state};

use super::{allow, done, written};
use crate::args::{Role, SettleClaim};
use crate::error::Error;
use crate::output::Report;
use crate::session::{Account, Session};
use crate::stays::{Currency, Entry, Snapshot};
use crate::transact::{Plan, logged};

pub(super) async fn settle(session: &Session, arguments: &SettleClaim) -> Result<Report, Error> {
    let stay = arguments.stay;
    let snapshot = Snapshot::newest(session).await?;
    let entry = snapshot.entry(stay).await?;
    let claim = snapshot.ask(IStays::claimOfCall { stay }, "the claim").await?;
    let account = session.account().await?;
    if claim.openWei == 0 || claim.insurer != account.address {
        return Err(Error::NotFound {
            message: format!("nothing of stay {stay} is claimed from {}", account.address),
            hint: format!("chartkey appointment show {stay} shows what is claimed, and from whom"),
        });
    }
    let currency = snapshot.currency(entry.terms.token).await?;
    let amount = match (&arguments.amount, arguments.refuse) {
        (_, true) => 0,
        (Some(text), false) => above_zero(&currency, text, "to pay nothing: --refuse")?,
        (None, false) => claim.mostWei,
    };
    if amount > claim.mostWei || (amount == 0 && !arguments.refuse) {
        let most = currency.format(U256::from(claim.mostWei));
        return Err(Error::Usage {
            message: format!("of the claim for stay {stay}, {most} is payable"),
            hint: "give an amount up to that, or --refuse".into(),
        });
    }
    let is_to_clinic = arguments.to == Some(Role::Clinic);
    let to = if is_to_clinic { entry.stay.clinic } else { entry.stay.patient };
    let shown = currency.format(U256::from(amount));
    let call = IStays::settleClaimCall { stay, amountWei: amount, toClinic: is_to_clinic };
    let plan = Plan {
        to: Some(snapshot.contract),
        value_wei: if currency == Currency::Coin { U256::from(amount) } else { U256::ZERO },
        data: call.abi_encode().into(),
        what: match amount {
            0 => format!(
                "Refuse what is open of the claim for stay {stay}: {}",
                currency.format(U256::from(claim.openWei))
            ),
            _ => format!("Pay {shown} of the claim for stay {stay} to {to}"),
        },
        public: "who insures this stay, what was paid and to whom".into(),
    };
    if amount > 0 {
        warn_of_ends(session, &entry, is_to_clinic);
    }
    let is_allowed = allowed(session, &snapshot, account, &currency, amount).await?;
    let receipt = match is_allowed {
        true => session.send(account, &plan).await?,
        false => {
            session.rehearse_unpriced(&plan);
            None
        }
    };
    let Some(receipt) = receipt else { return Ok(session.rehearsal()) };
    let left = logged::<IStays::ClaimSettled>(&receipt, snapshot.contract)?.openWei;
    let text = match (amount, left) {
        (0, _) => format!("the claim for stay {stay} is refused"),
        (_, 0) => format!("{shown} of stay {stay} is released to {to}; the claim is closed"),
        (_, left) => format!(
            "{shown} of stay {stay} is released to {to}; {} of the claim is open",
            currency.format(U256::from(left))
        ),
    };
    Ok(Report::new(written(stay, &receipt), text))
}

/// What an insurer should know before it pays.
fn warn_of_ends(session: &Session, entry: &Entry, is_to_clinic: bool) {
    if entry.stay.state != stay_state::SETTLED {
        session.screen.warn(
            "the stay is not settled: if it is cancelled yet, the price goes back to who paid it, and what \
             you pay now does not come back",
        );
    }
    if is_to_clinic {
        session.screen.warn(
            "the clinic has the whole price from the escrow, or gets it: this comes on top, and nothing \
             goes to who paid",
        );
    }
}

/// Ends a claim that is open, by the patient.
pub(super) async fn withdraw(session: &Session, stay: u64) -> Result<Report, Error> {
    let snapshot = Snapshot::newest(session).await?;
    let entry = snapshot.entry(stay).await?;
    let claim = snapshot.ask(IStays::claimOfCall { stay }, "the claim").await?;
    if claim.openWei == 0 {
        return Err(Error::NotFound {
            message: format!("nothing of stay {stay} is claimed"),
            hint: format!("chartkey appointment show {stay} shows the stay"),
        });
    }
    let open = snapshot.currency(entry.terms.token).await?.format(U256::from(claim.openWei));
    let call = IStays::claimCall { stay, insurer: claim.insurer, amountWei: 0 };
    let plan = Plan {
        to: Some(snapshot.contract),
        value_wei: U256::ZERO,
        data: call.abi_encode().into(),
        what: format!("Take back the claim for stay {stay} to {}: {open} is open", claim.insurer),
        public: "that the claim ended".into(),
    };
    let account = session.account().await?;
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    done(stay, &receipt, "is not claimed any more")
}

/// An amount that a claim is about.
pub(super) fn above_zero(currency: &Currency, text: &str, hint: &str) -> Result<u128, Error> {
    match currency.parse(text)? {
        0 => Err(Error::Usage {
            message: "the amount is zero; expected one above zero".into(),
            hint: hint.into(),
        }),
        amount => Ok(amount),
    }
}

/// The program may take the tokens; `false` after `--dry-run`.
async fn allowed(
    session: &Session,
    snapshot: &Snapshot<'_>,
    account: Account,
    currency: &Currency,
    amount: u128,
) -> Result<bool, Error> {
    if *currency == Currency::Coin || amount == 0 {
        return Ok(true);
    }
    let allowance = allow::checked_funds(snapshot, account.address, currency, amount).await?;
    if allowance >= U256::from(amount) {
        return Ok(true);
    }
    allow::approve(session, snapshot, account, currency, (amount, allowance)).await
}
