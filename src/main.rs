//! The program `virt-deck`; everything it does is in the library of the same name.

use std::process::ExitCode;

fn main() -> ExitCode {
    virt_deck::runtime::main_entry()
}
