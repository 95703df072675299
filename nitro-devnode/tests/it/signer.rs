//! Signs transactions of every type.

use alloy_consensus::{SignableTransaction, Signed, TxEip1559, TxEnvelope, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, hex};
use k256::ecdsa::SigningKey;
use nitro_devnode::{DevAccount, TEST_ACCOUNTS};

/// The chain id of the node.
pub(crate) const CHAIN_ID: u64 = 412_346;

/// The base fee of a quiet chain, in wei.
pub(crate) const BASE_FEE: u128 = 100_000_000;

/// An account that signs; its transactions carry the nonces they are given.
pub(crate) struct Signer {
    key: SigningKey,
    pub(crate) address: Address,
}

impl Signer {
    /// The test account of that number.
    pub(crate) fn test(number: usize) -> Self {
        Self::of(&TEST_ACCOUNTS[number])
    }

    /// An account whose key is known.
    pub(crate) fn of(account: &DevAccount) -> Self {
        let key = SigningKey::from_slice(account.private_key.as_slice()).unwrap();
        Self { key, address: account.address }
    }

    /// An account without money.
    pub(crate) fn poor() -> Self {
        Self::with_key(B256::repeat_byte(0x5a))
    }

    /// The account of a key.
    pub(crate) fn with_key(key: B256) -> Self {
        let key = SigningKey::from_slice(key.as_slice()).unwrap();
        let address = Address::from_public_key(key.verifying_key());
        Self { key, address }
    }

    /// A transfer of one wei.
    pub(crate) fn transfer(&self, nonce: u64) -> String {
        self.sign(Self::plain(nonce))
    }

    /// A transfer to be varied.
    pub(crate) fn plain(nonce: u64) -> TxEip1559 {
        TxEip1559 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit: 21_000,
            max_fee_per_gas: 2 * BASE_FEE,
            max_priority_fee_per_gas: 0,
            to: TxKind::Call(Address::repeat_byte(0xfe)),
            value: U256::ONE,
            access_list: Default::default(),
            input: Bytes::new(),
        }
    }

    /// A creation.
    pub(crate) fn create(&self, nonce: u64, init: impl Into<Bytes>) -> String {
        self.sign(TxEip1559 {
            to: TxKind::Create,
            value: U256::ZERO,
            gas_limit: 5_000_000,
            input: init.into(),
            ..Self::plain(nonce)
        })
    }

    /// A call.
    pub(crate) fn call(&self, nonce: u64, to: Address, input: impl Into<Bytes>) -> String {
        self.sign(TxEip1559 {
            to: TxKind::Call(to),
            value: U256::ZERO,
            gas_limit: 5_000_000,
            input: input.into(),
            ..Self::plain(nonce)
        })
    }

    /// A dynamic-fee transaction as `eth_sendRawTransaction` takes it.
    pub(crate) fn sign(&self, transaction: TxEip1559) -> String {
        self.sign_any(transaction)
    }

    /// A legacy transaction.
    pub(crate) fn sign_legacy(&self, transaction: TxLegacy) -> String {
        self.sign_any(transaction)
    }

    /// A transaction of any type.
    pub(crate) fn sign_any<T: SignableTransaction<Signature>>(&self, transaction: T) -> String
    where
        TxEnvelope: From<Signed<T>>,
    {
        let signature = self.signature(transaction.signature_hash());
        hex::encode_prefixed(TxEnvelope::from(transaction.into_signed(signature)).encoded_2718())
    }

    /// The signature of a hash.
    pub(crate) fn signature(&self, hash: B256) -> Signature {
        self.key.sign_prehash_recoverable(hash.as_slice()).unwrap().into()
    }
}
