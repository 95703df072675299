//! The command line (devnode.md section 7.3).

use std::path::PathBuf;
use std::time::Duration;

use alloy_primitives::U256;
use clap::Parser;
use nitro_devnode::chain::{Bootstrap, ChainConfig, Mining};
use nitro_devnode::{DEV_ACCOUNT, DevAccount, Node, NodeBuilder, TEST_ACCOUNTS};

/// A local Nitro-compatible chain with Stylus, in memory: JSON-RPC over HTTP and WebSocket on one
/// port. Nothing is written to disk, unless a file is named.
#[derive(Debug, Parser)]
#[command(name = "nitro-devnode", version, max_term_width = 100)]
pub(crate) struct Flags {
    /// Host name or address to listen on
    #[arg(long, alias = "http.addr", default_value = "127.0.0.1", value_name = "HOST")]
    host: String,

    /// Port to listen on; 0 takes any free one
    #[arg(short, long, alias = "http.port", default_value_t = 8547, value_name = "PORT")]
    port: u16,

    /// A second port with the same service, where clients look for WebSocket (Nitro: 8548)
    #[arg(long, alias = "ws.port", value_name = "PORT")]
    ws_port: Option<u16>,

    /// Chain id
    #[arg(long, alias = "chain.id", default_value_t = 412_346, value_name = "ID")]
    chain_id: u64,

    /// Start from Nitro's bare genesis: block 0, L1 price on, only the dev account has money
    #[arg(long, conflicts_with_all = ["accounts", "balance"])]
    bare: bool,

    /// Exactly Nitro's manners: no anvil methods, `safe` and `finalized` are errors, only
    /// localhost, no pages in browsers
    #[arg(long)]
    strict: bool,

    /// How many of the accounts "test test … junk" have money
    #[arg(short, long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=20))]
    accounts: u8,

    /// Ether of each of these accounts
    #[arg(long, default_value_t = 10_000, value_name = "ETHER")]
    balance: u64,

    /// Sign with the keys of these accounts: eth_accounts, eth_sendTransaction, eth_sign
    #[arg(long)]
    unlock: bool,

    /// What web3_clientVersion answers, such as anvil/v1 for Hardhat's network helpers; default: nitro/…
    #[arg(long, value_name = "TEXT")]
    client_version: Option<String>,

    /// Take transactions in anybody's name by eth_sendTransaction
    #[arg(long)]
    auto_impersonate: bool,

    /// ArbOS version at genesis: 32, 40, 41, 50, 51 or 60
    #[arg(long, default_value_t = 51, value_name = "VERSION")]
    arbos_version: u64,

    /// Most bytes of deployed code; init code may have twice as many
    #[arg(long, alias = "init.dev-max-code-size", default_value_t = 24_576, value_name = "BYTES")]
    code_size_limit: usize,

    /// No limit for deployed code
    #[arg(long, conflicts_with = "code_size_limit")]
    disable_code_size_limit: bool,

    /// Compute gas of one block; default: 32 million
    #[arg(long, value_name = "GAS")]
    gas_limit: Option<u64>,

    /// Least base fee in wei; default: 100000000
    #[arg(long, value_name = "WEI")]
    base_fee: Option<u128>,

    /// Time of the first block, in seconds since 1970; default: now
    #[arg(long, value_name = "SECONDS")]
    timestamp: Option<u64>,

    /// A block every so many seconds, instead of one for each transaction
    #[arg(short, long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    block_time: Option<u64>,

    /// With --block-time: a block for each transaction as well
    #[arg(long, requires = "block_time")]
    mixed_mining: bool,

    /// No blocks but by evm_mine
    #[arg(long, conflicts_with = "block_time")]
    no_mining: bool,

    /// Least time between two blocks; Nitro's sequencer leaves 250
    #[arg(long, default_value_t = 0, value_name = "MILLISECONDS")]
    block_spacing: u64,

    /// File to start from, if it is there, and to write at the end
    #[arg(long, value_name = "FILE", conflicts_with_all = ["load_state", "dump_state"])]
    state: Option<PathBuf>,

    /// File to start from
    #[arg(long, value_name = "FILE")]
    load_state: Option<PathBuf>,

    /// File to write at the end
    #[arg(long, value_name = "FILE")]
    dump_state: Option<PathBuf>,

    /// File for accounts, keys and prices as JSON, as anvil writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) config_out: Option<PathBuf>,

