//! The program in the test VM, through its router; each refusal, each event, the vectors' chain.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, keccak256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use chartkey_abi::{IRecords, IStays, records_slot};
use proptest::prelude::*;
use stylus_sdk::abi::router_entrypoint;
use stylus_sdk::host::VM;
use stylus_sdk::testing::TestVM;

use crate::Records;
use crate::chain::{self, Link, Place};

const ALICE: Address = Address::repeat_byte(0xa1);
const BOB: Address = Address::repeat_byte(0xb0);
const CONTRACT: Address = Address::repeat_byte(0xcc);
const CHAIN_ID: u64 = 412_346;
const NOW: u64 = 1_800_000_000;

/// A chain with the program on it.
struct Chain(TestVM);

impl Chain {
    fn new() -> Self {
        let vm = TestVM::new();
        vm.set_contract_address(CONTRACT);
        vm.set_chain_id(CHAIN_ID);
        vm.set_block_timestamp(NOW);
        Self(vm)
    }

    /// One call as the chain would run it: routed, decoded, undone on failure.
    fn call<C: SolCall>(&mut self, from: Address, call: &C) -> Result<C::Return, Vec<u8>> {
        let before = self.0.snapshot();
        self.0.set_sender(from);
        let host = VM { host: Box::new(self.0.clone()) };
        match router_entrypoint::<Records, Records>(call.abi_encode(), host) {
            Ok(output) => Ok(C::abi_decode_returns(&output).expect("the interface's types")),
            Err(data) => {
                self.0 = TestVM::from(before);
                Err(data)
            }
        }
    }

    fn state(&mut self, record: B256, handle: u16) -> B256 {
        self.call(BOB, &IRecords::stateOfCall { record, handle }).expect("a view")
    }

    /// Alice's record with section 7 open.
    fn with_record() -> (Self, B256) {
        let mut chain = Self::new();
        let record = chain.call(ALICE, &create(7)).expect("created");
        (chain, record)
    }
}

fn create(handle: u16) -> IRecords::createRecordCall {
    IRecords::createRecordCall {
        nonce: B256::repeat_byte(9),
        handle,
        epochRecord: Bytes::from(vec![1; 157]),
    }
}

fn append(record: B256, state: B256, fill: u8) -> IRecords::appendCall {
    IRecords::appendCall {
        record,
        handle: 7,
        expectedState: state,
        envelope: Bytes::from(vec![fill; 585]),
    }
}

fn place() -> Place {
    Place { chain_id: CHAIN_ID, contract: CONTRACT }
}

fn link(kind: u8, index: u16) -> Link {
    Link { kind, index, author: ALICE, time: NOW }
}

#[test]
fn creating_a_record_opens_its_first_section() {
    let (mut chain, record) = Chain::with_record();

    assert_eq!(record, chain::record_id(place(), ALICE, B256::repeat_byte(9)));
    assert_eq!(chain.call(BOB, &IRecords::ownerOfCall { record }), Ok(ALICE));
    let genesis = chain::genesis(place(), record, 7);
    assert_eq!(chain.state(record, 7), chain::append(genesis, link(2, 0), &[1; 157]));
    let logs = chain.0.get_emitted_logs();
    assert_eq!(logs[0].0[0], IRecords::RecordCreated::SIGNATURE_HASH);
    assert_eq!(logs.len(), 2);
}

#[test]
fn the_event_carries_the_whole_ciphertext() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, 7);

    let after = chain.call(ALICE, &append(record, state, 0xee)).expect("appended");

    let (topics, data) = chain.0.get_emitted_logs().pop().expect("a log");
    let event = IRecords::HealthRecordUpdated::decode_raw_log(topics, &data).expect("its ABI");
    assert_eq!((event.record, event.handle, event.author), (record, 7, ALICE));
    assert_eq!((event.state, event.link), (after, link(1, 0).word()));
    assert_eq!(event.blob, Bytes::from(vec![0xee; 585]));
}

