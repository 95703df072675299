//! Settings, keys and passwords from everywhere they may come from (guides/cli.md section 4).

use std::fs;

use chartkey_tests::{Home, PATIENT, World, anvil_key, programs};
use serde_json::Value;

const JUNK: &str = "test test test test test test test test test test test junk";

/// Value and source of a setting.
fn setting(shown: &Value, name: &str) -> (String, String) {
    let rows = shown["settings"].as_array().expect("settings");
    let row = rows.iter().find(|row| row["name"] == name).expect(name);
    ["value", "source"].map(|field| row[field].as_str().expect("text").to_owned()).into()
}

fn shown(home: &Home, args: &[&str], env: &[(&str, &str)]) -> Value {
    let env: Vec<_> = env.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let run = home.run_in(&[&["config", "show", "--json"][..], args].concat(), b"", &env);
    run.succeeds().envelope()["data"].clone()
}

#[test]
fn flag_beats_environment_beats_project_beats_user_beats_built_in() {
    let home = Home::at("");
    let endpoint = |args: &[&str], env: &[(&str, &str)]| {
        let (value, source) = setting(&shown(&home, args, env), "rpc-url");
        format!("{value} {}", source.split(' ').next().expect("a word"))
    };
    assert_eq!(endpoint(&[], &[]), "http://127.0.0.1:8547 built");

    fs::create_dir_all(home.path().join("chartkey")).expect("ours");
    let profile = |port: u16| {
        format!(
            "[profiles.default]\nrpc_url = \"http://127.0.0.1:{port}\"\naccount = \"a{port}\"\n"
        )
    };
    drop(home.file("chartkey/config.toml", profile(1).as_bytes()));
    assert_eq!(endpoint(&[], &[]), "http://127.0.0.1:1 profile");

    drop(home.file("chartkey.toml", profile(2).as_bytes()));
    assert_eq!(endpoint(&[], &[]), "http://127.0.0.1:1 profile", "the folder is not trusted");
    let folder = home.path().display().to_string();
    drop(home.run_raw(&["config", "trust", &folder], b"").succeeds());
    assert_eq!(endpoint(&[], &[]), "http://127.0.0.1:2 profile");
    assert_eq!(setting(&shown(&home, &[], &[]), "account").0, "a2");

    let eth = ("ETH_RPC_URL", "http://127.0.0.1:3");
    let own = ("CHARTKEY_RPC_URL", "http://127.0.0.1:4");
    assert_eq!(endpoint(&[], &[eth]), "http://127.0.0.1:3 environment");
    assert_eq!(endpoint(&[], &[eth, own]), "http://127.0.0.1:4 environment");
    let flag = ["--rpc-url", "http://127.0.0.1:5"];
    assert_eq!(endpoint(&flag, &[eth, own]), "http://127.0.0.1:5 flag");
}

#[test]
fn a_project_file_that_came_by_mail_sets_no_endpoint_and_says_so() {
    let home = Home::at("");
    drop(home.file("chartkey.toml", b"[profiles.default]\nrpc_url = \"http://127.0.0.1:2\"\n"));

    let run = home.run_raw(&["config", "show"], b"").succeeds();

    assert!(!run.stdout.contains("127.0.0.1:2 "), "{}", run.stdout);
    drop(run.says("chartkey config trust"));
    drop(home.run_raw(&["config", "trust", "/nonexistent"], b"").ends_with(8));
}

#[test]
fn every_source_of_a_key_gives_its_account() {
    let world = World::new();
    let home = Home::at(&world.node.url());
    let phrase = home.file("phrase", format!("{JUNK}\n").as_bytes());
    let key = home.private_file("key", anvil_key(0).as_bytes());
    let url = world.node.url();
    let send = |args: &[&str], input: &str| {
        let rest = ["wallet", "send", PATIENT, "1gwei", "--yes", "--json", "--rpc-url", &url];
        let run = home.run_raw(&[&rest[..], args].concat(), input.as_bytes()).succeeds();
        let hash = run.envelope()["data"]["tx"].as_str().expect("a hash").to_owned();
        home.json(&["tx", "show", &hash])["from"].as_str().expect("an account").to_owned()
    };

    assert_eq!(send(&["--mnemonic-file", &phrase], ""), PATIENT);
    assert_eq!(send(&["--mnemonic-file", "-"], JUNK), PATIENT);
    assert_ne!(send(&["--mnemonic-file", &phrase, "--mnemonic-index", "1"], ""), PATIENT);
    assert_eq!(send(&["--key-file", &key], ""), PATIENT);
    assert_eq!(send(&["--key-file", "-"], &anvil_key(0)), PATIENT);
    let keystore = world.patient.path().join("chartkey/keystores/patient.json");
    let keystore = keystore.display().to_string();
    let password = home.path().join("password").display().to_string();
    for source in [
        ["--password-file", password.as_str()],
        ["--password-command", &format!("cat '{password}'")],
    ] {
        assert_eq!(send(&[&["--keystore", &*keystore][..], &source].concat(), ""), PATIENT);
    }
    let fd = ["--keystore", &keystore, "--password-fd", "0"];
    assert_eq!(send(&fd, "correct horse battery staple\n"), PATIENT);
}

