//! What other commands take from the session: the identity, its older roots, a key where there is none.

use alloy_primitives::{Address, B256};
use chartkey::args::Cli;
use chartkey::output::Screen;
use chartkey::session::{OwnIdentity, Session};
use chartkey_tests::{LyingNode, PATIENT, World};
use clap::Parser;
use serde_json::Value;

use super::{patient, records, word};

/// A run of the patient's, as a command would begin it.
fn session(world: &World, more: &[&str]) -> Session {
    let folder = world.patient.path();
    let (home, password) = (folder.join("chartkey"), folder.join("password"));
    let (home, password) = (home.display().to_string(), password.display().to_string());
    let url = world.node.url();
    let mut args = vec!["chartkey", "--home", &home, "--password-file", &password, "--yes"];
    args.extend(["--account", "patient", "--quiet"]);
    if !more.contains(&"--rpc-url") {
        args.extend(["--rpc-url", &url]);
    }
    args.extend(world.flags());
    args.extend(more);
    args.extend(["record", "show"]);
    let cli = Cli::try_parse_from(args).expect("a command line");
    let screen = Screen::new(&cli.global);
    Session::open(cli.global, screen).expect("settings")
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

fn contract(world: &World) -> Address {
    records(world).parse().expect("an address")
}

async fn own(session: &Session, world: &World) -> OwnIdentity {
    let account = session.account().await.expect("an account").address;
    session.identity(account, contract(world)).await.expect("an identity")
}

/// The key id of the root of an older version.
async fn older(session: &Session, own: &OwnIdentity, version: u32) -> Option<String> {
    let identity = chartkey_crypto::Identity { version, ..own.identity };
    let root = session.older_root(own, version).await.expect("asked");
    root.map(|root| alloy_primitives::hex::encode_prefixed(root.key_id(&identity).0))
}

#[test]
fn older_roots_are_those_that_were_registered() {
    let world = World::new();
    let phrase = ["--passphrase-command", "echo quiet otters"];
    let first = patient(&world, &["identity", "register"]);
    let second = patient(&world, &[&["identity", "rotate", "--passphrase"][..], &phrase].concat());
    drop(patient(&world, &[&["identity", "rotate"][..], &phrase].concat()));

    wait(async {
        let session = session(&world, &phrase);
        let own = own(&session, &world).await;
        let key = |made: &Value| made["keyId"].as_str().map(str::to_owned);

        assert_eq!(own.identity.version, 3);
        assert_eq!(older(&session, &own, 1).await, key(&first));
        assert_eq!(older(&session, &own, 2).await, key(&second));
        for none in [0, 4] {
            assert_eq!(older(&session, &own, none).await, None, "version {none} never was");
        }
    });
}

#[test]
fn without_logs_the_unlock_key_gives_the_older_root_as_it_is() {
    let world = World::new();
    let first = patient(&world, &["identity", "register"]);
    drop(patient(&world, &["identity", "rotate"]));
    let pruned = LyingNode::in_front_of(&world.node.url(), |method, result| {
        if method == "eth_getLogs" {
            *result = Value::Array(vec![]);
        }
    });

    wait(async {
        let session = session(&world, &["--rpc-url", pruned.url()]);
        let own = own(&session, &world).await;

        let found = older(&session, &own, 1).await;

        assert_eq!(found.as_deref(), first["keyId"].as_str());
    });
}

#[test]
fn a_key_is_registered_where_there_is_none_and_only_then() {
    let world = World::new();

    wait(async {
        let rehearsing = session(&world, &["--dry-run"]);
        let account = rehearsing.account().await.expect("an account");
        let own = rehearsing.ensure_registered(account, contract(&world)).await.expect("rehearsed");
        assert_eq!(own.registered, None);
    });
    assert_eq!(word(&world, PATIENT), B256::ZERO, "a rehearsal sends nothing");
    let mut blocks = Vec::new();
    for _ in 0..2 {
        wait(async {
            let session = session(&world, &[]);
            let account = session.account().await.expect("an account");
            let own = session.ensure_registered(account, contract(&world)).await.expect("there");
            let registered = own.registered.expect("registered").to_word();
            assert_eq!(word_in(&world), registered);
            assert_eq!(own.root.key_id(&own.identity).0[..], registered[..28]);
        });
        blocks.push(super::blocks(&world));
    }
    assert_eq!(blocks[0], blocks[1], "the second time nothing is sent");
}

/// [`word`] asks with a runtime of its own, which cannot stand inside of another.
fn word_in(world: &World) -> [u8; 32] {
    std::thread::scope(|scope| scope.spawn(|| word(world, PATIENT)).join().expect("no panic").0)
}
