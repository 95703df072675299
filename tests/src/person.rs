//! Somebody else on a world's node, with a home of their own.

use serde_json::json;

use crate::{Home, Run, World, anvil_key};

/// One more person.
#[derive(Debug)]
pub struct Person<'a> {
    world: &'a World,
    /// The folder of this person.
    pub home: Home,
    name: String,
    address: String,
}

impl World {
    /// Somebody with anvil's account number `index`.
    ///
    /// # Panics
    ///
    /// If the key cannot be imported.
    #[must_use]
    pub fn person(&self, name: &str, index: usize) -> Person<'_> {
        let home = Home::at(&self.node.url());
        let key = home.private_file("key", anvil_key(index).as_bytes());
        let imported = home.json(&["wallet", "import", name, "--key-file", &key]);
        let address = imported["address"].as_str().expect("an address").to_owned();
        Person { world: self, home, name: name.to_owned(), address }
    }

    /// Lets time pass on the chain.
    ///
    /// # Panics
    ///
    /// If the node refuses.
    pub fn pass_hours(&self, hours: u64) {
        let _ = self.rpc("evm_increaseTime", &json!([hours * 3_600]));
        let _ = self.rpc("evm_mine", &json!([]));
    }
}

impl Person<'_> {
    /// The account.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Runs a command as this person.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Run {
        let flags = self.world.flags();
        self.home.run(&[args, &["--account", &self.name, "--yes"], &flags[..]].concat())
    }
}
