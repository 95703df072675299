//! F and G: the ready state, its cache manager and its StylusDeployer.

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address, b256, hex, keccak256};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolValue, sol};
use devnode_chain::{BlockOverrides, CallError, CallRequest, Chain};

use crate::{
    programs::{ECHO, FEE_AND_MORE, activate, code_of, program},
    wallet::{
        ALICE, DEV, act, ask, call, chain, deploy, init_code, precompile, send, with_receipt, word,
    },
};

const FACTORY: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");
const MANAGER: Address = address!("A6E41fFD769491a42A6e5Ce453259b93983a22EF");
const DEPLOYER: Address = address!("cEcba2F1DC234f70Dd89F2041029807F8D03A990");

sol! {
    function placeBid(address program) payable;
    function makeSpace(uint64 size) payable returns (uint64);
    function getMinBid(uint64 size) returns (uint192);
    function entries(uint256 index) returns (bytes32 code, uint64 size, uint192 bid);
    function initialize(uint64 cacheSize, uint64 decay);
    function deploy(bytes bytecode, bytes initData, uint256 initValue, bytes32 salt) payable returns (address);

    #[derive(Debug, PartialEq)]
    event InsertBid(bytes32 indexed codehash, address program, uint192 bid, uint64 size);
    #[derive(Debug, PartialEq)]
    event DeleteBid(bytes32 indexed codehash, uint192 bid, uint64 size);
    event ContractDeployed(address deployedContract);

    error NotChainOwner(address sender);
    error AsmTooLarge(uint256 asm, uint256 queueSize, uint256 cacheSize);
    error AlreadyCached(bytes32 codehash);
    error BidTooSmall(uint192 bid, uint192 min);
    error BidsArePaused();
    error MakeSpaceTooLarge(uint64 size, uint64 limit);
    error ProgramNotActivated();
    error EmptyBytecode();
    error InitValueButNotInitData();
    error ContractInitializationError(address newContract, bytes data);
}

/// The revert data of a call with value.
#[track_caller]
fn refusal(chain: &Chain, from: Address, to: Address, value: u64, input: Vec<u8>) -> Bytes {
    let request = CallRequest {
        from,
        to: Some(to),
        value: U256::from(value),
        input: input.into(),
        ..CallRequest::default()
    };
    let head = chain.head_number();
    match chain.call(&request, head, false, &Vec::new(), &BlockOverrides::default()) {
        Err(CallError::Reverted { data, .. }) => data,
        other => panic!("expected a revert, found {other:?}"),
    }
}

fn bid(chain: &Chain, program: Address, wei: u64) -> B256 {
    let input = placeBidCall { program }.abi_encode();
    let hash = send(chain, ALICE, TxKind::Call(MANAGER), wei, input).unwrap();
    with_receipt(chain, hash, |receipt| assert!(receipt.succeeded, "the bid"));
    hash
}

fn is_cached(chain: &Chain, code_hash: B256) -> bool {
    let answer = ask(chain, precompile(0x72), "codehashIsCached(bytes32)", &[code_hash.into()]);
    answer[0] == U256::ONE
}

/// Programs that differ in one constant.
fn returning(status: u32) -> String {
    format!(
        r#"(module (memory (export "memory") 0 0)
            (func (export "user_entrypoint") (param i32) (result i32) i32.const {status}))"#
    )
}

#[test]
fn item_65_the_ready_state_has_the_accounts_and_blocks_of_the_stock_script() {
    let chain = chain();
    let head = chain.head_number();

    assert_eq!((head, chain.nonce(DEV, head)), (7, 6));
    let spent = U256::from(10).pow(U256::from(21)) - chain.balance(DEV, head);
    assert!(spent > U256::from(10).pow(U256::from(18)), "one ether to the factory's deployer");
    assert!(spent < U256::from(11) * U256::from(10).pow(U256::from(17)));
    for account in [FACTORY, MANAGER, DEPLOYER] {
        assert!(!chain.code(account, head).is_empty() && chain.nonce(account, head) == 1);
    }
    assert_eq!(
        keccak256(chain.code(FACTORY, head)),
        b256!("2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989")
    );
    assert_eq!(ask(&chain, precompile(0x6c), "getL1BaseFeeEstimate()", &[]), [U256::ZERO]);
    let receipts = (1..=7).map(|number| chain.block(number).unwrap());
    let (created, installed): (Vec<_>, Vec<_>) = receipts
        .map(|block| (block.receipts[1].contract_address, block.receipts[1].succeeded))
        .unzip();
    assert_eq!(created, [None, None, None, Some(FACTORY), Some(MANAGER), None, None]);
    assert!(installed.iter().all(|succeeded| *succeeded));
}

