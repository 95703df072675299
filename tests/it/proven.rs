//! Words with Merkle proofs: against a block that two endpoints agree on, or that the user names.

use chartkey_tests::{LyingNode, Run, World};
use serde_json::{Value, json};

fn world() -> World {
    let world = World::quick();
    world.create_record();
    world.write("first");
    world
}

fn newest(world: &World) -> Value {
    world.rpc("eth_getBlockByNumber", &json!(["latest", false]))
}

fn show(world: &World, more: &[&str]) -> Run {
    world.as_patient(&[&["record", "show", "--json"][..], more].concat())
}

fn code(run: Run, exit: i32) -> Value {
    run.ends_with(exit).envelope()["error"]["code"].clone()
}

#[test]
fn a_second_endpoint_that_only_knows_blocks_is_enough_with_proofs() {
    let world = world();
    let node = world.node.url();
    let light = LyingNode::bending(&node, |question, reply| {
        if matches!(question["method"].as_str(), Some("eth_getStorageAt" | "eth_getProof")) {
            let error = json!({"code": -32000, "message": "missing trie node"});
            *reply = json!({"jsonrpc": "2.0", "id": question["id"], "error": error});
        }
    });
    let urls = ["--rpc-url", &node, "--rpc-url", light.url()];

    assert_ne!(show(&world, &urls).code, 0, "without proofs it must tell the words too");
    let proven = show(&world, &[&urls[..], &["--prove"]].concat()).succeeds();

    assert!(proven.stdout.contains("first"), "{}", proven.stdout);
}

#[test]
fn a_block_that_the_user_names_makes_one_endpoint_enough() {
    let world = world();
    let block = newest(&world);
    let hash = block["hash"].as_str().expect("a hash");
    world.write("second");

    // The state of that block: what came later is not in it.
    let text = world.fresh_patient();
    let args = ["record", "show", "--block-hash", hash];
    let old = world.as_patient_of(&text, &args).succeeds().stdout;
    assert!(old.contains("first") && !old.contains("second"), "{old}");
    // A home that has seen more takes it for a rollback.
    drop(show(&world, &[]).succeeds());
    assert_eq!(code(show(&world, &["--block-hash", hash]), 7), "Rollback");
}

#[test]
fn a_word_that_is_not_proven_is_refused_whatever_the_endpoint_says() {
    let world = world();
    let block = newest(&world);
    let hash = block["hash"].as_str().expect("a hash").to_owned();
    let lies: [fn(&mut Value); 4] = [
        |proof| {
            let word = proof["storageProof"].as_array_mut().expect("slots");
            let word = word.iter_mut().find(|one| one["value"] != "0x0").expect("in use");
            word["value"] = "0x77".into();
        },
        // To say that a section was never used is a lie as well.
        |proof| {
            let word = proof["storageProof"].as_array_mut().expect("slots");
            let word = word.iter_mut().find(|one| one["value"] != "0x0").expect("in use");
            word["value"] = "0x0".into();
            word["proof"] = json!([]);
        },
        |proof| proof["storageHash"] = format!("0x{}", "11".repeat(32)).into(),
        |proof| drop(proof["storageProof"].as_array_mut().expect("slots").pop()),
    ];
    for lie in lies {
        let liar = LyingNode::in_front_of(&world.node.url(), move |method, result| {
            if method == "eth_getProof" {
                lie(result);
            }
        });
        let run = show(&world, &["--block-hash", &hash, "--rpc-url", liar.url()]);
        assert_eq!(code(run, 7), "BadProof");
    }
}

#[test]
fn a_header_that_does_not_hash_to_the_block_is_refused() {
    let world = world();
    let hash = newest(&world)["hash"].as_str().expect("a hash").to_owned();
    for (member, lie) in [("stateRoot", "22".repeat(32)), ("mixHash", "33".repeat(32))] {
        let liar = LyingNode::in_front_of(&world.node.url(), move |method, result| {
            if method.starts_with("eth_getBlockBy") && result.is_object() {
                result[member] = format!("0x{lie}").into();
            }
        });
        let one = show(&world, &["--block-hash", &hash, "--rpc-url", liar.url()]);
        assert_eq!(code(one, 7), "BadProof");
        let urls = ["--prove", "--rpc-url", liar.url(), "--rpc-url", &world.node.url()];
        assert_eq!(code(show(&world, &urls), 7), "EndpointDisagreement");
    }
}

#[test]
fn one_endpoint_cannot_prove_its_own_block() {
    let world = world();

    let run = show(&world, &["--prove"]);

    assert_eq!(code(run, 2), "Usage");
}
