//! The one table from libvirt's error codes to classes and advice. Pure.

use crate::hv::error::ErrorKind;

/// `VIR_FROM_RPC`: the connection to the daemon.
const FROM_RPC: i32 = 7;
/// `VIR_FROM_REMOTE`: the remote driver.
const FROM_REMOTE: i32 = 13;

/// Fragments of messages of ssh and of the operating system, their class and what to do.
const PATTERNS: &[(&str, ErrorKind, &str)] = &[
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        ErrorKind::Auth,
        "the host key changed: find out why, then remove the old one with ssh-keygen -R",
    ),
    (
        "Host key verification failed",
        ErrorKind::Auth,
        "the host key is not known: connect once with ssh and accept it",
    ),
    (
        "Permission denied (",
        ErrorKind::Auth,
        "ssh refused the login: check user, key and agent",
    ),
    ("Permission denied, please try again", ErrorKind::Auth, "wrong password"),
    (
        "Too many authentication failures",
        ErrorKind::Auth,
        "the agent offered too many keys: name one with keyfile",
    ),
    (
        "Could not resolve hostname",
        ErrorKind::Unreachable,
        "the name is unknown: check the URI, DNS or ~/.ssh/config",
    ),
    (
        "unable to resolve",
        ErrorKind::Unreachable,
        "the name is unknown: check the URI or DNS",
    ),
    (
        "Name or service not known",
        ErrorKind::Unreachable,
        "the name is unknown: check the URI or DNS",
    ),
    (
        "Connection refused",
        ErrorKind::Unreachable,
        "nothing listens there: is libvirtd or sshd running, is the port right?",
    ),
    (
        "No route to host",
        ErrorKind::Unreachable,
        "the network does not reach the host",
    ),
    (
        "Network is unreachable",
        ErrorKind::Unreachable,
        "the network does not reach the host",
    ),
    (
        "timed out",
        ErrorKind::Unreachable,
        "the host does not answer: is it up, does a firewall drop packets?",
    ),
    (
        "kex_exchange_identification",
        ErrorKind::Unreachable,
        "sshd turned the connection away: too many at once (MaxStartups), or it is blocked",
    ),
    (
        "nc: not found",
        ErrorKind::Unreachable,
        "libvirt is too old and nc is missing on the host",
    ),
    (
        "virt-ssh-helper: command not found",
        ErrorKind::Unreachable,
        "libvirt is not installed on the host",
    ),
    (
        "nc: command not found",
        ErrorKind::Unreachable,
        "libvirt is too old and nc is missing on the host",
    ),
    (
        "command not found",
        ErrorKind::Unreachable,
        "a program is missing on the host: is libvirt installed there?",
    ),
    (
        "libvirt-sock': No such file",
        ErrorKind::Unreachable,
        "no libvirt daemon: start libvirtd or virtqemud, or install libvirt-daemon-system",
    ),
    (
        "libvirt-sock-ro': No such file",
        ErrorKind::Unreachable,
        "no libvirt daemon: start libvirtd or virtqemud, or install libvirt-daemon-system",
    ),
    (
        "-sock': No such file",
        ErrorKind::Unreachable,
        "no libvirt daemon for this driver is running",
    ),
    (
        "libvirt-sock': Permission denied",
        ErrorKind::Permission,
        "join the group libvirt, or use qemu:///session",
    ),
    (
        "-sock': Permission denied",
        ErrorKind::Permission,
        "join the group libvirt, or use qemu:///session",
    ),
    (
        "Cannot read CA certificate",
        ErrorKind::Auth,
        "no TLS certificates: put them under /etc/pki or ~/.pki/libvirt",
    ),
];

/// What kind of trouble an error is, from libvirt's domain, code and message.
pub fn classify(domain: i32, code: i32, message: &str) -> ErrorKind {
    if matches!(code, 1 | 38 | 39)
        && let Some((_, kind, _)) = pattern(message)
    {
        return *kind;
    }
    match code {
        1 | 38 | 39 if matches!(domain, FROM_RPC | FROM_REMOTE) => ErrorKind::Unreachable,
        // VIR_ERR_INVALID_CONN, VIR_ERR_NO_CONNECT, VIR_ERR_NO_SERVER
        6 if message.contains("socket is closed") => ErrorKind::Unreachable,
        5 => ErrorKind::Unreachable,
        // VIR_ERR_AUTH_FAILED, AUTH_UNAVAILABLE, GNUTLS
        45 | 94 | 40 => ErrorKind::Auth,
        // VIR_ERR_OPERATION_DENIED, ACCESS_DENIED
        29 | 88 => ErrorKind::Permission,
        // VIR_ERR_NO_DOMAIN, NO_NETWORK, NO_STORAGE_POOL, NO_STORAGE_VOL, NO_NODE_DEVICE,
        // NO_SECRET, NO_DOMAIN_SNAPSHOT, NO_DOMAIN_METADATA, DEVICE_MISSING
        42 | 43 | 49 | 50 | 53 | 62 | 66 | 72 | 80 | 99 => ErrorKind::NotFound,
        // VIR_ERR_DOM_EXIST, STORAGE_VOL_EXIST
        28 | 90 => ErrorKind::Conflict,
        9 if message.contains("already exists") => ErrorKind::Conflict,
        // an agent that is missing is a matter of one VM, not of the host's driver
        67 | 74 | 84 if message.contains("uest agent") => ErrorKind::Agent,
        // VIR_ERR_NO_SUPPORT, ARGUMENT_UNSUPPORTED, OPERATION_UNSUPPORTED, CONFIG_UNSUPPORTED
        3 | 74 | 84 | 67 => ErrorKind::Unsupported,
        // VIR_ERR_OPERATION_INVALID, BLOCK_COPY_ACTIVE, MIGRATE_UNSAFE, SNAPSHOT_REVERT_RISKY
        55 | 83 | 81 | 77 => ErrorKind::WrongState,
        // VIR_ERR_OPERATION_TIMEOUT, RESOURCE_BUSY
        68 | 87 => ErrorKind::Busy,
        // VIR_ERR_AGENT_UNRESPONSIVE, AGENT_UNSYNCED, AGENT_COMMAND_TIMEOUT, AGENT_COMMAND_FAILED
        86 | 97 | 112 | 113 => ErrorKind::Agent,
        // the test driver says it this way
        1 if message.ends_with("is not running") => ErrorKind::WrongState,
        // VIR_ERR_SSH, LIBSSH
        85 | 98 => ErrorKind::Unreachable,
        // VIR_ERR_AUTH_CANCELLED, OPERATION_ABORTED
        78 | 79 => ErrorKind::Cancelled,
        8 if message.starts_with("unsupported flags") || message.contains(": unsupported flags") => {
            ErrorKind::Unsupported
        }
        // VIR_ERR_INVALID_ARG, XML_ERROR, XML_DETAIL, XML_INVALID_SCHEMA
        8 | 27 | 35 | 92 => ErrorKind::Invalid,
        _ => ErrorKind::Internal,
    }
}

