//! What the audit commands say of a shared record.

use chartkey_abi::{permission, purpose, records_slot};
use chartkey_tests::{World, anvil_key};
use ethers::core::types::{Address, Bytes, H256};
use ethers::core::utils::keccak256;
use ethers::providers::Middleware;
use serde_json::Value;

use crate::client::{Records, client};

const CLINIC: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/// The patient shares its history for treatment, then its medications for research from now on, then
/// takes all of it back.
fn world() -> World {
    let world = World::quick();
    world.create_record();
    drop(world.as_clinic(&["record", "create"]).succeeds());
    world.write("first");
    // A section without entries has no past, and would need no new keys for "from now on".
    let file = world.patient.file("medication.txt", b"before the grant");
    drop(world.as_patient(&["record", "update-medications", &file, "--text"]).succeeds());
    let grant = |section: &str, more: &[&str]| {
        let args = ["access", "grant", CLINIC, "--section", section, "--open-ended"];
        drop(world.as_patient(&[&args[..], more].concat()).succeeds());
    };
    grant("medical-history", &[]);
    grant("medications", &["--purpose", "hresch", "--read", "from-now"]);
    world
}

fn data(world: &World, args: &[&str]) -> Value {
    world.as_patient(&[args, &["--json"]].concat()).succeeds().envelope()["data"].clone()
}

fn rows<'a>(data: &'a Value, name: &str) -> &'a Vec<Value> {
    data[name].as_array().unwrap_or_else(|| panic!("{name} in {data}"))
}

#[test]
fn the_log_tells_who_did_what_in_order_of_time() {
    let world = world();

    let log = data(&world, &["audit", "log"]);

    let events = rows(&log, "events");
    let times: Vec<&str> = events.iter().map(|one| one["time"].as_str().expect("text")).collect();
    assert!(times.is_sorted(), "{times:?}");
    let of = |action: &str| events.iter().filter(|one| one["action"] == action).collect::<Vec<_>>();
    assert_eq!(of("entry").len(), 2);
    assert_eq!(of("entry")[0]["operation"], "create");
    assert_eq!(of("grant").len(), 2);
    assert_eq!(of("grant")[0]["accounts"][0], CLINIC);
    assert_eq!(of("grant")[1]["granted"]["purpose"], "HRESCH");
    // Both were opened; one was rotated for the grant from now on, one because that grant left it out.
    assert_eq!(of("new-keys").len(), 4);
    assert!(events.iter().all(|one| one["tx"].as_str().is_some_and(|tx| tx.len() == 66)));
    let later = data(&world, &["audit", "log", "--since", "2100-01-01"]);
    assert!(rows(&later, "events").is_empty());
    let wrong = ["audit", "log", "--since", "2100-01-02", "--to", "2100-01-01"];
    drop(world.as_patient(&wrong).ends_with(2));
}

#[test]
fn the_report_says_until_which_epoch_keys_were_given_and_that_reading_is_not_known() {
    let world = world();
    drop(world.as_patient(&["access", "revoke", CLINIC]).succeeds());

    let report = data(&world, &["audit", "report"]);

    let of_clinic = |name: &str| {
        let found = rows(&report, "keys")
            .iter()
            .find(|one| one["account"] == CLINIC && one["section"]["name"] == name);
        found.unwrap_or_else(|| panic!("{name} in {report}")).clone()
    };
    let history = of_clinic("medical history");
    assert_eq!((&history["fromEpoch"], &history["untilEpoch"]), (&1.into(), &1.into()));
    let medications = of_clinic("medications");
    assert_eq!(medications["fromEpoch"], 2, "from now on means from the new keys on");
    assert_eq!(medications["untilEpoch"], 2);
    assert_eq!(medications["presentEpoch"], 3, "revocation gave the section new keys");
    let text = world.as_patient(&["audit", "report"]).succeeds().stdout;
    assert!(text.contains("Who has read is not provable"), "{text}");
    assert!(text.contains("no grant any more"), "{text}");
}

