//! Nodes inside a process: several at once, and gone when dropped.

use std::net::TcpStream;

use nitro_devnode::{Node, StartError};
use serde_json::json;

use crate::rig::Rig;
use crate::signer::Signer;

#[tokio::test]
async fn two_nodes_in_one_process_know_nothing_of_each_other() {
    let (one, other) = (Rig::new(), Rig::new());

    one.mine(&Signer::test(0).transfer(0)).await;

    let nonce = async |rig: &Rig| {
        rig.call("eth_getTransactionCount", json!([Signer::test(0).address, "latest"])).await
    };
    assert_ne!(one.node.port(), other.node.port());
    assert_eq!(nonce(&one).await, "0x1");
    assert_eq!(nonce(&other).await, "0x0");
}

#[test]
fn a_node_starts_without_a_runtime_and_frees_its_port_when_dropped() {
    let node = Node::builder().port(0).spawn().unwrap();
    let address = node.address();
    let idle = TcpStream::connect(address).unwrap();

    drop(node);

    assert!(TcpStream::connect(address).is_err());
    drop(idle);
}

#[tokio::test(flavor = "current_thread")]
async fn a_node_can_be_dropped_inside_a_runtime() {
    let rig = Rig::new();
    let address = rig.node.address();

    drop(rig);

    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn a_node_runs_on_the_runtime_of_the_caller_and_ends_when_asked() {
    let node = Node::builder().port(0).spawn_async().await.unwrap();
    let address = node.address();

    let answer = reqwest::get(node.url()).await.unwrap();
    node.shut_down().await;

    assert_eq!(answer.status(), 200);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_taken_port_is_an_error_that_says_what_to_do() {
    let first = Node::builder().port(0).spawn().unwrap();

    let refused = Node::builder().port(first.port()).spawn().unwrap_err();

    assert!(matches!(refused, StartError::PortTaken { .. }), "{refused:?}");
    assert!(refused.to_string().contains("--port"), "{refused}");
}

#[test]
fn an_address_that_is_not_ours_is_an_error() {
    let refused = Node::builder().host("203.0.113.1").port(0).spawn().unwrap_err();

    assert!(matches!(refused, StartError::Listen { .. }), "{refused:?}");
}

#[test]
fn fifty_nodes_come_and_go() {
    for _ in 0..50 {
        let node = Node::builder().port(0).spawn().unwrap();
        assert!(TcpStream::connect(node.address()).is_ok());
    }
}
