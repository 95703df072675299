//! What a session keeps for its tracer.

use super::Tracer;

/// Nothing of this is used without a tracer.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    pub(crate) tracer: Option<Box<dyn Tracer>>,
    /// Whether a precompile of ArbOS is running.
    pub(crate) in_precompile: bool,
    /// How the frame that ends now failed, where its result alone does not tell.
    pub(crate) frame_error: Option<String>,
    /// Refund counters of the open frames by depth; the interpreter knows only its own.
    pub(crate) refunds: Vec<i64>,
}

impl Watch {
    /// Keeps the words for a failure if anybody wants them.
    pub(crate) fn explain(&mut self, text: impl Into<String>) {
        if self.tracer.is_some() {
            self.frame_error = Some(text.into());
        }
    }
}
