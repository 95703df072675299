//! Calls and logs by the names of our interfaces. Contents are ciphertext: their length is all there is.

use alloy_primitives::{Address, Bytes, U256, address, hex};
use alloy_sol_types::{SolEventInterface, SolInterface};
use chartkey_abi::IRecords::{IRecordsCalls, IRecordsEvents};
use chartkey_abi::IStays::{IStaysCalls, IStaysEvents};
use serde_json::{Map, Value, json};

use super::units::Units;
use crate::dates;
use crate::refusal::stay_state;
use crate::rpc::RpcLog;
use crate::stays::{Currency, number_of};
use crate::text::printable;

/// ArbWasm, the precompile that activates programs.
const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
/// Selector of `activateProgram(address)`.
const ACTIVATE: [u8; 4] = [0x58, 0xc7, 0x80, 0xc2];

/// A call or a log with its arguments by name.
#[derive(Debug)]
pub(super) struct Decoded {
    name: String,
    arguments: Vec<(&'static str, Value, String)>,
    at: Option<Address>,
}

impl Decoded {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), arguments: Vec::new(), at: None }
    }

    fn with(mut self, name: &'static str, value: Value, shown: String) -> Self {
        self.arguments.push((name, value, shown));
        self
    }

    fn number(self, name: &'static str, value: impl ToString) -> Self {
        let text = value.to_string();
        self.with(name, json!(text), text)
    }

    /// An amount of coins.
    fn wei(self, name: &'static str, value: U256) -> Self {
        self.amount(name, value, Some(&Currency::Coin))
    }

    /// An amount of a stay's currency, in whose smallest unit it is counted where that is not known.
    fn amount(self, name: &'static str, value: U256, of: Option<&Currency>) -> Self {
        let shown = of.map_or_else(|| format!("{value} units"), |currency| currency.format(value));
        self.with(name, json!(value.to_string()), shown)
    }

    /// The token that amounts are of; nothing is said of coins.
    fn token(self, currency: Option<&Currency>) -> Self {
        match currency {
            Some(Currency::Token(token)) => self.account("token", token.address),
            _ => self,
        }
    }

    fn day(self, name: &'static str, day: u32) -> Self {
        let text = dates::format_day(day);
        self.with(name, json!(text), text)
    }

    fn account(self, name: &'static str, account: Address) -> Self {
        let text = account.to_checksum(None);
        self.with(name, json!(text), text)
    }

    fn word(self, name: &'static str, word: impl ToString) -> Self {
        self.number(name, word)
    }

    fn bytes(self, name: &'static str, length: usize) -> Self {
        self.with(name, json!(length), format!("{length} bytes"))
    }

    /// One line for people.
    pub(super) fn line(&self) -> String {
        let arguments: Vec<_> =
            self.arguments.iter().map(|(name, _, shown)| format!("{name} {shown}")).collect();
        printable(&format!("{}({})", self.name, arguments.join(", ")))
    }

    pub(super) fn json(&self) -> Value {
        let arguments: Map<String, Value> = self
            .arguments
            .iter()
            .map(|(name, value, _)| ((*name).to_owned(), value.clone()))
            .collect();
        let at = self.at.map(|at| at.to_checksum(None));
        json!({"name": self.name, "args": arguments, "contract": at})
    }
}

/// What a transaction calls.
pub(super) fn call(to: Option<Address>, input: &Bytes, units: &Units) -> Decoded {
    let Some(to) = to else { return Decoded::new("create").bytes("code", input.len()) };
    if input.is_empty() {
        return Decoded::new("transfer");
    }
    if let Ok(call) = IStaysCalls::abi_decode(input) {
        return of_stays(call, input.len(), to, units);
    }
    if let Ok(call) = IRecordsCalls::abi_decode(input) {
        return of_records(call, input.len());
    }
    if to == ARB_WASM && input.len() == 36 && input[..4] == ACTIVATE {
        return Decoded::new("activateProgram")
            .account("program", Address::from_slice(&input[16..]));
    }
    let selector = input.get(..4).unwrap_or(input);
    Decoded::new(&hex::encode_prefixed(selector)).bytes("input", input.len())
}

/// `length`: bytes of the whole input, told of calls whose arguments are not listed here.
fn of_stays(call: IStaysCalls, length: usize, to: Address, units: &Units) -> Decoded {
    use IStaysCalls as C;
    match call {
        C::quote(call) => Decoded::new("quote")
            .account("patient", call.patient)
            .day("admit", call.admitDay)
            .day("discharge", call.dischargeDay)
            .word("room", call.room)
            .wei("totalWei", U256::from(call.totalWei)),
        C::pay(call) => Decoded::new("pay").number("stay", call.stay),
        C::payToken(call) => {
            let currency = units.of_stay(to, call.stay);
            Decoded::new("payToken")
                .number("stay", call.stay)
                .amount("amountWei", U256::from(call.amountWei), currency)
                .token(currency)
        }
        C::settle(call) => Decoded::new("settle").number("stay", call.stay),
        C::withdraw(_) => Decoded::new("withdraw"),
        C::stayCount(_) => Decoded::new("stayCount"),
        C::stayOf(call) => Decoded::new("stayOf").number("stay", call.stay),
        C::releasedTo(call) => Decoded::new("releasedTo").account("account", call.account),
        other => Decoded::new(C::name_by_selector(other.selector()).unwrap_or("unknown"))
            .bytes("input", length),
    }
}

