//! `chartkey access deliver`: a delivery was missing or wrong, or its reader has a new key
//! (crypto.md sections 5.5 and 17, C14).

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use chartkey_crypto::{Grant, Handle, Item, Scope};
use serde_json::json;

use super::told::names;
use super::{require_may_grant, sections_of, unlisted};
use crate::args::Words;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Handout, Holder, Parcel, Routes, SectionChart, scope};
use crate::session::Session;

/// What a delivery makes public.
pub(in crate::commands) const PUBLIC: &str = "that keys were delivered to this account now, and how many at most; not \
                                 what they open";

pub(super) async fn run(
    session: &Session,
    grantee: Address,
    words: &Words,
) -> Result<Report, Error> {
    let words = words.read()?;
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let mut chart = Chart::read(session, &holder, record).await?;
    require_may_grant(&chart, holder.account.address)?;
    let given = given(&chart, grantee)?;
    let grant = given.grant;
    let history = &chart.history;
    let routes =
        Routes::check(session, &holder, history, chart.owner, [grantee], words.as_deref()).await?;
    let due: Vec<Handle> = sections_of(&chart, grant.sections)
        .filter(|section| section.is_due)
        .map(|section| section.section.handle)
        .collect();
    if !due.is_empty() && holder.may_rotate(&chart, &due) {
        let what = "Give sections that are due new keys before the delivery";
        if holder.rotate_apart_from(session, &chart, &due, grantee, what).await?.is_some() {
            chart = Chart::read(session, &holder, record).await?;
        }
    }
    let mut items = Vec::new();
    for section in sections_of(&chart, grant.sections) {
        items.extend(keys(&chart, section, &given)?);
    }
    let count = items.len();
    let sections = names(&chart, grant.sections);
    let what = format!("Deliver {count} keys of {} to {grantee} again", sections.join(", "));
    let call = |sealed: crate::records::Sealed| {
        IRecords::deliverCall { record, keys: sealed.keys, list: sealed.list.into() }.abi_encode()
    };
    let public = if given.since.is_some() { unlisted::PUBLIC } else { PUBLIC };
    let handout = Handout { what: &what, public };
    let parcels = Parcel::split(grantee, items);
    let routes = routes.directly();
    let routes = if given.since.is_some() { routes.unlisted([grantee]) } else { routes };
    let sent = holder.hand_out(session, record, &routes, parcels, handout, call).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    let text = format!("{grantee} has the keys that its grant gives: {}", sections.join(", "));
    let data = json!({
        "record": record,
        "grantee": grantee.to_checksum(None),
        "sections": sections,
        "keys": count,
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Ok(Report::new(data, text))
}

/// What an account is to have.
struct Given {
    grant: Grant,
    /// Of an unlisted reader: since when.
    since: Option<u64>,
}

/// A grant that holds and gives keys, or an unlisted reader.
fn given(chart: &Chart, grantee: Address) -> Result<Given, Error> {
    const KEYS: u16 = chartkey_abi::permission::READ | chartkey_abi::permission::WRITE;
    let held = chart
        .holdings
        .of_account(grantee)
        .filter(|held| chart.holdings.holds(held, chart.now) && held.grant.permissions & KEYS != 0);
    let listed = held.map(|held| Given { grant: held.grant, since: None });
    let unlisted = || {
        let mut readers = chart.unlisted().into_iter();
        let found = readers.find(|one| one.account == grantee && one.holds(chart.now));
        found.map(|one| Given { grant: one.grant(), since: Some(one.since) })
    };
    listed.or_else(unlisted).ok_or_else(|| Error::NotFound {
        message: format!("{grantee} has no grant that holds and gives keys"),
        hint: "grant again: chartkey access grant; single entries: chartkey access share".into(),
    })
}

/// All keys of a section that were given, those of the epochs since it began.
fn keys(chart: &Chart, section: &SectionChart, given: &Given) -> Result<Vec<Item>, Error> {
    let grant = &given.grant;
    let epochs = match given.since {
        None => chart.granted_epochs(grant.grantee.into(), section),
        Some(since) => (0..section.epochs.len())
            .filter(|at| section.epochs.get(at + 1).is_none_or(|next| since < next.began))
            .collect(),
    };
    let epochs = epochs.into_iter();
    match scope(grant) {
        Scope::WithPast => Ok(section.items(grant)?),
        Scope::ThisEpoch => {
            Ok(epochs.map(|at| section.epoch_item(at)).collect::<Result<_, _>>()?)
        }
        Scope::WriteOnly => {
            Ok(epochs.map(|at| section.author_item(at, grant)).collect::<Result<_, _>>()?)
        }
    }
}
