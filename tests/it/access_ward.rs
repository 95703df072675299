//! A patient's record, a clinician who may be granted access to it, and a second one.

use chartkey_tests::{Home, LyingNode, PATIENT, Run, TestNode, anvil_key};
use ethers::core::types::Address;
use serde_json::{Value, json};

use crate::client::{Records, RecordsErrors, client, deploy_records};

/// The clinician: the second of anvil's accounts, and the registrar.
pub(crate) const CLINICIAN: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
/// The second clinician: the third of them.
pub(crate) const OTHER: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
pub(crate) const HISTORY: &str = "medical history";
pub(crate) const MEDICATIONS: &str = "medications";
/// An end that no run of the tests will see.
pub(crate) const UNTIL: [&str; 2] = ["--until", "2099-01-01"];

/// Three people and a node with the *records* program. Their keys lie in plain files, so that no test spends
/// its time on opening keystores.
pub(crate) struct Ward {
    pub(crate) node: TestNode,
    pub(crate) record: String,
    /// Patient, clinician, second clinician: the first of anvil's accounts.
    homes: [Home; 3],
    program: String,
    runtime: tokio::runtime::Runtime,
}

impl Ward {
    /// A record with one entry in each of its two sections; everybody has registered a key.
    pub(crate) fn open() -> Self {
        let node = TestNode::start();
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let program = runtime.block_on(async {
            let clinician = client(&node.url(), &anvil_key(1)).await;
            deploy_records(&clinician).await.program
        });
        let homes = [0, 1, 2].map(|index| {
            let home = Home::at(&node.url());
            drop(home.private_file("account.key", anvil_key(index).as_bytes()));
            home
        });
        let (record, program) = (String::new(), format!("{program:?}"));
        let mut ward = Self { node, record, homes, program, runtime };
        let created = ward.run(0, &["record", "create", "--json"]).succeeds().envelope();
        ward.record = created["data"]["record"].as_str().expect("a record").to_owned();
        // Asking registers their keys.
        for index in [1, 2] {
            let ask = ["access", "request", "--patient", PATIENT, "--section", HISTORY];
            drop(ward.run(index, &[&ask[..], &["--open-ended"]].concat()).succeeds());
        }
        ward.write(HISTORY, "first of the history");
        ward.write(MEDICATIONS, "first of the medications");
        ward
    }

    /// Runs a command as one of the three, without naming the record.
    pub(crate) fn run(&self, index: usize, args: &[&str]) -> Run {
        let home = &self.homes[index];
        let key = home.path().join("account.key").display().to_string();
        let flags = ["--key-file", &key, "--unlock-with-account-key", "--yes"];
        home.run(&[args, &flags, &["--records", &self.program]].concat())
    }

    /// A file of one of the three.
    pub(crate) fn file(&self, index: usize, content: &[u8]) -> String {
        self.homes[index].file("content", content)
    }

    /// The address of the program.
    pub(crate) fn program(&self) -> &str {
        &self.program
    }

    pub(crate) fn patient(&self, args: &[&str]) -> Run {
        self.run(0, &[args, &["--record", &self.record]].concat())
    }

    pub(crate) fn clinician(&self, args: &[&str]) -> Run {
        self.run(1, &[args, &["--record", &self.record]].concat())
    }

    pub(crate) fn other(&self, args: &[&str]) -> Run {
        self.run(2, &[args, &["--record", &self.record]].concat())
    }

