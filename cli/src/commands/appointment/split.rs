//! Where the money of a stay goes when it ends: said before it is signed, and told from the event afterwards.

use alloy_primitives::{Address, U256};
use chartkey_abi::{IStays, stay_state};

use crate::args::StayStep;
use crate::dates;
use crate::error::Error;
use crate::rpc::Receipt;
use crate::stays::{Currency, Entry, Policy, Snapshot, escrow};
use crate::transact::logged;

/// What goes back to who paid, and what the clinic gets at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Split {
    refund: u128,
    kept: u128,
}

impl Split {
    pub(super) fn text(self, entry: &Entry, currency: &Currency) -> String {
        let shown = |amount: u128| currency.format(U256::from(amount));
        let clinic = entry.stay.clinic;
        match (self.refund, self.kept) {
            (0, 0) => "no money moves".to_owned(),
            (refund, 0) => format!("{} goes back to who paid", shown(refund)),
            (0, kept) => format!("{} goes to clinic {clinic}, nothing back", shown(kept)),
            (refund, kept) => format!(
                "{} goes back to who paid, {} to clinic {clinic}",
                shown(refund),
                shown(kept)
            ),
        }
    }
}

/// What a step would do now, by the policy; `None` for steps that end nothing. The contract decides: it may
/// say no, or a boundary may pass until it is asked.
pub(super) async fn foretold(
    snapshot: &Snapshot<'_>,
    entry: &Entry,
    step: &StayStep,
    caller: Address,
) -> Result<Option<Split>, Error> {
    let held = escrow(entry);
    let whole = |kept: u128| Some(Split { refund: held - kept, kept });
    let is_patient = caller == entry.stay.patient && caller != entry.stay.clinic;
    match step {
        StayStep::Retract { .. } => return Ok(whole(0)),
        StayStep::Cancel { .. } if !is_patient => return Ok(whole(0)),
        StayStep::Cancel { .. }
        | StayStep::Lapse { .. }
        | StayStep::NoShow { .. }
        | StayStep::Discharge { .. } => {}
        _ => return Ok(None),
    }
    let Some(policy) = Policy::of(snapshot, entry).await? else { return Ok(None) };
    Ok(match step {
        StayStep::NoShow { .. } => whole(policy.no_show_fee(entry)),
        StayStep::Discharge { on, .. } => {
            let day = dates::parse_day(on)?;
            let is_first = entry.terms.until == 0 && entry.stay.state == stay_state::ARRIVED;
            // Of a stay that was shortened before, the quoted price is not in its words any more.
            is_first.then(|| Split { refund: policy.early_refund(entry, day), kept: 0 })
        }
        _ => whole(policy.late_fee(entry, snapshot.time().await?)),
    })
}

/// What a step did, by its event.
pub(super) fn found(receipt: &Receipt, contract: Address) -> Option<Split> {
    if let Ok(closed) = logged::<IStays::StayClosed>(receipt, contract) {
        return Some(Split { refund: closed.refundWei, kept: closed.keptWei });
    }
    let shortened = logged::<IStays::StayShortened>(receipt, contract).ok()?;
    Some(Split { refund: shortened.refundWei, kept: 0 })
}
