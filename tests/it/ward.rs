//! A record that a patient shares with a clinician, both at the command line.

use chartkey_tests::{Home, PATIENT, Run, World, anvil_key};
use serde_json::{Value, json};

/// Address of the clinician: the second of anvil's accounts.
pub(crate) const CLINICIAN: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
/// Address of a third person.
pub(crate) const THIRD: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";

/// A node, a patient with a record, a clinician and a third person with registered keys.
pub(crate) struct Ward {
    pub(crate) world: World,
    pub(crate) record: String,
    third: Home,
}

/// Who runs a command: anvil's account of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Patient,
    Clinician,
    Third,
}

impl Ward {
    pub(crate) fn open() -> Self {
        let world = World::new();
        let third = Home::at(&world.node.url());
        let mut ward = Self { world, record: String::new(), third };
        let create = ward.data(Who::Patient, &["record", "create"]);
        ward.record = create["record"].as_str().expect("a record").to_owned();
        // Whoever has a record has a registered key.
        for who in [Who::Clinician, Who::Third] {
            drop(ward.run(who, &["record", "create", "--json"]).succeeds());
        }
        ward
    }

    /// The same, and the clinician may read and write both sections.
    pub(crate) fn shared() -> Self {
        let ward = Self::open();
        ward.grant(
            CLINICIAN,
            &["--section", "medical-history", "--section", "medications"],
            &["--write", "--device"],
        );
        ward
    }

    pub(crate) fn grant(&self, to: &str, sections: &[&str], more: &[&str]) {
        let grant = ["access", "grant", to, "--until", "2099-01-01"];
        drop(self.run(Who::Patient, &[&grant[..], sections, more].concat()).succeeds());
    }

    /// Arguments with which `who` runs a command at `url`; nobody needs a password.
    fn args(&self, url: &str, who: Who, args: &[&str]) -> Vec<String> {
        let (home, index) = (self.home(who), who as usize);
        let key = home.private_file("signer.key", anvil_key(index).as_bytes());
        let own = ["--key-file", &key, "--unlock-with-account-key", "--yes", "--rpc-url", url];
        let mut all: Vec<String> = [args, &own, &self.world.flags()[..]]
            .concat()
            .iter()
            .map(|arg| (*arg).into())
            .collect();
        let is_creation = args.starts_with(&["record", "create"]);
        if !is_creation && args.get(1) != Some(&"list") {
            all.extend(["--record".to_owned(), self.record.clone()]);
        }
        all
    }

    const fn home(&self, who: Who) -> &Home {
        match who {
            Who::Patient => &self.world.patient,
            Who::Clinician => &self.world.clinic,
            Who::Third => &self.third,
        }
    }

    pub(crate) fn run(&self, who: Who, args: &[&str]) -> Run {
        self.run_with(who, args, b"")
    }

    pub(crate) fn run_with(&self, who: Who, args: &[&str], input: &[u8]) -> Run {
        self.run_at(&self.world.node.url(), who, args, input)
    }

    pub(crate) fn run_at(&self, url: &str, who: Who, args: &[&str], input: &[u8]) -> Run {
        let args = self.args(url, who, args);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        self.home(who).run_raw(&args, input)
    }

    pub(crate) fn start(&self, who: Who, args: &[&str]) -> std::process::Child {
        let args = self.args(&self.world.node.url(), who, args);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        self.home(who).start(&args, &[])
    }

    /// `data` of a success.
    pub(crate) fn data(&self, who: Who, args: &[&str]) -> Value {
        self.run(who, &[args, &["--json"]].concat()).succeeds().envelope()["data"].clone()
    }

    /// `error` of a command that ends with `code`.
    pub(crate) fn error(&self, who: Who, args: &[&str], code: i32) -> Value {
        let run = self.run(who, &[args, &["--json"]].concat()).ends_with(code);
        run.envelope()["error"].clone()
    }

    /// A file of `who` with a Condition.
    pub(crate) fn condition(&self, who: Who, text: &str, clinical: &str) -> String {
        let body = json!({
            "resourceType": "Condition",
            "code": {"text": text},
            "clinicalStatus": {"coding": [{"code": clinical}]},
        });
        self.file(who, "condition.json", &body.to_string())
    }

    pub(crate) fn file(&self, who: Who, name: &str, content: &str) -> String {
        self.home(who).file(name, content.as_bytes())
    }

    /// The entries of a section as `who` sees them.
    pub(crate) fn entries(&self, who: Who, section: &str, more: &[&str]) -> Vec<Value> {
        let show = ["record", "show", "--section", section];
        let data = self.data(who, &[&show[..], more].concat());
        data["sections"][0]["entries"].as_array().expect("entries").clone()
    }

    /// Number of the section on chain.
    pub(crate) fn handle(&self, section: &str) -> u64 {
        let data = self.data(Who::Patient, &["record", "show", "--section", section]);
        data["sections"][0]["handle"].as_u64().expect("a number")
    }

    /// Calls the node itself.
    pub(crate) fn node(&self, method: &str, params: Value) -> Value {
        self.world.rpc(method, &params)
    }

    pub(crate) const fn patient() -> &'static str {
        PATIENT
    }
}

/// The numbers of entries.
pub(crate) fn numbers(entries: &[Value]) -> Vec<u64> {
    entries.iter().map(|entry| entry["seq"].as_u64().expect("a number")).collect()
}
