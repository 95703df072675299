//! A dumped chain as compressed JSON: what anvil writes, and an `arbitrum` member with the blocks
//! (devnode.md section 7.2). Files of anvil are read leniently: their accounts count, the rest does
//! not.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bloom, Bytes, Log, U256};
use alloy_rlp::Decodable;
use devnode_chain::{AccountDump, BlockDump, Dump, Receipt};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::json::Hex;
use crate::rpc::LenientNumber;

/// Version of the `arbitrum` member.
const VERSION: u32 = 1;

/// A decompressed dump is at most this long: a few bytes can claim to be terabytes.
const MOST_BYTES: u64 = 4 << 30;

/// Why a dump cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// The file cannot be read or decompressed.
    #[error("cannot be decompressed: {0}")]
    Compression(#[from] io::Error),
    /// It is no JSON of the expected shape.
    #[error("is not what anvil_dumpState writes: {0}")]
    Json(#[from] serde_json::Error),
    /// A header is not RLP.
    #[error("has a block that cannot be read: {0}")]
    Header(#[from] alloy_rlp::Error),
    /// It was written by another version of this node.
    #[error("has version {0} of the \"arbitrum\" member; this node reads version {VERSION}")]
    Version(u32),
}

#[derive(Serialize, Deserialize)]
struct File {
    #[serde(default)]
    block: Environment,
    accounts: BTreeMap<Address, Account>,
    #[serde(skip_deserializing)]
    best_block_number: Option<Hex>,
    /// Where anvil keeps its blocks; ours are in `arbitrum`.
    #[serde(default, skip_deserializing)]
    blocks: [(); 0],
    #[serde(default, skip_deserializing)]
    transactions: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    arbitrum: Option<Arbitrum>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Environment {
    #[serde(deserialize_with = "lenient", serialize_with = "hexadecimal")]
    number: u64,
    #[serde(deserialize_with = "lenient", serialize_with = "hexadecimal")]
    timestamp: u64,
}

#[derive(Serialize, Deserialize)]
struct Account {
    #[serde(deserialize_with = "lenient")]
    nonce: u64,
    balance: U256,
    #[serde(default)]
    code: Bytes,
    #[serde(default)]
    storage: BTreeMap<U256, U256>,
}

#[derive(Serialize, Deserialize)]
struct Arbitrum {
    version: u32,
    /// What the clock showed, in seconds.
    time: u64,
    blocks: Vec<BlockFile>,
}

#[derive(Serialize, Deserialize)]
struct BlockFile {
    /// RLP.
    header: Bytes,
    transactions: Vec<(Bytes, Address)>,
    receipts: Vec<ReceiptFile>,
}

#[derive(Serialize, Deserialize)]
struct ReceiptFile {
    succeeded: bool,
    gas_used: u64,
    gas_used_for_l1: u64,
    cumulative_gas_used: u64,
    contract_address: Option<Address>,
    effective_gas_price: u64,
    logs: Vec<LogFile>,
}

#[derive(Serialize, Deserialize)]
struct LogFile {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
}

/// Writes a dump.
pub(crate) fn pack(dump: &Dump) -> Vec<u8> {
    let head = dump.blocks.last().map(|block| &block.header);
    let (number, timestamp) = head.map_or((0, 0), |head| (head.number, head.timestamp));
    let file = File {
        block: Environment { number, timestamp },
        accounts: dump.accounts.iter().map(|one| (one.address, Account::from(one))).collect(),
        best_block_number: Some(number.into()),
        blocks: [],
        transactions: [],
        arbitrum: Some(Arbitrum {
            version: VERSION,
            time: dump.time,
            blocks: dump.blocks.iter().map(BlockFile::from).collect(),
        }),
    };
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let json = serde_json::to_vec(&file).expect("numbers, bytes and lists serialize");
    packed.write_all(&json).expect("memory takes every write");
    packed.finish().expect("memory takes every write")
}

/// Reads a dump, compressed or not.
///
/// # Errors
/// The bytes are no dump.
pub(crate) fn unpack(packed: &[u8]) -> Result<Dump, DumpError> {
    let mut json = Vec::new();
    if packed.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(packed).take(MOST_BYTES).read_to_end(&mut json)?;
    } else {
        json.extend_from_slice(packed);
    }
    let file: File = serde_json::from_slice(&json)?;
    let accounts = file.accounts.into_iter().map(|(address, one)| AccountDump {
        address,
        balance: one.balance,
        nonce: one.nonce,
        code: one.code,
        storage: one.storage.into_iter().collect(),
    });
    let accounts = accounts.collect();
    let Some(ours) = file.arbitrum else {
        return Ok(Dump { accounts, blocks: Vec::new(), time: file.block.timestamp });
    };
    if ours.version != VERSION {
        return Err(DumpError::Version(ours.version));
    }
    let blocks = ours.blocks.into_iter().map(BlockDump::try_from).collect::<Result<_, _>>()?;
    Ok(Dump { accounts, blocks, time: ours.time })
}

impl From<&AccountDump> for Account {
    fn from(account: &AccountDump) -> Self {
        Self {
            nonce: account.nonce,
            balance: account.balance,
            code: account.code.clone(),
            storage: account.storage.iter().copied().collect(),
        }
    }
}

impl From<&BlockDump> for BlockFile {
    fn from(block: &BlockDump) -> Self {
        Self {
            header: alloy_rlp::encode(&block.header).into(),
            transactions: block.transactions.clone(),
            receipts: block.receipts.iter().map(ReceiptFile::from).collect(),
        }
    }
}

impl TryFrom<BlockFile> for BlockDump {
    type Error = DumpError;

    fn try_from(file: BlockFile) -> Result<Self, DumpError> {
        Ok(Self {
            header: Header::decode(&mut file.header.as_ref())?,
            transactions: file.transactions,
            receipts: file.receipts.into_iter().map(Receipt::from).collect(),
        })
    }
}

impl From<&Receipt> for ReceiptFile {
    fn from(receipt: &Receipt) -> Self {
        let logs = receipt.logs.iter().map(|log| LogFile {
            address: log.address,
            topics: log.topics().to_vec(),
            data: log.data.data.clone(),
        });
        Self {
            succeeded: receipt.succeeded,
            gas_used: receipt.gas_used,
            gas_used_for_l1: receipt.gas_used_for_l1,
            cumulative_gas_used: receipt.cumulative_gas_used,
            contract_address: receipt.contract_address,
            effective_gas_price: u64::try_from(receipt.effective_gas_price).unwrap_or(u64::MAX),
            logs: logs.collect(),
        }
    }
}

impl From<ReceiptFile> for Receipt {
    fn from(file: ReceiptFile) -> Self {
        let logs =
            file.logs.into_iter().map(|log| Log::new_unchecked(log.address, log.topics, log.data));
        let logs: Vec<_> = logs.collect();
        let mut bloom = Bloom::ZERO;
        logs.iter().for_each(|log| bloom.accrue_log(log));
        Self {
            succeeded: file.succeeded,
            gas_used: file.gas_used,
            gas_used_for_l1: file.gas_used_for_l1,
            cumulative_gas_used: file.cumulative_gas_used,
            contract_address: file.contract_address,
            effective_gas_price: file.effective_gas_price.into(),
            logs,
            bloom,
        }
    }
}

/// A number as any program may have written it.
fn lenient<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    LenientNumber::deserialize(deserializer).map(|number| number.0.saturating_to())
}

fn hexadecimal<S: serde::Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    Hex::from(*number).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_of_anvil_is_read_for_its_accounts() {
        let json = br#"{
            "block": { "number": "0x5", "timestamp": "0x64", "coinbase": "0x00" },
            "accounts": { "0x0000000000000000000000000000000000000001": {
                "nonce": 7, "balance": "0x10", "code": "0x6001", "storage": { "0x1": "0x2" } } },
            "best_block_number": "0x5", "blocks": [{}], "transactions": [{}] }"#;

        let dump = unpack(json).unwrap();

        assert_eq!((dump.time, dump.blocks.len()), (100, 0));
        let account = &dump.accounts[0];
        assert_eq!((account.nonce, account.balance), (7, U256::from(16)));
        assert_eq!(account.storage, [(U256::from(1), U256::from(2))]);
    }

    #[test]
    fn accounts_alone_are_a_dump() {
        let json = br#"{ "accounts": { "0x0000000000000000000000000000000000000001": {
            "nonce": 7, "balance": "0x10" } } }"#;

        assert_eq!(unpack(json).unwrap().accounts[0].nonce, 7);
    }

    #[test]
    fn what_is_no_dump_is_refused() {
        for bytes in [&b""[..], b"{}", b"\x1f\x8b\x00", b"[]", b"{\"block\":{}}"] {
            assert!(unpack(bytes).is_err(), "{bytes:?}");
        }
    }
}
