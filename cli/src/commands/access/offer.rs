//! Making a grant: the way that `grant` and `approve` share (crypto.md section 8.4).

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use chartkey_abi::{IRecords, permission};
use chartkey_crypto::{Grant as Terms, Handle, Item};

use super::told::{names, until};
use super::{permission_words, require_may_grant, sections_of};
use crate::dates;
use crate::error::Error;
use crate::records::{Chart, Handout, Holder, Parcel, Routes, UNLISTED_READERS};
use crate::rpc::Receipt;
use crate::session::Session;
use crate::text::printable;

/// The expiry of a grant without an end.
pub(super) const NO_END: u64 = u64::MAX;
/// Permissions that come with keys.
const KEYS: u16 = permission::READ | permission::WRITE;
/// What a delegate can pass on of what it has; the contract's rule.
const DELEGABLE: u16 =
    permission::READ | permission::WRITE | permission::ROTATE | permission::HISTORY;

/// A grant to be made.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) terms: Terms,
    /// The twelve words of the grantee's key.
    pub(super) words: Option<String>,
}

/// A grant that was made.
pub(super) struct Made {
    /// The record after it.
    pub(super) chart: Chart,
    pub(super) receipt: Receipt,
    /// New keys before and after it.
    pub(super) rotations: Vec<Receipt>,
    /// Sections that the grantee lost, and whether they have new keys already.
    pub(super) lost: Vec<(String, bool)>,
}

/// Makes a grant: new keys first for sections that need them, then grant and delivery in one
/// transaction, then new keys for what a replaced grant gave and this one does not. `None` after
/// `--dry-run`.
///
/// # Errors
///
/// Terms that nobody can grant, or not this account; a key that cannot be trusted; as sending.
pub(super) async fn make(
    session: &Session,
    holder: &Holder,
    mut chart: Chart,
    offer: &Offer,
) -> Result<Option<Made>, Error> {
    let (terms, record) = (&offer.terms, chart.record);
    let grantee = Address::from(terms.grantee);
    check(&chart, holder.account.address, terms)?;
    // Before anything is sent: a key that cannot be trusted ends it here.
    let to = (terms.permissions & KEYS != 0).then_some(grantee);
    let (history, words) = (&chart.history, offer.words.as_deref());
    let routes = Routes::check(session, holder, history, chart.owner, to, words).await?;
    let mut rotations = Vec::new();
    let due = due_before(&chart, terms);
    // So does a key that is not here.
    drop(items(&chart, terms, &due)?);
    if !due.is_empty() {
        require_may_rotate(holder, &chart, &due)?;
        let what = format!("Give {} new keys before the grant", listed(&chart, &due));
        let sent = holder.rotate_apart_from(session, &chart, &due, grantee, &what).await?;
        if let Some(receipts) = sent {
            rotations.extend(receipts);
            chart = Chart::read(session, holder, record).await?;
        }
    }
    let had = chart.holdings.of_account(grantee).map_or(0, |held| held.grant.sections);
    let below: Vec<Address> =
        chart.holdings.below(grantee, chart.now).map(|held| held.grant.grantee.into()).collect();
    let sent = send(session, holder, &chart, terms, &routes).await?;
    if sent.is_some() {
        chart = Chart::read(session, holder, record).await?;
    }
    let ended = ended(&chart, &below);
    let lost: Vec<Handle> = sections_of(&chart, had)
        .filter(|section| match sent {
            // Not only what it lost itself: what others had out of its grant has ended too.
            Some(_) => section.is_due || ended >> section.section.handle.number() & 1 == 1,
            None => !terms.covers(section.section.handle),
        })
        .map(|section| section.section.handle)
        .collect();
    let labels =
        |chart: &Chart, is_new| names_of(chart, &lost).map(|name| (name, is_new)).collect();
    if lost.is_empty() || !holder.may_rotate(&chart, &lost) {
        let lost = labels(&chart, false);
        return Ok(sent.map(|receipt| Made { chart, receipt, rotations, lost }));
    }
    let what = format!("Give {} new keys after the grant", listed(&chart, &lost));
    let renewed = holder.rotate(session, &chart, &lost, None, &what).await;
    let renewed = renewed.inspect_err(|_| {
        session.screen.warn(
            "the grant is made; the sections it leaves out take no entry before they get new keys, \
             which the next write or this command gives them",
        );
    })?;
    rotations.extend(renewed.into_iter().flatten());
    let lost = labels(&chart, true);
    Ok(sent.map(|receipt| Made { chart, receipt, rotations, lost }))
}

/// Sections of those of these accounts whose grants hold no more. Block times are too coarse to tell
/// whether a grant that began and ended within a second had the present keys.
fn ended(chart: &Chart, accounts: &[Address]) -> u64 {
    let held = accounts.iter().filter_map(|account| chart.holdings.of_account(*account));
    let ended = held.filter(|held| !chart.holdings.holds(held, chart.now));
    ended.fold(0, |sections, held| sections | held.grant.sections)
}

/// Sections that must get new keys before the grant: those that are due; those of which only what is
/// written from now on may be read; those that the grantee may not read any more.
pub(super) fn due_before(chart: &Chart, terms: &Terms) -> Vec<Handle> {
    let reach = chart.reach(terms.grantee.into());
    let reads = terms.permissions & permission::READ != 0;
    let is_from_now = reads && terms.permissions & permission::HISTORY == 0;
    let is_due = |section: &&crate::records::SectionChart| {
        let handle = section.section.handle;
        let has_newest = reach.iter().any(|reach| reach.handle == handle && reach.is_current);
        let newest = section.epochs.len().checked_sub(1);
        let is_used = newest.is_some_and(|newest| section.entries_of(newest).is_some());
        section.is_due || (is_from_now && !has_newest && is_used) || (!reads && has_newest)
    };
    sections_of(chart, terms.sections)
        .filter(is_due)
        .map(|section| section.section.handle)
        .collect()
}

