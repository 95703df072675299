//! `eth_subscribe` (devnode.md section 5.7): one task per subscription, fed by the head number.
//!
//! A task reads the blocks from the chain when the head has moved, so nothing is lost when a
//! reader is slow, and nothing is kept for it either.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

/// Notifications that wait for a slow reader; the subscription itself waits then.
const QUEUED_NOTIFICATIONS: usize = 256;

/// The subscriptions of one WebSocket connection; they end with it.
#[derive(Debug)]
pub(crate) struct Session {
    notify: mpsc::Sender<String>,
    running: Mutex<HashMap<String, AbortHandle>>,
}

impl Session {
    /// A session, and where its notifications come out.
    pub(crate) fn open() -> (Arc<Self>, mpsc::Receiver<String>) {
        let (notify, notifications) = mpsc::channel(QUEUED_NOTIFICATIONS);
        (Arc::new(Self { notify, running: Mutex::default() }), notifications)
    }

    /// Ends one subscription; false where there is none of that id.
    pub(crate) fn close(&self, id: &str) -> bool {
        self.running.lock().remove(id).map(|task| task.abort()).is_some()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for task in self.running.get_mut().values() {
            task.abort();
        }
    }
}

/// One message of a session. Subscriptions that it opens stay silent until the scope is dropped,
/// that is until the answer with their id has been sent.
#[derive(Debug)]
pub(crate) struct Scope {
    session: Arc<Session>,
    opened: Mutex<Vec<oneshot::Sender<()>>>,
}

impl Scope {
    /// A scope for one message.
    pub(crate) fn new(session: Arc<Session>) -> Self {
        Self { session, opened: Mutex::default() }
    }

    /// The session of the message.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Starts a subscription: `run` gets a voice once the scope is dropped.
    pub(crate) fn open<F>(&self, id: String, run: impl FnOnce(Voice) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (release, released) = oneshot::channel();
        let voice = Voice { id: id.clone(), notify: self.session.notify.clone() };
        let speaking = run(voice);
        let task = tokio::spawn(async move {
            // An error means that the scope was dropped, which is the release.
            drop(released.await);
            speaking.await;
        });
        self.session.running.lock().insert(id, task.abort_handle());
        self.opened.lock().push(release);
    }
}

/// Sends the notifications of one subscription.
#[derive(Debug)]
pub(crate) struct Voice {
    id: String,
    notify: mpsc::Sender<String>,
}

impl Voice {
    /// Sends one notification; false when the connection is gone.
    pub(crate) async fn say(&self, result: &str) -> bool {
        let id = &self.id;
        let note = format!(
            r#"{{"jsonrpc":"2.0","method":"eth_subscription","params":{{"subscription":"{id}","result":{result}}}}}"#
        );
        self.notify.send(note).await.is_ok()
    }
}
