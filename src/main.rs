//! virt-deck
fn main() {}
