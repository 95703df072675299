//! The acceptance list of devnode.md section 8, by item number. What is tested here is what one
//! sees from outside; the list of all items is in `coverage`.

mod calls;
mod comfort;
mod coverage;
mod identity;
mod logs;
