//! What holds for any input. Not part of the run in WASM, whose build has no generator of inputs.

mod access;
mod deliveries;
mod documents;
mod recovery;
mod seal;
mod tampering;
