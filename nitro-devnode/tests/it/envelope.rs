//! devnode.md section 5.2, acceptance A.

use serde_json::{Value, json};

use crate::rig::Rig;

#[tokio::test]
async fn the_node_says_who_it_is() {
    let rig = Rig::new();

    assert_eq!(rig.call("net_version", json!([])).await, "412346");
    assert_eq!(rig.call("eth_chainId", json!([])).await, "0x64aba");
    assert_eq!(rig.call("eth_accounts", json!([])).await, json!([]));
    assert_eq!(rig.call("eth_syncing", json!([])).await, false);
    let version = rig.call("web3_clientVersion", json!([])).await;
    assert!(version.as_str().unwrap().starts_with("nitro/v"), "{version}");
    assert_eq!(rig.call("rpc_modules", json!([])).await["eth"], "1.0");
    assert_eq!(
        rig.call("web3_sha3", json!(["0x68656c6c6f20776f726c64"])).await,
        "0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad"
    );
}

#[tokio::test]
async fn the_answer_repeats_the_id_whatever_it_is() {
    let rig = Rig::new();

    for id in ["1", "\"a\"", "null", "-1.5", "\"\\u00e9\""] {
        let call = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"eth_chainId"}}"#);

        let answer = rig.post(call).await;

        assert_eq!(answer, format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"0x64aba"}}"#));
    }
}

#[tokio::test]
async fn an_unknown_method_is_refused_by_name() {
    let rig = Rig::new();

    for method in ["foo_bar", "eth_foo", "eth", "", "eth_getWork", "admin_peers", "evm_fly"] {
        let answer = rig.raw_call(method, json!([])).await;

        if method.is_empty() {
            assert_eq!(answer["error"]["code"], -32600, "{answer}");
            continue;
        }
        let text = format!("the method {method} does not exist/is not available");
        assert_eq!(answer["error"], json!({ "code": -32601, "message": text }));
    }
}

#[tokio::test]
async fn malformed_json_is_a_parse_error() {
    let rig = Rig::new();

    for body in ["{", "[1,", "nonsense", "{\"id\":1,}", "\u{feff}{}", "{} {}"] {
        let answer = rig.ask(body).await;

        let expected = json!({ "code": -32700, "message": "parse error" });
        assert_eq!(answer["error"], expected, "{body}: {answer}");
        assert_eq!(answer["id"], Value::Null);
    }
    assert_eq!(rig.ask(vec![0xff, 0xfe]).await["error"]["code"], -32700);
}

#[tokio::test]
async fn what_is_json_but_no_request_is_invalid() {
    let rig = Rig::new();

    for body in [
        "1",
        "\"eth_chainId\"",
        "null",
        "{}",
        r#"{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}"#,
        r#"{"id":1,"method":"eth_chainId"}"#,
        r#"{"jsonrpc":"2.0","id":1}"#,
        r#"{"jsonrpc":"2.0","id":[1],"method":"eth_chainId"}"#,
    ] {
        let answer = rig.ask(body).await;

        assert_eq!(answer["error"]["code"], -32600, "{body}: {answer}");
    }
}

#[tokio::test]
async fn an_absurdly_deep_body_does_not_hurt() {
    let rig = Rig::new();
    let deep = "[".repeat(200_000);
    let params = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{}{}]}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );

    assert_eq!(rig.ask(deep).await["error"]["code"], -32700);
    assert_eq!(rig.ask(params).await["error"]["code"], -32602);
    assert_eq!(rig.call("eth_chainId", json!([])).await, "0x64aba");
}

#[tokio::test]
async fn a_batch_is_answered_in_order_without_its_notifications() {
    let rig = Rig::new();
    let batch = json!([
        { "jsonrpc": "2.0", "id": 3, "method": "eth_chainId" },
        { "jsonrpc": "2.0", "method": "eth_blockNumber" },
        5,
        { "jsonrpc": "2.0", "id": "x", "method": "foo_bar" },
        { "jsonrpc": "2.0", "id": null, "method": "net_version" },
    ]);

    let answer = rig.ask(batch.to_string()).await;

    let answers = answer.as_array().unwrap();
    assert_eq!(answers.len(), 4);
    assert_eq!(answers[0], json!({ "jsonrpc": "2.0", "id": 3, "result": "0x64aba" }));
    assert_eq!(answers[1]["error"]["code"], -32600);
    assert_eq!((&answers[2]["id"], &answers[2]["error"]["code"]), (&json!("x"), &json!(-32601)));
    assert_eq!(answers[3], json!({ "jsonrpc": "2.0", "id": null, "result": "412346" }));
}

#[tokio::test]
async fn notifications_alone_and_empty_bodies_are_answered_with_nothing() {
    let rig = Rig::new();

    assert_eq!(rig.post(r#"{"jsonrpc":"2.0","method":"eth_chainId"}"#).await, "");
    assert_eq!(rig.post(r#"[{"jsonrpc":"2.0","method":"eth_chainId"}]"#).await, "");
    assert_eq!(rig.post("").await, "");
}

#[tokio::test]
async fn a_batch_is_neither_empty_nor_longer_than_1000() {
    let rig = Rig::new();
    let calls = |count: usize| {
        let one = json!({ "jsonrpc": "2.0", "id": 7, "method": "eth_chainId" });
        Value::Array(vec![one; count]).to_string()
    };

    let empty = rig.ask("[]").await;
    let longest = rig.ask(calls(1_000)).await;
    let longer = rig.ask(calls(1_001)).await;

    assert_eq!(empty["error"], json!({ "code": -32600, "message": "empty batch" }));
    assert_eq!(longest.as_array().unwrap().len(), 1_000);
    let expected = json!([{
        "jsonrpc": "2.0", "id": 7, "error": { "code": -32600, "message": "batch too large" },
    }]);
    assert_eq!(longer, expected);
}

#[tokio::test]
async fn named_parameters_are_refused_but_absent_ones_are_an_empty_list() {
    let rig = Rig::new();

    let named = rig.error("eth_chainId", json!({})).await;

    assert_eq!(named, (-32602, "non-array args".to_owned()));
    assert_eq!(rig.call("eth_chainId", Value::Null).await, "0x64aba");
}
