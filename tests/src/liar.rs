//! A server that stands between client and node and changes what the node says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::{Value, json};

/// Changes the answer to one call: method, answer.
type Lie = dyn Fn(&str, &mut Value) + Send + Sync;

/// A node that lies: passes every call on, and bends the answers.
#[derive(Debug)]
pub struct LyingNode {
    url: String,
    runtime: Option<tokio::runtime::Runtime>,
    heard: Arc<Mutex<Heard>>,
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
        Self::serve(upstream, Box::new(lie), None)
    }

    /// Honest, but refuses logs of more than `most_blocks` blocks at once, as public endpoints do.
    ///
    /// # Panics
    ///
    /// If no port can be had.
    #[must_use]
    pub fn narrow(upstream: &str, most_blocks: u64) -> Self {
        Self::serve(upstream, Box::new(|_, _| ()), Some(most_blocks))
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
        Self::listen(Router::new().fallback(move || async { answer }))
    }

    fn serve(upstream: &str, lie: Box<Lie>, most_blocks: Option<u64>) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client without options");
        let heard = Arc::<Mutex<Heard>>::default();
        let upstream = upstream.to_owned();
        let wire = Arc::new(Wire { upstream, http, lie, most_blocks, heard: Arc::clone(&heard) });
        let mut node = Self::listen(Router::new().route("/", post(answer)).with_state(wire));
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

    fn listen(app: Router) -> Self {
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
        Self { url, runtime: Some(runtime), heard: Arc::default() }
    }

    /// Where the lies are told.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
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
    if let Some(result) = reply.get_mut("result") {
        (wire.lie)(method, result);
    }
}
