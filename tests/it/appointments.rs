//! What each side is told before it promises anything, and what makes no sense and is not sent.

use chartkey::dates;
use chartkey_tests::{Home, PATIENT, Run, World, anvil_key};
use serde_json::Value;

use crate::resume::{kill_after_sending, silent};

/// The clinic's account: anvil's second.
const CLINIC: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
/// Anvil's fourth account.
const STAFF: &str = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";

fn data(run: Run) -> Value {
    run.succeeds().envelope()["data"].clone()
}

/// A day from today on.
fn day(ahead: u64) -> String {
    dates::format_day(u32::try_from(dates::now() / 86_400 + ahead).expect("32 bits of days"))
}

/// An account with a home of its own, whose key is in a file.
fn person(world: &World, index: usize) -> (Home, String) {
    let home = Home::at(&world.node.url());
    let key = home.private_file("key", anvil_key(index).as_bytes());
    (home, key)
}

fn run_as((home, key): &(Home, String), world: &World, args: &[&str]) -> Run {
    let flags = ["--key-file", key, "--unlock-with-account-key", "--yes"];
    home.run(&[args, &flags, &world.flags()[..]].concat())
}

#[test]
fn a_quote_that_was_killed_after_sending_is_found_and_not_made_twice() {
    let world = World::new();
    policy(&world);
    let (admit, discharge) = (day(100), day(102));
    let quote = ["appointment", "quote", "--patient", PATIENT, "--total", "1eth", "--policy", "1"];
    let rest = ["--admit", &admit, "--discharge", &discharge, "--room", "1"];
    let quote = [&quote[..], &rest[..]].concat();
    let silent = silent(&world);
    let password = world.clinic.path().join("password").display().to_string();
    let flags =
        ["--rpc-url", silent.url(), "--account", "clinic", "--yes", "--password-file", &password];
    let child = world.clinic.start(&[&quote[..], &flags, &world.flags()[..]].concat(), &[]);
    let hash = kill_after_sending(&world, child);

    let again = data(world.as_clinic(&[&quote[..], &["--json"]].concat()));
    let other = data(world.as_clinic(&[&quote[..], &["--json"]].concat()));

    assert_eq!((&again["stay"], &again["tx"]), (&"1".into(), &hash.into()));
    assert_eq!(other["stay"], "2", "it was told once");
}

/// Policy 1: free until 8,784 hours before admission, 30 % then; a first part of 20 %.
fn policy(world: &World) {
    let policy = ["clinic", "policy", "--free-cancel-hours", "8784", "--late-cancel-bps", "3000"];
    let rest = ["--deposit-bps", "2000", "--early-discharge-bps", "5000", "--arbiter", STAFF];
    drop(world.as_clinic(&[&policy[..], &rest[..]].concat()).succeeds());
}

fn quote(world: &World, days: (u64, u64), more: &[&str]) -> Run {
    let (admit, discharge) = (day(days.0), day(days.1));
    let quote = ["appointment", "quote", "--patient", PATIENT, "--total", "1eth", "--json"];
    let days = ["--admit", &admit, "--discharge", &discharge];
    world.as_clinic(&[&quote[..], &days[..], more].concat())
}

fn quoted(world: &World, days: (u64, u64)) -> String {
    let run = quote(world, days, &["--room", "1", "--policy", "1"]);
    data(run)["stay"].as_str().expect("a number").to_owned()
}

#[test]
fn the_patient_reads_the_terms_before_accepting_them() {
    let world = World::quick();
    policy(&world);
    let stay = quoted(&world, (100, 102));

    let text = world.as_patient(&["appointment", "show", &stay]).succeeds().stdout;
    let terms =
        data(world.as_patient(&["appointment", "show", &stay, "--json"]))["policyTerms"].clone();

    for line in [
        "cancelling is free until 8784 h before admission",
        "a later cancellation costs 30.00 %",
        "a first part payment is at least 20.00 %",
        "leaving early gives back 50.00 % of unused nights",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(text.contains(&format!("disputes: {STAFF} decides within 336 h")), "{text}");
    assert_eq!((&terms["lateCancelBps"], &terms["arbiter"]), (&3_000.into(), &STAFF.into()));
}

#[test]
fn whoever_cancels_is_told_what_goes_back_before_and_after() {
    let world = World::quick();
    policy(&world);
    let stay = quoted(&world, (100, 102));
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());

    let cancel = ["appointment", "cancel", &stay];
    let patient = world.as_patient(&[&cancel[..], &["--dry-run"]].concat()).succeeds().stdout;
    let clinic = world.as_clinic(&[&cancel[..], &["--dry-run"]].concat()).succeeds().stdout;
    let done = world.as_patient(&cancel).succeeds().stdout;

    let split = format!("0.7 ETH goes back to who paid, 0.3 ETH to clinic {CLINIC}");
    assert!(patient.contains(&split), "{patient}");
    assert!(clinic.contains("1 ETH goes back to who paid\n"), "{clinic}");
    assert!(done.contains(&format!("is cancelled; {split}")), "{done}");
}

