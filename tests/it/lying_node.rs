//! C02: an endpoint that drops, reorders or forges logs is caught, and the entry is named.

use alloy_primitives::{B256, hex};
use chartkey_crypto::{Link, LinkKind, State};
use chartkey_tests::{LyingNode, World};
use serde_json::Value;

/// A patient's record with three entries in its medical history, 2 to 4.
fn world() -> World {
    let world = World::quick();
    world.create_record();
    for number in 1..=3 {
        world.write(&format!("entry {number}"));
    }
    world
}

/// Topic of a section's links.
fn topic() -> String {
    alloy_primitives::keccak256("HealthRecordUpdated(bytes32,uint16,address,bytes32,bytes32,bytes)")
        .to_string()
}

/// Places of the links of the section with the most of them.
fn links(logs: &[Value]) -> Vec<usize> {
    let handle = |log: &Value| log["topics"][2].as_str().expect("a topic").to_owned();
    let links: Vec<usize> =
        (0..logs.len()).filter(|at| logs[*at]["topics"][0] == topic()).collect();
    let count = |of: &str| links.iter().filter(|at| handle(&logs[**at]) == of).count();
    let most = links.iter().map(|at| handle(&logs[*at])).max_by_key(|one| count(one));
    let most = most.expect("a section");
    links.into_iter().filter(|at| handle(&logs[*at]) == most).collect()
}

/// Places of the events of the access chain.
fn access(logs: &[Value]) -> Vec<usize> {
    (0..logs.len()).filter(|at| logs[*at]["topics"][0] != topic()).collect()
}

