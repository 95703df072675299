//! Servers that answer anything but JSON-RPC (guides/cli.md section 10, item 6).

use chartkey_tests::{Home, LyingNode, World};
use serde_json::json;

const BALANCE: [&str; 3] = ["wallet", "balance", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"];

#[test]
fn answers_that_are_none_end_with_5() {
    let huge = format!(r#"{{"jsonrpc":"2.0","id":1,"result":"{}"}}"#, "0".repeat(50 << 20));
    for (status, body, says) in [
        (200, "{\"jsonrpc\":\"2.0\",\"id\":1,\"res", "no JSON-RPC answer"),
        (200, "", "no JSON-RPC answer"),
        (200, "<html>login</html>", "no JSON-RPC answer"),
        (200, r#"{"jsonrpc":"2.0","id":1,"result":"yes"}"#, "something else than asked for"),
        (302, "", "no JSON-RPC answer (HTTP status 302)"),
        (429, "slow down", "no JSON-RPC answer (HTTP status 429)"),
        (200, &huge, "longer than"),
    ] {
        let server = LyingNode::answering(status, body);

        let run = Home::at(server.url()).run(&BALANCE).ends_with(5).says(says);

        assert!(run.stderr.lines().count() <= 4, "{}", run.stderr);
    }
}

#[test]
fn what_a_node_writes_drives_no_terminal_and_stays_one_line() {
    let error = json!({"code": -32000, "message": "first\nsecond\u{1b}[2J\u{202e}"});
    let server =
        LyingNode::answering(200, &json!({"jsonrpc": "2.0", "id": 1, "error": error}).to_string());
    let home = Home::at(server.url());

    let text = home.run(&BALANCE).ends_with(5);
    let json = home.run(&[&BALANCE[..], &["--json"]].concat()).ends_with(5);

    assert!(text.stderr.contains("first second\\u{1b}[2J\\u{202e}"), "{}", text.stderr);
    for run in [&text, &json] {
        assert!(!run.stderr.contains('\u{1b}') && !run.stderr.contains('\u{202e}'));
        assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains('\u{202e}'));
    }
}

#[test]
fn a_chain_of_another_number_at_the_second_endpoint_ends_with_7() {
    let world = World::new();
    let other = LyingNode::in_front_of(&world.node.url(), |method, result| {
        if method == "eth_chainId" {
            *result = "0xa4b1".into();
        }
    });
    let urls = ["--rpc-url", &world.node.url(), "--rpc-url", other.url()];

    let run = world.patient.run(&[&BALANCE[..], &urls].concat());

    drop(run.ends_with(7).says("the number of the chain"));
}

#[test]
fn a_receipt_that_does_not_show_what_was_sent_ends_with_7() {
    let world = World::new();
    let stay = world.quote();
    let liar = LyingNode::in_front_of(&world.node.url(), |method, result| {
        if matches!(method, "eth_getTransactionReceipt" | "eth_sendRawTransactionSync") {
            result["logs"] = json!([]);
        }
    });

    let run = world.as_patient(&["appointment", "pay", &stay, "--rpc-url", liar.url(), "--json"]);

    assert_eq!(run.ends_with(7).envelope()["error"]["code"], "ReceiptMismatch");
}
