//! Connection URIs, as far as they have to be looked into.

/// The transport of a URI, such as `ssh` in `qemu+ssh://host/system`.
pub(super) fn transport(uri: &str) -> Option<&str> {
    uri.split_once("://")
        .and_then(|(scheme, _)| scheme.split_once('+'))
        .map(|(_, transport)| transport)
}

/// Whether a URI has a parameter.
pub(super) fn has_parameter(uri: &str, name: &str) -> bool {
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    query.split(['&', ';']).any(|pair| pair.split('=').next() == Some(name))
}

/// The value of a parameter, decoded.
pub(in crate::backend) fn parameter(uri: &str, name: &str) -> Option<String> {
    let query = uri.split_once('?')?.1;
    let pairs = query.split(['&', ';']).filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| decode(value))
        .next()
}

/// The URI without a parameter.
pub(super) fn without_parameter(uri: &str, name: &str) -> String {
    let Some((bare, query)) = uri.split_once('?') else {
        return uri.to_owned();
    };
    let kept: Vec<&str> = query
        .split(['&', ';'])
        .filter(|pair| pair.split('=').next() != Some(name))
        .collect();
    if kept.is_empty() {
        bare.to_owned()
    } else {
        format!("{bare}?{}", kept.join("&"))
    }
}

fn decode(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex
            .filter(|_| *first == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The URI with one more parameter.
pub(super) fn with_parameter(uri: &str, name: &str, value: &str) -> String {
    let mark = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{mark}{name}={}", encode(value))
}

fn encode(value: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let written = write!(out, "%{byte:02X}");
            debug_assert!(written.is_ok(), "writing to a String cannot fail");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_into_uris() {
        assert_eq!(transport("qemu+ssh://root@h/system?x=1"), Some("ssh"));
        assert_eq!(transport("qemu:///system"), None);
        assert_eq!(
            parameter("q+ssh://h/s?a=1&command=/t/a%20b", "command").as_deref(),
            Some("/t/a b")
        );
        assert_eq!(
            without_parameter("q://h/s?a=1&command=x;b=2", "command"),
            "q://h/s?a=1&b=2"
        );
        assert_eq!(without_parameter("q://h/s?command=x", "command"), "q://h/s");
        assert!(has_parameter("qemu+ssh://h/system?a=1&no_tty=1", "no_tty"));
        assert!(!has_parameter("qemu+ssh://h/system?a=no_tty", "no_tty"));
        assert_eq!(
            with_parameter("q://h/s", "command", "/tmp/a b"),
            "q://h/s?command=/tmp/a%20b"
        );
        assert_eq!(with_parameter("q://h/s?x=1", "y", "2"), "q://h/s?x=1&y=2");
    }
}