#[test]
fn a_batch_is_one_append_after_the_other() {
    let (mut chain, record) = Chain::with_record();
    let start = chain.state(record, 7);
    let envelopes: Vec<Bytes> = (0..3).map(|fill| Bytes::from(vec![fill; 600])).collect();
    let batch = IRecords::appendBatchCall {
        record,
        handle: 7,
        expectedState: start,
        envelopes: envelopes.clone(),
    };

    let state = chain.call(ALICE, &batch).expect("appended");

    let expected = envelopes
        .iter()
        .zip(0..)
        .fold(start, |state, (blob, index)| chain::append(state, link(1, index), blob));
    assert_eq!(state, expected);
    assert_eq!(state[28..], [0, 0, 0, 4], "the epoch record and three entries");
    assert_eq!(chain.0.get_emitted_logs().len(), 2 + 3);
}

#[test]
fn a_repeat_does_not_record_twice() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, 7);
    let once = append(record, state, 1);
    let after = chain.call(ALICE, &once).expect("the first time");

    let again = chain.call(ALICE, &once);

    let moved =
        IRecords::StateMoved { record, handle: 7, expected: state, actual: after }.abi_encode();
    assert_eq!(again, Err(moved));
    assert_eq!(chain.state(record, 7), after);
}

#[test]
fn only_the_owner_writes() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, 7);
    let refusal = Err(IRecords::NotOwner { record, caller: BOB }.abi_encode());

    assert_eq!(chain.call(BOB, &append(record, state, 1)), refusal);
    let epoch = IRecords::appendEpochCall {
        record,
        handle: 8,
        expectedState: B256::ZERO,
        epochRecord: Bytes::from(vec![1; 157]),
    };
    assert_eq!(chain.call(BOB, &epoch), refusal);
    assert_eq!(chain.state(record, 7), state);
}

#[test]
fn what_does_not_exist_is_refused_by_name() {
    let (mut chain, record) = Chain::with_record();
    let nowhere = B256::repeat_byte(0xdd);

    let no_record = chain.call(ALICE, &append(nowhere, B256::ZERO, 1));
    let closed = IRecords::appendCall { handle: 8, ..append(record, B256::ZERO, 1) };
    let closed = chain.call(ALICE, &closed);
    let taken = chain.call(ALICE, &create(9));

    assert_eq!(no_record, Err(IRecords::NoRecord { record: nowhere }.abi_encode()));
    assert_eq!(closed, Err(IRecords::SectionNotOpen { record, handle: 8 }.abi_encode()));
    assert_eq!(taken, Err(IRecords::RecordExists { record }.abi_encode()));
}

#[test]
fn lengths_and_handles_are_checked() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, 7);
    for (length, is_allowed) in [(584, false), (585, true), (16_457, true), (16_458, false)] {
        let before = chain.0.snapshot();
        let call =
            IRecords::appendCall { envelope: vec![1; length].into(), ..append(record, state, 1) };
        assert_eq!(chain.call(ALICE, &call).is_ok(), is_allowed, "an envelope of {length}");
        chain.0 = TestVM::from(before);
    }
    for (length, is_allowed) in [(156, false), (157, true), (158, false), (261, true), (262, false)]
    {
        let before = chain.0.snapshot();
        let call = IRecords::appendEpochCall {
            record,
            handle: 7,
            expectedState: state,
            epochRecord: vec![1; length].into(),
        };
        assert_eq!(chain.call(ALICE, &call).is_ok(), is_allowed, "an epoch record of {length}");
        chain.0 = TestVM::from(before);
    }
    assert_eq!(
        chain.call(BOB, &create(64)),
        Err(IRecords::HandleOutOfRange { handle: 64 }.abi_encode())
    );
    assert!(chain.call(BOB, &create(63)).is_ok());
    let empty = IRecords::appendBatchCall {
        record,
        handle: 7,
        expectedState: state,
        envelopes: Vec::new(),
    };
    assert_eq!(chain.call(ALICE, &empty), Err(IRecords::EmptyBatch {}.abi_encode()));
}

