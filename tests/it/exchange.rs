//! FHIR in and out: what comes back is what went in, whose ids they were is kept.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use chartkey_tests::{PATIENT, World};
use serde_json::{Value, json};

const CHRONIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/fhir/synthea-chronic.json");

/// Imports as the patient; the counts add up.
fn import(world: &World, args: &[&str]) -> Value {
    let run = world.as_patient(&[&["fhir", "import"], args, &["--json"]].concat()).succeeds();
    let data = run.envelope()["data"].clone();
    let count = |name: &str| data[name].as_u64().expect(name);
    let refused = data["refused"].as_array().expect("a list").len() as u64;
    assert_eq!(
        count("new") + count("corrected") + count("unchanged") + refused,
        count("total"),
        "{data}"
    );
    data
}

fn counts(data: &Value) -> [u64; 3] {
    ["new", "corrected", "unchanged"].map(|name| data[name].as_u64().expect("a count"))
}

fn export(world: &World, args: &[&str]) -> String {
    world.as_patient(&[&["fhir", "export"], args].concat()).succeeds().stdout
}

/// The bytes of each resource.
fn bodies(file: &str) -> BTreeSet<String> {
    let import = chartkey_fhir::read(file.as_bytes()).expect("our own reader");
    assert_eq!(import.refused, vec![]);
    import.entries.iter().map(|entry| entry.body.to_owned()).collect()
}

#[test]
fn a_record_goes_out_as_it_came_in_and_comes_back_into_itself_as_nothing_new() {
    let world = World::new();
    world.create_record();
    assert_eq!(counts(&import(&world, &[CHRONIC])), [211, 0, 0]);
    let out = world.patient.path().join("record.json").display().to_string();

    let run = world.as_patient(&["fhir", "export", "--out", &out]).succeeds();

    assert!(run.stdout.contains("211 resources of the record"), "{}", run.stdout);
    let mode = std::fs::metadata(&out).expect("written").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "health data is the user's alone");
    let exported = std::fs::read_to_string(&out).expect("written");
    let source = std::fs::read_to_string(CHRONIC).expect("the example");
    assert_eq!(bodies(&exported), bodies(&source));
    assert_eq!(counts(&import(&world, &[&out])), [0, 0, 211], "a second import changes nothing");
    assert_eq!(exported.trim_end(), {
        let again = export(&world, &[]);
        // Only the time of the export differs.
        let stamp =
            |text: &str| text.split("\"timestamp\":\"").nth(1).map(|rest| rest[..20].to_owned());
        let (old, new) = (stamp(&again).expect("a time"), stamp(&exported).expect("a time"));
        again.trim_end().replace(&old, &new)
    });

    let refused = world.as_patient(&["fhir", "export", "--out", &out]).ends_with(2);
    assert!(refused.stderr.contains("is not overwritten"), "{}", refused.stderr);
    drop(world.as_patient(&["fhir", "export", "--out", &out, "--force"]).succeeds());
}

#[test]
fn a_section_goes_out_with_its_patient_and_a_summary_whole() {
    let world = World::new();
    world.create_record();
    drop(import(&world, &[CHRONIC]));

    let medications = export(&world, &["--section", "Medications", "--provenance"]);
    let summary = world.as_patient(&["fhir", "export", "--format", "ips", "--json"]).succeeds();

    let bundle: Value = serde_json::from_str(&medications).expect("JSON");
    let kinds = |bundle: &Value| -> Vec<String> {
        let entries = bundle["entry"].as_array().expect("entries").iter();
        entries
            .map(|one| one["resource"]["resourceType"].as_str().expect("a type").to_owned())
            .collect()
    };
    let of = |kinds: &[String], kind: &str| kinds.iter().filter(|one| *one == kind).count();
    let found = kinds(&bundle);
    assert_eq!((of(&found, "MedicationRequest"), of(&found, "Patient")), (13, 1));
    assert_eq!((of(&found, "Provenance"), found.len()), (14, 28));

    let data = &summary.envelope()["data"];
    let text = data["bundle"].as_str().expect("the text");
    let document: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(kinds(&document)[0], "Composition");
    assert!(data["leftOut"].as_u64().expect("a count") > 100, "claims are no part of a summary");
    assert_eq!(document["entry"][0]["resource"]["author"][0]["type"], "Patient");
    drop(bodies(text));
}