/// An endpoint that bends the logs of a record.
fn liar(world: &World, lie: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> LyingNode {
    LyingNode::in_front_of(&world.node.url(), move |method, result| {
        if let ("eth_getLogs", Value::Array(logs)) = (method, result)
            && logs.iter().any(|log| log["topics"][0] == topic())
        {
            lie(logs);
        }
    })
}

/// The error of `audit verify` over bent logs.
fn verify_with(world: &World, lie: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> Value {
    let liar = liar(world, lie);
    let args = ["audit", "verify", "--json", "--rpc-url", liar.url()];
    world.as_patient(&args).ends_with(7).envelope()["error"].clone()
}

fn data(log: &Value) -> Vec<u8> {
    hex::decode(log["data"].as_str().expect("data")).expect("hex")
}

fn set(log: &mut Value, data: &[u8]) {
    log["data"] = hex::encode_prefixed(data).into();
}

fn flip(log: &mut Value, byte: usize) {
    let mut bytes = data(log);
    bytes[byte] ^= 1;
    set(log, &bytes);
}

fn is_named(error: &Value, code: &str, entry: &str) {
    assert_eq!((&error["code"], &error["data"]["entry"]), (&code.into(), &entry.into()), "{error}");
}

#[test]
fn an_honest_middleman_changes_nothing() {
    let world = world();
    let middleman = LyingNode::in_front_of(&world.node.url(), |_, _| ());

    for command in ["record", "audit"] {
        let run = world.as_patient(&[command, "verify", "--rpc-url", middleman.url()]).succeeds();
        assert!(run.stdout.contains("the chain holds"), "{}", run.stdout);
    }
}

#[test]
fn c02_a_changed_byte_anywhere_in_a_log_names_the_entry() {
    let world = world();
    for (nth, entry) in [(1, "2"), (3, "4")] {
        // State word, kind, time, offset, length, ciphertext, padding.
        for byte in [3, 53, 63, 95, 127, 200, 720] {
            let error = verify_with(&world, move |logs| {
                let at = links(logs)[nth];
                flip(&mut logs[at], byte);
            });
            // What does not decode is left out, and then missing.
            let code = error["code"].as_str().expect("a code");
            assert!(matches!(code, "Altered" | "Missing"), "entry {entry}, byte {byte}: {error}");
            assert_eq!(error["data"]["entry"], entry, "byte {byte}: {error}");
            let message = error["message"].as_str().expect("text");
            assert!(message.contains("medical history"), "{error}");
        }
    }
}

#[test]
fn c02_an_entry_under_another_number_appears_twice() {
    let world = world();

    // The last byte of the state word is the number: entry 3 becomes a second entry 2.
    let error = verify_with(&world, |logs| {
        let at = links(logs)[2];
        flip(&mut logs[at], 31);
    });

    is_named(&error, "Duplicate", "2");
}

#[test]
fn c02_a_withheld_entry_is_missing() {
    let world = world();

    let error = verify_with(&world, |logs| drop(logs.remove(links(logs)[2])));

    is_named(&error, "Missing", "3");
}

#[test]
fn c02_the_newest_entry_is_missing_too_when_it_is_withheld() {
    let world = world();

    let error = verify_with(&world, |logs| drop(logs.remove(links(logs)[3])));

    is_named(&error, "Missing", "4");
}

#[test]
fn c02_a_changed_author_is_altered() {
    let world = world();

    let error = verify_with(&world, |logs| {
        let at = links(logs)[3];
        let other = "70997970c51812dc3a010c7d01b50e0d17dc79c8";
        logs[at]["topics"][3] = format!("0x{other:0>64}").into();
    });

    is_named(&error, "Altered", "4");
}

#[test]
fn c02_contents_that_changed_places_are_both_named() {
    let world = world();

    let error = verify_with(&world, |logs| {
        let [one, other] = [links(logs)[1], links(logs)[2]];
        let (mut first, mut second) = (data(&logs[one]), data(&logs[other]));
        // The blobs, behind state, link, offset and length.
        first[128..].swap_with_slice(&mut second[128..]);
        set(&mut logs[one], &first);
        set(&mut logs[other], &second);
    });

    is_named(&error, "Altered", "2");
    let entries: Vec<_> = error["data"]["faults"].as_array().expect("faults").iter().collect();
    assert_eq!(entries.len(), 2, "{error}");
    assert_eq!(entries[1]["entry"], "3");
}

#[test]
fn c02_a_history_that_was_computed_anew_ends_elsewhere() {
    let world = world();

    let error = verify_with(&world, |logs| {
        let links = links(logs);
        let word = |log: &Value| -> [u8; 32] { data(log)[..32].try_into().expect("a word") };
        let mut state = State::from_word(word(&logs[links[1]])).expect("a state");
        for at in &links[2..] {
            let mut bytes = data(&logs[*at]);
            bytes[300] ^= 1;
            let length = usize::from(bytes[126]) << 8 | usize::from(bytes[127]);
            let author = B256::from_slice(
                &hex::decode(logs[*at]["topics"][3].as_str().expect("a topic")).expect("hex"),
            );
            let link = Link {
                kind: LinkKind::from_number(bytes[53]),
                index: u16::from_be_bytes([bytes[54], bytes[55]]),
                author: author[12..].try_into().expect("an account"),
                time: u64::from_be_bytes(bytes[56..64].try_into().expect("eight bytes")),
            };
            state = state.append(&link, &bytes[128..128 + length]);
            bytes[..32].copy_from_slice(&state.to_word());
            set(&mut logs[*at], &bytes);
        }
    });

    // What was verified before is no suspect; the checkpoint is at the end, so nothing is left but that.
    assert!(matches!(error["code"].as_str(), Some("HeadMismatch" | "Fork")), "{error}");
}

#[test]
fn c02_a_second_version_of_an_entry_is_named() {
    let world = world();

    let error = verify_with(&world, |logs| {
        let mut second = logs[links(logs)[2]].clone();
        flip(&mut second, 300);
        logs.push(second);
    });

    is_named(&error, "Duplicate", "3");
}

#[test]
fn c02_access_that_is_withheld_or_changed_is_named() {
    let world = world();

    let withheld = verify_with(&world, |logs| drop(logs.remove(access(logs)[0])));
    is_named(&withheld, "Missing", "1");

    // The list: behind state, link, terms, offset and length.
    let changed = verify_with(&world, |logs| {
        let at = access(logs)[0];
        flip(&mut logs[at], 200);
    });
    is_named(&changed, "Altered", "1");
    assert!(changed["message"].as_str().expect("text").contains("access chain"), "{changed}");
}

#[test]
fn c02_every_command_that_reads_refuses_and_not_only_verify() {
    let world = world();
    let liar = liar(&world, |logs| drop(logs.remove(links(logs)[2])));
    let file = world.patient.file("more.txt", b"more");

    for command in [
        &["record", "show"][..],
        &["record", "verify"],
        &["record", "update-history", &file, "--text"],
        &["access", "list"],
        &["audit", "log"],
        &["audit", "report"],
        &["audit", "disclosures"],
        &["backup", "out.backup"],
    ] {
        let args = [command, &["--json", "--rpc-url", liar.url()]].concat();
        let error = world.as_patient(&args).ends_with(7).envelope()["error"].clone();
        is_named(&error, "Missing", "3");
    }
}

#[test]
fn a_lie_about_logs_is_mended_by_the_second_endpoint_and_the_liar_is_named() {
    let world = world();
    let liar = liar(&world, |logs| {
        let at = links(logs)[2];
        flip(&mut logs[at], 300);
    });
    let urls = ["--rpc-url", liar.url(), "--rpc-url", &world.node.url(), "--json"];

    let run = world.as_patient(&[&["record", "show"][..], &urls].concat()).succeeds();

    let document = run.envelope();
    assert!(run.stdout.contains("entry 2"), "{}", run.stdout);
    let warning = document["warnings"][0].as_str().expect("a warning");
    assert!(warning.contains(liar.url()) && warning.contains("entry 3 was altered"), "{warning}");
}

#[test]
fn two_liars_are_not_believed_either() {
    let world = world();
    let lie = |logs: &mut Vec<Value>| drop(logs.remove(links(logs)[2]));
    let (one, other) = (liar(&world, lie), liar(&world, lie));
    let urls = ["--rpc-url", one.url(), "--rpc-url", other.url(), "--json"];

    let run = world.as_patient(&[&["record", "show"][..], &urls].concat()).ends_with(7);

    let error = run.envelope()["error"].clone();
    is_named(&error, "Missing", "3");
    assert!(error["message"].as_str().expect("text").contains(one.url()), "{error}");
}

#[test]
fn a_record_that_the_first_endpoint_hides_is_found_by_the_second() {
    let world = world();
    let liar = LyingNode::in_front_of(&world.node.url(), |method, result| {
        if method == "eth_getLogs" {
            *result = Value::Array(Vec::new());
        }
    });
    let home = world.fresh_patient();
    let show = ["record", "show", "--rpc-url", liar.url()];

    drop(world.as_patient_of(&home, &show).ends_with(8));
    let honest = world.node.url();
    let both = [&show[..], &["--rpc-url", &honest]].concat();
    let run = world.as_patient_of(&home, &both).succeeds().says("does not tell the whole history");
    assert!(run.stdout.contains("entry 3"), "{}", run.stdout);
}
