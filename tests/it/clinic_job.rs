//! A clinic's job: NDJSON of many patients into their records, killed and started again.
//!
//! `make clinic-job` runs it with 10,000 entries of 500 patients; the figures here are smaller, the job is
//! the same.

use std::collections::BTreeMap;
use std::io::Read;
use std::time::{Duration, Instant};

use chartkey_tests::{Run, World};
use serde_json::Value;

const KILLS: usize = 10;

fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }
}

/// A file of entries, patients mixed as a nightly export has them.
fn lines(patients: usize, entries: usize) -> String {
    let mut dice = Dice(7);
    let mut text = String::new();
    for number in 0..entries {
        let patient = if number < patients { number } else { dice.roll(patients) };
        let kind = ["Observation", "Condition"][dice.roll(2)];
        text.push_str(&format!(
            "{{\"resourceType\":\"{kind}\",\"id\":\"e{number}\",\"status\":\"final\",\"subject\":{{\"reference\":\"Patient/p{patient}\"}},\"code\":{{\"text\":\"Testcase {number}\"}},\"valueQuantity\":{{\"value\":{}.10}}}}\n",
            dice.roll(1_000)
        ));
    }
    text
}

/// Flags of a job: the key in a file, since a keystore takes seconds to open in a debug build.
fn job(world: &World) -> Vec<String> {
    let key = world.patient.path().join("patient.key").display().to_string();
    let mut flags: Vec<String> = world.flags().map(str::to_owned).into();
    flags.extend(["--key-file".to_owned(), key, "--unlock-with-account-key".to_owned()]);
    flags.extend(["--yes", "--quiet", "--rpc-url"].map(str::to_owned));
    flags.push(world.node.url());
    flags
}

fn run(world: &World, args: &[&str]) -> Run {
    let flags = job(world);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    world.patient.run_raw(&[args, &flags].concat(), b"")
}

fn records(world: &World, count: usize) -> Vec<String> {
    let create = |_| {
        let run = run(world, &["record", "create", "--json"]).succeeds();
        run.envelope()["data"]["record"].as_str().expect("an id").to_owned()
    };
    (0..count).map(create).collect()
}

/// Bodies of a record and how often each is there.
fn bodies(world: &World, record: &str) -> BTreeMap<String, usize> {
    let run = run(world, &["record", "show", "--all", "--json", "--record", record]).succeeds();
    let mut found = BTreeMap::new();
    for section in run.envelope()["data"]["sections"].as_array().expect("sections") {
        for entry in section["entries"].as_array().expect("entries") {
            let body = entry["body"].as_str().expect("opened").to_owned();
            *found.entry(body).or_default() += 1;
        }
    }
    found
}

/// Starts the job and kills it after so many transactions, and some microseconds more.
fn kill(world: &World, args: &[&str], transactions: u64, pause: Duration) {
    let flags = job(world);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let mut child = world.patient.start(&[args, &flags].concat(), &[]);
    let mut errors = child.stderr.take().expect("piped");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        errors.read_to_string(&mut text).map(|_| text)
    });
    let goal = world.node.head() + transactions;
    while world.node.head() < goal {
        if child.try_wait().expect("it runs").is_some() {
            break;
        }
        std::thread::yield_now();
    }
    let began = Instant::now();
    while began.elapsed() < pause {
        std::hint::spin_loop();
    }
    // Too late if it is done; then there was nothing to kill.
    let _ = child.kill();
    drop(child.wait());
    drop(reader.join());
}

