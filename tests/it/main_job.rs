//! The main job through the built CLI.

use chartkey_tests::World;
use serde_json::{Value, json};

fn bundle() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/fhir/synthea-chronic.json").to_owned()
}

fn data(run: chartkey_tests::Run) -> Value {
    run.succeeds().envelope()["data"].clone()
}

#[test]
fn a_bundle_is_imported_once_and_every_chain_verifies() {
    let world = World::new();
    world.create_record();

    let first = data(world.as_patient(&["fhir", "import", &bundle(), "--json"]));
    let second = data(world.as_patient(&["fhir", "import", &bundle(), "--json"]));
    let chart = data(world.as_patient(&["record", "show", "--section", "medications", "--json"]));
    let verified = data(world.as_patient(&["record", "verify", "--json"]));

    assert_eq!((&first["total"], &first["new"]), (&211.into(), &211.into()));
    assert_eq!((&second["new"], &second["unchanged"]), (&0.into(), &211.into()));
    let entries = chart["sections"][0]["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), 13);
    let original = std::fs::read_to_string(bundle()).expect("in the repository");
    for entry in entries {
        let body = entry["body"].as_str().expect("opened");
        assert!(original.contains(body), "the bytes that came in, entry {}", entry["seq"]);
    }
    assert_eq!(verified["sections"].as_array().map(Vec::len), Some(8));
}

#[test]
fn an_update_is_shown_and_a_correction_replaces_it() {
    let world = World::new();
    world.create_record();
    let condition = |text: &str| {
        let body = format!(r#"{{"resourceType":"Condition","code":{{"text":"{text}"}}}}"#);
        world.patient.file("condition.json", body.as_bytes())
    };

    let first = condition("Hypertention");
    drop(world.as_patient(&["record", "update-history", &first]).succeeds());
    let second = condition("Hypertension");
    drop(world.as_patient(&["record", "update-history", &second, "--amends", "2"]).succeeds());
    let shown = world.as_patient(&["record", "show"]).succeeds().stdout;

    assert!(shown.contains("Hypertension") && !shown.contains("Hypertention"), "{shown}");
}

#[test]
fn nothing_of_the_content_is_on_the_chain() {
    let world = World::new();
    let first = world.node.head() + 1;
    world.create_record();
    let body = br#"{"resourceType":"Condition","code":{"text":"Xylophobia of the clinic"}}"#;
    let file = world.patient.file("condition.json", body);

    drop(world.as_patient(&["record", "update-history", &file]).succeeds());

    for number in first..=world.node.head() {
        let block = world.rpc("eth_getBlockByNumber", &json!([format!("{number:#x}"), true]));
        for transaction in block["transactions"].as_array().expect("transactions") {
            let input = transaction["input"].as_str().expect("calldata");
            let raw = hex::decode(&input[2..]).expect("hex");
            let raw = String::from_utf8_lossy(&raw).into_owned();
            for word in ["Xylophobia", "Condition", "medical history", "medications"] {
                assert!(!raw.contains(word), "{word} in block {number}");
            }
        }
    }
}

#[test]
fn a_stay_is_quoted_paid_settled_and_withdrawn() {
    let world = World::new();
    let stay = world.quote();

    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    drop(world.as_patient(&["appointment", "settle", &stay]).succeeds());
    let taken = data(world.as_clinic(&["payment", "withdraw", "--json"]));
    let listed = data(world.as_clinic(&["appointment", "list", "--as", "clinic", "--json"]));

    assert_eq!(taken["amountWei"], "1500000000000000000");
    assert_eq!(listed["stays"][0]["state"], "settled");
    assert_eq!(listed["stays"][0]["admit"], "2099-12-01");
}
