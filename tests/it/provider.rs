//! Credentials and the registrar's post, by the commands.

use chartkey_tests::{PATIENT, World};
use serde_json::Value;

/// Address of the clinic, which deployed the program: its first registrar.
const CLINIC: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/// `data` of a command of the registrar.
fn registrar(world: &World, args: &[&str]) -> Value {
    let run = world.as_clinic(&[&["provider"][..], args, &["--json"]].concat()).succeeds();
    run.envelope()["data"].clone()
}

fn refused(world: &World, args: &[&str], code: i32) -> Value {
    let run = world.as_patient(&[&["provider"][..], args, &["--json"]].concat()).ends_with(code);
    run.envelope()["error"].clone()
}

const SET: [&str; 7] =
    ["credential", "set", PATIENT, "--valid-from", "2020-01-01", "--until", "2999-12-31"];

#[test]
fn a_credential_is_stated_suspended_and_resumed() {
    let world = World::new();
    assert!(registrar(&world, &["credential", "show", PATIENT])["credential"].is_null());

    let set = registrar(&world, &[&SET[..], &["--emergency"]].concat());
    let held = registrar(&world, &["credential", "show", PATIENT]);
    let suspended = registrar(&world, &["credential", "suspend", PATIENT]);
    let shown = world.as_clinic(&["provider", "credential", "show", PATIENT]).succeeds().stdout;
    drop(registrar(&world, &["credential", "resume", PATIENT]));
    let resumed = registrar(&world, &["credential", "show", PATIENT]);

    let credential = &held["credential"];
    assert_eq!(&set["credential"], credential);
    assert_eq!(credential["validFrom"], "2020-01-01T00:00:00Z");
    assert_eq!(credential["validUntil"], "2999-12-31T00:00:00Z");
    assert_eq!(
        (&credential["isForEmergencies"], &credential["isCurrent"]),
        (&true.into(), &true.into())
    );
    assert_eq!(suspended["credential"]["isCurrent"], false);
    assert!(shown.contains("(UTC): suspended, for emergency claims too"), "{shown}");
    assert_eq!(&resumed["credential"], credential, "the period and the flags are as before");
}

#[test]
fn nobody_but_the_registrar_states_anything_and_nothing_is_sent_to_find_out() {
    let world = World::new();

    for args in [&SET[..], &["registrar", "offer", PATIENT]] {
        // Without a simulation the contract would only refuse once it is paid.
        let error = refused(&world, &[args, &["--gas-limit", "100000"]].concat(), 3);
        assert_eq!(error["data"]["name"], "NotRegistrar", "{args:?}");
        assert!(error["data"]["tx"].is_null(), "nothing was sent");
    }
    assert_eq!(refused(&world, &["registrar", "accept"], 3)["data"]["name"], "NotOffered");
    assert_eq!(refused(&world, &["credential", "suspend", PATIENT], 8)["code"], "NotFound");
}

#[test]
fn a_period_that_ends_before_it_begins_is_refused() {
    let world = World::new();
    let args = ["provider", "credential", "set", PATIENT, "--valid-from", "2026-01-02"];

    let run = world.as_clinic(&[&args[..], &["--until", "2026-01-02", "--json"]].concat());

    assert_eq!(run.ends_with(3).envelope()["error"]["data"]["name"], "CredentialTerms");
    let run = world.as_clinic(&[&args[..], &["--until", "soon", "--json"]].concat());
    assert_eq!(run.ends_with(2).envelope()["error"]["code"], "Date");
}

#[test]
fn the_post_goes_to_whom_it_was_offered_once_they_take_it() {
    let world = World::new();

    drop(registrar(&world, &["registrar", "offer", PATIENT]));
    let offered = registrar(&world, &["registrar", "show"]);
    drop(world.as_patient(&["provider", "registrar", "accept"]).succeeds());
    let taken = registrar(&world, &["registrar", "show"]);

    assert_eq!((&offered["registrar"], &offered["offeredTo"]), (&CLINIC.into(), &PATIENT.into()));
    assert_eq!((&taken["registrar"], &taken["offeredTo"]), (&PATIENT.into(), &Value::Null));
    let run = world.as_clinic(&[&["provider"][..], &SET, &["--json"]].concat()).ends_with(3);
    assert_eq!(run.envelope()["error"]["data"]["name"], "NotRegistrar");
}
