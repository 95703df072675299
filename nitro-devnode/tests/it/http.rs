//! devnode.md section 1.2, acceptance 9 to 12.

use nitro_devnode::Node;
use reqwest::Method;

use crate::rig::Rig;

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;

#[tokio::test]
async fn only_json_is_taken() {
    let rig = Rig::new();
    let status = async |kind: Option<&str>| {
        let mut request = rig.request(Method::POST).body(CALL);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        request.send().await.unwrap().status().as_u16()
    };

    for kind in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json-rpc",
        "application/jsonrequest",
        "Application/JSON",
    ] {
        assert_eq!(status(Some(kind)).await, 200, "{kind}");
    }
    assert_eq!(status(Some("text/plain")).await, 415);
    assert_eq!(status(Some("application/jsonx")).await, 415);
    assert_eq!(status(None).await, 415);
}

#[tokio::test]
async fn a_health_check_is_answered_with_an_empty_200() {
    let rig = Rig::new();

    let answer = rig.request(Method::GET).send().await.unwrap();

    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text().await.unwrap(), "");
    assert_eq!(rig.request(Method::PUT).send().await.unwrap().status(), 405);
    assert_eq!(rig.request(Method::DELETE).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn there_is_one_path() {
    let rig = Rig::new();

    let answer = reqwest::get(format!("{}/metrics", rig.node.url())).await.unwrap();

    assert_eq!(answer.status(), 404);
}

#[tokio::test]
async fn a_body_has_at_most_5_mib() {
    let rig = Rig::new();
    let post = async |length: usize| {
        let mut body = CALL.to_owned();
        body.push_str(&" ".repeat(length - CALL.len()));
        let request = rig.request(Method::POST).header("content-type", "application/json");
        request.body(body).send().await.unwrap().status().as_u16()
    };

    assert_eq!(post(5 * 1024 * 1024).await, 200);
    assert_eq!(post(5 * 1024 * 1024 + 1).await, 413);
    assert_eq!(post(6 * 1024 * 1024).await, 413);
    assert_eq!(post(100).await, 200);
}

#[tokio::test]
async fn hosts_are_checked_only_where_that_is_asked_for() {
    let open = Rig::new();
    let strict = Rig::with(Node::builder().allowed_hosts(["localhost".to_owned()]));
    let status = async |rig: &Rig, host: &'static str| {
        let request = rig.request(Method::POST).header("content-type", "application/json");
        request.header("host", host).body(CALL).send().await.unwrap().status().as_u16()
    };

    assert_eq!(status(&open, "example.org").await, 200);
    assert_eq!(status(&strict, "example.org").await, 403);
    assert_eq!(status(&strict, "localhost:1").await, 200);
    assert_eq!(status(&strict, "127.0.0.1").await, 200);
}

#[tokio::test]
async fn browsers_are_let_in_unless_that_is_switched_off() {
    let open = Rig::new();
    let closed = Rig::with(Node::builder().allowed_origins([]));
    let origin = async |rig: &Rig, method: Method| {
        let request = rig.request(method).header("origin", "http://page.example");
        let answer = request.header("access-control-request-headers", "x-a").send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        answer.headers().get("access-control-allow-origin").cloned()
    };

    assert_eq!(origin(&open, Method::OPTIONS).await.unwrap(), "*");
    assert_eq!(origin(&open, Method::GET).await.unwrap(), "*");
    assert!(origin(&closed, Method::OPTIONS).await.is_none());
}
