//! The command line, and what works without a screen: `check` and `list`.

pub mod args;
pub mod check;
pub mod fields;
pub mod list;
pub mod output;
