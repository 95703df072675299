//! Reading with two endpoints: both are asked, and must say the same (crypto.md section 9.4).

use alloy_primitives::{Address, Bytes};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Session;
use crate::error::Error;
use crate::refusal::Refusal;
use crate::rpc::{Call, EventFilter, Rpc, RpcError, RpcLog};

/// An answer to one call of a batch.
type Answer = Result<Box<RawValue>, RpcError>;

impl Session {
    /// Whether a single endpoint is all there is: it can hide what is newest.
    #[must_use]
    pub const fn is_alone(&self) -> bool {
        self.second.is_none()
    }

    pub(super) fn disagreement(&self, second: &Rpc, what: &str) -> Error {
        Error::EndpointDisagreement {
            first: self.rpc.endpoint().to_owned(),
            second: second.endpoint().to_owned(),
            what: what.to_owned(),
        }
    }

    /// The newest block that all endpoints have, as a parameter of a call; `latest` where there is
    /// only one endpoint.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`].
    pub async fn common_block(&self) -> Result<Value, Error> {
        if self.is_alone() {
            return Ok("latest".into());
        }
        Ok(json!(format!("{:#x}", self.common_number().await?)))
    }

    /// The number of the newest block that all endpoints have.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`].
    pub async fn common_number(&self) -> Result<u64, Error> {
        let ours = self.rpc.block_number().await?;
        let Some(second) = &self.second else { return Ok(ours) };
        Ok(ours.min(second.block_number().await?))
    }

    /// Logs, which all endpoints must have alike. `what` names them in the error.
    ///
    /// # Errors
    ///
    /// [`Error::EndpointDisagreement`], or transport errors of either endpoint.
    pub async fn agreed_logs(
        &self,
        filter: &EventFilter,
        what: &str,
    ) -> Result<Vec<RpcLog>, Error> {
        let Some(second) = &self.second else { return Ok(self.rpc.events(filter).await?) };
        let (ours, theirs) = tokio::join!(self.rpc.events(filter), second.events(filter));
        let (ours, theirs) = (ours?, theirs?);
        if ours == theirs { Ok(ours) } else { Err(self.disagreement(second, what)) }
    }

    /// Makes the calls at every endpoint; their answers must be the same. `what` names a call in
    /// the error, by its place.
    ///
    /// # Errors
    ///
    /// [`Error::EndpointDisagreement`], or transport errors of either endpoint.
    pub async fn agreed(
        &self,
        calls: &[Call],
        what: impl Fn(usize) -> String,
    ) -> Result<Vec<Answer>, Error> {
        let Some(second) = &self.second else { return Ok(self.rpc.batch(calls).await?) };
        let (ours, theirs) = tokio::join!(self.rpc.batch(calls), second.batch(calls));
        let (ours, theirs) = (ours?, theirs?);
        for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            let is_same = match (ours, theirs) {
                (Ok(ours), Ok(theirs)) => same(ours.get(), theirs.get()),
                (
                    Err(RpcError::Node { error: ours, .. }),
                    Err(RpcError::Node { error: theirs, .. }),
                ) => ours.revert_data() == theirs.revert_data(),
                _ => false,
            };
            if !is_same {
                return Err(self.disagreement(second, &what(index)));
            }
        }
        Ok(ours)
    }

    /// Calls a view of a contract.
    ///
    /// # Errors
    ///
    /// As [`Self::agreed`]; [`Error::Reverted`] if the contract refuses.
    pub async fn view(&self, contract: Address, data: Bytes, what: &str) -> Result<Bytes, Error> {
        let block = self.common_block().await?;
        let call = Call::new("eth_call", json!([{"to": contract, "data": data}, block]));
        self.agreed_one(call, what).await.map_err(|error| match error {
            Error::Rpc(RpcError::Node { method, error }) => match error.revert_data() {
                Some(data) => Error::Reverted {
                    refusal: Box::new(Refusal::decode(&data, Some(contract))),
                    hash: None,
                },
                None => RpcError::Node { method, error }.into(),
            },
            other => other,
        })
    }

    /// The same for one call of any kind.
    ///
    /// # Errors
    ///
    /// As [`Self::agreed`], and what the node itself says.
    pub async fn agreed_one<R: DeserializeOwned>(
        &self,
        call: Call,
        what: &str,
    ) -> Result<R, Error> {
        if self.second.is_none() {
            return Ok(self.rpc.call(call.method, call.params).await?);
        }
        let method = call.method;
        let mut answers = self.agreed(&[call], |_| what.to_owned()).await?;
        let answer =
            answers.pop().ok_or_else(|| Error::Internal("one answer to one call".into()))?;
        Ok(self.rpc.typed(method, answer)?)
    }
}

/// The same JSON value, whatever its white space and the case of its hex digits.
fn same(ours: &str, theirs: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(&text.to_ascii_lowercase()).ok();
    ours == theirs || read(ours).is_some_and(|value| read(theirs) == Some(value))
}
