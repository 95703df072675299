//! Block 0: devnode.md 1.5, 1.6 and appendix A.

use alloy_primitives::{Address, B256, U256, address, b256, bytes};
use devnode_arbos::{
    Free,
    address::{ARBOS_STATE, DEV_ACCOUNT, PARENT_HASH_HISTORY},
    programs::StylusParams,
    state::{Space, slots},
    version,
};

use crate::chain::{Chain, word};

fn at(chain: &Chain, slot: B256) -> U256 {
    chain.storage.get(&(ARBOS_STATE, slot.into())).copied().unwrap_or_default()
}

#[test]
fn check_slots_of_the_specification_hold_their_values() {
    let chain = Chain::new(51);

    let version = b256!("15fed0451499512d95f3ec5a41c878b9de55f21878b5b4e190d4667ec709b400");
    assert_eq!(at(&chain, version), U256::from(51));
    let mut slot = b256!("e54de2a4cdacc0a0059d2b6e16348103df8c4aff409c31e40ec73d11926c8200");
    let expected = [7_000_000_u64, 32_000_000, 100_000_000, 100_000_000, 0, 102, 10, 32_000_000];
    for (offset, value) in (0..).zip(expected) {
        slot[31] = offset;
        assert_eq!(at(&chain, slot), U256::from(value), "offset {offset}");
    }
    let params = b256!("fb3a65ee2a3cc0d9ce98ddab7e30ebb719b46a87b8706ff1bf3aef1dcfb0e300");
    let packed = b256!("0002002710000055f0000203e80080450b3232016d001f002000020000000000");
    assert_eq!(at(&chain, params), word(packed));
}

#[test]
fn space_keys_of_the_specification_hold() {
    let key = |space: Space| space.key().expect("a child has a key");
    assert_eq!(
        key(slots::l2::space()),
        b256!("5fe7f977e71dba2ea1a68e21057beebb9be2ac30c6410aa38d4f3fbe41dcffd2")
    );
    assert_eq!(
        key(slots::programs::space()),
        b256!("d33e25809fcaa2b6900567812852539da8559dc8b76a7ce3fc5ddd77e8d19a69")
    );
    assert_eq!(
        key(slots::programs::records()),
        b256!("cab2bcfacd31ed72211059c5457e8ca6b761d9e9aaeae6e0e6be3fa914161560")
    );
    assert_eq!(
        key(slots::programs::module_hashes()),
        b256!("8caf8ffab9b73cda0ea6d4dc4dff731ca3c449b409a3479e4ba3641f7a42b08f")
    );
}

#[test]
fn parameter_word_of_each_version_holds() {
    let mut word_60 = StylusParams::initial(60).to_word(60);
    assert_eq!(word_60[29], 2);
    word_60[29] = 0;
    assert_eq!(word_60, StylusParams::initial(51).to_word(51));

    let depth = |version| StylusParams::initial(version).max_stack_depth;
    assert_eq!((depth(32), depth(41), depth(50), depth(60)), (262_144, 262_144, 22_000, 22_000));
    assert_eq!(StylusParams::initial(32).to_word(32)[25..], [0; 7]);
    let v30 = StylusParams::initial(30);
    assert_eq!((v30.version, v30.min_init_gas()), (1, 9216));
    let v31 = StylusParams::initial(31);
    assert_eq!((v31.version, v31.min_init_gas(), v31.min_cached_init_gas()), (2, 8832, 352));
}

#[test]
fn parameters_survive_packing() {
    for version in version::SELECTABLE {
        let params = StylusParams::initial(version);
        assert_eq!(StylusParams::from_word(params.to_word(version), version), params);
    }
}

#[test]
fn owners_prices_and_accounts_are_those_of_dev_mode() {
    let mut chain = Chain::new(51);
    let mut state = chain.state();

    assert_eq!(state.chain_owners(), [Address::ZERO, DEV_ACCOUNT]);
    assert_eq!(state.chain_id(), U256::from(412_346));
    assert_eq!(state.network_fee_account(), Address::ZERO);
    assert_eq!(state.infra_fee_account(), Address::ZERO);
    assert_eq!(state.brotli_level(), 1);
    assert_eq!(state.l1_price_per_unit(), U256::from(50_000_000_000_u64));
    assert_eq!(state.read(slots::l1::equilibration_units()), U256::from(160_000_000));
    assert_eq!(state.read(slots::l1::per_batch_gas()), 210_000);
    assert_eq!(state.read(slots::programs::data_bytes_per_second()), 34_865);
    assert_eq!(state.read(slots::programs::data_last_update()), 1_421_388_000);
    assert!(state.chain_config().ends_with(b"}}"));
    assert!(!state.is_calldata_price_increased());
    let Ok(managers) = slots::programs::cache_managers().len(&mut Free(&mut chain));
    assert_eq!(managers, 0);
    assert_eq!(chain.nonces[&ARBOS_STATE], 1);
}

#[test]
fn owner_set_uses_the_documented_layout() {
    let chain = Chain::new(51);
    let owners = Space::ROOT.child(&[4]);
    let member = |offset: u64| at(&chain, B256::from(owners.slot::<U256>(offset).key()));

    assert_eq!(member(0), U256::from(2));
    assert_eq!(member(2), word(DEV_ACCOUNT));
    let position = owners.child(&[0]).slot_of::<U256>(B256::from(word(DEV_ACCOUNT)));
    assert_eq!(at(&chain, B256::from(position.key())), U256::from(2));
}

#[test]
fn system_contracts_have_code_from_their_version_on() {
    let has_code = |version: u64, account: u64| {
        let account = Address::from_word(B256::from(U256::from(account)));
        Chain::new(version).codes.contains_key(&account)
    };
    for account in [0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71] {
        assert!(has_code(32, account), "{account:x}");
    }
    assert!(has_code(32, 0x72) && has_code(32, 0xff) && has_code(32, 0xa_4b05));
    assert!(!has_code(40, 0x73) && has_code(41, 0x73));
    assert!(!has_code(51, 0x74) && has_code(60, 0x74));
    assert!(!has_code(60, 0x6a) && !has_code(60, 0xc8) && !has_code(60, 0xc9));
    assert_eq!(Chain::new(51).codes[&devnode_arbos::address::ARB_SYS], bytes!("fe"));
}

#[test]
fn history_contract_exists_from_version_40_on() {
    assert!(!Chain::new(32).codes.contains_key(&PARENT_HASH_HISTORY));

    let chain = Chain::new(40);
    assert_eq!(PARENT_HASH_HISTORY, address!("0000F90827F1C53a10cb7A02335B175320002935"));
    assert_eq!(chain.codes[&PARENT_HASH_HISTORY].len(), 133);
    assert_eq!(chain.nonces[&PARENT_HASH_HISTORY], 1);
}
