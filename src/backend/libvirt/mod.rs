//! libvirt, blocking: the only part that contains `unsafe` and names libvirt's bindings.
//!
//! Everything here runs on threads that may block without limit; nothing here may be called from
//! the user interface or an asynchronous task. What goes in and comes out is the vocabulary of
//! [`crate::hv`]: no libvirt pointer leaves this module. Objects are released by
//! `handle::Owned`; strings and arrays that libvirt allocates are copied and freed at once.
//! The calls go through `virt_sys` because `virt` panics on interior NUL bytes and in its
//! destructors, and because most of what a console needs has no safe wrapper.

mod auth;
pub mod classify;
mod console;
mod counters;
mod device_names;
mod devices;
mod error;
mod event_loop;
mod events;
mod facts;
mod fallback;
mod guest;
mod handle;
mod intake;
mod keepalive;
mod lists;
mod networks;
mod node_stats;
mod open;
mod params;
mod power;
mod probe;
mod quiet;
mod registration;
mod request;
mod snapshots;
pub(in crate::backend) mod ssh;
pub(in crate::backend) mod ssh_uri;
mod storage;
mod stream;
mod watch;

#[cfg(test)]
mod tests;

pub use auth::library_version;
pub use console::Screenshot;
pub use event_loop::init;
pub use events::{DeviceEvent, DomainEvent, NetworkEvent, PoolEvent, RawEvent, RawSink};
pub use open::Connection;
pub use quiet::quiet;
pub use request::{Asker, AskpassEnv, BulkScope, OpenRequest, Question, SampleScope};
pub use stream::{Stream, Wake};
