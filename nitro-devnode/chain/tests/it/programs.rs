//! Stylus programs for tests.

use alloy_primitives::{Address, TxKind, hex};
use devnode_chain::Chain;

use crate::wallet::{ALICE, calldata, deploy, precompile, send, with_receipt, word};

/// The echo program of stylus-host.md section 9, as deployed code.
pub(crate) const ECHO: [u8; 107] = hex!(
    "eff000001b840060c5a26dcd2c2a5943227452ba23e12f56f79d72e01016501c50f2ddf96477c031b0284ef609f3fb2200168ea5c28a2a2c952aa384bfcbacf7fbf18ea2a6995fcb1b504cf7cb786dd0118ae712091af15fb1a0a847b316910724ae5962fa87ec01252724"
);

/// More wei than any program here pays for its activation.
pub(crate) const FEE_AND_MORE: u64 = 1_000_000_000_000_000;

/// Calldata of the activation of a program.
pub(crate) fn activation(program: Address) -> Vec<u8> {
    calldata("activateProgram(address)", &[word(program)])
}

/// Activates a program; returns the gas that the transaction used.
pub(crate) fn activate(chain: &Chain, program: Address) -> u64 {
    let arb_wasm = TxKind::Call(precompile(0x71));
    let hash = send(chain, ALICE, arb_wasm, FEE_AND_MORE, activation(program)).expect("sent");
    with_receipt(chain, hash, |receipt| {
        assert!(receipt.succeeded, "the activation");
        receipt.gas_used
    })
}

/// A module as deployed code.
pub(crate) fn compressed(module: &[u8]) -> Vec<u8> {
    let mut code = vec![0xef, 0xf0, 0, 0];
    let mut writer = brotli::CompressorWriter::new(&mut code, 4096, 11, 22);
    std::io::Write::write_all(&mut writer, module).unwrap();
    drop(writer);
    code
}

/// Deployed code of a program written in WAT.
pub(crate) fn code_of(wat: &str) -> Vec<u8> {
    compressed(&wat::parse_str(wat).expect("valid WAT"))
}

/// A program written in WAT, deployed and activated.
pub(crate) fn program(chain: &Chain, wat: &str) -> Address {
    let program = deploy(chain, &code_of(wat));
    activate(chain, program);
    program
}
