//! `chartkey node`: hands over to the node's own binary.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use crate::args::Node;
use crate::error::Error;
use crate::output::Report;

/// The node's binary.
const BINARY: &str = "nitro-devnode";

pub(super) fn run(arguments: &Node) -> Result<Report, Error> {
    let binary = find();
    // Replaces this process, so that signals reach the node itself.
    let error = std::process::Command::new(&binary).args(&arguments.arguments).exec();
    Err(Error::Usage {
        message: format!(
            "the node cannot be started: {}: {error}",
            PathBuf::from(binary).display()
        ),
        hint: format!("install {BINARY} beside chartkey or on PATH, or set CHARTKEY_NODE to it"),
    })
}

/// `CHARTKEY_NODE`, else beside this binary, else on `PATH`.
fn find() -> OsString {
    let named = std::env::var_os("CHARTKEY_NODE").filter(|value| !value.is_empty());
    let beside = || {
        let path = std::env::current_exe().ok()?.parent()?.join(BINARY);
        path.exists().then(|| path.into_os_string())
    };
    named.or_else(beside).unwrap_or_else(|| BINARY.into())
}
