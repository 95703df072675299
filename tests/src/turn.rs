//! Tests on a node that they share run one after the other.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// Who uses the node, and how many times: a test may have two worlds on it.
static HOLDER: Mutex<Option<(ThreadId, usize)>> = Mutex::new(None);

static FREED: Condvar = Condvar::new();

/// The right to use the node; it ends with the value.
#[derive(Debug)]
pub(crate) struct Turn(());

fn holder() -> MutexGuard<'static, Option<(ThreadId, usize)>> {
    // A test that failed has given its turn back all the same.
    HOLDER.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Turn {
    /// Waits until no other test uses the node.
    pub(crate) fn take() -> Self {
        let me = thread::current().id();
        let mut held = holder();
        while held.is_some_and(|(other, _)| other != me) {
            held = FREED.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        *held = Some((me, held.map_or(1, |(_, times)| times + 1)));
        Self(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut held = holder();
        *held = held.filter(|(_, times)| *times > 1).map(|(me, times)| (me, times - 1));
        FREED.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_may_take_its_turn_twice_and_others_wait_for_the_last() {
        let first = Turn::take();
        let second = Turn::take();
        let (taken, is_taken) = std::sync::mpsc::channel();
        let other = thread::spawn(move || {
            let _turn = Turn::take();
            taken.send(()).expect("somebody listens");
        });

        drop(first);
        assert!(is_taken.try_recv().is_err(), "the other waits");
        drop(second);

        is_taken.recv().expect("its turn came");
        other.join().expect("it ends");
    }
}
