//! The `chartkey` program: see `chartkey --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    chartkey::process::run()
}
