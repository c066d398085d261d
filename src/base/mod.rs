//! Small value types without any knowledge of libvirt, files or the screen.
//!
//! Nothing here reads a clock, a file or the environment except [`time::Clock`], which is the
//! program's only reader of the monotonic clock, and [`moment::Zone::system`].

pub mod backoff;
pub mod cells;
pub mod ids;
pub mod key;
pub mod memo;
pub mod moment;
pub mod ring;
pub mod text;
pub mod time;
pub mod units;