    /// Runs as the patient with `--json` and returns the data.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let run = self.patient(&[args, &["--json"]].concat()).succeeds();
        run.envelope()["data"].clone()
    }

    /// A grant by the patient; `more` are its flags.
    pub(crate) fn grant(&self, to: &str, more: &[&str]) -> Value {
        self.json(&[&["access", "grant", to], &UNTIL[..], more].concat())
    }

    /// The patient writes a text.
    pub(crate) fn write(&self, section: &str, text: &str) {
        let file = self.file(0, text.as_bytes());
        let command = if section == HISTORY { "update-history" } else { "update-medications" };
        drop(self.patient(&["record", command, "--text", &file]).succeeds());
    }

    /// The texts of a section that somebody can read; `None` for an entry that is closed to them.
    pub(crate) fn texts(&self, run: Run, section: &str) -> Vec<Option<String>> {
        let shown = run.succeeds().envelope()["data"]["sections"].clone();
        let sections = shown.as_array().expect("sections");
        let handle = self.handle(section);
        let found = sections.iter().find(|one| one["handle"] == handle).expect("the section");
        let entries = found["entries"].as_array().expect("entries");
        entries.iter().map(|entry| entry["body"].as_str().map(str::to_owned)).collect()
    }

    /// What the clinician reads of a section.
    pub(crate) fn read_by_clinician(&self, section: &str) -> Vec<Option<String>> {
        self.texts(self.clinician(&["record", "show", "--json"]), section)
    }

    /// What the second clinician reads of a section.
    pub(crate) fn read_by_other(&self, section: &str) -> Vec<Option<String>> {
        self.texts(self.other(&["record", "show", "--json"]), section)
    }

    /// The number of a section.
    pub(crate) fn handle(&self, section: &str) -> u64 {
        let shown = self.json(&["record", "show"]);
        let sections = shown["sections"].as_array().expect("sections");
        let found = sections.iter().find(|one| one["name"] == section).expect("the section");
        found["handle"].as_u64().expect("a number")
    }

    /// Does something with the program as account `index`, without our client.
    pub(crate) fn by_hand<T, F: Future<Output = T>>(
        &self,
        index: usize,
        act: impl FnOnce(Records<crate::client::Client>) -> F,
    ) -> T {
        let program: Address = self.program.parse().expect("an address");
        self.runtime.block_on(async {
            let client = client(&self.node.url(), &anvil_key(index)).await;
            act(Records::new(program, client)).await
        })
    }

    /// An answer of the node.
    pub(crate) fn ask(&self, method: &str, params: Value) -> Value {
        self.node.answer(method, &params)
    }

    /// With what the program refuses a call.
    pub(crate) fn refusal(&self, from: &str, data: &str) -> RecordsErrors {
        use ethers::contract::ContractRevert;
        let call = json!([{"from": from, "to": self.program, "data": data}, "latest"]);
        let answer = self.ask("eth_call", call);
        let data = answer["error"]["data"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let data = hex::decode(&data[2..]).expect("hex");
        RecordsErrors::decode_with_selector(&data).expect("an error of the ABI")
    }

    /// The calldata of a mined transaction.
    pub(crate) fn calldata(&self, hash: &Value) -> String {
        let found = self.ask("eth_getTransactionByHash", json!([hash]));
        found["result"]["input"].as_str().expect("calldata").to_owned()
    }

    /// A run of the patient through a node that lies.
    pub(crate) fn through(&self, liar: &LyingNode, args: &[&str]) -> Run {
        self.patient(&[args, &["--rpc-url", liar.url()]].concat())
    }

    /// The word under which an account has registered its key.
    pub(crate) fn key_word(&self, account: &str) -> String {
        let account = account.parse().expect("an address");
        let slot =
            chartkey_abi::records_slot::of_account(chartkey_abi::records_slot::KEYS, account);
        let found = self.ask("eth_getStorageAt", json!([self.program, slot, "latest"]));
        found["result"].as_str().expect("a word").to_owned()
    }

    /// The twelve words of the key that an account has registered.
    pub(crate) fn fingerprint(&self, account: &str) -> String {
        let word = hex::decode(&self.key_word(account)[2..]).expect("hex");
        chartkey_crypto::KeyId(word[..28].try_into().expect("28 bytes")).fingerprint()
    }

    /// The newest public key that an account has registered.
    pub(crate) fn public_key(&self, account: &str) -> Vec<u8> {
        use alloy_sol_types::SolEvent;
        let account: alloy_primitives::Address = account.parse().expect("an address");
        let topics = (chartkey_abi::IRecords::KeyRegistered::SIGNATURE_HASH, account.into_word());
        let contract = &self.program;
        let filter = json!([{"fromBlock": "0x0", "address": contract, "topics": topics}]);
        let logs = self.ask("eth_getLogs", filter)["result"].clone();
        let newest = logs.as_array().and_then(|logs| logs.last()).expect("a registration");
        let data = hex::decode(&newest["data"].as_str().expect("data")[2..]).expect("hex");
        // The word, the offset and the length come before it.
        data[96..96 + 1_216].to_vec()
    }

    /// With what the patient's last entry of the history cannot be opened.
    pub(crate) fn error_of_last_entry(&self) -> String {
        let shown = self.json(&["record", "show", "--section", HISTORY]);
        let entries = shown["sections"][0]["entries"].as_array().expect("entries").clone();
        entries.last().expect("an entry")["error"].as_str().expect("a code").to_owned()
    }

    /// The clinician registers another key: that of the second clinician, whose bytes are sound.
    pub(crate) fn change_key_of_clinician(&self) {
        let key = self.public_key(OTHER);
        self.by_hand(1, |records| async move {
            let call = records.register_key(2, key.into());
            let sent = call.send().await.expect("sent").await.expect("mined");
            assert_eq!(sent.expect("a receipt").status, Some(1.into()));
        });
    }

    /// Lets time pass on the chain.
    pub(crate) fn wait(&self, seconds: u64) {
        drop(self.node.rpc("evm_increaseTime", &json!([seconds])));
        drop(self.node.rpc("evm_mine", &json!([])));
    }

    /// Accounts that registered a key: that of the second clinician, which nobody opens anything with.
    pub(crate) fn many_readers(&self, count: u8) -> Vec<String> {
        use alloy_sol_types::SolCall;
        let key = self.public_key(OTHER).into();
        let call = chartkey_abi::IRecords::registerKeyCall { version: 1, publicKey: key };
        let data = format!("0x{}", hex::encode(call.abi_encode()));
        let reader = |number: u8| {
            let account = alloy_primitives::Address::repeat_byte(number).to_checksum(None);
            drop(self.ask("anvil_setBalance", json!([account, "0xde0b6b3a7640000"])));
            drop(self.ask("anvil_impersonateAccount", json!([account])));
            self.send(&account, &data);
            account
        };
        (1..=count).map(reader).collect()
    }

    /// Grants by another client, which forgets the deliveries.
    pub(crate) fn grant_by_hand(&self, readers: &[String], permissions: u16, handles: u64) {
        use alloy_sol_types::SolCall;
        drop(self.ask("anvil_impersonateAccount", json!([PATIENT])));
        for reader in readers {
            let call = chartkey_abi::IRecords::grantCall {
                record: self.record.parse().expect("a record"),
                grantee: reader.parse().expect("an address"),
                permissions,
                handles,
                expiry: u64::MAX,
                purpose: 1,
                keys: alloy_primitives::B256::ZERO,
                list: Vec::new().into(),
            };
            self.send(PATIENT, &format!("0x{}", hex::encode(call.abi_encode())));
        }
    }

    /// Sends a call of the program from an account of the node.
    fn send(&self, from: &str, data: &str) {
        let call = json!([{"from": from, "to": self.program, "data": data, "gas": "0x1e8480"}]);
        let sent = self.ask("eth_sendTransaction", call);
        let receipt = self.ask("eth_getTransactionReceipt", json!([sent["result"]]));
        assert_eq!(receipt["result"]["status"], "0x1", "{sent} {receipt}");
    }
}
