//! Talks to hosts: commands in, messages out. The only part that names libvirt.
//!
//! [`fleet::Fleet`] is the handle. Each host has a supervisor, an asynchronous task that owns the
//! pure state machine of [`machine`] and never calls libvirt itself; libvirt is called on the
//! threads of [`lane`], which may block for ever without anybody waiting for them.

pub mod askpass;
pub mod check;
pub mod console;
pub mod event_queue;
pub mod event_words;
pub mod fleet;
pub mod focus;
pub mod lane;
pub mod libvirt;
pub mod limits;
pub mod logbook;
pub mod machine;
pub mod prompts;
pub mod queue;
pub mod recording;
pub mod replay;
pub mod roster;
pub mod sampler;
pub mod scratch;
pub mod shared;
mod supervisor;
pub mod work;
