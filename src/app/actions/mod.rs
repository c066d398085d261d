//! The registry of actions. Key bindings, footer, help, palette, menu, command line and the key
//! table of the README are all derived from it; a test fails when one of them drifts.

pub mod consoles;
pub mod registry;
pub mod rules;
pub mod spec;

pub use registry::{ACTIONS, by_name, spec};
pub use spec::{ActionId, ActionSpec, Availability, Confirm, Danger, Group};
