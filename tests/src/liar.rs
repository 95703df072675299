//! A server that stands between client and node and changes what the node says.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::{Value, json};

/// Changes the answer to one call: the call, the whole reply.
type Lie = dyn Fn(&Value, &mut Value) + Send + Sync;

/// A node that lies: passes every call on, and bends the answers.
#[derive(Debug)]
pub struct LyingNode {
    url: String,
    runtime: Option<tokio::runtime::Runtime>,
    heard: Arc<Mutex<Heard>>,
    memory: Arc<Memory>,
}

/// What an endpoint has said, to be said again.
#[derive(Debug, Default)]
struct Memory {
    is_frozen: AtomicBool,
    answers: Mutex<HashMap<String, Value>>,
}

/// What passed by.
#[derive(Debug, Default)]
struct Heard {
    /// Everything that was asked and answered.
    text: String,
    /// Every call.
    calls: Vec<Value>,
}

struct Wire {
    upstream: String,
    http: reqwest::Client,
    lie: Box<Lie>,
    /// Most blocks in one `eth_getLogs`.
    most_blocks: Option<u64>,
    heard: Arc<Mutex<Heard>>,
}

impl LyingNode {
    /// Serves on a free port; each answer of `upstream` passes through `lie` (method, result).
    ///
    /// # Panics
    ///
    /// If no port can be had.
    pub fn in_front_of(
        upstream: &str,
        lie: impl Fn(&str, &mut Value) + Send + Sync + 'static,
    ) -> Self {
        Self::bending(upstream, move |question, reply| {
            let method = question["method"].as_str().unwrap_or_default();
            if let Some(result) = reply.get_mut("result") {
                lie(method, result);
            }
        })
    }

    /// The same with the whole call and the whole reply: it can refuse.
    ///
    /// # Panics
    ///
    /// If no port can be had.
    pub fn bending(
        upstream: &str,
        lie: impl Fn(&Value, &mut Value) + Send + Sync + 'static,
    ) -> Self {
        Self::serve(upstream, Box::new(lie), None, Arc::default())
    }

    /// Honest until [`freeze`](Self::freeze) is called; from then on what it says about blocks, storage
    /// and logs is what it said the last time, though the chain goes another way.
    ///
    /// # Panics
    ///
    /// If no port can be had.
    #[must_use]
    pub fn remembering(upstream: &str) -> Self {
        let memory = Arc::<Memory>::default();
        let kept = Arc::clone(&memory);
        let lie = move |question: &Value, reply: &mut Value| kept.take(question, reply);
        Self::serve(upstream, Box::new(lie), None, memory)
    }

    /// Stays with what was said.
    pub fn freeze(&self) {
        self.memory.is_frozen.store(true, Ordering::SeqCst);
    }

    /// Honest, but refuses logs of more than `most_blocks` blocks at once, as public endpoints do.
    ///
    /// # Panics
    ///
    /// If no port can be had.
    #[must_use]
    pub fn narrow(upstream: &str, most_blocks: u64) -> Self {
        Self::serve(upstream, Box::new(|_, _| ()), Some(most_blocks), Arc::default())
    }

    /// No node at all: gives every call the same answer.
    ///
    /// # Panics
    ///
    /// If no port can be had.
    #[must_use]
    pub fn answering(status: u16, body: &str) -> Self {
        let status = StatusCode::from_u16(status).expect("a status of HTTP");
        let answer = (status, [(LOCATION, "http://127.0.0.1:9/")], body.to_owned());
        Self::listen(Router::new().fallback(move || async { answer }), Arc::default())
    }

    fn serve(upstream: &str, lie: Box<Lie>, most_blocks: Option<u64>, memory: Arc<Memory>) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client without options");
        let heard = Arc::<Mutex<Heard>>::default();
        let upstream = upstream.to_owned();
        let wire = Arc::new(Wire { upstream, http, lie, most_blocks, heard: Arc::clone(&heard) });
        let mut node =
            Self::listen(Router::new().route("/", post(answer)).with_state(wire), memory);
        node.heard = heard;
        node
    }

    /// Everything that clients asked and were answered, in lower case.
    #[must_use]
    pub fn heard(&self) -> String {
        open(&self.heard).text.to_lowercase()
    }

    /// The calls of one method that it was asked so far: their parameters.
    #[must_use]
    pub fn asked(&self, method: &str) -> Vec<Value> {
        let heard = open(&self.heard);
        let of_method = heard.calls.iter().filter(|call| call["method"] == method);
        of_method.map(|call| call["params"].clone()).collect()
    }

    fn listen(app: Router, memory: Arc<Memory>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime for the lying node");
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a free port on loopback");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { url, runtime: Some(runtime), heard: Arc::default(), memory }
    }

    /// Where the lies are told.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Memory {
    /// Keeps an answer, or gives the one that was kept.
    fn take(&self, question: &Value, reply: &mut Value) {
        let (method, params) =
            (question["method"].as_str().unwrap_or_default(), &question["params"]);
        let about = match method {
            "eth_getStorageAt" => json!([params[0], params[1]]),
            "eth_getLogs" => json!([params[0]["address"], params[0]["topics"]]),
            "eth_blockNumber" => Value::Null,
            "eth_getBlockByNumber" => params[0].clone(),
            _ => return,
        };
        let mut answers = self.answers.lock().expect("no test thread panics here");
        let key = format!("{method} {about}");
        if self.is_frozen.load(Ordering::SeqCst) {
            if let Some(said) = answers.get(&key) {
                *reply = json!({"jsonrpc": "2.0", "id": question["id"], "result": said});
            }
        } else if let Some(result) = reply.get("result") {
            answers.insert(key, result.clone());
        }
    }
}

impl Drop for LyingNode {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn open(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(wire): State<Arc<Wire>>, body: Bytes) -> impl IntoResponse {
    let question: Value = serde_json::from_slice(&body).expect("clients send JSON");
    open(&wire.heard).text.push_str(&question.to_string());
    let reply = wire
        .http
        .post(&wire.upstream)
        .header(CONTENT_TYPE, "application/json")
        .body(body)
        .send()
        .await
        .expect("the honest node is up");
    let mut reply: Value =
        serde_json::from_slice(&reply.bytes().await.expect("a body")).expect("the node sends JSON");
    match (&question, &mut reply) {
        (Value::Array(questions), Value::Array(replies)) => {
            for reply in replies {
                let asked = questions.iter().find(|asked| asked["id"] == reply["id"]);
                bend(&wire, asked.expect("an answer to a question"), reply);
            }
        }
        _ => bend(&wire, &question, &mut reply),
    }
    open(&wire.heard).text.push_str(&reply.to_string());
    ([(CONTENT_TYPE, "application/json")], reply.to_string())
}

/// Blocks that a filter spans.
fn span(question: &Value) -> Option<u64> {
    let block = |name: &str| {
        let hex = question["params"][0][name].as_str()?.strip_prefix("0x")?;
        u64::from_str_radix(hex, 16).ok()
    };
    Some(block("toBlock")? - block("fromBlock")? + 1)
}

fn bend(wire: &Wire, question: &Value, reply: &mut Value) {
    let method = question["method"].as_str().unwrap_or_default();
    let is_wide =
        wire.most_blocks.is_some_and(|most| span(question).is_none_or(|span| span > most));
    if method == "eth_getLogs" && is_wide {
        let error = json!({"code": -32005, "message": "query exceeds the range of blocks"});
        *reply = json!({"jsonrpc": "2.0", "id": question["id"], "error": error});
    }
    open(&wire.heard).calls.push(question.clone());
    (wire.lie)(question, reply);
}
