//! What can be chosen about a chain.

use alloy_primitives::{Address, U256, address};
use devnode_arbos::{address::DEV_ACCOUNT, version};

/// One ether in wei.
const ETHER: u64 = 1_000_000_000_000_000_000;

/// Which state a chain starts in (devnode.md 1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bootstrap {
    /// Exactly the genesis of the reference: block 0, L1 price on.
    Bare,
    /// The state and blocks that the stock script leaves, as far as its bytecode can be used.
    #[default]
    Devnode,
}

/// Settings of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainConfig {
    /// The chain id; 412346 by default.
    pub chain_id: u64,
    /// The ArbOS version at genesis, one of 32, 40, 41, 50, 51 (default), 60.
    pub arbos_version: u64,
    /// State after the start.
    pub bootstrap: Bootstrap,
    /// Balances at genesis in wei.
    pub balances: Vec<(Address, U256)>,
    /// Most bytes of deployed code; init code may have twice as many. Prices of reading code grow with
    /// it, but not with [`ChainConfig::NO_CODE_SIZE_LIMIT`].
    pub max_code_size: usize,
    /// Time of the first block after genesis, in seconds since 1970; the wall clock if absent.
    pub start_time: Option<u64>,
}

/// The first ten accounts of the phrase "test … junk" (devnode.md 1.3).
const TEST_ACCOUNTS: [Address; 10] = [
    address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
    address!("90F79bf6EB2c4f870365E785982E1f101E93b906"),
    address!("15d34AAf54267DB7D7c367839AAf71A00a2C6A65"),
    address!("9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
    address!("976EA74026E726554dB657fA54763abd0C3a0aa9"),
    address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955"),
    address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"),
    address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"),
];

impl Default for ChainConfig {
    /// Dev mode: the dev account holds 1000 ether, anvil's ten accounts 10,000 ether each.
    fn default() -> Self {
        let ether = |amount: u64| U256::from(amount) * U256::from(ETHER);
        let tests = TEST_ACCOUNTS.map(|account| (account, ether(10_000)));
        Self {
            chain_id: 412_346,
            arbos_version: version::DEFAULT,
            bootstrap: Bootstrap::default(),
            balances: [(DEV_ACCOUNT, ether(1_000))].into_iter().chain(tests).collect(),
            max_code_size: 24_576,
            start_time: None,
        }
    }
}

impl ChainConfig {
    /// What [`max_code_size`](Self::max_code_size) is without a limit, in bytes.
    pub const NO_CODE_SIZE_LIMIT: usize = 1 << 30;

    /// Exactly the reference's genesis: only the dev account has money, nothing has happened.
    #[must_use]
    pub fn bare() -> Self {
        let default = Self::default();
        let balances = default.balances[..1].to_vec();
        Self { bootstrap: Bootstrap::Bare, balances, ..default }
    }
}
