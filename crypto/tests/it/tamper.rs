//! What a lying endpoint can do to the logs of a section, and how it is named.

use chartkey_crypto::*;
use serde_json::Value;

use crate::{all, array, bytes, number, section};

fn state(value: &Value) -> State {
    State::from_word(array(value)).expect("a section in use")
}

/// The logs of the vectors: each link with its epoch record or envelope.
pub(crate) fn logs(all: &Value) -> Vec<ChainLog> {
    let section = &all["section"];
    let blob = |link: &Value| {
        let (list, key, field) = match link["kind"].as_u64() {
            Some(2) => (&section["epochs"], "epoch", "record_blob"),
            _ => (&section["entries"], "seq", "envelope"),
        };
        let found = list.as_array().unwrap().iter().find(|one| one[key] == link[key]);
        bytes(&found.expect("a blob for each link")[field])
    };
    let links = section["links"].as_array().unwrap().iter();
    links
        .map(|link| ChainLog {
            state: state(&link["state_word"]),
            link: Link {
                kind: LinkKind::from_number(link["kind"].as_u64().unwrap() as u8),
                index: u16::try_from(link["index"].as_u64().unwrap()).unwrap(),
                author: array(&link["author"]),
                time: link["time"].as_u64().unwrap(),
            },
            blob: blob(link),
        })
        .collect()
}

#[test]
fn the_untouched_logs_verify_and_open() {
    let all = all();
    let (section, logs) = (section(&all), logs(&all));
    let end = logs.last().unwrap().state;

    let links = verify(&section, end, &logs, None).expect("nothing was changed");

    assert_eq!(section.genesis().head()[..], bytes(&all["section"]["genesis"]));
    for (log, vector) in logs.iter().zip(all["section"]["links"].as_array().unwrap()) {
        assert_eq!(detached_leaf(&log.blob)[..], bytes(&vector["leaf"]));
    }
    for vector in all["section"]["entries"].as_array().unwrap() {
        let link = links.iter().find(|link| link.seq() == number(&vector["seq"])).unwrap();
        let key = AuthorKey::from_bytes(array(&vector["author_key"]));
        let frame = open_entry(&key, &section, link).expect("the author's key");
        assert_eq!(frame.encode().unwrap()[..], bytes(&vector["frame"]));
        let other = AuthorKey::from_bytes([7; 32]);
        assert_eq!(open_entry(&other, &section, link), Err(Error::CommitmentMismatch));
    }
}

#[test]
fn the_order_of_the_logs_does_not_matter() {
    let all = all();
    let mut logs = logs(&all);
    let end = logs.last().unwrap().state;
    logs.reverse();

    assert!(verify(&section(&all), end, &logs, None).is_ok());
}

#[test]
fn every_tamper_case_is_named() {
    let all = all();
    for case in all["tamper"]["cases"].as_array().unwrap() {
        let mut tampered = logs(&all);
        for operation in case["operations"].as_array().unwrap() {
            apply(&mut tampered, operation, section(&all));
        }
        let checkpoint = case.get("checkpoint").map(state);

        let found = verify(&section(&all), state(&case["state_word"]), &tampered, checkpoint);

        let expected = &case["expect"];
        let (first, last) = (number(&expected["first_seq"]), number(&expected["last_seq"]));
        let expected = match expected["error"].as_str().unwrap() {
            "missing" => Error::Missing(first),
            "altered" => Error::Altered(first),
            "duplicate" => Error::Duplicate(first),
            "head-mismatch" => Error::HeadMismatch { first, last },
            "rollback" => Error::Rollback { checkpoint: first, state: first - 1 },
            "fork" => Error::Fork(first),
            other => panic!("unknown expectation {other}"),
        };
        assert_eq!(found, Err(expected), "{}", case["name"]);
        let every = faults(&section(&all), state(&case["state_word"]), &tampered, checkpoint);
        assert!(every.contains(&expected), "{}: {every:?}", case["name"]);
    }
}

#[test]
fn an_audit_names_each_fault() {
    let all = all();
    let mut logs = logs(&all);
    let end = logs.last().unwrap().state;
    logs[1].blob[100] ^= 1;
    logs[3].link.time += 1;
    drop(logs.remove(4));

    let found = faults(&section(&all), end, &logs, None);

    assert_eq!(found, [Error::Altered(2), Error::Altered(4), Error::Missing(5)]);
}

#[test]
fn a_number_that_nobody_can_list_ends_the_list() {
    let all = all();
    let mut word = [0x77; 32];
    word[28..].fill(0xff);

    let found = faults(&section(&all), State::from_word(word).unwrap(), &logs(&all), None);

    assert_eq!(found.len(), 100);
}

fn apply(logs: &mut Vec<ChainLog>, operation: &Value, section: Section) {
    let seq = number(&operation[1]);
    let place = |logs: &Vec<ChainLog>, seq: u32| {
        logs.iter().position(|log| log.state.seq() == seq).expect("a log with this number")
    };
    let index = place(logs, seq);
    match operation[0].as_str().unwrap() {
        "remove" => drop(logs.remove(index)),
        "flip" => logs[index].blob[operation[2].as_u64().unwrap() as usize] ^= 1,
        "set" => match operation[2].as_str().unwrap() {
            "author" => logs[index].link.author = array(&operation[3]),
            "time" => logs[index].link.time = operation[3].as_u64().unwrap(),
            "kind" => {
                logs[index].link.kind = LinkKind::from_number(operation[3].as_u64().unwrap() as u8);
            }
            other => panic!("unknown field {other}"),
        },
        "swap_blobs" => {
            let other = place(logs, number(&operation[2]));
            let blob = logs[index].blob.clone();
            logs[index].blob = std::mem::replace(&mut logs[other].blob, blob);
        }
        "relink" => {
            let mut at = if index == 0 { section.genesis() } else { logs[index - 1].state };
            for log in &mut logs[index..] {
                at = at.append(&log.link, &log.blob);
                log.state = at;
            }
        }
        "repeat" => {
            let mut second = logs[index].clone();
            second.blob[0] ^= 1;
            logs.push(second);
        }
        other => panic!("unknown operation {other}"),
    }
}
