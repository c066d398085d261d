//! The program around the decisions: terminal, threads, files, signals, and the way in and out.

pub mod clipboard;
pub mod colours;
pub mod console;
pub mod decode;
mod decode_csi;
pub mod demo;
mod demo_files;
pub mod event_loop;
pub mod exit;
pub mod files;
pub mod input;
pub mod inventory_file;
pub mod keyboard;
pub mod link;
pub mod logging;
pub mod msgs;
pub mod pace;
pub mod paint;
pub mod panic;
pub mod perform;
pub mod pictures;
pub mod probe;
pub mod screen;
pub mod shell;
pub mod signals;
pub mod start;
pub mod stderr;
pub mod terminal;
pub mod watchdog;
pub mod writer;

pub use start::main_entry;
