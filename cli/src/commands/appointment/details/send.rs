//! An entry about a stay in the own record, and its key to the other party (crypto.md sections 7.3, 8.3 and
//! 8.4: "one entry"). A run that was interrupted or is repeated writes nothing again, and hands out only
//! what was not handed out.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use chartkey_crypto::{Epoch, EpochSeed, Frame, Handle, Item, Operation, Standing};

use super::candidates;
use super::parties::Parties;
use super::told::{Handed, Place, Said, named, report};
use crate::args::{Content, Words};
use crate::commands::access::DELIVERY_PUBLIC;
use crate::commands::record::{Missing, RETRIES, Written, once, refused};
use crate::error::Error;
use crate::output::Report;
use crate::records::{
    APPEND_PUBLIC, Chart, Draft, Handout, Holder, Parcel, Routes, Sealed, Statements, random,
};
use crate::session::Session;
use crate::text::printable;
use crate::transact::Plan;

pub(super) async fn run(
    session: &Session,
    stay: u64,
    content: Option<&Content>,
    section: &str,
    words: &Words,
) -> Result<Report, Error> {
    let written = content.map(Written::read_new).transpose()?;
    let words = words.read()?;
    let parties = Parties::of(session, stay).await?;
    if let Some(written) = &written {
        tied(written, &parties)?.encode()?;
    }
    let mut holder = Holder::open_to_write(session).await?;
    let record = candidates::to_write(session, &holder, &parties).await?;
    let chart = Chart::read(session, &holder, record).await?;
    candidates::require_of_party(record, chart.owner, &parties)?;
    let is_own = chart.owner == parties.me && parties.other() != parties.me;
    if !is_own && (written.is_none() || chart.owner != parties.other()) {
        return Err(not_ours(&chart, &parties));
    }
    // Who cannot be sealed to is known before anything is written for them.
    let routes = if is_own {
        holder.register(session).await?;
        let (history, to) = (&chart.history, [parties.other()]);
        let words = words.as_deref();
        let routes = Routes::check(session, &holder, history, chart.owner, to, words).await?;
        Some(routes.by_channel())
    } else {
        None
    };
    let (said, chart) = match &written {
        Some(written) => say(session, &holder, chart, &parties, section, written).await?,
        None => (Said::Nothing, chart),
    };
    let handed = match &routes {
        Some(routes) => Some(hand_over(session, &holder, &chart, &parties, routes, &said).await?),
        None => None,
    };
    if session.global.dry_run {
        return Ok(session.rehearsal());
    }
    Ok(report(&chart, &parties, &said, handed.as_ref()))
}

/// Why nothing can be written to this record, or handed out of it.
fn not_ours(chart: &Chart, parties: &Parties) -> Error {
    let owner = parties.named(chart.owner);
    refused(
        format!("record {} is that of {owner}: you hand out nothing of it", chart.record),
        "name a record of your own with --record, or one of the other party to write to",
    )
}

/// The frame of a new detail.
fn tied(written: &Written, parties: &Parties) -> Result<Frame, Error> {
    Ok(parties.tie.put(written.frame(Operation::Create)?))
}

/// Writes the content, unless it counts already; and the record as it is then.
async fn say(
    session: &Session,
    holder: &Holder,
    mut chart: Chart,
    parties: &Parties,
    section: &str,
    written: &Written,
) -> Result<(Said, Chart), Error> {
    let record = chart.record;
    let what = format!("Append {} about stay {}", written.what, parties.tie.stay);
    let mut attempt = 0;
    let said = loop {
        if let Some(place) = said_before(&chart, parties, written) {
            return Ok((Said::Before(place), chart));
        }
        let is_open = chart.require(section).is_ok();
        let entry = once(session, holder, chart, section, Missing::Opens, |_| {
            Ok(Draft { frame: tied(written, parties)?, what: what.clone() })
        });
        match entry.await {
            Ok(None) => {
                if !is_open {
                    let what = format!("{what} in {}", printable(section));
                    session.rehearse_unpriced(&unpriced(holder, what));
                }
                break Said::Rehearsed;
            }
            Ok(Some(entry)) => {
                break Said::Now((entry.handle, entry.seq), Box::new(entry.receipt));
            }
            Err(error) if error.is_state_moved() && attempt < RETRIES => {
                attempt += 1;
                chart = Chart::read(session, holder, record).await?;
            }
            Err(error) => return Err(error),
        }
    };
    Ok((said, Chart::read(session, holder, record).await?))
}

