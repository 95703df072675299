//! Break-glass through the command line (crypto.md section 11; C15 of section 17).

use alloy_primitives::{Address, Bytes, hex};
use alloy_sol_types::SolCall;
use chartkey_abi::{IRecords, credential_flag};
use chartkey_tests::{Person, World};
use serde_json::{Value, json};

use crate::schema::Judge;
use crate::secrets::{files, holds};

const ALLERGY: &str = r#"{"resourceType":"AllergyIntolerance","id":"a1","clinicalStatus":{"coding":
    [{"code":"active"}]},"code":{"text":"Penicillin G"},"patient":{"reference":"Patient/1"}}"#;
const RESOLVED: &str = r#"{"resourceType":"AllergyIntolerance","id":"a1","clinicalStatus":{"coding":
    [{"code":"resolved"}]},"code":{"text":"Penicillin G"},"patient":{"reference":"Patient/1"}}"#;
const PAST: &str = r#"{"resourceType":"Condition","id":"c1","clinicalStatus":{"coding":
    [{"code":"resolved"}]},"code":{"text":"Xylophobia"},"subject":{"reference":"Patient/1"}}"#;

/// A patient with a record, and people with keys: two custodians and a responder.
struct Ward<'a> {
    world: &'a World,
    judge: Judge,
    record: String,
    responder: Person<'a>,
    custodians: [Person<'a>; 2],
}

impl<'a> Ward<'a> {
    fn of(world: &'a World) -> Self {
        let created = world.as_patient(&["record", "create", "--json"]).succeeds();
        let record = created.envelope()["data"]["record"].as_str().expect("an id").to_owned();
        let [responder, one, other] =
            [("responder", 2), ("one", 3), ("other", 4)].map(|(name, index)| {
                let person = world.person(name, index);
                // It registers the key that others deliver to.
                drop(person.run(&["record", "create"]).succeeds());
                person
            });
        let judge = Judge::default();
        Self { world, judge, record, responder, custodians: [one, other] }
    }

    /// The registrar, who deployed the programs, says that somebody may claim.
    fn credential(&self, account: &str) {
        let call = IRecords::setCredentialCall {
            account: account.parse().expect("an address"),
            validFrom: 1,
            validUntil: 4_000_000_000,
            flags: credential_flag::EMERGENCY,
        };
        self.as_registrar(&call.abi_encode());
    }

    fn as_registrar(&self, data: &[u8]) {
        let registrar: Address =
            "0x70997970C51812dc3A010C7d01b50e0d17dc79C8".parse().expect("an address");
        let to = self.world.flags()[1];
        let data = Bytes::copy_from_slice(data);
        let transaction = json!([{"from": registrar, "to": to, "data": data}]);
        let _ = self.world.rpc("anvil_impersonateAccount", &json!([registrar]));
        let hash = self.world.rpc("eth_sendTransaction", &transaction);
        let receipt = self.world.rpc("eth_getTransactionReceipt", &json!([hash]));
        assert_eq!(receipt["status"], "0x1", "{receipt}");
    }

    fn patient(&self, name: &str, args: &[&str]) -> Value {
        let run = self.world.as_patient(&[&["emergency", name, "--json"], args].concat());
        self.judge.success(&format!("emergency-{name}"), run)
    }

    fn claim(&self, by: &Person<'_>) -> Value {
        let note = by.home.file("note", b"found unconscious at the station");
        // Nobody signs their own claim.
        let [one, other] = self.custodians.each_ref().map(Person::address);
        let cosigner = if by.address() == one { other } else { one };
        let claim = ["emergency", "claim", &self.record, "--reason", "btg", "--note", &note];
        let run = by.run(&[&claim[..], &["--cosigner", cosigner, "--json"]].concat());
        self.judge.success("emergency-claim", run)
    }

    fn release(&self, by: &Person<'_>, to: &Person<'_>) -> Value {
        let run = by.run(&["emergency", "release", &self.record, to.address(), "--json"]);
        self.judge.success("emergency-release", run)
    }

    fn open(&self, by: &Person<'_>, args: &[&str]) -> chartkey_tests::Run {
        by.run(&[&["emergency", "open", &self.record, "--json"], args].concat())
    }

    fn fill(&self) {
        for (name, body) in [("allergy.json", ALLERGY), ("past.json", PAST)] {
            let file = self.world.patient.file(name, body.as_bytes());
            drop(self.world.as_patient(&["fhir", "import", &file]).succeeds());
        }
    }
}

/// The code of a failure.
fn code(run: &chartkey_tests::Run) -> Value {
    run.envelope()["error"]["code"].clone()
}

