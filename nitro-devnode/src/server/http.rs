//! HTTP as go-ethereum serves it: status codes, content types, sizes (devnode.md section 1.2).

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequestParts, Request, State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Access;
use super::listen::Patient;
use super::websocket;
use crate::rpc_server::RpcServer;

/// Bytes of one request body (devnode.md section 1.2).
const MAX_BODY_BYTES: usize = 5 * 1024 * 1024;

/// A body above the limit is read and dropped up to here, so that the client gets to see the
/// status instead of a reset connection.
const MAX_DRAINED_BYTES: usize = 64 * 1024 * 1024;

/// A request must have arrived whole after this time (devnode.md section 1.2).
const READ_WITHIN: Duration = Duration::from_secs(30);

/// Shorter answers are not compressed: that takes longer than sending them.
const LEAST_COMPRESSED_BYTES: usize = 1_400;

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) rpc: Arc<RpcServer>,
    pub(crate) access: Access,
    /// Turns true when the node goes down.
    pub(crate) shutdown: watch::Receiver<bool>,
}

/// Serves connections until the shutdown flag turns.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut shutdown = shared.shutdown.clone();
    let router = Router::new().fallback(handle).with_state(shared);
    let served = axum::serve(Patient(listener), router)
        .with_graceful_shutdown(async move { drop(shutdown.wait_for(|down| *down).await) })
        .await;
    // `axum::serve` retries failed accepts itself and never ends with an error.
    drop(served);
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if !shared.access.admits_host(request.headers()) {
        return (StatusCode::FORBIDDEN, "invalid host specified\n").into_response();
    }
    let origin = shared.access.allowed_origin(request.headers());
    let mut response = if request.headers().contains_key(header::UPGRADE) {
        upgrade(shared, request).await
    } else {
        plain(&shared, request).await
    };
    if let Some(origin) = origin {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

async fn upgrade(shared: Arc<Shared>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => websocket::accept(upgrade, shared),
        Err(rejection) => rejection.into_response(),
    }
}

async fn plain(shared: &Shared, request: Request) -> Response {
    if request.uri().path() != "/" {
        return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    }
    let (parts, body) = request.into_parts();
    match parts.method {
        Method::POST => {}
        Method::OPTIONS => return preflight(&parts.headers),
        // Health checks.
        Method::GET | Method::HEAD if body.is_end_stream() => {
            return StatusCode::OK.into_response();
        }
        _ => return (StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n").into_response(),
    }
    if !has_json_type(&parts.headers) {
        let text = "invalid content type, only application/json is supported\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response();
    }
    let body = match tokio::time::timeout(READ_WITHIN, read(&parts.headers, body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(refusal)) => return refusal,
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let answer = shared.rpc.answer(&body, None).await.unwrap_or_default();
    if answer.len() >= LEAST_COMPRESSED_BYTES && takes_gzip(&parts.headers) {
        return compressed(answer);
    }
    json(answer)
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|list| list.split(',').any(|one| one.trim().starts_with("gzip")))
}

fn compressed(answer: Vec<u8>) -> Response {
    let mut packed = GzEncoder::new(Vec::with_capacity(answer.len() / 2), Compression::fast());
    if packed.write_all(&answer).is_err() {
        return json(answer);
    }
    let Ok(packed) = packed.finish() else { return json(answer) };
    let mut response = json(packed);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Response> {
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    if let Some(length) = declared.filter(|length| *length > MAX_BODY_BYTES) {
        drop(axum::body::to_bytes(body, MAX_DRAINED_BYTES).await);
        let text = format!("content length too large ({length}>{MAX_BODY_BYTES})\n");
        return Err((StatusCode::PAYLOAD_TOO_LARGE, text).into_response());
    }
    let is_declared = declared.is_some();
    axum::body::to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| {
        // A chunked body ends here when it grows too long; any body when the peer goes away.
        let status =
            if is_declared { StatusCode::BAD_REQUEST } else { StatusCode::PAYLOAD_TOO_LARGE };
        status.into_response()
    })
}

fn has_json_type(headers: &HeaderMap) -> bool {
    const ACCEPTED: [&str; 3] =
        ["application/json", "application/json-rpc", "application/jsonrequest"];
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.map(|text| text.split(';').next().unwrap_or(text).trim());
    kind.is_some_and(|kind| ACCEPTED.iter().any(|known| kind.eq_ignore_ascii_case(known)))
}

fn preflight(headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let answer = response.headers_mut();
    answer.insert(header::ALLOW, HeaderValue::from_static("POST, GET, OPTIONS"));
    if headers.contains_key(header::ORIGIN) {
        let methods = HeaderValue::from_static("POST, GET");
        answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let asked = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        let fields = asked.unwrap_or_else(|| HeaderValue::from_static("content-type"));
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, fields);
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}

fn json(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
