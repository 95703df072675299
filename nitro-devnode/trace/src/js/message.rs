//! What the driver and the script's thread say to each other.

/// From the driver. The thread answers each event with [`Reply::Done`], after any questions.
#[derive(Debug)]
pub(super) enum ToScript {
    /// Something happened: the handler's name and its data as JSON.
    Event(&'static str, String),
    /// The answer to the question that is open.
    Answer(String),
}

/// From the script's thread.
#[derive(Debug)]
pub(super) enum Reply {
    /// The event has been handled: what the handler returned, or its error.
    Done(Result<String, String>),
    /// The script wants to know something before it goes on.
    Ask(String),
}
