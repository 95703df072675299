//! `chartkey recover keys`: what the guardians' shares open.

use std::fmt::Write as _;

use alloy_primitives::{Address, B256};
use serde_json::{Value, json};

use super::require_guardians;
use crate::commands::sent::addresses;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Given, Holder};
use crate::session::Session;
use crate::text::printable;

pub(super) async fn run(session: &Session, record: B256) -> Result<Report, Error> {
    let mut holder = Holder::open(session).await?;
    let (chart, given) = read(session, &mut holder, record).await?;
    let owner = Address::from(given.identity.account);
    let mut text = format!(
        "the shares of {} give the keys of {owner}, version {}, back\n",
        addresses(&given.good).join(", "),
        given.identity.version
    );
    let mut sections = Vec::new();
    for section in &chart.sections {
        let entries = section.entries.len();
        let readable = section.entries.iter().filter(|entry| entry.frame.is_ok()).count();
        let label = printable(&section.label());
        let _ = writeln!(text, "  {label}: {readable} of {entries} entries can be read");
        sections.push(json!({
            "name": section.name,
            "handle": section.section.handle.number(),
            "entries": entries,
            "readable": readable,
        }));
    }
    text.push_str(
        "the keys are kept nowhere: the shares on chain give them again\nto take the record over: chartkey \
         recover finish RECORD",
    );
    let data = json!({
        "record": record,
        "owner": owner.to_checksum(None),
        "keyVersion": given.identity.version,
        "isRegistered": given.is_registered,
        "sharesFrom": addresses(&given.good),
        "wrongSharesFrom": addresses(&given.wrong),
        "sections": Value::from(sections),
    });
    let mut report = Report::new(data, text);
    report.warnings.extend(warnings(&given));
    Ok(report)
}

/// Opens the record with the keys that guardians gave back; `holder` has them from now on.
pub(super) async fn read(
    session: &Session,
    holder: &mut Holder,
    record: B256,
) -> Result<(Chart, Given), Error> {
    let chart = Chart::read(session, holder, record).await?;
    let guardians = require_guardians(session, holder, &chart).await?;
    let given = chart.recovered(session, holder, &guardians).await?;
    let root = chartkey_crypto::Root::from_bytes(*given.root.expose());
    holder.adopt(given.identity, root);
    let chart = Chart::read(session, holder, record).await?;
    Ok((chart, given))
}

/// What a user should know about the shares.
pub(super) fn warnings(given: &Given) -> Vec<String> {
    let mut warnings = Vec::new();
    if !given.wrong.is_empty() {
        warnings.push(format!(
            "wrong shares came from {}: they fit neither the others nor the blob",
            addresses(&given.wrong).join(", ")
        ));
    }
    if !given.is_registered {
        warnings.push(
            "these are not the newest keys of that account: what was delivered to newer ones stays closed"
                .to_owned(),
        );
    }
    warnings
}
