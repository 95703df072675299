//! A new machine: an empty folder, a phrase, the chain.

use chartkey_tests::{Home, PATIENT, Run, World};

use super::{JUNK, blocks, word};

/// Runs a command of the account of the phrase in `home`.
fn by_phrase(world: &World, home: &Home, args: &[&str]) -> Run {
    let phrase = home.private_file("phrase", JUNK.as_bytes());
    let key = ["--mnemonic-file", &phrase, "--yes", "--json"];
    home.run(&[args, &key, &world.flags()[..]].concat())
}

/// Whether a home holds any keystore.
fn is_empty(home: &Home) -> bool {
    !home.path().join("chartkey/keystores").exists()
        && !home.path().join("chartkey/unlock").exists()
}

#[test]
fn the_phrase_and_the_chain_give_everything_back_on_an_empty_folder() {
    let world = World::new();
    let (old, new) = (Home::at(&world.node.url()), Home::at(&world.node.url()));
    let made = by_phrase(&world, &old, &["identity", "register"]).succeeds().envelope();
    let created = by_phrase(&world, &old, &["record", "create"]).succeeds().envelope();
    let before = blocks(&world);

    let restored = by_phrase(&world, &new, &["identity", "restore", "me"]).succeeds().envelope();

    let data = &restored["data"];
    assert_eq!((&data["account"], &data["by"]), (&PATIENT.into(), &"unlock key".into()));
    assert_eq!(data["fingerprint"], made["data"]["fingerprint"]);
    assert_eq!(data["records"], serde_json::json!([created["data"]["record"]]));
    assert_eq!(blocks(&world), before, "nothing was sent");
    let args = ["identity", "show", "--account", "me", "--json"];
    let shown = new.run(&[&args[..], &world.flags()].concat()).succeeds().envelope();
    assert_eq!(shown["data"]["isKeyHere"], true, "the keystores are enough from now on");
}

#[test]
fn c18_another_phrase_restores_nothing_writes_nothing_and_registers_nothing() {
    let world = World::new();
    let (old, new) = (Home::at(&world.node.url()), Home::at(&world.node.url()));
    drop(by_phrase(&world, &old, &["identity", "register"]).succeeds());
    // The right account key beside a wrong unlock key: that of another wallet.
    drop(world.patient.run(&["wallet", "new", "other"]).succeeds());
    let path = |name: &str| world.patient.path().join("chartkey").join(name).display().to_string();
    let (account, unlock) = (path("keystores/patient.json"), path("unlock/other.json"));
    let (before, registered) = (blocks(&world), word(&world, PATIENT));

    let args = ["identity", "restore", "me", "--keystore", &account, "--unlock-keystore", &unlock];
    let error = new.run(&[&args[..], &["--json", "--yes"], &world.flags()].concat()).ends_with(4);

    assert_eq!(error.envelope()["error"]["code"], "WrongUnlockKey");
    assert!(is_empty(&new), "a key that does not fit is not written");
    assert_eq!((blocks(&world), word(&world, PATIENT)), (before, registered));
}

#[test]
fn an_account_that_registered_nothing_is_not_restored() {
    let world = World::new();
    let new = Home::at(&world.node.url());

    let run = by_phrase(&world, &new, &["identity", "restore", "me"]).ends_with(8);

    assert!(run.envelope()["error"]["hint"].as_str().expect("text").contains("wallet import"));
    assert!(is_empty(&new));
}

#[test]
fn a_name_that_is_taken_is_not_replaced() {
    let world = World::new();
    drop(world.as_patient(&["identity", "register"]).succeeds());

    let phrase = world.patient.private_file("phrase", JUNK.as_bytes());
    let args = ["identity", "restore", "patient", "--mnemonic-file", &phrase];
    let run = world.patient.run(&[&args[..], &world.flags()].concat());

    drop(run.ends_with(2).says("never replaced"));
}
