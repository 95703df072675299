//! Every command's `--json` against its schema in `cli/schema`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chartkey_tests::{Home, PATIENT, Run, World, programs};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/schema")
}

/// Judges runs and remembers which commands it saw succeed.
#[derive(Default)]
struct Judge(RefCell<BTreeSet<String>>);

impl Judge {
    /// The envelope, after it was held against the schema of `name`.
    fn take(&self, name: &str, run: &Run) -> Value {
        let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).expect(name);
        let schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("a sound schema");
        let document = run.envelope();
        if let Err(error) = validator.validate(&document) {
            panic!("{name}: {error}\n{document:#}");
        }
        if document["ok"] == true {
            self.0.borrow_mut().insert(name.to_owned());
        }
        document
    }

    fn success(&self, name: &str, run: Run) -> Value {
        self.take(name, &run.succeeds())["data"].clone()
    }
}

#[test]
fn each_command_prints_what_its_schema_says() {
    let (world, judge) = (World::new(), Judge::default());
    wallets(&world, &judge);
    records(&world, &judge);
    stays(&world, &judge);

    let files = std::fs::read_dir(folder()).expect("cli/schema");
    let names: BTreeSet<_> = files
        .map(|file| file.expect("readable").path().file_stem().unwrap().display().to_string())
        .collect();
    assert_eq!(judge.0.into_inner(), names, "each command is judged by a success");
}

fn wallets(world: &World, judge: &Judge) {
    let home = Home::at(&world.node.url());
    judge.success("wallet-new", home.run(&["wallet", "new", "a", "--mnemonic", "--json"]));
    let key = home.private_file("key", chartkey_tests::anvil_key(4).as_bytes());
    let import = home.run(&["wallet", "import", "b", "--key-file", &key, "--json"]);
    judge.success("wallet-import", import);
    judge.success("wallet-list", home.run(&["wallet", "list", "--json"]));
    let programs = programs::folder().display().to_string();
    let deploy = ["deploy", "--account", "b", "--yes", "--json", "--programs", &programs];
    judge.success("deploy", home.run(&deploy));
    judge.success("config-show", home.run(&["config", "show", "--json"]));
    judge.success("config-trust", home.run(&["config", "trust", ".", "--json"]));
    let sent = world.as_patient(&["wallet", "send", PATIENT, "1gwei", "--json"]);
    let sent = judge.success("wallet-send", sent);
    let hash = sent["tx"].as_str().expect("a hash").to_owned();
    judge.success("tx-show", world.as_patient(&["tx", "show", &hash, "--json"]));
    judge.success("tx-wait", world.as_patient(&["tx", "wait", &hash, "--json"]));
    judge.success("wallet-balance", world.as_patient(&["wallet", "balance", "--json"]));
    let unknown = format!("0x{}", "11".repeat(32));
    judge.take("tx-show", &world.as_patient(&["tx", "show", &unknown, "--json"]).ends_with(8));
}

fn records(world: &World, judge: &Judge) {
    judge.success("record-create", world.as_patient(&["record", "create", "--json"]));
    let file = world.patient.file("c.json", br#"{"resourceType":"Condition"}"#);
    for name in ["update-history", "update-medications"] {
        let dry = ["record", name, &file, "--json", "--dry-run"];
        judge.take(&format!("record-{name}"), &world.as_patient(&dry).succeeds());
        let update = world.as_patient(&["record", name, &file, "--json"]);
        judge.success(&format!("record-{name}"), update);
    }
    let bundle = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/fhir/synthea-chronic.json");
    judge.success("fhir-import", world.as_patient(&["fhir", "import", bundle, "--json"]));
    judge.success("record-show", world.as_patient(&["record", "show", "--json"]));
    judge.success("record-verify", world.as_patient(&["record", "verify", "--json"]));
    let missing = ["record", "show", "--section", "dreams", "--json"];
    judge.take("record-show", &world.as_patient(&missing).ends_with(8));
}

fn stays(world: &World, judge: &Judge) {
    let quote = ["appointment", "quote", "--patient", PATIENT, "--admit", "2026-12-01"];
    let rest = ["--discharge", "2026-12-03", "--room", "101", "--total", "1.5eth", "--json"];
    let run = world.as_clinic(&[&quote[..], &rest[..]].concat());
    let stay = judge.success("appointment-quote", run)["stay"].clone();
    let stay = stay.as_str().expect("a number");
    for name in ["pay", "settle"] {
        let run = world.as_patient(&["appointment", name, stay, "--json"]);
        judge.success(&format!("appointment-{name}"), run);
    }
    judge.success("payment-withdraw", world.as_clinic(&["payment", "withdraw", "--json"]));
    judge.success("appointment-list", world.as_clinic(&["appointment", "list", "--json"]));
    let again = world.as_patient(&["appointment", "pay", stay, "--json"]).ends_with(3);
    judge.take("appointment-pay", &again);
}
