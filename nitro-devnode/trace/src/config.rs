//! What a request says about its trace.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The time that a trace may take where the request says nothing.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// No request gets more: a script must not hold a thread for ever.
const MOST_TIMEOUT: Duration = Duration::from_secs(120);

/// The configuration object of the tracing methods; unknown members are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TraceConfig {
    /// Name of a tracer, or the source of one; the struct logger without it.
    pub tracer: Option<String>,
    /// What the tracer itself is told.
    pub tracer_config: Option<Box<RawValue>>,
    /// A Go duration.
    pub timeout: Option<String>,
    /// Accepted and ignored: all states are kept.
    #[serde(rename = "reexec")]
    _reexec: Option<u64>,
    /// Options of the struct logger.
    #[serde(flatten)]
    pub logger: StructLogConfig,
}

/// Options of the struct logger.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StructLogConfig {
    /// Shows the memory.
    pub enable_memory: bool,
    /// Leaves the stack out.
    pub disable_stack: bool,
    /// Leaves the storage out.
    pub disable_storage: bool,
    /// Shows what the last call returned.
    pub enable_return_data: bool,
    /// Bytes of output after which no step is kept; 0 means no limit.
    pub limit: usize,
}

impl TraceConfig {
    /// A tracer by its name, with all else left to it.
    #[must_use]
    pub fn of_tracer(name: &str) -> Self {
        Self { tracer: Some(name.to_owned()), ..Self::default() }
    }

    /// The time that the trace may take.
    ///
    /// # Errors
    ///
    /// A text that is no Go duration.
    pub fn time_limit(&self) -> Result<Duration, String> {
        let asked = self.timeout.as_deref().map_or(Ok(DEFAULT_TIMEOUT), go_duration)?;
        Ok(asked.min(MOST_TIMEOUT))
    }
}

/// Reads a duration as Go writes it, such as `1m30s` or `1.5s`; negative ones are zero.
fn go_duration(text: &str) -> Result<Duration, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if unsigned == "0" {
        return Ok(Duration::ZERO);
    }
    if unsigned.is_empty() {
        return Err(invalid());
    }
    let mut seconds = 0_f64;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let is_number = |letter: char| letter.is_ascii_digit() || letter == '.';
        let end = rest.find(|letter| !is_number(letter)).unwrap_or(rest.len());
        let count: f64 = rest[..end].parse().map_err(|_| invalid())?;
        rest = &rest[end..];
        let end = rest.find(is_number).unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            unknown => {
                return Err(format!("time: unknown unit {unknown:?} in duration {text:?}"));
            }
        };
        seconds += count * unit;
        rest = &rest[end..];
    }
    if is_negative {
        return Ok(Duration::ZERO);
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, milliseconds) in
            [("5s", 5000), ("1m30s", 90_000), ("1.5s", 1500), ("250ms", 250), ("0", 0), ("-3s", 0)]
        {
            assert_eq!(go_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn wrong_durations_are_refused_in_gos_words() {
        for (text, error) in [
            ("", "time: invalid duration \"\""),
            ("soon", "time: invalid duration \"soon\""),
            ("5", "time: missing unit in duration \"5\""),
            ("5x", "time: unknown unit \"x\" in duration \"5x\""),
        ] {
            assert_eq!(go_duration(text), Err(error.to_owned()), "{text}");
        }
    }

    #[test]
    fn no_request_gets_hours() {
        let config: TraceConfig = serde_json::from_str(r#"{"timeout":"24h"}"#).unwrap();

        assert_eq!(config.time_limit(), Ok(MOST_TIMEOUT));
    }
}
