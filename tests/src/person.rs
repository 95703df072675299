//! Somebody else on a world's node, with a home of their own.

use serde_json::{Value, json};

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

    /// Calls a method of the node.
    ///
    /// # Panics
    ///
    /// If the node refuses.
    #[must_use]
    pub fn rpc(&self, method: &str, params: &Value) -> Value {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let answer = runtime.expect("a runtime").block_on(async {
            let http = reqwest::Client::builder().no_proxy().build().expect("a client");
            let request = http.post(self.node.url()).header("content-type", "application/json");
            let answer = request.body(call.to_string()).send().await.expect("an answer");
            answer.bytes().await.expect("a body")
        });
        let mut answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
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
