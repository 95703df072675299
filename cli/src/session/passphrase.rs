//! The passphrase of an identity or a backup: from the flags, else asked for.

use std::path::Path;

use zeroize::Zeroizing;

use super::Session;
use super::password::{no_key, of_command, of_descriptor, of_file};
use crate::error::Error;

impl Session {
    /// The passphrase that the flags name; an empty one is none.
    ///
    /// # Errors
    ///
    /// A source that cannot be read.
    pub(crate) fn given_passphrase(&self) -> Result<Option<&Zeroizing<String>>, Error> {
        self.passphrase_by(|| Ok(None))
    }

    /// The passphrase that something is going to have: typed twice.
    ///
    /// # Errors
    ///
    /// [`Error::NoKey`] if it is empty, if the two differ, or if there is nobody to ask.
    pub(crate) fn new_passphrase(&self) -> Result<&str, Error> {
        let given = self.passphrase_by(|| {
            if !self.screen.can_ask() {
                let message = "a passphrase is needed, and there is no terminal to ask on";
                let hint = "give --passphrase-file, --passphrase-fd or --passphrase-command";
                return Err(no_key(message, hint));
            }
            let first = self.ask("New passphrase: ")?;
            if *self.ask("The same again: ")? != *first {
                return Err(no_key("the two passphrases differ", "run the command again"));
            }
            Ok(Some(first))
        })?;
        given.map(|passphrase| passphrase.as_str()).ok_or_else(|| {
            no_key("the passphrase is empty", "leave --passphrase out, or give one that is not")
        })
    }

    fn passphrase_by(
        &self,
        ask: impl FnOnce() -> Result<Option<Zeroizing<String>>, Error>,
    ) -> Result<Option<&Zeroizing<String>>, Error> {
        if let Some(passphrase) = self.passphrase.get() {
            return Ok(passphrase.as_ref());
        }
        let ways = &self.global.ways;
        let file: Option<&Path> = ways.passphrase_file.as_deref();
        let source = match (ways.passphrase_fd, &ways.passphrase_command, file) {
            (Some(number), ..) => Some(of_descriptor(number)?),
            (None, Some(command), _) => Some(of_command(command)?),
            (None, None, file) => file.map(of_file).transpose()?,
        };
        let answer = match source {
            Some(passphrase) => Some(passphrase),
            None => ask()?,
        };
        // Not asked yet is not the same as none.
        let Some(passphrase) = answer else { return Ok(None) };
        let found = (!passphrase.is_empty()).then_some(passphrase);
        Ok(self.passphrase.get_or_init(|| found).as_ref())
    }
}
