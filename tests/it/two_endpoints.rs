//! One endpoint can hide what is newest; two must agree.

use std::sync::atomic::Ordering;

use chartkey_abi::records_slot;
use chartkey_tests::{LyingNode, PATIENT, World};
use serde_json::Value;

#[test]
fn endpoints_that_agree_are_believed_without_a_warning() {
    let world = World::quick();
    world.create_record();
    let other = LyingNode::in_front_of(&world.node.url(), |_, _| ());
    let urls = ["--rpc-url", &world.node.url(), "--rpc-url", other.url(), "--json"];

    let run = world.as_patient(&[&["record", "verify"][..], &urls].concat()).succeeds();

    assert_eq!(run.envelope()["warnings"], Value::Array(vec![]));
}

#[test]
fn endpoints_that_disagree_are_named_with_the_section() {
    let world = World::quick();
    world.create_record();
    let patient = PATIENT.parse().expect("an address");
    let key = records_slot::of_account(records_slot::KEYS, patient).to_string();
    let liar = LyingNode::bending(&world.node.url(), move |question, reply| {
        let is_words = question["method"] == "eth_getStorageAt" && question["params"][1] != key;
        if let (true, Some(word)) = (is_words, reply["result"].as_str())
            && word.ends_with("01")
        {
            reply["result"] = format!("{}02", &word[..word.len() - 2]).into();
        }
    });
    let urls = ["--rpc-url", &world.node.url(), "--rpc-url", liar.url(), "--json"];

    let run = world.as_patient(&[&["record", "show"][..], &urls].concat()).ends_with(7);

    let error = run.envelope()["error"].clone();
    assert_eq!(error["code"], "EndpointDisagreement");
    assert!(error["data"]["what"].as_str().expect("text").starts_with("section "), "{error}");
}

#[test]
fn c03_an_endpoint_that_stays_behind_cannot_make_both_read_its_old_block() {
    let world = World::quick();
    world.create_record();
    let behind = LyingNode::remembering(&world.node.url());
    drop(world.as_patient(&["record", "show", "--rpc-url", behind.url()]).succeeds());
    behind.freeze();
    world.write("newer");

    for urls in [[behind.url(), &world.node.url()], [&world.node.url(), behind.url()]] {
        let args = ["record", "show", "--rpc-url", urls[0], "--rpc-url", urls[1], "--json"];
        let error = world.as_patient(&args).ends_with(7).envelope()["error"].clone();
        assert_eq!(error["code"], "EndpointDisagreement");
        let what = error["data"]["what"].as_str().expect("text");
        assert!(what.starts_with("the newest block"), "{what}");
    }
}

#[test]
fn an_endpoint_that_lags_for_a_moment_is_waited_for() {
    let world = World::quick();
    world.create_record();
    let asked = std::sync::atomic::AtomicU32::new(0);
    let lagging = LyingNode::in_front_of(&world.node.url(), move |method, result| {
        if method == "eth_blockNumber" && asked.fetch_add(1, Ordering::SeqCst) == 0 {
            *result = "0x1".into();
        }
    });
    let args = ["record", "show", "--rpc-url", lagging.url(), "--rpc-url", &world.node.url()];

    drop(world.as_patient(&args).succeeds());
}

#[test]
fn a_single_endpoint_is_told_on_standard_error_with_json_too() {
    let world = World::quick();
    world.create_record();

    for command in ["verify", "show"] {
        let run = world.as_patient(&["record", command, "--json"]).succeeds();
        drop(run.says("one endpoint"));
    }
    drop(world.as_patient(&["appointment", "list"]).succeeds().says("one endpoint"));
}

#[test]
fn three_endpoints_are_one_too_many() {
    let world = World::quick();
    let urls = ["--rpc-url", "http://127.0.0.1:1"].repeat(3);

    drop(world.as_patient(&[&["record", "verify"][..], &urls].concat()).ends_with(2));
}

#[test]
fn a_range_of_logs_that_is_refused_is_read_in_parts() {
    let world = World::quick();
    world.create_record();
    let narrow = LyingNode::narrow(&world.node.url(), 3);

    drop(world.as_patient(&["record", "verify", "--rpc-url", narrow.url()]).succeeds());
}
