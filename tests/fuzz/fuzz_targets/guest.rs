//! See `entries::guest`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::guest(data));
