//! Configuration objects as Go reads them, with its errors.

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};

/// The members of a tracer's configuration.
#[derive(Debug, Default)]
pub(crate) struct Options {
    members: Map<String, Value>,
    /// Go's name of the type.
    kind: &'static str,
}

impl Options {
    /// Reads the object; absent and `null` have no members.
    ///
    /// # Errors
    ///
    /// Anything but an object.
    pub(crate) fn read(config: Option<&RawValue>, kind: &'static str) -> Result<Self, String> {
        let text = config.map_or("null", RawValue::get);
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match value {
            Value::Null => Ok(Self { members: Map::new(), kind }),
            Value::Object(members) => Ok(Self { members, kind }),
            other => Err(format!(
                "json: cannot unmarshal {} into Go value of type native.{kind}",
                shape(&other)
            )),
        }
    }

    /// A switch that is off unless it is set.
    ///
    /// # Errors
    ///
    /// A member that is no boolean.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, String> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(is_set)) => Ok(*is_set),
            Some(other) => Err(format!(
                "json: cannot unmarshal {} into Go struct field {}.{name} of type bool",
                shape(other),
                self.kind
            )),
        }
    }
}

const fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The JSON text of a result.
///
/// # Errors
///
/// Never for what this crate serializes.
pub(crate) fn text_of<T: Serialize + ?Sized>(value: &T) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}
