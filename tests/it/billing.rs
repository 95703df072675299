//! Receipts, statements and estimates, through the built CLI.

use chartkey::dates;
use chartkey_tests::{LyingNode, PATIENT, Run, World};
use serde_json::Value;

fn data(run: Run) -> Value {
    run.succeeds().envelope()["data"].clone()
}

/// The FHIR that a command prints without an envelope.
fn fhir(run: Run) -> Value {
    serde_json::from_str(&run.succeeds().stdout).expect("FHIR JSON")
}

/// A named part of the first token amount of a resource.
fn part<'a>(resource: &'a Value, name: &str) -> &'a Value {
    let parts = resource["extension"][0]["extension"].as_array().expect("parts");
    let part = parts.iter().find(|part| part["url"] == name).expect(name);
    let (_, value) = part
        .as_object()
        .expect("an object")
        .iter()
        .find(|(key, _)| *key != "url")
        .expect("a value");
    value
}

/// A stay under a policy by which cancelling costs 30 %, within a year from now.
fn with_fees(world: &World) -> String {
    let policy = ["clinic", "policy", "--free-cancel-hours", "8784", "--late-cancel-bps", "3000"];
    drop(world.as_clinic(&policy).succeeds());
    let day = |ahead: u64| {
        dates::format_day(u32::try_from(dates::now() / 86_400 + ahead).expect("32 bits of days"))
    };
    let (admit, discharge) = (day(100), day(102));
    let quote = ["appointment", "quote", "--patient", PATIENT, "--room", "1", "--total", "1eth"];
    let rest = ["--admit", &admit, "--discharge", &discharge, "--policy", "1", "--json"];
    let quoted = data(world.as_clinic(&[&quote[..], &rest[..]].concat()));
    quoted["stay"].as_str().expect("a number").to_owned()
}

#[test]
fn a_settled_stay_has_a_receipt_with_every_movement() {
    let world = World::new();
    let stay = world.quote();
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    drop(world.as_patient(&["appointment", "settle", &stay]).succeeds());

    let receipt = data(world.as_patient(&["payment", "receipt", &stay, "--json"]));
    let text = world.as_clinic(&["payment", "receipt", &stay]).succeeds().stdout;

    assert_eq!(
        (&receipt["invoiceStatus"], &receipt["state"]),
        (&"balanced".into(), &"settled".into())
    );
    for (name, amount) in [
        ("paidWei", "1500000000000000000"),
        ("releasedWei", "1500000000000000000"),
        ("heldWei", "0"),
    ] {
        assert_eq!(receipt[name], amount, "{name}");
    }
    let kinds: Vec<_> =
        receipt["movements"].as_array().expect("rows").iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["paid", "released"]);
    assert!(text.contains("1.5 ETH paid into escrow by 0xf39F"), "{text}");
    assert!(text.contains("due 0 wei, in escrow 0 wei"), "{text}");
}

#[test]
fn a_receipt_as_fhir_is_an_invoice_with_the_token_as_an_extension() {
    let world = World::new();
    let stay = world.quote();

    let draft = fhir(world.as_patient(&["payment", "receipt", &stay, "--fhir"]));
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    let noted = ["payment", "receipt", &stay, "--fhir", "--fiat", "450USD"];
    let balanced = fhir(world.as_patient(&noted));

    assert_eq!((&draft["resourceType"], &draft["status"]), (&"Invoice".into(), &"draft".into()));
    assert!(draft.get("totalGross").is_none(), "a token amount is not Money");
    assert_eq!(part(&draft, "amount"), "1500000000000000000");
    assert_eq!(balanced["status"], "balanced");
    assert_eq!(balanced["totalGross"], serde_json::json!({"value": 450, "currency": "USD"}));
    assert_eq!(balanced["id"], draft["id"]);
}

#[test]
fn a_part_refund_is_a_new_invoice_with_negative_lines() {
    let world = World::new();
    let stay = with_fees(&world);
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    drop(world.as_patient(&["appointment", "cancel", &stay]).succeeds());

    let bundle = fhir(world.as_patient(&["payment", "receipt", &stay, "--fhir"]));

    assert_eq!(bundle["type"], "collection");
    let documents: Vec<_> = bundle["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| &entry["resource"])
        .collect();
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[0]["status"], "balanced", "the first invoice is not edited");
    assert_eq!(part(documents[0], "amount"), "1000000000000000000");
    assert_eq!(documents[1]["resourceType"], "Invoice");
    assert_eq!(part(documents[1], "amount"), "-700000000000000000");
}