#[test]
fn an_emergency_is_claimed_opened_closed_reviewed_and_its_keys_replaced() {
    let world = World::new();
    let ward = Ward::of(&world);
    let (responder, custodian) = (&ward.responder, &ward.custodians[0]);
    ward.fill();

    let people = ["--responder", responder.address(), "--custodian", custodian.address()];
    let setup = ["emergency", "setup", "--json"];
    let run = world.as_patient(&[&setup[..], &people[..]].concat()).succeeds();
    // C15: what is true of it is said before anything is asked.
    let run = run
        .says("a responder with the card can read the summary without a claim")
        .says("a responder and a custodian together")
        .says("access cannot end by time")
        .says("if the second half cannot be reached, emergency access fails");
    ward.judge.success("emergency-setup", run);
    assert_eq!(ward.patient("update", &[])["entries"], 1, "the past belongs elsewhere");
    assert_eq!(ward.patient("update", &[])["entries"], 0, "and is there once");

    let without = world.as_patient(&["emergency", "drill", "--json"]).ends_with(8);
    assert!(without.stdout.contains("credential for emergencies"), "{}", without.stdout);
    ward.credential(responder.address());
    ward.patient("drill", &[]);

    // One half opens nothing, and an honest client does not open without a claim.
    assert_eq!(code(&ward.open(responder, &[]).ends_with(8)), "NotFound");
    let claimed = ward.claim(responder);
    let alone = ward.open(responder, &[]).ends_with(8);
    assert!(alone.stdout.contains("one half opens nothing"), "{}", alone.stdout);

    ward.release(custodian, responder);
    let opened = ward.judge.success("emergency-open", ward.open(responder, &[]));
    let entries = opened["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), 1);
    assert!(entries[0]["body"].as_str().expect("a body").contains("Penicillin G"));
    let shown = responder.run(&["record", "show", "--record", &ward.record]).succeeds();
    assert!(!shown.stdout.contains("Xylophobia"), "nothing but the summary opens");

    let listed = ward.patient("list", &[]);
    let opening = &listed["openings"][0];
    assert_eq!(opening["opening"], claimed["opening"]);
    assert_eq!(opening["note"], "found unconscious at the station");
    assert_eq!((&opening["isOpen"], &opening["review"]), (&json!(true), &Value::Null));

    let close = ["emergency", "close", &ward.record, responder.address(), "--json"];
    ward.judge.success("emergency-close", world.as_patient(&close));
    let note = world.patient.file("review", b"it was right");
    let review = ["--claimant", responder.address(), "--outcome", "justified", "--note", &note];
    ward.patient("review", &review);
    let listed = ward.patient("list", &[]);
    assert_eq!(listed["openings"][0]["review"]["outcome"], "justified");
    assert_eq!(listed["openings"][0]["isOpen"], false);

    // New halves for the same people, and a new key of the summary that the old halves do not open.
    assert_eq!(ward.patient("setup", &[])["generation"], 2);
    ward.patient("drill", &[]);
    let file = world.patient.file("allergy.json", RESOLVED.as_bytes());
    drop(world.as_patient(&["fhir", "import", &file]).succeeds());
    assert_eq!(ward.patient("update", &[])["entries"], 1, "what is over is corrected");
    ward.claim(responder);
    drop(ward.open(responder, &[]).ends_with(8));
    ward.release(custodian, responder);
    let opened = ward.judge.success("emergency-open", ward.open(responder, &[]));
    let body = opened["entries"][0]["body"].as_str().expect("a body");
    assert!(body.contains("resolved") && opened["entries"].as_array().expect("one").len() == 1);

    ward.judge.has_seen_all(|name| name.starts_with("emergency-"));
}

/// C15: shares below the threshold open nothing, nor does a card without the first half, nor a card of
/// somebody else.
#[test]
fn c15_shares_and_cards_open_the_summary_only_with_the_first_half() {
    let world = World::new();
    let ward = Ward::of(&world);
    let [one, other] = &ward.custodians;
    let responder = &ward.responder;
    for person in [responder, one] {
        ward.credential(person.address());
    }
    let card = world.patient.path().join("card").display().to_string();
    let people =
        ["--responder", responder.address(), "--custodian", one.address(), other.address()];
    let how = ["--shares", "2/2", "--card-file", &card];
    let setup = ward.patient("setup", &[&people[..], &how[..]].concat());
    assert_eq!((&setup["sharesNeeded"], &setup["card"]), (&json!(2), &Value::Null));
    ward.patient("drill", &["--card", &card]);
    let words = std::fs::read_to_string(&card).expect("a card");
    assert_eq!(words.split_whitespace().count(), 24);
    let again = [&people[..], &["--card-file", &card]].concat();
    let taken = world.as_patient(&[&["emergency", "setup"], &again[..]].concat()).ends_with(2);
    assert!(taken.stderr.contains("is not overwritten"), "{}", taken.stderr);
    assert_eq!(std::fs::read_to_string(&card).expect("still there"), words);
    let other_card = format!("{card}-dry");
    let dry = ["emergency", "setup", "--dry-run", "--card-file", &other_card];
    drop(world.as_patient(&[&dry[..], &people[..]].concat()).succeeds());
    assert!(!std::path::Path::new(&other_card).exists(), "nothing was set up");

    ward.claim(responder);
    ward.release(one, responder);
    let few = ward.open(responder, &[]).ends_with(8);
    assert!(few.stdout.contains("1 of 2 shares"), "{}", few.stdout);
    ward.release(other, responder);
    drop(ward.open(responder, &[]).succeeds());

    // The card and a share, but no first half.
    ward.claim(one);
    let card_of_one = one.home.file("card", words.as_bytes());
    let without = ward.open(one, &["--card", &card_of_one]).ends_with(8);
    assert!(without.stdout.contains("first half"), "{}", without.stdout);

    // With the card alone, and with a card that is another one's.
    assert_eq!(ward.patient("setup", &["--card-file", &format!("{card}2")])["generation"], 2);
    ward.claim(responder);
    let old = responder.home.file("old", words.as_bytes());
    assert_eq!(code(&ward.open(responder, &["--card", &old]).ends_with(7)), "CommitmentMismatch");
    let new = std::fs::read(format!("{card}2")).expect("a card");
    let new = responder.home.file("new", &new);
    drop(ward.open(responder, &["--card", &new]).succeeds());
    let mut kept = Vec::new();
    files(&world.patient.path().join("chartkey"), &mut kept);
    assert!(kept.iter().all(|(_, content)| !holds(content, words.trim())), "no copy is kept");
    let chain = world.rpc("eth_getLogs", &json!([{"fromBlock": "0x0", "toBlock": "latest"}]));
    assert!(!chain.to_string().contains(&hex::encode("unconscious")), "the note is sealed");
}
