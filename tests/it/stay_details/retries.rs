//! What is said again, was interrupted, amended or retracted: nothing is doubled, nothing is left behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use chartkey_tests::{Home, LyingNode, Run, anvil_key};
use serde_json::{Value, json};

use super::Who::{Clinic, Patient};
use super::{CLINIC, Desk, ROOM, bodies};

#[test]
fn the_same_is_not_said_twice_and_not_handed_over_twice() {
    let desk = Desk::open();
    let stay = desk.quote();
    let first = desk.tell(Clinic, &stay, ROOM, &[]);
    assert!(!first["append"].is_null() && !first["delivery"].is_null(), "{first}");
    let before = desk.transactions();

    let again = desk.tell(Clinic, &stay, ROOM, &[]);
    let delivered = desk.data(Clinic, &["appointment", "details", &stay, "--deliver"]);

    assert_eq!(again["entry"], first["entry"]);
    assert_eq!((&again["append"], &again["delivery"]), (&Value::Null, &Value::Null));
    assert_eq!((&again["delivered"], &delivered["delivered"]), (&json!([]), &json!([])));
    assert_eq!(desk.transactions(), before);
    let second = desk.tell(Clinic, &stay, "The gate is open until eight", &[]);
    assert_eq!(second["delivered"].as_array().expect("entries").len(), 1, "{second}");
    // A home that remembers nothing knows it from the chain.
    let fresh = Home::at(&desk.world.node.url());
    drop(fresh.private_file("clinic.key", anvil_key(1).as_bytes()));
    let args = desk.args(Clinic, &["appointment", "details", &stay, "--deliver", "--json"]);
    let key = fresh.path().join("clinic.key").display().to_string();
    let args: Vec<&str> = args
        .iter()
        .map(|arg| if arg.ends_with("clinic.key") { key.as_str() } else { arg.as_str() })
        .collect();
    let run = fresh.run_raw(&args, b"").succeeds();
    assert_eq!(run.envelope()["data"]["delivered"], json!([]));
}

/// A node that stands still with the first question for logs after a transaction was sent.
struct Halting {
    node: LyingNode,
    halted: mpsc::Receiver<()>,
    go_on: mpsc::Sender<()>,
}

impl Halting {
    fn in_front_of(url: &str) -> Self {
        let (tell, halted) = mpsc::channel();
        let (go_on, wait) = mpsc::channel::<()>();
        let (tell, wait) = (Mutex::new(tell), Mutex::new(wait));
        let is_sent = AtomicBool::new(false);
        let node = LyingNode::in_front_of(url, move |method, _| {
            if method.starts_with("eth_sendRawTransaction") {
                is_sent.store(true, Ordering::SeqCst);
            }
            if method == "eth_getLogs" && is_sent.load(Ordering::SeqCst) {
                let _ = tell.lock().expect("one at a time").send(());
                let _ = wait.lock().expect("one at a time").recv();
            }
        });
        Self { node, halted, go_on }
    }
}

#[test]
fn a_run_that_is_killed_between_entry_and_delivery_is_finished_by_the_next() {
    let desk = Desk::open();
    let stay = desk.quote();
    // The section is there, so that the first transaction is the entry.
    drop(desk.run(Clinic, &["record", "open", "administration"]).succeeds());
    let file = desk.world.clinic.file("room.txt", ROOM.as_bytes());
    let details = ["appointment", "details", &stay, &file, "--text", "--json"];
    let halting = Halting::in_front_of(&desk.world.node.url());
    let args = desk.args(Clinic, &[&details[..], &["--rpc-url", halting.node.url()]].concat());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut child = desk.world.clinic.start(&args, &[]);
    halting.halted.recv_timeout(Duration::from_secs(60)).expect("the entry is sent");
    child.kill().expect("it runs");
    drop(child.wait());
    drop(halting.go_on);
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [] as [&str; 0], "the key is missing");

    let second = desk.data(Clinic, &details[..5]);
    let third = desk.data(Clinic, &details[..5]);

    assert!(second["append"].is_null() && !second["delivery"].is_null(), "{second}");
    assert!(third["append"].is_null() && third["delivery"].is_null(), "{third}");
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [ROOM]);
    assert_eq!(bodies(&desk.read(Clinic, &stay, &[])), [ROOM], "it is there once");
}

#[test]
fn a_delivery_whose_outcome_was_not_told_is_not_made_again() {
    let desk = Desk::open();
    let stay = desk.quote();
    let first = desk.tell(Clinic, &stay, "before", &[]);
    let seq = first["entry"]["seq"].to_string();
    let amended = desk.world.clinic.file("amended.txt", b"after");
    let amend = ["record", "amend", "administration", &seq, &amended, "--text"];
    drop(desk.run(Clinic, &amend).succeeds());
    let silent = LyingNode::in_front_of(&desk.world.node.url(), |method, result| {
        if matches!(method, "eth_getTransactionReceipt" | "eth_sendRawTransactionSync") {
            *result = Value::Null;
        }
    });
    let deliver = ["appointment", "details", &stay, "--deliver"];
    let args = [&deliver[..], &["--rpc-url", silent.url(), "--timeout", "1"]].concat();
    drop(desk.error(Clinic, &args, 6));
    let before = desk.transactions();

    let again = desk.data(Clinic, &deliver);

    assert_eq!(again["delivered"], json!([]), "{again}");
    assert_eq!(desk.transactions(), before);
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), ["after"]);
}

