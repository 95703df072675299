//! The command lines of `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct Backup {
    /// The file, or - for standard output
    pub file: PathBuf,
    /// Add a key slot: the passphrase, asked for or from --passphrase-file, then opens the identity
    /// together with this file, without the unlock key. Anyone with the file can guess at it for ever
    #[arg(long)]
    pub passphrase: bool,
    /// Replace a file that exists
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The file, or -
    pub file: PathBuf,
}
