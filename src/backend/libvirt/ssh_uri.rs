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
    query
        .split(['&', ';'])
        .any(|pair| pair.split('=').next() == Some(name))
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
        assert!(has_parameter("qemu+ssh://h/system?a=1&no_tty=1", "no_tty"));
        assert!(!has_parameter("qemu+ssh://h/system?a=no_tty", "no_tty"));
        assert_eq!(
            with_parameter("q://h/s", "command", "/tmp/a b"),
            "q://h/s?command=/tmp/a%20b"
        );
        assert_eq!(with_parameter("q://h/s?x=1", "y", "2"), "q://h/s?x=1&y=2");
    }
}