/// The entry of this account that says the same about the same stay, and counts.
fn said_before(chart: &Chart, parties: &Parties, written: &Written) -> Option<Place> {
    chart.sections.iter().find_map(|section| {
        let statements = Statements::of(section, None);
        let says_it = |frame: &Frame| {
            let body = frame.body();
            frame.body_type == written.kind
                && body.is_ok_and(|body| body.as_slice() == written.body.as_bytes())
        };
        let found = statements.entries().find(|entry| {
            entry.author == parties.me
                && statements.standing(entry.seq) == Some(Standing::Current)
                && statements.tie(entry.seq) == Some(parties.tie)
                && entry.frame.as_ref().is_ok_and(says_it)
        });
        found.map(|entry| (section.section.handle, entry.seq))
    })
}

/// The entry in a section that is not there yet: its gas can be told once it is.
fn unpriced(holder: &Holder, what: String) -> Plan {
    Plan {
        to: Some(holder.contract),
        value_wei: U256::ZERO,
        data: Bytes::new(),
        what,
        public: APPEND_PUBLIC.to_owned(),
    }
}

/// Delivers the keys of what this account wrote about the stay and the other party has not got.
async fn hand_over(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
    parties: &Parties,
    routes: &Routes,
    said: &Said,
) -> Result<Handed, Error> {
    let (to, record) = (parties.other(), chart.record);
    // Without a route it is not another account.
    let Some(key) = routes.key_of(to) else { return Ok(Handed::default()) };
    let given = holder.handed_out(chart, to, key);
    let (mut items, mut entries) = (Vec::new(), Vec::new());
    for section in &chart.sections {
        let handle = section.section.handle;
        let owed = Statements::of(section, None).owed(parties.tie, parties.me, &given.of(handle));
        for seq in owed {
            items.push(holder.entry_item(chart, section, seq)?);
            entries.push((handle, seq));
        }
    }
    let mut names: Vec<_> =
        entries.iter().map(|place| format!("entry {}", named(chart, *place))).collect();
    if matches!(said, Said::Rehearsed) {
        // The entry is not there yet; what is simulated holds random bytes anyway.
        let (section, epoch) = (Handle::new(0)?, Epoch::FIRST);
        items.push(Item::Full { section, epoch, seed: EpochSeed::from_bytes(random()?) });
        names.push("the new entry".to_owned());
    }
    if items.is_empty() {
        return Ok(Handed::default());
    }
    let (who, what, stay) = (parties.named(to), names.join(", "), parties.tie.stay);
    let what =
        format!("Give {who} the key of {what}, about stay {stay}; that cannot be taken back");
    let call = |sealed: Sealed| {
        IRecords::deliverCall { record, keys: sealed.keys, list: sealed.list.into() }.abi_encode()
    };
    let handout = Handout { what: &what, public: DELIVERY_PUBLIC };
    let parcels = Parcel::split(to, items);
    let sent = holder.hand_out(session, record, routes, parcels, handout, call).await;
    let receipt = sent.inspect_err(|_| {
        if matches!(said, Said::Now(..)) {
            let command = format!("chartkey appointment details {stay} --deliver");
            session
                .screen
                .warn(&format!("the entry is written, its key not handed over; {command}"));
        }
    })?;
    Ok(Handed { entries, receipt })
}
