//! A. Identity and envelope.

use nitro_devnode::Node;
use reqwest::Method;
use serde_json::{Value, json};

use crate::rig::Rig;

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;

#[tokio::test]
async fn item_1_the_network_is_412346() {
    let answer = Rig::new().post(r#"{"jsonrpc":"2.0","id":1,"method":"net_version"}"#).await;

    assert!(answer.contains(r#""result":"412346""#), "{answer}");
}

#[tokio::test]
async fn item_2_the_chain_id_is_a_quantity() {
    assert_eq!(Rig::new().call("eth_chainId", json!([])).await, "0x64aba");
}

#[tokio::test]
async fn item_3_the_client_is_nitro_shaped() {
    let version = Rig::new().call("web3_clientVersion", json!([])).await;

    let parts: Vec<&str> = version.as_str().unwrap().split('/').collect();
    assert_eq!((parts[0], parts.len()), ("nitro", 4), "{version}");
    assert!(parts[1].starts_with('v'), "{version}");
}

#[tokio::test]
async fn item_4_no_account_is_unlocked_and_nothing_is_behind() {
    let rig = Rig::new();

    assert_eq!(rig.call("eth_accounts", json!([])).await, json!([]));
    assert_eq!(rig.call("eth_syncing", json!([])).await, false);
}

#[tokio::test]
async fn item_5_an_unknown_method_is_named() {
    let refused = Rig::new().error("foo_bar", json!([])).await;

    assert_eq!(refused, (-32601, "the method foo_bar does not exist/is not available".to_owned()));
}

#[tokio::test]
async fn item_6_net_listening_is_there_in_comfort_and_not_in_strict_mode() {
    let strict = Rig::with(Node::builder().strict());

    assert_eq!(Rig::new().call("net_listening", json!([])).await, true);
    assert_eq!(strict.error("net_listening", json!([])).await.0, -32601);
}

#[tokio::test]
async fn item_7_a_batch_is_ordered_not_empty_and_at_most_1000_long() {
    let rig = Rig::new();
    let call = |id: usize, method: &str| json!({ "jsonrpc": "2.0", "id": id, "method": method });
    let batch = json!([call(3, "eth_chainId"), call(1, "net_version"), call(2, "eth_blockNumber")]);
    let long = Value::from(vec![call(1, "eth_chainId"); 1_001]);

    let answers = rig.ask(batch.to_string()).await;
    let empty = rig.ask("[]").await;
    let too_long = rig.ask(long.to_string()).await;

    let ids: Vec<_> = answers.as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [3, 1, 2]);
    assert_eq!(empty["error"], json!({ "code": -32600, "message": "empty batch" }));
    assert_eq!(too_long[0]["error"], json!({ "code": -32600, "message": "batch too large" }));
}

#[tokio::test]
async fn item_8_a_quantity_has_no_leading_zero() {
    let (code, message) = Rig::new().error("eth_getBlockByNumber", json!(["0x01", false])).await;

    assert_eq!(code, -32602);
    assert!(message.contains("leading zero"), "{message}");
}

#[tokio::test]
async fn item_9_only_json_is_taken_and_a_health_check_is_answered() {
    let rig = Rig::new();

    let text = rig.request(Method::POST).header("content-type", "text/plain").body(CALL);

    assert_eq!(text.send().await.unwrap().status(), 415);
    assert_eq!(rig.request(Method::GET).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn item_10_foreign_hosts_are_refused_in_strict_mode_unless_all_are_let_in() {
    let strict = Rig::with(Node::builder().strict());
    let open = Rig::with(Node::builder().strict().allowed_hosts(["*".to_owned()]));
    let status = async |rig: &Rig, host: &str| {
        let request = rig.request(Method::POST).header("content-type", "application/json");
        let answer = request.header("host", host).body(CALL).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };

    let refused = status(&strict, "example.org").await;

    assert_eq!(refused, (403, "invalid host specified\n".to_owned()));
    assert_eq!(status(&strict, "localhost:8547").await.0, 200);
    assert_eq!(status(&strict, "10.1.2.3").await.0, 200);
    assert_eq!(status(&open, "example.org").await.0, 200);
}

#[tokio::test]
async fn item_11_pages_are_let_in_where_that_is_configured() {
    let strict = Rig::with(Node::builder().strict());
    let open = Rig::new();
    let allowed = async |rig: &Rig| {
        let request = rig.request(Method::OPTIONS).header("origin", "http://localhost:3000");
        let answer = request.send().await.unwrap();
        answer.headers().get("access-control-allow-origin").cloned()
    };

    assert!(allowed(&strict).await.is_none());
    assert_eq!(allowed(&open).await.unwrap(), "*");
}

#[tokio::test]
async fn item_12_a_body_of_6_mib_is_too_large() {
    let rig = Rig::new();
    let request = rig.request(Method::POST).header("content-type", "application/json");

    let answer = request.body(vec![b' '; 6 << 20]).send().await.unwrap();

    assert_eq!(answer.status(), 413);
}
