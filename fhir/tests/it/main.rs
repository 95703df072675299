//! Reading whole files, as the import does.

mod broken;
mod samples;
mod sources;
mod unseen;
