//! Cases as data: a command line, and everything it must leave (tests/cases).
//!
//! A file is one case in TOML: `args`, and where needed `stdin`, `env` and `files` (name and content);
//! then `exit`, `stdout` and `stderr` whole. `[..]` in an expected line stands for anything. `$URL`,
//! `$RECORDS`, `$STAYS`, `$PATIENT` and `$HOME` are filled in, `ESC` is the character. `account` is `patient` where the case needs
//! a wallet, with its password.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chartkey_tests::{PATIENT, Run, World};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    args: Vec<String>,
    #[serde(default)]
    stdin: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    account: Option<String>,
    exit: i32,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
}

fn cases() -> Vec<(PathBuf, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .expect("tests/cases")
        .map(|file| {
            let path = file.expect("readable").path();
            let text = std::fs::read_to_string(&path).expect("text");
            let case = toml::from_str(&text);
            let case = case.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path, case)
        })
        .collect();
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    cases
}

fn run(world: &World, case: &Case) -> Run {
    let filled = |text: &str| fill(world, text);
    for (name, content) in &case.files {
        let path = world.patient.path().join(name);
        std::fs::create_dir_all(path.parent().expect("below the home")).expect("ours");
        std::fs::write(path, content).expect("ours");
    }
    let mut args: Vec<String> = case.args.iter().map(|arg| filled(arg)).collect();
    if let Some(account) = &case.account {
        let password = world.patient.path().join("password").display().to_string();
        args.extend(["--account".into(), account.clone(), "--password-file".into(), password]);
    }
    let env: Vec<(&str, String)> =
        case.env.iter().map(|(name, value)| (name.as_str(), filled(value))).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    world.patient.run_in(&args, case.stdin.as_bytes(), &env)
}

fn fill(world: &World, text: &str) -> String {
    let [_, records, _, stays] = world.flags();
    // TOML's literal strings have no escapes.
    text.replace("ESC", "\u{1b}")
        .replace("$URL", &world.node.url())
        .replace("$RECORDS", records)
        .replace("$STAYS", stays)
        .replace("$PATIENT", PATIENT)
        .replace("$HOME", &world.patient.path().display().to_string())
}

/// Whether `line` is `pattern`, in which `[..]` stands for anything.
fn matches(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, inner)) = parts.split_last() else { return rest.is_empty() };
    for part in inner {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn is_as_expected(expected: &str, found: &str) -> bool {
    let (expected, found): (Vec<_>, Vec<_>) =
        (expected.trim_end().lines().collect(), found.trim_end().lines().collect());
    expected.len() == found.len()
        && expected.iter().zip(&found).all(|(pattern, line)| matches(pattern, line))
}

#[test]
fn every_case_leaves_exactly_what_it_says() {
    let world = World::new();
    let mut wrong = Vec::new();
    for (path, case) in cases() {
        let name = path.file_stem().unwrap_or_default().display().to_string();
        let run = run(&world, &case);
        let is_right = run.code == case.exit
            && is_as_expected(&fill(&world, &case.stdout), &run.stdout)
            && is_as_expected(&fill(&world, &case.stderr), &run.stderr);
        if !is_right {
            wrong.push(format!(
                "{name}: exit {}\n--- stdout\n{}--- stderr\n{}",
                run.code, run.stdout, run.stderr
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
