//! `chartkey emergency setup`: halves for responders and custodians, and the summary's key for whoever has
//! both.

use std::fmt::Write as _;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use chartkey_abi::{IRecords, permission, purpose};
use chartkey_crypto::{
    Emergency, EmergencyHalf1, EmergencyHalf2, EmergencyShare, Fresh, Grant, Handle, Item, split,
};
use serde_json::json;

use super::own_chart;
use crate::args::Setup;
use crate::commands::sent::{addresses, with_receipts};
use crate::error::Error;
use crate::files;
use crate::output::Report;
use crate::records::{
    Chart, EmergencySetup, Halves, Holder, Parcel, Routes, SUMMARY, SectionChart, emergency_list,
    fresh,
};
use crate::rpc::Receipt;
use crate::session::Session;
use crate::text::printable;

/// What is true of emergency access, said before anything is asked (crypto.md section 11).
pub(super) const LIMITS: [&str; 4] = [
    "a responder with the card can read the summary without a claim",
    "a responder and a custodian together (with shares: as many custodians as are needed) can read it \
     without a claim, silently",
    "access cannot end by time; it ends for later entries, when the summary gets new keys",
    "if the second half cannot be reached, emergency access fails; test it: chartkey emergency drill",
];

/// What belongs in the summary (guides/domain.md, purpose ETREAT).
const CONTENT: &str = "the summary is for allergies, active medications, active problems, blood group, \
                       contacts and implants: whoever opens it reads all that is in it, and what was read \
                       cannot be taken back";

/// Who gets what.
struct People {
    responders: Vec<Address>,
    custodians: Vec<Address>,
    /// How many custodians are needed, if each holds a share.
    needed: Option<u8>,
    has_card: bool,
}

/// The two halves of a new generation, and the shares of the second one.
struct Made {
    emergency: Emergency,
    first: EmergencyHalf1,
    second: EmergencyHalf2,
    shares: Vec<EmergencyShare>,
}

pub(super) async fn run(session: &Session, wanted: &Setup) -> Result<Report, Error> {
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let mut chart = own_chart(session, &holder).await?;
    let before = chart.emergency(session, &holder).await?;
    let people = people(wanted, &chart, before.as_ref())?;
    let name = section_name(wanted, &chart, before.as_ref())?;
    tell(session);
    warn_of_credentials(session, &holder, &people, chart.now).await?;
    // Before anything is sent: a key that cannot be trusted ends it here.
    let all = people.responders.iter().chain(&people.custodians).copied();
    let routes = Routes::check(session, &holder, &chart.history, chart.owner, all, None).await?;
    chart = Chart::read_open(session, &holder, chart.record, &[&name]).await?;
    let Some(section) = chart.named(&name) else { return Ok(session.rehearsal()) };
    let handle = section.section.handle;
    let made = make(&holder, &chart, before.as_ref(), &people)?;
    let mut receipts = appoint(session, &holder, &chart, &people, handle).await?;
    let card_file = wanted.card_file.as_deref().filter(|_| !session.global.dry_run);
    let words = made.second.to_words();
    if let Some(file) = card_file {
        files::create(file, format!("{}\n", words.as_str()).as_bytes())?;
    }
    let sent = send(session, &holder, &chart, section, &made, &people, &routes).await;
    // What may still be mined keeps its card; one that opens nothing must not lie around.
    if let (Some(file), Ok(None) | Err(_)) = (card_file, &sent)
        && !matches!(sent, Err(Error::Pending { .. }))
    {
        files::remove(file)?;
    }
    let card = wanted.card.then_some(words);
    let Some(receipt) = sent? else { return Ok(session.rehearsal()) };
    receipts.push(receipt);
    if before.is_some() {
        // Whoever has the old halves has the old key of the summary.
        let chart = Chart::read(session, &holder, chart.record).await?;
        let what = "Give the emergency summary new keys, which the old halves do not open";
        let renewed = holder.rotate(session, &chart, &[handle], None, what).await?;
        receipts.extend(renewed.unwrap_or_default());
    }
    Ok(report(&chart, &made, &people, &name, card, &receipts))
}

fn tell(session: &Session) {
    let mut text =
        "Emergency access is for when you cannot be asked. What is true of it:".to_owned();
    for limit in LIMITS {
        let _ = write!(text, "\n- {limit}");
    }
    let _ = write!(text, "\n{CONTENT}");
    session.screen.note(&text);
}

