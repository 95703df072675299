//! `chartkey clinic`: what a clinic sets up before it quotes.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::{IStays, PolicyTerms};
use chartkey_crypto::room_digest;
use serde_json::json;

use crate::args::{Clinic, Policy};
use crate::commands::appointment::require_label;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;
use crate::stays::{self, Snapshot, token};
use crate::transact::{Plan, logged};

pub(super) async fn run(session: &Session, command: Clinic) -> Result<Report, Error> {
    let stays = session.stays().await?;
    match command {
        Clinic::Policy(policy) => define(session, stays, &policy).await,
        Clinic::Staff { staff, days } => {
            let until = match days {
                Some(days) => {
                    let now = Snapshot::newest(session).await?.time_from_now().await?;
                    now.saturating_add(u64::from(days) * 86_400)
                }
                None => 0,
            };
            let data = IStays::setStaffCall { staff, until }.abi_encode();
            let what = match until {
                0 => format!("Take the right to act for this clinic from {staff}"),
                _ => format!(
                    "Let {staff} act for this clinic until {}",
                    dates::format_instant(until)
                ),
            };
            send(session, stays, data, what, "that the account is staff, and until when").await
        }
        Clinic::Token { token, refuse } => {
            if !refuse {
                is_token(session, token).await?;
            }
            let data = IStays::acceptTokenCall { token, isAccepted: !refuse }.abi_encode();
            let verb = if refuse { "No longer take" } else { "Take" };
            send(session, stays, data, format!("{verb} token {token}"), "the token").await
        }
        Clinic::Room { room, first, end } => {
            require_label(&room)?;
            let (from_day, to_day) = (dates::parse_day(&first)?, dates::parse_day(&end)?);
            let clinic = session.account().await?.address;
            let root = session.root(clinic, stays).await?;
            let digest: B256 = room_digest(&root, &room).into();
            let call =
                IStays::openRoomCall { clinic, room: digest, fromDay: from_day, toDay: to_day };
            let what = format!("Lay out the calendar of a room from {first} to {end}");
            let public = "a digest of the room's label, and the days; not the label";
            let mut report = send(session, stays, call.abi_encode(), what, public).await?;
            if !session.global.dry_run {
                report.data["room"] = json!(digest);
                report.text = format!(
                    "the calendar of room {room} is laid out; staff names the room by its digest: \
                     --room-digest {digest}"
                );
            }
            Ok(report)
        }
    }
}

/// A clinic that takes what is no token quotes what nobody can pay.
async fn is_token(session: &Session, token: Address) -> Result<(), Error> {
    let snapshot = Snapshot::newest(session).await?;
    token::funds(&snapshot, token, snapshot.contract, snapshot.contract).await.map(drop)
}

async fn define(session: &Session, contract: Address, policy: &Policy) -> Result<Report, Error> {
    let terms = PolicyTerms {
        free_cancel_secs: policy.free_cancel_hours.saturating_mul(3_600),
        hold_secs: policy.hold_minutes.saturating_mul(60),
        pay_within_secs: policy.pay_within_hours.saturating_mul(3_600),
        settle_delay_secs: policy.settle_delay_hours.saturating_mul(3_600),
        no_show_grace_secs: policy.grace_hours.saturating_mul(3_600),
        dispute_secs: policy.arbiter.map_or(0, |_| policy.dispute_hours.saturating_mul(3_600)),
        late_cancel_bps: policy.late_cancel_bps,
        no_show_bps: policy.no_show_bps,
        early_discharge_bps: policy.early_discharge_bps,
        deposit_bps: policy.deposit_bps,
    };
    let arbiter = policy.arbiter.unwrap_or_default();
    let described = stays::Policy { terms, arbiter }.lines();
    let call = IStays::definePolicyCall { name: name(&policy.name)?, terms: terms.pack(), arbiter };
    let account = session.account().await?;
    let plan = Plan {
        to: Some(contract),
        value_wei: U256::ZERO,
        data: call.abi_encode().into(),
        what: format!("Define policy {:?}\n  {}", policy.name, described.join("\n  ")),
        public: "the policy's name and terms; they can never be changed".into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    let number = logged::<IStays::PolicyDefined>(&receipt, contract)?.policy;
    let data = json!({"policy": number.to_string(), "tx": receipt.transaction_hash});
    Ok(Report::new(data, format!("policy {number} is defined; quote with: --policy {number}")))
}

/// A name of at most 32 bytes, as it stands in the event.
fn name(text: &str) -> Result<B256, Error> {
    if text.len() > 32 {
        return Err(Error::Usage {
            message: format!("the name has {} bytes; at most 32 fit", text.len()),
            hint: "give a shorter --name".into(),
        });
    }
    let mut word = B256::ZERO;
    word[..text.len()].copy_from_slice(text.as_bytes());
    Ok(word)
}

async fn send(
    session: &Session,
    stays: Address,
    data: Vec<u8>,
    what: String,
    public: &str,
) -> Result<Report, Error> {
    let account = session.account().await?;
    let plan = Plan {
        to: Some(stays),
        value_wei: U256::ZERO,
        data: data.into(),
        what,
        public: public.into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    Ok(Report::new(json!({"tx": receipt.transaction_hash}), "done".into()))
}
