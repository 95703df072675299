//! `keccak256PreimageTracer`: what was hashed.

use std::collections::BTreeMap;

use alloy_primitives::{B256, Bytes, keccak256};
use devnode_chain::{StateView, Step, Tracer};
use revm::bytecode::opcode::KECCAK256;

use crate::go_json::text_of;

#[derive(Debug, Default)]
pub(crate) struct KeccakPreimageTracer {
    preimages: BTreeMap<B256, Bytes>,
}

impl Tracer for KeccakPreimageTracer {
    fn wants_steps(&self) -> bool {
        true
    }

    fn step(&mut self, step: &Step<'_>, _: &mut dyn StateView) {
        if step.op != KECCAK256 || step.error.is_some() {
            return;
        }
        if let (Some(offset), Some(len)) = (step.peek(0), step.peek(1)) {
            let preimage = step.memory_at(offset, len);
            self.preimages.insert(keccak256(&preimage), preimage.into());
        }
    }

    fn result(&mut self) -> Result<String, String> {
        text_of(&self.preimages)
    }
}
