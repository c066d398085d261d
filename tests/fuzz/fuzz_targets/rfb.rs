//! See `entries::rfb`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::rfb(data));
