//! An unlocked session: no password for a time, and no secret anywhere it could be found.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use alloy_primitives::hex;
use chartkey_tests::{Home, Run, World};

const PASSWORD: &str = "correct horse battery staple";

/// Locks when the test is over, however it ends.
struct Session<'a>(&'a World);

impl<'a> Session<'a> {
    fn unlock(world: &'a World, more: &[&str]) -> Self {
        let session = Self(world);
        drop(world.as_patient(&[&["unlock", "--json"][..], more].concat()).succeeds());
        session
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        drop(self.0.patient.run(&["lock"]));
    }
}

/// Runs a command of the patient that needs the account key, without any password.
fn without_password(world: &World, args: &[&str]) -> Run {
    let url = world.node.url();
    let more = ["--account", "patient", "--yes", "--json", "--rpc-url", &url];
    world.patient.run_raw(&[args, &more, &world.flags()[..]].concat(), b"")
}

fn socket(home: &Home) -> PathBuf {
    home.path().join("chartkey/session/agent.sock")
}

/// The processes whose command line names the home's socket.
fn agents(home: &Home) -> Vec<PathBuf> {
    let socket = socket(home).display().to_string();
    let processes = fs::read_dir("/proc").expect("Linux").flatten().map(|entry| entry.path());
    let is_agent = |process: &PathBuf| {
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&socket)
    };
    processes.filter(is_agent).collect()
}

