//! The refusals of the *stays* program in words.

use alloy_primitives::Address;
use chartkey_abi::IStays::IStaysErrors as E;
use serde_json::{Value, json};

use super::{Refusal, number};
use crate::dates;

/// What amounts are counted in where the refusal does not say.
const UNITS: &str = "units are wei, or of the token that the stay is priced in";

/// A refusal with its arguments, its sentence and what to do.
pub(super) fn refusal(error: &E) -> Refusal {
    of_terms(error)
        .or_else(|| of_callers(error))
        .or_else(|| of_times(error))
        .unwrap_or_else(|| of_money(error))
}

/// What was asked for makes no sense.
fn of_terms(error: &E) -> Option<Refusal> {
    Some(match error {
        E::NoStay(e) => Refusal::new(
            "NoStay",
            &[("stay", number(e.stay))],
            format!("there is no stay {}", e.stay),
            "chartkey appointment list",
        ),
        E::DischargeNotAfterAdmit(e) => Refusal::new(
            "DischargeNotAfterAdmit",
            &[("admitDay", number(e.admitDay)), ("dischargeDay", number(e.dischargeDay))],
            format!("discharge {} is not after admission {}", day(e.dischargeDay), day(e.admitDay)),
            "give a --discharge after --admit",
        ),
        E::StayTooLong(e) => Refusal::new(
            "StayTooLong",
            &[("nights", number(e.nights)), ("most", number(e.most))],
            format!("{} nights are more than the {} of a stay", e.nights, e.most),
            "quote two stays, one after the other",
        ),
        E::ZeroPrice(_) => Refusal::new(
            "ZeroPrice",
            &[],
            "a stay has a price above zero".into(),
            "give a --total above zero",
        ),
        E::ZeroPatient(_) => Refusal::new(
            "ZeroPatient",
            &[],
            "the zero address cannot be a patient".into(),
            "give the patient's address",
        ),
        E::NoPolicy(e) => Refusal::new(
            "NoPolicy",
            &[("clinic", account(e.clinic)), ("policy", number(e.policy))],
            format!("clinic {} has no policy {}", e.clinic, e.policy),
            "define one with: chartkey clinic policy",
        ),
        E::UnsoundPolicy(e) => Refusal::new(
            "UnsoundPolicy",
            &[("terms", json!(e.terms))],
            "a share is above 100 %, a window above 366 days, or the arbiter has no time".into(),
            "shares up to 10000 bps, windows up to 8784 hours, and --dispute-hours with --arbiter",
        ),
        E::DayOutOfRange(e) => Refusal::new(
            "DayOutOfRange",
            &[("day", number(e.day)), ("least", number(e.least)), ("most", number(e.most))],
            format!("{} is not between {} and {}", day(e.day), day(e.least), day(e.most)),
            "give a day in between",
        ),
        E::RoomTaken(e) => Refusal::new(
            "RoomTaken",
            &[("room", json!(e.room)), ("night", number(e.night))],
            format!("the room belongs to another stay in the night of {}", day(e.night)),
            "ask the clinic for another room or other days",
        ),
        _ => return None,
    })
}

/// The wrong account asks.
fn of_callers(error: &E) -> Option<Refusal> {
    Some(match error {
        E::NotClinic(e) => Refusal::new(
            "NotClinic",
            &[("clinic", account(e.clinic)), ("caller", account(e.caller))],
            format!("{} is neither clinic {} nor its staff", e.caller, e.clinic),
            "use the clinic's --account",
        ),
        E::NoCredential(e) => Refusal::new(
            "NoCredential",
            &[("clinic", account(e.clinic))],
            format!("no registrar vouches for clinic {} now", e.clinic),
            "the registrar of this deployment states a credential for the clinic's account",
        ),
        E::NotPatient(e) => Refusal::new(
            "NotPatient",
            &[
                ("stay", number(e.stay)),
                ("patient", account(e.patient)),
                ("caller", account(e.caller)),
            ],
            format!("stay {} was quoted to {}, not to {}", e.stay, e.patient, e.caller),
            &format!(
                "use the patient's --account; once it is booked (chartkey appointment book {}), anybody can pay",
                e.stay
            ),
        ),
        E::NotParty(e) => Refusal::new(
            "NotParty",
            &[("stay", number(e.stay)), ("caller", account(e.caller))],
            format!("{} is neither patient nor clinic of stay {}", e.caller, e.stay),
            "chartkey appointment list",
        ),
        E::NotArbiter(e) => Refusal::new(
            "NotArbiter",
            &[
                ("stay", number(e.stay)),
                ("arbiter", account(e.arbiter)),
                ("caller", account(e.caller)),
            ],
            format!("stay {} is decided by {}, not by {}", e.stay, e.arbiter, e.caller),
            "use the arbiter's --account",
        ),
        E::NoArbiter(e) => Refusal::new(
            "NoArbiter",
            &[("stay", number(e.stay))],
            format!("the policy of stay {} names no arbiter", e.stay),
            "settle it with the clinic",
        ),
        E::NoClaim(e) => Refusal::new(
            "NoClaim",
            &[("stay", number(e.stay)), ("insurer", account(e.insurer))],
            format!("nothing of stay {} is claimed from {}", e.stay, e.insurer),
            "chartkey appointment show shows what is claimed",
        ),
        E::ClaimOpen(e) => Refusal::new(
            "ClaimOpen",
            &[("stay", number(e.stay)), ("insurer", account(e.insurer))],
            format!("stay {} is claimed from {} already", e.stay, e.insurer),
            "wait for the insurer's answer, or: chartkey appointment withdraw-claim",
        ),
        _ => return None,
    })
}

