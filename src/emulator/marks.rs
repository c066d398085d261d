//! Combining marks, which a cell must not pile up.

/// Whether there may be some among these characters. Frames, blocks and Chinese have
/// none, and looking at every cell for each of their lines takes longer than writing them.
pub(super) fn may_be_in(bytes: &[u8]) -> bool {
    // the rest of a character whose beginning came before
    let begun = bytes.first().is_some_and(|first| first & 0xc0 == 0x80);
    begun
        || bytes.iter().enumerate().any(|(at, byte)| match byte {
            // the soft hyphen takes no column
            0xc2 => bytes.get(at + 1).is_none_or(|next| *next == 0xad),
            ..=0xcb | 0xe4..=0xe9 => false,
            // U+2000 to U+2FFF: only some blocks of 64 have marks or joiners
            0xe2 => bytes
                .get(at + 1)
                .is_none_or(|next| matches!(next, 0x80 | 0x81 | 0x83 | 0xb3 | 0xb5 | 0xb7)),
            _ => true,
        })
}
