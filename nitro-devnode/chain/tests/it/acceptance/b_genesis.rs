//! B: genesis.

use alloy_primitives::{Address, B64, U256, address, b256, hex};
use devnode_chain::{Chain, ChainConfig};

use crate::wallet::{DEV, ask, precompile, word};

fn bare() -> Chain {
    Chain::new(ChainConfig::bare()).expect("a bare chain")
}

fn bare_at(arbos_version: u64) -> Chain {
    Chain::new(ChainConfig { arbos_version, ..ChainConfig::bare() }).expect("a known version")
}

const ARBOS_STATE: Address = address!("A4B05FffffFffFFFFfFFfffFfffFFfffFfFfFFFf");
const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");

#[test]
fn item_13_a_bare_chain_ends_with_block_0() {
    assert_eq!(bare().head_number(), 0);
}

#[test]
fn item_14_block_0_has_the_header_of_the_reference() {
    for (version, last) in [(32, 0x20), (40, 0x28), (41, 0x29), (50, 0x32), (51, 0x33), (60, 0x3c)]
    {
        let block = bare_at(version).block(0).unwrap();

        let header = &block.header;
        assert_eq!(header.gas_limit, 0x4000000000000);
        assert_eq!(header.base_fee_per_gas, Some(0x5f5e100));
        assert_eq!((header.timestamp, header.gas_used), (0, 0));
        assert_eq!(header.nonce, B64::with_last_byte(1));
        assert_eq!(header.difficulty, U256::ONE);
        assert_eq!((header.beneficiary, header.parent_hash), Default::default());
        assert_eq!(header.extra_data[..], [0; 32]);
        let mut mix = [0; 32];
        mix[23] = last;
        assert_eq!(header.mix_hash.0, mix);
        assert!(block.transactions.is_empty() && block.receipts.is_empty());
    }
}

#[test]
fn item_15_the_dev_account_holds_1000_ether() {
    assert_eq!(bare().balance(DEV, 0), U256::from(0x3635c9adc5dea00000_u128));
    assert_eq!(bare().nonce(DEV, 0), 0);
}

#[test]
fn item_16_precompiles_have_one_byte_of_code_from_their_version_on() {
    let has_code = |chain: &Chain, last| match chain.code(precompile(last), 0).as_ref() {
        [] => false,
        [0xfe] => true,
        other => panic!("{other:02x?}"),
    };
    for (version, newest) in [(32, 0x72), (40, 0x72), (41, 0x73), (51, 0x73), (60, 0x74)] {
        let chain = bare_at(version);
        for last in (0x64..=0x74).chain([0xc8, 0xc9, 0xff]) {
            let expected = last != 0x6a && (last <= newest || last == 0xff);
            assert_eq!(has_code(&chain, last), expected, "{last:#x} at {version}");
        }
        let actor = address!("00000000000000000000000000000000000a4b05");
        assert_eq!(chain.code(actor, 0)[..], [0xfe]);
    }
}

#[test]
fn item_17_arb_sys_tells_version_and_chain_id() {
    for version in [32, 40, 41, 50, 51, 60] {
        let chain = bare_at(version);
        let arb_sys = precompile(0x64);
        assert_eq!(ask(&chain, arb_sys, "arbOSVersion()", &[]), [U256::from(55 + version)]);
        assert_eq!(ask(&chain, arb_sys, "arbChainID()", &[]), [U256::from(412_346)]);
    }
}

#[test]
fn item_18_the_zero_address_and_the_dev_account_own_the_chain() {
    let owners = ask(&bare(), precompile(0x6b), "getAllChainOwners()", &[]);
    assert_eq!(owners, [U256::from(32), U256::from(2), U256::ZERO, word(DEV)]);
}

#[test]
fn item_19_prices_and_limits_are_those_of_the_genesis() {
    let chain = bare();
    let info = |signature| ask(&chain, precompile(0x6c), signature, &[]);
    assert_eq!(info("getL1BaseFeeEstimate()"), [U256::from(50_000_000_000_u64)]);
    assert_eq!(info("getMinimumGasPrice()"), [U256::from(100_000_000)]);
    assert_eq!(info("getMaxTxGasLimit()"), [U256::from(32_000_000)]);
    let limits = [7_000_000, 32_000_000, 32_000_000].map(U256::from);
    assert_eq!(info("getGasAccountingParams()"), limits);
}

#[test]
fn item_20_stylus_parameters_are_those_of_the_version() {
    for (version, depth) in [(32, 262_144), (40, 262_144), (50, 22_000), (51, 22_000), (60, 22_000)]
    {
        let chain = bare_at(version);
        let wasm = |signature| ask(&chain, precompile(0x71), signature, &[]);
        assert_eq!(wasm("stylusVersion()"), [U256::from(2)]);
        assert_eq!(wasm("inkPrice()"), [U256::from(10_000)]);
        assert_eq!(wasm("maxStackDepth()"), [U256::from(depth)], "at {version}");
        assert_eq!(wasm("minInitGas()"), [8_832, 352].map(U256::from));
        assert_eq!(wasm("pageLimit()"), [U256::from(128)]);
    }
}

#[test]
fn item_21_there_is_no_cache_manager() {
    let managers = ask(&bare(), precompile(0x72), "allCacheManagers()", &[]);
    assert_eq!(managers, [U256::from(32), U256::ZERO]);
}

#[test]
fn item_22_the_history_contract_is_the_arbitrum_variant() {
    let code = hex!(
        "3373fffffffffffffffffffffffffffffffffffffffe1460605760203603605c575f3563a3b1b31d5f5260205f6004601c60645afa15605c575f51600181038211605c57816205ffd0910311605c576205ffd09006545f5260205ff35b5f5ffd5b5f356205ffd0600163a3b1b31d5f5260205f6004601c60645afa15605c575f5103065500"
    );
    assert_eq!(bare().code(HISTORY, 0)[..], code);
    assert!(bare_at(32).code(HISTORY, 0).is_empty());
}

#[test]
fn item_23_the_version_is_where_the_layout_says() {
    let slot = b256!("15fed0451499512d95f3ec5a41c878b9de55f21878b5b4e190d4667ec709b400");
    for version in [32, 51, 60] {
        assert_eq!(bare_at(version).storage(ARBOS_STATE, slot.into(), 0), U256::from(version));
    }
}
