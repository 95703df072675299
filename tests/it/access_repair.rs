//! Keys that changed, deliveries that did not come, single entries and periods.

use chartkey_tests::PATIENT;
use serde_json::json;

use crate::access_ward::{CLINICIAN, HISTORY, MEDICATIONS, OTHER, Ward};

/// A grant by another client, which forgets the delivery.
fn grant_without_delivery(ward: &Ward, permissions: u16) {
    let handle = ward.handle(HISTORY);
    let record: [u8; 32] =
        hex::decode(&ward.record[2..]).expect("hex").try_into().expect("32 bytes");
    let clinician: ethers::core::types::Address = CLINICIAN.parse().expect("an address");
    ward.by_hand(0, |records| async move {
        let none = ethers::core::types::Bytes::default();
        let call =
            records.grant(record, clinician, permissions, 1 << handle, u64::MAX, 1, [0; 32], none);
        let sent = call.send().await.expect("sent").await.expect("mined");
        assert_eq!(sent.expect("a receipt").status, Some(1.into()));
    });
}

#[test]
fn a_delivery_that_was_missing_is_delivered_again() {
    let ward = Ward::open();
    // READ and HISTORY.
    grant_without_delivery(&ward, 17);
    assert_eq!(ward.read_by_clinician(HISTORY), [None]);

    let delivered = ward.json(&["access", "deliver", CLINICIAN]);

    assert_eq!(delivered["keys"], 1);
    assert_eq!(ward.read_by_clinician(HISTORY), [Some("first of the history".into())]);
    // The channel is open now: the next change of keys reaches it.
    drop(ward.grant(OTHER, &["--section", HISTORY]));
    drop(ward.json(&["access", "revoke", OTHER]));
    ward.write(HISTORY, "after");
    assert_eq!(ward.read_by_clinician(HISTORY)[1].as_deref(), Some("after"));
}

#[test]
fn a_repair_gives_every_epoch_of_the_grant_and_none_before() {
    let ward = Ward::open();
    drop(ward.grant(OTHER, &["--section", HISTORY]));
    // READ without HISTORY: from the epoch that is current now.
    drop(ward.json(&["access", "revoke", OTHER]));
    grant_without_delivery(&ward, 1);
    ward.write(HISTORY, "second epoch");
    drop(ward.grant(OTHER, &["--section", HISTORY]));
    drop(ward.json(&["access", "revoke", OTHER]));
    ward.write(HISTORY, "third epoch");
    let closed = ward.read_by_clinician(HISTORY);
    assert_eq!(closed[..2], [None, None], "it was given no key of these");

    let delivered = ward.json(&["access", "deliver", CLINICIAN]);

    assert_eq!(delivered["keys"], 2);
    let read = ward.read_by_clinician(HISTORY);
    assert_eq!(read, [None, Some("second epoch".into()), Some("third epoch".into())]);
}

#[test]
fn a_changed_key_is_taken_with_its_words_only_and_then_delivered_to() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &["--section", HISTORY]));
    let old = ward.fingerprint(CLINICIAN);
    ward.change_key_of_clinician();
    drop(ward.patient(&["access", "deliver", CLINICIAN]).ends_with(7).says("access confirm"));
    let wrong = ["access", "confirm", CLINICIAN, "--fingerprint", &old];
    drop(ward.patient(&wrong).ends_with(7).says("these are not the words of"));
    let words = ward.fingerprint(CLINICIAN).to_uppercase().replace(' ', "\n");
    let file = ward.file(0, words.as_bytes());

    let confirmed = ward.json(&["access", "confirm", CLINICIAN, "--fingerprint-file", &file]);

    assert_eq!(confirmed["fingerprint"], ward.fingerprint(CLINICIAN));
    drop(ward.json(&["access", "deliver", CLINICIAN]));
}

#[test]
fn one_entry_is_shared_alone_and_without_a_grant() {
    let ward = Ward::open();
    ward.write(HISTORY, "second");
    let shared = ward.json(&["access", "share", CLINICIAN, "--section", HISTORY, "--entry", "3"]);

    assert_eq!(shared["entries"], json!([{"first": 3, "last": 3}]));
    assert_eq!(ward.read_by_clinician(HISTORY), [None, Some("second".into())]);
    assert_eq!(ward.json(&["access", "list"])["grants"], json!([]));
    let explained = ward.json(&["access", "explain", CLINICIAN]);
    assert_eq!((&explained["role"], &explained["deliveriesAlone"]), (&json!("none"), &json!(1)));
    let share = ["access", "share", CLINICIAN, "--section", HISTORY, "--entry", "1"];
    drop(ward.patient(&share).ends_with(8).says("has no entry 1"));
    let to_owner = ["access", "share", PATIENT, "--section", HISTORY, "--entry", "2"];
    drop(ward.patient(&to_owner).ends_with(8));
}

