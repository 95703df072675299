//! What was written and handed over, for people and for scripts.

use chartkey_crypto::Handle;
use serde_json::{Value, json};

use super::parties::Parties;
use crate::output::Report;
use crate::records::Chart;
use crate::rpc::Receipt;
use crate::text::printable;

/// An entry of the record by section and number.
pub(super) type Place = (Handle, u32);

/// What became of the content.
pub(super) enum Said {
    /// Nothing was to be written.
    Nothing,
    /// `--dry-run`.
    Rehearsed,
    /// The chain had it already.
    Before(Place),
    /// It was written.
    Now(Place, Box<Receipt>),
}

/// What was handed over, and the transaction if there was one.
#[derive(Default)]
pub(super) struct Handed {
    pub(super) entries: Vec<Place>,
    pub(super) receipt: Option<Receipt>,
}

/// The report; `None` for `handed` where the other party reads the record anyway.
pub(super) fn report(
    chart: &Chart,
    parties: &Parties,
    said: &Said,
    handed: Option<&Handed>,
) -> Report {
    let (to, stay) = (parties.other(), parties.tie.stay);
    let (entry, append) = match said {
        Said::Before(place) => (Some(*place), None),
        Said::Now(place, receipt) => (Some(*place), Some(receipt.as_ref())),
        Said::Nothing | Said::Rehearsed => (None, None),
    };
    let already = if append.is_none() { "says so already" } else { "is" };
    let mut text = entry.map_or_else(String::new, |place| {
        format!("entry {} {already} about stay {stay}\n", named(chart, place))
    });
    let (who, read) = (parties.named(to), format!("chartkey appointment details {stay}"));
    text.push_str(&match handed.map(|handed| handed.entries.as_slice()) {
        None => format!("{who} owns the record and reads it: {read}"),
        Some([]) => format!("{who} has all that you wrote about stay {stay}"),
        Some(some) => {
            let entries: Vec<String> = some.iter().map(|place| named(chart, *place)).collect();
            format!("{who} has the key of entry {}, and reads it: {read}", entries.join(", "))
        }
    });
    let delivered = handed.map_or(&[][..], |handed| handed.entries.as_slice());
    let data = json!({
        "stay": stay.to_string(),
        "record": chart.record,
        "entry": entry.map(|place| place_json(chart, place)),
        "to": to.to_checksum(None),
        "toRole": parties.role(to),
        "delivered": delivered.iter().map(|place| place_json(chart, *place)).collect::<Vec<_>>(),
        "append": append.map(transaction),
        "delivery": handed.and_then(|handed| handed.receipt.as_ref()).map(transaction),
    });
    Report::new(data, text)
}

/// "5 of administration (3)".
pub(super) fn named(chart: &Chart, (handle, seq): Place) -> String {
    let section = chart.sections.iter().find(|section| section.section.handle == handle);
    let label = section.map_or_else(|| format!("#{}", handle.number()), |one| one.label());
    format!("{seq} of {}", printable(&label))
}

fn place_json(chart: &Chart, (handle, seq): Place) -> Value {
    let section = chart.sections.iter().find(|section| section.section.handle == handle);
    let name = section.and_then(|section| section.name.clone());
    json!({"section": name, "handle": handle.number(), "seq": seq})
}

fn transaction(receipt: &Receipt) -> Value {
    json!({
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    })
}
