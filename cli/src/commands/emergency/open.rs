//! `chartkey emergency open`: the summary, from both halves.

use std::path::Path;

use alloy_primitives::B256;
use chartkey_crypto::{Emergency, Error as CryptoError};
use serde_json::json;

use super::{open_claim, read_card, require_setup};
use crate::commands::record::shown;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Halves, Holder};
use crate::session::Session;

pub(super) async fn run(
    session: &Session,
    record: B256,
    card: Option<&Path>,
) -> Result<Report, Error> {
    let card = read_card(card)?;
    let holder = Holder::open(session).await?;
    let closed = Chart::read(session, &holder, record).await?;
    let setup = require_setup(session, &holder, &closed).await?;
    // No key enforces this: both halves open the summary at any time. An honest client asks first.
    let opening = open_claim(&closed, &setup, holder.account.address)?;
    let emergency = Emergency { record: holder.place(record), generation: setup.generation };
    let halves = Halves::of(&closed.keychain, setup.generation).with_card(card.as_ref());
    let (_, keys) = halves.open(&emergency, &closed.history)?;
    let chart = Chart::read_with(session, &holder, record, keys).await?;
    let summary = chart.sections.iter().find(|one| one.section.handle == setup.handle);
    let summary = summary.ok_or(CryptoError::EndpointDisagreement)?;
    let (lines, entries) = shown(summary, None, false);
    let mut text = format!(
        "record {record}\nopened in an emergency; the claim ends {}\n{lines}",
        dates::format_instant(opening.until())
    );
    text.push_str(&format!("\nwhen you are done: chartkey emergency close {record}"));
    let data = json!({
        "record": record,
        "opening": opening.seq,
        "until": dates::format_instant(opening.until()),
        "section": summary.name,
        "entries": entries["entries"],
    });
    let mut report = Report::new(data, text);
    report.warnings.extend(closed.keychain.remarks);
    Ok(report)
}
