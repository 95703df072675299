//! `chartkey audit disclosures`: the accounting of disclosures (guides/domain.md): date, recipient, what
//! and for what, reproducible from the chain by anyone.

use std::fmt::Write as _;

use alloy_primitives::B256;
use chartkey_abi::purpose;
use serde_json::{Value, json};

use super::given::{Given, Keys};
use super::{NOT_PROVABLE, chart, section_json, section_label};
use crate::args::Purpose;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::Chart;
use crate::session::Session;
use crate::text::printable;

/// Seconds of a year of 365.25 days.
const YEAR: u64 = 31_557_600;

/// Disclosures that an accounting may leave out are listed apart.
const fn is_treatment_payment_operations(number: u8) -> bool {
    matches!(
        number,
        purpose::TREAT | purpose::ETREAT | purpose::BTG | purpose::HPAYMT | purpose::HOPERAT
    )
}

pub(super) async fn run(session: &Session, years: u32) -> Result<Report, Error> {
    let chart = chart(session).await?;
    let since = chart.now.saturating_sub(u64::from(years).saturating_mul(YEAR));
    let keys = Keys::of(&chart);
    let disclosed: Vec<(&Given, u8)> = keys
        .given
        .iter()
        .filter(|given| given.time >= since && !given.is_own_only)
        .filter_map(|given| Some((given, given.purpose?)))
        .collect();
    let (apart, accounted): (Vec<_>, Vec<_>) =
        disclosed.into_iter().partition(|(_, number)| is_treatment_payment_operations(*number));
    let word = B256::from(chart.ledger.access.to_word());
    let mut text = format!(
        "record {}\ndisclosures since {}, as of block {} (access word {word})\n",
        chart.record,
        dates::format_instant(since),
        chart.ledger.block,
    );
    for (title, rows) in
        [("Disclosures", &accounted), ("Treatment, payment and operations", &apart)]
    {
        let _ = writeln!(text, "\n{title}: {}", rows.len());
        for (given, number) in rows {
            text.push_str(&line(&chart, given, *number));
        }
    }
    let unlisted: usize = keys.unlisted.iter().map(|(_, count)| count).sum();
    if unlisted > 0 {
        let _ = writeln!(
            text,
            "\n{unlisted} deliveries went to readers who are not listed: the chain does not name them"
        );
    }
    let _ = writeln!(text, "\n{NOT_PROVABLE}");
    let rows = |list: &[(&Given, u8)]| -> Vec<Value> {
        list.iter().map(|(given, number)| row(&chart, given, *number)).collect()
    };
    let data = json!({
        "record": chart.record,
        "since": dates::format_instant(since),
        "block": chart.ledger.block.to_string(),
        "accessWord": word,
        "disclosures": rows(&accounted),
        "treatmentPaymentOperations": rows(&apart),
        "unlisted": unlisted,
        "notProvable": NOT_PROVABLE,
    });
    let mut report = Report::new(data, text);
    report.warnings.extend(chart.keychain.remarks);
    Ok(report)
}

fn line(chart: &Chart, given: &Given, number: u8) -> String {
    let (first, last) = given.epochs;
    format!(
        "{}  {}  {}\n    keys to {}, epochs {first} to {last}, access entry {}\n",
        dates::format_instant(given.time),
        given.to,
        Purpose::code(number).unwrap_or("purpose unknown"),
        printable(&section_label(chart, given.section)),
        given.entry,
    )
}

fn row(chart: &Chart, given: &Given, number: u8) -> Value {
    json!({
        "date": dates::format_instant(given.time),
        "recipient": given.to.to_checksum(None),
        "section": section_json(chart, given.section),
        "fromEpoch": given.epochs.0,
        "untilEpoch": given.epochs.1,
        "purpose": Purpose::code(number),
        "by": given.by.to_checksum(None),
        "accessEntry": given.entry,
    })
}
