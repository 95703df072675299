//! Files that nobody designed for: counts add up, and a second import changes nothing.

use chartkey_tests::World;
use serde_json::Value;

fn import(world: &World, name: &str, content: &str) -> Value {
    let file = world.patient.file(name, content.as_bytes());
    let data = world.as_patient(&["fhir", "import", &file, "--json"]).succeeds().envelope()["data"]
        .clone();
    let count = |name: &str| data[name].as_u64().expect(name);
    let refused = data["refused"].as_array().expect("a list").len() as u64;
    let sum = count("new") + count("corrected") + count("unchanged") + refused;
    assert_eq!(sum, count("total"), "{name}: {data}");
    data
}

/// Imports twice; the second time nothing is new. Returns new and corrected of the first.
fn twice(world: &World, name: &str, content: &str) -> (u64, u64) {
    let first = import(world, name, content);
    let second = import(world, name, content);
    assert_eq!((&second["new"], &second["corrected"]), (&0.into(), &0.into()), "{name}: {second}");
    assert_eq!(second["transactions"], Value::Array(vec![]), "{name}");
    (first["new"].as_u64().expect("a count"), first["corrected"].as_u64().expect("a count"))
}

fn bodies(world: &World, section: &str) -> Vec<String> {
    let shown = world.as_patient(&["record", "show", "--section", section, "--all", "--json"]);
    let data = shown.succeeds().envelope()["data"].clone();
    let entries = data["sections"][0]["entries"].as_array().expect("entries").clone();
    entries.iter().map(|entry| entry["body"].as_str().expect("opened").to_owned()).collect()
}

#[test]
fn odd_files_are_filed_once() {
    let world = World::new();
    world.create_record();
    let patient = r#"{"resourceType":"Patient","id":"p","name":[{"text":"Testcase, Edge"}]}"#;
    let subject = r#""subject":{"reference":"Patient/p"}"#;
    let bundle = |kind: &str, entries: &[&str]| {
        let entries: Vec<_> =
            entries.iter().map(|one| format!(r#"{{"resource":{one}}}"#)).collect();
        format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{}]}}"#, entries.join(","))
    };

    let marked = format!("\u{feff}{}", bundle("collection", &[patient]));
    assert_eq!(twice(&world, "byte order mark", &marked), (1, 0));

    // One id in two types is two things.
    let condition = format!(r#"{{"resourceType":"Condition","id":"1",{subject}}}"#);
    let procedure = format!(r#"{{"resourceType":"Procedure","id":"1",{subject}}}"#);
    let lines = format!("{condition}\r\n{procedure}\r\n\r\n{condition}\r\n");
    assert_eq!(twice(&world, "CRLF lines, one of them twice", &lines), (2, 0));

    // The newest is first.
    let version = |text: &str| {
        format!(r#"{{"resourceType":"Condition","id":"h",{subject},"code":{{"text":"{text}"}}}}"#)
    };
    let history = bundle("history", &[&version("new"), &version("old"), patient]);
    assert_eq!(twice(&world, "history", &history), (1, 1));
    let conditions = bodies(&world, "medical history");
    assert!(conditions[2].contains("old") && conditions[3].contains("new"), "{conditions:?}");

    let number = |digits: &str| {
        format!(
            r#"{{"resourceType":"Observation",{subject},"valueQuantity":{{"value":{digits}}}}}"#
        )
    };
    let lines = ["1.10", "1.1", "1e400", "-0.0", "123456789012345678901234567890.10"].map(number);
    assert_eq!(twice(&world, "numbers", &lines.join("\n")), (5, 0));
    assert_eq!(bodies(&world, "observations"), lines, "byte for byte");
}

#[test]
fn an_entry_that_does_not_fit_is_refused_with_its_place_and_the_rest_is_filed() {
    let world = World::new();
    world.create_record();
    // What does not shrink: digits of a generator that repeats late.
    let mut seed = 7_u64;
    let noise: String = (0..60_000)
        .map(|_| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + u8::try_from(seed >> 56).expect("8 bits") % 26)
        })
        .collect();
    let long = format!(
        r#"{{"resourceType":"Binary","id":"b","contentType":"text/plain","data":"{noise}"}}"#
    );
    let lines = format!("{{\"resourceType\":\"Patient\",\"id\":\"p\"}}\n{long}\n");
    let file = world.patient.file("long.ndjson", lines.as_bytes());

    let run = world.as_patient(&["fhir", "import", &file]).succeeds();

    assert!(run.stdout.contains("1 new, 0 corrected, 0 unchanged, 1 refused"), "{}", run.stdout);
    assert!(run.stdout.contains("refused  entry 2 (Binary/b)"), "{}", run.stdout);
}

#[test]
fn a_file_of_somebody_else_is_pointed_out() {
    let world = World::new();
    world.create_record();
    let patient = |id: &str| format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#);
    drop(import(&world, "one.json", &patient("one")));
    let file = world.patient.file("two.json", patient("two").as_bytes());

    let run = world.as_patient(&["fhir", "import", &file]).succeeds();

    drop(run.says("check that they are one person"));
}
