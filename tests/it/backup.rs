//! C20, C21: reading when the program has expired, and when nodes have pruned their logs.

use std::io::Write as _;

use chartkey_tests::{LyingNode, World};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A record with an entry, and a backup of it.
fn world() -> (World, String) {
    let world = World::quick();
    world.create_record();
    world.write("before the backup");
    let file = world.patient.path().join("record.backup").display().to_string();
    let run = world.as_patient(&["backup", &file]).succeeds();
    assert!(run.stdout.contains("still encrypted"), "{}", run.stdout);
    (world, file)
}

/// A node that has no logs up to this block any more, and says so or keeps quiet.
fn pruned(world: &World, up_to: u64, is_honest: bool) -> LyingNode {
    LyingNode::bending(&world.node.url(), move |question, reply| {
        if question["method"] != "eth_getLogs" {
            return;
        }
        let number = |text: &Value| {
            let text = text.as_str().unwrap_or_default().trim_start_matches("0x").to_owned();
            u64::from_str_radix(&text, 16).unwrap_or_default()
        };
        if is_honest && number(&question["params"][0]["fromBlock"]) <= up_to {
            let error = json!({"code": -32000, "message": "history has been pruned"});
            *reply = json!({"jsonrpc": "2.0", "id": question["id"], "error": error});
        } else if let Some(Value::Array(logs)) = reply.get_mut("result") {
            logs.retain(|log| number(&log["blockNumber"]) > up_to);
        }
    })
}

fn newest(world: &World) -> u64 {
    let number = world.rpc("eth_blockNumber", &json!([]));
    let number = number.as_str().expect("hex").trim_start_matches("0x").to_owned();
    u64::from_str_radix(&number, 16).expect("hex")
}

#[test]
fn c20_a_record_is_read_by_its_slots_when_every_call_reverts() {
    let (world, file) = world();
    let expired = LyingNode::bending(&world.node.url(), |question, reply| {
        if question["method"] == "eth_call" {
            let error = json!({"code": 3, "message": "execution reverted", "data": "0x"});
            *reply = json!({"jsonrpc": "2.0", "id": question["id"], "error": error});
        }
    });

    for command in [
        &["record", "show"][..],
        &["audit", "verify"],
        &["audit", "log"],
        &["access", "list"],
        &["backup", &file, "--force"],
    ] {
        let run = world.as_patient(&[command, &["--rpc-url", expired.url()]].concat()).succeeds();
        assert!(!run.stdout.is_empty(), "{}", run.command);
    }
}

#[test]
fn c21_a_backup_gives_back_what_a_node_has_pruned() {
    let (world, file) = world();
    let until = newest(&world);
    world.write("after the backup");
    for is_honest in [true, false] {
        let node = pruned(&world, until, is_honest);
        let home = world.fresh_patient();
        let url = ["--rpc-url", node.url()];
        let record = world.as_patient(&["record", "verify", "--json"]).succeeds().envelope();
        let record = record["data"]["record"].as_str().expect("an id").to_owned();
        let show = [&["record", "show"][..], &url].concat();
        let named = [&show[..], &["--record", &record]].concat();
        let without = world.as_patient_of(&home, &named);
        assert_eq!(without.code, if is_honest { 5 } else { 7 }, "{}", without.stderr);

        let restore = world.as_patient_of(&home, &[&["restore", &file][..], &url].concat());

        assert!(restore.succeeds().stdout.contains("1 of them are newer"));
        let shown = world.as_patient_of(&home, &show).succeeds().says("proves");
        for text in ["before the backup", "after the backup"] {
            assert!(shown.stdout.contains(text), "{}", shown.stdout);
        }
        drop(world.as_patient_of(&home, &[&["audit", "verify"][..], &url].concat()).succeeds());
    }
}

