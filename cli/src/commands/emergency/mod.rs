//! `chartkey emergency`: break-glass (crypto.md section 11).

mod claim;
mod drill;
mod list;
mod open;
mod release;
mod review;
mod setup;
mod update;

use std::path::Path;

use alloy_primitives::{Address, B256};
use chartkey_crypto::{EmergencyHalf2, Error as CryptoError};

use crate::args::Emergency;
use crate::error::Error;
use crate::files;
use crate::output::Report;
use crate::records::{Chart, EmergencySetup, Holder, Opening};
use crate::session::Session;

pub(super) async fn run(session: &Session, command: Emergency) -> Result<Report, Error> {
    match command {
        Emergency::Setup(wanted) => setup::run(session, &wanted).await,
        Emergency::Update => update::run(session).await,
        Emergency::Claim(claim) => claim::run(session, &claim).await,
        Emergency::Open { of, card } => open::run(session, of, card.as_deref()).await,
        Emergency::Release { of, claimant, fingerprint } => {
            release::run(session, of, claimant, fingerprint.as_deref()).await
        }
        Emergency::Close { of, claimant } => claim::close(session, of, claimant).await,
        Emergency::Review(review) => review::run(session, &review).await,
        Emergency::List => list::run(session).await,
        Emergency::Drill { card } => drill::run(session, card.as_deref()).await,
    }
}

/// The set-up of a record that has one.
async fn require_setup(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
) -> Result<EmergencySetup, Error> {
    chart.emergency(session, holder).await?.ok_or_else(|| Error::NotFound {
        message: format!("record {} has no emergency access", chart.record),
        hint: "its owner sets it up: chartkey emergency setup".into(),
    })
}

/// The open claim of an account.
fn open_claim(chart: &Chart, setup: &EmergencySetup, claimant: Address) -> Result<Opening, Error> {
    let openings = chart.openings();
    let open = openings
        .into_iter()
        .rev()
        .find(|one| one.claimant == claimant && one.is_open(setup.generation, chart.now));
    open.ok_or_else(|| Error::NotFound {
        message: format!("{claimant} has no open claim on record {}", chart.record),
        hint: format!(
            "chartkey emergency claim {} --reason btg --note FILE --cosigner ADDR",
            chart.record
        ),
    })
}

/// The second half that a card has, from a file or standard input.
fn read_card(path: Option<&Path>) -> Result<Option<EmergencyHalf2>, Error> {
    let Some(path) = path else { return Ok(None) };
    let bytes = zeroize::Zeroizing::new(files::read_input(path)?);
    let words = std::str::from_utf8(&bytes).map_err(|_| CryptoError::BadWords("no text"))?;
    let half = EmergencyHalf2::from_words(words.trim()).map_err(|error| Error::Usage {
        message: format!("this is no emergency card: {error}"),
        hint: "give the 24 words of the card in their order".into(),
    })?;
    Ok(Some(half))
}

/// A text of a person from a file: UTF-8 and not empty.
fn read_text(path: &Path) -> Result<String, Error> {
    let text = String::from_utf8(files::read_input(path)?).unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::Usage {
            message: "the note is empty, or not UTF-8".into(),
            hint: "say in a text file what happened".into(),
        });
    }
    Ok(text.to_owned())
}

/// A reason's code as people know it.
fn reason(code: u16) -> &'static str {
    u8::try_from(code).ok().and_then(crate::args::Purpose::code).unwrap_or("unknown reason")
}

/// The record of a person in charge: the one that the flags name, or the only one.
async fn own_chart(session: &Session, holder: &Holder) -> Result<Chart, Error> {
    let record: B256 = holder.record(session).await?;
    let chart = Chart::read(session, holder, record).await?;
    super::sent::require_owner(&chart, holder.account.address)?;
    Ok(chart)
}
