//! `chartkey appointment list|show|calendar`: what the chain says about stays.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::{IStays, stay_state};
use chartkey_crypto::room_digest;
use serde_json::{Value, json};

use super::{ask, stay_of, terms_of};
use crate::args::{Calendar, Role};
use crate::error::Error;
use crate::output::Report;
use crate::refusal;
use crate::session::Session;
use crate::{amount, dates};

/// Stays asked for in one round trip.
const BATCH: u64 = 100;
/// Nights in one word of a room's calendar.
const WORD: u32 = 255;
/// Most days that one calendar shows.
const MOST_DAYS: u32 = 366;

pub(super) async fn one(session: &Session, stay: u64) -> Result<Report, Error> {
    let stays = session.stays().await?;
    let entry = stay_of(session, stays, stay).await?;
    let terms = terms_of(session, stays, stay).await?;
    let claim = ask(session, stays, stay, &IStays::claimOfCall { stay }).await?;
    let until = (terms.until != 0 && terms.until < (1 << 40) - 1)
        .then(|| dates::format_instant(terms.until));
    let mut text = line(stay, &entry);
    let mut say = |line: String| text.push_str(&format!("        {line}\n"));
    say(format!(
        "policy {}{}",
        terms.policy,
        if terms.overrides { ", room may be double" } else { "" }
    ));
    if terms.dueWei > 0 {
        say(format!("{} due", amount::format(U256::from(terms.dueWei))));
    }
    if let Some(until) = &until {
        say(format!("this state ends {until}"));
    }
    if !terms.payer.is_zero() {
        say(format!("paid by {}", terms.payer));
    }
    if terms.depositWei > 0 {
        say(format!(
            "of it {} by the patient before",
            amount::format(U256::from(terms.depositWei))
        ));
    }
    if claim.openWei > 0 {
        let open = amount::format(U256::from(claim.openWei));
        say(format!("{open} claimed from {}", claim.insurer));
    }
    let mut data = row(stay, &entry);
    let more = json!({
        "token": (!terms.token.is_zero()).then(|| terms.token.to_checksum(None)),
        "policy": terms.policy.to_string(),
        "overridesAvailability": terms.overrides,
        "until": until,
        "dueWei": terms.dueWei.to_string(),
        "payer": (!terms.payer.is_zero()).then(|| terms.payer.to_checksum(None)),
        "depositWei": terms.depositWei.to_string(),
        "claimOpenWei": claim.openWei.to_string(),
        "insurer": (claim.openWei > 0).then(|| claim.insurer.to_checksum(None)),
    });
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    Ok(Report::new(data, text.trim_end().to_owned()))
}

pub(super) async fn list(session: &Session, role: Option<Role>) -> Result<Report, Error> {
    let stays = session.stays().await?;
    let account = session.account().await?.address;
    let data: Bytes = IStays::stayCountCall {}.abi_encode().into();
    let output = session.view(stays, data, "the number of stays").await?;
    let count = IStays::stayCountCall::abi_decode_returns(&output)
        .map_err(|_| session.rpc.unexpected("eth_call", "not a count"))?;
    let mut rows = Vec::new();
    let mut text = String::new();
    let mut next = 1;
    while next <= count {
        let last = count.min(next + BATCH - 1);
        for (stay, entry) in page(session, stays, next..=last).await? {
            let is_mine = match role {
                Some(Role::Clinic) => entry.clinic == account,
                Some(Role::Patient) => entry.patient == account,
                None => entry.clinic == account || entry.patient == account,
            };
            if is_mine {
                text.push_str(&line(stay, &entry));
                rows.push(row(stay, &entry));
            }
        }
        next = last + 1;
    }
    if rows.is_empty() {
        text.push_str("no stays");
    }
    Ok(Report::new(json!({ "stays": rows }), text))
}

/// The nights of a room of this account, the clinic's.
pub(super) async fn calendar(session: &Session, arguments: &Calendar) -> Result<Report, Error> {
    let from = dates::parse_day(&arguments.first)?;
    let to = from + arguments.days.clamp(1, MOST_DAYS);
    let stays = session.stays().await?;
    let account = session.account().await?;
    let root = session.root(account.address, stays).await?;
    let room = room_digest(&root, &arguments.room).into();
    let mut nights = Vec::new();
    let mut day = from;
    while day < to {
        let call = IStays::calendarOfCall { clinic: account.address, room, day };
        let word = ask(session, stays, 0, &call).await?;
        let end = to.min(day / WORD * WORD + WORD);
        nights.extend((day..end).map(|day| (day, word.bit((day % WORD) as usize))));
        day = end;
    }
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

async fn page(
    session: &Session,
    stays: Address,
    numbers: std::ops::RangeInclusive<u64>,
) -> Result<Vec<(u64, IStays::stayOfReturn)>, Error> {
    let block = session.common_block().await?;
    let calls: Vec<_> = numbers
        .clone()
        .map(|stay| {
            let data: Bytes = IStays::stayOfCall { stay }.abi_encode().into();
            crate::rpc::Call::new("eth_call", json!([{"to": stays, "data": data}, block]))
        })
        .collect();
    let first = *numbers.start();
    let answers = session.agreed(&calls, |index| format!("stay {}", first + index as u64)).await?;
    numbers
        .zip(answers)
        .map(|(stay, answer)| {
            let output: Bytes = session.rpc.typed("eth_call", answer)?;
            let entry = IStays::stayOfCall::abi_decode_returns(&output)
                .map_err(|_| session.rpc.unexpected("eth_call", "not a stay"))?;
            Ok((stay, entry))
        })
        .collect()
}

fn line(stay: u64, entry: &IStays::stayOfReturn) -> String {
    format!(
        "{stay:>6}  {:<8} {} to {}  {}  clinic {}  patient {}\n",
        refusal::stay_state(entry.state),
        dates::format_day(entry.admitDay),
        dates::format_day(entry.dischargeDay),
        amount::format(U256::from(entry.totalWei)),
        entry.clinic,
        entry.patient
    )
}

fn row(stay: u64, entry: &IStays::stayOfReturn) -> Value {
    json!({
        "stay": stay.to_string(),
        "state": refusal::stay_state(entry.state),
        "appointmentStatus": appointment_status(entry.state),
        "clinic": entry.clinic.to_checksum(None),
        "patient": entry.patient.to_checksum(None),
        "admit": dates::format_day(entry.admitDay),
        "discharge": dates::format_day(entry.dischargeDay),
        "room": B256::from(entry.room),
        "totalWei": entry.totalWei.to_string(),
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
