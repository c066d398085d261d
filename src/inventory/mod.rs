//! What is known of the fleet: the fold of host messages, rates, rows and totals.
//!
//! Everything here is pure: messages and the present moment come in, plain data goes out. No
//! clock is read, nothing blocks, nothing is ever addressed by its position in a list.

mod changes;
pub mod columns;
pub mod filter;
pub mod flat;
mod fold;
pub mod history;
mod host;
pub mod host_rates;
pub mod log;
mod moves;
pub mod natural;
pub mod rates;
pub mod rollup;
mod sampling;
mod store;
pub mod tables;
pub mod top;
pub mod tree;
pub mod value;
mod vm;

#[cfg(test)]
mod tests;

pub use changes::Changes;
pub use filter::Filter;
pub use host::{DEFAULT_INTERVAL, HostState, Lost, PoolEntry};
pub use store::Store;
pub use vm::VmEntry;
