//! Sections that are due for new keys, and rotations that went wrong, met by the built `chartkey`.

use std::sync::Arc;

use chartkey_tests::anvil_key;
use ethers::abi::AbiDecode;
use ethers::core::types::{Address, Bytes};
use serde_json::json;

use crate::client::{Client, Records, RecordsErrors, client};
use crate::ward::{CLINICIAN, THIRD, Ward, Who};

const HISTORY: &str = "medical-history";

/// Somebody lost access and nobody gave the section new keys: the contract takes no entry, the owner's
/// client makes the keys first, another one says who can.
#[test]
fn c10_nothing_is_appended_to_a_section_that_is_due() {
    let ward = Ward::open();
    let section = ["--section", HISTORY];
    ward.grant(CLINICIAN, &section, &["--write", "--device", "--delegate"]);
    // The clinician gives a part on and takes it back: without new keys, which are not theirs to make.
    let give = ["access", "grant", THIRD, "--until", "2098-01-01", "--section", HISTORY];
    drop(ward.run(Who::Clinician, &give).succeeds());
    drop(ward.run(Who::Clinician, &["access", "revoke", THIRD]).succeeds());
    let handle = u16::try_from(ward.handle(HISTORY)).expect("a handle");

    let refusal = raw_append(&ward, handle);
    let note = ward.file(Who::Clinician, "note.txt", "too early");
    let add = ["record", "add", HISTORY, &note, "--text"];
    let due = ward.error(Who::Clinician, &add, 3);
    let note = ward.file(Who::Patient, "note.txt", "with new keys");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &note, "--text"]));
    drop(ward.data(Who::Clinician, &add));

    assert!(
        format!("{refusal:?}").contains("Dirty") || format!("{refusal:?}").contains("RotationDue"),
        "{refusal:?}"
    );
    assert_eq!(due["code"], "RotationDue");
    assert!(due["hint"].as_str().expect("a hint").contains(Ward::patient()), "{due}");
    let seen = ward.entries(Who::Third, &format!("#{handle}"), &[]);
    assert!(seen.iter().all(|entry| entry["body"].is_null()), "{seen:?}");
    assert_eq!(ward.entries(Who::Patient, HISTORY, &[]).len(), 2);
}

/// What the contract says to an append by the patient that no client of ours would send.
fn raw_append(ward: &Ward, handle: u16) -> RecordsErrors {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (records, record, state) = bound(ward, 0, handle).await;
        let append = records.append(record, handle, state, Bytes::from(vec![1; 585]));
        let error = append.call().await.expect_err("refused");
        RecordsErrors::decode(error.as_revert().expect("revert data")).expect("an error of the ABI")
    })
}

/// The program as anvil's account `index` calls it, the record, and where the section stands.
async fn bound(ward: &Ward, index: usize, handle: u16) -> (Records<Client>, [u8; 32], [u8; 32]) {
    let client = client(&ward.world.node.url(), &anvil_key(index)).await;
    let [_, records, ..] = ward.world.flags();
    let program: Address = records.parse().expect("an address");
    let records = Records::new(program, Arc::clone(&client));
    let record: [u8; 32] = hex::decode(&ward.record[2..]).expect("hex").try_into().expect("32");
    let state = records.state_of(record, handle).call().await.expect("a view");
    (records, record, state)
}

/// The clinician may rotate, and publishes an epoch record that fits nothing, with keys for nobody.
fn rotate_badly(ward: &Ward, handle: u16, epoch: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (records, record, state) = bound(ward, 1, handle).await;
        let blob = [&[1][..], &epoch.to_be_bytes(), &[0x5e; 256]].concat();
        let call = records.rotate(
            record,
            Address::zero(),
            vec![handle],
            vec![state],
            vec![Bytes::from(blob)],
            [0; 32],
            Bytes::new(),
        );
        let receipt = call.send().await.expect("sent").await.expect("mined").expect("a receipt");
        assert_eq!(receipt.status, Some(1.into()), "the contract cannot judge an epoch record");
    });
}

/// Epoch 2 is the next one, and nobody has its keys; 7 is out of order.
#[test]
fn c14_a_bad_rotation_is_named_and_the_owner_recovers() {
    for (epoch, name) in [(2, "presentKeys"), (7, "keysInOrder")] {
        let ward = Ward::open();
        ward.grant(CLINICIAN, &["--section", HISTORY], &["--write", "--device", "--rotate"]);
        let note = ward.file(Who::Patient, "note.txt", "before");
        let add = ["record", "add", HISTORY, &note, "--text"];
        drop(ward.data(Who::Patient, &add));
        let handle = u16::try_from(ward.handle(HISTORY)).expect("a handle");

        rotate_badly(&ward, handle, epoch);
        let locked = ward.data(Who::Patient, &["record", "show", "--section", HISTORY]);
        let mended = ward.data(Who::Patient, &["record", "rotate"]);
        let note = ward.file(Who::Clinician, "note.txt", "after");
        drop(ward.data(Who::Clinician, &["record", "add", HISTORY, &note, "--text"]));

        let section = &locked["sections"][0];
        assert_eq!(section[name], false, "{section}");
        assert_eq!(section["entries"][0]["body"], "before", "it hides nothing that was there");
        assert_eq!(mended["sections"].as_array().map(Vec::len), Some(1), "{mended}");
        for who in [Who::Patient, Who::Clinician] {
            let entries = ward.entries(who, HISTORY, &[]);
            assert_eq!(
                (&entries[0]["body"], &entries[1]["body"]),
                (&json!("before"), &json!("after"))
            );
        }
    }
}
