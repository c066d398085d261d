//! What is promised of everything that reads foreign bytes, as one function for each reader:
//! whatever the bytes are, it does not panic, and what it makes of them holds what is asserted.
//!
//! `make fuzz` lets libFuzzer look for bytes that break a promise (`fuzz_targets/`), beginning
//! with the seeds in `corpus/`; what it finds on the way goes to `found/`, which is not kept.
//! `cargo test --test fuzz_corpus` passes every seed through the same functions. What was found
//! once is a seed as well, so that it stays repaired: `corpus/<target>/found-<what it was>`.
//!
//! `FUZZ_SECONDS=600 make fuzz` looks longer at each, `FUZZ_TARGETS="rfb xml" make fuzz` at some.
//! It takes a nightly toolchain and `cargo install cargo-fuzz`.

mod documents;
mod guests;
mod pictures;
mod vnc;

pub use documents::{config, text, xml};
pub use guests::{emulator, guest};
pub use pictures::picture;
pub use vnc::rfb;

/// Reads bytes and asserts what must hold.
pub type Entry = fn(&[u8]);

/// Every function by the name of its target and of its seeds' directory.
pub const ENTRIES: [(&str, Entry); 7] = [
    ("emulator", emulator),
    ("guest", guest),
    ("rfb", rfb),
    ("picture", picture),
    ("text", text),
    ("xml", xml),
    ("config", config),
];

/// Takes the input apart, byte by byte; zeros follow its end.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn short(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// Whether a terminal would do anything with it but show it. Written down here once more, and in
/// another way than the program has it.
fn is_harmful(c: char) -> bool {
    let ranges = [
        '\0'..='\x1f',
        '\x7f'..='\u{9f}',
        '\u{ad}'..='\u{ad}',
        '\u{61c}'..='\u{61c}',
        '\u{180e}'..='\u{180e}',
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{e000}'..='\u{f8ff}',
        '\u{fe00}'..='\u{fe0f}',
        '\u{feff}'..='\u{feff}',
        '\u{fff9}'..='\u{fffb}',
        '\u{e0000}'..='\u{10ffff}',
    ];
    ranges.iter().any(|range| range.contains(&c))
}

fn assert_harmless(shown: &str) {
    assert!(!shown.chars().any(is_harmful), "{shown:?}");
}
