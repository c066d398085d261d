//! Domain XML read into plain descriptions, and cut into coloured spans for display.

pub mod describe;
mod devices;
pub mod display;
pub mod highlight;
