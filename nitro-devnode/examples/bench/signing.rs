//! Transactions, signed before the clock starts.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes, Signature, TxKind, U256, address, b256, hex, keccak256};
use eyre::Result;
use k256::ecdsa::SigningKey;
use serde_json::json;

use crate::client::Client;

/// Accounts that a node of either kind may have funded: anvil's first, Nitro's dev account.
const FUNDED_KEYS: [[u8; 32]; 2] = [
    b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80").0,
    b256!("b6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659").0,
];

/// Receives the transfers.
pub(crate) const PAYEE: Address = address!("00000000000000000000000000000000000000fe");

/// An account that signs.
pub(crate) struct Signer {
    key: SigningKey,
    pub address: Address,
    chain_id: u64,
    /// Of the next transaction.
    pub nonce: u64,
    fee_cap: u128,
}

impl Signer {
    fn new(key: &[u8; 32], chain_id: u64, fee_cap: u128) -> Result<Self> {
        let key = SigningKey::from_slice(key)?;
        let address = Address::from_public_key(key.verifying_key());
        Ok(Self { key, address, chain_id, nonce: 0, fee_cap })
    }

    /// The richest of the accounts that nodes fund.
    pub(crate) fn funded(client: &mut Client) -> Result<Self> {
        let chain_id = client.quantity("eth_chainId", &json!([]))?;
        // Blocks that follow one another without pause make the price rise a little.
        let fee_cap = 200 * u128::from(client.quantity("eth_gasPrice", &json!([]))?);
        let mut best: Option<(U256, Self)> = None;
        for key in FUNDED_KEYS {
            let mut signer = Self::new(&key, chain_id, fee_cap)?;
            let balance = client.call("eth_getBalance", &json!([signer.address, "latest"]))?;
            let balance: U256 = serde_json::from_value(balance)?;
            let params = json!([signer.address, "latest"]);
            signer.nonce = client.quantity("eth_getTransactionCount", &params)?;
            if best.as_ref().is_none_or(|(most, _)| balance > *most) {
                best = Some((balance, signer));
            }
        }
        Ok(best.expect("there are two candidates").1)
    }

    /// A new account with a key of its own, without money.
    pub(crate) fn fresh(&self, number: usize) -> Result<Self> {
        let key = keccak256(format!("bench sender {number}"));
        Self::new(&key.0, self.chain_id, self.fee_cap)
    }

    /// A plain transfer with the next nonce, as `eth_sendRawTransaction` takes it.
    pub(crate) fn transfer(&mut self, to: Address, value: U256) -> Result<String> {
        self.sign(TxKind::Call(to), value, Bytes::new(), 50_000)
    }

    /// Any transaction with the next nonce.
    pub(crate) fn sign(
        &mut self,
        to: TxKind,
        value: U256,
        input: Bytes,
        gas_limit: u64,
    ) -> Result<String> {
        let transaction = TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_limit,
            max_fee_per_gas: self.fee_cap,
            max_priority_fee_per_gas: 0,
            to,
            value,
            access_list: Default::default(),
            input,
        };
        self.nonce += 1;
        let (signature, parity) =
            self.key.sign_prehash_recoverable(transaction.signature_hash().as_slice())?;
        let signed = transaction.into_signed(Signature::from((signature, parity)));
        Ok(hex::encode_prefixed(TxEnvelope::from(signed).encoded_2718()))
    }
}
