//! A node with both programs deployed, and the people on it.

use serde_json::Value;

use crate::{Home, TestNode, anvil_key, programs};

/// Address of the patient: the first of anvil's accounts.
pub const PATIENT: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

/// A deployment with a clinic and a patient, each with a home of their own.
#[derive(Debug)]
pub struct World {
    /// The node; it ends with the world.
    pub node: TestNode,
    /// Anvil's first account.
    pub patient: Home,
    /// Anvil's second account; it deployed the programs.
    pub clinic: Home,
    addresses: [String; 2],
    /// Flags that name the keys of patient and clinic.
    keys: [Vec<String>; 2],
}

impl World {
    /// Starts a node, deploys both programs and makes the wallets.
    ///
    /// # Panics
    ///
    /// If any of it fails.
    #[must_use]
    pub fn new() -> Self {
        Self::with_keys(|home, name, index| {
            wallet(home, name, index);
            vec!["--account".to_owned(), name.to_owned()]
        })
    }

    /// The same with raw keys in files that also unlock the records: no password is stretched, which is
    /// most of what a command takes otherwise.
    ///
    /// # Panics
    ///
    /// If any of it fails.
    #[must_use]
    pub fn quick() -> Self {
        Self::with_keys(|home, name, index| {
            let key = home.private_file(&format!("{name}.key"), anvil_key(index).as_bytes());
            vec!["--key-file".to_owned(), key, "--unlock-with-account-key".to_owned()]
        })
    }

    fn with_keys(keys: impl Fn(&Home, &str, usize) -> Vec<String>) -> Self {
        let node = TestNode::start();
        let url = node.url();
        let (patient, clinic) = (Home::at(&url), Home::at(&url));
        let keys = [keys(&patient, "patient", 0), keys(&clinic, "clinic", 1)];
        let folder = programs::folder().display().to_string();
        let deploy = ["deploy", "--credential", "--yes", "--programs", &folder];
        let deployed = clinic.json(&[&deploy[..], &refs(&keys[1])].concat());
        let address = |index: usize| {
            deployed["programs"][index]["address"].as_str().expect("an address").to_owned()
        };
        let addresses = [address(0), address(1)];
        Self { node, patient, clinic, addresses, keys }
    }

    /// Flags with which anyone uses this deployment.
    #[must_use]
    pub fn flags(&self) -> [&str; 4] {
        ["--records", &self.addresses[0], "--stays", &self.addresses[1]]
    }

    /// Runs a command as the patient.
    #[must_use]
    pub fn as_patient(&self, args: &[&str]) -> crate::Run {
        self.as_patient_of(&self.patient, args)
    }

    /// Runs a command as the clinic.
    #[must_use]
    pub fn as_clinic(&self, args: &[&str]) -> crate::Run {
        let keys = refs(&self.keys[1]);
        self.clinic.run(&[args, &keys, &["--yes"], &self.flags()[..]].concat())
    }

    /// What the node answers to a call.
    ///
    /// # Panics
    ///
    /// If it refuses.
    #[must_use]
    pub fn rpc(&self, method: &str, params: &Value) -> Value {
        self.node.rpc(method, params)
    }

    /// Another home of the patient: same keys, nothing remembered.
    #[must_use]
    pub fn fresh_patient(&self) -> Home {
        let home = Home::at(&self.node.url());
        for folder in ["keystores", "unlock"] {
            let (from, to) = (self.patient.path().join("chartkey"), home.path().join("chartkey"));
            std::fs::create_dir_all(to.join(folder)).expect("ours");
            let name = format!("{folder}/patient.json");
            // A quick world has none: its key file serves every home.
            if from.join(&name).exists() {
                std::fs::copy(from.join(&name), to.join(&name)).expect("the patient's keys");
            }
        }
        home
    }

    /// Runs a command as the patient, from another home.
    #[must_use]
    pub fn as_patient_of(&self, home: &Home, args: &[&str]) -> crate::Run {
        let keys = refs(&self.keys[0]);
        home.run(&[args, &keys, &["--yes"], &self.flags()[..]].concat())
    }

    /// Appends a text to the patient's medical history.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn write(&self, text: &str) {
        let file = self.patient.file("entry.txt", text.as_bytes());
        drop(self.as_patient(&["record", "update-history", &file, "--text"]).succeeds());
    }

    /// The patient's record with the resources of a small file.
    ///
    /// # Panics
    ///
    /// If it cannot be created.
    pub fn create_record(&self) {
        drop(self.as_patient(&["record", "create"]).succeeds());
    }

    /// The clinic quotes a stay to the patient, on days that no run of the tests will see (from the day of
    /// discharge on the clinic may settle); returns its number.
    ///
    /// # Panics
    ///
    /// If it cannot be quoted.
    #[must_use]
    pub fn quote(&self) -> String {
        let quote = ["appointment", "quote", "--patient", PATIENT, "--admit", "2099-12-01"];
        let rest = ["--discharge", "2099-12-03", "--room", "101", "--total", "1.5eth", "--json"];
        let run = self.as_clinic(&[&quote[..], &rest[..]].concat()).succeeds();
        run.envelope()["data"]["stay"].as_str().expect("a number").to_owned()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

fn refs(flags: &[String]) -> Vec<&str> {
    flags.iter().map(String::as_str).collect()
}

/// Imports one of anvil's keys under a name.
///
/// # Panics
///
/// If that fails.
pub fn wallet(home: &Home, name: &str, index: usize) {
    let key = home.private_file(&format!("{name}.key"), anvil_key(index).as_bytes());
    drop(home.run(&["wallet", "import", name, "--key-file", &key]).succeeds());
}
