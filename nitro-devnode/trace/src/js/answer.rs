//! What a script may ask while it handles an event.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256, hex, keccak256};
use devnode_chain::{StateView, Step};

/// The moment at which a script asks.
#[derive(Default)]
pub(super) struct Moment<'a, 's> {
    step: Option<&'a Step<'s>>,
    state: Option<&'a mut dyn StateView>,
}

impl<'a, 's> Moment<'a, 's> {
    pub(super) fn of(state: &'a mut dyn StateView) -> Self {
        Self { step: None, state: Some(state) }
    }

    pub(super) fn at(step: &'a Step<'s>, state: &'a mut dyn StateView) -> Self {
        Self { step: Some(step), state: Some(state) }
    }

    /// Answers a question: its name and its arguments, separated by spaces.
    pub(super) fn answer(
        &mut self,
        question: &str,
        precompiles: &BTreeSet<Address>,
    ) -> Result<String, String> {
        let mut words = question.split(' ');
        let name = words.next().unwrap_or_default();
        let arguments: Vec<&str> = words.collect();
        match (name, arguments.as_slice()) {
            ("precompile", [of]) => Ok(flag(precompiles.contains(&address(of)?))),
            ("create", [from, nonce]) => {
                let nonce = nonce.parse().map_err(|_| "the nonce is no number".to_owned())?;
                Ok(address(from)?.create(nonce).to_string())
            }
            ("create2", [from, salt, code]) => {
                let code = hex::decode(code).map_err(|error| error.to_string())?;
                let created = address(from)?.create2(word(salt)?, keccak256(code));
                Ok(created.to_string())
            }
            ("memory" | "stack" | "input", arguments) => self.of_step(name, arguments),
            (name, [of, rest @ ..]) => self.of_state(name, address(of)?, rest),
            _ => Err(format!("unknown question {name}")),
        }
    }

    fn of_step(&self, name: &str, arguments: &[&str]) -> Result<String, String> {
        let step = self.step.ok_or("there is no step")?;
        let available = step.memory.len();
        match (name, arguments) {
            ("memory", ["length"]) => Ok(available.to_string()),
            ("memory", [start, end]) => {
                let (start, end) = (offset(start)?, offset(end)?);
                if end < start {
                    return Err(format!(
                        "Tracer accessed out of bound memory: offset {start}, end {end}"
                    ));
                }
                if end > available.saturating_add(MOST_PADDING) {
                    return Err(format!(
                        "tracer reached limit for padding memory slice: end {end}, memorySize \
                         {available}"
                    ));
                }
                let (from, len) = (U256::from(start), U256::from(end - start));
                Ok(hex::encode_prefixed(step.memory_at(from, len)))
            }
            ("stack", [index]) => {
                let index = offset(index)?;
                step.peek(index).map(|word| word.to_string()).ok_or_else(|| {
                    let size = step.stack.len();
                    format!("tracer accessed out of bound stack: size {size}, index {index}")
                })
            }
            ("input", []) => Ok(hex::encode_prefixed(step.input)),
            _ => Err(format!("unknown question {name}")),
        }
    }

    fn of_state(
        &mut self,
        name: &str,
        account: Address,
        arguments: &[&str],
    ) -> Result<String, String> {
        let state = self.state.as_mut().ok_or("there is no state yet")?;
        match (name, arguments) {
            ("balance", []) => Ok(state.balance(account).to_string()),
            ("nonce", []) => Ok(state.nonce(account).to_string()),
            ("code", []) => Ok(hex::encode_prefixed(state.code(account))),
            ("exists", []) => Ok(flag(state.exists(account))),
            ("storage", [slot]) => {
                let value = state.storage(account, word(slot)?.into());
                Ok(hex::encode_prefixed(B256::from(value)))
            }
            _ => Err(format!("unknown question {name}")),
        }
    }
}

/// Bytes beyond the end of memory that a slice may have, as in go-ethereum.
const MOST_PADDING: usize = 1 << 20;

fn flag(is_set: bool) -> String {
    u8::from(is_set).to_string()
}

fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|_| format!("{text} is no address"))
}

fn word(text: &str) -> Result<B256, String> {
    text.parse().map_err(|_| format!("{text} is no word"))
}

fn offset(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("{text} is no offset"))
}
