//! What a connection URI must look like, as far as it can be told without connecting.

/// Transports of libvirt's remote driver.
pub const TRANSPORTS: &[&str] = &["unix", "tcp", "tls", "ssh", "libssh", "libssh2", "ext"];

const FORM: &str =
    "write DRIVER[+TRANSPORT]://[USER@][HOST]/PATH, such as qemu:///system or qemu+ssh://root@kvm1/system";

/// Says what is wrong with a URI.
pub fn check(uri: &str) -> Result<(), String> {
    if uri.is_empty() {
        return Err(format!("the URI is empty; {FORM}"));
    }
    if uri.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(format!("the URI has a blank or control character in it; {FORM}"));
    }
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Err(format!("'{uri}' is no libvirt URI; {FORM}"));
    };
    let (driver, transport) = match scheme.split_once('+') {
        Some((driver, transport)) => (driver, Some(transport)),
        None => (scheme, None),
    };
    let good = driver.starts_with(|c: char| c.is_ascii_lowercase())
        && driver.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !good {
        return Err(format!("'{driver}' is no libvirt driver; {FORM}"));
    }
    if let Some(transport) = transport
        && !TRANSPORTS.contains(&transport)
    {
        return Err(format!(
            "'{transport}' is no transport; write one of {} after the '+'",
            TRANSPORTS.join(", ")
        ));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((user, _)) = authority.rsplit_once('@')
        && user.contains(':')
    {
        return Err("the URI has a password in it; leave it out, it is asked for when connecting".to_owned());
    }
    if host_of(authority).starts_with('-') {
        return Err("the host in the URI begins with '-', which ssh takes for an option".to_owned());
    }
    Ok(())
}

/// The host in `USER@HOST:PORT`, brackets of IPv6 addresses taken off.
fn host_of(authority: &str) -> &str {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(inner) = host.strip_prefix('[') {
        return inner.split(']').next().unwrap_or(inner);
    }
    host.split(':').next().unwrap_or(host)
}

/// A short name for a host with this URI: the host in it, else the URI itself.
pub fn short_name(uri: &str) -> String {
    let authority = uri
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?', '#']).next())
        .unwrap_or_default();
    match host_of(authority) {
        "" => uri.to_owned(),
        host => host.to_owned(),
    }
}

/// Whether this may be an alias from libvirt's client configuration (`uri_aliases`), which only
/// libvirt can resolve.
pub fn is_alias(uri: &str) -> bool {
    !uri.is_empty()
        && uri
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && !uri.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        for good in [
            "qemu:///system",
            "qemu+ssh://root@kvm1/system?keyfile=/k",
            "qemu+libssh2://u@[fe80::1]:22/system",
            "test:///default",
            "test:///a@b:c.xml",
            "vpx://admin@vc.example/dc/esx?no_verify=1",
            "xen+tls://h/",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, hint) in [
            ("", "empty"),
            ("qemu", "qemu:///system"),
            ("qemu:/system", "no libvirt URI"),
            ("qemu+rsh://h/system", "libssh2"),
            ("QEMU:///system", "driver"),
            ("+ssh://h/", "driver"),
            ("qemu+ssh://root:secret@h/system", "password"),
            ("qemu+ssh://h\0/system", "control"),
            ("qemu+ssh://h /system", "blank"),
            ("qemu+ssh://-oProxyCommand=x/system", "option"),
            ("qemu+ssh://root@-x/system", "option"),
        ] {
            let error = check(bad).unwrap_err();
            assert!(error.contains(hint), "{bad}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn short_names() {
        for (uri, name) in [
            ("qemu+ssh://root@kvm1:22/system", "kvm1"),
            ("qemu+tls://[fe80::1]:16514/system", "fe80::1"),
            ("qemu:///system", "qemu:///system"),
            ("alias", "alias"),
        ] {
            assert_eq!(short_name(uri), name);
        }
        assert!(is_alias("hail") && !is_alias("-x") && !is_alias("a:b"));
    }
}
