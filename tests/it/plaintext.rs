//! C01: nothing of a record's contents is in calldata, logs or storage, in clear or hashed.

use std::collections::{HashMap, HashSet};
use std::io::Read as _;

use alloy_primitives::{hex, keccak256};
use chartkey_tests::{PATIENT, World};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const CLINIC: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
/// Shorter texts stand in ciphertext by chance.
const SHORTEST: usize = 6;

/// Everything public about a chain: calldata, logs, storage and code, each with where it stands.
fn public(world: &World) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let bytes = |value: &Value| hex::decode(value.as_str().expect("hex")).expect("hex");
    let newest = world.rpc("eth_blockNumber", &json!([]));
    let newest = u64::from_str_radix(&newest.as_str().expect("hex")[2..], 16).expect("hex");
    for number in 0..=newest {
        let block = world.rpc("eth_getBlockByNumber", &json!([format!("{number:#x}"), true]));
        for sent in block["transactions"].as_array().expect("transactions") {
            found.push((format!("calldata of {}", sent["hash"]), bytes(&sent["input"])));
            let receipt = world.rpc("eth_getTransactionReceipt", &json!([sent["hash"]]));
            for log in receipt["logs"].as_array().expect("logs") {
                let topics = log["topics"].as_array().expect("topics").iter().flat_map(bytes);
                found.push((format!("a log of {}", sent["hash"]), topics.collect()));
                found.push((format!("a log of {}", sent["hash"]), bytes(&log["data"])));
            }
        }
    }
    let dump = bytes(&world.rpc("anvil_dumpState", &json!([])));
    let mut text = String::new();
    flate2::read::GzDecoder::new(&dump[..]).read_to_string(&mut text).expect("gzip");
    let dump: Value = serde_json::from_str(&text).expect("JSON");
    // The state of the chain itself has words of its own ("sequencer").
    let accounts = dump["accounts"].as_object().expect("accounts").iter();
    for (account, state) in accounts.filter(|(account, _)| !account.starts_with("0xa4b05")) {
        for (slot, word) in state["storage"].as_object().into_iter().flatten() {
            let digits = word.as_str().expect("a word").trim_start_matches("0x");
            let word = hex::decode(format!("{digits:0>64}")).expect("hex");
            found.push((format!("slot {slot} of {account}"), word));
        }
    }
    found
}

/// Every file that the clinic's and the patient's commands have left in their homes.
fn kept(world: &World) -> Vec<(String, Vec<u8>)> {
    let mut folders =
        [&world.clinic, &world.patient].map(|home| home.path().join("chartkey")).to_vec();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(folder).expect("a home").map(|entry| entry.expect("readable"))
        {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                found.push((path.display().to_string(), std::fs::read(&path).expect("readable")));
            }
        }
    }
    assert!(found.len() > 3, "the homes are found: {found:?}");
    found
}

