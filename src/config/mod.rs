//! Files of the user and of the program, and the structs they become.
//!
//! Every reader reports what is wrong as a [`ConfigError`]: file, line, column, what is wrong and
//! what is allowed. A wrong inventory is refused as a whole, because hosts must not vanish over a
//! typing error; overlays (settings, keymaps, themes, remembered state) lose the bad line only.

pub mod embedded;
pub mod error;
pub mod import;
pub mod inventory;
pub mod keymap;
mod layers;
pub mod paths;
pub mod settings;
mod source;
pub mod state;
pub mod theme;
pub mod write;

pub use error::ConfigError;
