//! Decisions: messages in, effects out.
//!
//! [`model::Model`] is everything the console knows and shows; [`update::update`] is the only
//! function that changes it. It performs no I/O and reads no clock: what is to be done outside
//! comes back as [`effect::Effect`] values, which tests compare and the runtime performs.

pub mod actions;
pub mod console;
pub mod cursor;
pub mod detail;
pub mod effect;
pub mod input;
pub mod keymap;
pub mod layers;
pub mod model;
pub mod msg;
pub mod notices;
pub mod options;
pub mod panel;
pub mod tasks;
pub mod update;
pub mod view;
pub mod wall;

#[cfg(test)]
mod tests;