fn holds_bytes(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

/// Every text in a JSON document that is long enough to be told from chance.
fn texts(value: &Value, found: &mut HashSet<String>) {
    match value {
        Value::String(text) if text.len() >= SHORTEST => drop(found.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.iter().for_each(|(name, item)| {
            if name.len() >= SHORTEST {
                found.insert(name.clone());
            }
            texts(item, found);
        }),
        _ => {}
    }
}

/// Bytes that must not be there, by their first ones.
struct Needles(HashMap<[u8; SHORTEST], Vec<(String, Vec<u8>)>>);

impl Needles {
    fn of(secrets: &HashSet<String>) -> Self {
        let mut needles = Self(HashMap::new());
        for secret in secrets {
            needles.add(secret, secret.as_bytes());
            needles
                .add(secret, &secret.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>());
            needles.add(secret, hex::encode(secret).as_bytes());
            needles.add(secret, keccak256(secret).as_slice());
            needles.add(secret, &Sha256::digest(secret));
        }
        needles
    }

    fn add(&mut self, secret: &str, bytes: &[u8]) {
        let first = bytes[..SHORTEST].try_into().expect("long enough");
        self.0.entry(first).or_default().push((secret.to_owned(), bytes.to_vec()));
    }

    /// What of it stands in `hay`.
    fn found_in(&self, hay: &[u8]) -> Option<&str> {
        (0..hay.len().saturating_sub(SHORTEST - 1)).find_map(|at| {
            let first: [u8; SHORTEST] = hay[at..at + SHORTEST].try_into().expect("as long");
            let same =
                self.0.get(&first)?.iter().find(|(_, bytes)| hay[at..].starts_with(bytes))?;
            Some(same.0.as_str())
        })
    }
}

#[test]
fn c01_neither_calldata_nor_logs_nor_storage_hold_contents_names_or_codes() {
    let world = World::quick();
    let bundle = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/fhir/synthea-chronic.json");
    world.create_record();
    drop(world.as_clinic(&["record", "create"]).succeeds());
    drop(world.as_patient(&["fhir", "import", bundle]).succeeds());
    world.write("Xylophobia, severe");
    let grant = ["access", "grant", CLINIC, "--all-sections", "--open-ended"];
    drop(world.as_patient(&grant).succeeds());
    drop(world.as_patient(&["access", "revoke", CLINIC]).succeeds());
    world.write("Written under the new keys");
    let quote = ["appointment", "quote", "--patient", PATIENT, "--admit", "2099-12-01"];
    let rest = ["--discharge", "2099-12-03", "--room", "Tulip Ward 7", "--total", "1eth"];
    drop(world.as_clinic(&[&quote[..], &rest[..]].concat()).succeeds());
    let told = world.clinic.file("details.txt", b"Tulip Ward 7, ask for Sister Ignatia");
    drop(world.as_clinic(&["appointment", "details", "1", &told, "--text"]).succeeds());
    let answer = world.patient.file("answer.txt", b"I am coming with a walking frame");
    drop(world.as_patient(&["appointment", "details", "1", &answer, "--text"]).succeeds());
    let read = world.as_patient(&["appointment", "details", "1", "-vv"]).succeeds();
    assert!(read.stdout.contains("Sister Ignatia"), "it was told: {}", read.stdout);
    let mut secrets = HashSet::new();
    let document = std::fs::read_to_string(bundle).expect("readable");
    texts(&serde_json::from_str(&document).expect("JSON"), &mut secrets);
    for text in [
        "Xylophobia, severe",
        "Written under the new keys",
        "Tulip Ward 7",
        "Sister Ignatia",
        "Tulip Ward 7, ask for Sister Ignatia",
        "walking frame",
    ] {
        secrets.insert(text.to_owned());
    }
    for section in chartkey_fhir::Section::ALL {
        secrets.insert(section.name().to_owned());
    }
    secrets.retain(|text| text.len() >= SHORTEST);
    let needles = Needles::of(&secrets);
    assert!(secrets.len() > 500, "{} texts", secrets.len());
    assert_eq!(needles.found_in(b"-- Xylophobia, severe"), Some("Xylophobia, severe"));

    let public = public(&world);

    assert!(!read.stderr.contains("Ignatia"), "not in the log either: {}", read.stderr);
    for (place, bytes) in kept(&world) {
        for told in ["Tulip Ward 7", "Sister Ignatia", "walking frame"] {
            assert!(!holds_bytes(&bytes, told.as_bytes()), "{told} in {place}");
        }
    }
    let size: usize = public.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(size > 100_000 && public.len() > 200, "{} things, {size} bytes", public.len());
    let account = hex::decode(PATIENT).expect("hex");
    let holds = |bytes: &Vec<u8>| bytes.windows(20).any(|window| window == account);
    assert!(public.iter().any(|(_, bytes)| holds(bytes)), "what is public is found");
    for (place, bytes) in &public {
        assert_eq!(needles.found_in(bytes), None, "{place}");
    }
}
