//! `chartkey payment statement`: all that moved for an account, over all its stays.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use chartkey_abi::IStays::{self, IStaysEvents};
use chartkey_fhir::collection;
use serde_json::{Value, json};

use super::fhir;
use super::receipt::{movement, sentence};
use crate::args::Statement;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;
use crate::stays::{
    Currency, Entry, Kind, Ledger, Movement, Notes, Place, Snapshot, StayEvent, bill, notice,
    number_of, number_topic,
};

/// Stays whose events are asked for at once.
const BATCH: usize = 100;
/// Seconds in a day.
const DAY_SECS: u64 = 86_400;

/// One stay with its money.
struct Account {
    entry: Entry,
    ledger: Ledger,
    currency: Currency,
}

/// One line of the statement.
struct Line<'a> {
    place: Place,
    currency: &'a Currency,
    what: What<'a>,
}

/// What a line is about.
enum What<'a> {
    /// Money of a stay that the account is part of.
    Moved(&'a Account, &'a Movement),
    /// The account took out what was released to it.
    TakenOut(U256),
}

/// What an account paid and got, in one currency.
#[derive(Default)]
struct Totals {
    paid: u128,
    refunded: u128,
    received: u128,
    withdrawn: U256,
    held: u128,
    /// To be taken out now, whatever the period.
    released: U256,
}

pub(super) async fn run(session: &Session, arguments: &Statement) -> Result<Report, Error> {
    let snapshot = Snapshot::newest(session).await?;
    let period = period(arguments)?;
    let account = session.account().await?.address;
    let accounts = accounts(&snapshot, account).await?;
    let withdrawals = withdrawals(&snapshot, account).await?;
    let tokens = accounts.iter().map(|one| one.entry.terms.token);
    let tokens = tokens.chain(withdrawals.iter().map(|(_, token, _)| *token));
    let currencies = snapshot.currencies(tokens).await?;
    let moved = accounts
        .iter()
        .flat_map(|one| one.ledger.movements.iter().map(move |movement| (one, movement)))
        .map(|(one, movement)| Line {
            place: movement.place,
            currency: &one.currency,
            what: What::Moved(one, movement),
        });
    let taken = withdrawals.iter().map(|(place, token, amount)| Line {
        place: *place,
        currency: currencies.get(token).unwrap_or(&Currency::Coin),
        what: What::TakenOut(*amount),
    });
    let mut lines: Vec<_> =
        moved.chain(taken).filter(|line| period.contains(&line.place.time)).collect();
    lines.sort_by_key(|line| (line.place.block, line.place.index));
    if arguments.fhir {
        return bundle(session, &snapshot, &lines).await;
    }
    let mut totals = totals(&lines, &accounts, account);
    for (token, sum) in &mut totals {
        let call = IStays::releasedInCall { account, token: *token };
        sum.released = snapshot.ask(call, "the money released").await?;
    }
    let rows: Vec<_> = lines.iter().map(|line| row(line, account)).collect();
    let shown = |token| currencies.get(token).unwrap_or(&Currency::Coin);
    let sums: Vec<_> = totals.iter().map(|(token, sum)| sum.json(shown(token))).collect();
    let data = json!({
        "account": account.to_checksum(None),
        "from": arguments.from,
        "to": arguments.to,
        "movements": rows,
        "totals": sums,
    });
    let mut text = head(account, arguments);
    text.extend(lines.iter().map(Line::text));
    if lines.is_empty() {
        text.push_str("  nothing moved\n");
    }
    text.extend(totals.iter().map(|(token, sum)| sum.text(shown(token))));
    Ok(Report::new(data, text))
}

fn head(account: Address, arguments: &Statement) -> String {
    match (arguments.from.as_deref(), arguments.to.as_deref()) {
        (None, None) => format!("statement of {account}\n"),
        (from, to) => format!(
            "statement of {account}, {} to {} (UTC)\n",
            from.unwrap_or("the beginning"),
            to.unwrap_or("now")
        ),
    }
}

