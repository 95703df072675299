//! `chartkey emergency review`: every opening is judged by somebody else than who opened.

use chartkey_crypto::{BodyType, Frame, Operation};
use serde_json::{Value, json};

use super::{read_text, reason};
use crate::args::{Outcome, Review};
use crate::commands::sent::with_receipts;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Appended, Chart, Draft, Holder, Opening};
use crate::session::Session;

/// Where reviews are kept.
const AUDIT: &str = chartkey_fhir::Section::ConsentAndAudit.name();
/// What an entry of the product is, in its `type`.
const KIND: &str = "emergency-review";

/// A review as it was written.
pub(super) struct Reviewed {
    pub(super) outcome: String,
    pub(super) note: String,
    pub(super) by: alloy_primitives::Address,
    pub(super) time: u64,
}

pub(super) async fn run(session: &Session, wanted: &Review) -> Result<Report, Error> {
    let note = read_text(&wanted.note)?;
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let record = holder.record(session).await?;
    if holder.account.address == wanted.claimant {
        return Err(Error::Usage {
            message: "nobody reviews their own opening".into(),
            hint: "let the patient or somebody else judge it".into(),
        });
    }
    let chart = Chart::read_open(session, &holder, record, &[AUDIT]).await?;
    let opening = chart
        .openings()
        .into_iter()
        .rev()
        .find(|one| one.claimant == wanted.claimant && of_opening(&chart, one).is_none());
    let opening = opening.ok_or_else(|| Error::NotFound {
        message: format!("{} has no opening without a review", wanted.claimant),
        hint: "chartkey emergency list".into(),
    })?;
    let outcome = match wanted.outcome {
        Outcome::Justified => "justified",
        Outcome::Unjustified => "unjustified",
    };
    let body = json!({
        "type": KIND,
        "opening": opening.seq,
        "claimant": opening.claimant.to_checksum(None),
        "reason": reason(opening.reason),
        "opened": dates::format_instant(opening.time),
        "outcome": outcome,
        "note": note,
    });
    let body = body.to_string().into_bytes();
    let frame = Frame::new(Operation::Create, BodyType::Product, dates::now(), body)?;
    let what = format!("Review the opening by {}: {outcome}", wanted.claimant);
    let Some(section) = chart.named(AUDIT) else { return Ok(session.rehearsal()) };
    let mut done = Appended::default();
    holder.append(session, record, section, &[Draft { frame, what }], &mut done).await?;
    if done.receipts.is_empty() {
        return Ok(session.rehearsal());
    }
    let text = format!(
        "the opening by {} on {} is reviewed: {outcome}",
        wanted.claimant,
        dates::format_instant(opening.time)
    );
    let data = json!({
        "record": record,
        "opening": opening.seq,
        "claimant": wanted.claimant.to_checksum(None),
        "outcome": outcome,
        "section": AUDIT,
        "seq": section.state.seq() + 1,
    });
    Ok(Report::new(with_receipts(data, &done.receipts), text))
}

/// The review of an opening, if there is one by somebody else than the claimant.
pub(super) fn of_opening(chart: &Chart, opening: &Opening) -> Option<Reviewed> {
    let entries = chart.named(AUDIT)?.entries.iter().rev();
    let mut others = entries.filter(|entry| entry.author != opening.claimant);
    others.find_map(|entry| {
        let frame = entry.frame.as_ref().ok()?;
        if frame.body_type != BodyType::Product {
            return None;
        }
        let body: Value = serde_json::from_slice(&frame.body().ok()?).ok()?;
        if body["type"] != KIND || body["opening"] != opening.seq {
            return None;
        }
        Some(Reviewed {
            outcome: body["outcome"].as_str()?.to_owned(),
            note: body["note"].as_str().unwrap_or_default().to_owned(),
            by: entry.author,
            time: entry.time,
        })
    })
}
