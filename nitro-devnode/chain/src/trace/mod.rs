//! Watching transactions while they run (devnode.md 5.8).
//!
//! A [`Tracer`] is told what happens, in go-ethereum's terms: frames that are entered and left,
//! instructions, logs; and Arbitrum's additions: host calls of programs and balance moves outside
//! of the EVM. Stylus frames, precompiles and EVM frames appear in one tree. What a tracer makes of
//! it is its own affair; this crate knows no JSON.
//!
//! Mined transactions are traced by running their block again on the parent's state (`replay`).
//! Without a tracer every hook is one comparison, and the interpreter runs its own loop.

mod event;
mod fault_cost;
mod host_step;
mod notify;
mod replay;
mod steps;
mod text;
mod watch;

pub use event::{Enter, Exit, FrameKind, Place, StateView, Step, Tracer, Transfer, TxEnd, TxStart};
pub(crate) use host_step::HostFrame;
pub(crate) use notify::{
    begin, end, enter, exit, host_call, log, moved, overflowed, precompile_storage, transfer,
};
pub(crate) use replay::with_room;
pub use replay::{MakeTracer, TraceError, TracedTransaction};
pub(crate) use steps::run_watched;
pub(crate) use text::halt_text;
pub(crate) use watch::Watch;