#[test]
fn what_the_clinic_cancels_is_cancelled_and_its_refund_noticed() {
    let world = World::new();
    let stay = with_fees(&world);
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    drop(world.as_clinic(&["appointment", "cancel", &stay]).succeeds());

    let bundle = fhir(world.as_patient(&["payment", "receipt", &stay, "--fhir"]));

    let documents: Vec<_> = bundle["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| &entry["resource"])
        .collect();
    assert_eq!(documents[0]["status"], "cancelled");
    assert_eq!(documents[0]["cancelledReason"], "closed by the clinic");
    assert_eq!(
        (&documents[1]["resourceType"], &documents[1]["status"]),
        (&"PaymentNotice".into(), &"active".into())
    );
    assert_eq!(part(documents[1], "amount"), "-1000000000000000000");
}

#[test]
fn a_statement_adds_up_for_both_sides_and_knows_its_period() {
    let world = World::new();
    let (first, second) = (world.quote(), with_fees(&world));
    for stay in [&first, &second] {
        drop(world.as_patient(&["appointment", "pay", stay]).succeeds());
    }
    drop(world.as_patient(&["appointment", "settle", &first]).succeeds());
    drop(world.as_patient(&["appointment", "cancel", &second]).succeeds());
    drop(world.as_clinic(&["payment", "withdraw"]).succeeds());

    let patients = data(world.as_patient(&["payment", "statement", "--json"]));
    let clinics = data(world.as_clinic(&["payment", "statement", "--json"]));
    let none = world.as_patient(&["payment", "statement", "--to", "2001-01-01"]).succeeds().stdout;

    let sums = |statement: &Value| {
        ["paidWei", "refundedWei", "receivedWei", "withdrawnWei", "heldWei", "releasedWei"]
            .map(|name| statement["totals"][0][name].as_str().expect(name).to_owned())
    };
    let eth = |tenths: u32| {
        if tenths == 0 { "0".to_owned() } else { format!("{tenths}{}", "0".repeat(17)) }
    };
    assert_eq!(sums(&patients), [25, 7, 0, 0, 0, 7].map(eth));
    assert_eq!(sums(&clinics), [0, 0, 18, 18, 0, 0].map(eth));
    assert!(none.contains("nothing moved"), "{none}");
}

#[test]
fn a_statement_as_fhir_has_a_notice_for_each_movement() {
    let world = World::new();
    let stay = world.quote();
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    drop(world.as_patient(&["appointment", "settle", &stay]).succeeds());
    drop(world.as_clinic(&["payment", "withdraw"]).succeeds());

    let run = world.as_clinic(&["payment", "statement", "--fhir"]).says("1 withdrawals are not");
    let bundle = fhir(run);

    let entries = bundle["entry"].as_array().expect("entries");
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let notice = &entry["resource"];
        assert_eq!(
            (&notice["resourceType"], &notice["status"]),
            (&"PaymentNotice".into(), &"active".into())
        );
        for name in ["created", "payment", "recipient", "amount"] {
            assert!(notice.get(name).is_some(), "R4 requires {name}");
        }
        assert!(notice["amount"].get("currency").is_none());
    }
}

#[test]
fn a_bill_400_dollars_above_the_estimate_may_be_disputed() {
    let world = World::new();
    let quote = ["appointment", "quote", "--patient", PATIENT, "--admit", "2099-12-01"];
    let rest =
        ["--discharge", "2099-12-03", "--room", "101", "--total", "1eth", "--fiat", "450USD"];
    let quoted = world.as_clinic(&[&quote[..], &rest[..]].concat()).succeeds();
    assert!(quoted.stdout.contains("good-faith estimate 450.00 USD"), "{}", quoted.stdout);
    let show = |args: &[&str]| {
        data(world.as_clinic(&[&["appointment", "show", "1", "--json"][..], args].concat()))
    };

    let below = show(&["--billed", "849.99USD"]);
    let above = show(&["--billed", "850USD"]);
    let again = show(&[]);
    let text = world.as_clinic(&["payment", "receipt", "1"]).succeeds().stdout;

    assert_eq!(below["goodFaithEstimate"]["value"], 450);
    assert_eq!((&below["mayDispute"], &above["mayDispute"]), (&false.into(), &true.into()));
    assert_eq!(again, above, "it is noted");
    assert!(text.contains("45 CFR 149.620"), "{text}");
}

#[test]
fn the_estimate_stays_on_this_machine() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let request =
        ["appointment", "request", "--clinic", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"];
    let rest = ["--admit", "2099-12-01", "--discharge", "2099-12-03", "--fiat", "451.17USD"];
    drop(world.as_patient(&[&request[..], &rest[..]].concat()).succeeds());

    let theirs = data(world.as_clinic(&["appointment", "show", "1", "--json"]));
    let ours = data(world.as_patient(&["appointment", "show", "1", "--json"]));

    assert_eq!(theirs["goodFaithEstimate"], Value::Null);
    assert_eq!(ours["goodFaithEstimate"]["value"], 451.17);
    let folder = world.patient.path().join("chartkey/stays");
    for file in std::fs::read_dir(folder).expect("notes") {
        let mode = file.expect("readable").metadata().expect("ours").permissions().mode();
        assert_eq!(mode & 0o077, 0, "readable by nobody else");
    }
}

#[test]
fn a_request_has_no_receipt_yet() {
    let world = World::new();
    let request =
        ["appointment", "request", "--clinic", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"];
    let rest = ["--admit", "2099-12-01", "--discharge", "2099-12-03"];
    drop(world.as_patient(&[&request[..], &rest[..]].concat()).succeeds());

    drop(world.as_patient(&["payment", "receipt", "1"]).ends_with(8).says("no price yet"));
}

/// An endpoint that does not tell of refunds.
fn forgetful(world: &World) -> LyingNode {
    LyingNode::in_front_of(&world.node.url(), |method, result| {
        if let ("eth_getLogs", Some(logs)) = (method, result.as_array_mut()) {
            let refunded = "Refunded(uint64,address,uint128)";
            let topic = format!("{}", alloy_primitives::keccak256(refunded));
            logs.retain(|log| log["topics"][0] != topic.as_str());
        }
    })
}

#[test]
fn an_endpoint_that_leaves_out_a_refund_is_caught_by_the_storage() {
    let world = World::new();
    let stay = with_fees(&world);
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    drop(world.as_patient(&["appointment", "cancel", &stay]).succeeds());
    let liar = forgetful(&world);

    let alone = ["payment", "receipt", &stay, "--json", "--rpc-url", liar.url()];
    let run = world.as_patient(&alone).ends_with(7);
    let honest = world.node.url();
    let both = [&alone[..], &["--rpc-url", &honest]].concat();
    let compared = world.as_patient(&both).ends_with(7);

    assert_eq!(run.envelope()["error"]["code"], "LedgerMismatch");
    assert_eq!(compared.envelope()["error"]["code"], "EndpointDisagreement");
}
