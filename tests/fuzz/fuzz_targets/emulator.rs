//! See `entries::emulator`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::emulator(data));
