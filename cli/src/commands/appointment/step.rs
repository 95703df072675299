//! The steps of a stay that need its number and little else.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::IStays;

use super::claim::above_zero;
use super::{done, split, warn_of_credential, warn_of_days};
use crate::args::StayStep;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;
use crate::stays::{Currency, Entry, Snapshot};
use crate::transact::Plan;

/// One call, and what to tell about it.
struct Step {
    stay: u64,
    data: Bytes,
    what: String,
    public: &'static str,
    after: &'static str,
}

pub(super) async fn run(session: &Session, step: StayStep) -> Result<Report, Error> {
    let snapshot = Snapshot::newest(session).await?;
    // Says that there is none before anything is asked for.
    let entry = snapshot.entry(step.stay()).await?;
    if matches!(step, StayStep::Book { .. }) {
        warn_of_credential(session, &snapshot, entry.stay.clinic).await?;
        warn_of_days(session, &snapshot, &entry).await?;
    }
    let currency = snapshot.currency(entry.terms.token).await?;
    let account = session.account().await?;
    let split = split::foretold(&snapshot, &entry, &step, account.address).await?;
    let mut step = plain(step, &entry, &currency)?;
    step.what.extend(split.map(|split| format!(": {}", split.text(&entry, &currency))));
    let plan = Plan {
        to: Some(snapshot.contract),
        value_wei: U256::ZERO,
        data: step.data,
        what: step.what,
        public: step.public.into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    let split = split::found(&receipt, snapshot.contract);
    let told =
        split.map_or_else(String::new, |split| format!("; {}", split.text(&entry, &currency)));
    done(step.stay, &receipt, &format!("{}{told}", step.after))
}

fn plain(step: StayStep, entry: &Entry, currency: &Currency) -> Result<Step, Error> {
    let of = |stay, data: Vec<u8>, what: &str, public, after| Step {
        stay,
        data: data.into(),
        what: format!("{what} stay {stay}"),
        public,
        after,
    };
    Ok(match step {
        StayStep::Hold { stay } => of(
            stay,
            IStays::holdCall { stay }.abi_encode(),
            "Reserve the room of",
            "that the room is held, and until when",
            "is held for a short while; book or pay it in time",
        ),
        StayStep::Book { stay } => of(
            stay,
            IStays::bookCall { stay }.abi_encode(),
            "Accept the quote of",
            "that the stay is booked",
            "is booked; it has to be paid in the policy's time",
        ),
        StayStep::Cancel { stay } => of(
            stay,
            IStays::cancelCall { stay }.abi_encode(),
            "Cancel",
            "who cancelled, what went back and what was kept",
            "is cancelled",
        ),
        StayStep::Retract { stay } => of(
            stay,
            IStays::retractCall { stay }.abi_encode(),
            "Mark as entered in error",
            "that the stay was an error",
            "is entered-in-error",
        ),
        StayStep::Lapse { stay } => of(
            stay,
            IStays::lapseCall { stay }.abi_encode(),
            "End the hold or the booking whose time is over, of",
            "that the stay lapsed",
            "lapsed; its room is free",
        ),
        StayStep::Arrive { stay } => of(
            stay,
            IStays::arriveCall { stay }.abi_encode(),
            "Register the arrival of the patient of",
            "that the patient is in house",
            "has its patient in house",
        ),
        StayStep::NoShow { stay } => of(
            stay,
            IStays::noShowCall { stay }.abi_encode(),
            "State that the patient did not come to",
            "that the patient did not come, what went back and what was kept",
            "is a no-show",
        ),
        StayStep::Discharge { stay, on } => of(
            stay,
            IStays::dischargeEarlyCall { stay, dischargeDay: dates::parse_day(&on)? }.abi_encode(),
            &format!("Discharge on {on} the patient of"),
            "the new day of discharge and the refund",
            "ends earlier",
        ),
        StayStep::Dispute { stay } => of(
            stay,
            IStays::disputeCall { stay }.abi_encode(),
            "Freeze the money, until the arbiter decides, of",
            "that the stay is disputed",
            "is disputed; the policy's arbiter decides",
        ),
        StayStep::Decide { stay, refund } => of(
            stay,
            IStays::decideCall { stay, refundWei: currency.parse(&refund)? }.abi_encode(),
            &format!("Give back {refund} and release the rest to the clinic, of"),
            "the decision",
            "is decided",
        ),
        StayStep::Claim { stay, insurer, amount } => {
            if insurer.is_zero() {
                return Err(Error::Usage {
                    message: "nobody has the zero address".into(),
                    hint: "give the insurer's address".into(),
                });
            }
            let hint = "to end a claim: chartkey appointment withdraw-claim";
            let amount_wei = above_zero(currency, &amount, hint)?;
            of(
                stay,
                IStays::claimCall { stay, insurer, amountWei: amount_wei }.abi_encode(),
                &format!("Claim {amount} from insurer {insurer}, and consent to it, for"),
                "which insurer is asked, and for how much",
                "is claimed; the insurer answers",
            )
        }
        StayStep::Settle { stay } | StayStep::Complete { stay } => Step {
            stay,
            data: IStays::settleCall { stay }.abi_encode().into(),
            what: format!(
                "Release {} of stay {stay} to clinic {}; this cannot be taken back",
                currency.format(U256::from(entry.stay.totalWei)),
                entry.stay.clinic
            ),
            public: "that the stay is settled",
            after: "is settled; the clinic takes the money with: chartkey payment withdraw",
        },
    })
}
