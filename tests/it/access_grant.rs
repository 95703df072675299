//! Grants end to end: what is given, what a narrower one takes, what ends with it.

use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use chartkey_tests::{LyingNode, PATIENT};

use crate::access_ward::{CLINICIAN, HISTORY, MEDICATIONS, OTHER, UNTIL, Ward};

const BOTH: [&str; 4] = ["--section", HISTORY, "--section", MEDICATIONS];

#[test]
fn a_narrower_grant_gives_the_lost_section_new_keys_in_the_same_command() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &BOTH));

    let made = ward.grant(CLINICIAN, &["--section", HISTORY]);

    let lost = made["lost"].as_array().expect("a list");
    assert!(lost.len() == 1 && lost[0].as_str().expect("a label").starts_with(MEDICATIONS));
    assert_eq!(made["rotations"].as_array().expect("a list").len(), 1);
    assert_eq!(ward.json(&["access", "list"])["rotationDue"], serde_json::json!([]));
    ward.write(MEDICATIONS, "after");
    ward.write(HISTORY, "more");
    let read = ward.read_by_clinician(MEDICATIONS);
    assert_eq!(read, [Some("first of the medications".into()), None]);
    assert_eq!(ward.read_by_clinician(HISTORY).last().expect("entries").as_deref(), Some("more"));
}

#[test]
fn who_may_only_write_after_having_read_cannot_read_what_follows() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &["--section", HISTORY]));

    drop(ward.grant(CLINICIAN, &["--section", HISTORY, "--read", "own", "--device"]));

    ward.write(HISTORY, "secret");
    let file = ward.file(1, b"own");
    drop(ward.clinician(&["record", "update-history", "--text", &file]).succeeds());
    let read = ward.read_by_clinician(HISTORY);
    assert_eq!(read, [Some("first of the history".into()), None, Some("own".into())]);
}

#[test]
fn what_a_delegate_granted_ends_with_its_own_grant() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &["--section", HISTORY, "--delegate"]));
    let grant = ["access", "grant", OTHER, "--section", HISTORY, UNTIL[0], UNTIL[1]];
    drop(ward.clinician(&grant).succeeds());
    assert_eq!(ward.read_by_other(HISTORY), [Some("first of the history".into())]);

    let revoked = ward.json(&["access", "revoke", CLINICIAN]);

    assert_eq!(revoked["endedToo"], serde_json::json!([OTHER]));
    ward.write(HISTORY, "after");
    let read = ward.read_by_other(HISTORY);
    assert_eq!(read, [Some("first of the history".into()), None], "no key went to it");
}

#[test]
fn what_a_delegate_granted_ends_when_its_own_grant_is_narrowed() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &["--section", HISTORY, "--delegate"]));
    let grant = ["access", "grant", OTHER, "--section", HISTORY, UNTIL[0], UNTIL[1]];
    drop(ward.clinician(&grant).succeeds());

    let made = ward.grant(CLINICIAN, &["--section", HISTORY]);

    assert_eq!(made["rotations"].as_array().expect("a list").len(), 1, "{made}");
    ward.write(HISTORY, "after");
    assert_eq!(ward.read_by_other(HISTORY), [Some("first of the history".into()), None]);
    assert_eq!(ward.read_by_clinician(HISTORY).len(), 2);
    assert_eq!(ward.read_by_clinician(HISTORY)[1].as_deref(), Some("after"));
}

#[test]
fn a_delegate_gives_no_more_than_it_has() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &["--section", HISTORY, "--delegate"]));
    let grant = |more: &[&str]| {
        let run = ward.clinician(&[&["access", "grant", OTHER][..], more].concat());
        run.ends_with(2).stderr
    };
    let history = ["--section", HISTORY];

    // A name that the delegate cannot read is no section to it.
    let other_section = format!("#{}", ward.handle(MEDICATIONS));
    let wider = grant(&[&["--section", &other_section], &UNTIL[..]].concat());
    let longer = grant(&[&history[..], &["--open-ended"]].concat());
    let writing = grant(&[&history[..], &UNTIL, &["--write"]].concat());
    let elsewhere = grant(&[&history[..], &UNTIL, &["--purpose", "hresch"]].concat());
    let from_now = grant(&[&history[..], &UNTIL, &["--read", "from-now"]].concat());

    for (said, of) in [
        (wider, "sections that you were not granted"),
        (longer, "an end after that of your own grant"),
        (writing, "permissions that you do not have"),
        (elsewhere, "another purpose"),
        (from_now, "must get new keys before this grant"),
    ] {
        assert!(said.contains(of), "{of}: {said}");
    }
}

