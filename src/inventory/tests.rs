//! The fold as a whole.

mod fold;
mod lists;
mod order;
pub(super) mod tools;
