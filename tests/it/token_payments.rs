//! Stays priced in tokens, through the built CLI.

use chartkey_tests::{PATIENT, Run, World, anvil_key};
use ethers::core::types::{Address, U256};
use ethers::providers::Middleware;
use serde_json::Value;

use crate::client::{Client, client};
use crate::market::{Token, create, hex_file, mined};
use crate::resume::{kill_after_sending, silent, start};

/// The clinic's account: anvil's second.
const CLINIC: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

fn data(run: Run) -> Value {
    run.succeeds().envelope()["data"].clone()
}

/// A token on the chain of the world, of which the patient has `units`.
async fn token(world: &World, name: &str, units: u64) -> (Token<Client>, String) {
    let patient = client(&world.node.url(), &anvil_key(0)).await;
    let address = create(&patient, &hex_file(&format!("contracts/{name}.hex"))).await;
    let token = Token::new(address, patient.clone());
    mined(token.mint(patient.address(), units.into())).await;
    (token, ethers::core::utils::to_checksum(&address, None))
}

fn quote(world: &World, token: &str, total: &str) -> Run {
    let quote = ["appointment", "quote", "--patient", PATIENT, "--admit", "2099-12-01"];
    let rest =
        ["--discharge", "2099-12-03", "--room", "1", "--total", total, "--token", token, "--json"];
    world.as_clinic(&[&quote[..], &rest[..]].concat())
}

/// Accepts the token and quotes a stay in it.
fn quoted(world: &World, token: &str, total: &str) -> String {
    drop(world.as_clinic(&["clinic", "token", token]).succeeds());
    data(quote(world, token, total))["stay"].as_str().expect("a number").to_owned()
}

async fn sent(token: &Token<Client>) -> u64 {
    let patient: Address = PATIENT.parse().expect("an address");
    token.client().get_transaction_count(patient, None).await.expect("a count").as_u64()
}

async fn held(token: &Token<Client>, account: &str) -> U256 {
    token.balance_of(account.parse().expect("an address")).call().await.expect("a view")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_permits_pays_in_one_transaction() {
    let world = World::new();
    let (token, address) = token(&world, "PermitToken", 5_000_000).await;
    let stay = quoted(&world, &address, "1.5PMT");
    let before = sent(&token).await;

    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());

    assert_eq!(sent(&token).await - before, 1);
    let shown = data(world.as_patient(&["appointment", "show", &stay, "--json"]));
    assert_eq!(
        (&shown["state"], &shown["totalWei"], &shown["decimals"]),
        (&"paid".into(), &"1500000".into(), &6.into())
    );
    let text = world.as_patient(&["appointment", "list"]).succeeds().stdout;
    assert!(text.contains("1.5 PMT [0x"), "{text}");
}