#[test]
fn an_account_of_cast_is_found_by_name() {
    let world = World::new();
    let home = Home::at(&world.node.url());
    let folder = home.path().join(".foundry/keystores");
    fs::create_dir_all(&folder).expect("ours");
    let ours = world.patient.path().join("chartkey/keystores/patient.json");
    fs::copy(ours, folder.join("casts")).expect("copied");

    let balance = home.run(&["wallet", "balance", "--account", "casts"]);
    let sent = home.run(&["wallet", "send", PATIENT, "1gwei", "--account", "casts", "--yes"]);

    drop((balance.succeeds(), sent.succeeds()));
}

#[test]
fn accounts_of_a_node_are_used_only_where_it_has_some() {
    let world = World::new();
    let send = ["wallet", "send", PATIENT, "1gwei", "--unlocked", "--yes"];
    let away = ["--insecure-http", "--rpc-url", "http://192.0.2.1:8547"];

    drop(world.patient.run(&send).ends_with(4).says("signs for no account"));
    drop(world.patient.run(&[&send[..], &away].concat()).ends_with(4).says("not on this machine"));
}

#[test]
fn secrets_are_asked_for_only_when_they_are_needed() {
    let world = World::new();
    let url = world.node.url();
    let flags = world.flags();
    let base = ["--account", "patient", "--rpc-url", &url, "--password-command", "false"];
    let run = |args: &[&str]| world.patient.run_raw(&[args, &base, &flags[..]].concat(), b"");

    drop(run(&["appointment", "list"]).succeeds());
    drop(run(&["wallet", "balance"]).succeeds());
    drop(run(&["wallet", "list"]).succeeds());
    drop(run(&["wallet", "send", PATIENT, "1gwei", "--dry-run"]).succeeds());
    drop(run(&["wallet", "send", PATIENT, "1gwei", "--yes"]).ends_with(4));
}

#[test]
fn the_code_of_the_profile_is_compared_before_the_first_write() {
    let world = World::new();
    let config = world.clinic.path().join("chartkey/config.toml");
    let text = fs::read_to_string(&config).expect("deploy saved it");
    let at = text.find("stays_code_hash = \"0x").expect("a hash") + "stays_code_hash = \"0x".len();
    let other = format!("{}{}{}", &text[..at], "00".repeat(32), &text[at + 64..]);
    fs::write(&config, other).expect("ours");

    let run = world.clinic.run(&["payment", "withdraw", "--account", "clinic", "--yes"]);

    drop(run.ends_with(5).says("code has changed"));
}

#[test]
fn every_write_can_be_rehearsed() {
    let world = World::new();
    let stay = world.quote();
    let folder = programs::folder().display().to_string();
    let rehearse = |run: chartkey_tests::Run| {
        let data = run.succeeds().envelope()["data"].clone();
        assert_eq!(data["dryRun"], true, "{data}");
        let steps = data.get("rehearsal").unwrap_or(&data["transactions"]);
        for field in ["what", "public", "gasLimit", "maxFeeWei", "maxTotalWei"] {
            assert!(steps[0][field].is_string(), "{field} of {data}");
        }
    };
    let head = world.node.head();
    for args in [
        &["record", "create"][..],
        &["appointment", "pay", &stay],
        &["wallet", "send", PATIENT, "1gwei"],
    ] {
        rehearse(world.as_patient(&[args, &["--dry-run", "--json"]].concat()));
    }
    let quote = ["appointment", "quote", "--patient", PATIENT, "--admit", "2099-12-01"];
    let rest = ["--discharge", "2099-12-03", "--room", "101", "--total", "1.5eth"];
    rehearse(world.as_clinic(&[&quote[..], &rest, &["--dry-run", "--json"]].concat()));
    rehearse(world.as_clinic(&["deploy", "--programs", &folder, "--dry-run", "--json"]));
    assert_eq!(world.node.head(), head, "nothing was sent");
    world.create_record();
    let bundle = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/fhir/synthea-chronic.json");
    let head = world.node.head();
    rehearse(world.as_patient(&["fhir", "import", bundle, "--dry-run", "--json"]));
    assert_eq!(world.node.head(), head, "nothing was sent");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let home = Home::at("");
    let mut child = home.start(&["config", "show"], &[]);
    drop(child.stdout.take());

    let status = child.wait().expect("it ends");

    assert_eq!(status.code(), Some(0));
}
