//! EIP-712 as the format uses it (crypto.md sections 8.7 and 13).

use alloc::vec::Vec;

use crate::Record;
use crate::derive::keccak;

/// A word of an encoded struct.
pub(crate) type Word = [u8; 32];

/// The domain `{name "ehr1", version "1", chainId, verifyingContract}`.
pub(crate) fn domain_separator(record: &Record) -> Word {
    const TYPE: &[u8] =
        b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
    keccak(&[
        &keccak(&[TYPE]),
        &keccak(&[b"ehr1"]),
        &keccak(&[b"1"]),
        &number(record.chain_id),
        &address(&record.contract),
    ])
}

/// The digest that a wallet signs.
pub(crate) fn digest(record: &Record, kind: &[u8], words: &[Word]) -> [u8; 32] {
    let kind = keccak(&[kind]);
    let mut parts: Vec<&[u8]> = Vec::with_capacity(words.len() + 1);
    parts.push(&kind);
    parts.extend(words.iter().map(|word| &word[..]));
    keccak(&[b"\x19\x01", &domain_separator(record), &keccak(&parts)])
}

/// An unsigned number of up to 64 bits.
pub(crate) fn number(value: impl Into<u64>) -> Word {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&value.into().to_be_bytes());
    word
}

/// An address.
pub(crate) fn address(account: &[u8; 20]) -> Word {
    let mut word = [0; 32];
    word[12..].copy_from_slice(account);
    word
}
