//! C03, C04, C19: another history than the one that was seen, and state that is not the newest.

use chartkey_tests::{LyingNode, World};
use serde_json::{Value, json};

fn world() -> World {
    let world = World::quick();
    world.create_record();
    world.write("first");
    world
}

fn snapshot(world: &World) -> Value {
    world.rpc("evm_snapshot", &json!([]))
}

fn revert(world: &World, to: Value) {
    assert_eq!(world.rpc("evm_revert", &json!([to])), true);
}

fn error(world: &World, args: &[&str]) -> Value {
    world.as_patient(&[args, &["--json"]].concat()).ends_with(7).envelope()["error"].clone()
}

#[test]
fn c03_a_chain_that_was_rolled_back_is_refused_by_the_checkpoint() {
    let world = world();
    let before = snapshot(&world);
    world.write("second");
    drop(world.as_patient(&["record", "show"]).succeeds());

    revert(&world, before);

    let refused = error(&world, &["record", "show"]);
    assert_eq!((&refused["code"], &refused["data"]["entry"]), (&"Rollback".into(), &"3".into()));
    let message = refused["message"].as_str().expect("text");
    assert!(message.contains("medical history"), "{message}");
    let home = world.fresh_patient();
    drop(world.as_patient_of(&home, &["record", "show"]).succeeds());
}

#[test]
fn c03_a_record_that_is_gone_was_rolled_back_and_is_not_just_unknown() {
    let world = World::quick();
    let before = snapshot(&world);
    world.create_record();
    drop(world.as_patient(&["record", "show"]).succeeds());

    revert(&world, before);

    assert_eq!(error(&world, &["record", "show"])["code"], "Rollback");
}

#[test]
fn c03_another_entry_in_the_place_of_one_that_was_seen_is_a_fork() {
    let world = world();
    let before = snapshot(&world);
    world.write("second");
    drop(world.as_patient(&["record", "show"]).succeeds());

    revert(&world, before);
    let home = world.fresh_patient();
    let file = home.file("other.txt", b"another second");
    let other = ["record", "update-history", &file, "--text"];
    drop(world.as_patient_of(&home, &other).succeeds());

    let refused = error(&world, &["record", "show"]);
    assert_eq!((&refused["code"], &refused["data"]["entry"]), (&"Fork".into(), &"3".into()));
}

#[test]
fn c03_an_entry_made_up_with_valid_keys_is_caught_by_the_second_endpoint() {
    let world = world();
    let liar = LyingNode::remembering(&world.node.url());
    let before = snapshot(&world);
    world.write("made up");
    let home = world.fresh_patient();
    drop(world.as_patient_of(&home, &["record", "show", "--rpc-url", liar.url()]).succeeds());
    liar.freeze();
    revert(&world, before);

    // Alone it is believed, and the warning says what that is worth.
    let home = world.fresh_patient();
    let alone = ["record", "show", "--rpc-url", liar.url()];
    let alone = world.as_patient_of(&home, &alone).succeeds().says("one endpoint");
    assert!(alone.stdout.contains("made up"), "{}", alone.stdout);
    for urls in [[liar.url(), &world.node.url()], [&world.node.url(), liar.url()]] {
        let home = world.fresh_patient();
        let args = ["record", "show", "--rpc-url", urls[0], "--rpc-url", urls[1], "--json"];
        let refused = world.as_patient_of(&home, &args).ends_with(7).envelope();
        assert_eq!(refused["error"]["code"], "EndpointDisagreement", "{refused}");
    }
}

#[test]
fn c03_a_newest_block_that_is_too_old_is_stale() {
    let world = world();
    let liar = LyingNode::in_front_of(&world.node.url(), |method, result| {
        if method == "eth_getBlockByNumber" && result.is_object() {
            result["timestamp"] = "0x60000000".into();
        }
    });

    for (age, is_believed) in [("300", false), ("4000000000", true)] {
        let args = ["record", "show", "--rpc-url", liar.url(), "--max-age", age, "--json"];
        let run = world.as_patient(&args);
        assert_eq!(run.code, if is_believed { 0 } else { 5 }, "{}", run.stdout);
        let document = run.envelope();
        assert_eq!(document["error"]["code"] == "StaleChain", !is_believed, "{document}");
    }
}

