//! The chain from outside: signed transactions in, blocks and receipts out.

mod acceptance;
mod admission;
mod blocks;
mod frames;
mod hostile;
mod program;
mod programs;
mod proofs;
mod runner;
mod sequences;
mod simulation;
mod versions;
mod wallet;