#[test]
fn item_67_the_cache_manager_is_registered() {
    let managers = ask(&chain(), precompile(0x72), "allCacheManagers()", &[]);
    assert_eq!(managers, [U256::from(32), U256::ONE, word(MANAGER)]);
}

#[test]
fn item_68_the_factory_creates_where_create2_predicts() {
    let chain = chain();
    let (salt, init) = (B256::repeat_byte(5), init_code(&hex!("5f5ff3")));
    let input = [salt.as_slice(), &init].concat();
    let expected = FACTORY.create2_from_code(salt, &init);

    let returned = call(&chain, FACTORY, &input).unwrap();
    send(&chain, ALICE, TxKind::Call(FACTORY), 0, input.clone()).unwrap();

    assert_eq!(returned[..], expected[..], "20 bytes");
    assert_eq!(chain.code(expected, chain.head_number())[..], hex!("5f5ff3"));
    assert_eq!(refusal(&chain, ALICE, FACTORY, 0, input), Bytes::new(), "taken");
}

#[test]
fn item_77_a_bid_caches_a_program_once() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);
    let input = placeBidCall { program: echo }.abi_encode();
    let early = refusal(&chain, ALICE, MANAGER, 0, input.clone());
    assert_eq!(early[..], ProgramNotActivated::SELECTOR, "the error bubbles unchanged");
    activate(&chain, echo);

    let hash = bid(&chain, echo, 0);

    let code_hash = keccak256(ECHO);
    assert!(is_cached(&chain, code_hash));
    with_receipt(&chain, hash, |receipt| {
        let inserted = InsertBid::decode_log(receipt.logs.last().unwrap()).unwrap().data;
        let expected = InsertBid {
            codehash: code_hash,
            program: echo,
            bid: Default::default(),
            size: 514_048,
        };
        assert_eq!(inserted, expected);
    });
    let again = refusal(&chain, ALICE, MANAGER, 5, input);
    assert_eq!(again[..], AlreadyCached { codehash: code_hash }.abi_encode());
}

#[test]
fn item_78_the_cache_manager_tells_its_state_and_prices() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);
    let state = |signature| ask(&chain, MANAGER, signature, &[]);

    assert_eq!(state("isPaused()"), [U256::ZERO]);
    assert_eq!(
        (state("cacheSize()"), state("queueSize()")),
        (vec![U256::from(32 << 20)], vec![U256::ZERO])
    );
    assert_eq!(state("decay()"), [U256::ZERO]);
    for size in [8_000, 16_000, 24_000] {
        assert_eq!(ask(&chain, MANAGER, "getMinBid(uint64)", &[U256::from(size)]), [U256::ZERO]);
    }
    assert_eq!(ask(&chain, MANAGER, "getMinBid(address)", &[word(echo)]), [U256::ZERO]);
    let by_hash = [keccak256(ECHO).into()];
    assert_eq!(ask(&chain, MANAGER, "getMinBid(bytes32)", &by_hash), [U256::ZERO]);
    bid(&chain, echo, 3);
    assert_eq!(state("queueSize()"), [U256::from(514_048)]);
    let entry = ask(&chain, MANAGER, "entries(uint256)", &[U256::ZERO]);
    assert_eq!(entry, [keccak256(ECHO).into(), U256::from(514_048), U256::from(3)]);
    let initialised = initializeCall { cacheSize: 1, decay: 1 }.abi_encode();
    assert!(call(&chain, MANAGER, &initialised).is_err(), "initialised by its constructor");
}