    /// Namespaces that are served, such as eth,net,debug; default: all
    #[arg(long, alias = "http.api", value_name = "NAMES", value_delimiter = ',')]
    api: Vec<String>,

    /// Origin whose pages may call the node (repeatable); default: all
    #[arg(
        long = "allow-origin",
        alias = "http.corsdomain",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    origins: Vec<String>,

    /// Send no CORS headers: pages in browsers cannot read answers
    #[arg(long, conflicts_with = "origins")]
    no_cors: bool,

    /// Host name accepted in requests, beside addresses (repeatable); default: all
    #[arg(long = "vhost", alias = "http.vhosts", value_name = "NAME", value_delimiter = ',')]
    hosts: Vec<String>,

    /// Nitro's name for what this node always is
    #[arg(long, hide = true)]
    dev: bool,

    /// Print nothing but errors
    #[arg(short, long, visible_alias = "silent")]
    pub(crate) quiet: bool,
}

impl Flags {
    /// The node that is asked for.
    pub(crate) fn builder(&self) -> NodeBuilder {
        let mut builder = Node::builder().host(&self.host).port(self.port).chain(self.chain());
        if self.strict {
            builder = builder.strict();
        }
        if self.no_cors {
            builder = builder.allowed_origins([]);
        } else if !self.origins.is_empty() {
            builder = builder.allowed_origins(self.origins.clone());
        }
        if !self.hosts.is_empty() {
            builder = builder.allowed_hosts(self.hosts.clone());
        }
        if !self.api.is_empty() {
            builder = builder.namespaces(self.api.clone());
        }
        if let Some(port) = self.ws_port {
            builder = builder.ws_port(port);
        }
        if let Some(text) = &self.client_version {
            builder = builder.client_version(text);
        }
        if self.unlock {
            builder = builder.signing_accounts(self.accounts().copied());
        }
        self.with_files(self.with_mining(builder))
    }

    fn with_mining(&self, mut builder: NodeBuilder) -> NodeBuilder {
        if let Some(wei) = self.base_fee {
            builder = builder.min_base_fee(wei);
        }
        if let Some(gas) = self.gas_limit {
            builder = builder.block_gas_limit(gas);
        }
        let is_automatic = match self.block_time {
            Some(_) => self.mixed_mining,
            None => !self.no_mining,
        };
        builder
            .impersonate_everybody(self.auto_impersonate)
            .block_spacing(Duration::from_millis(self.block_spacing))
            .mining(Mining { is_automatic, interval: self.block_time.map(Duration::from_secs) })
    }

    fn with_files(&self, mut builder: NodeBuilder) -> NodeBuilder {
        if let Some(file) = self.state.as_ref().or(self.load_state.as_ref()) {
            builder = builder.load_state(file);
        }
        if let Some(file) = self.state.as_ref().or(self.dump_state.as_ref()) {
            builder = builder.dump_state(file);
        }
        builder
    }

    /// The accounts that have money from the start.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &'static DevAccount> {
        let count = if self.bare { 0 } else { usize::from(self.accounts) };
        std::iter::once(&DEV_ACCOUNT).chain(&TEST_ACCOUNTS[..count])
    }

    fn chain(&self) -> ChainConfig {
        let bare = ChainConfig::bare();
        let mut balances = bare.balances;
        let wei = U256::from(self.balance) * U256::from(10).pow(U256::from(18));
        balances.extend(self.accounts().skip(1).map(|account| (account.address, wei)));
        ChainConfig {
            chain_id: self.chain_id,
            arbos_version: self.arbos_version,
            bootstrap: if self.bare { Bootstrap::Bare } else { Bootstrap::Devnode },
            balances,
            max_code_size: if self.disable_code_size_limit {
                ChainConfig::NO_CODE_SIZE_LIMIT
            } else {
                self.code_size_limit
            },
            start_time: self.timestamp,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Flags::command().debug_assert();
    }

    #[test]
    fn without_flags_the_chain_is_that_of_the_library() {
        let flags = Flags::parse_from(["nitro-devnode"]);

        assert_eq!(flags.chain(), ChainConfig::default());
    }

    #[test]
    fn bare_means_bare() {
        let flags = Flags::parse_from(["nitro-devnode", "--bare"]);

        assert_eq!(flags.chain(), ChainConfig::bare());
        assert_eq!(flags.accounts().count(), 1);
    }
}
