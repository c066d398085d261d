//! Drawing into a test backend: what is said, and that nothing foreign or too wide gets through.

mod consoles;
mod details;
mod fixture;
mod fixture_data;
mod layers;
mod panes;
mod sizes;
mod snapshots;