/// The seconds that the days cover.
fn period(arguments: &Statement) -> Result<std::ops::Range<u64>, Error> {
    let day = |text: &Option<String>| text.as_deref().map(dates::parse_day).transpose();
    let (from, to) = (day(&arguments.from)?, day(&arguments.to)?);
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        return Err(Error::Usage {
            message: format!(
                "--to {} is before --from {}",
                dates::format_day(to),
                dates::format_day(from)
            ),
            hint: "give a --to on or after --from".into(),
        });
    }
    let begin = u64::from(from.unwrap_or_default()) * DAY_SECS;
    let end = to.map_or(u64::MAX, |to| (u64::from(to) + 1) * DAY_SECS);
    Ok(begin..end)
}

/// All stays that the account is part of: as clinic or patient, as payer, as insurer.
async fn accounts(snapshot: &Snapshot<'_>, account: Address) -> Result<Vec<Account>, Error> {
    let who = vec![account.into_word()];
    let kind = |hashes: &[B256]| hashes.to_vec();
    let parties =
        kind(&[IStays::StayRequested::SIGNATURE_HASH, IStays::StayQuoted::SIGNATURE_HASH]);
    let second = [
        parties.clone(),
        kind(&[
            IStays::StayPaid::SIGNATURE_HASH,
            IStays::Refunded::SIGNATURE_HASH,
            IStays::ClaimSettled::SIGNATURE_HASH,
        ]),
    ]
    .concat();
    let third = [parties, kind(&[IStays::ClaimSettled::SIGNATURE_HASH])].concat();
    let first = snapshot.first_block();
    let mut numbers = BTreeSet::new();
    for topics in [vec![second, Vec::new(), who.clone()], vec![third, Vec::new(), Vec::new(), who]]
    {
        let events = snapshot.events(topics, first).await?;
        numbers.extend(events.iter().filter_map(|event| number_of(&event.event)));
    }
    let numbers: Vec<u64> = numbers.into_iter().collect();
    let mut accounts = Vec::new();
    for page in numbers.chunks(BATCH) {
        let topics = page.iter().map(|number| number_topic(*number)).collect();
        let events = snapshot.events(vec![Vec::new(), topics], first).await?;
        for entry in snapshot.entries(page).await? {
            let of_stay = |event: &&StayEvent| number_of(&event.event) == Some(entry.number);
            let ledger = snapshot.checked_ledger(&entry, events.iter().filter(of_stay)).await?;
            let currency = snapshot.currency(entry.terms.token).await?;
            accounts.push(Account { entry, ledger, currency });
        }
    }
    Ok(accounts)
}

/// What the account took out: where, which token, how much.
async fn withdrawals(
    snapshot: &Snapshot<'_>,
    account: Address,
) -> Result<Vec<(Place, Address, U256)>, Error> {
    let topics = vec![vec![IStays::Withdrawn::SIGNATURE_HASH], vec![account.into_word()]];
    let events = snapshot.events(topics, snapshot.first_block()).await?;
    Ok(events
        .into_iter()
        .filter_map(|StayEvent { place, event }| match event {
            IStaysEvents::Withdrawn(event) => Some((place, event.token, event.amountWei)),
            _ => None,
        })
        .collect())
}

/// What a movement is to an account.
fn own(movement: &Movement, account: Address) -> Option<(bool, u128)> {
    match movement.kind {
        Kind::Insured { insurer } if insurer == account => Some((false, movement.amount)),
        _ if movement.account != account => None,
        Kind::Paid => Some((false, movement.amount)),
        Kind::Refunded | Kind::Released | Kind::Insured { .. } => Some((true, movement.amount)),
    }
}

