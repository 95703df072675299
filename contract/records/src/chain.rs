//! The hash chain of a section (crypto.md sections 3 and 9.1).

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, b256, keccak256};

/// `keccak256("ehr1/record-id")`.
pub(crate) const T_RECORD_ID: B256 =
    b256!("20f2bee4aa317b30b3771e17e3340d7dbdcd9af57511156d43170842643721c3");
/// `keccak256("ehr1/section-genesis")`.
pub(crate) const T_GENESIS: B256 =
    b256!("c9fa85f4c93ce28f4d78c0f54d43cdf5e84cce78aceb584f97a97da9a84d4733");
/// `keccak256("ehr1/section-link")`.
pub(crate) const T_LINK: B256 =
    b256!("7f8a3fae8812f81163be7e96dd7c26e9ff8f89ea51a9f243c952718d25a8b76e");

/// Bytes of a head: a Keccak-256 digest cut off so that head and number share one slot.
const HEAD: usize = 28;

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

/// Identity of the record that `creator` makes with `nonce` at `place`.
pub(crate) fn record_id(place: Place, creator: Address, nonce: B256) -> B256 {
    let mut preimage = Vec::with_capacity(32 + 8 + 20 + 20 + 32);
    preimage.extend_from_slice(T_RECORD_ID.as_slice());
    preimage.extend_from_slice(&place.chain_id.to_be_bytes());
    preimage.extend_from_slice(place.contract.as_slice());
    preimage.extend_from_slice(creator.as_slice());
    preimage.extend_from_slice(nonce.as_slice());
    keccak256(preimage)
}

/// State word of a section before its first link: the genesis head and number 0.
pub(crate) fn genesis(place: Place, record: B256, handle: u16) -> B256 {
    let mut preimage = Vec::with_capacity(32 + 60 + 2);
    preimage.extend_from_slice(T_GENESIS.as_slice());
    preimage.extend_from_slice(&place.chain_id.to_be_bytes());
    preimage.extend_from_slice(place.contract.as_slice());
    preimage.extend_from_slice(record.as_slice());
    preimage.extend_from_slice(&handle.to_be_bytes());
    word(keccak256(preimage), 0)
}

/// State word after `blob` was appended to `state`.
///
/// # Panics
///
/// After 2^32 - 1 links, which no section reaches: it would take 230 million blocks of entries.
pub(crate) fn append(state: B256, link: Link, blob: &[u8]) -> B256 {
    let number = number(state).checked_add(1).expect("a section has fewer than 2^32 links");
    let mut preimage = [0; 127];
    preimage[..32].copy_from_slice(T_LINK.as_slice());
    preimage[32..60].copy_from_slice(&state[..HEAD]);
    preimage[60..64].copy_from_slice(&number.to_be_bytes());
    preimage[64..66].copy_from_slice(&link.index.to_be_bytes());
    preimage[66] = link.kind;
    preimage[67..87].copy_from_slice(link.author.as_slice());
    preimage[87..95].copy_from_slice(&link.time.to_be_bytes());
    preimage[95..].copy_from_slice(keccak256(blob).as_slice());
    word(keccak256(preimage), number)
}

/// Number of links so far.
fn number(state: B256) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&state[HEAD..]);
    u32::from_be_bytes(bytes)
}

fn word(digest: B256, number: u32) -> B256 {
    let mut word = digest;
    word[HEAD..].copy_from_slice(&number.to_be_bytes());
    word
}
