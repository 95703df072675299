//! Which of Ethereum's rules hold at an ArbOS version (devnode.md 1.7).

use std::sync::LazyLock;

use alloy_primitives::U256;
use devnode_arbos::BlockContext;
use revm::{
    context::{BlockEnv, CfgEnv},
    precompile::{Precompiles, secp256r1::P256VERIFY},
    primitives::{AddressSet, hardfork::SpecId},
};

use crate::ChainConfig;

/// Gas limit of every block header: 2^50.
pub(crate) const BLOCK_GAS_LIMIT: u64 = 1 << 50;

/// Most bytes of deployed code where nothing else is chosen (EIP-170).
const DEFAULT_CODE_SIZE: u64 = 24_576;

/// The rules of a version.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) arbos_version: u64,
    pub(crate) spec: SpecId,
    /// Ethereum's precompiles.
    pub(crate) ethereum: &'static Precompiles,
    /// All precompiles, which are warm from the start.
    pub(crate) warm: AddressSet,
    chain_id: u64,
    max_code_size: usize,
}

/// Ethereum's precompiles switch at other versions than its opcodes: BLS12-381 and Osaka's prices
/// come with 50, P256VERIFY is there from 30 on, at first for half the price.
fn ethereum_precompiles(arbos_version: u64) -> &'static Precompiles {
    static BEFORE_50: LazyLock<Precompiles> = LazyLock::new(|| {
        let mut precompiles = Precompiles::cancun().clone();
        precompiles.extend([P256VERIFY]);
        precompiles
    });
    if arbos_version >= 50 { Precompiles::osaka() } else { &BEFORE_50 }
}

impl Rules {
    pub(crate) fn new(arbos_version: u64, chain_id: u64, max_code_size: usize) -> Self {
        let spec = match arbos_version {
            50.. => SpecId::OSAKA,
            40.. => SpecId::PRAGUE,
            _ => SpecId::CANCUN,
        };
        let ethereum = ethereum_precompiles(arbos_version);
        let warm: AddressSet = ethereum
            .addresses()
            .copied()
            .chain(devnode_arbos::active_precompiles(arbos_version))
            .collect();
        Self { arbos_version, spec, ethereum, warm, chain_id, max_code_size }
    }

    /// Settings of the interpreter. EIP-3541 is judged by the machine, which knows the Stylus
    /// prefixes; the caps of EIP-7825 and EIP-7623 do not hold on Arbitrum.
    pub(crate) fn cfg(&self) -> CfgEnv {
        let mut cfg = CfgEnv::new_with_spec(self.spec).with_chain_id(self.chain_id);
        cfg.limit_contract_code_size = Some(self.max_code_size);
        cfg.limit_contract_initcode_size = Some(self.max_init_code_size());
        cfg.disable_eip3541 = true;
        cfg.tx_gas_limit_cap = Some(u64::MAX);
        cfg
    }

    /// What the opcodes see of a block (devnode.md 1.7). `base_fee` is 0 in calls without a price.
    pub(crate) fn block_env(&self, block: &BlockContext, base_fee: U256) -> BlockEnv {
        BlockEnv {
            number: U256::from(block.l1_number),
            beneficiary: block.coinbase,
            timestamp: U256::from(block.timestamp),
            gas_limit: BLOCK_GAS_LIMIT,
            basefee: base_fee.saturating_to(),
            difficulty: U256::ONE,
            prevrandao: Some(U256::ONE.into()),
            ..BlockEnv::default()
        }
    }

    /// The size of code that prices grow with (stylus-host.md 4.8 and 7.3). Without a limit it is the
    /// default one: no gas would suffice otherwise.
    pub(crate) const fn priced_code_size(&self) -> u64 {
        let is_limited = self.max_code_size < ChainConfig::NO_CODE_SIZE_LIMIT;
        if is_limited { self.max_code_size as u64 } else { DEFAULT_CODE_SIZE }
    }

    /// The rules of the same chain at another version.
    pub(crate) fn at(&self, arbos_version: u64) -> Self {
        Self::new(arbos_version, self.chain_id, self.max_code_size)
    }

    /// Init code may be twice as long as code (EIP-3860).
    pub(crate) const fn max_init_code_size(&self) -> usize {
        self.max_code_size.saturating_mul(2)
    }

    pub(crate) const fn chain_id(&self) -> u64 {
        self.chain_id
    }
}
