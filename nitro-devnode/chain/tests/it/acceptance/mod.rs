//! The acceptance list of devnode.md section 8, as far as it is about the chain itself: each test
//! is named after its item. What only RPC shows is tested in `nitro-devnode/tests`.

mod b_genesis;
mod c_blocks;
mod c_execution;
mod c_refusals;
mod d_calls;
mod f_bootstrap;
mod g_programs;
