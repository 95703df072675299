//! Reading whole files, as the import does.

mod broken;
mod export;
mod made;
mod samples;
mod sources;
mod unseen;
