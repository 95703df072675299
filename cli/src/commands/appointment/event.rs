//! One event of a stay, for people and for scripts.

use alloy_primitives::{Address, U256};
use chartkey_abi::IStays::IStaysEvents;
use serde_json::{Map, Value, json};

use crate::dates;
use crate::refusal::stay_state;
use crate::stays::{Currency, StayEvent};

/// An event in the making: its arguments by name, and what to tell of them.
struct Told<'a> {
    currency: &'a Currency,
    arguments: Map<String, Value>,
}

impl Told<'_> {
    fn put(&mut self, name: &str, value: Value) {
        self.arguments.insert(name.to_owned(), value);
    }

    fn account(&mut self, name: &str, account: Address) -> String {
        let text = account.to_checksum(None);
        self.put(name, json!(text));
        text
    }

    fn amount(&mut self, name: &str, amount: u128) -> String {
        self.put(name, json!(amount.to_string()));
        self.currency.format(U256::from(amount))
    }

    fn day(&mut self, name: &str, day: u32) -> String {
        let text = dates::format_day(day);
        self.put(name, json!(text));
        text
    }

    fn state(&mut self, state: u8) -> &'static str {
        self.put("state", json!(stay_state(state)));
        stay_state(state)
    }
}

/// What an event of a stay says: for scripts, and in a line.
pub(super) fn told(event: &StayEvent, stay: u64, currency: &Currency) -> (Value, String) {
    let mut told = Told { currency, arguments: Map::new() };
    let (name, sentence) = sentence(&event.event, &mut told);
    let (place, time) = (&event.place, dates::format_instant(event.place.time));
    let cursor = crate::stays::Cursor::at(place).to_string();
    let data = json!({
        "cursor": cursor,
        "stay": stay.to_string(),
        "event": name,
        "args": told.arguments,
        "time": time,
        "tx": place.tx,
    });
    (data, format!("{cursor:<10} {time}  stay {stay} {sentence}"))
}

fn sentence(event: &IStaysEvents, told: &mut Told<'_>) -> (&'static str, String) {
    use IStaysEvents as E;
    match event {
        E::StayRequested(e) => {
            let patient = told.account("patient", e.patient);
            let clinic = told.account("clinic", e.clinic);
            ("StayRequested", format!("is requested by {patient} of {clinic}"))
        }
        E::StayQuoted(e) => {
            let total = told.amount("totalWei", e.totalWei);
            told.account("clinic", e.clinic);
            told.account("patient", e.patient);
            let (admit, discharge) =
                (told.day("admit", e.admitDay), told.day("discharge", e.dischargeDay));
            ("StayQuoted", format!("is quoted: {admit} to {discharge}, {total}"))
        }
        E::AvailabilityOverridden(e) => {
            let by = told.account("by", e.by);
            ("AvailabilityOverridden", format!("may share its room, says {by}"))
        }
        E::StayMoved(e) => {
            let by = told.account("by", e.by);
            let state = told.state(e.state);
            let end = super::show::end(e.until);
            told.put("until", json!(end));
            let end = end.map_or_else(String::new, |end| format!(", until {end}"));
            ("StayMoved", format!("is {state} by {by}{end}"))
        }
        E::StayPaid(e) => {
            let (amount, payer) =
                (told.amount("amountWei", e.amountWei), told.account("payer", e.payer));
            ("StayPaid", format!("got {amount} from {payer}"))
        }
        E::StayShortened(e) => {
            let (day, refund) =
                (told.day("discharge", e.dischargeDay), told.amount("refundWei", e.refundWei));
            told.account("by", e.by);
            ("StayShortened", format!("ends {day} already, {refund} goes back"))
        }
        E::StaySettled(e) => {
            let (amount, clinic) =
                (told.amount("amountWei", e.amountWei), told.account("clinic", e.clinic));
            ("StaySettled", format!("is settled: {amount} released to {clinic}"))
        }
        E::StayClosed(e) => {
            let (by, state) = (told.account("by", e.by), told.state(e.state));
            let (refund, kept) =
                (told.amount("refundWei", e.refundWei), told.amount("keptWei", e.keptWei));
            ("StayClosed", format!("is {state} by {by}: {refund} goes back, {kept} is kept"))
        }
        E::Refunded(e) => {
            let (amount, payer) =
                (told.amount("amountWei", e.amountWei), told.account("payer", e.payer));
            ("Refunded", format!("gave {amount} back to {payer}"))
        }
        E::StayClaimed(e) => {
            let (amount, insurer) =
                (told.amount("amountWei", e.amountWei), told.account("insurer", e.insurer));
            let line = match e.amountWei {
                0 => format!("is not claimed from {insurer} any more"),
                _ => format!("is claimed: {amount} from {insurer}"),
            };
            ("StayClaimed", line)
        }
        E::ClaimSettled(e) => {
            let (amount, to) = (told.amount("amountWei", e.amountWei), told.account("to", e.to));
            told.amount("openWei", e.openWei);
            ("ClaimSettled", format!("was answered by the insurer: {amount} to {to}"))
        }
        // About no stay: never asked for.
        E::PolicyDefined(_) => ("PolicyDefined", String::new()),
        E::StaffChanged(_) => ("StaffChanged", String::new()),
        E::TokenAccepted(_) => ("TokenAccepted", String::new()),
        E::RoomOpened(_) => ("RoomOpened", String::new()),
        E::Withdrawn(_) => ("Withdrawn", String::new()),
    }
}