#[test]
fn parts_that_the_policy_does_not_take_are_named_with_what_it_takes() {
    let world = World::quick();
    policy(&world);
    let stay = quoted(&world, (100, 102));
    let pay = |amount| world.as_patient(&["appointment", "pay", &stay, "--amount", amount]);

    drop(pay("0.1eth").ends_with(2).says("the first part of stay 1 is at least 0.2 ETH"));
    drop(pay("2eth").ends_with(2).says("of stay 1, 1 ETH is due, not 2 ETH"));
    drop(pay("0eth").ends_with(2).says("1 ETH is due"));
    drop(pay("0.2eth").succeeds());
    let relative = person(&world, 4);
    let part = ["appointment", "pay", &stay, "--amount", "0.1eth"];
    drop(run_as(&relative, &world, &part).ends_with(2).says("only the patient pays parts"));
}

#[test]
fn staff_quotes_lists_and_looks_up_rooms_for_its_clinic() {
    let world = World::quick();
    let staff = person(&world, 3);
    let (first, end) = (day(0), day(200));
    let room = ["clinic", "room", "7", "--first", &first, "--end", &end, "--json"];
    let digest = data(world.as_clinic(&room))["room"].as_str().expect("a digest").to_owned();
    drop(world.as_clinic(&["clinic", "staff", STAFF, "--days", "1"]).succeeds());
    let (admit, discharge) = (day(100), day(102));
    let offer = |room: &[&str], clinic: &str| {
        let quote = ["appointment", "quote", "--patient", PATIENT, "--total", "1eth", "--json"];
        let rest = ["--admit", &admit, "--discharge", &discharge, "--clinic", clinic];
        run_as(&staff, &world, &[&quote[..], &rest[..], room].concat())
    };

    drop(offer(&["--room", "7"], CLINIC).ends_with(2));
    drop(offer(&["--room-digest", &digest], PATIENT).ends_with(3));
    let stay = data(offer(&["--room-digest", &digest, "--override-availability"], CLINIC));
    let stay = stay["stay"].as_str().expect("a number").to_owned();
    let plain = data(offer(&["--room-digest", &digest], CLINIC))["stay"].clone();
    drop(world.as_patient(&["appointment", "pay", plain.as_str().expect("a number")]).succeeds());

    let shown = data(world.as_patient(&["appointment", "show", &stay, "--json"]));
    assert_eq!(shown["clinic"], CLINIC);
    assert_eq!(shown["overridesAvailability"], true);
    let list = ["appointment", "list", "--clinic", CLINIC, "--json"];
    let listed = data(run_as(&staff, &world, &list));
    assert_eq!(listed["stays"].as_array().map(Vec::len), Some(2));
    let calendar = ["appointment", "calendar", "--room-digest", &digest, "--clinic", CLINIC];
    let days = ["--first", &admit, "--days", "3", "--json"];
    let nights =
        data(run_as(&staff, &world, &[&calendar[..], &days[..]].concat()))["nights"].clone();
    let slots = [0, 1, 2].map(|at: usize| nights[at]["slot"].as_str().expect("a word").to_owned());
    assert_eq!(slots, ["busy", "busy", "free"]);
}

#[test]
fn what_cannot_be_meant_is_not_sent() {
    let world = World::quick();
    let (first, end) = (day(0), day(200));
    let room = ["clinic", "room", "1", "--first", &first, "--end", &end];
    drop(world.as_clinic(&room).succeeds());
    let head = world.node.head();
    let request = ["appointment", "request", "--clinic", CLINIC, "--admit", "2020-01-01"];
    let request = [&request[..], &["--discharge", "2020-01-03"]].concat();
    drop(world.as_patient(&request).ends_with(2).says("in the past"));
    let over = ["appointment", "quote", "--patient", PATIENT, "--room", "1", "--total", "1eth"];
    let days = ["--admit", "2020-01-01", "--discharge", "2020-01-03"];
    drop(world.as_clinic(&[&over[..], &days[..]].concat()).ends_with(2).says("was over"));
    drop(quote(&world, (9, 10), &["--room", "1", "--valid-days", "0"]).ends_with(2));
    drop(quote(&world, (9, 10), &["--room", " "]).ends_with(2));
    drop(world.as_clinic(&["clinic", "token", PATIENT]).ends_with(2).says("ERC-20"));
    drop(world.as_clinic(&["clinic", "policy", "--dispute-hours", "5"]).ends_with(2));
    let calendar = ["appointment", "calendar", "1", "--first", &first, "--days"];
    drop(world.as_clinic(&[&calendar[..], &["0"]].concat()).ends_with(2));
    drop(world.as_clinic(&[&calendar[..], &["400"]].concat()).ends_with(2));
    assert_eq!(world.node.head(), head, "nothing was sent");

    let stay = data(quote(&world, (0, 3), &["--room", "1"]))["stay"].clone();
    let stay = stay.as_str().expect("a number");
    let paid = world.as_patient(&["appointment", "pay", stay]).succeeds();
    drop(paid.says("cannot be cancelled by the patient"));
    drop(quote(&world, (2, 4), &["--room", "1"]).succeeds().says("is taken in the night of"));
    drop(quote(&world, (2, 4), &["--room", "l"]).succeeds().says("not laid out"));
}

