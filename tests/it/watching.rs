//! `--watch`: each event with a cursor, and every way it ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command};
use std::time::{Duration, Instant};

use chartkey_tests::{PATIENT, Run, World};
use serde_json::Value;

fn lines(run: &Run) -> Vec<Value> {
    run.stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a document per line"))
        .collect()
}

fn events(documents: &[Value]) -> Vec<&str> {
    documents.iter().map(|document| document["data"]["event"].as_str().expect("an event")).collect()
}

/// Starts a watch of the patient's that would go on for long.
fn start(world: &World, args: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let password = world.patient.path().join("password").display().to_string();
    let url = world.node.url();
    let rest = ["--account", "patient", "--password-file", &password, "--rpc-url", &url];
    let more = ["--watch", "--json", "--timeout", "300"];
    let args = [args, &rest, &more, &world.flags()[..]].concat();
    let mut child = world.patient.start(&args, &[]);
    let out = BufReader::new(child.stdout.take().expect("piped"));
    (child, out)
}

fn next(out: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    out.read_line(&mut line).expect("readable");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
}

/// The exit code, if the child ends soon.
fn ended(mut child: Child) -> Option<i32> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(30) {
        if let Some(status) = child.try_wait().expect("ours") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().expect("it runs");
    None
}

#[test]
fn a_later_run_goes_on_from_a_cursor_and_loses_nothing() {
    let world = World::new();
    let stay = world.quote();
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    drop(world.as_patient(&["appointment", "settle", &stay]).succeeds());
    let watch = |from: &str| {
        let args =
            ["appointment", "show", &stay, "--watch", "--json", "--timeout", "0", "--from", from];
        lines(&world.as_patient(&args).succeeds())
    };

    let all = watch("0");
    let cursor = all[0]["data"]["cursor"].as_str().expect("a cursor");
    let rest = watch(cursor);

    assert_eq!(events(&all), ["StayQuoted", "StayPaid", "StaySettled"]);
    assert_eq!(rest, all[1..]);
}

#[test]
fn the_present_comes_first_then_what_happens_and_ctrl_c_ends_it_with_130() {
    let world = World::new();
    let stay = world.quote();
    let (child, mut out) = start(&world, &["appointment", "list"]);
    let present = next(&mut out);

    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    let paid = next(&mut out);
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();

    assert!(kill.expect("kill is there").success());
    assert_eq!(present["data"]["stays"][0]["state"], "quoted");
    assert_eq!(paid["data"]["event"], "StayPaid");
    assert_eq!(paid["data"]["args"]["amountWei"], "1500000000000000000");
    assert_eq!(ended(child), Some(130));
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_with_0() {
    let world = World::new();
    drop(world.quote());
    let (child, mut out) = start(&world, &["appointment", "list"]);
    drop(next(&mut out));

    drop(out);

    assert_eq!(ended(child), Some(0), "at once, and not with the next event");
}

#[test]
fn a_list_watches_only_the_stays_of_its_account() {
    let world = World::new();
    let stay = world.quote();
    let other = ["appointment", "quote", "--patient", "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"];
    let rest =
        ["--admit", "2099-12-01", "--discharge", "2099-12-03", "--room", "2", "--total", "1eth"];
    drop(world.as_clinic(&[&other[..], &rest[..]].concat()).succeeds());

    let watch = ["appointment", "list", "--watch", "--json", "--timeout", "0", "--from", "0"];
    let patients = lines(&world.as_patient(&watch).succeeds());
    let clinics = lines(&world.as_clinic(&watch).succeeds());

    assert_eq!(events(&patients), ["StayQuoted"]);
    assert_eq!(
        (&patients[0]["data"]["stay"], &patients[0]["data"]["args"]["patient"]),
        (&stay.into(), &PATIENT.into())
    );
    assert_eq!(clinics.len(), 2);
}

#[test]
fn the_deadline_ends_it_with_0_and_says_how_to_go_on() {
    let world = World::new();
    let watch = ["appointment", "list", "--watch", "--timeout", "0"];

    let run = world.as_patient(&watch).succeeds().says("go on with: --from ");

    assert!(run.stdout.contains("no stays"), "{}", run.stdout);
    drop(world.as_patient(&["appointment", "list", "--from", "3"]).ends_with(2));
    drop(world.as_patient(&["appointment", "list", "--watch", "--from", "soon"]).ends_with(2));
}
