//! The chain from outside: signed transactions in, blocks and receipts out.

mod admission;
mod blocks;
mod program;
mod simulation;
mod wallet;