#[test]
fn one_id_of_two_hospitals_is_two_statements() {
    let world = World::new();
    world.create_record();
    let file = |name: &str, base: &str, text: &str| {
        let bundle = format!(
            r#"{{"resourceType":"Bundle","type":"collection","entry":[
            {{"fullUrl":"{base}/Patient/p","resource":{{"resourceType":"Patient","id":"p"}}}},
            {{"fullUrl":"{base}/Condition/1","resource":{{"resourceType":"Condition","id":"1",
                "code":{{"text":"{text}"}},"subject":{{"reference":"Patient/p"}}}}}}]}}"#
        );
        world.patient.file(name, bundle.as_bytes())
    };
    let first = file("a.json", "https://a.example/fhir", "Burnt ear");
    let second = file("b.json", "https://b.example/fhir", "Frozen toe");
    let newer = file("a2.json", "https://a.example/fhir", "Burnt left ear");

    assert_eq!(counts(&import(&world, &[&first])), [2, 0, 0]);
    assert_eq!(counts(&import(&world, &[&second])), [2, 0, 0], "nothing of the first is amended");
    assert_eq!(counts(&import(&world, &[&newer])), [0, 1, 1], "the first one's next version");
    assert_eq!(counts(&import(&world, &[&first])), [0, 0, 2]);

    let note = world.patient.file("note.txt", b"Slept badly");
    drop(world.as_patient(&["record", "update-history", &note, "--text"]).succeeds());
    let exported = export(&world, &[]);
    assert!(exported.contains("U2xlcHQgYmFkbHk="), "a text goes out as a document");
    for url in ["https://a.example/fhir/Condition/1", "https://b.example/fhir/Condition/1"] {
        assert!(exported.contains(url), "{url}");
    }
    assert!(exported.contains("Burnt left ear") && !exported.contains("Burnt ear"));
    let all = export(&world, &["--all"]);
    assert!(all.contains("Burnt ear"), "a history has every version");
    // Back into the record it came from, two sources and all.
    let file = world.patient.file("again.json", exported.as_bytes());
    assert_eq!(counts(&import(&world, &[&file]))[..2], [2, 0], "Linkage and document");
    assert_eq!(counts(&import(&world, &[&file]))[..2], [0, 0], "and once only");
}

#[test]
fn a_source_can_be_said_and_an_unknown_one_is_never_mixed_with_a_known() {
    let world = World::new();
    world.create_record();
    let line = |text: &str| {
        let line = format!(
            r#"{{"resourceType":"Condition","id":"1","code":{{"text":"{text}"}},"subject":{{"reference":"Patient/p"}}}}"#
        );
        world.patient.file("line.ndjson", line.as_bytes())
    };

    assert_eq!(counts(&import(&world, &[&line("one"), "--source", "urn:example:a"])), [1, 0, 0]);
    assert_eq!(counts(&import(&world, &[&line("one")])), [0, 0, 1], "the same bytes");
    assert_eq!(counts(&import(&world, &[&line("two")])), [1, 0, 0], "of nobody knows whom");
    assert_eq!(counts(&import(&world, &[&line("three"), "--source", "urn:example:a"])), [0, 1, 0]);
}

