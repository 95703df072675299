//! How a node is configured and started.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::B256;
use devnode_chain::{Chain, ChainConfig, Mining};
use k256::ecdsa::SigningKey;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use crate::DevAccount;
use crate::context::{Context, Manner};
use crate::filter_registry::FilterRegistry;
use crate::interval::mine_by_the_clock;
use crate::node::{Node, Running, StartError};
use crate::rpc_server::RpcServer;
use crate::server::{Access, Origins, Shared, listen, serve};
use crate::state_file;

/// Nitro's HTTP port.
const DEFAULT_PORT: u16 = 8547;

/// Threads that serve connections: more would only take turns, calls run where they arrive.
const MAX_THREADS: usize = 4;

/// Configures a node; [`spawn`](Self::spawn) starts it.
#[derive(Debug, Clone)]
pub struct NodeBuilder {
    host: String,
    port: u16,
    ws_port: Option<u16>,
    chain: ChainConfig,
    access: Access,
    manner: Manner,
    load: Option<PathBuf>,
    dump: Option<PathBuf>,
}

impl Default for NodeBuilder {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: DEFAULT_PORT,
            ws_port: None,
            chain: ChainConfig::default(),
            access: Access::default(),
            manner: Manner::default(),
            load: None,
            dump: None,
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

    /// A second port with the same service, where clients look for WebSocket: Nitro's is 8548;
    /// default: none, because [`port`](Self::port) serves HTTP and WebSocket.
    #[must_use]
    pub const fn ws_port(mut self, port: u16) -> Self {
        self.ws_port = Some(port);
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

    /// The namespaces that are served, such as `eth` and `debug`; default: all.
    #[must_use]
    pub fn namespaces(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.manner.namespaces = Some(names.into_iter().collect());
        self
    }

    /// Exactly Nitro's manners: none of anvil's conveniences, `safe` and `finalized` are errors,
    /// only the host name `localhost`, no pages in browsers.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.manner.is_strict = true;
        self.allowed_hosts(["localhost".to_owned()]).allowed_origins([])
    }

    /// When blocks are made; default: one for each transaction, at once.
    #[must_use]
    pub const fn mining(mut self, mining: Mining) -> Self {
        self.manner.mining = mining;
        self
    }

    /// The least time between the starts of two blocks; default 0, Nitro's is 250 ms.
    #[must_use]
    pub const fn block_spacing(mut self, spacing: Duration) -> Self {
        self.manner.block_spacing = spacing;
        self
    }

    /// Lets transactions be sent in anybody's name (`eth_sendTransaction`); default: nobody's.
    #[must_use]
    pub const fn impersonate_everybody(mut self, is_on: bool) -> Self {
        self.manner.impersonates_everybody = is_on;
        self
    }

    /// What `web3_clientVersion` answers; default: `nitro/…`. Hardhat's network helpers talk only to a
    /// node whose name begins with `anvil` or `hardhatnetwork`.
    #[must_use]
    pub fn client_version(mut self, text: impl Into<String>) -> Self {
        self.manner.client_version = Some(text.into());
        self
    }

    /// Accounts whose keys the node uses for `eth_sendTransaction` and signatures; default: none,
    /// as in Nitro.
    ///
    /// # Panics
    /// A key is zero or not below the order of the curve: it is no key.
    #[must_use]
    pub fn signing_accounts(mut self, accounts: impl IntoIterator<Item = DevAccount>) -> Self {
        self.manner.keys = accounts
            .into_iter()
            .map(|account| {
                let key = SigningKey::from_slice(account.private_key.as_slice());
                (account.address, key.expect("private keys are below the order of the curve"))
            })
            .collect();
        self
    }

    /// The least base fee in wei, from the first block after the bootstrap on, an empty one that shows
    /// it to clients; default: ArbOS's 0.1 gwei.
    #[must_use]
    pub const fn min_base_fee(mut self, wei: u128) -> Self {
        self.manner.min_base_fee = Some(wei);
        self
    }

    /// The compute gas of a block; default: ArbOS's 32 million. Headers always say 2^50.
    #[must_use]
    pub const fn block_gas_limit(mut self, gas: u64) -> Self {
        self.manner.block_gas_limit = Some(gas);
        self
    }

    /// A file of `anvil_dumpState` to start from; it need not exist.
    #[must_use]
    pub fn load_state(mut self, file: impl Into<PathBuf>) -> Self {
        self.load = Some(file.into());
        self
    }

    /// A file that the state is written to when the node ends; default: nothing is written.
    #[must_use]
    pub fn dump_state(mut self, file: impl Into<PathBuf>) -> Self {
        self.dump = Some(file.into());
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
        // The ports first: a second node on them shall say so at once.
        let listener = self.listen(self.port)?;
        let address = listener.local_addr().map_err(|source| self.refused(self.port, source))?;
        let second = self.ws_port.map(|port| self.listen(port)).transpose()?;
        let ws_address = match second.as_ref().map(TcpListener::local_addr) {
            Some(known) => known.map_err(|source| self.refused(self.port, source))?,
            None => address,
        };
        let chain = Arc::new(Chain::new(self.chain)?);
        if let Some(file) = &self.load {
            load(&chain, file)?;
        }
        let (head_moved, heads) = watch::channel(chain.head_number());
        // The listener asks for the head itself: two senders may report theirs in either order.
        let weak = Arc::downgrade(&chain);
        chain.on_head(Box::new(move |_| {
            if let Some(chain) = weak.upgrade() {
                head_moved.send_replace(chain.head_number());
            }
        }));
        let (interval, period) = watch::channel(None);
        let context = Context {
            chain: Arc::clone(&chain),
            filters: FilterRegistry::default(),
            heads,
            instance: B256::random(),
            manner: self.manner,
            interval,
            pace: Mutex::new(Instant::now()),
        };
        context.start_as_configured();
        tokio::spawn(mine_by_the_clock(Arc::downgrade(&chain), period));
        let (shutdown, is_down) = watch::channel(false);
        let rpc = Arc::new(RpcServer::new(Arc::new(context)));
        let shared =
            Arc::new(Shared { rpc: Arc::clone(&rpc), access: self.access, shutdown: is_down });
        let listeners = [Some(listener), second].into_iter().flatten();
        let servers =
            listeners.map(|listener| tokio::spawn(serve(listener, Arc::clone(&shared)))).collect();
        let dump = self.dump.map(|file| (file, Arc::clone(&chain)));
        let running = Running { shutdown, servers, runtime: None, dump };
        Ok(Node { chain, address, ws_address, rpc, running })
    }

    fn listen(&self, port: u16) -> Result<TcpListener, StartError> {
        listen(&self.host, port).map_err(|source| self.refused(port, source))
    }

    fn refused(&self, port: u16, source: io::Error) -> StartError {
        let host = self.host.clone();
        if source.kind() == io::ErrorKind::AddrInUse {
            StartError::PortTaken { host, port }
        } else {
            StartError::Listen { host, port, source }
        }
    }
}

/// Loads a dump, if the file is there.
fn load(chain: &Chain, file: &Path) -> Result<(), StartError> {
    let refuse = |why: String| StartError::State { file: file.to_owned(), why };
    let packed = match std::fs::read(file) {
        Ok(packed) => packed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(refuse(error.to_string())),
    };
    let dump = state_file::unpack(&packed).map_err(|error| refuse(error.to_string()))?;
    chain.load(dump).map_err(|error| refuse(error.to_string()))
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
