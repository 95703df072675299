//! The hash chains of sections and of access, identities of records and keys
//! (crypto.md sections 3, 5.2, 9.1 and 9.3).

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, b256, keccak256};
use chartkey_abi::{T_ACL_GENESIS, T_ACL_LINK};

use crate::word::u32_at;

/// `keccak256("ehr1/record-id")`.
pub(crate) const T_RECORD_ID: B256 =
    b256!("20f2bee4aa317b30b3771e17e3340d7dbdcd9af57511156d43170842643721c3");
/// `keccak256("ehr1/section-genesis")`.
pub(crate) const T_GENESIS: B256 =
    b256!("c9fa85f4c93ce28f4d78c0f54d43cdf5e84cce78aceb584f97a97da9a84d4733");
/// `keccak256("ehr1/section-link")`.
pub(crate) const T_LINK: B256 =
    b256!("7f8a3fae8812f81163be7e96dd7c26e9ff8f89ea51a9f243c952718d25a8b76e");
/// `keccak256("ehr1/key-id")`.
pub(crate) const T_KEY_ID: B256 =
    b256!("9f83ecf88f06fd2c6b56afaf2bf60b7c6b496cf25771a748ec9c140e0c3601eb");

/// Bytes of a head: a Keccak-256 digest cut off so that head and number share one slot.
const HEAD: usize = 28;
/// The one cipher suite of format `ehr1`.
const SUITE: u8 = 1;

/// Where a contract stands: the part of a record's context that does not change in a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) chain_id: u64,
    pub(crate) contract: Address,
}

/// What a link says besides the blob; all of it is authenticated by the chain itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) kind: u8,
    pub(crate) index: u16,
    pub(crate) author: Address,
    pub(crate) time: u64,
}

impl Link {
    /// `u8 kind || u16 index || u64 time`, right-aligned in a word, as the event carries it.
    pub(crate) fn word(&self) -> B256 {
        let mut word = B256::ZERO;
        word[21] = self.kind;
        word[22..24].copy_from_slice(&self.index.to_be_bytes());
        word[24..].copy_from_slice(&self.time.to_be_bytes());
        word
    }
}

/// `tag || u64 chain id || contract || rest`, hashed.
#[inline(never)]
fn hash_at(tag: B256, place: Place, rest: &[&[u8]]) -> B256 {
    let mut preimage = Vec::with_capacity(128);
    preimage.extend_from_slice(tag.as_slice());
    preimage.extend_from_slice(&place.chain_id.to_be_bytes());
    preimage.extend_from_slice(place.contract.as_slice());
    for part in rest {
        preimage.extend_from_slice(part);
    }
    keccak256(preimage)
}

/// Identity of the record that `creator` makes with `nonce` at `place`.
pub(crate) fn record_id(place: Place, creator: Address, nonce: B256) -> B256 {
    hash_at(T_RECORD_ID, place, &[creator.as_slice(), nonce.as_slice()])
}

/// The registry word of an identity key: `key_id(28) || u32 version`.
pub(crate) fn key_word(place: Place, account: Address, version: u32, public_key: &[u8]) -> B256 {
    let version_bytes = version.to_be_bytes();
    let rest: [&[u8]; 4] = [account.as_slice(), &[SUITE], &version_bytes, public_key];
    numbered(hash_at(T_KEY_ID, place, &rest), version)
}

/// State word of a section before its first link: the genesis head and number 0.
pub(crate) fn genesis(place: Place, record: B256, handle: u16) -> B256 {
    numbered(hash_at(T_GENESIS, place, &[record.as_slice(), &handle.to_be_bytes()]), 0)
}

/// Access word of a record before its first link.
pub(crate) fn access_genesis(place: Place, record: B256) -> B256 {
    numbered(hash_at(T_ACL_GENESIS, place, &[record.as_slice()]), 0)
}

/// State word after a blob with hash `leaf` was appended to `state`.
///
/// # Panics
///
/// After 2^32 - 1 links, which no section reaches: it would take 230 million blocks of entries.
pub(crate) fn append(state: B256, link: Link, leaf: B256) -> B256 {
    let number = next_number(state);
    let mut preimage = [0; 127];
    preimage[..32].copy_from_slice(T_LINK.as_slice());
    preimage[32..60].copy_from_slice(&state[..HEAD]);
    preimage[60..64].copy_from_slice(&number.to_be_bytes());
    preimage[64..66].copy_from_slice(&link.index.to_be_bytes());
    preimage[66] = link.kind;
    preimage[67..87].copy_from_slice(link.author.as_slice());
    preimage[87..95].copy_from_slice(&link.time.to_be_bytes());
    preimage[95..].copy_from_slice(leaf.as_slice());
    numbered(keccak256(preimage), number)
}

/// Access word after one link with this body.
///
/// # Panics
///
/// After 2^32 - 1 links, as [`append`].
pub(crate) fn append_access(word: B256, actor: Address, time: u64, body: &[u8]) -> B256 {
    let number = next_number(word);
    let mut preimage = [0; 124];
    preimage[..32].copy_from_slice(T_ACL_LINK.as_slice());
    preimage[32..60].copy_from_slice(&word[..HEAD]);
    preimage[60..64].copy_from_slice(&number.to_be_bytes());
    preimage[64..84].copy_from_slice(actor.as_slice());
    preimage[84..92].copy_from_slice(&time.to_be_bytes());
    preimage[92..].copy_from_slice(keccak256(body).as_slice());
    numbered(keccak256(preimage), number)
}

/// Number of the link that comes after this word.
pub(crate) fn next_number(word: B256) -> u32 {
    u32_at(word, HEAD).checked_add(1).expect("a chain has fewer than 2^32 links")
}

fn numbered(digest: B256, number: u32) -> B256 {
    let mut word = digest;
    word[HEAD..].copy_from_slice(&number.to_be_bytes());
    word
}