fn within(patience: Duration, is_true: impl Fn() -> bool) -> bool {
    let started = Instant::now();
    while started.elapsed() < patience {
        if is_true() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

const NEEDS_KEY: [&str; 4] =
    ["wallet", "send", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "1gwei"];

#[test]
fn no_password_is_asked_for_until_lock() {
    let world = World::new();
    assert_eq!(without_password(&world, &NEEDS_KEY).code, 4);

    let session = Session::unlock(&world, &[]);
    for args in [&NEEDS_KEY[..], &["identity", "register"], &["identity", "show"]] {
        drop(without_password(&world, args).succeeds());
    }
    let locked = world.patient.json(&["lock"]);

    assert_eq!(locked["wasUnlocked"], true);
    assert!(!socket(&world.patient).exists(), "nothing is left behind");
    assert!(within(Duration::from_secs(5), || agents(&world.patient).is_empty()));
    let run = without_password(&world, &NEEDS_KEY).ends_with(4);
    assert!(run.stdout.contains("a password is needed"), "{}", run.stdout);
    assert_eq!(world.patient.json(&["lock"])["wasUnlocked"], false);
    drop(session);
}

#[test]
fn after_its_time_a_password_is_needed_again_and_the_agent_is_gone() {
    let world = World::new();
    let _session = Session::unlock(&world, &["--for", "1s"]);

    let is_asked = || without_password(&world, &["identity", "register", "--dry-run"]).code == 4;

    assert!(within(Duration::from_secs(20), is_asked), "the second is over");
    assert!(within(Duration::from_secs(20), || agents(&world.patient).is_empty()));
    assert!(!socket(&world.patient).exists());
}

#[test]
fn an_account_without_an_unlock_key_or_a_node_is_unlocked_all_the_same() {
    let world = World::new();
    let unlock = world.patient.path().join("chartkey/unlock/patient.json");
    fs::remove_file(unlock).expect("ours");

    let _session = Session::unlock(&world, &[]);
    drop(without_password(&world, &NEEDS_KEY).succeeds());
    let away = ["unlock", "--rpc-url", "http://127.0.0.1:9"];
    drop(world.as_patient(&away).succeeds().says("will be asked for again"));
    drop(without_password(&world, &NEEDS_KEY).succeeds());
}

#[test]
fn a_passphrase_is_left_out_too_while_the_session_holds_its_root() {
    let world = World::new();
    let phrase = ["--passphrase-command", "echo quiet otters"];
    let register = ["identity", "register", "--passphrase"];
    drop(world.as_patient(&[&register[..], &phrase].concat()).succeeds());

    let _session = Session::unlock(&world, &phrase);

    let shown = without_password(&world, &["identity", "show"]).succeeds().envelope();
    assert_eq!(shown["data"]["by"], "unlocked session");
    let run = without_password(&world, &["identity", "rotate"]).ends_with(4);
    assert!(run.stdout.contains("WrongUnlockKey"), "the new key would not take the passphrase");
}

#[test]
fn a_session_is_for_its_account_and_its_home_alone() {
    let world = World::new();
    drop(world.patient.run(&["wallet", "new", "other"]).succeeds());
    let _session = Session::unlock(&world, &[]);
    let url = world.node.url();
    let run = |home: &Home, name: &str| {
        let more = ["--account", name, "--rpc-url", &url];
        let register = ["identity", "register", "--dry-run"];
        home.run_raw(&[&register[..], &more, &world.flags()].concat(), b"").code
    };

    assert_eq!(run(&world.patient, "patient"), 0, "its unlock key is held");
    assert_eq!(run(&world.patient, "other"), 4, "another keystore has its own password");
    assert_eq!(run(&world.clinic, "clinic"), 4, "another home has no session");
}

#[test]
fn neither_files_nor_the_agents_process_show_a_secret() {
    let world = World::new();
    drop(world.as_patient(&["identity", "register"]).succeeds());
    let _session = Session::unlock(&world, &["-vv"]);
    let open = |path: &str| {
        let path = world.patient.path().join("chartkey").join(path);
        *chartkey::keystore::open(&path, PASSWORD).expect("a keystore")
    };
    let keys = [open("keystores/patient.json"), open("unlock/patient.json")];
    let mut secrets = vec![PASSWORD.as_bytes().to_vec()];
    for key in keys {
        secrets.push(key.to_vec());
        secrets.push(hex::encode(key).into_bytes());
    }

    let mut found = Vec::new();
    crate::secrets::files(&world.patient.path().join("chartkey"), &mut found);
    let [agent] = &agents(&world.patient)[..] else { panic!("one agent") };
    for name in ["cmdline", "environ"] {
        // Not readable is as good: only root may look into a process that cannot be dumped.
        found.push((name.into(), fs::read(agent.join(name)).unwrap_or_default()));
    }

    for (path, content) in found {
        for secret in &secrets {
            let is_there = content.windows(secret.len()).any(|window| window == secret.as_slice());
            assert!(!is_there, "{path} holds a secret");
        }
    }
    let environment = fs::read(agent.join("environ")).unwrap_or_default();
    assert!(environment.is_empty(), "the agent inherits no variable");
}

#[test]
fn the_agent_cannot_be_dumped_and_its_socket_is_its_users_alone() {
    let world = World::new();
    let _session = Session::unlock(&world, &[]);
    let [agent] = &agents(&world.patient)[..] else { panic!("one agent") };

    let limits = fs::read_to_string(agent.join("limits")).expect("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a line");
    let mode = |path: PathBuf| fs::metadata(path).expect("there").permissions().mode() & 0o777;

    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    assert_eq!(mode(socket(&world.patient)), 0o600);
    assert_eq!(mode(world.patient.path().join("chartkey/session")), 0o700);
}

#[test]
fn a_folder_that_others_can_enter_gets_no_socket() {
    let world = World::new();
    let folder = world.patient.path().join("chartkey/session");
    fs::create_dir_all(&folder).expect("ours");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("ours");

    let run = world.as_patient(&["unlock"]).ends_with(2);

    drop(run.says("others can enter its folder").says("chmod 700"));
    assert!(!socket(&world.patient).exists());
}

#[test]
fn a_home_whose_socket_would_have_too_long_a_name_is_named_and_otherwise_works() {
    let world = World::new();
    let home = world.patient.path().join("x".repeat(100)).display().to_string();
    drop(world.patient.run(&["wallet", "new", "me", "--home", &home]).succeeds());

    let run = world.patient.run(&["unlock", "--account", "me", "--home", &home]).ends_with(2);
    drop(run.says("at most 107 bytes"));

    drop(world.patient.run(&["wallet", "list", "--home", &home]).succeeds());
    let register = ["identity", "register", "--dry-run", "--account", "me", "--home", &home];
    let run = world.patient.run(&[&register[..], &world.flags()].concat());
    assert!(!run.stderr.contains("session"), "{}", run.stderr);
}

#[test]
fn an_agent_that_was_killed_locks_and_another_takes_its_place() {
    let world = World::new();
    let _session = Session::unlock(&world, &[]);
    let [agent] = &agents(&world.patient)[..] else { panic!("one agent") };
    let number = agent.file_name().expect("a number").to_str().expect("digits").to_owned();
    let killed = std::process::Command::new("kill").args(["-KILL", &number]).status();
    assert!(killed.expect("kill runs").success());

    assert_eq!(without_password(&world, &NEEDS_KEY).code, 4);

    let _again = Session::unlock(&world, &[]);
    drop(without_password(&world, &NEEDS_KEY).succeeds());
}

#[test]
fn lock_removes_sealed_caches_and_nothing_else() {
    let world = World::new();
    let cache = world.patient.path().join("chartkey/cache");
    fs::create_dir_all(&cache).expect("ours");
    for name in ["a.sealed", "b.sealed", "checkpoints.json"] {
        fs::write(cache.join(name), b"x").expect("ours");
    }

    let locked = world.patient.json(&["lock"]);

    assert_eq!(locked["cachesRemoved"], 2);
    assert!(cache.join("checkpoints.json").exists() && !cache.join("a.sealed").exists());
    drop(world.as_patient(&["identity", "register"]).succeeds());
}

#[test]
fn a_wrong_password_or_a_wrong_time_unlocks_nothing() {
    let world = World::new();
    let wrong = world.patient.file("wrong", b"wrong");
    let url = world.node.url();
    let args = ["unlock", "--account", "patient", "--password-file", &wrong, "--rpc-url", &url];

    drop(world.patient.run_raw(&args, b"").ends_with(4).says("wrong password"));
    drop(world.as_patient(&["unlock", "--for", "2d"]).ends_with(2).says("at most 24h"));
    assert!(agents(&world.patient).is_empty());
}
