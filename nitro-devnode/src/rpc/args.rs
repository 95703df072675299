//! Positional parameters, read one after another (devnode.md section 5.2).

use serde_json::value::RawValue;

use super::{FromParam, RpcError};

/// The parameters of one call.
#[derive(Debug)]
pub(crate) struct Args<'a> {
    items: Vec<&'a RawValue>,
    next: usize,
}

impl<'a> Args<'a> {
    /// Takes the list apart; absent and `null` are an empty list.
    pub(crate) fn new(params: Option<&'a RawValue>) -> Result<Self, RpcError> {
        let items = match params.map(RawValue::get) {
            None | Some("null" | "[]") => Vec::new(),
            Some(text) if text.starts_with('[') => serde_json::from_str(text)
                .map_err(|source| RpcError::invalid_params(source.to_string()))?,
            Some(_) => return Err(RpcError::invalid_params("non-array args")),
        };
        Ok(Self { items, next: 0 })
    }

    /// The next parameter, which must be there.
    pub(crate) fn required<T: FromParam>(&mut self) -> Result<T, RpcError> {
        let index = self.next;
        self.optional()?.ok_or_else(|| {
            RpcError::invalid_params(format!("missing value for required argument {index}"))
        })
    }

    /// The next parameter; `None` where it is absent or `null`.
    pub(crate) fn optional<T: FromParam>(&mut self) -> Result<Option<T>, RpcError> {
        let index = self.next;
        self.next += 1;
        match self.items.get(index).map(|raw| raw.get()) {
            None | Some("null") => Ok(None),
            Some(json) => T::from_param(json).map(Some).map_err(|why| {
                RpcError::invalid_params(format!("invalid argument {index}: {why}"))
            }),
        }
    }

    /// Whether the next parameter is a list.
    pub(crate) fn is_next_a_list(&self) -> bool {
        self.items.get(self.next).is_some_and(|raw| raw.get().starts_with('['))
    }

    /// Refuses parameters that nobody reads.
    pub(crate) fn end(&self) -> Result<(), RpcError> {
        if self.items.len() > self.next {
            let most = self.next;
            return Err(RpcError::invalid_params(format!(
                "too many arguments, want at most {most}"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::Quantity64;

    fn raw(text: &str) -> Box<RawValue> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn named_parameters_are_refused() {
        let params = raw(r#"{"a":1}"#);

        let error = Args::new(Some(&params)).unwrap_err();

        assert_eq!(error, RpcError::invalid_params("non-array args"));
    }

    #[test]
    fn missing_wrong_and_surplus_parameters_are_named_by_position() {
        let params = raw(r#"["0x1", 5, "0x2"]"#);
        let mut args = Args::new(Some(&params)).unwrap();

        assert_eq!(args.required::<Quantity64>().unwrap().0, 1);
        let wrong = args.required::<Quantity64>().unwrap_err();
        let surplus = args.end().unwrap_err();
        let mut none = Args::new(None).unwrap();
        let missing = none.required::<Quantity64>().unwrap_err();

        assert_eq!(
            wrong.message,
            "invalid argument 1: json: cannot unmarshal non-string into Go value of type hexutil.Uint64"
        );
        assert_eq!(surplus.message, "too many arguments, want at most 2");
        assert_eq!(missing.message, "missing value for required argument 0");
    }

    #[test]
    fn trailing_nulls_are_absent_parameters() {
        let params = raw("[null]");
        let mut args = Args::new(Some(&params)).unwrap();

        assert!(args.optional::<Quantity64>().unwrap().is_none());
        assert!(args.end().is_ok());
    }
}