/// The people of the flags, or else those of the last set-up.
fn people(wanted: &Setup, chart: &Chart, before: Option<&EmergencySetup>) -> Result<People, Error> {
    let refused = |message: &str, hint: &str| Error::Usage {
        message: message.to_owned(),
        hint: hint.to_owned(),
    };
    let has_card = wanted.card || wanted.card_file.is_some();
    let is_custodian = |account: &Address| {
        chart.holdings.of_account(*account).is_some_and(|held| {
            held.grant.permissions & permission::CUSTODIAN != 0
                && chart.holdings.holds(held, chart.now)
        })
    };
    let (old_custodians, old_responders): (Vec<Address>, Vec<Address>) = before
        .map(|setup| setup.people.iter().copied().partition(is_custodian))
        .unwrap_or_default();
    let or = |given: &Vec<Address>, old: Vec<Address>| {
        if given.is_empty() { old } else { given.clone() }
    };
    let are_same = wanted.custodian.is_empty();
    let responders = or(&wanted.responder, old_responders);
    let custodians = or(&wanted.custodian, old_custodians);
    if responders.is_empty() {
        return Err(refused("nobody would hold the first half", "give --responder ADDR"));
    }
    if custodians.is_empty() && !has_card {
        let hint = "give --custodian ADDR, or --card";
        return Err(refused("nobody would hold the second half", hint));
    }
    let mut all: Vec<Address> = responders.iter().chain(&custodians).copied().collect();
    all.sort_unstable();
    if all.windows(2).any(|pair| pair[0] == pair[1]) || all.contains(&chart.owner) {
        let hint = "responders and custodians are different people, and not the owner";
        return Err(refused("one account would hold both halves", hint));
    }
    let needed = match (wanted.shares, before) {
        (Some(shares), _) if usize::from(shares.count) != custodians.len() => {
            let message = format!(
                "{} shares for {} custodians; expected one each",
                shares.count,
                custodians.len()
            );
            return Err(refused(&message, "give as many --custodian as there are shares"));
        }
        (Some(shares), _) => Some(shares.needed),
        (None, Some(setup)) if are_same => {
            Halves::of(&chart.keychain, setup.generation).share().map(EmergencyShare::threshold)
        }
        (None, _) => None,
    };
    Ok(People { responders, custodians, needed, has_card })
}

/// The summary's name: a section of its own.
fn section_name(
    wanted: &Setup,
    chart: &Chart,
    before: Option<&EmergencySetup>,
) -> Result<String, Error> {
    let same = before.and_then(|setup| {
        let of = chart.sections.iter().find(|section| section.section.handle == setup.handle);
        of.and_then(|section| section.name.clone())
    });
    let Some(name) = &wanted.section else {
        return Ok(same.unwrap_or_else(|| SUMMARY.to_owned()));
    };
    if chartkey_fhir::Section::parse(name).is_ok() {
        return Err(Error::Usage {
            message: format!("{} is a section of the record itself", printable(name)),
            hint: "the summary is a section of its own: whoever opens it reads all of it".into(),
        });
    }
    Ok(name.trim().to_lowercase().replace(['-', '_'], " "))
}

/// A responder without a current emergency credential cannot claim.
async fn warn_of_credentials(
    session: &Session,
    holder: &Holder,
    people: &People,
    now: u64,
) -> Result<(), Error> {
    for account in &people.responders {
        if !super::drill::may_claim(session, holder, *account, now).await? {
            session.screen.warn(&format!(
                "{account} has no current credential for emergencies, so it cannot claim; a registrar gives \
                 one"
            ));
        }
    }
    Ok(())
}

fn make(
    holder: &Holder,
    chart: &Chart,
    before: Option<&EmergencySetup>,
    people: &People,
) -> Result<Made, Error> {
    let generation = before.map_or(1, |setup| setup.generation + 1);
    let second = EmergencyHalf2::from(fresh()?);
    let shares = match people.needed {
        Some(needed) => {
            let coefficients: Vec<Fresh> =
                (1..needed).map(|_| fresh()).collect::<Result<_, _>>()?;
            // One more than custodians: the owner's own, which tells at the next set-up how many are
            // needed.
            let count = u8::try_from(people.custodians.len() + 1).unwrap_or(u8::MAX);
            split(&second, coefficients, count)?
        }
        None => Vec::new(),
    };
    Ok(Made {
        emergency: Emergency { record: holder.place(chart.record), generation },
        first: EmergencyHalf1::from(fresh()?),
        second,
        shares,
    })
}

impl Made {
    const fn first(&self) -> Item {
        let half = EmergencyHalf1::from_bytes(*self.first.expose());
        Item::Emergency1 { generation: self.emergency.generation, half }
    }

    const fn second(&self) -> Item {
        let half = EmergencyHalf2::from_bytes(*self.second.expose());
        Item::Emergency2 { generation: self.emergency.generation, half }
    }

    fn share(&self, share: &EmergencyShare) -> Result<Item, Error> {
        let share = EmergencyShare::from_parts(share.number(), share.expose())?;
        Ok(Item::Emergency2Share { generation: self.emergency.generation, share })
    }

