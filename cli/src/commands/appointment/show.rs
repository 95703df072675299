//! `chartkey appointment list|show|calendar`: what the chain says about stays.

use alloy_primitives::{Address, B256, U256};
use chartkey_abi::{IStays, stay_state};
use chartkey_crypto::room_digest;
use serde_json::{Value, json};

use crate::args::{Calendar, Fiat, Role, Whose};
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::refusal;
use crate::session::Session;
use crate::stays::{Credential, Currency, Entry, Estimate, Notes, Policy, Snapshot};

/// Nights in one word of a room's calendar.
const WORD: u32 = 255;
/// The state's end is stored in 40 bits; the largest number is no end.
const NO_END: u64 = (1 << 40) - 1;

pub(super) async fn one(session: &Session, stay: u64, fiat: &Fiat) -> Result<Report, Error> {
    let snapshot = Snapshot::newest(session).await?;
    shown(session, &snapshot, stay, fiat).await
}

/// One stay as of a snapshot.
pub(super) async fn shown(
    session: &Session,
    snapshot: &Snapshot<'_>,
    stay: u64,
    fiat: &Fiat,
) -> Result<Report, Error> {
    let entry = snapshot.entry(stay).await?;
    let claim = snapshot.ask(IStays::claimOfCall { stay }, "the claim").await?;
    let currency = snapshot.currency(entry.terms.token).await?;
    let credential = Credential::of(session, snapshot, entry.stay.clinic).await?;
    let policy = Policy::of(snapshot, &entry).await?;
    let said = Estimate { expected: fiat.fiat, billed: fiat.billed };
    let estimate = Notes::write(session, snapshot.contract, stay, said).await?;
    let mut text = line(&entry, &currency);
    for told in lines(&entry, &currency, &claim, policy.as_ref()) {
        text.push_str(&format!("        {told}\n"));
    }
    for told in std::iter::once(credential.line()).chain(estimate.lines()) {
        text.push_str(&format!("        {told}\n"));
    }
    let terms = &entry.terms;
    let mut data = row(&entry, &currency);
    let more = json!({
        "policy": terms.policy.to_string(),
        "policyTerms": policy.map(|policy| policy.json()),
        "overridesAvailability": terms.overrides,
        "until": end(terms.until),
        "dueWei": terms.dueWei.to_string(),
        "payer": (!terms.payer.is_zero()).then(|| terms.payer.to_checksum(None)),
        "depositWei": terms.depositWei.to_string(),
        "claimOpenWei": claim.openWei.to_string(),
        "claimMostWei": claim.mostWei.to_string(),
        "insurer": (claim.openWei > 0).then(|| claim.insurer.to_checksum(None)),
        "clinicCredential": credential.name(),
    });
    for more in [more, estimate.json()] {
        if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
            data.extend(more);
        }
    }
    Ok(Report::new(data, text.trim_end().to_owned()))
}

/// When a state ends, if it does by itself.
pub(super) fn end(until: u64) -> Option<String> {
    (until != 0 && until < NO_END).then(|| dates::format_instant(until))
}

fn lines(
    entry: &Entry,
    currency: &Currency,
    claim: &IStays::claimOfReturn,
    policy: Option<&Policy>,
) -> Vec<String> {
    let terms = &entry.terms;
    let shown = |amount: u128| currency.format(U256::from(amount));
    let mut lines = Vec::new();
    if let Currency::Token(token) = currency {
        lines.push(format!("token {}", token.address));
    }
    let double = if terms.overrides { ", room may be double" } else { "" };
    if let Some(policy) = policy {
        lines.push(format!("policy {}{double}", terms.policy));
        lines.extend(policy.lines().into_iter().map(|line| format!("  {line}")));
    }
    if terms.dueWei > 0 {
        lines.push(format!("{} due", shown(terms.dueWei)));
    }
    if let Some(until) = end(terms.until) {
        lines.push(format!("this state ends {until}"));
    }
    if !terms.payer.is_zero() {
        lines.push(format!("paid by {}", terms.payer));
    }
    if terms.depositWei > 0 {
        lines.push(format!("of it {} by the patient before", shown(terms.depositWei)));
    }
    if claim.openWei > 0 {
        lines.push(format!("{} claimed from {}", shown(claim.openWei), claim.insurer));
        if claim.mostWei < claim.openWei {
            lines.push(format!("of that {} is payable", shown(claim.mostWei)));
        }
    }
    lines
}

pub(super) async fn list(session: &Session, whose: &Whose) -> Result<Report, Error> {
    let snapshot = Snapshot::newest(session).await?;
    listed(session, &snapshot, whose).await
}

/// The account's stays as of a snapshot.
pub(super) async fn listed(
    session: &Session,
    snapshot: &Snapshot<'_>,
    whose: &Whose,
) -> Result<Report, Error> {
    let (account, role) = account_and_role(session, whose).await?;
    let entries = snapshot.entries_where(|stay| is_of(stay, account, role)).await?;
    let currencies = snapshot.currencies(entries.iter().map(|entry| entry.terms.token)).await?;
    let mut rows = Vec::new();
    let mut text = String::new();
    for entry in &entries {
        let currency = currencies.get(&entry.terms.token).unwrap_or(&Currency::Coin);
        text.push_str(&line(entry, currency));
        rows.push(row(entry, currency));
    }
    if rows.is_empty() {
        text.push_str("no stays");
    }
    Ok(Report::new(json!({ "stays": rows }), text))
}

/// Whose stays are meant: this account's in a role, or those of the clinic that is named.
pub(super) async fn account_and_role(
    session: &Session,
    whose: &Whose,
) -> Result<(Address, Option<Role>), Error> {
    match whose.clinic {
        Some(clinic) => Ok((clinic, Some(Role::Clinic))),
        None => Ok((session.account().await?.address, whose.role)),
    }
}

