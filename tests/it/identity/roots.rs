//! Roots that the unlock key alone does not give: passphrases and random bytes with key slots.

use alloy_primitives::B256;
use chartkey_tests::{LyingNode, PATIENT, World};
use serde_json::Value;

use super::{blocks, patient, refused, with_slot_wallet, word};

const PHRASE: [&str; 2] = ["--passphrase-command", "echo quiet otters"];

#[test]
fn a_passphrase_is_needed_beside_the_unlock_key() {
    let world = World::new();
    let register = [&["identity", "register", "--passphrase"][..], &PHRASE].concat();
    drop(patient(&world, &register));

    let with = patient(&world, &[&["identity", "show"][..], &PHRASE].concat());
    let without = patient(&world, &["identity", "show"]);
    let wrong = ["--passphrase-command", "echo loud otters"];
    let other = patient(&world, &[&["identity", "show"][..], &wrong].concat());

    assert_eq!(with["by"], "unlock key and passphrase");
    assert_eq!((&without["isKeyHere"], &other["isKeyHere"]), (&false.into(), &false.into()));
    let error = refused(&world, &["identity", "rotate"], 4);
    assert_eq!(error["code"], "WrongUnlockKey", "a rotation repairs nothing");
}

#[test]
fn a_rotation_keeps_the_passphrase() {
    let world = World::new();
    drop(patient(&world, &[&["identity", "register", "--passphrase"][..], &PHRASE].concat()));

    drop(patient(&world, &[&["identity", "rotate"][..], &PHRASE].concat()));

    let shown = patient(&world, &[&["identity", "show"][..], &PHRASE].concat());
    assert_eq!((&shown["by"], &shown["version"]), (&"unlock key and passphrase".into(), &2.into()));
    assert_eq!(patient(&world, &["identity", "show"])["isKeyHere"], false);
}

#[test]
fn an_empty_passphrase_or_none_to_be_had_registers_nothing() {
    let world = World::new();
    let empty = ["identity", "register", "--passphrase", "--passphrase-command", "echo"];

    for args in [&empty[..], &["identity", "register", "--passphrase"]] {
        assert_eq!(refused(&world, args, 4)["code"], "NoKey");
    }
    assert_eq!(word(&world, PATIENT), B256::ZERO);
}

#[test]
fn a_random_root_is_given_back_by_its_slot_and_by_nothing_else() {
    let world = World::new();
    let slot = with_slot_wallet(&world);
    let made = patient(&world, &[&["identity", "register", "--random-root"][..], &slot].concat());
    assert!(made["slotTx"].is_string(), "{made}");

    let with = patient(&world, &[&["identity", "show"][..], &slot].concat());
    let without = patient(&world, &["identity", "show"]);
    let domain = ["--slot-wallet", "safe", "--slot-domain", "phish.example"];
    let elsewhere = patient(&world, &[&["identity", "show"][..], &domain].concat());

    assert_eq!((&with["by"], &with["keySlots"][0]["kind"]), (&"key slot".into(), &1.into()));
    assert_eq!((&without["isKeyHere"], &elsewhere["isKeyHere"]), (&false.into(), &false.into()));
    let error = refused(&world, &[&["identity", "rotate"][..], &slot].concat(), 2);
    assert!(error["hint"].as_str().expect("a hint").contains("--random-root"), "{error}");
    let rotate = [&["identity", "rotate", "--random-root"][..], &slot].concat();
    assert_eq!(patient(&world, &rotate)["version"], 2);
}

/// Between the two transactions of a registration a run may be killed.
#[test]
fn the_copy_of_a_slot_opens_where_the_chain_has_none() {
    let world = World::new();
    let slot = with_slot_wallet(&world);
    drop(patient(&world, &[&["identity", "register", "--random-root"][..], &slot].concat()));
    let no_logs = LyingNode::in_front_of(&world.node.url(), |method, result| {
        if method == "eth_getLogs" {
            *result = Value::Array(vec![]);
        }
    });
    let show = ["identity", "show", "--rpc-url", no_logs.url()];

    let shown = patient(&world, &[&show[..], &slot].concat());

    assert_eq!((&shown["by"], shown["keySlots"].as_array()), (&"key slot".into(), Some(&vec![])));
    let register = ["identity", "register", "--random-root", "--rpc-url", no_logs.url()];
    let refused = world.as_patient(&[&register[..], &slot].concat()).ends_with(3);
    drop(refused.says("identity slot add"));
    let again = patient(&world, &[&["identity", "slot", "add"][..], &slot].concat());
    assert_eq!(again["version"], 1);
    let shown = patient(&world, &[&["identity", "show"][..], &slot].concat());
    assert_eq!(shown["keySlots"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_slot_of_the_account_itself_needs_the_flag() {
    let world = World::new();
    let own = ["--slot-wallet", "patient", "--slot-domain", "records.example"];
    let register = [&["identity", "register", "--random-root"][..], &own].concat();
    let before = blocks(&world);

    let error = refused(&world, &register, 2);

    assert!(error["hint"].as_str().expect("text").contains("--unlock-with-account-key"), "{error}");
    assert_eq!(blocks(&world), before, "nothing was sent");
    let weak = [&register[..], &["--unlock-with-account-key"]].concat();
    drop(world.as_patient(&weak).succeeds().says("quantum computer"));
}

#[test]
fn a_random_root_without_a_slot_is_not_begun() {
    let world = World::new();

    drop(world.as_patient(&["identity", "register", "--random-root"]).ends_with(2));

    assert_eq!(word(&world, PATIENT), B256::ZERO);
}
