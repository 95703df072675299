//! `muxTracer`: several tracers in one run.

use std::{collections::BTreeMap, fmt::Write as _};

use alloy_primitives::Log;
use devnode_chain::{Enter, Exit, Place, StateView, Step, Tracer, Transfer, TxEnd, TxStart};
use devnode_stylus::HostCall;
use serde_json::value::RawValue;

use crate::make::native;

/// Its configuration maps names of tracers to their configurations.
#[derive(Debug)]
pub(crate) struct MuxTracer {
    tracers: BTreeMap<String, Box<dyn Tracer>>,
}

impl MuxTracer {
    pub(crate) fn new(config: Option<&RawValue>, place: Place) -> Result<Self, String> {
        let text = config.map_or("null", RawValue::get);
        let wanted: Option<BTreeMap<String, Box<RawValue>>> = serde_json::from_str(text)
            .map_err(|_| "json: muxTracer takes an object of tracers by name".to_owned())?;
        let mut tracers = BTreeMap::new();
        for (name, config) in wanted.unwrap_or_default() {
            let tracer = native(&name, Some(&config), place)?
                .filter(|_| name != "muxTracer")
                .ok_or_else(|| format!("tracer not found: {name}"))?;
            tracers.insert(name, tracer);
        }
        Ok(Self { tracers })
    }

    fn each(&mut self) -> impl Iterator<Item = &mut Box<dyn Tracer>> {
        self.tracers.values_mut()
    }
}

impl Tracer for MuxTracer {
    fn wants_steps(&self) -> bool {
        self.tracers.values().any(|tracer| tracer.wants_steps())
    }

    fn tx_start(&mut self, tx: &TxStart<'_>, state: &mut dyn StateView) {
        self.each().for_each(|tracer| tracer.tx_start(tx, state));
    }

    fn tx_end(&mut self, end: &TxEnd<'_>, state: &mut dyn StateView) {
        self.each().for_each(|tracer| tracer.tx_end(end, state));
    }

    fn enter(&mut self, frame: &Enter<'_>, state: &mut dyn StateView) {
        self.each().for_each(|tracer| tracer.enter(frame, state));
    }

    fn exit(&mut self, exit: &Exit<'_>, state: &mut dyn StateView) {
        self.each().for_each(|tracer| tracer.exit(exit, state));
    }

    fn step(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        self.each().for_each(|tracer| tracer.step(step, state));
    }

    fn fault(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        self.each().for_each(|tracer| tracer.fault(step, state));
    }

    fn log(&mut self, log: &Log) {
        self.each().for_each(|tracer| tracer.log(log));
    }

    fn host_call(&mut self, call: &HostCall, state: &mut dyn StateView) {
        self.each().for_each(|tracer| tracer.host_call(call, state));
    }

    fn transfer(&mut self, transfer: &Transfer) {
        self.each().for_each(|tracer| tracer.transfer(transfer));
    }

    fn is_stopped(&mut self) -> bool {
        self.each().any(|tracer| tracer.is_stopped())
    }

    fn result(&mut self) -> Result<String, String> {
        let mut text = String::from("{");
        for (name, tracer) in &mut self.tracers {
            let comma = if text.len() > 1 { "," } else { "" };
            let result = tracer.result()?;
            write!(text, "{comma}{name:?}:{result}").map_err(|error| error.to_string())?;
        }
        text.push('}');
        Ok(text)
    }
}
