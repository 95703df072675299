//! `chartkey access grant --unlisted`: a reader whom the chain does not show (crypto.md section 7.4).

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use chartkey_abi::{IRecords, permission};
use chartkey_crypto::{Grant as Terms, Item};
use serde_json::{Value, json};

use super::handles_of;
use super::offer::{NO_END, Offer, due_before};
use super::told::{self, end_json, names, until};
use crate::commands::sent::with_receipts;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Handout, Holder, Parcel, Routes, Sealed, UnlistedReader};
use crate::session::Session;

/// What a delivery to somebody who is not named makes public.
pub(super) const PUBLIC: &str = "that keys were delivered to somebody now, and how many at most; not to \
                                 whom, nor what they open";
/// What it does not hide.
const HONEST: &str = "the chain shows that there is one more reader, not who; somebody else who changes keys \
                      for you does not know it: deliver to it again afterwards (access deliver)";

/// Gives a reader keys without a grant.
pub(super) async fn grant(
    session: &Session,
    holder: &Holder,
    mut chart: Chart,
    offer: &Offer,
) -> Result<Report, Error> {
    let (terms, record) = (&offer.terms, chart.record);
    let grantee = Address::from(terms.grantee);
    check(&chart, holder.account.address, terms)?;
    let words = offer.words.as_deref();
    let history = &chart.history;
    let routes = Routes::check(session, holder, history, chart.owner, [grantee], words).await?;
    let due = due_before(&chart, terms);
    let mut receipts = Vec::new();
    if !due.is_empty() {
        let what = "Give the sections new keys first";
        let sent = holder.rotate_apart_from(session, &chart, &due, grantee, what).await?;
        receipts.extend(sent.unwrap_or_default());
    }
    // In the list before it has keys: a change of keys in between must not leave it out.
    let reader = UnlistedReader {
        account: grantee,
        sections: handles_of(&chart, terms.sections).iter().map(|handle| handle.number()).collect(),
        past: terms.permissions & permission::HISTORY != 0,
        since: chart.now,
        until: (terms.expiry != NO_END).then_some(terms.expiry),
    };
    receipts.extend(holder.note_unlisted(session, &chart, reader).await?.unwrap_or_default());
    if !session.global.dry_run {
        chart = Chart::read(session, holder, record).await?;
    }
    let mut items: Vec<Item> = Vec::new();
    for section in super::sections_of(&chart, terms.sections) {
        items.extend(section.items(terms)?);
    }
    let sections = names(&chart, terms.sections);
    let what = format!("Deliver keys of {} to {grantee}, unlisted", sections.join(", "));
    let call = |sealed: Sealed| {
        IRecords::deliverCall { record, keys: sealed.keys, list: sealed.list.into() }.abi_encode()
    };
    let handout = Handout { what: &what, public: PUBLIC };
    let (routes, parcels) = (routes.unlisted([grantee]), Parcel::split(grantee, items));
    let sent = holder.hand_out(session, record, &routes, parcels, handout, call).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    receipts.push(receipt.clone());
    let transactions: Vec<_> = receipts.iter().map(|receipt| receipt.transaction_hash).collect();
    let text = format!(
        "{grantee} reads {} {}, without a grant\ntell it the record: --record {record}\n{HONEST}\nwhat was \
         read cannot be taken back; {}",
        sections.join(", "),
        until(terms.expiry),
        told::HONEST_END,
    );
    let data = json!({
        "record": record,
        "grantee": grantee.to_checksum(None),
        "permissions": super::permission_words(terms.permissions),
        "sections": sections,
        "lost": [],
        "until": end_json(terms.expiry),
        "purpose": null,
        "rotations": &transactions[..transactions.len() - 1],
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Ok(Report::new(data, text))
}

/// Ends it: its end goes into the list, then the sections get new keys. `None` if there is no such reader.
pub(super) async fn revoke(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
    grantee: Address,
) -> Result<Option<Report>, Error> {
    let found = chart.unlisted().into_iter().find(|one| one.account == grantee);
    let Some(reader) = found.filter(|one| one.holds(chart.now)) else { return Ok(None) };
    let handles = handles_of(chart, reader.grant().sections);
    let reach = chart.reach_of_unlisted(&reader);
    let ended = UnlistedReader { until: Some(chart.now), ..reader };
    let mut receipts = holder.note_unlisted(session, chart, ended).await?.unwrap_or_default();
    let what = "Give the sections of an unlisted reader new keys";
    let renewed = holder.rotate_apart_from(session, chart, &handles, grantee, what).await?;
    let Some(renewed) = renewed else { return Ok(Some(session.rehearsal())) };
    receipts.extend(renewed);
    let mut text = format!("{grantee} cannot read what is written from now on");
    let exposed = told::exposed(chart, &reach, &mut text);
    text.push_str("\nwhat it could read before stays readable to it; nobody can take that back");
    let data = json!({
        "record": chart.record,
        "grantee": grantee.to_checksum(None),
        "exposed": exposed,
        "endedToo": [],
        "rotationDue": false,
    });
    Ok(Some(Report::new(with_receipts(data, &receipts), text)))
}

/// An unlisted reader reads, and nothing else; the list is the owner's.
fn check(chart: &Chart, me: Address, terms: &Terms) -> Result<(), Error> {
    let refused = |message: String, hint: &str| Error::Usage { message, hint: hint.to_owned() };
    let grantee = Address::from(terms.grantee);
    if me != chart.owner || grantee == me || grantee.is_zero() {
        return Err(refused(
            "only the owner gives keys to unlisted readers, and to other accounts".into(),
            "use the owner's --account",
        ));
    }
    let reads = permission::READ | permission::HISTORY;
    if terms.permissions & permission::READ == 0 || terms.permissions & !reads != 0 {
        return Err(refused(
            "an unlisted reader reads, and nothing else: the chain knows no grant of it".into(),
            "leave the other permissions out, or grant without --unlisted",
        ));
    }
    if terms.sections == 0 || terms.expiry <= chart.now {
        return Err(refused("this gives nothing".into(), "name a section and an --until to come"));
    }
    match chart.holdings.of_account(grantee) {
        None => Ok(()),
        Some(_) => Err(refused(
            format!("{grantee} has a grant on chain already, for everybody to see"),
            "revoke it first, or grant without --unlisted",
        )),
    }
}

/// The unlisted readers for a list, in words and as data.
pub(super) fn listed(chart: &Chart) -> (String, Vec<Value>) {
    let (mut text, mut rows) = (String::new(), Vec::new());
    for reader in chart.unlisted().iter().filter(|one| one.holds(chart.now)) {
        let grant = reader.grant();
        let sections = names(chart, grant.sections);
        let read = if reader.past { "read, past" } else { "read" };
        text.push_str(&format!(
            "{}  unlisted, {}\n    {read}: {}\n",
            reader.account,
            until(grant.expiry),
            sections.join(", ")
        ));
        rows.push(json!({
            "account": reader.account.to_checksum(None),
            "sections": sections,
            "past": reader.past,
            "until": end_json(grant.expiry),
        }));
    }
    (text, rows)
}
