//! The bundled fleet's files.

/// The inventory; `@DEMO@` stands for the directory the files are unpacked to.
pub const INVENTORY: &str = include_str!("../../assets/demo/inventory.toml");

/// The other files by name: one host each.
pub const FILES: &[(&str, &str)] = &[];