#[test]
fn of_several_patients_the_chosen_one_is_imported() {
    let world = World::new();
    world.create_record();
    let lines = "{\"resourceType\":\"Patient\",\"id\":\"p1\"}\n{\"resourceType\":\"Patient\",\"id\":\"p2\"}\n\
        {\"resourceType\":\"Condition\",\"id\":\"c\",\"subject\":{\"reference\":\"Patient/p2\"}}\n";
    let file = world.patient.file("two.ndjson", lines.as_bytes());

    let refused = world.as_patient(&["fhir", "import", &file]).ends_with(2);
    let data = import(&world, &[&file, "--patient", "p2"]);

    assert!(refused.stderr.contains("Patient/p1, Patient/p2"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--patient"), "{}", refused.stderr);
    assert_eq!(counts(&data), [2, 0, 0]);
    assert_eq!(data["refused"][0]["position"], 1);
}

#[test]
fn a_rehearsal_says_what_where_how_much_and_the_run_keeps_to_it() {
    let world = World::new();
    world.create_record();

    let plan = import(&world, &[CHRONIC, "--dry-run"]);
    let done = import(&world, &[CHRONIC]);

    assert_eq!(counts(&plan), counts(&done));
    let load = |data: &Value, name: &str| -> u64 {
        let sections = data["sections"].as_array().expect("sections").iter();
        sections.map(|section| section[name].as_u64().expect("a count")).sum()
    };
    let sent = done["transactions"].as_array().expect("a list").len() as u64;
    assert_eq!(load(&plan, "transactions"), sent);
    assert_eq!(plan["plan"]["transactions"], sent);
    assert_eq!(
        load(&plan, "calldataBytes"),
        plan["plan"]["calldataBytes"].as_u64().expect("a count")
    );
    let mut gas = 0_u64;
    for hash in done["transactions"].as_array().expect("a list") {
        let hash = hash.as_str().expect("a hash");
        let shown = world.as_patient(&["tx", "show", hash, "--json"]).succeeds().envelope();
        let used = shown["data"]["gasUsed"].as_str().expect("it is mined");
        gas += used.parse::<u64>().expect("decimal");
    }
    let reckoned: u64 = plan["plan"]["gas"].as_str().expect("decimal").parse().expect("decimal");
    assert!(gas.abs_diff(reckoned) * 20 < gas, "{reckoned} was reckoned, {gas} were used");
}

#[test]
fn grants_go_out_as_consents_and_what_was_done_as_audit_events() {
    let world = World::new();
    world.create_record();
    drop(world.as_clinic(&["record", "create"]).succeeds());
    let clinic = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    let grant = ["access", "grant", clinic, "--section", "medications", "--until", "2099-01-01"];
    drop(world.as_patient(&grant).succeeds());
    let condition = world.patient.file("c.json", br#"{"resourceType":"Condition","id":"c"}"#);
    // Sections and access have chains of their own: within one second only the place on the chain orders them.
    drop(world.rpc("anvil_setBlockTimestampInterval", &json!([0])));
    drop(world.as_patient(&["record", "update-history", &condition]).succeeds());
    let resources = |format: &str| -> Vec<Value> {
        let bundle: Value =
            serde_json::from_str(&export(&world, &["--format", format])).expect("JSON");
        let entries = bundle["entry"].as_array().expect("entries").iter();
        entries.map(|entry| entry["resource"].clone()).collect()
    };

    let active = resources("consent");
    drop(world.as_patient(&["access", "revoke", clinic]).succeeds());
    let over = resources("consent");
    let events = resources("audit");

    assert_eq!((active.len(), &active[0]["status"]), (1, &"active".into()));
    assert_eq!(over[0]["status"], "inactive");
    let provision = &active[0]["provision"];
    assert_eq!(provision["class"][0]["code"], "medications");
    assert_eq!(provision["purpose"][0]["code"], "TREAT");
    let who = provision["actor"][0]["reference"]["identifier"]["value"].as_str().expect("who");
    assert!(who.ends_with(&clinic.to_lowercase()), "{who}");
    let actions: Vec<_> =
        events.iter().map(|event| event["action"].as_str().expect("one")).collect();
    assert_eq!(actions, ["C", "C", "U"], "granted, written, withdrawn");
    let consent = format!("Consent/{}", over[0]["id"].as_str().expect("an id"));
    let rests_on = |event: &Value| event["entity"].to_string().contains(&consent);
    assert_eq!(events.iter().map(rests_on).collect::<Vec<_>>(), [true, false, false]);
    let author = events[1]["agent"][2]["who"]["identifier"]["value"].as_str().expect("who");
    assert!(author.ends_with(&PATIENT.to_lowercase()), "{author}");
}

#[test]
fn a_remark_goes_out_as_its_words() {
    let world = World::quick();
    world.create_record();
    let condition = r#"{"resourceType":"Condition","code":{"text":"Essential hypertension"}}"#;
    let file = world.patient.file("condition.json", condition.as_bytes());
    drop(world.as_patient(&["record", "update-history", &file]).succeeds());
    let words = world.patient.file("words.txt", b"it was the left knee");
    let annotate = ["record", "annotate", "medical-history", "2", &words, "--kind", "statement"];
    drop(world.as_patient(&annotate).succeeds());

    let exported: Value = serde_json::from_str(&export(&world, &[])).expect("a bundle");

    let entries = exported["entry"].as_array().expect("entries");
    let remarks = entries.iter().filter(|one| one["resource"]["resourceType"] == "Communication");
    let texts: Vec<&Value> =
        remarks.map(|one| &one["resource"]["payload"][0]["contentString"]).collect();
    assert_eq!(texts, ["it was the left knee"]);
}