#[test]
fn a_payment_by_permit_that_was_killed_after_sending_is_found_and_not_repeated() {
    let world = World::new();
    // The node in between stops its own runtime, which no other may wait for.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (token, address) = runtime.block_on(token(&world, "PermitToken", 5_000_000));
    let stay = quoted(&world, &address, "1.5PMT");
    let silent = silent(&world);
    let hash =
        kill_after_sending(&world, start(&world, silent.url(), &["appointment", "pay", &stay]));
    let before = runtime.block_on(sent(&token));

    let again = world.as_patient(&["appointment", "pay", &stay, "--json"]).succeeds();

    assert_eq!(again.envelope()["data"]["tx"], hash.as_str(), "{}", again.stderr);
    let third = world.as_patient(&["appointment", "pay", &stay, "--json"]);
    assert_ne!(third.code, 0, "it was told once; nothing is due any more");
    assert_eq!(runtime.block_on(sent(&token)), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_of_a_transaction_are_shown_in_the_currency_of_their_stay() {
    let world = World::new();
    let (_token, address) = token(&world, "PermitToken", 5_000_000).await;
    let stay = quoted(&world, &address, "1.5PMT");
    let paid = data(world.as_patient(&["appointment", "pay", &stay, "--json"]));
    let settled = data(world.as_patient(&["appointment", "settle", &stay, "--json"]));
    let taken = data(world.as_clinic(&["payment", "withdraw", "--token", &address, "--json"]));

    for sent in [paid, settled, taken] {
        let hash = sent["tx"].as_str().expect("a hash");
        let text = world.as_patient(&["tx", "show", hash]).succeeds().stdout;
        assert!(text.contains("amountWei 1.5 PMT [0x"), "{text}");
        assert!(text.contains(&format!("token {address}")), "{text}");
        let shown = data(world.as_patient(&["tx", "show", hash, "--json"]));
        let logs = shown["logs"].as_array().expect("logs");
        let ours = logs.iter().find(|log| log["args"]["token"] == address.as_str());
        assert_eq!(ours.expect("a log")["args"]["amountWei"], "1500000");
    }

    let coins = world.quote();
    let hash = data(world.as_patient(&["appointment", "pay", &coins, "--json"]))["tx"].clone();
    let text = world.as_patient(&["tx", "show", hash.as_str().expect("a hash")]).succeeds().stdout;
    assert!(text.contains(" ETH)") && !text.contains("token"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_released_in_a_token_is_taken_out_in_it() {
    let world = World::new();
    let (token, address) = token(&world, "PermitToken", 5_000_000).await;
    let stay = quoted(&world, &address, "1.5tokens");
    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());
    drop(world.as_patient(&["appointment", "settle", &stay]).succeeds());

    drop(world.as_clinic(&["payment", "withdraw"]).ends_with(3).says("nothing is released"));
    let taken = data(world.as_clinic(&["payment", "withdraw", "--token", &address, "--json"]));
    let statement = data(world.as_clinic(&["payment", "statement", "--json"]));

    assert_eq!(
        (&taken["amountWei"], &taken["token"]),
        (&"1500000".into(), &address.clone().into())
    );
    assert_eq!(held(&token, CLINIC).await, 1_500_000.into());
    assert_eq!(statement["totals"][0]["receivedWei"], "1500000");
    assert_eq!(statement["totals"][0]["token"], address.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_permits_pays_in_two_transactions_and_lends_no_more_than_the_price() {
    let world = World::new();
    let (token, address) = token(&world, "NoReturnToken", 5_000).await;
    let stay = quoted(&world, &address, "700units");
    let before = sent(&token).await;

    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());

    assert_eq!(sent(&token).await - before, 2);
    let [_, _, _, stays] = world.flags();
    let owner = PATIENT.parse().expect("an address");
    let left = token.allowance(owner, stays.parse().expect("an address"));
    assert_eq!(left.call().await.expect("a view"), U256::zero());
    assert_eq!(held(&token, stays).await, 700.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_allowance_is_taken_back_before_a_new_one_is_given() {
    let world = World::new();
    let (token, address) = token(&world, "NoReturnToken", 5_000).await;
    let stay = quoted(&world, &address, "700units");
    let [_, _, _, stays] = world.flags();
    mined(token.approve(stays.parse().expect("an address"), 5.into())).await;
    let before = sent(&token).await;

    drop(world.as_patient(&["appointment", "pay", &stay]).succeeds());

    assert_eq!(sent(&token).await - before, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_signs_no_permit_and_sends_nothing() {
    let world = World::new();
    let (token, address) = token(&world, "PermitToken", 5_000_000).await;
    let stay = quoted(&world, &address, "1.5tokens");
    let before = sent(&token).await;

    let dry = data(world.as_patient(&["appointment", "pay", &stay, "--dry-run", "--json"]));

    assert_eq!(sent(&token).await, before);
    let steps = dry["transactions"].as_array().expect("steps");
    assert_eq!(steps.len(), 1, "as many as will be sent: {dry}");
    assert_eq!(steps[0]["gasLimit"], Value::Null, "it cannot be told without the permit");

    let allowance = ["appointment", "pay", &stay, "--no-permit", "--dry-run", "--json"];
    let dry = data(world.as_patient(&allowance));
    assert_eq!(dry["transactions"].as_array().map(Vec::len), Some(2), "{dry}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_clinic_does_not_take_is_refused_before_anything_is_sent() {
    let world = World::new();
    let (_, address) = token(&world, "PermitToken", 1).await;
    let head = world.node.head();

    let run = quote(&world, &address, "1tokens").ends_with(2);

    let error = run.envelope()["error"].clone();
    assert!(error["message"].as_str().expect("text").contains("does not take token"), "{error}");
    assert!(error["hint"].as_str().expect("text").contains("chartkey clinic token 0x"), "{error}");
    assert_eq!(world.node.head(), head);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_tokens_are_told_before_anything_is_signed() {
    let world = World::new();
    let (token, address) = token(&world, "PermitToken", 10).await;
    let stay = quoted(&world, &address, "1.5tokens");
    let before = sent(&token).await;

    let run = world.as_patient(&["appointment", "pay", &stay, "--json"]).ends_with(5);

    let error = run.envelope()["error"].clone();
    assert_eq!(
        (&error["code"], &error["data"]["balanceUnits"]),
        (&"TooFewTokens".into(), &"10".into())
    );
    assert_eq!(sent(&token).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_of_a_token_needs_a_unit_of_the_token() {
    let world = World::new();
    let (_, address) = token(&world, "PermitToken", 10).await;
    drop(world.as_clinic(&["clinic", "token", &address]).succeeds());

    for total in ["1.5", "1.5eth", "0.0000001tokens"] {
        drop(quote(&world, &address, total).ends_with(2));
    }
}