#[test]
fn a_patient_in_house_says_so_when_the_clinic_does_not() {
    let world = World::quick();
    policy(&world);
    let stay = quoted(&world, (0, 4));
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());

    drop(world.as_patient(&["appointment", "arrive", &stay]).succeeds());

    drop(world.as_clinic(&["appointment", "no-show", &stay]).ends_with(3).says("WrongState"));
}

#[test]
fn two_early_discharges_give_back_as_much_as_one_and_the_invoice_keeps_its_days() {
    let world = World::quick();
    policy(&world);
    let stay = quoted(&world, (0, 4));
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    drop(world.as_clinic(&["appointment", "arrive", &stay]).succeeds());
    for ahead in [2, 1] {
        let on = day(ahead);
        drop(world.as_clinic(&["appointment", "discharge", &stay, "--on", &on]).succeeds());
    }

    let receipt = data(world.as_patient(&["payment", "receipt", &stay, "--json"]));
    let fhir = data(world.as_patient(&["payment", "receipt", &stay, "--fhir", "--json"]));

    assert_eq!(receipt["refundedWei"], "375000000000000000");
    let line = &fhir["entry"][0]["resource"]["lineItem"][0]["chargeItemCodeableConcept"]["text"];
    assert_eq!(line, &format!("Stay from {} to {}", day(0), day(4)), "an invoice is not edited");
}

#[test]
fn an_insurer_hears_that_a_stay_can_still_be_cancelled_and_a_claim_ends_with_it() {
    let world = World::quick();
    policy(&world);
    let insurer = person(&world, 2);
    let address = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
    let stay = quoted(&world, (100, 102));
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    let claim = ["appointment", "claim", &stay, "--insurer", address, "1eth"];
    drop(world.as_patient(&claim).succeeds());
    let part = ["appointment", "settle-claim", &stay, "0.1eth", "--to", "clinic"];

    let paid = run_as(&insurer, &world, &part).succeeds();
    drop(paid.says("not settled").says("comes on top"));
    drop(world.as_clinic(&["appointment", "cancel", &stay]).succeeds());

    let shown = data(world.as_patient(&["appointment", "show", &stay, "--json"]));
    assert_eq!(shown["claimMostWei"], "0");
    let refuse = ["appointment", "settle-claim", &stay, "--refuse"];
    drop(run_as(&insurer, &world, &refuse).succeeds());
}

#[test]
fn stays_that_end_before_they_are_paid_have_receipts_and_spoil_no_statement() {
    let world = World::quick();
    policy(&world);
    let stays = [1, 10, 20].map(|ahead| quoted(&world, (100 + ahead, 102 + ahead)));
    drop(world.as_patient(&["appointment", "hold", &stays[1]]).succeeds());
    let part = ["appointment", "pay", &stays[2], "--amount", "0.5eth"];
    drop(world.as_patient(&part).succeeds());
    for stay in &stays {
        drop(world.as_patient(&["appointment", "cancel", stay]).succeeds());
    }

    for (stay, refunded) in stays.iter().zip(["0", "0", "200000000000000000"]) {
        let receipt = data(world.as_patient(&["payment", "receipt", stay, "--json"]));
        assert_eq!((&receipt["refundedWei"], &receipt["heldWei"]), (&refunded.into(), &"0".into()));
        let shown = data(world.as_patient(&["appointment", "show", stay, "--json"]));
        assert_eq!((&shown["payer"], &shown["dueWei"]), (&Value::Null, &"0".into()));
    }
    let statement = data(world.as_clinic(&["payment", "statement", "--json"]));
    assert_eq!(statement["totals"][0]["receivedWei"], "300000000000000000");
    drop(world.as_patient(&["payment", "statement", "--fhir"]).succeeds());
}

#[test]
fn a_request_has_no_price_and_nobody_insures_it() {
    let world = World::quick();
    let (admit, discharge) = (day(9), day(10));
    let request = ["appointment", "request", "--clinic", CLINIC, "--admit", &admit];
    drop(world.as_patient(&[&request[..], &["--discharge", &discharge]].concat()).succeeds());

    let listed = world.as_patient(&["appointment", "list"]).succeeds().stdout;
    let zero = format!("0x{}", "0".repeat(40));
    let claim = ["appointment", "claim", "1", "--insurer", &zero, "1eth"];

    assert!(listed.contains("no price yet"), "{listed}");
    drop(world.as_patient(&claim).ends_with(2).says("zero address"));
}
