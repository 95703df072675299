//! The `nitro-devnode` program: see `nitro-devnode --help`.

mod flags;
mod run;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match run::run(flags::Flags::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            // One line per cause: `{report:?}` would add a place in our source, which helps nobody.
            eprintln!("error: {report:#}");
            ExitCode::FAILURE
        }
    }
}