/// What moved in the period, and what is in escrow now.
fn totals(lines: &[Line<'_>], accounts: &[Account], account: Address) -> BTreeMap<Address, Totals> {
    let mut totals: BTreeMap<Address, Totals> = BTreeMap::new();
    for line in lines {
        let sum = totals.entry(line.currency.address()).or_default();
        match line.what {
            What::TakenOut(amount) => sum.withdrawn = sum.withdrawn.saturating_add(amount),
            What::Moved(_, movement) => match own(movement, account) {
                Some((false, amount)) => sum.paid += amount,
                Some((true, amount)) if movement.kind == Kind::Refunded => sum.refunded += amount,
                Some((true, amount)) => sum.received += amount,
                None => {}
            },
        }
    }
    for one in accounts {
        let is_party = [one.entry.stay.patient, one.entry.stay.clinic].contains(&account);
        // Also of a stay that the account only paid: something may be there to be taken out.
        let sum = totals.entry(one.currency.address()).or_default();
        if is_party {
            sum.held += one.ledger.held();
        }
    }
    totals
}

impl Totals {
    fn text(&self, currency: &Currency) -> String {
        let shown = |amount: u128| currency.format(U256::from(amount));
        format!(
            "paid {}, refunded {}, received {}, taken out {}\n\
             now: in escrow of its stays {}, to be taken out {}\n",
            shown(self.paid),
            shown(self.refunded),
            shown(self.received),
            currency.format(self.withdrawn),
            shown(self.held),
            currency.format(self.released)
        )
    }

    fn json(&self, currency: &Currency) -> Value {
        json!({
            "token": currency.json(),
            "decimals": currency.decimals(),
            "paidWei": self.paid.to_string(),
            "refundedWei": self.refunded.to_string(),
            "receivedWei": self.received.to_string(),
            "withdrawnWei": self.withdrawn.to_string(),
            "heldWei": self.held.to_string(),
            "releasedWei": self.released.to_string(),
        })
    }
}

impl Line<'_> {
    fn text(&self) -> String {
        let time = dates::format_instant(self.place.time);
        match self.what {
            What::Moved(one, movement) => {
                let sentence = sentence(movement, self.currency);
                format!("  {time}  stay {}: {sentence}\n", one.entry.number)
            }
            What::TakenOut(amount) => {
                format!("  {time}  {} taken out\n", self.currency.format(amount))
            }
        }
    }
}

fn row(line: &Line<'_>, account: Address) -> Value {
    let (stay, own, mut row) = match line.what {
        What::Moved(one, of) => {
            let own = own(of, account).map(|(is_in, _)| if is_in { "in" } else { "out" });
            (Some(one.entry.number.to_string()), own, movement(of))
        }
        What::TakenOut(amount) => {
            let row = json!({
                "kind": "withdrawn",
                "account": account.to_checksum(None),
                "insurer": null,
                "amountWei": amount.to_string(),
                "time": dates::format_instant(line.place.time),
                "block": line.place.block.to_string(),
                "tx": line.place.tx,
            });
            (None, None, row)
        }
    };
    row["stay"] = json!(stay);
    row["token"] = line.currency.json();
    row["decimals"] = json!(line.currency.decimals());
    row["own"] = json!(own);
    row
}

/// A payment notice for each movement. Taking money out is no payment of a bill and has none.
async fn bundle(
    session: &Session,
    snapshot: &Snapshot<'_>,
    lines: &[Line<'_>],
) -> Result<Report, Error> {
    let place = (session.chain_id().await?, snapshot.contract);
    let notes = Notes::open(session, snapshot.contract).await?;
    let mut documents = Vec::new();
    for line in lines {
        let What::Moved(one, movement) = line.what else { continue };
        let estimate = notes.of(one.entry.number)?;
        let bill = bill(place, &one.entry, &one.ledger, &one.currency, &estimate);
        documents.extend(bill.map(|bill| notice(&bill, movement)));
    }
    let withdrawn = lines.len() - documents.len();
    let mut report = fhir(collection(documents, &dates::format_instant(snapshot.time().await?)))?;
    if withdrawn > 0 {
        report.warnings.push(format!(
            "{withdrawn} withdrawals are not in the bundle: FHIR has no form for them"
        ));
    }
    Ok(report)
}
