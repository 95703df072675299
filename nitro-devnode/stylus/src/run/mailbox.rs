//! How a program on its own stack reaches the chain of its caller.
//!
//! A program runs on a fiber of the engine, whose state must own everything it touches; the chain is
//! a borrow of the caller. So a host function leaves a question here and suspends the fiber, and the
//! caller, which drives the fiber, answers it with its borrow. Nothing runs in parallel.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use parking_lot::Mutex;

use crate::EvmApi;

type Question = Box<dyn FnOnce(&mut dyn EvmApi) + Send>;

/// Holds the one question that can be open. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Mailbox(Arc<Mutex<Option<Question>>>);

impl Mailbox {
    /// Suspends the program until the driver has answered.
    pub(crate) async fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn EvmApi) -> R + Send + 'static,
    ) -> R {
        let answer = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&answer);
        *self.0.lock() = Some(Box::new(move |api| {
            let value = question(api);
            *slot.lock() = Some(value);
        }));
        poll_fn(move |_: &mut Context<'_>| answer.lock().take().map_or(Poll::Pending, Poll::Ready))
            .await
    }

    /// Answers the open question; `false` if there is none. The lock is not held meanwhile: the
    /// answer may be a call that runs other programs.
    pub(crate) fn answer(&self, api: &mut dyn EvmApi) -> bool {
        let question = self.0.lock().take();
        match question {
            Some(question) => {
                question(api);
                true
            }
            None => false,
        }
    }
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Mailbox")
    }
}
