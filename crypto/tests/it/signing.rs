//! Signatures, made with the signer that the command line uses: keys that follow from a phrase, and
//! what they sign (crypto.md sections 5.1, 8.7 and 13; vectors `unlock`, `ledger_rfc6979`).

use chartkey_crypto::*;
use ethers_core::types::{H160, H256, Signature};
use ethers_core::utils::{hash_message, keccak256};
use ethers_signers::coins_bip39::English;
use ethers_signers::{LocalWallet, MnemonicBuilder, Signer as _};
use serde_json::Value;

use crate::{all, array, bytes, identity, person, section, tamper};

pub(crate) fn wallet(phrase: &Value, path: &str) -> LocalWallet {
    MnemonicBuilder::<English>::default()
        .phrase(phrase.as_str().unwrap())
        .derivation_path(path)
        .unwrap()
        .build()
        .unwrap()
}

/// `r` and `s`.
pub(crate) fn parts(signature: &Signature) -> ([u8; 32], [u8; 32]) {
    let bytes = <[u8; 65]>::from(signature);
    (bytes[..32].try_into().unwrap(), bytes[32..64].try_into().unwrap())
}

#[test]
fn the_unlock_key_follows_from_the_phrase_and_signs_to_the_roots() {
    let all = all();
    let unlock = wallet(&all["mnemonic"], UNLOCK_PATH);
    assert_eq!(UNLOCK_PATH, all["unlock"]["derivation_path"].as_str().unwrap());
    assert_eq!(unlock.address(), H160(array(&all["unlock"]["address"])));
    assert_eq!(unlock.signer().to_bytes()[..], bytes(&all["unlock"]["private_key"]));
    // The vectors' patient; the others have phrases of the same kind.
    for name in ["patient", "clinician", "lab", "guardian"] {
        let person = person(&all, name);
        let account = wallet(&all["mnemonic"], person["derivation_path"].as_str().unwrap());
        assert_eq!(account.address(), H160(array(&person["account"])), "{name}");
        let identity = identity(&all, person);
        let text = unlock_message(&identity);
        assert_eq!(hash_message(&text), H256(array(&person["unlock_digest"])), "{name}");

        let signature = unlock.sign_hash(hash_message(&text)).unwrap();

        let (r, s) = parts(&signature);
        assert_eq!((r, s), (array(&person["r"]), array(&person["s"])), "{name}");
        let root = Root::derive(&identity, &UnlockSignature::new(r, s), None);
        assert_eq!(root.expose()[..], bytes(&person["root"]), "{name}");
    }
}

#[test]
fn the_signer_answers_bit_for_bit_as_a_ledger() {
    let all = all();
    for vector in all["ledger_rfc6979"].as_array().unwrap() {
        let wallet = wallet(&vector["mnemonic"], vector["path"].as_str().unwrap());
        let digest = match vector["message"].as_str() {
            Some(text) => hash_message(text),
            None => {
                let (domain, message) = (&vector["domain_hash"], &vector["struct_hash"]);
                H256(keccak256([&b"\x19\x01"[..], &bytes(domain), &bytes(message)].concat()))
            }
        };

        let signature = wallet.sign_hash(digest).unwrap();

        assert_eq!(parts(&signature), (array(&vector["r"]), array(&vector["s"])));
    }
}

#[test]
fn the_key_slot_is_opened_by_the_wallet_that_signs_its_text() {
    let all = all();
    let (vector, patient) = (&all["keyslot"], person(&all, "patient"));
    let identity = identity(&all, patient);
    let wallet = wallet(&all["mnemonic"], vector["signer_path"].as_str().unwrap());
    let text = keyslot_message(&identity, "records.example", &wallet.address().0).unwrap();
    assert_eq!(hash_message(&text), H256(array(&vector["digest"])));

    let (r, s) = parts(&wallet.sign_hash(hash_message(&text)).unwrap());

    assert_eq!((r, s), (array(&vector["r"]), array(&vector["s"])));
    let key = SlotKey::of_wallet(&identity, &UnlockSignature::new(r, s));
    let root = key.open(&identity, &bytes(&vector["blob"])).unwrap();
    assert_eq!(root.expose()[..], bytes(&patient["root"]));
}

#[test]
fn the_inner_signature_is_that_of_the_clinician_over_the_first_entry() {
    let all = all();
    let vector = &all["inner_signature"];
    let clinician = person(&all, "clinician");
    let frame = Frame::decode(&bytes(&all["section"]["entries"][0]["frame"])).unwrap();
    let signer = array(&clinician["account"]);
    let digest = frame.digest(&section(&all));
    assert_eq!(digest[..], bytes(&vector["digest"]));

    let wallet = wallet(&all["mnemonic"], clinician["derivation_path"].as_str().unwrap());
    let signature = <[u8; 65]>::from(&wallet.sign_hash(H256(digest)).unwrap());

    assert_eq!(signature[..], bytes(&vector["signature"]));
    let signed = frame.with_extension(InnerSignature { signer, signature }.to_extension());
    let read = Frame::decode(&signed.encode().unwrap()).unwrap();
    let inner = read.inner_signature().unwrap().expect("it was added");
    let recovered =
        Signature::try_from(&inner.signature[..]).unwrap().recover(H256(digest)).unwrap();
    assert_eq!(inner.require(recovered.0), Ok(()));
    assert_eq!(inner.require([1; 20]), Err(Error::WrongSigner));
    let twice = read.with_extension(inner.to_extension());
    assert_eq!(twice.inner_signature(), Err(Error::BadFrame("several inner signatures")));
}

#[test]
fn the_access_receipt_is_that_of_the_vectors() {
    let all = all();
    let vector = &all["access_receipt"];
    let state = tamper::logs(&all).last().unwrap().state;
    let clinician = person(&all, "clinician");
    let receipt = AccessReceipt {
        section: section(&all),
        from_seq: 1,
        to_seq: 6,
        state,
        read_at: 1_800_000_100,
        purpose: 1,
        reader: array(&clinician["account"]),
    };

    assert_eq!(receipt.digest()[..], bytes(&vector["digest"]));
    let wallet = wallet(&all["mnemonic"], clinician["derivation_path"].as_str().unwrap());
    let signature = <[u8; 65]>::from(&wallet.sign_hash(H256(receipt.digest())).unwrap());
    assert_eq!(signature[..], bytes(&vector["signature"]));
}
