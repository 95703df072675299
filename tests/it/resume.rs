//! Runs that end before they are done: nothing is lost, nothing is doubled.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use chartkey_tests::{LyingNode, PATIENT, Run, World};
use serde_json::{Value, json};

/// Takes transactions and never tells that they are mined.
pub(crate) fn silent(world: &World) -> LyingNode {
    LyingNode::in_front_of(&world.node.url(), |method, result| {
        if matches!(method, "eth_getTransactionReceipt" | "eth_sendRawTransactionSync") {
            *result = Value::Null;
        }
    })
}

/// Starts a command of the patient at `url`.
pub(crate) fn start(world: &World, url: &str, args: &[&str]) -> Child {
    let password = world.patient.path().join("password").display().to_string();
    let rest = ["--rpc-url", url, "--account", "patient", "--yes", "--password-file", &password];
    world.patient.start(&[args, &rest, &world.flags()[..]].concat(), &[])
}

/// The hash of the transaction number `count` that the command tells on standard error.
fn hash_of(child: &mut Child, count: usize) -> String {
    let lines = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
    let mut hashes = lines.filter_map(|line| {
        // More may follow, of one that an earlier run has sent.
        line.strip_prefix("transaction ")?.split(' ').next().map(str::to_owned)
    });
    hashes.nth(count - 1).expect("a transaction is told at once")
}

/// Ends the command as soon as the node has its first transaction, whose hash is told before.
pub(crate) fn kill_after_sending(world: &World, mut child: Child) -> String {
    let text = hash_of(&mut child, 1);
    let began = Instant::now();
    while world.rpc("eth_getTransactionReceipt", &json!([text])).is_null() {
        assert!(began.elapsed() < Duration::from_secs(60), "{text} is not sent");
        std::thread::yield_now();
    }
    child.kill().expect("it runs");
    drop(child.wait());
    text
}

fn send_signal(child: &Child, signal: &str) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(status.expect("kill is there").success());
}

fn condition(world: &World, text: &str) -> String {
    let body = format!(r#"{{"resourceType":"Condition","code":{{"text":"{text}"}}}}"#);
    world.patient.file("condition.json", body.as_bytes())
}

fn history(world: &World) -> Vec<Value> {
    let shown = ["record", "show", "--section", "medical-history", "--json"];
    let run = world.as_patient(&shown).succeeds();
    run.envelope()["data"]["sections"][0]["entries"].as_array().expect("entries").clone()
}

#[test]
fn a_signal_after_sending_names_the_transaction() {
    let world = World::new();
    let silent = silent(&world);
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let args = ["wallet", "send", PATIENT, "1gwei", "--json", "--timeout", "100"];
        let mut child = start(&world, silent.url(), &args);
        let hash = hash_of(&mut child, 1);

        send_signal(&child, signal);

        let error = Run::of(&args, child).ends_with(code).envelope()["error"].clone();
        assert_eq!((&error["code"], &error["data"]["tx"]), (&"Interrupted".into(), &hash.into()));
        assert!(error["hint"].as_str().expect("a hint").starts_with("chartkey tx wait 0x"));
    }
}

#[test]
fn a_run_that_was_killed_after_sending_is_found_and_not_repeated() {
    let world = World::new();
    world.create_record();
    let file = condition(&world, "Once");
    let silent = silent(&world);
    let child = start(&world, silent.url(), &["record", "update-history", &file]);
    let hash = kill_after_sending(&world, child);

    let again = world.as_patient(&["record", "update-history", &file, "--json"]).succeeds();
    let third = world.as_patient(&["record", "update-history", &file, "--json"]).succeeds();

    assert_eq!(again.envelope()["data"]["tx"], hash.as_str(), "{}", again.stderr);
    assert_ne!(
        third.envelope()["data"]["tx"],
        again.envelope()["data"]["tx"],
        "said twice on purpose"
    );
    assert_eq!(history(&world).len(), 2);
}

