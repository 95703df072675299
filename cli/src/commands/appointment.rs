//! `chartkey appointment`: stays from quote to settlement.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::{IStays, stay_state};
use chartkey_crypto::room_digest;
use serde_json::{Value, json};

use crate::args::{Appointment, Quote, Role};
use crate::error::Error;
use crate::output::Report;
use crate::refusal;
use crate::rpc::Receipt;
use crate::session::Session;
use crate::transact::{Plan, logged};
use crate::{amount, dates};

/// Stays asked for in one round trip.
const BATCH: u64 = 100;

pub(super) async fn run(session: &Session, command: Appointment) -> Result<Report, Error> {
    match command {
        Appointment::Quote(arguments) => quote(session, &arguments).await,
        Appointment::Pay { stay, amount } => pay(session, stay, amount.as_deref()).await,
        Appointment::List { role } => list(session, role).await,
        Appointment::Settle { stay } => settle(session, stay).await,
    }
}

async fn quote(session: &Session, arguments: &Quote) -> Result<Report, Error> {
    let (admit, discharge) =
        (dates::parse_day(&arguments.admit)?, dates::parse_day(&arguments.discharge)?);
    if discharge <= admit {
        return Err(Error::Usage {
            message: format!(
                "discharge {} is not after admission {}",
                arguments.discharge, arguments.admit
            ),
            hint: "give a --discharge after --admit".into(),
        });
    }
    let total = amount::parse(&arguments.total)?;
    if total == 0 {
        return Err(Error::Usage {
            message: "a stay has a price above zero".into(),
            hint: "give a --total such as 1.5eth".into(),
        });
    }
    let stays = session.stays().await?;
    let account = session.account().await?;
    let root = session.root(account.address, stays).await?;
    let call = IStays::quoteCall {
        patient: arguments.patient,
        admitDay: admit,
        dischargeDay: discharge,
        room: room_digest(&root, &arguments.room).into(),
        totalWei: total,
    };
    let plan = Plan {
        to: Some(stays),
        value_wei: U256::ZERO,
        data: call.abi_encode().into(),
        what: format!(
            "Quote a stay to {}: {} to {}, {}",
            arguments.patient,
            arguments.admit,
            arguments.discharge,
            amount::format(U256::from(total))
        ),
        public: "both accounts, the days, the price; not the room".into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    let stay = logged::<IStays::StayQuoted>(&receipt, stays)?.stay;
    let data = written(stay, &receipt);
    Ok(Report::new(
        data,
        format!("stay {stay} is quoted; the patient pays with: chartkey appointment pay {stay}"),
    ))
}

async fn pay(session: &Session, stay: u64, given: Option<&str>) -> Result<Report, Error> {
    let stays = session.stays().await?;
    let entry = stay_of(session, stays, stay).await?;
    let value = match given {
        Some(text) => U256::from(amount::parse(text)?),
        None => U256::from(entry.totalWei),
    };
    let account = session.account().await?;
    let plan = Plan {
        to: Some(stays),
        value_wei: value,
        data: IStays::payCall { stay }.abi_encode().into(),
        what: format!(
            "Pay {} for stay {stay} of clinic {} into escrow",
            amount::format(value),
            entry.clinic
        ),
        public: "that this account paid this stay, and how much".into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    logged::<IStays::StayPaid>(&receipt, stays)?;
    done(stay, &receipt, "is paid; the money is in escrow until it is settled")
}

async fn settle(session: &Session, stay: u64) -> Result<Report, Error> {
    let stays = session.stays().await?;
    let entry = stay_of(session, stays, stay).await?;
    let account = session.account().await?;
    let plan = Plan {
        to: Some(stays),
        value_wei: U256::ZERO,
        data: IStays::settleCall { stay }.abi_encode().into(),
        what: format!(
            "Release {} of stay {stay} to clinic {}; this cannot be taken back",
            amount::format(U256::from(entry.totalWei)),
            entry.clinic
        ),
        public: "that the stay is settled".into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    logged::<IStays::StaySettled>(&receipt, stays)?;
    done(stay, &receipt, "is settled; the clinic takes the money with: chartkey payment withdraw")
}

/// What every write tells.
fn written(stay: u64, receipt: &Receipt) -> Value {
    json!({
        "stay": stay.to_string(),
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    })
}

fn done(stay: u64, receipt: &Receipt, text: &str) -> Result<Report, Error> {
    Ok(Report::new(written(stay, receipt), format!("stay {stay} {text}")))
}

async fn stay_of(
    session: &Session,
    stays: Address,
    stay: u64,
) -> Result<IStays::stayOfReturn, Error> {
    let data: Bytes = IStays::stayOfCall { stay }.abi_encode().into();
    let output =
        session.view(stays, data, "the stay").await.map_err(|error| refused(error, stay))?;
    IStays::stayOfCall::abi_decode_returns(&output)
        .map_err(|_| session.rpc.unexpected("eth_call", "not a stay").into())
}

fn refused(error: Error, stay: u64) -> Error {
    match error {
        Error::Reverted { refusal, .. } if refusal.name == "NoStay" => Error::NotFound {
            message: format!("there is no stay {stay}"),
            hint: "chartkey appointment list".into(),
        },
        other => other,
    }
}

async fn list(session: &Session, role: Option<Role>) -> Result<Report, Error> {
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
    let fhir = match entry.state {
        stay_state::PAID => "booked",
        stay_state::SETTLED => "fulfilled",
        _ => "proposed",
    };
    json!({
        "stay": stay.to_string(),
        "state": refusal::stay_state(entry.state),
        "appointmentStatus": fhir,
        "clinic": entry.clinic.to_checksum(None),
        "patient": entry.patient.to_checksum(None),
        "admit": dates::format_day(entry.admitDay),
        "discharge": dates::format_day(entry.dischargeDay),
        "room": B256::from(entry.room),
        "totalWei": entry.totalWei.to_string(),
    })
}
