//! Writes to a record that moves while they are prepared, and writes whose outcome was never told
//! (crypto.md section 8.3).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chartkey_tests::LyingNode;
use serde_json::{Value, json};

use crate::ward::{Ward, Who, numbers};

const HISTORY: &str = "medical-history";

/// A node that lets the clinician write each time the patient has read the record, `times` times.
fn overtaken(ward: &Arc<Ward>, times: usize) -> LyingNode {
    let (ward, left) = (Arc::clone(ward), AtomicUsize::new(times));
    let url = ward.world.node.url();
    LyingNode::in_front_of(&url, move |method, _| {
        let is_due = method == "eth_getLogs"
            && left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                .is_ok();
        if is_due {
            let note = ward.file(Who::Clinician, "note.txt", "first");
            let add = ["record", "add", HISTORY, &note, "--text"];
            drop(ward.run(Who::Clinician, &add).succeeds());
        }
    })
}

fn bodies(ward: &Ward) -> Vec<Value> {
    let entries = ward.entries(Who::Patient, HISTORY, &[]);
    entries.iter().map(|entry| entry["body"].clone()).collect()
}

#[test]
fn an_entry_is_sealed_again_for_the_state_that_somebody_else_left() {
    let ward = Arc::new(Ward::shared());
    let note = ward.file(Who::Patient, "note.txt", "second");
    let node = overtaken(&ward, 1);

    let add = ["record", "add", HISTORY, &note, "--text"];
    drop(ward.run_at(node.url(), Who::Patient, &add, b"").succeeds());

    assert_eq!(bodies(&ward), ["first", "second"]);
}

#[test]
fn after_three_times_it_is_refused_and_nothing_is_written() {
    let ward = Arc::new(Ward::shared());
    let note = ward.file(Who::Patient, "note.txt", "never");
    let node = overtaken(&ward, 4);

    let add = ["record", "add", HISTORY, &note, "--text", "--json"];
    let run = ward.run_at(node.url(), Who::Patient, &add, b"").ends_with(3);

    assert_eq!(run.envelope()["error"]["data"]["name"], "StateMoved");
    assert_eq!(bodies(&ward), ["first"; 4]);
}

/// A second retraction would be refused, and a second answer has no request left: what the interrupted
/// run did is found before that is looked at.
#[test]
fn a_retraction_whose_outcome_was_not_told_is_found_and_not_refused() {
    let ward = Ward::open();
    let file = ward.condition(Who::Patient, "Gout", "active");
    drop(ward.data(Who::Patient, &["record", "add", HISTORY, &file]));
    let silent = LyingNode::in_front_of(&ward.world.node.url(), |method, result| {
        if matches!(method, "eth_getTransactionReceipt" | "eth_sendRawTransactionSync") {
            *result = Value::Null;
        }
    });
    let retract = ["record", "retract", HISTORY, "2", "--reason", "-", "--json"];
    let args = [&retract[..], &["--timeout", "1"]].concat();
    let first = ward.run_at(silent.url(), Who::Patient, &args, b"wrong patient").ends_with(6);

    let again = ward.run_with(Who::Patient, &retract, b"wrong patient").succeeds();

    let sent = first.envelope()["error"]["data"]["tx"].clone();
    assert_eq!(again.envelope()["data"]["tx"], sent, "{}", again.stderr);
    let all = ward.entries(Who::Patient, HISTORY, &["--all"]);
    assert_eq!((numbers(&all), &all[1]["operation"]), (vec![2, 3], &json!("entered-in-error")));
}
