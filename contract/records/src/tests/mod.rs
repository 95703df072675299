//! The program in the test VM, through its router: each rule, each refusal, the vectors' chains.

mod credentials;
mod deliveries;
mod dispatch;
mod emergency;
mod grants;
mod guardians;
mod keys;
mod model;
mod rotation;
mod sections;
mod threats;
mod vectors;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use chartkey_abi::{IRecords, access_bodies, permission, purpose, records_slot as slot};
use stylus_sdk::testing::TestVM;

use crate::Records;
use crate::chain::{self, Link, Place};

const ALICE: Address = Address::repeat_byte(0xa1);
const BOB: Address = Address::repeat_byte(0xb0);
const CAROL: Address = Address::repeat_byte(0xca);
const DAVE: Address = Address::repeat_byte(0xda);
const REGISTRAR: Address = Address::repeat_byte(0x4e);
const CONTRACT: Address = Address::repeat_byte(0xcc);
const CHAIN_ID: u64 = 412_346;
const NOW: u64 = 1_800_000_000;
const DAY: u64 = 86_400;
/// Section that every record of these tests opens first.
const HANDLE: u16 = 7;

type Refused = Vec<u8>;
/// Topics and data of each event.
type Logs = Vec<(Vec<B256>, Vec<u8>)>;

/// A chain with the program on it, deployed as `chartkey deploy` does: the registrar is in its slot.
struct Chain(TestVM);

impl Chain {
    fn new() -> Self {
        let vm = TestVM::new();
        vm.set_contract_address(CONTRACT);
        vm.set_chain_id(CHAIN_ID);
        vm.set_block_timestamp(NOW);
        vm.set_storage(slot::REGISTRAR, REGISTRAR.into_word());
        Self(vm)
    }

    /// Alice's record with section 7 open.
    fn with_record() -> (Self, B256) {
        let mut chain = Self::new();
        let record = chain.call(ALICE, &create(HANDLE)).expect("created");
        (chain, record)
    }

    /// The same, and Bob is a provider with a key and a grant on section 7.
    fn with_provider(permissions: u16) -> (Self, B256) {
        let (mut chain, record) = Self::with_record();
        chain.register(BOB);
        chain.licence(BOB, 0);
        chain.call(ALICE, &grant(record, BOB, permissions)).expect("granted");
        (chain, record)
    }

    /// One call as the chain would run it: routed, decoded, undone on failure.
    fn call<C: SolCall>(&mut self, from: Address, call: &C) -> Result<C::Return, Refused> {
        let output = self.send(from, &call.abi_encode())?;
        Ok(C::abi_decode_returns(&output).expect("the interface's types"))
    }

    /// Calldata as it is, through the program's own route and, where it is built, the SDK's.
    fn send(&mut self, from: Address, data: &[u8]) -> Result<Vec<u8>, Refused> {
        self.0.set_sender(from);
        #[cfg(feature = "export-abi")]
        let judged = self.as_the_sdk_routes(data);
        let before = self.0.snapshot();
        let selector = data[..4].try_into().expect("four bytes");
        let result = crate::dispatch::route(&mut Records::from(&self.0), selector, &data[4..]);
        #[cfg(feature = "export-abi")]
        assert_eq!((&result, self.0.get_emitted_logs()), (&judged.0, judged.1), "both routes");
        if result.is_err() {
            self.0 = TestVM::from(before);
        }
        result
    }

    /// What the SDK's router answers and logs, on a copy of the chain.
    #[cfg(feature = "export-abi")]
    fn as_the_sdk_routes(&self, data: &[u8]) -> (Result<Vec<u8>, Refused>, Logs) {
        let copy = TestVM::from(self.0.snapshot());
        let host = stylus_sdk::host::VM { host: Box::new(copy.clone()) };
        let answer = stylus_sdk::abi::router_entrypoint::<Records, Records>(data.to_vec(), host);
        (answer, copy.get_emitted_logs())
    }

    fn at(&self, time: u64) {
        self.0.set_block_timestamp(time);
    }

    fn word(&self, slot: B256) -> B256 {
        self.0.get_storage(slot.into())
    }

    fn state(&self, record: B256, handle: u16) -> B256 {
        self.word(slot::state(record, handle))
    }

    fn access(&self, record: B256) -> B256 {
        self.word(slot::of_record(slot::ACCESS, record))
    }

    /// Which sections must be rotated before the next entry.
    fn dirty(&self, record: B256) -> u64 {
        crate::word::RecordWord::from_word(self.word(slot::record(record))).dirty
    }

    fn grant_word(&self, record: B256, grantee: Address) -> B256 {
        self.word(slot::of_member(slot::GRANTS, record, grantee))
    }

    fn key(&self, account: Address) -> B256 {
        self.word(slot::of_account(slot::KEYS, account))
    }

    /// Digest of the registered keys of these accounts, as callers name it.
    fn keys(&self, accounts: &[Address]) -> B256 {
        let words: Vec<u8> = accounts.iter().flat_map(|account| self.key(*account).0).collect();
        if words.is_empty() { B256::ZERO } else { keccak256(words) }
    }

