//! What is known of the fleet: the fold of host messages, rates, rows and totals.
//!
//! Everything here is pure: messages and the present moment come in, plain data goes out. No
//! clock is read, nothing blocks, nothing is ever addressed by its position in a list.

mod changes;
pub mod filter;
mod fold;
pub mod history;
mod host;
pub mod host_rates;
mod moves;
pub mod natural;
pub mod rates;
mod store;
mod vm;

pub use changes::Changes;
pub use filter::Filter;
pub use host::{HostState, Lost, PoolEntry};
pub use store::Store;
pub use vm::VmEntry;