#[test]
fn a_job_that_is_killed_ten_times_records_each_entry_exactly_once() {
    let patients = setting("CLINIC_JOB_PATIENTS", 6);
    let entries = setting("CLINIC_JOB_ENTRIES", 240);
    let world = World::new();
    let records = records(&world, patients);
    let text = lines(patients, entries);
    let file = world.patient.file("night.ndjson", text.as_bytes());
    let map: String = records
        .iter()
        .enumerate()
        .map(|(number, record)| format!("p{number},{record}\n"))
        .collect();
    let map = world.patient.file("map.csv", map.as_bytes());
    let args = ["fhir", "import", &file, "--map", &map];

    let mut dice = Dice(11);
    // Each patient takes up to four transactions: two sections opened, two written.
    let most = (4 * patients / KILLS).max(2);
    for _ in 0..KILLS {
        let transactions = dice.roll(most) as u64;
        let pause = Duration::from_micros(dice.roll(30_000) as u64);
        kill(&world, &args, transactions, pause);
    }
    let last = [&args[..], &["--json"]].concat();
    let rest = run(&world, &last).succeeds().envelope()["data"].clone();
    let again = run(&world, &last).succeeds().envelope()["data"].clone();

    let count = |data: &Value, name: &str| data[name].as_u64().expect("a count");
    assert_eq!(count(&rest, "new") + count(&rest, "unchanged"), entries as u64, "{rest}");
    assert!(count(&rest, "unchanged") > 0, "the killed runs had written something");
    assert_eq!((count(&again, "new"), count(&again, "unchanged")), (0, entries as u64));
    assert_eq!(again["transactions"], Value::Array(vec![]));
    let mut seen = 0;
    for (number, record) in records.iter().enumerate() {
        let found = bodies(&world, record);
        let of_patient = format!("\"Patient/p{number}\"");
        let expected: BTreeMap<String, usize> = text
            .lines()
            .filter(|line| line.contains(&of_patient))
            .map(|line| (line.to_owned(), 1))
            .collect();
        assert_eq!(found, expected, "patient {number}");
        seen += found.len();
    }
    assert_eq!(seen, entries);
}

#[test]
fn a_clinic_files_what_it_was_granted_and_says_what_it_was_not() {
    let world = World::new();
    let records = records(&world, 3);
    drop(world.as_clinic(&["record", "create"]).succeeds());
    let clinic = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    for record in &records[..2] {
        let grant = ["access", "grant", clinic, "--section", "medical history", "--device"];
        let rest = ["--until", "2099-01-01", "--write", "--record", record];
        drop(run(&world, &[&grant[..], &rest[..]].concat()).succeeds());
    }
    let line = |kind: &str, id: &str, patient: &str| {
        format!(
            "{{\"resourceType\":\"{kind}\",\"id\":\"{id}\",\"subject\":{{\"reference\":\"Patient/{patient}\"}}}}\n"
        )
    };
    let text = [
        line("Condition", "c1", "p0"),
        line("Condition", "c2", "p1"),
        line("Observation", "o1", "p1"),
        line("Condition", "c3", "p2"),
        line("Condition", "c4", "p3"),
        "{\"resourceType\":\"Device\",\"id\":\"d\"}\n".to_owned(),
    ]
    .concat();
    let file = world.clinic.file("night.ndjson", text.as_bytes());
    let map = format!(
        "{{\"p0\": \"{}\", \"Patient/p1\": \"{}\", \"p2\": \"{}\"}}",
        records[0], records[1], records[2]
    );
    let map = world.clinic.file("map.json", map.as_bytes());

    let args = ["fhir", "import", &file, "--map", &map, "--json"];
    let data = world.as_clinic(&args).succeeds().envelope()["data"].clone();
    let again = world.as_clinic(&args).succeeds().envelope()["data"].clone();

    assert_eq!((&data["new"], &data["total"]), (&2.into(), &6.into()), "{data}");
    let refused: Vec<_> = data["refused"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            (one["position"].as_u64().expect("a place"), one["reason"].as_str().expect("why"))
        })
        .collect();
    let places: Vec<_> = refused.iter().map(|(position, _)| *position).collect();
    assert_eq!(places, [3, 4, 5, 6], "{refused:?}");
    assert!(refused[0].1.contains("no section observations"), "{refused:?}");
    assert!(refused[2].1.contains("the map has no record for p3"), "{refused:?}");
    assert!(refused[3].1.contains("names no patient"), "{refused:?}");
    assert_eq!((&again["new"], &again["unchanged"]), (&0.into(), &2.into()), "{again}");
}
