//! A key that signs, and a chain to send to.

use alloy_consensus::{SignableTransaction, Signed, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, b256, keccak256};
use devnode_chain::{
    BlockOverrides, CallError, CallRequest, Chain, ChainConfig, Receipt, SendError,
};
use k256::ecdsa::SigningKey;

/// The first of anvil's accounts.
pub(crate) const ALICE: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
const ALICE_KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
/// Nitro's dev account, a chain owner.
pub(crate) const DEV: Address = address!("3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E");
const DEV_KEY: B256 = b256!("b6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659");

/// One gwei-tenth: the base fee of an idle chain, in wei.
pub(crate) const BASE_FEE: u128 = 100_000_000;

pub(crate) fn chain() -> Chain {
    Chain::new(ChainConfig::default()).expect("the default configuration")
}

/// A transaction that fits most tests.
pub(crate) fn transaction(chain: &Chain, from: Address) -> TxEip1559 {
    TxEip1559 {
        chain_id: 412_346,
        nonce: chain.nonce(from, chain.head_number()),
        gas_limit: 10_000_000,
        max_fee_per_gas: 2 * BASE_FEE,
        max_priority_fee_per_gas: 0,
        to: TxKind::Create,
        value: U256::ZERO,
        access_list: Default::default(),
        input: Bytes::new(),
    }
}

/// A signature by one of the two keys.
pub(crate) fn signature(from: Address, hash: B256) -> Signature {
    let key = if from == DEV { DEV_KEY } else { ALICE_KEY };
    let key = SigningKey::from_bytes(&key.0.into()).unwrap();
    let (signature, recovery) = key.sign_prehash_recoverable(hash.as_slice()).unwrap();
    Signature::from_signature_and_parity(signature, recovery.is_y_odd())
}

/// The bytes of a signed transaction of any type.
pub(crate) fn signed<T>(transaction: T, from: Address) -> Vec<u8>
where
    T: SignableTransaction<Signature>,
    TxEnvelope: From<Signed<T>>,
{
    let signature = signature(from, transaction.signature_hash());
    TxEnvelope::from(transaction.into_signed(signature)).encoded_2718()
}

pub(crate) fn send(
    chain: &Chain,
    from: Address,
    to: TxKind,
    value: u64,
    input: Vec<u8>,
) -> Result<B256, SendError> {
    let plain = transaction(chain, from);
    let filled = TxEip1559 { to, value: U256::from(value), input: input.into(), ..plain };
    chain.send_raw(&signed(filled, from))
}

/// Applies `read` to the receipt of a transaction.
pub(crate) fn with_receipt<T>(chain: &Chain, hash: B256, read: impl FnOnce(&Receipt) -> T) -> T {
    let (block, index) = chain.locate(hash).expect("the receipt exists when the hash is returned");
    read(&block.receipts[index])
}

/// Creation code that puts `code` on chain as it is.
pub(crate) fn init_code(code: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(code.len()).unwrap().to_be_bytes();
    let mut init = vec![0x61, high, low, 0x80, 0x60, 0x0a, 0x3d, 0x39, 0x3d, 0xf3];
    init.extend_from_slice(code);
    init
}

pub(crate) fn deploy(chain: &Chain, code: &[u8]) -> Address {
    let hash = send(chain, ALICE, TxKind::Create, 0, init_code(code)).expect("sent");
    with_receipt(chain, hash, |receipt| {
        assert!(receipt.succeeded, "the creation");
        receipt.contract_address.expect("a creation has an address")
    })
}

pub(crate) fn call(chain: &Chain, to: Address, input: &[u8]) -> Result<Bytes, CallError> {
    let request = CallRequest {
        from: ALICE,
        to: Some(to),
        input: Bytes::copy_from_slice(input),
        ..CallRequest::default()
    };
    chain.call(&request, chain.head_number(), false, &Vec::new(), &BlockOverrides::default())
}

/// Calldata of a method whose arguments take one word each.
pub(crate) fn calldata(signature: &str, arguments: &[U256]) -> Vec<u8> {
    let mut data = keccak256(signature)[..4].to_vec();
    arguments.iter().for_each(|word| data.extend_from_slice(&word.to_be_bytes::<32>()));
    data
}

/// The words that a method returns.
pub(crate) fn ask(chain: &Chain, to: Address, signature: &str, arguments: &[U256]) -> Vec<U256> {
    let output = call(chain, to, &calldata(signature, arguments)).expect(signature);
    output.chunks(32).map(U256::from_be_slice).collect()
}

/// An address as a word.
pub(crate) fn word(address: Address) -> U256 {
    address.into_word().into()
}

/// A precompile by the last byte of its address.
pub(crate) const fn precompile(last: u8) -> Address {
    Address::with_last_byte(last)
}

/// Sends a call of a method by the dev account, a chain owner; panics unless it succeeds.
pub(crate) fn act(chain: &Chain, to: Address, signature: &str, arguments: &[U256]) -> B256 {
    let hash = send(chain, DEV, TxKind::Call(to), 0, calldata(signature, arguments)).expect("sent");
    with_receipt(chain, hash, |receipt| assert!(receipt.succeeded, "{signature}"));
    hash
}