#[test]
fn disclosures_for_treatment_stand_apart_and_anyone_gets_the_same_list() {
    let world = world();

    let list = data(&world, &["audit", "disclosures"]);

    let others = rows(&list, "disclosures");
    assert_eq!(others.len(), 1, "{list}");
    assert_eq!(
        (&others[0]["recipient"], &others[0]["purpose"]),
        (&CLINIC.into(), &"HRESCH".into())
    );
    assert_eq!(others[0]["section"]["name"], "medications");
    let apart = rows(&list, "treatmentPaymentOperations");
    assert!(apart.iter().all(|one| one["purpose"] == "TREAT") && !apart.is_empty(), "{list}");
    let again = data(&world, &["audit", "disclosures"]);
    assert_eq!(again["disclosures"], list["disclosures"]);
    let record = list["record"].as_str().expect("an id");
    let reader = ["audit", "disclosures", "--record", record, "--json"];
    let reader = world.as_clinic(&reader).succeeds().envelope()["data"].clone();
    let dates = |list: &Value| -> Vec<Value> {
        rows(list, "disclosures").iter().map(|one| one["date"].clone()).collect()
    };
    assert_eq!(dates(&reader), dates(&list));
}

#[test]
fn verification_finds_nothing_in_an_orderly_record() {
    let world = world();

    let verified = data(&world, &["audit", "verify"]);

    assert_eq!(rows(&verified, "findings").len(), 0, "{verified}");
    assert_eq!(verified["sections"], data(&world, &["record", "verify"])["sections"]);
}

/// What a client that is not ours may do: a grant without keys, and keys without a grant.
async fn disorder(url: &str, records: Address, record: [u8; 32], handle: u16, clinic: Address) {
    let records = Records::new(records, client(url, &anvil_key(0)).await);
    let slot = records_slot::of_account(records_slot::KEYS, clinic.0.into());
    let word = records.client().get_storage_at(records.address(), H256(slot.0), None).await;
    let keys = keccak256(word.expect("a word"));
    let delivery = [&[1, 1][..], &[0x5e; 1_175]].concat();
    let list = [clinic.as_bytes(), &1_177_u16.to_be_bytes(), &delivery].concat();
    let deliver = records.deliver(record, keys, Bytes::from(list));
    drop(deliver.send().await.expect("sent").await.expect("mined").expect("a receipt"));
    let (sections, end) = (1 << handle, u64::MAX);
    let none = Bytes::default();
    let grant = records.grant(
        record,
        clinic,
        permission::READ,
        sections,
        end,
        purpose::TREAT,
        [0; 32],
        none,
    );
    drop(grant.send().await.expect("sent").await.expect("mined").expect("a receipt"));
}

#[test]
fn keys_without_a_grant_and_a_grant_without_keys_are_findings() {
    let world = World::quick();
    world.create_record();
    drop(world.as_clinic(&["record", "create"]).succeeds());
    let before = data(&world, &["audit", "verify"]);
    let record: alloy_primitives::B256 =
        before["record"].as_str().expect("an id").parse().expect("32 bytes");
    let history = rows(&before, "sections").iter().find(|one| one["name"] == "medical history");
    let handle = history.expect("a section")["handle"].as_u64().expect("a number");
    let records = world.flags()[1].parse().expect("an address");
    let clinic = CLINIC.parse().expect("an address");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let url = world.node.url();
    let handle = u16::try_from(handle).expect("below 64");
    runtime.block_on(disorder(&url, records, record.0, handle, clinic));

    let verified = data(&world, &["audit", "verify"]);

    let kinds: Vec<&str> =
        rows(&verified, "findings").iter().map(|one| one["kind"].as_str().expect("text")).collect();
    assert_eq!(kinds, ["reader-without-keys", "keys-without-grant"], "{verified}");
    assert!(rows(&verified, "findings").iter().all(|one| one["account"] == CLINIC));
    let report = data(&world, &["audit", "report"]);
    assert_eq!(report["withoutGrant"][0]["account"], CLINIC);
}
