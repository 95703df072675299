//! Grants and what they give, in words.

use alloy_primitives::Address;
use chartkey_abi::permission;
use chartkey_crypto::Grant as Terms;
use serde_json::{Value, json};

use super::offer::{Made, NO_END};
use super::{permission_words, sections_of};
use crate::args::Purpose;
use crate::dates;
use crate::output::Report;
use crate::records::{Chart, Reach, SectionChart};
use crate::text::printable;

/// What an end does and does not do (crypto.md sections 1, 8.5).
pub(super) const HONEST_END: &str = "at its end the contract stops writing; later entries cannot be read \
                                     from the next change of keys on; what could be read before stays readable";

/// Names and handles of the sections of a bitmap.
pub(super) fn names(chart: &Chart, sections: u64) -> Vec<String> {
    sections_of(chart, sections).map(|section| printable(&section.label())).collect()
}

pub(super) fn until(expiry: u64) -> String {
    if expiry == NO_END {
        "without an end".to_owned()
    } else {
        format!("until {}", dates::format_instant(expiry))
    }
}

/// `null` for a grant without an end.
pub(super) fn end_json(end: u64) -> Value {
    if end == NO_END { Value::Null } else { dates::format_instant(end).into() }
}

/// "2 to 5, 8 to 9".
pub(super) fn ranges(ranges: &[(u32, u32)]) -> String {
    let one = |(first, last): &(u32, u32)| match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    };
    ranges.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What can be read of a section, in words.
pub(super) fn readable(reach: &Reach) -> String {
    let entries = match reach.ranges.as_slice() {
        [] if reach.epochs.is_empty() => return "only what it writes itself".to_owned(),
        [] if !reach.is_current => {
            return "no entry: none was written while it had keys".to_owned();
        }
        [] => "no entry yet".to_owned(),
        some => format!("entries {}", ranges(some)),
    };
    if reach.is_current {
        format!("{entries}, and what is written until the section gets new keys")
    } else {
        format!("{entries}, and nothing that was written after them")
    }
}

/// What somebody whose access ends could read, as lines and as rows. What it lost earlier is told again: it is
/// still readable to it.
pub(super) fn exposed(chart: &Chart, reach: &[Reach], text: &mut String) -> Vec<Value> {
    let mut exposed = Vec::new();
    for one in reach {
        for section in sections_of(chart, super::bitmap(&[one.handle])) {
            let gone = Reach { is_current: false, ..one.clone() };
            let label = printable(&section.label());
            text.push_str(&format!("\n  {label}: it could read {}", readable(&gone)));
            exposed.extend(rows(section, one));
        }
    }
    exposed
}

/// The same as data: one row per range, and one without numbers where no entry can be read.
pub(super) fn rows(section: &SectionChart, reach: &Reach) -> Vec<Value> {
    let row = |range: Option<(u32, u32)>| {
        json!({
            "section": section.name,
            "handle": section.section.handle.number(),
            "first": range.map(|(first, _)| first),
            "last": range.map(|(_, last)| last),
        })
    };
    if reach.ranges.is_empty() {
        return vec![row(None)];
    }
    reach.ranges.iter().map(|range| row(Some(*range))).collect()
}

/// The report of a grant.
pub(super) fn granted(made: &Made, terms: &Terms) -> Report {
    let Made { chart, receipt, rotations, lost } = made;
    let grantee = Address::from(terms.grantee);
    let words = permission_words(terms.permissions);
    let mut text = format!("{grantee} may {} {}", words.join(", "), until(terms.expiry));
    for section in sections_of(chart, terms.sections) {
        let entries = section.entries.len();
        let readable = match terms.permissions {
            bits if bits & permission::READ != 0 && bits & permission::HISTORY != 0 => {
                format!("its {entries} entries, and what follows")
            }
            bits if bits & permission::READ != 0 => "what is written from now on".to_owned(),
            bits if bits & permission::WRITE != 0 => "what it writes itself".to_owned(),
            _ => "nothing".to_owned(),
        };
        text.push_str(&format!("\n  {}: {readable}", printable(&section.label())));
    }
    for (label, is_new) in lost {
        text.push_str(&format!(
            "\n  {label}: no more; {}",
            if *is_new {
                "it has new keys"
            } else {
                "it takes no entry before the owner gives it new keys"
            }
        ));
    }
    text.push_str(&format!("\nwhat was read cannot be taken back; {HONEST_END}"));
    let rotations: Vec<_> = rotations.iter().map(|receipt| receipt.transaction_hash).collect();
    let lost: Vec<_> = lost.iter().map(|(label, _)| label).collect();
    let data = json!({
        "record": chart.record,
        "grantee": grantee.to_checksum(None),
        "permissions": words,
        "sections": names(chart, terms.sections),
        "lost": lost,
        "until": end_json(terms.expiry),
        "purpose": Purpose::code(terms.purpose),
        "rotations": rotations,
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Report::new(data, text)
}
