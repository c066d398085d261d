//! Lists of texts as GLib prints them.

/// The texts of a printed array such as `['a', "b"]` or `@as []`; what does not parse ends it.
pub fn string_array(printed: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let printed = printed.trim();
    let printed = printed.strip_prefix("@as").unwrap_or(printed).trim_start();
    let Some(mut rest) = printed.strip_prefix('[') else {
        return texts;
    };
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let mut chars = rest.chars();
        let Some(quote @ ('\'' | '"')) = chars.next() else {
            return texts;
        };
        let Some((text, after)) = quoted(chars.as_str(), quote) else {
            return texts;
        };
        texts.push(text);
        rest = after;
    }
}

/// The text up to its closing quote, and what follows.
fn quoted(body: &str, quote: char) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Some((text, chars.as_str())),
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                'a' => text.push('\u{7}'),
                'b' => text.push('\u{8}'),
                'f' => text.push('\u{c}'),
                'v' => text.push('\u{b}'),
                'u' => text.push(code_point(&mut chars, 4)?),
                'U' => text.push(code_point(&mut chars, 8)?),
                other => text.push(other),
            },
            c => text.push(c),
        }
    }
    None
}

fn code_point(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let mut value = 0;
    for _ in 0..digits {
        value = value * 16 + chars.next()?.to_digit(16)?;
    }
    char::from_u32(value)
}

/// virt-manager's URIs in a dump of settings (`dconf dump /`, or GLib's key file).
pub fn keyfile_uris(text: &str) -> Vec<String> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') && line.ends_with(']') {
            inside = line == "[org/virt-manager/virt-manager/connections]";
        } else if inside
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == "uris"
        {
            return string_array(value);
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_as_glib_prints_them() {
        assert_eq!(
            string_array("['qemu:///system', \"it's\", 'a\\'b\\\\', '\\u00e1']\n"),
            ["qemu:///system", "it's", "a'b\\", "á"]
        );
        for empty in ["@as []", "[]", "", "nothing", "[3]", "['open", "['\\u12"] {
            assert_eq!(string_array(empty), Vec::<String>::new(), "{empty}");
        }
    }

    #[test]
    fn only_the_right_section_counts() {
        let text = "[org/other]\nuris=['no']\n\n[org/virt-manager/virt-manager/connections]\nautoconnect=['x']\nuris = ['qemu:///system']\n";
        assert_eq!(keyfile_uris(text), ["qemu:///system"]);
        assert_eq!(keyfile_uris("[a]\nb=c\n"), Vec::<String>::new());
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[\\[\\]'\",\\\\uU0-9a-f @=\n]{0,60}") {
            let _ = string_array(&text);
            let _ = keyfile_uris(&format!("[org/virt-manager/virt-manager/connections]\nuris={text}"));
        }
    }
}
