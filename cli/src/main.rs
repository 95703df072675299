//! The `chartkey` program: see `chartkey --help`.

use std::process::ExitCode;

use chartkey::args::Cli;
use chartkey::output::Screen;
use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let screen = Screen::new(&cli.global);
    let outcome = tokio::select! {
        outcome = chartkey::commands::run(cli) => outcome,
        _ = tokio::signal::ctrl_c() => return ExitCode::from(130),
    };
    ExitCode::from(screen.finish(outcome))
}
