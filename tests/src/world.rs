//! A node with both programs deployed, and the people on it.

use nitro_devnode::Node;

use crate::{Home, anvil_key, programs};

/// Address of the patient: the first of anvil's accounts.
pub const PATIENT: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

/// A deployment with a clinic and a patient, each with a home of their own.
#[derive(Debug)]
pub struct World {
    /// The node; it ends with the world.
    pub node: Node,
    /// Anvil's first account.
    pub patient: Home,
    /// Anvil's second account; it deployed the programs.
    pub clinic: Home,
    addresses: [String; 2],
}

impl World {
    /// Starts a node, deploys both programs and makes the wallets.
    ///
    /// # Panics
    ///
    /// If any of it fails.
    #[must_use]
    pub fn new() -> Self {
        let node = Node::builder().port(0).spawn().expect("a node");
        let url = node.url();
        let (patient, clinic) = (Home::at(&url), Home::at(&url));
        wallet(&patient, "patient", 0);
        wallet(&clinic, "clinic", 1);
        let folder = programs::folder().display().to_string();
        let deployed = clinic.json(&[
            "deploy",
            "--credential",
            "--account",
            "clinic",
            "--yes",
            "--programs",
            &folder,
        ]);
        let address = |index: usize| {
            deployed["programs"][index]["address"].as_str().expect("an address").to_owned()
        };
        let addresses = [address(0), address(1)];
        Self { node, patient, clinic, addresses }
    }

    /// Flags with which anyone uses this deployment.
    #[must_use]
    pub fn flags(&self) -> [&str; 4] {
        ["--records", &self.addresses[0], "--stays", &self.addresses[1]]
    }

    /// Runs a command as the patient.
    #[must_use]
    pub fn as_patient(&self, args: &[&str]) -> crate::Run {
        self.patient.run(&[args, &["--account", "patient", "--yes"], &self.flags()[..]].concat())
    }

    /// Runs a command as the clinic.
    #[must_use]
    pub fn as_clinic(&self, args: &[&str]) -> crate::Run {
        self.clinic.run(&[args, &["--account", "clinic", "--yes"], &self.flags()[..]].concat())
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

/// Imports one of anvil's keys under a name.
///
/// # Panics
///
/// If that fails.
pub fn wallet(home: &Home, name: &str, index: usize) {
    let key = home.private_file(&format!("{name}.key"), anvil_key(index).as_bytes());
    drop(home.run(&["wallet", "import", name, "--key-file", &key]).succeeds());
}
