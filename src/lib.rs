#![doc = include_str!("ARCHITECTURE.md")]

pub mod app;
pub mod backend;
pub mod base;
pub mod cli;
pub mod config;
pub mod docgen;
pub mod emulator;
pub mod hv;
pub mod inventory;
pub mod rfb;
pub mod runtime;
pub mod ui;
pub mod xml;
