//! The terminal's clipboard (OSC 52).

use crate::app::effect::CLIPBOARD as LIMIT;

/// What has to be written to put text on the clipboard. Through tmux and screen it goes by their
/// own settings.
pub fn copy(text: &str) -> Vec<u8> {
    let mut end = text.len().min(LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut out = b"\x1b]52;c;".to_vec();
    out.extend(base64(&text.as_bytes()[..end]));
    out.extend_from_slice(b"\x1b\\");
    out
}

/// RFC 4648 with padding.
fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let byte = |n: usize| u32::from(part.get(n).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for n in 0..4 {
            out.push(if n <= part.len() {
                DIGITS[(group >> (18 - 6 * n) & 63) as usize]
            } else {
                b'='
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_encodings() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("ž", "xb4="),
        ] {
            assert_eq!(base64(text.as_bytes()), encoded.as_bytes(), "{text}");
        }
        assert_eq!(copy("foo"), b"\x1b]52;c;Zm9v\x1b\\");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "ž".repeat(LIMIT);
        assert!(copy(&long).len() < LIMIT * 4 / 3 + 20);
    }
}
