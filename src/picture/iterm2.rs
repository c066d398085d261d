//! iTerm2's inline images: PNG in an OSC sequence.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::picture::decode::encode_png;
use crate::picture::tiles::Patch;

/// A picture drawn from the cursor on over so many cells; the cursor stays.
pub(super) fn encode(patch: &Patch<'_>) -> Vec<u8> {
    let png = encode_png(
        patch.width as u16,
        patch.height as u16,
        patch.pixels,
        png::Compression::Fast,
    );
    let head = format!(
        "\x1b]1337;File=inline=1;size={};width={};height={};preserveAspectRatio=0;doNotMoveCursor=1:",
        png.len(),
        patch.columns,
        patch.rows
    );
    let mut out = head.into_bytes();
    out.extend_from_slice(STANDARD.encode(png).as_bytes());
    out.push(0x07);
    out
}
