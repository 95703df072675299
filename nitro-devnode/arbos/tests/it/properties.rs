//! What holds for any input.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use devnode_arbos::{
    Ending, Free, PrecompileCall, active_precompiles,
    pricing::approximate_exponential,
    programs::{DataFeeModel, ProgramRecord, StylusParams},
    run_precompile,
    state::slots,
    version,
};
use proptest::prelude::*;

use crate::chain::{Chain, OWNER, STRANGER, call_of};

const METHODS: &str = include_str!("methods.txt");

fn selectors() -> Vec<(Address, [u8; 4])> {
    METHODS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut fields = line.split(' ');
            let address = u64::from_str_radix(fields.next().expect("address"), 16).expect("hex");
            let selector = hex::decode(fields.next().expect("selector")).expect("hex");
            let address = Address::from_word(B256::from(U256::from(address)));
            (address, selector.try_into().expect("four bytes"))
        })
        .collect()
}

/// A word as attackers and fuzzers send it.
fn any_word() -> impl Strategy<Value = U256> {
    prop_oneof![
        Just(U256::ZERO),
        Just(U256::MAX),
        (0_u64..200).prop_map(U256::from),
        Just(U256::from(u64::MAX)),
        Just(U256::from_be_slice(OWNER.as_slice())),
        any::<[u8; 32]>().prop_map(U256::from_be_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_call_panics_or_creates_gas(
        method in proptest::sample::select(selectors()),
        arguments in proptest::collection::vec(any_word(), 0..8),
        cut in 0_usize..40,
        gas in prop_oneof![Just(0), 0_u64..5000, 0_u64..3_000_000, Just(u64::MAX)],
        value in prop_oneof![3 => Just(U256::ZERO), 1 => any_word()],
        is_owner in any::<bool>(),
        is_static in any::<bool>(),
        version in proptest::sample::select(version::SELECTABLE.to_vec()),
    ) {
        let (address, selector) = method;
        let mut input = selector.to_vec();
        for word in arguments {
            input.extend_from_slice(&word.to_be_bytes::<32>());
        }
        input.truncate(input.len().saturating_sub(cut.saturating_sub(20)));
        let mut chain = Chain::new(version);
        chain.balances.insert(address, value);
        let caller = if is_owner { OWNER } else { STRANGER };
        let call = PrecompileCall { gas, value, is_static, ..call_of(address, caller, &input) };

        let outcome = run_precompile(&call, &mut chain);

        prop_assert!(outcome.gas_left <= gas);
        prop_assert!(outcome.ending != Ending::Failure || outcome.gas_left == 0);
    }

    #[test]
    fn random_input_is_never_understood_by_accident(input: Vec<u8>, index in 0_usize..17) {
        let mut chain = Chain::new(51);
        let address = active_precompiles(51).nth(index).expect("there are 17");
        let known = input.len() >= 4 && selectors().iter().any(|(_, s)| s[..] == input[..4]);
        prop_assume!(!known);
        let outcome = chain.call(address, STRANGER, &input);
        prop_assert_eq!(outcome.gas_left, 0);
        prop_assert!(!outcome.is_success());
    }

    #[test]
    fn records_survive_packing(word: [u8; 15]) {
        let mut packed = B256::ZERO;
        packed[..15].copy_from_slice(&word);
        packed[14] &= 1;
        prop_assert_eq!(ProgramRecord::from_word(packed).to_word(), packed);
    }

    #[test]
    fn parameter_words_survive_unpacking(word: [u8; 30]) {
        let mut packed = B256::ZERO;
        packed[..30].copy_from_slice(&word);
        prop_assert_eq!(StylusParams::from_word(packed, 60).to_word(60), packed);
    }

    #[test]
    fn address_set_behaves_like_a_set(
        steps in proptest::collection::vec((any::<bool>(), 0_u8..6), 0..40),
    ) {
        let mut chain = Chain::new(51);
        let set = slots::programs::cache_managers();
        let mut model = BTreeSet::new();
        for (is_addition, byte) in steps {
            let member = Address::with_last_byte(byte);
            let mut state = Free(&mut chain);
            let (changed, expected) = if is_addition {
                (set.add(&mut state, member), model.insert(member))
            } else {
                (set.remove(&mut state, member), model.remove(&member))
            };
            prop_assert_eq!(changed, Ok(expected));
            let Ok(members) = set.members(&mut state);
            prop_assert_eq!(members.iter().copied().collect::<BTreeSet<_>>(), model.clone());
            prop_assert_eq!(members.len(), model.len());
        }
    }

    #[test]
    fn prices_never_fall_when_demand_rises(low: u64, more: u32, accuracy in 1_u64..13) {
        let high = low.saturating_add(u64::from(more));
        prop_assert!(
            approximate_exponential(low, accuracy) <= approximate_exponential(high, accuracy)
        );
    }

    #[test]
    fn data_fee_never_panics(
        demand: u32, bytes_per_second: u32, last_update: u64, min_price_wei: u32, inertia: u32,
        bytes: u32, now: u64,
    ) {
        let mut model =
            DataFeeModel { demand, bytes_per_second, last_update, min_price_wei, inertia };
        let fee = model.add(bytes, now);
        prop_assert!(fee <= U256::from(u64::MAX));
        prop_assert_eq!(model.last_update, now);
    }
}
