//! `chartkey access share`: single entries, or a period, once and without a grant
//! (crypto.md sections 7.2 and 8.4).

use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use chartkey_crypto::Item;
use serde_json::json;

use super::deliver::PUBLIC;
use super::told;
use crate::args::Share;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Handout, Holder, Parcel, Routes, SectionChart};
use crate::session::Session;
use crate::text::printable;

/// What is shared, and how far it reaches.
struct Shared {
    items: Vec<Item>,
    ranges: Vec<(u32, u32)>,
    /// Whether the keys in use now are among them.
    is_current: bool,
}

pub(super) async fn run(session: &Session, share: &Share) -> Result<Report, Error> {
    let words = share.words.read()?;
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let me = holder.account.address;
    if me != chart.owner || share.grantee == me {
        return Err(Error::NotFound {
            message: "only the record's owner shares entries, and with another account".into(),
            hint: format!("its owner is {}", chart.owner),
        });
    }
    let section = chart.require(&share.section)?;
    let (history, to) = (&chart.history, [share.grantee]);
    let routes =
        Routes::check(session, &holder, history, chart.owner, to, words.as_deref()).await?;
    let shared = if share.entry.is_empty() {
        period(section, share)?
    } else {
        entries(&holder, &chart, section, &share.entry)?
    };
    let (grantee, label) = (share.grantee, printable(&section.label()));
    let reach = reach(&shared);
    let what = format!("Give {grantee} the keys of {label}: {reach}; that cannot be taken back");
    let call = |sealed: crate::records::Sealed| {
        IRecords::deliverCall { record, keys: sealed.keys, list: sealed.list.into() }.abi_encode()
    };
    let handout = Handout { what: &what, public: PUBLIC };
    let parcels = Parcel::split(grantee, shared.items);
    let sent = holder.hand_out(session, record, &routes, parcels, handout, call).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    let text = format!(
        "{grantee} can read of {label}: {reach}\nit has no grant: tell it the record: --record \
         {record}\nthis cannot be taken back"
    );
    let ranges: Vec<_> =
        shared.ranges.iter().map(|(first, last)| json!({"first": first, "last": last})).collect();
    let data = json!({
        "record": record,
        "grantee": grantee.to_checksum(None),
        "section": section.name,
        "handle": section.section.handle.number(),
        "entries": ranges,
        "untilNextKeys": shared.is_current,
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Ok(Report::new(data, text))
}

fn reach(shared: &Shared) -> String {
    let entries = match shared.ranges.as_slice() {
        [] => "no entry yet".to_owned(),
        some => format!("entries {}", told::ranges(some)),
    };
    let on = if shared.is_current { ", and what is written until it gets new keys" } else { "" };
    format!("{entries}{on}")
}

fn entries(
    holder: &Holder,
    chart: &Chart,
    section: &SectionChart,
    numbers: &[u32],
) -> Result<Shared, Error> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    let (mut items, mut ranges) = (Vec::new(), Vec::new());
    for seq in numbers {
        items.push(holder.entry_item(chart, section, seq)?);
        ranges.push((seq, seq));
    }
    Ok(Shared { items, ranges, is_current: false })
}

/// The keys that were in use in a period. A key opens all that was written under it: what is shared begins
/// with the change of keys before the period, and ends with the one after it.
fn period(section: &SectionChart, share: &Share) -> Result<Shared, Error> {
    let since = share.since.map_or(0, crate::dates::Instant::seconds);
    let before = share.before.map_or(u64::MAX, crate::dates::Instant::seconds);
    let (mut items, mut ranges, mut is_current) = (Vec::new(), Vec::new(), false);
    for (index, epoch) in section.epochs.iter().enumerate() {
        let next = section.epochs.get(index + 1);
        let ends_after = next.is_none_or(|next| since < next.began);
        if ends_after && epoch.began < before {
            items.push(section.epoch_item(index)?);
            ranges.extend(section.entries_of(index));
            is_current |= next.is_none();
        }
    }
    if items.is_empty() {
        return Err(Error::NotFound {
            message: format!(
                "{} had no keys between {} and {}",
                printable(&section.label()),
                dates::format_instant(since),
                dates::format_instant(before)
            ),
            hint: "chartkey access explain".into(),
        });
    }
    Ok(Shared { items, ranges, is_current })
}
