//! To whose key a detail is handed over, and what an endpoint cannot hide of it.

use chartkey_tests::{LyingNode, PATIENT};

use super::Who::{Clinic, Patient};
use super::{Desk, ROOM, bodies};

#[test]
fn a_party_that_has_registered_no_key_is_named_with_what_to_do() {
    let desk = Desk::closed();
    drop(desk.run(Clinic, &["record", "create"]).succeeds());
    let stay = desk.quote();
    let before = desk.transactions();

    let error = desk.try_tell(Clinic, &stay, ROOM, &[]).ends_with(8).envelope()["error"].clone();

    assert_eq!(error["code"], "KeyNotRegistered");
    assert!(error["message"].as_str().expect("text").contains(PATIENT), "{error}");
    assert_eq!(error["hint"], "ask its holder to run: chartkey identity register");
    assert_eq!(desk.transactions(), before, "nothing is written for somebody who cannot get it");
    drop(desk.run(Patient, &["identity", "register"]).succeeds());
    drop(desk.tell(Clinic, &stay, ROOM, &[]));
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [ROOM]);
}

#[test]
fn a_changed_key_is_refused_until_its_words_were_compared() {
    let desk = Desk::open();
    let stay = desk.quote();
    drop(desk.tell(Clinic, &stay, ROOM, &[]));
    let passphrase = ["--passphrase", "--passphrase-command", "echo p"];
    let rotated = desk.data(Patient, &[&["identity", "rotate"][..], &passphrase].concat());
    let before = desk.transactions();

    let error = desk.try_tell(Clinic, &stay, "more", &[]).ends_with(7).envelope()["error"].clone();

    assert_eq!(error["code"], "ReaderKeyChanged");
    assert_eq!(desk.transactions(), before, "nothing is written either");
    let words = rotated["fingerprint"].as_str().expect("words");
    drop(desk.data(Clinic, &["access", "confirm", PATIENT, "--fingerprint", words]));
    let sent = desk.tell(Clinic, &stay, "more", &[]);
    assert_eq!(sent["delivered"].as_array().expect("entries").len(), 2, "to the new key all of it");
    let read = desk.read(Patient, &stay, &passphrase[1..]);
    assert_eq!(bodies(&read), [ROOM, "more"]);
}

#[test]
fn the_words_of_a_first_contact_must_fit() {
    let desk = Desk::open();
    let stay = desk.quote();
    let wrong = ["--fingerprint", "abandon abandon abandon"];

    let error = desk.try_tell(Clinic, &stay, ROOM, &wrong).ends_with(7).envelope()["error"].clone();
    let shown = desk.data(Patient, &["identity", "fingerprint"]);
    let words = shown["fingerprint"].as_str().expect("words");
    drop(desk.tell(Clinic, &stay, ROOM, &["--fingerprint", words]));

    assert_eq!(error["code"], "FingerprintMismatch");
    assert_eq!(bodies(&desk.read(Patient, &stay, &[])), [ROOM]);
}

#[test]
fn a_node_that_drops_an_entry_or_its_key_is_caught() {
    let desk = Desk::open();
    let stay = desk.quote();
    let sent = desk.tell(Clinic, &stay, ROOM, &[]);
    for transaction in ["append", "delivery"] {
        let hash = sent[transaction]["tx"].clone();
        let liar = LyingNode::in_front_of(&desk.world.node.url(), move |method, result| {
            if method == "eth_getLogs" {
                let logs = result.as_array_mut().expect("logs");
                logs.retain(|log| log["transactionHash"] != hash);
            }
        });
        let read = ["appointment", "details", &stay, "--rpc-url", liar.url()];

        let error = desk.error(Patient, &read, 7);

        let honest = desk.world.node.url();
        let both = ["--rpc-url", liar.url(), "--rpc-url", honest.as_str()];
        assert_eq!(bodies(&desk.read(Patient, &stay, &both)), [ROOM], "{error}");
    }
}

#[test]
fn the_access_log_names_who_got_keys_once() {
    let desk = Desk::open();
    let stay = desk.quote();
    drop(desk.tell(Clinic, &stay, ROOM, &[]));

    let text = desk.run(Clinic, &["audit", "log"]).succeeds().stdout;

    let line = text.lines().find(|line| line.contains("delivered keys to 0xf39F")).expect("a line");
    assert_eq!(line.matches(PATIENT).count(), 1, "{line}");
}
