//! Where the passphrase of an identity or a backup comes from.

use std::path::PathBuf;

use clap::Args;

/// Flags that say how an identity is opened where the unlock key alone does not do it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Ways to an identity")]
pub struct Ways {
    /// File with the passphrase, or -; one trailing newline is removed
    #[arg(long, global = true, value_name = "FILE", group = "phrase")]
    pub passphrase_file: Option<PathBuf>,
    /// File descriptor to read the passphrase from
    #[arg(long, global = true, value_name = "N", group = "phrase")]
    pub passphrase_fd: Option<u32>,
    /// Command that prints the passphrase; run without a shell
    #[arg(long, global = true, value_name = "CMD", group = "phrase")]
    pub passphrase_command: Option<String>,
}