/// The keys that the grant gives, but of sections that are about to get new ones.
fn items(chart: &Chart, terms: &Terms, but: &[Handle]) -> Result<Vec<Item>, Error> {
    let mut items = Vec::new();
    if terms.permissions & KEYS != 0 {
        let sections = sections_of(chart, terms.sections);
        for section in sections.filter(|section| !but.contains(&section.section.handle)) {
            items.extend(section.items(terms)?);
        }
    }
    Ok(items)
}

async fn send(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
    terms: &Terms,
    routes: &Routes,
) -> Result<Option<Receipt>, Error> {
    let grantee = Address::from(terms.grantee);
    let items = items(chart, terms, &[])?;
    let what = format!(
        "Grant {grantee} {} of {} {}; what it has read cannot be taken back",
        permission_words(terms.permissions).join(", "),
        names(chart, terms.sections).join(", "),
        until(terms.expiry)
    );
    let public = "the account, which sections by number, permissions, end and purpose of the grant; not \
                  the sections' names";
    let parcels = Parcel::split(grantee, items);
    let handout = Handout { what: &what, public };
    let call = |sealed: crate::records::Sealed| {
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
        call.abi_encode()
    };
    holder.hand_out(session, chart.record, routes, parcels, handout, call).await
}

fn names_of(chart: &Chart, handles: &[Handle]) -> impl Iterator<Item = String> {
    sections_of(chart, super::bitmap(handles)).map(|section| printable(&section.label()))
}

fn listed(chart: &Chart, handles: &[Handle]) -> String {
    names_of(chart, handles).collect::<Vec<_>>().join(", ")
}

fn require_may_rotate(holder: &Holder, chart: &Chart, due: &[Handle]) -> Result<(), Error> {
    if holder.may_rotate(chart, due) {
        return Ok(());
    }
    Err(Error::Usage {
        message: format!(
            "{} must get new keys before this grant, and you may not give them",
            listed(chart, due)
        ),
        hint: format!("ask the record's owner {}, or grant with --read past", chart.owner),
    })
}

/// Refuses what the contract or the format would refuse, before anything is sent.
fn check(chart: &Chart, me: Address, terms: &Terms) -> Result<(), Error> {
    let refused = |message: String, hint: &str| Error::Usage { message, hint: hint.to_owned() };
    require_may_grant(chart, me)?;
    if chart.named(UNLISTED_READERS).is_some_and(|list| terms.covers(list.section.handle)) {
        return Err(refused(
            "the list of unlisted readers is for nobody but the owner".into(),
            "leave that section out",
        ));
    }
    let grantee = Address::from(terms.grantee);
    let bits = terms.permissions;
    if grantee == chart.owner || grantee == me || grantee.is_zero() {
        let whose = if grantee == chart.owner { "owns the record" } else { "cannot be granted to" };
        return Err(refused(
            format!("{grantee} {whose}: a grant goes to another account than owner and grantor"),
            "name the account of the reader",
        ));
    }
    if terms.sections == 0 || bits == 0 {
        return Err(refused(
            "this grants nothing".into(),
            "name a section with --section, and what may be done with it: --read, --write, --custodian",
        ));
    }
    if terms.expiry <= chart.now {
        return Err(refused(
            format!("the grant would have ended at {}", dates::format_instant(terms.expiry)),
            "give an --until that is not past",
        ));
    }
    let reads_past = permission::READ | permission::HISTORY;
    if bits & permission::ROTATE != 0 && bits & reads_past != reads_past {
        return Err(refused(
            "whoever gives a section new keys links them to the old ones, and so has them all"
                .into(),
            "grant --rotate with --read past, or leave it out",
        ));
    }
    if me == chart.owner { Ok(()) } else { check_delegated(chart, me, terms) }
}

/// A delegate gives no more than it has, nor longer, nor further; and what only the owner may deliver,
/// it cannot (crypto.md section 7.2).
fn check_delegated(chart: &Chart, me: Address, terms: &Terms) -> Result<(), Error> {
    let Some(own) = chart.holdings.of_account(me) else { return Ok(()) };
    let grantee = Address::from(terms.grantee);
    let (bits, owner) = (terms.permissions, chart.owner);
    let too_wide = if terms.sections & !own.grant.sections != 0 {
        "sections that you were not granted"
    } else if bits & !(own.grant.permissions & DELEGABLE) != 0 {
        "permissions that you do not have or cannot pass on"
    } else if terms.expiry > chart.holdings.end(own) {
        "an end after that of your own grant"
    } else if terms.purpose != own.grant.purpose {
        "another purpose than that of your own grant"
    } else if bits & permission::READ == 0 {
        "writing without reading, whose keys only the owner can deliver"
    } else {
        let other = chart.holdings.of_account(grantee).filter(|held| held.grantor != me);
        return match other {
            None => Ok(()),
            Some(held) => Err(Error::NotFound {
                message: format!("the grant of {grantee} was made by {}", held.grantor),
                hint: format!("it or the record's owner {owner} can replace it"),
            }),
        };
    };
    let (message, hint) = (format!("this grants {too_wide}"), format!("ask the owner {owner}"));
    Err(Error::Usage { message, hint })
}

/// Handles of all sections but sensitive ones.
pub(super) fn all_ordinary(chart: &Chart) -> Vec<Handle> {
    let is_ordinary = |section: &&crate::records::SectionChart| {
        !super::is_sensitive(section) && section.name.as_deref() != Some(UNLISTED_READERS)
    };
    let ordinary = sections_of(chart, u64::MAX).filter(is_ordinary);
    ordinary.map(|section| section.section.handle).collect()
}