#[test]
fn the_smallest_bids_make_room_for_larger_ones() {
    let chain = chain();
    let programs: Vec<Address> = (0..5).map(|n| program(&chain, &returning(n))).collect();
    let size = ask(&chain, MANAGER, "getMinBid(uint64)", &[U256::ZERO]).len() as u64;
    assert_eq!(size, 1);
    let asm = {
        let code_hash = keccak256(chain.code(programs[0], chain.head_number()));
        ask(&chain, precompile(0x71), "codehashAsmSize(bytes32)", &[code_hash.into()])[0]
    };
    // Room for three.
    act(&chain, MANAGER, "setCacheSize(uint64)", &[asm * U256::from(3)]);
    for (program, wei) in programs.iter().zip([30, 10, 20]) {
        bid(&chain, *program, wei);
    }
    let min = ask(&chain, MANAGER, "getMinBid(address)", &[word(programs[3])]);
    assert_eq!(min, [U256::from(10)], "the bid of the one that would go");

    let small = placeBidCall { program: programs[3] }.abi_encode();
    let refused = refusal(&chain, ALICE, MANAGER, 9, small);
    let ten = alloy_primitives::Uint::<192, 3>::from(10);
    let nine = alloy_primitives::Uint::<192, 3>::from(9);
    assert_eq!(refused[..], BidTooSmall { bid: nine, min: ten }.abi_encode());
    let hash = bid(&chain, programs[3], 25);

    let hash_of = |n: usize| keccak256(chain.code(programs[n], chain.head_number()));
    let cached: Vec<bool> = (0..5).map(|n| is_cached(&chain, hash_of(n))).collect();
    assert_eq!(cached, [true, false, true, true, false]);
    with_receipt(&chain, hash, |receipt| {
        let deleted = receipt.logs.iter().find_map(|log| DeleteBid::decode_log(log).ok()).unwrap();
        let expected = DeleteBid { codehash: hash_of(1), bid: ten, size: asm.to() };
        assert_eq!(deleted.data, expected);
    });
    // The heap's order: 20, 25 and 30 go one after the other.
    act(&chain, MANAGER, "evictPrograms(uint256)", &[U256::ONE]);
    assert!(!is_cached(&chain, hash_of(2)) && is_cached(&chain, hash_of(3)));
    act(&chain, MANAGER, "evictAll()", &[]);
    assert!(!is_cached(&chain, hash_of(0)) && !is_cached(&chain, hash_of(3)));
    assert_eq!(ask(&chain, MANAGER, "queueSize()", &[]), [U256::ZERO]);
    let large = placeBidCall { program: programs[0] }.abi_encode();
    act(&chain, MANAGER, "setCacheSize(uint64)", &[U256::from(5)]);
    let refused = refusal(&chain, ALICE, MANAGER, 0, large);
    let too_large = AsmTooLarge { asm, queueSize: U256::ZERO, cacheSize: U256::from(5) };
    assert_eq!(refused[..], too_large.abi_encode());
}

#[test]
fn the_cache_manager_obeys_owners_only() {
    let chain = chain();
    let not_owner = NotChainOwner { sender: ALICE }.abi_encode();
    for signature in ["paused()", "unpause()", "evictAll()"] {
        let input = keccak256(signature)[..4].to_vec();
        assert_eq!(refusal(&chain, ALICE, MANAGER, 0, input)[..], not_owner, "{signature}");
    }
    act(&chain, MANAGER, "paused()", &[]);
    let input = placeBidCall { program: ALICE }.abi_encode();
    assert_eq!(refusal(&chain, ALICE, MANAGER, 0, input)[..], BidsArePaused::SELECTOR);
    act(&chain, MANAGER, "unpause()", &[]);
    let much = makeSpaceCall { size: (5 << 20) + 1 }.abi_encode();
    let too_much = MakeSpaceTooLarge { size: (5 << 20) + 1, limit: 5 << 20 }.abi_encode();
    assert_eq!(refusal(&chain, ALICE, MANAGER, 0, much)[..], too_much);
    let some = makeSpaceCall { size: 5 << 20 }.abi_encode();
    assert_eq!(U256::from_be_slice(&call(&chain, MANAGER, &some).unwrap()), U256::from(32 << 20));
    // What was bid goes to the network fee account.
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);
    bid(&chain, echo, 1_000);
    act(&chain, MANAGER, "sweepFunds()", &[]);
    assert_eq!(chain.balance(MANAGER, chain.head_number()), U256::ZERO);
}

/// Remembers its calldata's first word at slot 0 and its value at slot 1.
const CONSTRUCTED: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "msg_value" (func $value (param i32)))
    (import "vm_hooks" "storage_cache_bytes32" (func $store (param i32 i32)))
    (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32)
        (call $read (i32.const 64))
        (call $store (i32.const 0) (i32.const 64))
        (i32.store8 (i32.const 31) (i32.const 1))
        (call $value (i32.const 128))
        (call $store (i32.const 0) (i32.const 128))
        (call $flush (i32.const 1))
        (i32.const 0)))"#;