/// `length` as for stays.
fn of_records(call: IRecordsCalls, length: usize) -> Decoded {
    use IRecordsCalls as C;
    match call {
        C::createRecord(call) => Decoded::new("createRecord")
            .number("handle", call.handle)
            .bytes("epochRecord", call.epochRecord.len()),
        C::appendEpoch(call) => Decoded::new("appendEpoch")
            .word("record", call.record)
            .number("handle", call.handle)
            .bytes("epochRecord", call.epochRecord.len()),
        C::append(call) => Decoded::new("append")
            .word("record", call.record)
            .number("handle", call.handle)
            .bytes("envelope", call.envelope.len()),
        C::appendBatch(call) => Decoded::new("appendBatch")
            .word("record", call.record)
            .number("handle", call.handle)
            .number("entries", call.envelopes.len())
            .bytes("envelopes", call.envelopes.iter().map(|one| one.len()).sum()),
        C::ownerOf(call) => Decoded::new("ownerOf").word("record", call.record),
        C::stateOf(call) => {
            Decoded::new("stateOf").word("record", call.record).number("handle", call.handle)
        }
        other => Decoded::new(C::name_by_selector(other.selector()).unwrap_or("unknown"))
            .bytes("input", length),
    }
}

/// A log, by name if it is one of ours.
pub(super) fn log(log: &RpcLog, units: &Units) -> Decoded {
    let topics = || log.topics.iter().copied();
    let mut decoded = if let Some(event) = event_of_stays(log) {
        of_stays_event(event, log.address, units)
    } else if let Ok(event) = decode::<IRecordsEvents>(log) {
        of_records_event(event)
    } else {
        let topic =
            topics().next().map_or_else(|| "anonymous".to_owned(), |topic| topic.to_string());
        Decoded::new(&topic).bytes("data", log.data.len())
    };
    decoded.at = Some(log.address);
    decoded
}

/// The event of a stays program that a log is.
pub(super) fn event_of_stays(log: &RpcLog) -> Option<IStaysEvents> {
    decode(log).ok()
}

fn decode<E: SolEventInterface>(log: &RpcLog) -> alloy_sol_types::Result<E> {
    E::decode_raw_log(&log.topics, &log.data)
}

fn of_stays_event(event: IStaysEvents, contract: Address, units: &Units) -> Decoded {
    use IStaysEvents as E;
    let currency = match &event {
        E::StayQuoted(event) => units.of_token(event.token),
        E::Withdrawn(event) => units.of_token(event.token),
        other => number_of(other).and_then(|stay| units.of_stay(contract, stay)),
    };
    let of = |name, stay: u64| Decoded::new(name).number("stay", stay);
    match event {
        E::StayQuoted(event) => Decoded::new("StayQuoted")
            .number("stay", event.stay)
            .account("clinic", event.clinic)
            .account("patient", event.patient)
            .day("admit", event.admitDay)
            .day("discharge", event.dischargeDay)
            .amount("totalWei", U256::from(event.totalWei), currency)
            .token(currency),
        E::StayPaid(event) => Decoded::new("StayPaid")
            .number("stay", event.stay)
            .account("payer", event.payer)
            .amount("amountWei", U256::from(event.amountWei), currency)
            .token(currency),
        E::StaySettled(event) => Decoded::new("StaySettled")
            .number("stay", event.stay)
            .account("clinic", event.clinic)
            .amount("amountWei", U256::from(event.amountWei), currency)
            .token(currency),
        E::Withdrawn(event) => Decoded::new("Withdrawn")
            .account("account", event.account)
            .amount("amountWei", event.amountWei, currency)
            .token(currency),
        E::PolicyDefined(event) => Decoded::new("PolicyDefined")
            .account("clinic", event.clinic)
            .number("policy", event.policy),
        E::StaffChanged(event) => Decoded::new("StaffChanged")
            .account("clinic", event.clinic)
            .account("staff", event.staff)
            .number("until", event.until),
        E::TokenAccepted(event) => Decoded::new("TokenAccepted")
            .account("clinic", event.clinic)
            .account("token", event.token),
        E::RoomOpened(event) => Decoded::new("RoomOpened")
            .account("clinic", event.clinic)
            .day("from", event.fromDay)
            .day("to", event.toDay),
        E::StayRequested(event) => of("StayRequested", event.stay)
            .account("clinic", event.clinic)
            .account("patient", event.patient),
        E::AvailabilityOverridden(event) => {
            of("AvailabilityOverridden", event.stay).account("by", event.by)
        }
        E::StayMoved(event) => of("StayMoved", event.stay).account("by", event.by).with(
            "state",
            json!(stay_state(event.state)),
            stay_state(event.state).to_owned(),
        ),
        E::StayShortened(event) => of("StayShortened", event.stay)
            .day("discharge", event.dischargeDay)
            .amount("refundWei", U256::from(event.refundWei), currency)
            .token(currency),
        E::StayClosed(event) => of("StayClosed", event.stay)
            .with("state", json!(stay_state(event.state)), stay_state(event.state).to_owned())
            .amount("refundWei", U256::from(event.refundWei), currency)
            .amount("keptWei", U256::from(event.keptWei), currency)
            .token(currency),
        E::Refunded(event) => of("Refunded", event.stay)
            .account("payer", event.payer)
            .amount("amountWei", U256::from(event.amountWei), currency)
            .token(currency),
        E::StayClaimed(event) => of("StayClaimed", event.stay)
            .account("insurer", event.insurer)
            .amount("amountWei", U256::from(event.amountWei), currency)
            .token(currency),
        E::ClaimSettled(event) => of("ClaimSettled", event.stay)
            .account("to", event.to)
            .amount("amountWei", U256::from(event.amountWei), currency)
            .amount("openWei", U256::from(event.openWei), currency)
            .token(currency),
    }
}

