//! What must never leave memory, looked for where it could have gone (crypto.md section 18).

use std::path::Path;

use chartkey_tests::{Run, World, anvil_key};

const DIAGNOSIS: &str = "Xylophobia, severe";
const PASSWORD: &str = "correct horse battery staple";

/// Every file below `folder`, whole.
pub(crate) fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for file in std::fs::read_dir(folder).expect("a folder of ours") {
        let path = file.expect("readable").path();
        if path.is_dir() {
            files(&path, found);
        } else {
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
