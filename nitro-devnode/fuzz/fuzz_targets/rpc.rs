//! Any bytes as a request: the node answers with JSON or with nothing, and no method crashes.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nitro_devnode::Node;
use tokio::runtime::{Builder, Runtime};

static NODE: LazyLock<Node> =
    LazyLock::new(|| Node::builder().port(0).spawn().expect("a free port and memory"));
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_current_thread().enable_time().build().expect("one thread, which is there")
});

fuzz_target!(|bytes: &[u8]| {
    if let Some(answer) = RUNTIME.block_on(NODE.answer(bytes)) {
        let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
        assert!(answer["error"]["code"] != -32603, "{answer}");
    }
});
