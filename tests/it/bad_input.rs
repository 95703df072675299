//! What goes wrong ends with a clear error and the documented exit code, and nothing half-done.

use chartkey_tests::{Home, LyingNode, PATIENT, World, wallet};
use serde_json::Value;

#[test]
fn keys_and_passwords() {
    let world = World::new();
    let wrong = world.patient.file("wrong", b"not the password");

    let args = ["record", "create", "--account", "patient", "--yes", "--password-file", &wrong];
    let url = world.node.url();
    let args = [&args[..], &["--rpc-url", &url], &world.flags()[..]].concat();

    drop(world.patient.run_raw(&args, b"").ends_with(4));
    drop(world.patient.run(&["record", "create", "--yes"]).ends_with(2));
}

#[test]
fn an_account_without_money_is_told_so() {
    let world = World::new();
    let poor = Home::at(&world.node.url());
    drop(poor.run(&["wallet", "new", "poor"]).succeeds());

    let args = ["record", "create", "--account", "poor", "--yes"];
    let run = poor.run(&[&args[..], &world.flags()[..]].concat()).ends_with(5);

    drop(run.says("send funds"));
}

#[test]
fn no_node_wrong_chain_no_contract() {
    let world = World::new();

    let down = world.as_patient(&["record", "create", "--rpc-url", "http://127.0.0.1:9"]);
    let args = ["record", "create", "--account", "patient", "--yes", "--records"];
    let empty =
        world.patient.run(&[&args[..], &["0x00000000000000000000000000000000deadbeef"]].concat());
    drop(down.ends_with(5).says("chartkey node"));
    drop(empty.ends_with(5).says("no contract"));

    let config = world.clinic.path().join("chartkey/config.toml");
    let text = std::fs::read_to_string(&config).expect("deploy saved it");
    std::fs::write(&config, text.replace("412346", "42161")).expect("writable");
    let wrong = world.clinic.run(&["payment", "withdraw", "--account", "clinic", "--yes"]);
    drop(wrong.ends_with(5).says("chain"));
}

#[test]
fn files_that_are_no_bundle_send_nothing() {
    let world = World::new();
    world.create_record();
    let head = world.node.head();
    let patient = |id: u8| format!(r#"{{"resource":{{"resourceType":"Patient","id":"p{id}"}}}}"#);
    let bundle = |entries: &str| {
        format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{entries}]}}"#)
    };
    let two = bundle(&format!("{},{}", patient(1), patient(2)));
    let whole = bundle(&patient(1));
    for (name, content) in [
        ("cut.json", &whole[..whole.len() / 2]),
        ("two.json", two.as_str()),
        ("none.json", bundle("").as_str()),
        ("empty.json", ""),
    ] {
        let file = world.patient.file(name, content.as_bytes());
        drop(world.as_patient(&["fhir", "import", &file]).ends_with(2));
    }
    assert_eq!(world.node.head(), head, "nothing was sent");
}

#[test]
fn stays_that_make_no_sense_are_refused_before_sending() {
    let world = World::new();
    let head = world.node.head();
    let quote = |admit, discharge, total| {
        let args = ["appointment", "quote", "--patient", PATIENT, "--room", "1"];
        let rest = ["--admit", admit, "--discharge", discharge, "--total", total];
        world.as_clinic(&[&args[..], &rest[..]].concat())
    };

    drop(quote("2026-12-03", "2026-12-01", "1eth").ends_with(2).says("not after"));
    drop(quote("2026-12-01", "2026-12-03", "0eth").ends_with(2).says("above zero"));
    drop(quote("2026-13-01", "2026-12-03", "1eth").ends_with(2));
    drop(quote("2026-12-01", "2026-12-03", "15").ends_with(2));
    assert_eq!(world.node.head(), head, "nothing was sent");
}

#[test]
fn payments_that_are_not_due_are_refused() {
    let world = World::new();
    let stay = world.quote();
    let stranger = Home::at(&world.node.url());
    wallet(&stranger, "stranger", 2);
    let foreign = ["appointment", "pay", &stay, "--account", "stranger", "--yes"];
    let foreign = stranger.run(&[&foreign[..], &world.flags()[..]].concat());

    drop(foreign.ends_with(3).says("NotPatient"));
    let little = world.as_patient(&["appointment", "pay", &stay, "--amount", "1eth"]);
    drop(little.ends_with(2).says("its policy takes no parts"));
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    drop(world.as_patient(&["appointment", "pay", &stay]).ends_with(3).says("WrongState"));
    drop(world.as_patient(&["appointment", "pay", "99"]).ends_with(8));
    drop(world.as_clinic(&["appointment", "settle", &stay]).ends_with(3).says("BeforeDischarge"));
}

#[test]
fn a_mined_refusal_ends_with_3() {
    let world = World::new();
    let stay = world.quote();
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());

    let mined = world
        .as_patient(&["appointment", "pay", &stay, "--gas-limit", "200000", "--json"])
        .ends_with(3);

    let error = mined.envelope()["error"].clone();
    assert_eq!(error["code"], "Reverted");
    assert!(error["data"]["tx"].is_string(), "it was mined: {error}");
}

#[test]
fn a_write_without_a_terminal_needs_yes() {
    let world = World::new();
    let args = ["record", "create", "--account", "patient"];

    let run = world.patient.run(&[&args[..], &world.flags()[..]].concat());

    drop(run.ends_with(2).says("--yes"));
}

#[test]
fn a_receipt_that_never_comes_ends_with_6_and_can_be_waited_for() {
    let world = World::new();
    let silent = LyingNode::in_front_of(&world.node.url(), |method, result| {
        if matches!(method, "eth_getTransactionReceipt" | "eth_sendRawTransactionSync") {
            *result = Value::Null;
        }
    });
    let send = ["wallet", "send", PATIENT, "1gwei", "--timeout", "1", "--json"];

    let run = world.as_patient(&[&send[..], &["--rpc-url", silent.url()]].concat()).ends_with(6);

    let error = run.envelope()["error"].clone();
    let hash = error["data"]["tx"].as_str().expect("the hash is told").to_owned();
    assert!(run.stderr.contains(&hash), "at once, too: {}", run.stderr);
    drop(world.as_patient(&["tx", "wait", &hash]).succeeds());
}

#[test]
fn money_cannot_be_sent_by_mistake() {
    let world = World::new();
    let head = world.node.head();

    drop(world.as_patient(&["wallet", "send", PATIENT, "0eth"]).ends_with(2).says("above zero"));
    drop(world.as_patient(&["wallet", "send", PATIENT, "1"]).ends_with(2).says("unit"));
    drop(world.as_patient(&["wallet", "send", "0x12", "1eth"]).ends_with(2));
    drop(world.as_patient(&["wallet", "send", PATIENT, "99999eth"]).ends_with(5).says("needs"));
    assert_eq!(world.node.head(), head, "nothing was sent");
}
