//! The kitty graphics protocol: pictures in APC sequences.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::picture::decode::bytes_of;
use crate::picture::tiles::Patch;

/// The longest part of a picture's data in one sequence, in characters.
const CHUNK: usize = 4096;
/// How hard data is packed: half the bytes of the fastest, in less than twice its time.
const EFFORT: u32 = 3;
/// Below text and coloured cells, so that menus are drawn over pictures.
const BELOW: i32 = i32::MIN / 2 - 1;

/// Deletes one picture and its data.
pub fn delete(id: u32) -> Vec<u8> {
    format!("\x1b_Ga=d,d=I,i={id},q=2\x1b\\").into_bytes()
}

/// Deletes all pictures that are shown, and their data.
pub fn delete_all() -> &'static [u8] {
    b"\x1b_Ga=d,d=A,q=2\x1b\\"
}

/// A picture under its own number, drawn from the cursor on over so many cells. The cursor stays;
/// the terminal answers nothing.
pub(super) fn encode(id: u32, patch: &Patch<'_>) -> Vec<u8> {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(EFFORT));
    let packed = zlib.write_all(&bytes_of(patch.pixels)).and_then(|()| zlib.finish());
    // writing into memory does not fail
    let text = STANDARD.encode(packed.unwrap_or_default());
    let mut out = Vec::with_capacity(text.len() + text.len() / CHUNK * 16 + 128);
    let mut first = true;
    let mut rest = text.as_str();
    loop {
        let (chunk, after) = rest.split_at_checked(CHUNK).unwrap_or((rest, ""));
        let more = u8::from(!after.is_empty());
        let keys = if first {
            format!(
                "a=T,f=24,o=z,s={},v={},i={id},p=1,c={},r={},C=1,q=2,z={BELOW},m={more}",
                patch.width, patch.height, patch.columns, patch.rows
            )
        } else {
            format!("q=2,m={more}")
        };
        for part in ["\x1b_G", &keys, ";", chunk, "\x1b\\"] {
            out.extend_from_slice(part.as_bytes());
        }
        if after.is_empty() {
            return out;
        }
        (first, rest) = (false, after);
    }
}
