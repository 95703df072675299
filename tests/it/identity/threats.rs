//! C17, C18 and C22 of crypto.md section 17.

use alloy_primitives::{B256, hex};
use chartkey_tests::{Home, LyingNode, PATIENT, World};
use ethers::signers::LocalWallet;
use serde_json::json;

use super::{ask, blocks, identity, opened, patient, records, refused, word, word_of};

/// The unlock message as crypto.md section 5.1 has it, written out here: no code of ours.
fn frozen(contract: &str, account: &str, chain: u64, version: u32) -> String {
    format!(
        "Health record master key\n\nSigning this message unlocks every health record of the \
         account below.\nSign it only inside the application you installed yourself.\nAnyone who \
         obtains the signature can read the records.\n\nAccount: {}\nChain: {chain}\nContract: \
         {}\nKey version: {version}",
        account.to_lowercase(),
        contract.to_lowercase(),
    )
}

#[test]
fn c17_what_is_signed_is_the_frozen_text_and_nothing_else() {
    let world = World::new();
    drop(patient(&world, &["identity", "register"]));
    let identity = identity(&world, PATIENT, 1);
    let unlock = opened(&world.patient, "unlock/patient.json");
    let text = frozen(records(&world), PATIENT, identity.chain_id, 1);

    assert_eq!(word(&world, PATIENT), word_of(&identity, &unlock, &text));

    drop(patient(&world, &["identity", "rotate"]));
    let text = frozen(records(&world), PATIENT, identity.chain_id, 2);
    let rotated = chartkey_crypto::Identity { version: 2, ..identity };
    assert_eq!(word(&world, PATIENT), word_of(&rotated, &unlock, &text));
}

#[test]
fn c17_the_account_key_unlocks_nothing_without_the_flag() {
    let world = World::new();
    let unlock = world.patient.path().join("chartkey/unlock/patient.json");
    let aside = world.patient.path().join("aside.json");
    std::fs::rename(&unlock, &aside).expect("ours");
    let before = blocks(&world);

    for command in [&["identity", "register"][..], &["record", "create"]] {
        assert_eq!(refused(&world, command, 4)["code"], "NoKey", "{command:?}");
    }
    assert_eq!((blocks(&world), word(&world, PATIENT)), (before, B256::ZERO));

    // With the flag it does, and says what that is worth; without it, it is no way back either.
    let weak = world.as_patient(&["identity", "register", "--unlock-with-account-key"]).succeeds();
    drop(weak.says("quantum computer"));
    std::fs::rename(&aside, &unlock).expect("ours");
    assert_eq!(patient(&world, &["identity", "show"])["isKeyHere"], false);
    let shown = patient(&world, &["identity", "show", "--unlock-with-account-key"]);
    assert_eq!(shown["by"], "account key");
}

#[test]
fn c18_a_wrong_unlock_key_is_named_and_nothing_is_registered() {
    let world = World::new();
    drop(patient(&world, &["identity", "register"]));
    drop(world.patient.run(&["wallet", "new", "other"]).succeeds());
    let other = world.patient.path().join("chartkey/unlock/other.json").display().to_string();
    let wrong = ["--unlock-keystore", &other];
    let (before, registered) = (blocks(&world), word(&world, PATIENT));

    for command in [&["identity", "rotate"][..], &["unlock"]] {
        let error = refused(&world, &[command, &wrong].concat(), 4);
        assert_eq!(error["code"], "WrongUnlockKey", "{command:?}");
        assert!(error["hint"].as_str().expect("a hint").contains("nothing was registered"));
    }
    assert_eq!(patient(&world, &[&["identity", "show"][..], &wrong].concat())["isKeyHere"], false);
    assert_eq!((blocks(&world), word(&world, PATIENT)), (before, registered));
}

/// All blocks with their transactions, and all logs, in lower case.
fn everything(world: &World) -> String {
    let newest = blocks(world);
    let newest = newest.as_str().and_then(|hex| hex.strip_prefix("0x")).expect("hex");
    let newest = u64::from_str_radix(newest, 16).expect("hex");
    let range = json!([{"fromBlock": "0x0", "toBlock": "latest"}]);
    let mut text = ask(world, "eth_getLogs", range).to_string();
    for number in 0..=newest {
        let block = json!([format!("{number:#x}"), true]);
        text.push_str(&ask(world, "eth_getBlockByNumber", block).to_string());
    }
    text.to_lowercase()
}

#[test]
fn c22_the_default_set_up_never_publishes_the_unlock_key() {
    let world = World::new();
    let node = LyingNode::in_front_of(&world.node.url(), |_, _| ());
    let home = Home::at(node.url());
    let made = home.json(&["wallet", "new", "me"]);
    let account = made["address"].as_str().expect("an address").to_owned();
    drop(world.as_patient(&["wallet", "send", &account, "1eth"]).succeeds());

    for command in [&["identity", "register"][..], &["record", "create"], &["identity", "rotate"]] {
        let run = home.run(&[command, &["--account", "me", "--yes"], &world.flags()].concat());
        drop(run.succeeds());
    }

    // The key that everything follows from is the unlock key, and not the account's.
    let (unlock, own) = (opened(&home, "unlock/me.json"), opened(&home, "keystores/me.json"));
    let identity = identity(&world, &account, 2);
    let text = frozen(records(&world), &account, identity.chain_id, 2);
    assert_eq!(word(&world, &account), word_of(&identity, &unlock, &text));
    assert_ne!(word(&world, &account), word_of(&identity, &own, &text));
    // Neither its address nor its public key went to the node or is on chain.
    let wallet = LocalWallet::from_bytes(&unlock).expect("a key");
    let point = wallet.signer().verifying_key().to_encoded_point(false);
    let secrets = [
        hex::encode(ethers::signers::Signer::address(&wallet)),
        hex::encode(point.x().expect("a point")),
        hex::encode(point.y().expect("a point")),
    ];
    let (chain, heard) = (everything(&world), node.heard());
    assert!(chain.contains(&account.to_lowercase()[2..]), "its transactions are there");
    assert!(heard.contains(&account.to_lowercase()[2..]), "the account is public: {account}");
    for secret in secrets {
        assert!(!heard.contains(&secret), "{secret} went to the node");
        assert!(!chain.contains(&secret), "{secret} is on chain");
    }
}
