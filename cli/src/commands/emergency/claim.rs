//! `chartkey emergency claim` and `close`.

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use chartkey_crypto::{Fresh, seal_note};
use serde_json::json;

use super::{open_claim, read_text, reason, require_setup};
use crate::args::Claim;
use crate::commands::sent::with_receipts;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Halves, Holder};
use crate::session::Session;
use crate::signer::SignerError;

pub(super) async fn run(session: &Session, wanted: &Claim) -> Result<Report, Error> {
    let text = read_text(&wanted.note)?;
    let mut holder = Holder::open_to_write(session).await?;
    // Custodians deliver to the registered key.
    holder.register(session).await?;
    let chart = Chart::read(session, &holder, wanted.of).await?;
    let setup = require_setup(session, &holder, &chart).await?;
    if !Halves::of(&chart.keychain, setup.generation).has_first() {
        session.screen.warn(
            "this account holds no first half: it can claim, and custodians may deliver to it, but that \
             alone opens nothing",
        );
    }
    let words = wanted.fingerprint.as_deref();
    let owner = holder.contact(session, &chart.history, chart.owner, words).await?;
    let place = holder.place(wanted.of);
    let rnd = Fresh::<64>::draw(getrandom::fill).map_err(|_| SignerError::RandomnessUnavailable)?;
    let note = seal_note(&place, &owner.recipient, holder.id(), &text, rnd)?;
    let call = IRecords::claimEmergencyCall {
        record: wanted.of,
        cosigner: wanted.cosigner,
        reason: wanted.reason.number(),
        note: note.into(),
    };
    let code = reason(wanted.reason.number());
    let what = format!(
        "Claim emergency access ({code}) to a record of {}, with {}; the note is sealed to the owner's key",
        chart.owner, wanted.cosigner
    );
    let public = "that this account claims emergency access to this record, the reason's code and the \
                  co-signer; not the note. The patient sees it, and it is reviewed";
    let sent = holder.send(session, call.abi_encode(), what, public).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    let chart = Chart::read(session, &holder, wanted.of).await?;
    let opening = open_claim(&chart, &setup, holder.account.address)?;
    let until = dates::format_instant(opening.until());
    let text = format!(
        "claimed until {until}\nask a custodian to run: chartkey emergency release {} {}\nthen: chartkey \
         emergency open {}",
        wanted.of, holder.account.address, wanted.of
    );
    let data = json!({
        "record": wanted.of,
        "claimant": holder.account.address.to_checksum(None),
        "cosigner": wanted.cosigner.to_checksum(None),
        "reason": code,
        "opening": opening.seq,
        "until": until,
        "noteSealedTo": chart.owner.to_checksum(None),
    });
    Ok(Report::new(with_receipts(data, &[receipt]), text))
}

pub(super) async fn close(
    session: &Session,
    record: B256,
    claimant: Option<Address>,
) -> Result<Report, Error> {
    let holder = Holder::open_to_write(session).await?;
    let me = holder.account.address;
    let claimant = claimant.unwrap_or(me);
    let chart = Chart::read(session, &holder, record).await?;
    let call = IRecords::closeEmergencyCall { record, claimant };
    let what = format!("End the emergency claim of {claimant}");
    let public = "that the claim has ended";
    let sent = holder.send(session, call.abi_encode(), what, public).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    let next = if chart.owner == me {
        "nothing is written to the summary before it has new keys: chartkey emergency setup makes new \
         halves and new keys, for the same people; then review the opening: chartkey emergency review"
    } else {
        "its owner gives the summary new keys and reviews the opening"
    };
    let text =
        format!("the claim of {claimant} has ended; what it has read cannot be taken back\n{next}");
    let data = json!({
        "record": record,
        "claimant": claimant.to_checksum(None),
    });
    Ok(Report::new(with_receipts(data, &[receipt]), text))
}
