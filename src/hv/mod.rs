//! The vocabulary: what is known of hosts, VMs, storage and networks, as plain data.
//!
//! Words are libvirt's. Nothing here performs I/O, reads a clock or names the `virt` crate; the
//! backend produces these values and everything above it consumes them.

pub mod command;
pub mod console;
pub mod display;
pub mod error;
pub mod event;
pub mod guest;
pub mod host;
pub mod keycodes;
pub mod network;
pub mod sample;
pub mod storage;
pub mod topology;
pub mod vm;
