//! The transactions of the stock script (devnode.md 1.9).

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, b256, hex};
use alloy_sol_types::{SolCall, sol};
use devnode_arbos::{
    address::{ARB_DEBUG, ARB_OWNER, DEV_ACCOUNT},
    genesis::INITIAL_BASE_FEE,
};
use k256::ecdsa::SigningKey;

use super::contracts;
use crate::{Chain, NewError, SendError};

sol! {
    function becomeChainOwner();
    function setL1PricePerUnit(uint256 price);
    function addWasmCacheManager(address manager);
}

/// Key of the dev account, which everybody knows.
const DEV_KEY: B256 = b256!("b6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659");
/// Sender of the keyless transaction below.
const FACTORY_DEPLOYER: Address = address!("3fab184622dc19b6109349b94811493bf2a45362");
/// The keyless transaction that creates the CREATE2 factory (public, devnode.md 1.9).
const FACTORY_TRANSACTION: [u8; 167] = hex!(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222"
);
/// Gas limit of each bootstrap transaction: the first pays an L1 part of about a million.
const GAS_LIMIT: u64 = 5_000_000;
/// One ether in wei.
const ETHER: u64 = 1_000_000_000_000_000_000;

/// Sends the transactions of the stock script, through the ordinary path.
///
/// # Errors
///
/// A transaction is refused.
pub(crate) fn run(chain: &Chain) -> Result<(), NewError> {
    let dev = Dev { chain, key: SigningKey::from_bytes(&DEV_KEY.0.into()).expect("a valid key") };
    let manager = DEV_ACCOUNT.create(3);
    dev.call("becomeChainOwner", ARB_DEBUG, becomeChainOwnerCall {}.abi_encode())?;
    let free = setL1PricePerUnitCall { price: U256::ZERO };
    dev.call("setL1PricePerUnit", ARB_OWNER, free.abi_encode())?;
    dev.send("fund the factory's deployer", TxKind::Call(FACTORY_DEPLOYER), ETHER, Vec::new())?;
    chain
        .send_raw(&FACTORY_TRANSACTION)
        .map_err(|source| NewError::Bootstrap { step: "CREATE2 factory", source })?;
    dev.send("cache manager", TxKind::Create, 0, contracts::cache_manager_init_code())?;
    let add = addWasmCacheManagerCall { manager };
    dev.call("addWasmCacheManager", ARB_OWNER, add.abi_encode())?;
    dev.call("StylusDeployer", ARB_DEBUG, contracts::deployer_installation())
}

/// The dev account at work.
struct Dev<'a> {
    chain: &'a Chain,
    key: SigningKey,
}

impl Dev<'_> {
    fn call(&self, step: &'static str, to: Address, input: Vec<u8>) -> Result<(), NewError> {
        self.send(step, TxKind::Call(to), 0, input)
    }

    fn send(
        &self,
        step: &'static str,
        to: TxKind,
        value: u64,
        input: Vec<u8>,
    ) -> Result<(), NewError> {
        let raw = self.sign(TxEip1559 {
            chain_id: self.chain.chain_id(),
            nonce: self.chain.nonce(DEV_ACCOUNT, self.chain.head_number()),
            gas_limit: GAS_LIMIT,
            max_fee_per_gas: 2 * u128::from(INITIAL_BASE_FEE),
            max_priority_fee_per_gas: 0,
            to,
            value: U256::from(value),
            access_list: Default::default(),
            input: Bytes::from(input),
        });
        let sent: Result<B256, SendError> = self.chain.send_raw(&raw);
        sent.map(drop).map_err(|source| NewError::Bootstrap { step, source })
    }

    fn sign(&self, transaction: TxEip1559) -> Vec<u8> {
        let hash = transaction.signature_hash();
        let (signature, recovery) = self
            .key
            .sign_prehash_recoverable(hash.as_slice())
            .expect("a hash of 32 bytes can be signed");
        let signature = Signature::from_signature_and_parity(signature, recovery.is_y_odd());
        TxEnvelope::Eip1559(transaction.into_signed(signature)).encoded_2718()
    }
}