#[test]
fn a_period_opens_the_epochs_it_touches_and_says_how_far_they_reach() {
    let ward = Ward::open();
    ward.wait(3_600);
    let time = |ward: &Ward| {
        let block = ward.ask("eth_getBlockByNumber", json!(["latest", false]));
        let hex = block["result"]["timestamp"].as_str().expect("a time").to_owned();
        u64::from_str_radix(&hex[2..], 16).expect("hex")
    };
    // From-now for somebody else begins a second epoch.
    drop(ward.grant(OTHER, &["--section", HISTORY, "--read", "from-now"]));
    let second = time(&ward);
    ward.write(HISTORY, "second epoch");
    ward.wait(3_600);
    let since = chartkey::dates::format_instant(second + 60);

    let shared =
        ward.json(&["access", "share", CLINICIAN, "--section", HISTORY, "--since", &since]);

    assert_eq!(shared["untilNextKeys"], true);
    assert_eq!(shared["entries"], json!([{"first": 4, "last": 4}]), "it was written before");
    assert_eq!(ward.read_by_clinician(HISTORY), [None, Some("second epoch".into())]);
    assert_eq!(ward.read_by_clinician(MEDICATIONS), [None]);
}

#[test]
fn one_of_sixty_readers_is_revoked_though_their_direct_deliveries_do_not_fit_into_a_call() {
    let ward = Ward::open();
    let handle = ward.handle(HISTORY);
    let readers = ward.many_readers(60);
    ward.grant_by_hand(&readers, 17, 1 << handle);
    drop(ward.grant(CLINICIAN, &["--section", HISTORY]));

    let revoked = ward.json(&["access", "revoke", &readers[0]]);

    // Two batches of channels' keys, then the revocation; the clinician's channel was open.
    assert_eq!(revoked["transactions"].as_array().expect("a list").len(), 3, "{revoked}");
    let list = ward.json(&["access", "list"]);
    assert_eq!(list["grants"].as_array().expect("grants").len(), 60);
    ward.write(HISTORY, "after");
    assert_eq!(ward.read_by_clinician(HISTORY)[1].as_deref(), Some("after"));
}

#[test]
fn an_unlisted_reader_is_on_no_list_of_the_chain_and_changes_of_keys_reach_it() {
    let ward = Ward::open();
    let before = ward.ask("eth_blockNumber", json!([]))["result"].clone();
    let unlisted = ["--section", HISTORY, "--unlisted"];
    drop(ward.grant(CLINICIAN, &unlisted));

    assert_eq!(ward.read_by_clinician(HISTORY), [Some("first of the history".into())]);
    let list = ward.json(&["access", "list"]);
    assert_eq!((&list["grants"], &list["unlisted"][0]["account"]), (&json!([]), &json!(CLINICIAN)));
    // Another reader comes and goes: the keys that follow reach the unlisted one.
    drop(ward.grant(OTHER, &["--section", HISTORY]));
    drop(ward.json(&["access", "revoke", OTHER]));
    ward.write(HISTORY, "second");
    assert_eq!(ward.read_by_clinician(HISTORY)[1].as_deref(), Some("second"));
    let filter = json!([{"fromBlock": before, "address": ward.program()}]);
    let logs = ward.ask("eth_getLogs", filter).to_string().to_lowercase();
    assert!(!logs.contains(&CLINICIAN[2..].to_lowercase()), "no log names it");
    assert!(logs.contains(&OTHER[2..].to_lowercase()), "others are named");

    let told = ward.json(&["access", "explain", CLINICIAN]);
    assert_eq!((&told["unlisted"], &told["role"]), (&json!(true), &json!("none")));
    let revoked = ward.json(&["access", "revoke", CLINICIAN]);

    let exposed = &revoked["exposed"][0];
    assert_eq!((&exposed["first"], &exposed["last"]), (&json!(2), &json!(4)), "{revoked}");
    ward.write(HISTORY, "third");
    let read = ward.read_by_clinician(HISTORY);
    assert_eq!((read.len(), read[2].as_deref()), (3, None));
    assert_eq!(ward.json(&["access", "list"])["unlisted"], json!([]));
    drop(ward.patient(&["access", "revoke", CLINICIAN]).ends_with(8));
}

#[test]
fn the_list_of_unlisted_readers_is_for_nobody_and_their_end_is_kept() {
    let ward = Ward::open();
    let end = chartkey::dates::format_instant(chartkey::dates::now() + 3_600);
    let grant = ["access", "grant", CLINICIAN, "--section", HISTORY, "--unlisted", "--until", &end];
    drop(ward.patient(&grant).succeeds());
    let list = ["access", "grant", OTHER, "--section", "unlisted readers", "--open-ended"];
    drop(ward.patient(&list).ends_with(2).says("for nobody but the owner"));
    let all = ward.json(&["access", "grant", OTHER, "--all-sections", "--open-ended"]);
    assert_eq!(all["sections"].as_array().expect("sections").len(), 2);
    let delivered = ward.json(&["access", "deliver", CLINICIAN]);
    assert_eq!(delivered["keys"], 1);

    ward.wait(7_200);

    assert_eq!(ward.json(&["access", "list"])["rotationDue"].as_array().expect("due").len(), 1);
    ward.write(HISTORY, "after");
    assert_eq!(ward.read_by_clinician(HISTORY)[1], None);
}