#[test]
fn c21_sections_get_new_keys_though_the_registrations_were_pruned() {
    const CLINIC: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    const STRANGER: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
    let (world, _) = world();
    drop(world.as_clinic(&["record", "create"]).succeeds());
    let grant = ["access", "grant", CLINIC, "--section", "medical-history", "--open-ended"];
    drop(world.as_patient(&grant).succeeds());
    let file = world.patient.path().join("shared.backup").display().to_string();
    drop(world.as_patient(&["backup", &file]).succeeds());
    let node = pruned(&world, newest(&world), true);
    let home = world.fresh_patient();
    let url = ["--rpc-url", node.url()];
    drop(world.as_patient_of(&home, &[&["restore", &file][..], &url].concat()).succeeds());

    // From now on needs new keys, sealed to the owner and to the reader that stays.
    let grant = ["access", "grant", CLINIC, "--section", "medical-history", "--read", "from-now"];
    let args = [&grant[..], &["--open-ended"], &url].concat();
    drop(world.as_patient_of(&home, &args).succeeds());
    drop(world.as_patient_of(&home, &[&["audit", "verify"][..], &url].concat()).succeeds());
    let unknown = ["access", "grant", STRANGER, "--section", "medications", "--open-ended"];
    drop(world.as_patient_of(&home, &[&unknown[..], &url].concat()).ends_with(8));
}

/// Changes a byte of an entry in a backup and mends its check sum.
fn forged(file: &str) -> Vec<u8> {
    let mut bytes = std::fs::read(file).expect("written");
    let mut at = 17;
    let entry = loop {
        let length = bytes[at + 1..at + 5].try_into().map(u32::from_be_bytes).expect("four bytes");
        let length = usize::try_from(length).expect("small");
        // A link of a section that holds an entry: its kind stands behind handle, place and word.
        if bytes[at] == 2 && bytes[at + 5 + 81] == 1 {
            break at;
        }
        at += 5 + length;
    };
    bytes[entry + 300] ^= 1;
    let end = bytes.len() - 41;
    let digest = Sha256::digest(&bytes[..end]);
    bytes[end + 9..].copy_from_slice(&digest);
    bytes
}

#[test]
fn c21_a_backup_that_was_cut_altered_forged_or_is_foreign_is_named() {
    let (world, file) = world();
    let bytes = std::fs::read(&file).expect("written");
    let mut altered = bytes.clone();
    altered[200] ^= 1;
    for (content, exit, code, says) in [
        (&bytes[..bytes.len() - 1], 2, "Backup", "cut off after"),
        (&bytes[..1_000], 2, "Backup", "cut off after 1000 bytes"),
        (&b"{}"[..], 2, "Backup", "not a backup"),
        (&altered, 7, "BackupAltered", "altered"),
        (&forged(&file), 7, "Altered", "entry 2: entry 2 was altered"),
    ] {
        let broken = world.patient.path().join("broken.backup");
        std::fs::File::create(&broken).and_then(|mut file| file.write_all(content)).expect("ours");
        let broken = broken.display().to_string();
        let home = world.fresh_patient();

        let run = world.as_patient_of(&home, &["restore", &broken, "--json"]).ends_with(exit);

        let error = run.envelope()["error"].clone();
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().expect("text").contains(says), "{error}");
        assert!(!home.path().join("chartkey/archive").exists(), "nothing was kept");
    }
    let other = World::quick();
    other.create_record();
    let run = other.as_patient(&["restore", &file, "--json"]);
    // Another program at another address, or no such record at the same one.
    assert!(matches!(run.code, 2 | 8), "{}", run.stdout);
}

#[test]
fn a_backup_with_a_key_slot_opens_the_identity_without_the_unlock_key() {
    let world = World::new();
    world.create_record();
    world.write("before the backup");
    let file = world.patient.path().join("with-slot.backup").display().to_string();
    let phrase = world.patient.file("passphrase", b"six words that nobody would guess\n");
    let save = ["backup", &file, "--passphrase", "--passphrase-file", &phrase];
    drop(world.as_patient(&save).succeeds().says("try passphrases for ever"));
    let home = world.fresh_patient();
    std::fs::remove_dir_all(home.path().join("chartkey/unlock")).expect("ours");
    drop(world.as_patient_of(&home, &["record", "show"]).ends_with(4));

    drop(world.as_patient_of(&home, &["restore", &file]).succeeds());

    let show = ["record", "show", "--passphrase-file"];
    let shown = world.as_patient_of(&home, &[&show[..], &[&phrase]].concat()).succeeds();
    assert!(shown.stdout.contains("before the backup"), "{}", shown.stdout);
    let wrong = home.file("wrong", b"another passphrase");
    let refused = world.as_patient_of(&home, &[&show[..], &[&wrong, "--json"]].concat());
    assert_eq!(refused.ends_with(4).envelope()["error"]["code"], "WrongUnlockKey");
}
