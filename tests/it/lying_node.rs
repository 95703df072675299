//! A server that lies is caught, and the entry is named.

use alloy_primitives::hex;
use chartkey_tests::{LyingNode, World};
use serde_json::Value;

/// A patient's record with three entries in its medical history.
fn world() -> World {
    let world = World::new();
    world.create_record();
    for number in 1..=3 {
        let body = format!(r#"{{"resourceType":"Condition","code":{{"text":"{number}"}}}}"#);
        let file = world.patient.file("condition.json", body.as_bytes());
        drop(world.as_patient(&["record", "update-history", &file]).succeeds());
    }
    world
}

/// Changes one byte of the `index`-th log, and returns what `record verify` says.
fn verify_with(world: &World, lie: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> Value {
    let liar = LyingNode::in_front_of(&world.node.url(), move |method, result| {
        if let ("eth_getLogs", Value::Array(logs)) = (method, result) {
            lie(logs);
        }
    });
    let args = ["record", "verify", "--json", "--rpc-url", liar.url()];
    world.as_patient(&args).ends_with(7).envelope()["error"].clone()
}

fn flip(log: &mut Value, byte: usize) {
    let mut data = hex::decode(log["data"].as_str().expect("data")).expect("hex");
    data[byte] ^= 1;
    log["data"] = hex::encode_prefixed(data).into();
}

#[test]
fn an_honest_middleman_changes_nothing() {
    let world = world();
    let middleman = LyingNode::in_front_of(&world.node.url(), |_, _| ());

    drop(world.as_patient(&["record", "verify", "--rpc-url", middleman.url()]).succeeds());
}

#[test]
fn a_changed_byte_anywhere_in_a_log_names_the_entry() {
    let world = world();
    // Logs 0 and 1 open the sections; 2, 3 and 4 are entries 2, 3 and 4 of the history.
    for (index, entry) in [(2, "2"), (3, "3"), (4, "4")] {
        // State word, link word, offset, length, ciphertext, padding.
        for byte in [3, 45, 63, 95, 127, 200, 712, 720] {
            let error = verify_with(&world, move |logs| flip(&mut logs[index], byte));
            // What does not decode is left out, and then missing.
            let code = error["code"].as_str().expect("a code");
            assert!(matches!(code, "Altered" | "Missing"), "log {index}, byte {byte}: {error}");
            let named = error["data"]["entry"].as_str().expect("an entry");
            assert_eq!(named, entry, "log {index}, byte {byte}: {error}");
            assert!(error["message"].as_str().expect("text").contains("medical history"));
        }
    }
}

#[test]
fn an_entry_under_another_number_appears_twice() {
    let world = world();

    // The last byte of the state word is the number: entry 3 becomes a second entry 2.
    let error = verify_with(&world, |logs| flip(&mut logs[3], 31));

    assert_eq!(
        (error["code"].as_str(), error["data"]["entry"].as_str()),
        (Some("Duplicate"), Some("2"))
    );
}

#[test]
fn a_withheld_entry_is_missing() {
    let world = world();

    let error = verify_with(&world, |logs| drop(logs.remove(3)));

    assert_eq!(
        (error["code"].as_str(), error["data"]["entry"].as_str()),
        (Some("Missing"), Some("3"))
    );
}

#[test]
fn a_changed_author_is_altered() {
    let world = world();

    let error = verify_with(&world, |logs| {
        logs[4]["topics"][3] =
            format!("0x{:0>64}", "70997970c51812dc3a010c7d01b50e0d17dc79c8").into();
    });

    assert_eq!(error["data"]["entry"], "4");
}
