//! Storage slots of the *records* program, for reading without a call.
//!
//! Words stay readable by `eth_getStorageAt` when the program has expired and calls revert
//! (crypto.md section 9.4). All numbers are big-endian; "left" means the first byte of the word.

use alloy_primitives::{Address, B256, U256, keccak256};

/// Slot of `mapping(bytes32 record => word)`: `u32 0 || u64 dirty || owner(20)`.
pub const RECORDS: U256 = U256::ZERO;
/// Slot of `mapping(bytes32 record => mapping(uint16 handle => bytes32 state))`.
pub const STATES: U256 = U256::ONE;
/// Slot of `mapping(bytes32 record => word)`: `head(28) || u32 seq` of the access chain.
pub const ACCESS: U256 = U256::from_limbs([2, 0, 0, 0]);
/// Slot of `mapping(bytes32 record => mapping(address grantee => word))`: terms(19), see
/// [`Terms`](crate::Terms), `u8 is delegated || u32 number || 0`; number = the access link that
/// began the grant.
pub const GRANTS: U256 = U256::from_limbs([3, 0, 0, 0]);
/// Slot of `mapping(bytes32 record => mapping(address grantee => word))`: `grantor(20) || u32 number`
/// of the grant out of which a delegated grant was made.
pub const GRANTORS: U256 = U256::from_limbs([4, 0, 0, 0]);
/// Slot of `mapping(address account => word)`: `key_id(28) || u32 version`.
pub const KEYS: U256 = U256::from_limbs([5, 0, 0, 0]);
/// Slot of the registrar's account. Creation code may set it; nothing else does but a handover.
pub const REGISTRAR: U256 = U256::from_limbs([6, 0, 0, 0]);
/// Slot of the account to which the registrar offered its post.
pub const REGISTRAR_OFFER: U256 = U256::from_limbs([7, 0, 0, 0]);
/// Slot of `mapping(address account => word)`: `u64 from || u64 until || u8 flags || 0`.
pub const CREDENTIALS: U256 = U256::from_limbs([8, 0, 0, 0]);
/// Slot of `mapping(bytes32 record => word)`: `u32 generation || u16 handle || 0`.
pub const EMERGENCIES: U256 = U256::from_limbs([9, 0, 0, 0]);
/// Slot of `mapping(bytes32 record => mapping(address claimant => word))`:
/// `u64 until || u32 generation || co-signer(20)`.
pub const CLAIMS: U256 = U256::from_limbs([10, 0, 0, 0]);
/// Slot of `mapping(bytes32 record => word)`: `digest(24) || u32 round || u8 threshold || u8 count ||
/// u16 delay in hours`; digest = first 24 bytes of `keccak256(accounts in the list's order)`.
pub const GUARDIANS: U256 = U256::from_limbs([11, 0, 0, 0]);
/// Slot of `mapping(bytes32 record => mapping(address guardian => word))`: `candidate(20) || u32 round`.
pub const APPROVALS: U256 = U256::from_limbs([12, 0, 0, 0]);
/// Slot of `mapping(bytes32 record => mapping(address candidate => word))`:
/// `u64 ready at || u32 round || u8 approvals || 0`.
pub const RECOVERIES: U256 = U256::from_limbs([13, 0, 0, 0]);
/// Slot of `mapping(bytes32 record => address)`: to whom the owner offered the record, right-aligned.
pub const OFFERS: U256 = U256::from_limbs([14, 0, 0, 0]);

/// Slot of the record word of `record`.
pub fn record(record: B256) -> B256 {
    of_record(RECORDS, record)
}

/// Slot of the state word of section `handle` of `record`.
pub fn state(record: B256, handle: u16) -> B256 {
    mapping(B256::from(U256::from(handle)), of_record(STATES, record))
}

/// Slot of the word of `account` in `table`: [`KEYS`] or [`CREDENTIALS`].
pub fn of_account(table: U256, account: Address) -> B256 {
    mapping(account.into_word(), B256::from(table))
}

/// Slot of the word of `record` in `table`: [`RECORDS`], [`ACCESS`], [`EMERGENCIES`], [`GUARDIANS`]
/// or [`OFFERS`].
pub fn of_record(table: U256, record: B256) -> B256 {
    mapping(record, B256::from(table))
}

/// Slot of the word of `record` and `account` in `table`: [`GRANTS`], [`GRANTORS`], [`CLAIMS`],
/// [`APPROVALS`] or [`RECOVERIES`].
pub fn of_member(table: U256, record: B256, account: Address) -> B256 {
    mapping(account.into_word(), of_record(table, record))
}

/// Solidity's rule for a mapping: `keccak256(key || slot)`.
fn mapping(key: B256, slot: B256) -> B256 {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(key.as_slice());
    bytes[32..].copy_from_slice(slot.as_slice());
    keccak256(bytes)
}