#[test]
fn amendments_and_retractions_are_followed() {
    let desk = Desk::open();
    let stay = desk.quote();
    let sent = desk.tell(Clinic, &stay, "Room 101", &[]);
    let seq = sent["entry"]["seq"].to_string();
    let other = desk.tell(Clinic, &stay, "Come fasting", &[])["entry"]["seq"].to_string();
    let file = desk.world.clinic.file("new.txt", b"Room 102");
    let deliver = ["appointment", "details", &stay, "--deliver"];

    let amend = ["record", "amend", "administration", &seq, &file, "--text"];
    let said = desk.run(Clinic, &amend).succeeds().stdout;
    assert!(said.contains(&format!("chartkey appointment details {stay} --deliver")), "{said}");
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), ["Room 101", "Come fasting"], "not yet");
    drop(desk.data(Clinic, &deliver));
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), ["Come fasting", "Room 102"]);

    let reason = desk.world.clinic.file("reason.txt", b"of another patient");
    let retract = ["record", "retract", "administration", &other, "--reason", &reason];
    let said = desk.run(Clinic, &retract).succeeds().stdout;
    assert!(said.contains("--deliver"), "{said}");
    drop(desk.data(Clinic, &deliver));

    for who in [Clinic, Patient] {
        let shown = desk.read(who, &stay, &[]);
        let standings: Vec<_> = shown.iter().map(|one| &one["standing"]).collect();
        assert_eq!(standings, ["retracted", "current"]);
        let all = desk.read(who, &stay, &["--all"]);
        let operations: Vec<_> = all.iter().map(|one| &one["operation"]).collect();
        assert_eq!(operations, ["create", "create", "amend", "entered-in-error"]);
    }
    let text = desk.run(Patient, &["appointment", "details", &stay]).succeeds().stdout;
    assert!(text.contains("(retracted by "), "{text}");
}

#[test]
fn what_was_retracted_before_it_was_handed_over_stays_where_it_is() {
    let desk = Desk::open();
    let stay = desk.quote();
    // Written by a run that could not hand it over.
    let silent = LyingNode::in_front_of(&desk.world.node.url(), |method, result| {
        if matches!(method, "eth_getTransactionReceipt" | "eth_sendRawTransactionSync") {
            *result = Value::Null;
        }
    });
    drop(desk.run(Clinic, &["record", "open", "administration"]).succeeds());
    let more = ["--rpc-url", silent.url(), "--timeout", "1"];
    drop(desk.try_tell(Clinic, &stay, "of somebody else", &more).ends_with(6));
    let reason = desk.world.clinic.file("reason.txt", b"wrong patient");
    let retract = ["record", "retract", "administration", "2", "--reason", &reason];
    drop(desk.run(Clinic, &retract).succeeds());

    let sent = desk.tell(Clinic, &stay, ROOM, &[]);

    assert_eq!(sent["delivered"].as_array().expect("entries").len(), 1, "{sent}");
    assert_eq!(bodies(&desk.read(Patient, &stay, &["--all"])), [ROOM]);
}

#[test]
fn a_detail_is_sealed_again_for_the_state_that_somebody_else_left() {
    let desk = Desk::open();
    let stay = desk.quote();
    let record = desk.record(Patient);
    drop(desk.run(Patient, &["record", "open", "administration"]).succeeds());
    let grant = ["access", "grant", CLINIC, "--section", "administration", "--open-ended"];
    drop(desk.run(Patient, &[&grant[..], &["--write"]].concat()).succeeds());
    let note = desk.world.patient.file("note.txt", b"mine came first");
    let args = desk.args(Patient, &["record", "add", "administration", &note, "--text"]);
    let (home, is_first) = (desk.world.fresh_patient(), AtomicBool::new(true));
    let key = home.private_file("patient.key", anvil_key(0).as_bytes());
    let node = LyingNode::in_front_of(&desk.world.node.url(), move |method, _| {
        // Before the clinic writes, and after it has read.
        if method == "eth_estimateGas" && is_first.swap(false, Ordering::SeqCst) {
            let args: Vec<&str> = args
                .iter()
                .map(|arg| if arg.ends_with("patient.key") { key.as_str() } else { arg.as_str() })
                .collect();
            drop(home.run_raw(&args, b"").succeeds());
        }
    });

    let sent = desk.tell(Clinic, &stay, ROOM, &["--record", &record, "--rpc-url", node.url()]);

    assert_eq!(sent["entry"]["seq"], 3, "{sent}");
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [ROOM]);
}

#[test]
fn two_runs_at_once_say_it_once() {
    let desk = Desk::open();
    let stay = desk.quote();
    let file = desk.world.clinic.file("room.txt", ROOM.as_bytes());
    let args = desk.args(Clinic, &["appointment", "details", &stay, &file, "--text", "--json"]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();

    let children = [(); 2].map(|()| desk.world.clinic.start(&args, &[]));
    let runs = children.map(|child| Run::of(&args, child).succeeds().envelope()["data"].clone());

    let written: Vec<_> = runs.iter().filter(|data| !data["append"].is_null()).collect();
    let delivered: Vec<_> = runs.iter().filter(|data| !data["delivery"].is_null()).collect();
    assert_eq!((written.len(), delivered.len()), (1, 1), "{runs:?}");
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [ROOM]);
}
