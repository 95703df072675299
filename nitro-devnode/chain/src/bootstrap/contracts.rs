//! The contracts of the ready state for which the stock script has other bytecode (devnode.md 1.10).
//!
//! The stock cache manager is a stub that answers nothing, and the creation code of the stock
//! StylusDeployer is not part of the specification. In their places stand contracts of our own
//! (folder `contracts`) with the interface, the events and the errors that tools know:
//!
//! | | stock | here |
//! |---|---|---|
//! | cache manager | every call succeeds and does nothing | works; capacity 32 MiB, decay 0 |
//! | StylusDeployer | 2269 bytes, created by the factory | other bytes at the same address, put there by `ArbDebug.overwriteContractCode` |

use alloy_primitives::{Address, address};
use alloy_sol_types::{SolCall, SolValue, sol};
use devnode_arbos::Backend;

use crate::evm::Ledger;

sol! {
    function overwriteContractCode(address target, bytes newCode);
}

/// Creation code of the cache manager, without the arguments of its constructor.
const CACHE_MANAGER: &str = include_str!("../../contracts/CacheManager.hex");
/// Deployed code of the StylusDeployer.
const DEPLOYER: &str = include_str!("../../contracts/StylusDeployer.hex");

/// Where tools look for the StylusDeployer: the address is the hash of the stock creation code.
const DEPLOYER_ADDRESS: Address = address!("cEcba2F1DC234f70Dd89F2041029807F8D03A990");
/// Bytes of compiled code that the cache manager lets in.
const CACHE_SIZE: u64 = 32 << 20;
/// Wei per second that a bid loses.
const DECAY: u64 = 0;

/// Creation code of the cache manager with the arguments of its constructor.
pub(super) fn cache_manager_init_code() -> Vec<u8> {
    [bytes_of(CACHE_MANAGER), (CACHE_SIZE, DECAY).abi_encode()].concat()
}

/// Calldata for `ArbDebug` that puts the StylusDeployer in its place.
///
/// Through the factory, as the stock script does it, our bytes would get another address.
pub(super) fn deployer_installation() -> Vec<u8> {
    let new_code = bytes_of(DEPLOYER).into();
    overwriteContractCodeCall { target: DEPLOYER_ADDRESS, newCode: new_code }.abi_encode()
}

/// Gives the address of the StylusDeployer the nonce of a contract. Overwriting the code does not,
/// and the addresses of what the deployer creates depend on it.
pub(super) fn reserve_deployer(ledger: &mut Ledger<'_>) {
    ledger.set_nonce(DEPLOYER_ADDRESS, 1);
}

fn bytes_of(hex: &str) -> Vec<u8> {
    hex::decode(hex.trim_end()).expect("contracts/build.mjs writes hexadecimal digits")
}