/// Whether a stay is the account's, in this role.
pub(super) fn is_of(stay: &IStays::stayOfReturn, account: Address, role: Option<Role>) -> bool {
    match role {
        Some(Role::Clinic) => stay.clinic == account,
        Some(Role::Patient) => stay.patient == account,
        None => stay.clinic == account || stay.patient == account,
    }
}

/// The clinic that is meant: the one that is named, for its staff, or this account.
pub(super) async fn clinic(session: &Session, named: Option<Address>) -> Result<Address, Error> {
    match named {
        Some(clinic) => Ok(clinic),
        None => Ok(session.account().await?.address),
    }
}

/// A room has a label: the digest of nothing would be a room too.
pub(in crate::commands) fn require_label(label: &str) -> Result<(), Error> {
    if label.trim().is_empty() {
        return Err(Error::Usage {
            message: "the room has no label".into(),
            hint: "give a label such as 101".into(),
        });
    }
    Ok(())
}

/// The digest of a room. Of a label only the clinic's own keys make it: staff names the digest.
pub(super) async fn room(
    session: &Session,
    snapshot: &Snapshot<'_>,
    clinic: Address,
    (label, digest): (Option<&str>, Option<B256>),
) -> Result<B256, Error> {
    let Some(label) = label else {
        return digest.ok_or_else(|| Error::Internal("a room or its digest".into()));
    };
    require_label(label)?;
    let account = session.account().await?.address;
    if account != clinic {
        return Err(Error::Usage {
            message: format!("only the keys of clinic {clinic} know what a label's digest is"),
            hint: "give --room-digest, which `clinic room` and `calendar` of the clinic tell"
                .into(),
        });
    }
    let root = session.root(account, snapshot.contract).await?;
    Ok(room_digest(&root, label).into())
}

/// The nights of a room of a clinic.
pub(super) async fn calendar(session: &Session, arguments: &Calendar) -> Result<Report, Error> {
    let from = dates::parse_day(&arguments.first)?;
    let to = from + arguments.days;
    let snapshot = Snapshot::newest(session).await?;
    let clinic = clinic(session, arguments.clinic).await?;
    let named = (arguments.room.as_deref(), arguments.room_digest);
    let room = room(session, &snapshot, clinic, named).await?;
    let (nights, _) = nights(&snapshot, (clinic, room), (from, to)).await?;
    let slot = |is_taken| if is_taken { "busy" } else { "free" };
    let text: Vec<_> = nights
        .iter()
        .map(|(day, is_taken)| format!("{}  {}", dates::format_day(*day), slot(*is_taken)))
        .collect();
    let rows: Vec<_> = nights
        .iter()
        .map(|(day, is_taken)| json!({"night": dates::format_day(*day), "slot": slot(*is_taken)}))
        .collect();
    Ok(Report::new(json!({"room": room, "nights": rows}), text.join("\n")))
}

/// The nights of a room with whether they are taken, and whether the calendar is laid out for all of them.
pub(super) async fn nights(
    snapshot: &Snapshot<'_>,
    (clinic, room): (Address, B256),
    (from, to): (u32, u32),
) -> Result<(Vec<(u32, bool)>, bool), Error> {
    let (mut nights, mut is_open, mut day) = (Vec::new(), true, from);
    while day < to {
        let call = IStays::calendarOfCall { clinic, room, day };
        let word = snapshot.ask(call, "the calendar").await?;
        is_open &= word.bit(WORD as usize);
        let end = to.min(day / WORD * WORD + WORD);
        nights.extend((day..end).map(|day| (day, word.bit((day % WORD) as usize))));
        day = end;
    }
    Ok((nights, is_open))
}

fn line(entry: &Entry, currency: &Currency) -> String {
    let stay = &entry.stay;
    let price = match stay.state {
        stay_state::REQUESTED => "no price yet".to_owned(),
        _ => currency.format(U256::from(stay.totalWei)),
    };
    format!(
        "{:>6}  {:<9} {} to {}  {}  clinic {}  patient {}\n",
        entry.number,
        refusal::stay_state(stay.state),
        dates::format_day(stay.admitDay),
        dates::format_day(stay.dischargeDay),
        price,
        stay.clinic,
        stay.patient
    )
}

/// A stay for scripts.
pub(in crate::commands) fn row(entry: &Entry, currency: &Currency) -> Value {
    let stay = &entry.stay;
    json!({
        "stay": entry.number.to_string(),
        "state": refusal::stay_state(stay.state),
        "appointmentStatus": appointment_status(stay.state),
        "clinic": stay.clinic.to_checksum(None),
        "patient": stay.patient.to_checksum(None),
        "admit": dates::format_day(stay.admitDay),
        "discharge": dates::format_day(stay.dischargeDay),
        "room": B256::from(stay.room),
        "totalWei": stay.totalWei.to_string(),
        "token": currency.json(),
        "decimals": currency.decimals(),
    })
}

/// FHIR Appointment's status; a dispute leaves it as it is, and that is in the log.
const fn appointment_status(state: u8) -> Option<&'static str> {
    Some(match state {
        stay_state::REQUESTED | stay_state::QUOTED => "proposed",
        stay_state::HELD => "pending",
        stay_state::BOOKED | stay_state::PAID => "booked",
        stay_state::ARRIVED => "arrived",
        stay_state::SETTLED => "fulfilled",
        stay_state::CANCELLED => "cancelled",
        stay_state::NO_SHOW => "noshow",
        stay_state::ENTERED_IN_ERROR => "entered-in-error",
        _ => return None,
    })
}