#[test]
fn no_function_takes_money() {
    let mut chain = Chain::new();
    chain.0.set_value(alloy_primitives::U256::ONE);

    assert_eq!(chain.call(ALICE, &create(7)), Err(Vec::new()));
}

#[test]
fn words_are_where_the_published_slots_say() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, 7);

    let word = chain.0.get_storage(records_slot::state(record, 7).into());
    let owner = chain.0.get_storage(records_slot::record(record).into());

    assert_eq!(word, state);
    assert_eq!(owner, ALICE.into_word());
}

/// Links and state words of `crypto.json`, block `section`.
#[test]
fn the_chain_is_that_of_the_specification() {
    let contract: Address = "00112233445566778899aabbccddeeff00112233".parse().unwrap();
    let record: B256 =
        "a5d154c7b0ca55f2518380523276f7f29e2e6c3a7f2543162757b007487dfd11".parse().unwrap();
    let creator: Address = "f39fd6e51aad88f6f4ce6ab8827279cfffb92266".parse().unwrap();
    let nonce: B256 =
        "ed6c3f1c5d5d510977e94f77f2ed9fc1b92cc558b51cb504fac11f92f41a34a0".parse().unwrap();
    let place = Place { chain_id: CHAIN_ID, contract };
    let epoch_record: Bytes = "0x0100000001790cd2aa26dd4b1796096a06b7c29ddfb7e54f7e3f502de531ee883bee8482c58376430bc81936e03a994f24b130aeaec7c50e7ba457596c04bb7828b7218b1955ddabaac51124decd666c38fa3e810ef8e51d8ac9490d81bc44fa1227c9019afa951e5b0744df07061cb7a4c4d2387f20c419d297708d0c94397904c38bdcfcf49ed99e57b24a9d8be7b4c52e879347e9c0137a709e46fe".parse().unwrap();

    let genesis = chain::genesis(place, record, 3);
    let first = Link { kind: 2, index: 0, author: creator, time: NOW };

    assert_eq!(chain::record_id(place, creator, nonce), record);
    let head: FixedBytes<28> =
        "1ce6791cf941dc3bd54a118a6e27cf46b2efe53ea3287b039a482609".parse().unwrap();
    assert_eq!(genesis[..28], head[..]);
    let word: B256 =
        "d555f3c11640d656db633b6a3a8c996d9299cd360508f1048adb296900000001".parse().unwrap();
    assert_eq!(chain::append(genesis, first, &epoch_record), word);
}

#[test]
fn tags_are_hashes_of_their_names() {
    for (tag, name) in [
        (chain::T_RECORD_ID, "ehr1/record-id"),
        (chain::T_GENESIS, "ehr1/section-genesis"),
        (chain::T_LINK, "ehr1/section-link"),
    ] {
        assert_eq!(tag, keccak256(name), "{name}");
    }
}

#[test]
fn no_two_functions_share_a_selector() {
    let of = |abi: alloy_json_abi::JsonAbi| {
        abi.functions().map(|function| function.selector()).collect::<Vec<_>>()
    };
    let mut all = of(chartkey_abi::records_json_abi());
    all.extend(of(chartkey_abi::stays_json_abi()));
    let count = all.len();
    all.sort();
    all.dedup();

    assert_eq!(all.len(), count);
    assert_eq!(IStays::payCall::SELECTOR.len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is called in whatever order, a section is the fold of what was accepted.
    #[test]
    fn a_section_is_what_was_appended(
        steps in prop::collection::vec((any::<bool>(), any::<bool>(), 1_u8..=3), 0..12),
    ) {
        let (mut chain, record) = Chain::with_record();
        let mut expected = chain.state(record, 7);
        for (is_owner, is_current, fill) in steps {
            let from = if is_owner { ALICE } else { BOB };
            let seen = if is_current { expected } else { B256::repeat_byte(fill) };
            let accepted = chain.call(from, &append(record, seen, fill)).is_ok();
            prop_assert_eq!(accepted, is_owner && is_current);
            if accepted {
                expected = chain::append(expected, link(1, 0), &[fill; 585]);
            }
            prop_assert_eq!(chain.state(record, 7), expected);
        }
    }
}
