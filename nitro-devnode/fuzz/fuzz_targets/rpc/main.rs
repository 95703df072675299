//! Any bytes as a request: the node answers with JSON or with nothing, and no method crashes (the
//! engine turns every panic into a finding, also those that the node itself would survive).
//!
//! The first byte says how the rest is read: as the body of a POST, as a text on a WebSocket, or as
//! the seed of calls whose methods exist and whose parameters look like theirs.
#![no_main]

mod calls;

use std::cell::RefCell;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use nitro_devnode::{Connection, Node};
use tokio::runtime::{Builder, Runtime};

/// Inputs that one node answers: what they leave behind must neither add up nor hide the cause.
const INPUTS_PER_NODE: u32 = 64;

/// Time for one input on a clock that jumps ahead when everybody waits.
const WITHIN: Duration = Duration::from_secs(120);

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("one thread, which is there")
});

thread_local! {
    static NODE: RefCell<Option<Served>> = const { RefCell::new(None) };
}

struct Served {
    connection: Connection,
    node: Node,
    inputs: u32,
}

impl Served {
    fn start() -> Self {
        let node = Node::builder().port(0).spawn().expect("a free port and memory");
        Self { connection: node.connect(), node, inputs: 0 }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((manner, rest)) = input.split_first() else { return };
    NODE.with_borrow_mut(|slot| {
        let served = slot.get_or_insert_with(Served::start);
        answer(served, *manner, rest);
        // Subscriptions get to speak, and those that were closed to end.
        for _ in 0..4 {
            RUNTIME.block_on(tokio::task::yield_now());
        }
        served.inputs += 1;
        if served.inputs >= INPUTS_PER_NODE {
            *slot = None;
        }
    });
});

fn answer(served: &Served, manner: u8, rest: &[u8]) {
    match manner {
        b'h' => check(RUNTIME.block_on(within(served.node.answer(rest)))),
        b'w' => check(RUNTIME.block_on(within(served.connection.answer(rest)))),
        _ => {
            for text in calls::texts(rest) {
                check(RUNTIME.block_on(within(served.connection.answer(text.as_bytes()))));
            }
        }
    }
}

/// No method waits for ever.
async fn within(answer: impl Future<Output = Option<Vec<u8>>>) -> Option<Vec<u8>> {
    tokio::time::timeout(WITHIN, answer).await.expect("an answer in bounded time")
}

fn check(answer: Option<Vec<u8>>) {
    if let Some(answer) = answer {
        let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
        assert!(answer["error"]["code"] != -32603, "{answer}");
    }
}