#[test]
fn a_payment_that_was_killed_after_sending_is_found_and_not_repeated() {
    let world = World::new();
    let stay = world.quote();
    let silent = silent(&world);
    let child = start(&world, silent.url(), &["appointment", "pay", &stay]);
    let hash = kill_after_sending(&world, child);

    let again = world.as_patient(&["appointment", "pay", &stay, "--json"]).succeeds();

    assert_eq!(again.envelope()["data"]["tx"], hash.as_str(), "{}", again.stderr);
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_was() {
    let world = World::new();
    world.create_record();
    let bundle = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/fhir/synthea-chronic.json");
    let mut child = start(&world, &world.node.url(), &["fhir", "import", bundle]);
    drop(hash_of(&mut child, 3));
    child.kill().expect("it runs");
    drop(child.wait());

    let second = world.as_patient(&["fhir", "import", bundle, "--json"]).succeeds();
    let third = world.as_patient(&["fhir", "import", bundle, "--json"]).succeeds();

    let data = second.envelope()["data"].clone();
    let [new, unchanged] = ["new", "unchanged"].map(|name| data[name].as_u64().expect("a count"));
    assert_eq!(new + unchanged, 211, "{data}");
    assert_eq!(third.envelope()["data"]["unchanged"], 211);
}

#[test]
fn two_runs_at_once_lose_nothing_and_double_nothing() {
    let world = World::new();
    world.create_record();
    let lines: String = (1..=20)
        .map(|id| format!("{{\"resourceType\":\"Observation\",\"id\":\"o{id}\",\"subject\":{{\"reference\":\"Patient/p\"}}}}\n"))
        .collect();
    let file = world.patient.file("observations.ndjson", lines.as_bytes());
    let args = ["fhir", "import", &file, "--json"];

    let children = [(); 2].map(|()| start(&world, &world.node.url(), &args));
    let runs = children.map(|child| Run::of(&args, child).succeeds());

    let count = |name: &str| -> u64 {
        runs.iter().map(|run| run.envelope()["data"][name].as_u64().expect("a count")).sum()
    };
    assert_eq!((count("new"), count("unchanged")), (20, 20));
    drop(world.as_patient(&["record", "verify"]).succeeds());
}

#[test]
fn what_the_node_never_saw_is_forgotten() {
    let world = World::new();
    let folder = world.patient.path().join("chartkey/outstanding");
    std::fs::create_dir_all(&folder).expect("ours");
    let note = format!(
        r#"{{"tx":"0x{hash}","chainId":412346,"from":"{PATIENT}","nonce":0,"to":"{PATIENT}",
            "valueWei":"0x3b9aca00","dataHash":"0x{hash}"}}"#,
        hash = "ab".repeat(32)
    );
    std::fs::write(folder.join("note.json"), note).expect("ours");

    drop(world.as_patient(&["wallet", "send", PATIENT, "1gwei"]).succeeds());
}

#[test]
fn a_declined_creation_leaves_no_record_behind() {
    let world = World::new();
    let args = ["record", "create", "--account", "patient"];
    drop(world.patient.run(&[&args[..], &world.flags()[..]].concat()).ends_with(2));

    drop(world.as_patient(&["record", "show"]).ends_with(8));
    world.create_record();
    drop(world.as_patient(&["record", "show"]).succeeds());
}

#[test]
fn a_registration_and_a_rotation_that_were_killed_are_found_and_not_repeated() {
    let world = World::new();
    let node = silent(&world);
    let newest = |world: &World| world.as_patient(&["identity", "show", "--json"]).succeeds();

    for (command, version) in [("register", 1), ("rotate", 2)] {
        let child = start(&world, node.url(), &["identity", command]);
        let hash = kill_after_sending(&world, child);

        let again = world.as_patient(&["identity", command, "--json"]).succeeds().envelope();

        assert_eq!(
            (&again["data"]["tx"], &again["data"]["version"]),
            (&hash.into(), &version.into())
        );
        assert_eq!(newest(&world).envelope()["data"]["version"], version);
    }
    let refused = world.as_patient(&["identity", "register", "--json"]).ends_with(3);
    assert_eq!(refused.envelope()["error"]["data"]["name"], "KeyVersion");
}