#[test]
fn grants_that_nobody_can_make_are_refused_before_anything_is_sent() {
    let ward = Ward::open();
    let node = ward.node.url();
    let witness = LyingNode::in_front_of(&node, |_, _| ());
    let zero = format!("0x{}", "0".repeat(40));
    let keyless = format!("0x{}", "11".repeat(20));
    let cases: [(&str, &[&str], i32, &str); 7] = [
        (PATIENT, &["--section", HISTORY, "--open-ended"], 2, "owns the record"),
        (&zero, &["--section", HISTORY, "--open-ended"], 2, "cannot be granted to"),
        (CLINICIAN, &["--section", HISTORY, "--until", "2020-01-01"], 2, "would have ended"),
        (
            CLINICIAN,
            &["--section", HISTORY, "--open-ended", "--rotate", "--read", "from-now"],
            2,
            "links them to the old ones",
        ),
        (CLINICIAN, &["--section", HISTORY, "--open-ended", "--read", "none"], 2, "grants nothing"),
        (CLINICIAN, &["--section", "dreams", "--open-ended"], 8, "no section dreams"),
        (&keyless, &["--section", HISTORY, "--open-ended"], 8, "has registered no key"),
    ];

    for (to, more, code, says) in cases {
        let args = [&["access", "grant", to][..], more].concat();
        drop(ward.through(&witness, &args).ends_with(code).says(says));
    }

    assert_eq!(witness.asked("eth_estimateGas"), Vec::<serde_json::Value>::new());
}

#[test]
fn a_dry_run_shows_an_endpoint_no_keys() {
    let ward = Ward::open();
    let witness = LyingNode::in_front_of(&ward.node.url(), |_, _| ());
    let args = ["access", "grant", CLINICIAN, "--section", HISTORY, UNTIL[0], UNTIL[1]];

    let run = ward.through(&witness, &[&args[..], &["--dry-run"]].concat()).succeeds();

    assert!(run.stdout.contains("public for ever") && run.stdout.contains("nothing was sent"));
    assert!(witness.asked("eth_sendRawTransactionSync").is_empty());
    let simulated = witness.asked("eth_estimateGas");
    let data = simulated.last().expect("simulated")[0]["data"].as_str().expect("data").to_owned();
    let data = hex::decode(&data[2..]).expect("hex");
    assert!(IRecords::grantCall::abi_decode(&data).is_ok(), "it is the grant");
    // The endpoint puts on chain what it was shown: nothing opens with it.
    ward.by_hand(0, |records| async move {
        use ethers::providers::Middleware;
        let client = records.client();
        let call = ethers::core::types::Eip1559TransactionRequest::new().to(records.address());
        let sent = client.send_transaction(call.data(data), None).await.expect("sent");
        assert_eq!(sent.await.expect("mined").expect("a receipt").status, Some(1.into()));
    });
    assert_eq!(ward.read_by_clinician(HISTORY), [None]);
}

#[test]
fn a_dry_run_of_every_step_names_what_becomes_public() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &BOTH));
    let steps: [(&[&str], usize); 4] = [
        (&["access", "grant", CLINICIAN, "--section", HISTORY, "--open-ended"], 2),
        (&["access", "revoke", CLINICIAN], 1),
        (&["access", "deliver", CLINICIAN], 1),
        (&["access", "share", OTHER, "--section", HISTORY, "--entry", "2"], 1),
    ];

    for (args, count) in steps {
        let run = ward.patient(&[args, &["--dry-run", "--json"]].concat()).succeeds();
        let data = run.envelope()["data"].clone();
        let sent = data["transactions"].as_array().expect("transactions").clone();
        assert_eq!(sent.len(), count, "{args:?}: {data}");
        assert!(sent.iter().all(|one| !one["public"].as_str().expect("text").is_empty()));
    }

    assert_eq!(ward.json(&["access", "list"])["grants"].as_array().expect("grants").len(), 1);
}

#[test]
fn a_grant_of_sections_that_are_not_open_is_taken_back_all_the_same() {
    let ward = Ward::open();
    let used: u64 = [HISTORY, MEDICATIONS].iter().map(|name| 1 << ward.handle(name)).sum();
    let record = hex::decode(&ward.record[2..]).expect("hex");
    let record: [u8; 32] = record.try_into().expect("32 bytes");
    let clinician: ethers::core::types::Address = CLINICIAN.parse().expect("an address");
    ward.by_hand(0, |records| async move {
        let call = records.grant(record, clinician, 2, !used, u64::MAX, 1, [0; 32], vec![].into());
        let sent = call.send().await.expect("sent").await.expect("mined");
        assert_eq!(sent.expect("a receipt").status, Some(1.into()));
    });

    drop(ward.json(&["access", "revoke", CLINICIAN]));

    assert_eq!(ward.json(&["access", "list"])["grants"], serde_json::json!([]));
}
