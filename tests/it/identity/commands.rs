//! What the commands show and put on chain.

use alloy_primitives::B256;
use chartkey_tests::{LyingNode, PATIENT, World};

use super::{blocks, patient, refused, word};

#[test]
fn a_registered_key_is_on_chain_and_shown_with_its_words() {
    let world = World::new();

    let made = patient(&world, &["identity", "register"]);
    let shown = patient(&world, &["identity", "show"]);

    let word = word(&world, PATIENT);
    assert_eq!(made["keyId"], alloy_primitives::hex::encode_prefixed(&word[..28]));
    assert_eq!((&made["version"], word[31]), (&1.into(), 1));
    for field in ["account", "keyId", "version", "fingerprint"] {
        assert_eq!(shown[field], made[field], "{field}");
    }
    assert_eq!((&shown["isKeyHere"], &shown["by"]), (&true.into(), &"unlock key".into()));
    assert_eq!(shown["keySlots"].as_array().map(Vec::len), Some(0));
    let other = world.as_clinic(&["identity", "show", PATIENT, "--json"]).succeeds().envelope();
    assert_eq!(other["data"]["fingerprint"], made["fingerprint"], "anybody can ask");
    assert!(other["data"]["isKeyHere"].is_null());
}

#[test]
fn a_second_registration_is_refused_and_says_how_to_rotate() {
    let world = World::new();
    drop(patient(&world, &["identity", "register"]));
    let before = blocks(&world);

    let error = refused(&world, &["identity", "register"], 3);

    assert_eq!(
        (&error["code"], &error["data"]["name"]),
        (&"Reverted".into(), &"KeyVersion".into())
    );
    assert!(error["hint"].as_str().expect("a hint").contains("identity rotate"), "{error}");
    assert_eq!(blocks(&world), before, "nothing was sent");
}

#[test]
fn a_rehearsal_registers_nothing_and_says_what_becomes_public() {
    let world = World::new();

    let rehearsed = patient(&world, &["identity", "register", "--dry-run"]);

    let step = &rehearsed["transactions"][0];
    assert!(step["public"].as_str().expect("text").contains("public half"), "{step}");
    assert_eq!(word(&world, PATIENT), B256::ZERO);
}

#[test]
fn words_are_compared_and_a_difference_ends_with_7() {
    let world = World::new();
    let words = patient(&world, &["identity", "register"])["fingerprint"].clone();
    let words = words.as_str().expect("words");
    let shown = world.as_clinic(&["identity", "fingerprint", PATIENT]).succeeds().stdout;
    let same = world.clinic.file("same", shown.as_bytes());
    let first = words.split(' ').next().expect("a word");
    let changed = words.replacen(first, if first == "zoo" { "zone" } else { "zoo" }, 1);
    let other = world.clinic.file("other", changed.as_bytes());
    let compare = |file: &str| {
        world.as_clinic(&["identity", "fingerprint", PATIENT, "--compare", file, "--json"])
    };

    let equal = compare(&same).succeeds().envelope();
    let error = compare(&other).ends_with(7).envelope()["error"].clone();

    assert_eq!(equal["data"]["isEqual"], true);
    assert_eq!(error["code"], "FingerprintMismatch");
    assert!(!error["message"].as_str().expect("text").contains(first), "no help for a forger");
}

#[test]
fn an_account_without_a_key_has_no_words() {
    let world = World::new();

    let error = refused(&world, &["identity", "fingerprint"], 8);

    assert_eq!(error["code"], "NotFound");
    assert!(patient(&world, &["identity", "show"])["keyId"].is_null());
    assert_eq!(refused(&world, &["identity", "rotate"], 8)["code"], "NotFound");
}

#[test]
fn endpoints_that_disagree_about_a_key_stop_everything_that_would_use_it() {
    let world = World::new();
    drop(patient(&world, &["identity", "register"]));
    let liar = LyingNode::in_front_of(&world.node.url(), |method, result| {
        if let ("eth_getStorageAt", Some(word)) = (method, result.as_str())
            && word.ends_with("01")
        {
            *result = format!("0x77{}", &word[4..]).into();
        }
    });
    let before = blocks(&world);
    let urls = ["--rpc-url", &world.node.url(), "--rpc-url", liar.url()];

    for command in
        [&["identity", "show"][..], &["identity", "fingerprint"], &["identity", "rotate"]]
    {
        let error = refused(&world, &[command, &urls].concat(), 7);
        assert_eq!(error["code"], "EndpointDisagreement", "{command:?}");
    }
    assert_eq!(blocks(&world), before, "nothing was sent");
}

#[test]
fn a_rotation_is_the_next_version_of_another_key() {
    let world = World::new();
    let first = patient(&world, &["identity", "register"]);

    let second = patient(&world, &["identity", "rotate"]);

    assert_eq!(second["version"], 2);
    assert_ne!(second["keyId"], first["keyId"]);
    assert_eq!(word(&world, PATIENT)[31], 2);
    assert_eq!(patient(&world, &["identity", "show"])["isKeyHere"], true);
    let told = world.as_patient(&["identity", "rotate"]).succeeds().stdout;
    for truth in ["stays readable", "record rotate", "deliver again"] {
        assert!(told.contains(truth), "{truth:?} in {told}");
    }
}
