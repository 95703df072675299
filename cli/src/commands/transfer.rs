//! `chartkey transfer`: a record changes hands by its owner's will: growing up, another guardian of a minor
//! (crypto.md section 12).

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use chartkey_abi::{IRecords, records_slot};
use chartkey_crypto::{Item, Scope};
use serde_json::json;

use super::sent::{require_owner, with_receipts};
use crate::args::Transfer;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, Parcel, Routes};
use crate::rpc::Receipt;
use crate::session::Session;

/// Most keys in one delivery beside that of the channel.
const ITEMS: usize = 63;

pub(super) async fn run(session: &Session, command: Transfer) -> Result<Report, Error> {
    match command {
        Transfer::Offer { to, fingerprint } => offer(session, to, fingerprint.as_deref()).await,
        Transfer::Withdraw => withdraw(session).await,
        Transfer::Accept { of } => accept(session, of).await,
    }
}

/// The keys go first: whoever accepts a record without them would begin it anew.
async fn offer(session: &Session, to: Address, words: Option<&str>) -> Result<Report, Error> {
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    require_owner(&chart, holder.account.address)?;
    require_all_keys(&chart)?;
    if to == chart.owner {
        return Err(Error::Usage {
            message: format!("{to} is in charge of the record already"),
            hint: "name the account that shall be".into(),
        });
    }
    let routes = Routes::check(session, &holder, &chart.history, chart.owner, [to], words).await?;
    let mut receipts = Vec::new();
    for items in seeds(&chart, to) {
        let sealed = routes.seal(&holder, record, vec![Parcel { to, items }])?;
        let call = IRecords::deliverCall { record, keys: sealed.keys, list: sealed.list.into() };
        let what = format!(
            "Deliver the keys of all sections to {to}: from now on it reads everything, also if it never \
             accepts; that cannot be taken back"
        );
        let public = "that keys were delivered to this account";
        receipts.extend(holder.send(session, call.abi_encode(), what, public).await?);
    }
    let call = IRecords::offerRecordCall { record, account: to };
    let what = format!("Offer the record to {to}, who will be in charge of it in your place");
    let public = "that the record is offered to this account";
    let sent = holder.send(session, call.abi_encode(), what, public).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    receipts.push(receipt);
    let text = format!(
        "offered to {to}, who has all keys and runs: chartkey transfer accept {record}\nwhat you can read \
         now stays readable to you; what is written after the acceptance does not"
    );
    let data = json!({"record": record, "offeredTo": to.to_checksum(None)});
    Ok(Report::new(with_receipts(data, &receipts), text))
}

/// The seed of each section's newest epoch: it opens all before.
fn seeds(chart: &Chart, to: Address) -> Vec<Vec<Item>> {
    let mut items: Vec<Item> = chart
        .sections
        .iter()
        .filter_map(|section| {
            let here = section.epoch()?;
            let at = section.section.at(here.epoch);
            Some(Scope::WithPast.item(&at, here.seed.as_ref()?, &to.into_array()))
        })
        .collect();
    let mut parts = Vec::new();
    while items.len() > ITEMS {
        let rest = items.split_off(ITEMS);
        parts.push(std::mem::replace(&mut items, rest));
    }
    parts.push(items);
    parts
}

async fn withdraw(session: &Session) -> Result<Report, Error> {
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    require_owner(&chart, holder.account.address)?;
    let to = offered(session, &holder, record).await?;
    if to.is_zero() {
        return Err(Error::NotFound {
            message: format!("record {record} is offered to nobody"),
            hint: "chartkey transfer offer ADDR".into(),
        });
    }
    let call = IRecords::offerRecordCall { record, account: Address::ZERO };
    let what = format!("Take the offer of the record to {to} back");
    let public = "that the record is offered to nobody any more";
    let sent = holder.send(session, call.abi_encode(), what, public).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    let text = format!(
        "the record is offered to nobody\n{to} has the keys that were delivered: give all sections new \
         ones, so that it does not read what is written from now on"
    );
    let data = json!({"record": record, "offeredTo": null, "before": to.to_checksum(None)});
    Ok(Report::new(with_receipts(data, &[receipt]), text))
}

async fn accept(session: &Session, record: B256) -> Result<Report, Error> {
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let me = holder.account.address;
    let chart = Chart::read(session, &holder, record).await?;
    let former = chart.owner;
    let mut receipts = Vec::new();
    if former != me {
        let to = offered(session, &holder, record).await?;
        if to != me {
            return Err(Error::NotFound {
                message: format!("record {record} is not offered to {me}"),
                hint: format!("its owner {former} runs: chartkey transfer offer {me}"),
            });
        }
        require_all_keys(&chart)?;
        let call = IRecords::acceptRecordCall { record };
        let what = format!("Take a record of {former} over; it needs new keys at once");
        let public = "that the record has another owner";
        let sent = holder.send(session, call.abi_encode(), what, public).await?;
        let Some(receipt) = sent else { return Ok(session.rehearsal()) };
        receipts.push(receipt);
    }
    let chart = Chart::read(session, &holder, record).await?;
    require_all_keys(&chart)?;
    let renewed = renew_all(session, &holder, &chart).await?;
    let Some(renewed) = renewed else { return Ok(session.rehearsal()) };
    receipts.extend(renewed);
    let text = format!(
        "{me} is in charge of record {record}; all {} sections have new keys, which the former owner does \
         not have\nwhat it could read before stays readable to it\n{}",
        chart.sections.len(),
        advice(&chart)
    );
    let data = json!({
        "record": record,
        "owner": me.to_checksum(None),
        "sections": chart.sections.len(),
    });
    Ok(Report::new(with_receipts(data, &receipts), text))
}

/// To whom a record is offered; zero for nobody.
async fn offered(session: &Session, holder: &Holder, record: B256) -> Result<Address, Error> {
    let slot = records_slot::of_record(records_slot::OFFERS, record);
    Ok(Address::from_word(session.word(holder.contract, slot, "the offer of the record").await?))
}

/// Refuses to go on where a section's key is missing: a new owner without it would cut the section off
/// from its history.
///
/// # Errors
///
/// [`chartkey_crypto::Error::KeyNotDelivered`] for the first such section.
pub(super) fn require_all_keys(chart: &Chart) -> Result<(), Error> {
    let missing = chart.sections.iter().find_map(|section| {
        let here = section.epoch()?;
        let handle = section.section.handle.number();
        let epoch = here.epoch.number();
        here.seed.is_none().then_some(chartkey_crypto::Error::KeyNotDelivered { handle, epoch })
    });
    match missing {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// Gives every section new keys that has none since the record changed hands: the former owner has the
/// old ones. `None` after `--dry-run`.
///
/// # Errors
///
/// As sending.
pub(super) async fn renew_all(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
) -> Result<Option<Vec<Receipt>>, Error> {
    let due = chart.sections.iter().filter(|section| section.is_due);
    let due: Vec<_> = due.map(|section| section.section.handle).collect();
    let what = "Give all sections new keys, which the former owner does not have";
    holder.rotate(session, chart, &due, None, what).await
}

/// What a new owner should look at next.
pub(super) fn advice(chart: &Chart) -> String {
    let kept = chart.holdings.iter().filter(|held| chart.holdings.holds(held, chart.now)).count();
    format!(
        "{kept} grants of the former owner stay in force: chartkey access list\nname your own guardians, \
         and set emergency access up again: the former owner knows its halves"
    )
}