#[test]
fn c03_endpoints_must_mean_the_same_block() {
    let world = world();
    let liar = LyingNode::in_front_of(&world.node.url(), |method, result| {
        if method == "eth_getBlockByNumber" && result.is_object() {
            result["hash"] = format!("0x{}", "ab".repeat(32)).into();
        }
    });
    let args = ["record", "show", "--rpc-url", &world.node.url(), "--rpc-url", liar.url()];

    let refused = error(&world, &args);

    assert_eq!(refused["code"], "EndpointDisagreement");
    assert!(refused["data"]["what"].as_str().expect("text").starts_with("block "), "{refused}");
}

/// The patient gives its medications new keys while an endpoint stays with what was before.
fn hidden_rotation() -> (World, LyingNode) {
    let world = world();
    let liar = LyingNode::remembering(&world.node.url());
    drop(world.as_patient(&["record", "show", "--rpc-url", liar.url()]).succeeds());
    liar.freeze();
    drop(world.as_patient(&["record", "rotate", "medications"]).succeeds());
    (world, liar)
}

#[test]
fn c04_a_write_below_a_hidden_rotation_is_refused_by_the_second_endpoint() {
    let (world, liar) = hidden_rotation();
    let file = world.patient.file("entry.txt", b"under old keys");
    let write = ["record", "update-medications", &file, "--text"];
    let urls = ["--rpc-url", liar.url(), "--rpc-url", &world.node.url(), "--json"];
    let home = world.fresh_patient();

    let run = world.as_patient_of(&home, &[&write[..], &urls].concat()).ends_with(7);

    assert_eq!(run.envelope()["error"]["code"], "EndpointDisagreement");
}

#[test]
fn c04_a_write_below_a_hidden_rotation_is_reverted_by_the_contract() {
    let (world, liar) = hidden_rotation();
    let file = world.patient.file("entry.txt", b"under old keys");
    let write = ["record", "update-medications", &file, "--text", "--json"];
    let home = world.fresh_patient();

    let run = world.as_patient_of(&home, &[&write[..], &["--rpc-url", liar.url()]].concat());

    let refused = run.ends_with(3).envelope()["error"].clone();
    assert_eq!(refused["data"]["name"], "StateMoved", "{refused}");
    let shown = world.as_patient(&["record", "show", "--section", "medications"]).succeeds();
    assert!(!shown.stdout.contains("under old keys"), "{}", shown.stdout);
}

#[test]
fn c19_old_checkpoints_still_verify_under_another_program_and_catch_a_forged_word() {
    let world = world();
    drop(world.as_patient(&["audit", "verify"]).succeeds());
    let records = world.flags()[1].to_owned();

    // What an upgrade key can do: put another program in the place of this one.
    drop(world.rpc("anvil_setCode", &json!([records, "0x60006000fd"])));
    drop(world.as_patient(&["audit", "verify"]).succeeds());

    // And then write any word.
    let shown = world.as_patient(&["audit", "verify", "--json"]).succeeds().envelope();
    let record = shown["data"]["record"].as_str().expect("an id").parse().expect("32 bytes");
    let sections = shown["data"]["sections"].as_array().expect("a list").clone();
    let history = sections.iter().find(|one| one["name"] == "medical history").expect("there");
    let handle = u16::try_from(history["handle"].as_u64().expect("a number")).expect("small");
    let slot = chartkey_abi::records_slot::state(record, handle);
    let forged = format!("0x{}00000002", "77".repeat(28));
    drop(world.rpc("anvil_setStorageAt", &json!([records, slot, forged])));
    let refused = error(&world, &["audit", "verify"]);
    assert_eq!((&refused["code"], &refused["data"]["entry"]), (&"Fork".into(), &"2".into()));
}
