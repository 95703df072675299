//! `chartkey generate`: shell completions and man pages, for packagers.

use std::path::Path;

use clap::CommandFactory;
use serde_json::json;

use crate::args::{Cli, Generate};
use crate::error::Error;
use crate::output::Report;

pub(super) fn run(command: &Generate) -> Result<Report, Error> {
    match command {
        Generate::Completions { shell } => Ok(completions(*shell)),
        Generate::Man { folder } => man(folder),
    }
}

fn completions(shell: clap_complete::Shell) -> Report {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "chartkey", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    Report::new(json!({"shell": shell.to_string(), "script": script}), script)
}

fn man(folder: &Path) -> Result<Report, Error> {
    clap_mangen::generate_to(Cli::command(), folder).map_err(|error| Error::Usage {
        message: format!("cannot write man pages to {}: {error}", folder.display()),
        hint: "give a folder that exists and can be written".into(),
    })?;
    Ok(Report::new(json!({"folder": folder}), String::new()))
}
