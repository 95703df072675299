//! A connection without a socket.

use std::fmt;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::rpc_server::RpcServer;
use crate::subscription::{Scope, Session};

/// What a WebSocket connection is to the node, inside the process: calls, and notifications of the
/// subscriptions that it opened, which end with this value (devnode.md section 5.7).
pub struct Connection {
    rpc: Arc<RpcServer>,
    session: Arc<Session>,
    notifications: mpsc::Receiver<String>,
}

impl Connection {
    pub(crate) fn new(rpc: Arc<RpcServer>) -> Self {
        let (session, notifications) = Session::open();
        Self { rpc, session, notifications }
    }

    /// Answers a JSON-RPC text as it would be answered on a WebSocket; `None` where there is nothing
    /// to say. Must run inside a Tokio runtime.
    pub async fn answer(&self, text: &[u8]) -> Option<Vec<u8>> {
        let scope = Scope::new(Arc::clone(&self.session));
        self.rpc.answer(text, Some(&scope)).await
    }

    /// Waits for the next notification, a JSON text.
    pub async fn notification(&mut self) -> Option<String> {
        self.notifications.recv().await
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("session", &self.session).finish_non_exhaustive()
    }
}
