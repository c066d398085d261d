//! Names of keys and their Linux key codes (`input-event-codes.h`), for `virDomainSendKey`.

/// Keys by name.
const KEYS: &[(&str, u32)] = &[
    ("esc", 1),
    ("minus", 12),
    ("equal", 13),
    ("backspace", 14),
    ("tab", 15),
    ("enter", 28),
    ("ctrl", 29),
    ("shift", 42),
    ("comma", 51),
    ("dot", 52),
    ("slash", 53),
    ("alt", 56),
    ("space", 57),
    ("capslock", 58),
    ("f11", 87),
    ("f12", 88),
    ("sysrq", 99),
    ("altgr", 100),
    ("home", 102),
    ("up", 103),
    ("pageup", 104),
    ("left", 105),
    ("right", 106),
    ("end", 107),
    ("down", 108),
    ("pagedown", 109),
    ("insert", 110),
    ("delete", 111),
    ("pause", 119),
    ("super", 125),
];

/// Letters and digits in the rows of the keyboard, with the code of the first.
const ROWS: [(&str, u32); 4] = [
    ("1234567890", 2),
    ("qwertyuiop", 16),
    ("asdfghjkl", 30),
    ("zxcvbnm", 44),
];

/// libvirt takes at most this many keys at once (`VIR_DOMAIN_SEND_KEY_MAX_KEYS`).
const MOST: usize = 16;

fn code(name: &str) -> Option<u32> {
    if let Some((_, code)) = KEYS.iter().find(|(key, _)| *key == name) {
        return Some(*code);
    }
    if let Some(n) = name
        .strip_prefix('f')
        .and_then(|n| n.parse::<u32>().ok())
        .filter(|n| (1..=10).contains(n))
    {
        return Some(58 + n);
    }
    let mut chars = name.chars();
    let (c, None) = (chars.next()?, chars.next()) else {
        return None;
    };
    ROWS.iter()
        .find_map(|(row, first)| row.find(c).map(|at| first + at as u32))
}

/// Reads names joined by `-`, such as `ctrl-alt-delete`.
///
/// # Errors
/// In words when a name is not known, or when there are none or too many.
pub fn combination(text: &str) -> Result<Vec<u32>, String> {
    let text = text.trim().to_lowercase();
    let names: Vec<&str> = text.split(['-', '+', ' ']).filter(|name| !name.is_empty()).collect();
    if names.is_empty() || names.len() > MOST {
        return Err(format!(
            "1 to {MOST} keys can be pressed together, such as ctrl-alt-delete"
        ));
    }
    names
        .into_iter()
        .map(|name| {
            code(name).ok_or_else(|| {
                let shown = crate::base::text::show(name).into_owned();
                format!("'{shown}' is no key; allowed are letters, digits, f1 to f12, ctrl, alt, shift, super, sysrq, delete and so on")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations() {
        assert_eq!(combination("ctrl-alt-delete"), Ok(vec![29, 56, 111]));
        assert_eq!(combination("Ctrl-Alt-F2"), Ok(vec![29, 56, 60]));
        assert_eq!(combination("a"), Ok(vec![30]));
        assert_eq!(combination("alt-sysrq-b"), Ok(vec![56, 99, 48]));
        assert!(combination("ctrl-hyper").unwrap_err().contains("'hyper'"));
        assert!(combination("").is_err());
    }
}
