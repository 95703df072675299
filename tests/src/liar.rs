//! A server that stands between client and node and changes what the node says.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::Value;

/// Changes the answer to one call: method, answer.
type Lie = dyn Fn(&str, &mut Value) + Send + Sync;

/// A node that lies: passes every call on, and bends the answers.
#[derive(Debug)]
pub struct LyingNode {
    url: String,
    runtime: Option<tokio::runtime::Runtime>,
}

struct Wire {
    upstream: String,
    http: reqwest::Client,
    lie: Box<Lie>,
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
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime for the lying node");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client without options");
        let wire = Arc::new(Wire { upstream: upstream.to_owned(), http, lie: Box::new(lie) });
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a free port on loopback");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let app = Router::new().route("/", post(answer)).with_state(wire);
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { url, runtime: Some(runtime) }
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

async fn answer(State(wire): State<Arc<Wire>>, body: Bytes) -> impl IntoResponse {
    let question: Value = serde_json::from_slice(&body).expect("clients send JSON");
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
    ([(CONTENT_TYPE, "application/json")], reply.to_string())
}

fn bend(wire: &Wire, question: &Value, reply: &mut Value) {
    let method = question["method"].as_str().unwrap_or_default();
    if let Some(result) = reply.get_mut("result") {
        (wire.lie)(method, result);
    }
}
