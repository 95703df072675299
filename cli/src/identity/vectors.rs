//! The patient of the specification's vectors, for the tests of this module.

use chartkey_crypto::{Identity, KeyId, Root};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::signer::Signer;

/// What the vectors say about the patient.
pub(super) struct Patient {
    pub(super) identity: Identity,
    pub(super) root: Root,
    pub(super) key_id: KeyId,
    pub(super) public_key: Vec<u8>,
    /// The key slot of [`slot_wallet`].
    pub(super) slot: Vec<u8>,
}

fn all() -> Value {
    let text = include_str!("../../../crypto/tests/vectors/crypto.json");
    serde_json::from_str(text).expect("the file is JSON")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("a hex string")).expect("hex")
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().expect("the length that the field has")
}

pub(super) fn patient() -> Patient {
    let all = all();
    let vector = &all["identities"][0];
    let identity = Identity {
        chain_id: all["chain_id"].as_u64().expect("a number"),
        contract: array(&all["contract"]),
        account: array(&vector["account"]),
        version: 1,
    };
    Patient {
        identity,
        root: Root::from_bytes(array(&vector["root"])),
        key_id: KeyId(array(&vector["key_id"])),
        public_key: bytes(&vector["public_key"]),
        slot: bytes(&all["keyslot"]["blob"]),
    }
}

pub(super) fn unlock_key() -> Signer {
    signer(&all()["unlock"]["private_key"])
}

pub(super) fn account_key() -> Signer {
    signer(&all()["identities"][0]["private_key"])
}

/// Account 9 of the vectors' phrase.
pub(super) fn slot_wallet() -> Signer {
    let phrase = all()["mnemonic"].as_str().expect("a phrase").to_owned();
    let (secret, _) = crate::signer::keys_of_phrase(&phrase, 9).expect("a phrase");
    Signer::from_secret(&secret).expect("a key")
}

fn signer(secret: &Value) -> Signer {
    Signer::from_secret(&Zeroizing::new(array(secret))).expect("a key")
}
