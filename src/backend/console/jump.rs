//! The way to a guest through its host, for an `ssh` of the user's own.

use crate::backend::console::route::Target;
use crate::backend::console::tunnel_ssh::place;
use crate::backend::libvirt::ssh::{files, quote, settings};
use crate::base::text::Text;
use crate::hv::topology::SshOptions;

/// The `ProxyCommand` that leads through the host of a connection URI, with everything that the
/// URI and the inventory say about ssh to it, which `ssh -J` has no words for. `None` when the
/// host is not reached by ssh.
pub fn proxy_command(uri: &Text, options: &SshOptions) -> Option<String> {
    let target = Target::parse(uri.raw());
    if !target.is_ssh() || target.host.is_none() {
        return None;
    }
    let own = target
        .command
        .clone()
        .filter(|_| target.transport.as_deref() == Some("ssh"));
    let mut words = vec![own.unwrap_or_else(|| "ssh".to_owned())];
    for (flag, value) in settings(options).chain(files(options)) {
        words.extend([flag.to_owned(), value]);
    }
    // nothing but the way is wanted of the host
    words.extend(["-T", "-a", "-x"].map(str::to_owned));
    let before = words.len();
    words.extend(place(&target, options));
    // ssh expands percent signs before the shell sees the words
    let mut quoted: Vec<String> = words.iter().map(|word| quote(&word.replace('%', "%%"))).collect();
    quoted.insert(before, "-W '[%h]:%p'".to_owned());
    Some(quoted.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_has_what_the_inventory_says_of_the_host() {
        let options = SshOptions {
            keyfile: Some("/my key".to_owned()),
            jump: Some("gate".to_owned()),
            options: vec!["Compression=100%".to_owned()],
            ..SshOptions::default()
        };
        let uri = Text::from("qemu+ssh://root@lab2:2222/system?command=/opt/ssh");
        assert_eq!(
            proxy_command(&uri, &options).as_deref(),
            Some(
                "'/opt/ssh' '-o' 'Compression=100%%' '-i' '/my key' '-J' 'gate' '-T' '-a' '-x' \
                 -W '[%h]:%p' '-p' '2222' '-l' 'root' '--' 'lab2'"
            )
        );
    }

    #[test]
    fn only_hosts_behind_ssh_lead_anywhere() {
        let none = SshOptions::default();
        for uri in ["qemu+tcp://lab1/system", "qemu:///system", "qemu+ssh:///system", ""] {
            assert_eq!(proxy_command(&Text::from(uri), &none), None, "{uri}");
        }
        assert!(
            proxy_command(&Text::from("qemu+libssh2://lab1/system?command=/x"), &none)
                .is_some_and(|command| command.starts_with("'ssh' "))
        );
    }
}