#[test]
fn item_74_the_deployer_creates_activates_constructs_and_refunds() {
    let chain = chain();
    let before = chain.balance(ALICE, chain.head_number());
    let constructor = deployCall {
        bytecode: init_code(&code_of(CONSTRUCTED)).into(),
        initData: U256::from(77).abi_encode().into(),
        initValue: U256::from(1_000),
        salt: B256::ZERO,
    };
    let input = constructor.abi_encode();

    let hash = send(&chain, ALICE, TxKind::Call(DEPLOYER), FEE_AND_MORE, input).unwrap();

    let head = chain.head_number();
    let (contract, gas) = with_receipt(&chain, hash, |receipt| {
        assert!(receipt.succeeded, "the deployment");
        let log = receipt.logs.last().unwrap();
        assert_eq!(log.address, DEPLOYER);
        let deployed = ContractDeployed::decode_log(log).unwrap();
        (deployed.deployedContract, receipt.gas_used)
    });
    assert_eq!(contract, DEPLOYER.create(1), "by CREATE, from the nonce of a contract");
    assert_eq!(chain.storage(contract, U256::ZERO, head), U256::from(77));
    assert_eq!(chain.storage(contract, U256::ONE, head), U256::from(1_000));
    assert_eq!(chain.balance(contract, head), U256::from(1_000));
    assert_eq!(chain.balance(DEPLOYER, head), U256::ZERO);
    let spent = before - chain.balance(ALICE, head);
    let gas_wei = U256::from(gas) * U256::from(100_000_000);
    assert!(spent - gas_wei < U256::from(FEE_AND_MORE / 2), "the rest of the value came back");
    let version = ask(&chain, precompile(0x71), "programVersion(address)", &[word(contract)]);
    assert_eq!(version, [U256::from(2)]);
    assert_eq!(
        ask(&chain, DEPLOYER, "requiresActivation(address)", &[word(contract)]),
        [U256::ZERO]
    );
}

#[test]
fn the_deployer_takes_salts_and_refuses_what_makes_no_sense() {
    let chain = chain();
    let plain = deployCall {
        bytecode: init_code(&ECHO).into(),
        initData: Bytes::new(),
        initValue: U256::ZERO,
        salt: B256::ZERO,
    };
    let refused =
        |call: deployCall| refusal(&chain, ALICE, DEPLOYER, FEE_AND_MORE, call.abi_encode());

    let empty = deployCall { bytecode: Bytes::new(), ..plain.clone() };
    assert_eq!(refused(empty)[..], EmptyBytecode::SELECTOR);
    let valued = deployCall { initValue: U256::ONE, ..plain.clone() };
    assert_eq!(refused(valued)[..], InitValueButNotInitData::SELECTOR);
    // A revert of the created code is bubbled.
    let reverting = deployCall { bytecode: hex!("60aa5f5260205ffd").into(), ..plain.clone() };
    assert_eq!(U256::from_be_slice(&refused(reverting)), U256::from(0xaa));
    let failing = deployCall {
        bytecode: init_code(&code_of(&returning(1))).into(),
        initData: Bytes::from_static(b"no"),
        ..plain
    };
    let found = ContractInitializationError::abi_decode(&refused(failing)).unwrap();
    assert_eq!((found.newContract, found.data), (DEPLOYER.create(1), Bytes::new()));

    let salt = B256::repeat_byte(3);
    let init_data = Bytes::from_static(b"constructor");
    let salted = deployCall { salt, initData: init_data.clone(), ..plain };
    let expected = DEPLOYER
        .create2_from_code(keccak256([salt.as_slice(), &init_data].concat()), init_code(&ECHO));
    let hash =
        send(&chain, ALICE, TxKind::Call(DEPLOYER), FEE_AND_MORE, salted.abi_encode()).unwrap();
    with_receipt(&chain, hash, |receipt| assert!(receipt.succeeded));
    assert_eq!(chain.code(expected, chain.head_number())[..], ECHO);
    assert_eq!(
        ask(&chain, DEPLOYER, "requiresActivation(address)", &[word(ALICE)]),
        [U256::ONE],
        "no record"
    );
}
