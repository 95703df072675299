//! The *records* program: who may write, and the hash chains of every section.

macro_rules! interface {
    ($($attr:tt)*) => {
        alloy_sol_types::sol! {
            #[derive(Debug, PartialEq, Eq)]
            $($attr)*
            interface IRecords {
                /// A health record came into being; `owner` is the account in charge of it.
                event RecordCreated(bytes32 indexed record, address indexed owner);

                /// One link was appended to the chain of a section (crypto.md section 9.2).
                ///
                /// `state` is the state word after the link: `head(28) || u32 seq`.
                /// `link` packs `u8 kind || u16 index || u64 time` into its low 11 bytes.
                /// `blob` is the envelope (kind 1) or the epoch record (kind 2), all ciphertext.
                event HealthRecordUpdated(
                    bytes32 indexed record,
                    uint16 indexed handle,
                    address indexed author,
                    bytes32 state,
                    bytes32 link,
                    bytes blob
                );

                /// No record has this identity.
                error NoRecord(bytes32 record);
                /// The identity is taken: this creator used this nonce before.
                error RecordExists(bytes32 record);
                /// Only the owner of the record may do this.
                error NotOwner(bytes32 record, address caller);
                /// The section moved on: `expected` is no longer its state word.
                error StateMoved(bytes32 record, uint16 handle, bytes32 expected, bytes32 actual);
                /// Handles run from 0 to 63.
                error HandleOutOfRange(uint16 handle);
                /// The section has no epoch yet; open it with `appendEpoch` first.
                error SectionNotOpen(bytes32 record, uint16 handle);
                /// The blob is shorter or longer than format `ehr1` allows.
                error BlobLength(uint256 length, uint256 least, uint256 most);
                /// A batch holds at least one envelope.
                error EmptyBatch();

                /// Creates a record for the caller and opens its first section.
                ///
                /// The identity is `keccak256(T("ehr1/record-id") || u64 chain id || this contract
                /// || caller || nonce)`; `epochRecord` becomes link 1 of `handle`.
                function createRecord(bytes32 nonce, uint16 handle, bytes calldata epochRecord)
                    external returns (bytes32 record);

                /// Appends an epoch record (kind 2); the first one opens the section.
                function appendEpoch(
                    bytes32 record, uint16 handle, bytes32 expectedState, bytes calldata epochRecord
                ) external returns (bytes32 state);

                /// Appends one sealed entry (kind 1).
                function append(
                    bytes32 record, uint16 handle, bytes32 expectedState, bytes calldata envelope
                ) external returns (bytes32 state);

                /// Appends several sealed entries to one section, in order.
                function appendBatch(
                    bytes32 record, uint16 handle, bytes32 expectedState, bytes[] calldata envelopes
                ) external returns (bytes32 state);

                /// Account in charge of a record; zero if there is no such record.
                function ownerOf(bytes32 record) external view returns (address owner);

                /// State word of a section: `head(28) || u32 seq`; zero if never used.
                function stateOf(bytes32 record, uint16 handle) external view returns (bytes32 state);
            }
        }
    };
}

#[cfg(feature = "json")]
interface!(#[sol(abi)]);
#[cfg(not(feature = "json"))]
interface!();

/// Link kinds (crypto.md section 9.1).
pub mod entry_kind {
    /// A sealed entry whose envelope is in the log.
    pub const ENTRY: u8 = 1;
    /// An epoch record: a new key generation of the section.
    pub const EPOCH: u8 = 2;
}

/// Storage slots of the *records* program, for reading without a call.
///
/// Words stay readable by `eth_getStorageAt` when the program has expired and calls revert
/// (crypto.md section 9.4).
pub mod records_slot {
    use alloy_primitives::{B256, U256, keccak256};

    /// Slot of `mapping(bytes32 record => word)`: `owner(20)` in the low bytes, then the dirty bits.
    pub const RECORDS: U256 = U256::ZERO;
    /// Slot of `mapping(bytes32 record => mapping(uint16 handle => bytes32 state))`.
    pub const STATES: U256 = U256::ONE;

    /// Slot of the record word of `record`.
    pub fn record(record: B256) -> B256 {
        mapping(record, B256::from(RECORDS))
    }

    /// Slot of the state word of section `handle` of `record`.
    pub fn state(record: B256, handle: u16) -> B256 {
        mapping(B256::from(U256::from(handle)), mapping(record, B256::from(STATES)))
    }

    /// Solidity's rule for a mapping: `keccak256(key || slot)`.
    fn mapping(key: B256, slot: B256) -> B256 {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(key.as_slice());
        bytes[32..].copy_from_slice(slot.as_slice());
        keccak256(bytes)
    }
}
