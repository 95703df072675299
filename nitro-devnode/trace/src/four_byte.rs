//! `4byteTracer`: how often each function selector was called, by length of the arguments.

use std::collections::BTreeMap;

use alloy_primitives::hex;
use devnode_chain::{Enter, FrameKind, StateView, Tracer, TxStart};

use crate::{call_frame::AddressSet, go_json::text_of};

#[derive(Debug, Default)]
pub(crate) struct FourByteTracer {
    counts: BTreeMap<String, u64>,
    precompiles: AddressSet,
}

impl Tracer for FourByteTracer {
    fn tx_start(&mut self, tx: &TxStart<'_>, _: &mut dyn StateView) {
        self.precompiles = tx.precompiles.iter().copied().collect();
    }

    fn enter(&mut self, frame: &Enter<'_>, _: &mut dyn StateView) {
        let is_call = !frame.kind.is_create() && frame.kind != FrameKind::SelfDestruct;
        if let Some((selector, arguments)) = frame.input.split_at_checked(4)
            && is_call
            && !self.precompiles.contains(&frame.to)
        {
            let key = format!("{}-{}", hex::encode_prefixed(selector), arguments.len());
            *self.counts.entry(key).or_default() += 1;
        }
    }

    fn result(&mut self) -> Result<String, String> {
        text_of(&self.counts)
    }
}
