//! `stylusTracer`: the host calls of programs (devnode.md 5.8).

use alloy_primitives::{Address, Bytes};
use devnode_chain::{Enter, Exit, FrameKind, StateView, Tracer};
use devnode_stylus::HostCall;
use serde::Serialize;

use crate::go_json::text_of;

/// A host call, or a frame that none entered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    name: &'static str,
    args: Bytes,
    outs: Bytes,
    start_ink: u64,
    end_ink: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<Self>>,
}

/// A frame that is still open, with the steps of its caller so far.
#[derive(Debug)]
struct Open {
    name: &'static str,
    address: Address,
    outer: Vec<Step>,
}

#[derive(Debug, Default)]
pub(crate) struct StylusTracer {
    /// Steps of the running frame.
    steps: Vec<Step>,
    open: Vec<Open>,
}

const fn frame_name(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Call | FrameKind::CallCode => "evm_call_contract",
        FrameKind::DelegateCall => "evm_delegate_call_contract",
        FrameKind::StaticCall => "evm_static_call_contract",
        FrameKind::Create => "evm_create1",
        FrameKind::Create2 => "evm_create2",
        FrameKind::SelfDestruct => "evm_self_destruct",
    }
}

/// Host calls with which the frame that they entered is merged.
fn enters_a_frame(name: &str) -> bool {
    matches!(name, "call_contract" | "delegate_call_contract" | "static_call_contract")
}

impl Tracer for StylusTracer {
    fn enter(&mut self, frame: &Enter<'_>, _: &mut dyn StateView) {
        if frame.depth > 0 {
            let outer = std::mem::take(&mut self.steps);
            self.open.push(Open { name: frame_name(frame.kind), address: frame.to, outer });
        }
    }

    fn exit(&mut self, exit: &Exit<'_>, _: &mut dyn StateView) {
        if exit.depth == 0 {
            return;
        }
        let Some(Open { name, address, outer }) = self.open.pop() else { return };
        let steps = std::mem::replace(&mut self.steps, outer);
        self.steps.push(Step {
            name,
            args: Bytes::new(),
            outs: Bytes::new(),
            start_ink: 0,
            end_ink: 0,
            address: Some(address),
            steps: Some(steps),
        });
    }

    fn host_call(&mut self, call: &HostCall, _: &mut dyn StateView) {
        let (mut address, mut steps) = (None, None);
        if enters_a_frame(call.name) {
            // A call that was refused before it became a frame has no record to merge.
            let is_merged = |step: &mut Step| step.name.strip_prefix("evm_") == Some(call.name);
            let frame = self.steps.pop_if(is_merged);
            address = frame.as_ref().and_then(|frame| frame.address).or(call.target);
            steps = Some(frame.and_then(|frame| frame.steps).unwrap_or_default());
        }
        self.steps.push(Step {
            name: call.name,
            args: call.args.clone(),
            outs: call.outs.clone(),
            start_ink: call.start_ink,
            end_ink: call.end_ink,
            address,
            steps,
        });
    }

    fn result(&mut self) -> Result<String, String> {
        text_of(&self.steps)
    }
}
