//! `chartkey access grant`.

use std::fmt::Write as _;

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use chartkey_abi::{IRecords, permission};
use chartkey_crypto::{Grant as Terms, Handle, Item};
use serde_json::json;

use super::{bitmap, permission_words, require_may_grant, sections_of};
use crate::args::{Grant, Purpose, Read};
use crate::dates::{self, Instant};
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, Parcel, Routes, SectionChart, scope};
use crate::rpc::Receipt;
use crate::session::Session;
use crate::text::printable;

/// The expiry of a grant without an end.
const NO_END: u64 = u64::MAX;

pub(super) async fn run(session: &Session, wanted: &Grant) -> Result<Report, Error> {
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let record = holder.record(session).await?;
    let mut chart = Chart::read(session, &holder, record).await?;
    require_may_grant(&chart, holder.account.address)?;
    let handles = handles(&chart, wanted)?;
    let terms = terms(wanted, &handles);
    // Before anything is sent: a key that cannot be trusted ends it here.
    let routes = Routes::check(
        session,
        &holder,
        &chart.history,
        chart.owner,
        [wanted.grantee],
        wanted.fingerprint.as_deref(),
    )
    .await?;
    let due: Vec<Handle> = match wanted.read {
        Read::FromNow => handles.clone(),
        Read::Past | Read::Own => sections_of(&chart, terms.sections)
            .filter(|section| section.is_due)
            .map(|section| section.section.handle)
            .collect(),
    };
    if !due.is_empty() {
        let what = "Give the sections new keys before the grant";
        if holder.rotate(session, &chart, &due, None, what).await?.is_some() {
            chart = Chart::read(session, &holder, record).await?;
        }
    }
    let sent = send(session, &holder, &chart, &terms, &routes).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    let names = names(&chart, terms.sections);
    Ok(report(&chart, &terms, &names, &receipt))
}

async fn send(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
    terms: &Terms,
    routes: &Routes,
) -> Result<Option<Receipt>, Error> {
    let grantee = Address::from(terms.grantee);
    let mut items = Vec::new();
    for section in sections_of(chart, terms.sections) {
        items.push(item(section, terms)?);
    }
    let parcel = Parcel { to: grantee, items };
    let sealed = routes.seal(holder, chart.record, vec![parcel])?;
    let call = IRecords::grantCall {
        record: chart.record,
        grantee,
        permissions: terms.permissions,
        handles: terms.sections,
        expiry: terms.expiry,
        purpose: terms.purpose,
        keys: sealed.keys,
        list: sealed.list.into(),
    };
    let what = format!(
        "Grant {grantee} {} of {} {}; what it has read cannot be taken back",
        permission_words(terms.permissions).join(", "),
        names(chart, terms.sections).join(", "),
        until(terms.expiry)
    );
    let public = "the account, which sections by number, permissions, end and purpose of the grant; not \
                  the sections' names";
    holder.send(session, call.abi_encode(), what, public).await
}

/// The key that the grant gives of a section.
fn item(section: &SectionChart, terms: &Terms) -> Result<Item, Error> {
    let here = section.epoch();
    let found = here.and_then(|here| {
        let at = section.section.at(here.epoch);
        here.seed.as_ref().map(|seed| scope(terms).item(&at, seed, &terms.grantee))
    });
    found.ok_or_else(|| {
        let handle = section.section.handle.number();
        let epoch = here.map_or(1, |here| here.epoch.number());
        chartkey_crypto::Error::KeyNotDelivered { handle, epoch }.into()
    })
}

fn handles(chart: &Chart, wanted: &Grant) -> Result<Vec<Handle>, Error> {
    if wanted.all_sections {
        return Ok(chart.sections.iter().map(|section| section.section.handle).collect());
    }
    wanted.section.iter().map(|name| Ok(chart.require(name)?.section.handle)).collect()
}

fn terms(wanted: &Grant, handles: &[Handle]) -> Terms {
    let read = match wanted.read {
        Read::Past => permission::READ | permission::HISTORY,
        Read::FromNow => permission::READ,
        Read::Own => 0,
    };
    let flags = [
        (wanted.write || wanted.read == Read::Own, permission::WRITE),
        (wanted.rotate, permission::ROTATE),
        (wanted.delegate, permission::GRANT),
        (wanted.custodian, permission::CUSTODIAN),
        (wanted.device, permission::DEVICE),
    ];
    let given = flags.iter().filter(|(is_given, _)| *is_given);
    Terms {
        grantee: wanted.grantee.into_array(),
        permissions: given.fold(read, |bits, (_, bit)| bits | bit),
        sections: bitmap(handles),
        expiry: wanted.until.map_or(NO_END, Instant::seconds),
        purpose: wanted.purpose.number(),
    }
}

fn names(chart: &Chart, sections: u64) -> Vec<String> {
    sections_of(chart, sections).map(|section| printable(&section.label())).collect()
}

fn until(expiry: u64) -> String {
    if expiry == NO_END {
        "without an end".to_owned()
    } else {
        format!("until {}", dates::format_instant(expiry))
    }
}

fn report(chart: &Chart, terms: &Terms, names: &[String], receipt: &Receipt) -> Report {
    let grantee = Address::from(terms.grantee);
    let words = permission_words(terms.permissions);
    let mut text = format!("{grantee} may {} {}", words.join(", "), until(terms.expiry));
    for section in sections_of(chart, terms.sections) {
        let entries = section.entries.len();
        let readable = match terms.permissions {
            bits if bits & permission::READ == 0 => "what it writes itself".to_owned(),
            bits if bits & permission::HISTORY != 0 => {
                format!("its {entries} entries and all that follow")
            }
            _ => "what is written from now on".to_owned(),
        };
        let _ = write!(text, "\n  {}: {readable}", printable(&section.label()));
    }
    text.push_str(
        "\nwhat was read cannot be taken back; the end stops writing, and reading of later \
                   entries at the next change of keys",
    );
    let data = json!({
        "record": chart.record,
        "grantee": grantee.to_checksum(None),
        "permissions": words,
        "sections": names,
        "until": (terms.expiry != NO_END).then(|| dates::format_instant(terms.expiry)),
        "purpose": Purpose::code(terms.purpose),
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Report::new(data, text)
}