/// What an admin can do about it, if we know.
pub fn hint(domain: i32, code: i32, message: &str) -> Option<&'static str> {
    if let Some((_, _, advice)) = pattern(message).filter(|_| matches!(code, 1 | 38 | 39 | 40)) {
        return Some(advice);
    }
    match code {
        1 if domain == FROM_RPC => Some("the connection is gone; it is opened again by itself"),
        5 => Some("no driver knows this URI: check its first part, such as qemu"),
        45 => Some("check user name and password"),
        94 => Some("no polkit agent can ask here: join the group libvirt, or connect as root"),
        29 => Some("the connection is read-only"),
        88 => Some("the host's access rules forbid it"),
        68 => Some("another operation holds the VM; try again when it is done"),
        87 => Some("something else uses it"),
        86 => Some("the guest agent does not answer: is qemu-guest-agent running in the guest?"),
        74 if message.contains("guest agent is not configured") => Some("add a guest agent channel to the VM"),
        55 if message.contains("is not running") => Some("the VM is not running"),
        40 => Some("check the TLS certificates of both sides"),
        39 => Some("the answer is larger than libvirt allows"),
        _ => None,
    }
}

fn pattern(message: &str) -> Option<&'static (&'static str, ErrorKind, &'static str)> {
    PATTERNS.iter().find(|(fragment, _, _)| message.contains(fragment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_errors() {
        for (domain, code, message, kind) in [
            (
                10,
                74,
                "argument unsupported: QEMU guest agent is not configured",
                ErrorKind::Agent,
            ),
            (
                7,
                38,
                "Cannot recv data: kex_exchange_identification: Connection closed",
                ErrorKind::Unreachable,
            ),
            (
                7,
                1,
                "internal error: connection closed due to keepalive timeout",
                ErrorKind::Unreachable,
            ),
            (7, 1, "client socket is closed", ErrorKind::Unreachable),
            (
                7,
                38,
                "Cannot recv data: Host key verification failed.: Connection reset by peer",
                ErrorKind::Auth,
            ),
            (
                7,
                38,
                "Cannot recv data: root@x: Permission denied (publickey).: Connection reset by peer",
                ErrorKind::Auth,
            ),
            (
                7,
                38,
                "unable to connect to server at '127.0.0.1:9': Connection refused",
                ErrorKind::Unreachable,
            ),
            (
                7,
                38,
                "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
                ErrorKind::Permission,
            ),
            (
                7,
                38,
                "Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
                ErrorKind::Unreachable,
            ),
            (12, 42, "Domain not found", ErrorKind::NotFound),
            (
                10,
                55,
                "Requested operation is not valid: domain is not running",
                ErrorKind::WrongState,
            ),
            (
                0,
                29,
                "operation virDomainCreate forbidden for read only access",
                ErrorKind::Permission,
            ),
            (
                10,
                68,
                "Timed out during operation: cannot acquire state change lock",
                ErrorKind::Busy,
            ),
            (
                12,
                3,
                "this function is not supported by the connection driver: virDomainMigrate3",
                ErrorKind::Unsupported,
            ),
            (
                10,
                9,
                "operation failed: domain 'q' already exists with uuid x",
                ErrorKind::Conflict,
            ),
            (10, 86, "Guest agent is not responding", ErrorKind::Agent),
            (12, 1, "Domain 'x' is not running", ErrorKind::WrongState),
        ] {
            assert_eq!(classify(domain, code, message), kind, "{domain}/{code} {message}");
        }
    }

    #[test]
    fn advice_names_the_next_step() {
        assert!(hint(7, 38, "ssh: Could not resolve hostname x").is_some_and(|hint| hint.contains("DNS")));
        assert!(hint(10, 68, "held").is_some());
        assert_eq!(hint(10, 1, "anything"), None);
    }
}