    /// Registers the next version of an account's key; returns its word.
    fn register(&mut self, account: Address) -> B256 {
        let version = chain::next_number(self.key(account));
        let fill = account[0] ^ version as u8;
        let call = IRecords::registerKeyCall { version, publicKey: Bytes::from(vec![fill; 1_216]) };
        self.call(account, &call).expect("registered");
        self.key(account)
    }

    /// A credential from now for 30 days.
    fn licence(&mut self, account: Address, flags: u8) {
        let call = IRecords::setCredentialCall {
            account,
            validFrom: NOW,
            validUntil: NOW + 30 * DAY,
            flags,
        };
        self.call(REGISTRAR, &call).expect("the registrar may");
    }

    /// Folds every `AccessChanged` of a record, as a reader does who believes nobody.
    fn replayed_access(&self, record: B256) -> B256 {
        let mut word = chain::access_genesis(place(), record);
        for (topics, data) in self.0.get_emitted_logs() {
            if topics[0] != IRecords::AccessChanged::SIGNATURE_HASH || topics[1] != record {
                continue;
            }
            let event = IRecords::AccessChanged::decode_raw_log(topics, &data).expect("its ABI");
            let kind = event.link[3];
            let actor = Address::from_slice(&event.link[4..24]);
            let time = crate::word::u64_at(event.link, 24);
            for body in access_bodies(kind, event.subject, event.terms, &event.payload) {
                word = chain::append_access(word, actor, time, &body);
            }
            assert_eq!(word, event.state, "the event says the word after its links");
        }
        word
    }

    /// Kinds of a record's access events, in order.
    fn access_kinds(&self, record: B256) -> Vec<u8> {
        let logs = self.0.get_emitted_logs();
        let of_record = logs.into_iter().filter(|(topics, _)| {
            topics[0] == IRecords::AccessChanged::SIGNATURE_HASH && topics[1] == record
        });
        of_record.map(|(_, data)| data[32 + 3]).collect()
    }
}

fn create(handle: u16) -> IRecords::createRecordCall {
    IRecords::createRecordCall { nonce: B256::repeat_byte(9), handle, epochRecord: epoch(1) }
}

fn append(record: B256, state: B256, fill: u8) -> IRecords::appendCall {
    IRecords::appendCall { record, handle: HANDLE, expectedState: state, envelope: envelope(fill) }
}

fn open(record: B256, handle: u16, state: B256) -> IRecords::appendEpochCall {
    IRecords::appendEpochCall { record, handle, expectedState: state, epochRecord: epoch(1) }
}

fn envelope(fill: u8) -> Bytes {
    Bytes::from(vec![fill; 585])
}

fn epoch(fill: u8) -> Bytes {
    Bytes::from(vec![fill; 157])
}

/// A grant on section 7 for ten days, for treatment, without a delivery.
fn grant(record: B256, grantee: Address, permissions: u16) -> IRecords::grantCall {
    IRecords::grantCall {
        record,
        grantee,
        permissions,
        handles: 1 << HANDLE,
        expiry: NOW + 10 * DAY,
        purpose: purpose::TREAT,
        keys: B256::ZERO,
        list: Bytes::new(),
    }
}

fn deliver(record: B256, keys: B256, list: Vec<u8>) -> IRecords::deliverCall {
    IRecords::deliverCall { record, keys, list: list.into() }
}

/// A rotation of section 7 alone.
fn rotate(record: B256, state: B256) -> IRecords::rotateCall {
    IRecords::rotateCall {
        record,
        revoked: Address::ZERO,
        handles: vec![HANDLE],
        expectedStates: vec![state],
        epochRecords: vec![epoch(2)],
        keys: B256::ZERO,
        list: Bytes::new(),
    }
}

/// One delivery of a list: `form` 1 direct, 0 channel; one item.
fn delivery(recipient: Address, form: u8) -> Vec<u8> {
    let length: u16 = if form == 1 { 1_177 } else { 117 };
    let mut delivery = recipient.to_vec();
    delivery.extend_from_slice(&length.to_be_bytes());
    delivery.extend_from_slice(&[1, form]);
    delivery.resize(22 + usize::from(length), 0x5e);
    delivery
}

fn direct(recipients: &[Address]) -> Vec<u8> {
    recipients.iter().flat_map(|recipient| delivery(*recipient, 1)).collect()
}

fn channel(recipients: &[Address]) -> Vec<u8> {
    recipients.iter().flat_map(|recipient| delivery(*recipient, 0)).collect()
}

fn place() -> Place {
    Place { chain_id: CHAIN_ID, contract: CONTRACT }
}

fn link(kind: u8, index: u16, author: Address) -> Link {
    Link { kind, index, author, time: NOW }
}

/// State after these blobs of one call.
fn folded(start: B256, kind: u8, author: Address, blobs: &[Bytes]) -> B256 {
    blobs.iter().zip(0..).fold(start, |state, (blob, index)| {
        chain::append(state, link(kind, index, author), keccak256(blob))
    })
}

fn refusal<T, E: SolError>(error: E) -> Result<T, Refused> {
    Err(error.abi_encode())
}

fn not_owner<T>(record: B256, caller: Address) -> Result<T, Refused> {
    refusal(IRecords::NotOwner { record, caller })
}

/// Everything a provider can be granted.
const FULL: u16 = permission::READ
    | permission::WRITE
    | permission::ROTATE
    | permission::GRANT
    | permission::HISTORY;
