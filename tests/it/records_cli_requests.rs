//! `record annotate`: a request for an amendment, its answers, and disagreement.

use chartkey::dates::Instant;
use serde_json::{Value, json};

use crate::ward::{Ward, Who};

const HISTORY: &str = "medical-history";

/// A statement of the clinician, number 2, and what people say about it.
struct Talk(Ward);

impl Talk {
    fn open() -> Self {
        let ward = Ward::shared();
        let file = ward.condition(Who::Clinician, "Sprained right knee", "active");
        drop(ward.data(Who::Clinician, &["record", "add", HISTORY, &file]));
        Self(ward)
    }

    fn args(&self, who: Who, kind: &[&str]) -> Vec<String> {
        let words = self.0.file(who, "words.txt", "it was the left knee");
        let all = [&["record", "annotate", HISTORY, "2", &words, "--kind"], kind].concat();
        all.into_iter().map(str::to_owned).collect()
    }

    fn say(&self, who: Who, kind: &[&str]) -> Value {
        let args = self.args(who, kind);
        self.0.data(who, &args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn refused(&self, who: Who, kind: &[&str], code: i32) -> String {
        let args = self.args(who, kind);
        let error = self.0.error(who, &args.iter().map(String::as_str).collect::<Vec<_>>(), code);
        error["message"].as_str().expect("a message").to_owned()
    }

    fn annotations(&self) -> Vec<Value> {
        let entries = self.0.entries(Who::Patient, HISTORY, &[]);
        let all = entries.iter().map(|entry| entry["annotation"].clone());
        all.filter(|annotation| !annotation.is_null()).collect()
    }
}

fn seconds(value: &Value) -> u64 {
    value.as_str().expect("a time").parse::<Instant>().expect("RFC 3339").seconds()
}

#[test]
fn a_denied_request_leaves_a_reason_and_the_patients_disagreement() {
    let talk = Talk::open();
    assert_eq!(talk.say(Who::Patient, &["request"])["seq"], 3);
    let before = talk.annotations()[0].clone();
    talk.say(Who::Clinician, &["answer", "--outcome", "extended"]);
    let extended = talk.annotations()[0].clone();
    let twice = talk.refused(Who::Clinician, &["answer", "--outcome", "extended"], 2);
    talk.say(Who::Clinician, &["answer", "--outcome", "denied", "--request", "3"]);
    talk.say(Who::Patient, &["disagreement"]);

    let shown = talk.0.run(Who::Clinician, &["record", "show"]).succeeds().stdout;
    let after = talk.annotations();

    assert_eq!(seconds(&extended["due"]) - seconds(&before["due"]), 30 * 86_400);
    assert_eq!((&before["extended"], &extended["extended"]), (&json!(false), &json!(true)));
    assert!(twice.contains("cannot be extended again"), "{twice}");
    assert_eq!(after[0]["answer"], json!({"outcome": "denied", "seq": 5}));
    assert_eq!(after[3]["kind"], "disagreement");
    assert!(shown.contains("(denied by 5)"), "{shown}");
    let said = format!("disagreement by {}: it was the left knee", Ward::patient());
    assert!(shown.contains(&said), "{shown}");
}

#[test]
fn a_request_is_accepted_by_an_amendment_after_it() {
    let talk = Talk::open();
    talk.say(Who::Patient, &["request"]);
    let accept = ["answer", "--outcome", "accepted"];
    let early = talk.refused(Who::Clinician, &accept, 2);
    let file = talk.0.condition(Who::Clinician, "Sprained left knee", "active");
    drop(talk.0.data(Who::Clinician, &["record", "amend", HISTORY, "2", &file]));
    talk.say(Who::Clinician, &accept);

    let history = talk.0.data(Who::Patient, &["record", "history", HISTORY, "2"]);

    assert!(early.contains("was not amended since request 3"), "{early}");
    let body: Value = serde_json::from_str(history["entries"][3]["body"].as_str().expect("JSON"))
        .expect("product JSON");
    assert_eq!(body["version"], 4);
    assert_eq!(history["entries"][1]["annotation"]["answer"]["outcome"], "accepted");
}

#[test]
fn requests_and_answers_are_for_those_they_belong_to() {
    let talk = Talk::open();

    talk.refused(Who::Clinician, &["request"], 8);
    talk.refused(Who::Clinician, &["disagreement"], 8);
    talk.refused(Who::Patient, &["disagreement"], 2);
    talk.refused(Who::Clinician, &["answer", "--outcome", "denied"], 2);
    talk.refused(Who::Clinician, &["answer"], 2);
    talk.refused(Who::Clinician, &["statement", "--outcome", "denied"], 2);
    talk.say(Who::Patient, &["request"]);
    let own = talk.refused(Who::Patient, &["answer", "--outcome", "denied"], 8);
    let unknown = ["answer", "--outcome", "denied", "--request", "2"];
    talk.refused(Who::Clinician, &unknown, 2);

    assert!(own.contains("your own"), "{own}");
    assert_eq!(talk.annotations().len(), 1);
    // The patient amends an own entry; there is nobody to ask.
    let file = talk.0.condition(Who::Patient, "Hay fever", "active");
    let added = talk.0.data(Who::Patient, &["record", "add", HISTORY, &file]);
    let words = talk.0.file(Who::Patient, "words.txt", "no");
    let seq = added["seq"].to_string();
    let ask = ["record", "annotate", HISTORY, &seq, &words, "--kind", "request"];
    drop(talk.0.error(Who::Patient, &ask, 2));
}
