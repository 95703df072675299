//! How much is compiled at the same time.

use parking_lot::{Condvar, Mutex};

/// Bytes of rewritten modules that are compiled at once. The largest module that a chain takes
/// needs about 700 MB and all processors for seconds; compiling many of them side by side would be
/// no faster, and take the memory of the machine.
const MOST_BYTES: usize = 1 << 20;

/// Lets modules in until there are enough.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    inside: Mutex<usize>,
    left: Condvar,
}

/// The place of a module inside; dropping it makes room.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    gate: &'a Gate,
    bytes: usize,
}

impl Gate {
    /// Waits until a module of that length fits; one that never would goes alone.
    pub(crate) fn enter(&self, bytes: usize) -> Place<'_> {
        let mut inside = self.inside.lock();
        while *inside > 0 && inside.saturating_add(bytes) > MOST_BYTES {
            self.left.wait(&mut inside);
        }
        *inside = inside.saturating_add(bytes);
        Place { gate: self, bytes }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.gate.inside.lock() -= self.bytes;
        self.gate.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn large_modules_are_compiled_one_after_another_and_small_ones_side_by_side() {
        let gate = Gate::default();
        let bytes = AtomicUsize::new(0);
        let most = AtomicUsize::new(0);

        thread::scope(|scope| {
            for len in [MOST_BYTES, MOST_BYTES / 2, MOST_BYTES / 2, 1, 2, MOST_BYTES] {
                let (gate, bytes, most) = (&gate, &bytes, &most);
                scope.spawn(move || {
                    for _ in 0..200 {
                        let place = gate.enter(len);
                        most.fetch_max(
                            bytes.fetch_add(len, Ordering::SeqCst) + len,
                            Ordering::SeqCst,
                        );
                        bytes.fetch_sub(len, Ordering::SeqCst);
                        drop(place);
                    }
                });
            }
        });

        assert!(most.into_inner() <= MOST_BYTES);
        assert_eq!(*gate.inside.lock(), 0);
    }

    #[test]
    fn a_module_that_is_larger_than_the_gate_goes_alone() {
        let gate = Gate::default();

        let place = gate.enter(MOST_BYTES + 1);

        assert_eq!(*gate.inside.lock(), MOST_BYTES + 1);
        drop(place);
        drop(gate.enter(1));
    }
}