/// The wrong state or the wrong time.
fn of_times(error: &E) -> Option<Refusal> {
    Some(match error {
        E::WrongState(e) => Refusal::new(
            "WrongState",
            &[("stay", number(e.stay)), ("state", number(e.state)), ("needed", number(e.needed))],
            format!(
                "stay {} is {}, and this needs it {}",
                e.stay,
                stay_state(e.state),
                stay_state(e.needed)
            ),
            "chartkey appointment list",
        ),
        E::BeforeDischarge(e) => Refusal::new(
            "BeforeDischarge",
            &[("stay", number(e.stay)), ("opensAt", number(e.opensAt)), ("time", number(e.time))],
            format!(
                "the clinic may settle stay {} from {} on",
                e.stay,
                dates::format_instant(e.opensAt)
            ),
            "the patient may settle at any time",
        ),
        E::TooEarly(e) => Refusal::new(
            "TooEarly",
            &[("stay", number(e.stay)), ("opensAt", number(e.opensAt)), ("time", number(e.time))],
            format!(
                "for stay {} this is possible from {} on",
                e.stay,
                dates::format_instant(e.opensAt)
            ),
            "run the command again then",
        ),
        E::TooLate(e) => Refusal::new(
            "TooLate",
            &[("stay", number(e.stay)), ("until", number(e.until)), ("time", number(e.time))],
            format!(
                "for stay {} this was possible until {}",
                e.stay,
                dates::format_instant(e.until)
            ),
            "chartkey appointment list",
        ),
        _ => return None,
    })
}

/// Money that does not fit or does not move.
fn of_money(error: &E) -> Refusal {
    match error {
        E::AmountTooLarge(e) => Refusal::new(
            "AmountTooLarge",
            &[("amountWei", number(e.amountWei))],
            format!("{} units are more than 96 bits hold; {UNITS}", e.amountWei),
            "give a smaller amount",
        ),
        E::WrongAmount(e) => Refusal::new(
            "WrongAmount",
            &[
                ("stay", number(e.stay)),
                ("dueWei", number(e.dueWei)),
                ("sentWei", number(e.sentWei)),
            ],
            format!(
                "stay {} takes {} units, and {} were given; {UNITS}",
                e.stay, e.dueWei, e.sentWei
            ),
            "give an amount up to what is taken",
        ),
        E::WrongCurrency(e) => Refusal::new(
            "WrongCurrency",
            &[("stay", number(e.stay)), ("token", account(e.token))],
            format!("stay {} is priced in another currency (token {})", e.stay, e.token),
            "chartkey appointment show names the currency",
        ),
        E::TokenNotAccepted(e) => Refusal::new(
            "TokenNotAccepted",
            &[("clinic", account(e.clinic)), ("token", account(e.token))],
            format!("clinic {} does not take token {}", e.clinic, e.token),
            "accept it with: chartkey clinic token",
        ),
        E::TokenFailed(e) => Refusal::new(
            "TokenFailed",
            &[("token", account(e.token))],
            format!("token {} did not do as it was told", e.token),
            "check balance and allowance of the payer",
        ),
        E::TokenShort(e) => Refusal::new(
            "TokenShort",
            &[
                ("token", account(e.token)),
                ("expected", number(e.expected)),
                ("found", number(e.found)),
            ],
            format!("token {} delivered {} of {} units", e.token, e.found, e.expected),
            "tokens that keep a fee cannot pay stays",
        ),
        E::NothingToWithdraw(e) => Refusal::new(
            "NothingToWithdraw",
            &[("account", account(e.account))],
            format!("nothing is released to {}", e.account),
            "money is released when a stay is settled",
        ),
        E::TransferFailed(e) => Refusal::new(
            "TransferFailed",
            &[("account", account(e.account)), ("amountWei", number(e.amountWei))],
            format!("{} did not accept the money", e.account),
            "withdraw with an account that takes money",
        ),
        _ => Refusal::new("Reentered", &[], "money is on its way already".into(), "try again"),
    }
}

fn account(address: Address) -> Value {
    json!(address.to_checksum(None))
}

fn day(day: u32) -> String {
    dates::format_day(day)
}

/// The word for a stay's state.
#[must_use]
pub const fn stay_state(state: u8) -> &'static str {
    use chartkey_abi::stay_state as s;
    match state {
        s::QUOTED => "quoted",
        s::PAID => "paid",
        s::SETTLED => "settled",
        s::REQUESTED => "requested",
        s::HELD => "held",
        s::BOOKED => "booked",
        s::ARRIVED => "arrived",
        s::CANCELLED => "cancelled",
        s::NO_SHOW => "no-show",
        s::DISPUTED => "disputed",
        s::ENTERED_IN_ERROR => "entered-in-error",
        _ => "unknown",
    }
}
