//! A running node.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use devnode_chain::Chain;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::connection::Connection;
use crate::rpc_server::RpcServer;
use crate::{NodeBuilder, state_file};

/// How long connections may take to end when the node goes down.
const GRACE: Duration = Duration::from_millis(500);

/// A running node; it ends without a trace when this value is dropped.
#[derive(Debug)]
pub struct Node {
    pub(crate) chain: Arc<Chain>,
    pub(crate) address: SocketAddr,
    pub(crate) ws_address: SocketAddr,
    pub(crate) rpc: Arc<RpcServer>,
    pub(crate) running: Running,
}

/// What keeps the server going.
pub(crate) struct Running {
    pub(crate) shutdown: watch::Sender<bool>,
    pub(crate) servers: Vec<JoinHandle<()>>,
    /// The node's own threads; `None` when it runs on the caller's.
    pub(crate) runtime: Option<Runtime>,
    /// Where the state is written at the end.
    pub(crate) dump: Option<(PathBuf, Arc<Chain>)>,
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Somebody else listens there.
    #[error(
        "port {port} on {host} is taken by another program; choose another with --port, or 0 for any free one"
    )]
    PortTaken {
        /// The host that was asked for.
        host: String,
        /// The port that was asked for.
        port: u16,
    },
    /// The system refuses the address.
    #[error("cannot listen on {host}:{port}")]
    Listen {
        /// The host that was asked for.
        host: String,
        /// The port that was asked for.
        port: u16,
        /// The system's reason.
        source: io::Error,
    },
    /// The system refuses threads.
    #[error("cannot start the threads of the node")]
    Threads(#[source] io::Error),
    /// The state to start from cannot be read.
    #[error("the state file {} {why}", file.display())]
    State {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The chain does not come up as configured.
    #[error("cannot make the first blocks of the chain")]
    Chain(#[from] devnode_chain::NewError),
}

impl Node {
    /// A node to configure.
    #[must_use]
    pub fn builder() -> NodeBuilder {
        NodeBuilder::default()
    }

    /// `http://host:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `ws://host:port`: the same port, unless another was asked for.
    #[must_use]
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.ws_address)
    }

    /// Where the node listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port the node listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers a JSON-RPC text without a connection, as a POST of it would be answered; `None`
    /// where there is nothing to say. Must run inside a Tokio runtime.
    pub async fn answer(&self, text: &[u8]) -> Option<Vec<u8>> {
        self.rpc.answer(text, None).await
    }

    /// A connection without a socket: like a WebSocket, it can subscribe.
    #[must_use]
    pub fn connect(&self) -> Connection {
        Connection::new(Arc::clone(&self.rpc))
    }

    /// The chain itself, for tests that want to look past the RPC.
    #[must_use]
    pub const fn chain(&self) -> &Arc<Chain> {
        &self.chain
    }

    /// Ends the node and waits until its connections are closed; for nodes on the caller's
    /// runtime (dropping the value only asks them to close).
    pub async fn shut_down(mut self) {
        self.running.shutdown.send_replace(true);
        for server in std::mem::take(&mut self.running.servers) {
            drop(tokio::time::timeout(GRACE, server).await);
        }
    }

    /// Writes the state to the file chosen with [`NodeBuilder::dump_state`], as the end of the node
    /// does, but telling what went wrong. Afterwards the end writes nothing.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&mut self) -> io::Result<()> {
        self.running.dump.take().map_or(Ok(()), |(file, chain)| save(&file, &chain))
    }
}

/// Writes beside the file and moves it there: what was there stays until the new one is whole.
fn save(file: &Path, chain: &Chain) -> io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, state_file::pack(&chain.dump()))?;
    std::fs::rename(&beside, file)
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.send_replace(true);
        if let Some((file, chain)) = self.dump.take() {
            // There is nobody left to tell; `Node::save` tells.
            drop(save(&file, &chain));
        }
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        // A runtime must not be waited for on a thread that belongs to one: on a thread of our
        // own this works wherever the node is dropped, and the port is free afterwards.
        let closing = std::thread::spawn(move || runtime.shutdown_timeout(GRACE));
        drop(closing.join());
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("is_down", &*self.shutdown.borrow())
            .field("has_own_threads", &self.runtime.is_some())
            .finish_non_exhaustive()
    }
}
