//! What must never leave memory, looked for where it could have gone (crypto.md section 18).

use std::path::Path;

use chartkey_crypto::{Identity, Root};
use chartkey_tests::{PATIENT, Run, World, anvil_key};

const DIAGNOSIS: &str = "Xylophobia, severe";
const PASSWORD: &str = "correct horse battery staple";

/// Every file below `folder`, whole.
pub(crate) fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for file in std::fs::read_dir(folder).expect("a folder of ours") {
        let path = file.expect("readable").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.is_file() {
            let content = std::fs::read(&path).expect("readable");
            found.push((path.display().to_string(), content));
        }
    }
}

pub(crate) fn holds(content: &[u8], secret: &str) -> bool {
    content.windows(secret.len()).any(|window| window == secret.as_bytes())
}

fn is_clean(run: &Run, secrets: &[&str]) {
    for secret in secrets {
        assert!(!run.stderr.contains(secret), "chartkey {}: {}", run.command, run.stderr);
        assert!(!run.stdout.contains(secret), "chartkey {}: {}", run.command, run.stdout);
    }
}

#[test]
fn neither_files_nor_logs_hold_a_secret() {
    let world = World::new();
    let key = anvil_key(0);
    let body = format!(r#"{{"resourceType":"Condition","code":{{"text":"{DIAGNOSIS}"}}}}"#);
    let file = world.patient.file("condition.json", body.as_bytes());

    for args in [
        &["record", "create", "-vv"][..],
        &["record", "update-history", &file, "-vv"],
        &["record", "verify", "-vv"],
        &["record", "show", "--rpc-url", "http://127.0.0.1:9", "-vv"],
    ] {
        is_clean(&world.as_patient(args), &[&key, PASSWORD, DIAGNOSIS]);
    }
    let shown = world.as_patient(&["record", "show", "-vv"]).succeeds();
    assert!(shown.stdout.contains(DIAGNOSIS), "standard output is where it belongs");
    assert!(!shown.stderr.contains(DIAGNOSIS), "{}", shown.stderr);

    let mut found = Vec::new();
    files(&world.patient.path().join("chartkey"), &mut found);
    assert!(found.len() > 2, "keystores, keys, journal");
    for (path, content) in found {
        for secret in [&*key, PASSWORD, DIAGNOSIS, "medical history"] {
            assert!(!holds(&content, secret), "{path} holds {secret:?}");
        }
    }
}

/// C16: nothing of crypto.md section 18 in files, logs or results of what opens identities.
#[test]
fn c16_commands_of_identities_and_sessions_leave_no_secret() {
    const PHRASE: &str = "quiet otters swim at dawn";
    let world = World::new();
    let phrase = world.patient.private_file("passphrase", PHRASE.as_bytes());
    drop(world.patient.run(&["wallet", "new", "safe"]).succeeds());
    let by_phrase = ["--passphrase-file", &phrase, "-vv"];
    let by_slot = ["--slot-wallet", "safe", "--slot-domain", "records.example", "-vv"];
    let home = world.patient.path().join("chartkey");
    let secrets = Secrets::of(&world, &home, PHRASE);

    for (args, way) in [
        (&["identity", "register", "--passphrase"][..], &by_phrase[..]),
        (&["identity", "show"], &by_phrase),
        (&["unlock"], &by_phrase),
        (&["identity", "show"], &["-vv"]),
        (&["identity", "slot", "add"], &by_slot),
        (&["lock"], &["-vv"]),
        (&["identity", "show"], &["-vv"]),
        (&["identity", "rotate", "--passphrase"], &by_phrase),
        (&["identity", "rotate"], &["-vv"]),
        (&["identity", "rotate", "--random-root"], &[&by_phrase[..], &by_slot[..4]].concat()),
        (&["identity", "show"], &by_slot),
        (&["identity", "fingerprint"], &["-vv"]),
    ] {
        secrets.are_not_in(&world.as_patient(&[args, way].concat()));
        let mut found = Vec::new();
        files(&home, &mut found);
        assert!(found.len() > 3, "keystores, journal");
        found.iter().for_each(|(path, content)| secrets.are_not_in_file(path, content));
    }
}

/// What must not be found, as bytes and as text.
struct Secrets(Vec<Vec<u8>>);

impl Secrets {
    /// Password, passphrase, and the private keys, unlock signatures and roots of the patient.
    fn of(world: &World, home: &Path, passphrase: &str) -> Self {
        let mut all = vec![PASSWORD.as_bytes().to_vec(), passphrase.as_bytes().to_vec()];
        let mut hold = |secret: &[u8]| {
            all.push(secret.to_vec());
            all.push(alloy_primitives::hex::encode(secret).into_bytes());
        };
        for path in ["keystores/patient.json", "unlock/patient.json", "keystores/safe.json"] {
            hold(&*chartkey::keystore::open(&home.join(path), PASSWORD).expect("a keystore"));
        }
        let unlock = chartkey::keystore::open(&home.join("unlock/patient.json"), PASSWORD);
        let unlock = chartkey::signer::Signer::from_secret(&unlock.expect("a keystore"));
        let unlock = unlock.expect("a key");
        for version in 1..=4 {
            let identity = crate::identity::identity(world, PATIENT, version);
            let text = chartkey_crypto::unlock_message(&identity);
            let [signature, _] = unlock.sign_text_twice(&text).expect("signed");
            let half = |at: usize| signature[at..at + 32].try_into().expect("65 bytes");
            hold(&signature[..64]);
            let signature = chartkey_crypto::UnlockSignature::new(half(0), half(32));
            let cost = chartkey_crypto::PassphraseCost::STANDARD;
            let stretched =
                chartkey_crypto::stretch_passphrase(&identity, passphrase.as_bytes(), cost);
            let stretched = stretched.expect("possible");
            hold(stretched.expose());
            for passphrase in [None, Some(&stretched)] {
                let root = chartkey_crypto::Root::derive(&identity, &signature, passphrase);
                hold(root.expose());
                hold(root.kem_seed().expose());
                hold(root.cache_key().expose());
            }
        }
        Self(all)
    }

    fn are_not_in_file(&self, path: &str, content: &[u8]) {
        for (index, secret) in self.0.iter().enumerate() {
            let is_there = content.windows(secret.len()).any(|window| window == secret.as_slice());
            assert!(!is_there, "{path} holds secret {index}");
        }
    }

    fn are_not_in(&self, run: &Run) {
        self.are_not_in_file(&run.command, run.stdout.as_bytes());
        self.are_not_in_file(&run.command, run.stderr.as_bytes());
    }
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let world = World::new();
    let key = world.patient.file("open.key", anvil_key(3).as_bytes());
    let args = ["wallet", "import", "open", "--key-file", &key];

    let run = world.patient.run(&args);

    assert_eq!(run.code, 2, "{}", run.stderr);
    is_clean(&run, &[&anvil_key(3)]);
}

#[test]
fn the_api_key_in_an_endpoint_is_not_repeated() {
    let world = World::new();
    let url = "http://user:hunter2@127.0.0.1:9/?token=abcdef";

    let run = world.as_patient(&["record", "verify", "--rpc-url", url, "-vv"]).ends_with(5);

    is_clean(&run, &["hunter2", "abcdef"]);
}

/// What the patient's keys are made of, computed as the program does.
fn keys(world: &World) -> Vec<(&'static str, Vec<u8>)> {
    let unlock_file = world.patient.path().join("chartkey/unlock/patient.json");
    let unlock_key = chartkey::keystore::open(&unlock_file, PASSWORD).expect("the password");
    let signer = chartkey::signer::Signer::from_secret(&unlock_key).expect("a key");
    let account = |text: &str| hex::decode(&text[2..]).expect("hex").try_into().expect("20 bytes");
    let identity = Identity {
        chain_id: 412_346,
        contract: account(world.flags()[1]),
        account: account(chartkey_tests::PATIENT),
        version: 1,
    };
    let signature = chartkey::identity::unlock(&signer, &identity).expect("signs");
    let root = Root::derive(&identity, &signature, None);
    vec![
        ("account key", hex::decode(anvil_key(0).trim_start_matches("0x")).expect("hex")),
        ("unlock key", unlock_key.to_vec()),
        ("root", root.expose().to_vec()),
        ("KEM seed", root.kem_seed().expose().to_vec()),
        ("channel root", root.channel_root(1).expose().to_vec()),
        ("cache key", root.cache_key().expose().to_vec()),
    ]
}

#[test]
fn c16_no_file_or_message_holds_a_key_a_passphrase_or_contents() {
    const PASSPHRASE: &str = "six words that nobody would guess";
    const CLINIC: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    let world = World::new();
    let text = world.patient.file("text", DIAGNOSIS.as_bytes());
    let phrase = world.patient.file("phrase", PASSPHRASE.as_bytes());
    let backup = world.patient.path().join("chartkey/record.backup").display().to_string();
    drop(world.as_clinic(&["record", "create"]).succeeds());
    let grant = ["access", "grant", CLINIC, "--section", "medical-history", "--open-ended", "-vv"];
    let mut said = String::new();
    for args in [
        &["record", "create", "-vv"][..],
        &["record", "update-history", &text, "--text", "-vv"],
        &grant,
        &["access", "revoke", CLINIC, "-vv"],
        &["backup", &backup, "--passphrase", "--passphrase-file", &phrase, "-vv"],
        &["restore", &backup, "--passphrase-file", &phrase, "-vv"],
        &["audit", "log", "-vv"],
        &["audit", "verify", "-vv"],
    ] {
        let run = world.as_patient(args).succeeds();
        said.push_str(&run.stderr);
        said.push_str(&run.stdout);
    }
    let mut found = vec![("what was printed".to_owned(), said.into_bytes())];
    files(&world.patient.path().join("chartkey"), &mut found);
    assert!(found.len() > 5, "keystores, checkpoint, contacts, backup, archive, journal");
    let keys = keys(&world);

    for (path, content) in found {
        for (name, key) in &keys {
            let is_there = content.windows(key.len()).any(|window| window == &key[..]);
            let text = hex::encode(key);
            let is_hex = holds(&content.to_ascii_lowercase(), &text);
            assert!(!is_there && !is_hex, "{path} holds the {name}");
        }
        for secret in [PASSWORD, PASSPHRASE, DIAGNOSIS] {
            assert!(!holds(&content, secret), "{path} holds {secret:?}");
        }
    }
}
