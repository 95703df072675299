//! Identities on the node: registered, shown, compared, rotated, restored (crypto.md section 5).

mod commands;
mod library;
mod restore;
mod roots;
mod threats;

use alloy_primitives::{B256, hex};
use chartkey_abi::records_slot;
use chartkey_crypto::{Identity, Root, UnlockSignature};
use chartkey_tests::{Home, PATIENT, World};
use serde_json::{Value, json};

/// The password of every keystore in the tests.
const PASSWORD: &str = "correct horse battery staple";
/// The phrase of anvil's accounts; the patient is its first.
const JUNK: &str = "test test test test test test test test test test test junk";

/// `data` of a command of the patient that succeeds.
fn patient(world: &World, args: &[&str]) -> Value {
    let run = world.as_patient(&[args, &["--json"]].concat()).succeeds();
    run.envelope()["data"].clone()
}

/// `error` of a command of the patient that ends with `code`.
fn refused(world: &World, args: &[&str], code: i32) -> Value {
    let run = world.as_patient(&[args, &["--json"]].concat()).ends_with(code);
    run.envelope()["error"].clone()
}

/// One call of the node, by a client that is not ours.
fn ask(world: &World, method: &str, params: Value) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let request = client.post(world.node.url()).body(body.to_string());
        let request = request.header("content-type", "application/json");
        let text = request.send().await.expect("sent").text().await.expect("answered");
        serde_json::from_str::<Value>(&text).expect("JSON")["result"].clone()
    })
}

/// The word of an account's registered key.
fn word(world: &World, account: &str) -> B256 {
    let slot = records_slot::of_account(records_slot::KEYS, account.parse().expect("an address"));
    let word = ask(world, "eth_getStorageAt", json!([records(world), slot, "latest"]));
    serde_json::from_value(word).expect("a word")
}

/// Number of the newest block: a block per transaction.
fn blocks(world: &World) -> Value {
    ask(world, "eth_blockNumber", json!([]))
}

fn records(world: &World) -> &str {
    world.flags()[1]
}

pub(crate) fn identity(world: &World, account: &str, version: u32) -> Identity {
    let bytes = |text: &str| hex::FromHex::from_hex(text).expect("an address");
    let chain = ask(world, "eth_chainId", json!([]));
    let chain = chain.as_str().and_then(|hex| hex.strip_prefix("0x")).expect("hex").to_owned();
    Identity {
        chain_id: u64::from_str_radix(&chain, 16).expect("hex"),
        contract: bytes(records(world)),
        account: bytes(account),
        version,
    }
}

/// The word that a key registers whose signature of `text` the root is made of, computed here.
fn word_of(identity: &Identity, secret: &[u8; 32], text: &str) -> B256 {
    let signer = chartkey::signer::Signer::from_secret(&(*secret).into()).expect("a key");
    let [signature, _] = signer.sign_text_twice(text).expect("signed");
    let half = |at: usize| signature[at..at + 32].try_into().expect("65 bytes");
    let root = Root::derive(identity, &UnlockSignature::new(half(0), half(32)), None);
    let mut word = [0; 32];
    word[..28].copy_from_slice(&root.key_id(identity).0);
    word[28..].copy_from_slice(&identity.version.to_be_bytes());
    word.into()
}

/// The key in a keystore below a home.
fn opened(home: &Home, path: &str) -> [u8; 32] {
    let path = home.path().join("chartkey").join(path);
    *chartkey::keystore::open(&path, PASSWORD).expect("a keystore")
}

/// A home with a wallet for key slots beside the patient's own.
fn with_slot_wallet(world: &World) -> [&'static str; 4] {
    drop(world.patient.run(&["wallet", "new", "safe"]).succeeds());
    ["--slot-wallet", "safe", "--slot-domain", "records.example"]
}

#[test]
fn the_patient_of_the_tests_is_the_first_account_of_the_phrase() {
    let (secret, _) = chartkey::signer::keys_of_phrase(JUNK, 0).expect("a phrase");
    let address = chartkey::signer::address_of(&secret).expect("a key");
    assert_eq!(address.to_checksum(None), PATIENT);
}
