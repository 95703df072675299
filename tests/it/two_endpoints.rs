//! One endpoint can hide what is newest; two must agree.

use chartkey_tests::{LyingNode, World};
use serde_json::Value;

#[test]
fn endpoints_that_agree_are_believed_without_a_warning() {
    let world = World::new();
    world.create_record();
    let other = LyingNode::in_front_of(&world.node.url(), |_, _| ());
    let urls = ["--rpc-url", &world.node.url(), "--rpc-url", other.url(), "--json"];

    let run = world.as_patient(&[&["record", "verify"][..], &urls].concat()).succeeds();

    assert_eq!(run.envelope()["warnings"], Value::Array(vec![]));
}

#[test]
fn endpoints_that_disagree_are_named_with_the_section() {
    let world = World::new();
    world.create_record();
    let liar = LyingNode::in_front_of(&world.node.url(), |method, result| {
        if let ("eth_getStorageAt", Some(word)) = (method, result.as_str())
            && word.ends_with("01")
        {
            *result = format!("{}02", &word[..word.len() - 2]).into();
        }
    });
    let urls = ["--rpc-url", &world.node.url(), "--rpc-url", liar.url(), "--json"];

    let run = world.as_patient(&[&["record", "show"][..], &urls].concat()).ends_with(7);

    let error = run.envelope()["error"].clone();
    assert_eq!(error["code"], "EndpointDisagreement");
    assert!(error["data"]["what"].as_str().expect("text").starts_with("section "), "{error}");
}

#[test]
fn a_single_endpoint_is_told_on_standard_error_with_json_too() {
    let world = World::new();
    world.create_record();

    for command in ["verify", "show"] {
        let run = world.as_patient(&["record", command, "--json"]).succeeds();
        drop(run.says("one endpoint"));
    }
    drop(world.as_patient(&["appointment", "list"]).succeeds().says("one endpoint"));
}

#[test]
fn three_endpoints_are_one_too_many() {
    let world = World::new();
    let urls = ["--rpc-url", "http://127.0.0.1:1"].repeat(3);

    drop(world.as_patient(&[&["record", "verify"][..], &urls].concat()).ends_with(2));
}

#[test]
fn a_range_of_logs_that_is_refused_is_read_in_parts() {
    let world = World::new();
    world.create_record();
    let narrow = LyingNode::narrow(&world.node.url(), 3);

    drop(world.as_patient(&["record", "verify", "--rpc-url", narrow.url()]).succeeds());
}
