//! How a node is configured and started.

use std::io;
use std::sync::Arc;

use alloy_primitives::B256;
use devnode_chain::{Chain, ChainConfig};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::context::Context;
use crate::filter_registry::FilterRegistry;
use crate::node::{Node, Running, StartError};
use crate::rpc_server::RpcServer;
use crate::server::{Access, Origins, Shared, listen, serve};

/// Nitro's HTTP port.
const DEFAULT_PORT: u16 = 8547;

/// Threads that serve connections: more would only take turns, calls run where they arrive.
const MAX_THREADS: usize = 4;

/// Configures a node; [`spawn`](Self::spawn) starts it.
#[derive(Debug, Clone)]
pub struct NodeBuilder {
    host: String,
    port: u16,
    chain: ChainConfig,
    access: Access,
}

impl Default for NodeBuilder {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: DEFAULT_PORT,
            chain: ChainConfig::default(),
            access: Access::default(),
        }
    }
}

impl NodeBuilder {
    /// The host name or address to listen on; default `127.0.0.1`.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// The port to listen on; 0 lets the system choose a free one; default 8547.
    #[must_use]
    pub const fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The configuration of the chain.
    #[must_use]
    pub fn chain(mut self, config: ChainConfig) -> Self {
        self.chain = config;
        self
    }

    /// Host names accepted in the `Host` header, beside addresses; default: all.
    #[must_use]
    pub fn allowed_hosts(mut self, hosts: impl IntoIterator<Item = String>) -> Self {
        self.access.hosts = Some(hosts.into_iter().collect());
        self
    }

    /// Origins whose pages may call the node; default: all; an empty list: none.
    #[must_use]
    pub fn allowed_origins(mut self, origins: impl IntoIterator<Item = String>) -> Self {
        let origins: Vec<_> = origins.into_iter().collect();
        self.access.origins = match origins.as_slice() {
            [] => Origins::None,
            [only] if only == "*" => Origins::Any,
            _ => Origins::Only(origins),
        };
        self
    }

    /// Starts the node on threads of its own. Works inside and outside of an async runtime, and
    /// returns when the node answers.
    ///
    /// # Errors
    /// The port is taken or refused; the chain cannot be made.
    pub fn spawn(self) -> Result<Node, StartError> {
        let runtime = threads().map_err(StartError::Threads)?;
        let started = {
            let _inside = runtime.enter();
            self.start()
        };
        match started {
            Ok(mut node) => {
                node.running.runtime = Some(runtime);
                Ok(node)
            }
            Err(why) => {
                // Plain dropping waits for the threads, which is refused inside another runtime.
                runtime.shutdown_background();
                Err(why)
            }
        }
    }

    /// Starts the node on the runtime of the caller.
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn).
    ///
    /// # Panics
    /// Outside of a Tokio runtime with I/O and time enabled.
    #[expect(clippy::unused_async, reason = "async says that it needs a runtime to be there")]
    pub async fn spawn_async(self) -> Result<Node, StartError> {
        self.start()
    }

    fn start(self) -> Result<Node, StartError> {
        // The port first: a second node on it shall say so at once.
        let listener = self.listen()?;
        let address = listener.local_addr().map_err(|source| self.refused(source))?;
        let chain = Chain::new(self.chain)?;
        let chain = Arc::new(chain);
        let (head_moved, heads) = watch::channel(chain.head_number());
        // The listener asks for the head itself: two senders may report theirs in either order.
        let weak = Arc::downgrade(&chain);
        chain.on_head(Box::new(move |_| {
            if let Some(chain) = weak.upgrade() {
                head_moved.send_replace(chain.head_number());
            }
        }));
        let (shutdown, is_down) = watch::channel(false);
        let context = Context {
            chain: Arc::clone(&chain),
            filters: FilterRegistry::default(),
            heads,
            instance: B256::random(),
        };
        let shared = Shared {
            rpc: Arc::new(RpcServer::new(Arc::new(context))),
            access: self.access,
            shutdown: is_down,
        };
        let server = tokio::spawn(serve(listener, Arc::new(shared)));
        let running = Running { shutdown, server: Some(server), runtime: None };
        Ok(Node { chain, address, running })
    }

    fn listen(&self) -> Result<TcpListener, StartError> {
        listen(&self.host, self.port).map_err(|source| self.refused(source))
    }

    fn refused(&self, source: io::Error) -> StartError {
        let (host, port) = (self.host.clone(), self.port);
        if source.kind() == io::ErrorKind::AddrInUse {
            StartError::PortTaken { host, port }
        } else {
            StartError::Listen { host, port, source }
        }
    }
}

fn threads() -> io::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    tokio::runtime::Builder::new_multi_thread()
        // Two at least: `block_in_place` needs somebody to hand the connections to.
        .worker_threads(cores.clamp(2, MAX_THREADS))
        .thread_name("nitro-devnode")
        .enable_all()
        .build()
}