fn of_records_event(event: IRecordsEvents) -> Decoded {
    use IRecordsEvents as E;
    match event {
        E::RecordCreated(event) => {
            Decoded::new("RecordCreated").word("record", event.record).account("owner", event.owner)
        }
        E::HealthRecordUpdated(event) => {
            let [.., a, b, c, d] = event.state.0;
            Decoded::new("HealthRecordUpdated")
                .word("record", event.record)
                .number("handle", event.handle)
                .account("author", event.author)
                .number("seq", u32::from_be_bytes([a, b, c, d]))
                .bytes("blob", event.blob.len())
        }
        E::AccessChanged(event) => {
            let [.., a, b, c, d] = event.state.0;
            Decoded::new("AccessChanged")
                .word("record", event.record)
                .account("subject", event.subject)
                .number("seq", u32::from_be_bytes([a, b, c, d]))
                .bytes("payload", event.payload.len())
        }
        E::KeyRegistered(event) => {
            Decoded::new("KeyRegistered").account("account", event.account).word("key", event.key)
        }
        E::KeySlotAdded(event) => Decoded::new("KeySlotAdded")
            .account("account", event.account)
            .word("key", event.key)
            .number("kind", event.kind),
        E::CredentialSet(event) => Decoded::new("CredentialSet")
            .account("account", event.account)
            .number("validFrom", event.validFrom)
            .number("validUntil", event.validUntil)
            .number("flags", event.flags),
        E::RegistrarOffered(event) => Decoded::new("RegistrarOffered")
            .account("registrar", event.registrar)
            .account("account", event.account),
        E::RegistrarChanged(event) => {
            Decoded::new("RegistrarChanged").account("registrar", event.registrar)
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::keccak256;
    use alloy_sol_types::SolCall;
    use chartkey_abi::IStays;

    use super::*;

    #[test]
    fn calls_are_shown_with_names_and_units() {
        let quote = IStays::quoteCall {
            patient: Address::repeat_byte(0x11),
            admitDay: 20_788,
            dischargeDay: 20_790,
            room: Default::default(),
            totalWei: 1_500_000_000_000_000_000,
        };

        let shown = call(Some(Address::ZERO), &quote.abi_encode().into(), &Units::default()).line();

        assert!(shown.starts_with("quote(patient 0x1111"), "{shown}");
        assert!(
            shown.contains("admit 2026-12-01") && shown.ends_with("totalWei 1.5 ETH)"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_not_ours_is_named_by_its_selector() {
        let input = Bytes::from(vec![0xde, 0xad, 0xbe, 0xef, 0]);

        assert_eq!(
            call(Some(Address::ZERO), &input, &Units::default()).line(),
            "0xdeadbeef(input 5 bytes)"
        );
        assert_eq!(
            call(Some(Address::ZERO), &Bytes::from(vec![1]), &Units::default()).name,
            "0x01"
        );
        assert_eq!(call(None, &input, &Units::default()).line(), "create(code 5 bytes)");
        assert_eq!(
            call(Some(Address::ZERO), &Bytes::new(), &Units::default()).line(),
            "transfer()"
        );
    }

    #[test]
    fn the_activation_of_a_program_is_known_by_its_selector() {
        assert_eq!(keccak256("activateProgram(address)")[..4], ACTIVATE);
    }
}
