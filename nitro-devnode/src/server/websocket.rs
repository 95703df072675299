//! WebSocket connections: calls, and notifications of subscriptions (devnode.md section 5.7).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{Message, WebSocket};
use axum::response::Response;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use super::Shared;
use crate::subscription::{Scope, Session};

/// Bytes of one message (devnode.md section 5.7).
const MAX_MESSAGE_BYTES: usize = 32 * 1024 * 1024;

/// A silent connection is probed this often (devnode.md section 5.7).
const PING_EVERY: Duration = Duration::from_secs(30);

/// Calls of one connection that run at the same time: a transaction that waits for its
/// predecessor must not keep the predecessor out.
const MAX_IN_FLIGHT: usize = 1_024;

/// The answer, and the scope that holds back the subscriptions it announces.
type Answering = Pin<Box<dyn Future<Output = (Option<Vec<u8>>, Scope)> + Send>>;

/// Completes the handshake and serves the connection.
pub(super) fn accept(upgrade: WebSocketUpgrade, shared: Arc<Shared>) -> Response {
    upgrade
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| converse(socket, shared))
}

async fn converse(mut socket: WebSocket, shared: Arc<Shared>) {
    let (session, mut notifications) = Session::open();
    let mut shutdown = shared.shutdown.clone();
    let mut answering: FuturesUnordered<Answering> = FuturesUnordered::new();
    let mut ping = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let outgoing = tokio::select! {
            biased;
            () = went_down(&mut shutdown) => break,
            Some((answer, scope)) = answering.next() => {
                if let Some(answer) = answer && socket.send(text(answer)).await.is_err() {
                    return;
                }
                drop(scope);
                None
            }
            Some(note) = notifications.recv() => Some(Message::Text(note.into())),
            received = socket.recv(), if answering.len() < MAX_IN_FLIGHT => match received {
                Some(Ok(Message::Text(call))) => {
                    answering.push(answer(&shared, &session, call.as_str().as_bytes().to_vec()));
                    None
                }
                Some(Ok(Message::Binary(call))) => {
                    answering.push(answer(&shared, &session, call.to_vec()));
                    None
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => None,
                Some(Ok(Message::Close(_))) => return part(socket).await,
                Some(Err(_)) | None => return,
            },
            _ = ping.tick() => Some(Message::Ping(Default::default())),
        };
        let Some(message) = outgoing else { continue };
        if socket.send(message).await.is_err() {
            return;
        }
    }
    drop(socket.send(Message::Close(None)).await);
}

fn answer(shared: &Arc<Shared>, session: &Arc<Session>, call: Vec<u8>) -> Answering {
    let (rpc, session) = (Arc::clone(&shared.rpc), Arc::clone(session));
    Box::pin(async move {
        let scope = Scope::new(session);
        let answer = rpc.answer(&call, Some(&scope)).await;
        (answer, scope)
    })
}

/// Ends the closing handshake that the client began: reading on sends the answer to it.
async fn part(mut socket: WebSocket) {
    while let Some(Ok(_)) = socket.recv().await {}
}

/// Ends when the node goes down, or is gone.
async fn went_down(shutdown: &mut watch::Receiver<bool>) {
    drop(shutdown.wait_for(|down| *down).await);
}

fn text(answer: Vec<u8>) -> Message {
    match String::from_utf8(answer) {
        Ok(text) => Message::Text(text.into()),
        Err(bytes) => Message::Binary(bytes.into_bytes().into()),
    }
}
