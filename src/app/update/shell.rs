//! ssh to a guest, with the console suspended meanwhile.

use std::net::IpAddr;
use std::time::Duration;

use crate::app::actions::Availability;
use crate::app::actions::consoles as rules;
use crate::app::effect::{Effect, Jump, ShellRequest};
use crate::app::layers::Layer;
use crate::app::layers::form::{Control, Field, Form, Purpose};
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::forms::{button, choice, open_form, text};
use crate::app::update::say;
use crate::base::ids::{NodeId, VmKey};
use crate::hv::command::HostCommand;
use crate::hv::guest::{AddressSource, GuestInfo};

/// An address that a shell can be opened to.
struct Known {
    ip: IpAddr,
    interface: String,
    sources: Vec<AddressSource>,
}

impl Known {
    /// The address, and in brackets where it is known from.
    fn label(&self) -> String {
        let sources: Vec<&str> = self.sources.iter().map(|source| source.word()).collect();
        format!("{} ({}, {})", self.ip, sources.join("+"), self.interface)
    }
}

/// How long a shell that was asked for is still wanted when the guest's address is known.
const WANTED: Duration = Duration::from_secs(20);

/// Asks for a shell: as soon as an address is known.
pub(super) fn ask(model: &mut Model, effects: &mut Vec<Effect>) {
    let NodeId::Vm(key) = model.selected() else { return };
    if model.store.vm(key).is_some_and(|vm| vm.guest.is_some()) {
        return ask_where(model, key);
    }
    let name = model.name(NodeId::Vm(key));
    say(model, Level::Info, format!("asking for the address of {name}"));
    model.shell_wanted = Some((key, model.now));
    effects.push(Effect::Host(key.host, HostCommand::FetchGuest(key.uuid)));
}

/// A guest was asked; a shell of it may be waited for by somebody who has done nothing else since.
pub(super) fn answered(model: &mut Model, key: VmKey) {
    let Some((wanted, at)) = model.shell_wanted.filter(|(wanted, _)| *wanted == key) else {
        return;
    };
    model.shell_wanted = None;
    let still = model.layers.is_empty() && model.selected() == NodeId::Vm(wanted);
    if !still || model.now.since(at) > WANTED {
        return;
    }
    match rules::shell(model, &[NodeId::Vm(key)]) {
        Availability::Ready => ask_where(model, key),
        Availability::Disabled(reason) => say(model, Level::Warning, format!("Guest shell: {reason}")),
    }
}

/// Asks which address and as whom; the addresses say where they are known from.
fn ask_where(model: &mut Model, key: VmKey) {
    let known = model.store.vm(key).and_then(|vm| vm.guest.as_deref()).map(addresses);
    let known = known.unwrap_or_default();
    let Some(first) = known.first() else {
        return;
    };
    // who got the address of the host's own DHCP server is on a network of the host
    let inner = first.sources.contains(&AddressSource::Lease);
    let labels: Vec<String> = known.iter().map(Known::label).collect();
    let mut fields = vec![
        choice(
            "address",
            "Address",
            labels.clone(),
            &labels[0],
            "Left and right choose; in brackets where libvirt knows it from.",
        ),
        text("user", "User", "", "Empty leaves it to ssh's configuration."),
        text("port", "Port", "", "Empty leaves it to ssh's configuration."),
    ];
    if let Some(jump) = jump(model, key) {
        fields.push(Field::new(
            "jump",
            format!("Through {}", jump.name),
            Control::Toggle(inner),
            "Space: by ssh through the host, for guests on a network that only the host reaches.",
        ));
    }
    fields.push(button("save", "Open", "Runs ssh; virt-deck comes back when it ends."));
    let title = format!("Shell on {}", model.name(NodeId::Vm(key)));
    open_form(model, &title, Purpose::Shell(key), fields);
}

/// Addresses that a shell can be opened to, each once with all sources that know it.
fn addresses(guest: &GuestInfo) -> Vec<Known> {
    let mut found: Vec<Known> = Vec::new();
    for address in &guest.addresses {
        let plain = address.address.raw().split('/').next().unwrap_or_default();
        let Ok(ip) = plain.parse::<IpAddr>() else {
            continue;
        };
        let local = match ip {
            IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
            IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unspecified(),
        };
        if local {
            continue;
        }
        match found.iter_mut().find(|known| known.ip == ip) {
            Some(known) if !known.sources.contains(&address.source) => known.sources.push(address.source),
            Some(_) => {}
            None => found.push(Known {
                ip,
                interface: address.interface.fit(16),
                sources: vec![address.source],
            }),
        }
    }
    found
}

/// Whether an address is known that a shell can be opened to.
pub fn is_reachable(guest: &GuestInfo) -> bool {
    !addresses(guest).is_empty()
}

/// The VM's host as a way to its guests, when it is reached by ssh.
fn jump(model: &Model, key: VmKey) -> Option<Jump> {
    let entry = model.entry(key.host)?;
    is_ssh(entry.uri.raw()).then(|| Jump {
        name: entry.name.to_string(),
        uri: entry.uri.clone(),
        ssh: entry.ssh.clone(),
    })
}

/// Whether a URI leads to another machine by ssh.
fn is_ssh(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return false;
    };
    let transport = scheme.split_once('+').map_or("", |(_, transport)| transport);
    matches!(transport, "ssh" | "libssh" | "libssh2") && !rest.is_empty() && !rest.starts_with('/')
}

/// Opens what the form says, or marks what is wrong.
pub(super) fn submit(model: &mut Model, form: &Form, key: VmKey, effects: &mut Vec<Effect>) {
    let mut checked = form.clone();
    checked.clear_errors();
    let port = form.text("port");
    let port = if port.is_empty() {
        None
    } else {
        Some(port.parse::<u16>())
    };
    if matches!(port, Some(Err(_) | Ok(0))) {
        checked.refuse("port", "a port is a number from 1 to 65535");
    }
    let user = form.text("user");
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-@\\".contains(c);
    if user.starts_with('-') || !user.chars().all(plain) {
        checked.refuse("user", "a user name has letters, digits and . _ - @ only");
    }
    let address = form
        .text("address")
        .split(' ')
        .next()
        .and_then(|text| text.parse().ok());
    let (false, Some(address)) = (checked.has_errors(), address) else {
        if let Some(Layer::Form(form)) = model.layers.last_mut() {
            *form = checked;
        }
        return;
    };
    let jump = jump(model, key).filter(|_| form.is_on("jump"));
    model.layers.pop();
    effects.push(Effect::Shell(ShellRequest {
        address,
        user: Some(user.to_owned()).filter(|user| !user.is_empty()),
        port: port.and_then(Result::ok),
        jump,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ssh_to_another_machine_is_a_way() {
        assert!(is_ssh("qemu+ssh://root@lab2:2222/system?keyfile=x"));
        assert!(is_ssh("xen+libssh2://lab2"));
        for uri in ["qemu+tcp://lab1/system", "qemu:///system", "qemu+ssh:///system", "lab"] {
            assert!(!is_ssh(uri), "{uri}");
        }
    }
}
