//! The command line (devnode.md section 7.3).

use alloy_primitives::U256;
use clap::Parser;
use nitro_devnode::chain::{Bootstrap, ChainConfig};
use nitro_devnode::{DEV_ACCOUNT, DevAccount, Node, NodeBuilder, TEST_ACCOUNTS};

/// A local Nitro-compatible chain with Stylus, in memory: JSON-RPC over HTTP and WebSocket on one
/// port. Nothing is written to disk.
#[derive(Debug, Parser)]
#[command(name = "nitro-devnode", version, max_term_width = 100)]
pub(crate) struct Flags {
    /// Host name or address to listen on
    #[arg(long, default_value = "127.0.0.1", value_name = "HOST")]
    host: String,

    /// Port to listen on; 0 takes any free one
    #[arg(short, long, default_value_t = 8547, value_name = "PORT")]
    port: u16,

    /// Chain id
    #[arg(long, default_value_t = 412_346, value_name = "ID")]
    chain_id: u64,

    /// Start from Nitro's bare genesis: block 0, L1 price on, only the dev account has money
    #[arg(long, conflicts_with_all = ["accounts", "balance"])]
    bare: bool,

    /// How many of the accounts "test test … junk" have money
    #[arg(short, long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=20))]
    accounts: u8,

    /// Ether of each of these accounts
    #[arg(long, default_value_t = 10_000, value_name = "ETHER")]
    balance: u64,

    /// ArbOS version at genesis: 32, 40, 41, 50, 51 or 60
    #[arg(long, default_value_t = 51, value_name = "VERSION")]
    arbos_version: u64,

    /// Most bytes of deployed code; init code may have twice as many
    #[arg(long, default_value_t = 24_576, value_name = "BYTES")]
    code_size_limit: usize,

    /// Origin whose pages may call the node (repeatable); default: all
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    origins: Vec<String>,

    /// Send no CORS headers: pages in browsers cannot read answers
    #[arg(long, conflicts_with = "origins")]
    no_cors: bool,

    /// Host name accepted in requests, beside addresses (repeatable); default: all
    #[arg(long = "vhost", value_name = "NAME")]
    hosts: Vec<String>,

    /// Print nothing but errors
    #[arg(short, long, visible_alias = "silent")]
    pub(crate) quiet: bool,
}

impl Flags {
    /// The node that is asked for.
    pub(crate) fn builder(&self) -> NodeBuilder {
        let mut builder = Node::builder().host(&self.host).port(self.port).chain(self.chain());
        if self.no_cors {
            builder = builder.allowed_origins([]);
        } else if !self.origins.is_empty() {
            builder = builder.allowed_origins(self.origins.clone());
        }
        if !self.hosts.is_empty() {
            builder = builder.allowed_hosts(self.hosts.clone());
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
            max_code_size: self.code_size_limit,
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