    /// One parcel for each person. The owner's own has everything: with it a rotation repeats the
    /// delivery of the summary's key.
    fn parcels(&self, owner: Address, people: &People) -> Result<Vec<Parcel>, Error> {
        let mut own = vec![self.first(), self.second()];
        if let Some(last) = self.shares.last() {
            own.push(self.share(last)?);
        }
        let mut parcels = vec![Parcel { to: owner, items: own }];
        parcels.extend(
            people.responders.iter().map(|to| Parcel { to: *to, items: vec![self.first()] }),
        );
        for (index, to) in people.custodians.iter().enumerate() {
            let item = match self.shares.get(index) {
                Some(share) => self.share(share)?,
                None => self.second(),
            };
            parcels.push(Parcel { to: *to, items: vec![item] });
        }
        Ok(parcels)
    }
}

/// Lets custodians deliver to claimants. The grant gives no keys; without an end, so that it does not
/// lapse unnoticed.
async fn appoint(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
    people: &People,
    handle: Handle,
) -> Result<Vec<Receipt>, Error> {
    let mut receipts = Vec::new();
    for custodian in &people.custodians {
        let held = chart.holdings.of_account(*custodian);
        let held = held.filter(|held| chart.holdings.holds(held, chart.now));
        let terms = match held {
            Some(held) if held.grant.permissions & permission::CUSTODIAN != 0 => continue,
            Some(held) => {
                Grant { permissions: held.grant.permissions | permission::CUSTODIAN, ..held.grant }
            }
            None => Grant {
                grantee: custodian.into_array(),
                permissions: permission::CUSTODIAN,
                sections: 1 << handle.number(),
                expiry: u64::MAX,
                purpose: purpose::ETREAT,
            },
        };
        let call = IRecords::grantCall {
            record: chart.record,
            grantee: *custodian,
            permissions: terms.permissions,
            handles: terms.sections,
            expiry: terms.expiry,
            purpose: terms.purpose,
            keys: B256::ZERO,
            list: Vec::new().into(),
        };
        let what = format!("Let {custodian} hand the second half to somebody with an open claim");
        let public = "that the account is a custodian of this record";
        receipts.extend(holder.send(session, call.abi_encode(), what, public).await?);
    }
    Ok(receipts)
}

async fn send(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
    section: &SectionChart,
    made: &Made,
    people: &People,
    routes: &Routes,
) -> Result<Option<Receipt>, Error> {
    let place = section.section;
    let here = section.epoch();
    let found = here.and_then(|here| Some((place.at(here.epoch), here.seed.as_ref()?)));
    let Some((at, seed)) = found else {
        let epoch = here.map_or(1, |here| here.epoch.number());
        let handle = place.handle.number();
        return Err(chartkey_crypto::Error::KeyNotDelivered { handle, epoch }.into());
    };
    let mut sealed = routes.seal(holder, chart.record, made.parcels(chart.owner, people)?)?;
    let key = made.emergency.key(&made.first, &made.second);
    sealed.list.extend(emergency_list(&made.emergency, &key, holder, at, seed)?);
    let call = IRecords::setEmergencyCall {
        record: chart.record,
        handle: place.handle.number().into(),
        generation: made.emergency.generation,
        keys: sealed.keys,
        list: sealed.list.into(),
    };
    let what = format!(
        "Set up emergency access to {}: {}",
        printable(&section.label()),
        told(people).join("; ")
    );
    let public = "that emergency access is set up, to which section by number, and the accounts of \
                  responders and custodians";
    holder.send(session, call.abi_encode(), what, public).await
}

/// Who holds what, for people.
fn told(people: &People) -> Vec<String> {
    let list = |accounts: &[Address]| addresses(accounts).join(", ");
    let mut lines = vec![format!("first half with {}", list(&people.responders))];
    match (people.needed, people.custodians.as_slice()) {
        (_, []) => {}
        (Some(needed), all) => lines.push(format!(
            "shares of the second half with {}, of whom {needed} are needed",
            list(all)
        )),
        (None, all) => lines.push(format!("second half with each of {}", list(all))),
    }
    if people.has_card {
        lines.push("second half on a card".to_owned());
    }
    lines
}

fn report(
    chart: &Chart,
    made: &Made,
    people: &People,
    name: &str,
    card: Option<zeroize::Zeroizing<String>>,
    receipts: &[Receipt],
) -> Report {
    let generation = made.emergency.generation;
    let mut text = format!("emergency access to {}, generation {generation}\n", printable(name));
    for line in told(people) {
        let _ = writeln!(text, "  {line}");
    }
    if let Some(words) = &card {
        let _ = writeln!(text, "card, shown this once: {}", words.as_str());
    }
    text.push_str(
        "fill the summary: chartkey emergency update; test it all: chartkey emergency drill",
    );
    let data = json!({
        "record": chart.record,
        "section": name,
        "generation": generation,
        "responders": addresses(&people.responders),
        "custodians": addresses(&people.custodians),
        "sharesNeeded": people.needed,
        "card": card.as_ref().map(|words| words.as_str()),
        "limits": LIMITS,
    });
    Report::new(with_receipts(data, receipts), text)
}
