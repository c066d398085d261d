//! ssh to a guest, with the console suspended meanwhile.

use crate::app::effect::{Effect, ShellRequest};
use crate::app::layers::Layer;
use crate::app::layers::form::{Control, Field, Form, Purpose};
use crate::app::model::Model;
use crate::app::update::forms::{button, choice, open_form, text};
use crate::base::ids::{NodeId, VmKey};

/// Asks which address and as whom; the addresses say where they are known from.
pub(super) fn ask(model: &mut Model) {
    let NodeId::Vm(key) = model.selected() else { return };
    let addresses = addresses(model, key);
    let Some(first) = addresses.first().cloned() else {
        return;
    };
    let through = model
        .entry(key.host)
        .and_then(|entry| jump(entry.uri.raw()))
        .unwrap_or_default();
    let fields = vec![
        choice(
            "address",
            "Address",
            addresses,
            &first,
            "Left and right choose; in brackets where libvirt knows it from.",
        ),
        text("user", "User", "", "Empty leaves it to ssh's configuration."),
        text("port", "Port", "", "Empty leaves it to ssh's configuration."),
        Field::new(
            "jump",
            format!("Through {}", if through.is_empty() { "the host" } else { &through }),
            Control::Toggle(false),
            "Space: as ssh -J, for guests on a network that only their host reaches.",
        ),
        button("save", "Open", "Runs ssh; virt-deck comes back when it ends."),
    ];
    let title = format!("Shell on {}", model.name(NodeId::Vm(key)));
    open_form(model, &title, Purpose::Shell(key), fields);
}

/// Addresses that a shell can be opened to, with their source.
fn addresses(model: &Model, key: VmKey) -> Vec<String> {
    let Some(guest) = model.store.vm(key).and_then(|vm| vm.guest.as_ref()) else {
        return Vec::new();
    };
    let mut found: Vec<String> = Vec::new();
    for address in &guest.addresses {
        let shown = address.address.to_string();
        let plain = shown.split('/').next().unwrap_or(&shown);
        let Ok(ip) = plain.parse::<std::net::IpAddr>() else {
            continue;
        };
        let local = match ip {
            std::net::IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local(),
            std::net::IpAddr::V6(ip) => ip.is_loopback() || (ip.segments()[0] & 0xffc0) == 0xfe80,
        };
        if !local && !found.iter().any(|known| known.starts_with(&format!("{ip} "))) {
            found.push(format!(
                "{ip} ({}, {})",
                address.source.word(),
                address.interface.fit(16)
            ));
        }
    }
    found
}

/// User and host of an ssh URI, as `ssh -J` wants them.
fn jump(uri: &str) -> Option<String> {
    let rest = uri.split_once("+ssh://").or_else(|| uri.split_once("+libssh2://"))?.1;
    let host = rest.split('/').next()?;
    Some(host.to_owned()).filter(|host| !host.is_empty())
}

/// Opens what the form says, or marks what is wrong.
pub(super) fn submit(model: &mut Model, form: &Form, key: VmKey, effects: &mut Vec<Effect>) {
    let through = model.entry(key.host).and_then(|entry| jump(entry.uri.raw()));
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
    if form.is_on("jump") && through.is_none() {
        checked.refuse("jump", "this host is not reached by ssh");
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
    model.layers.pop();
    effects.push(Effect::Shell(ShellRequest {
        address,
        user: Some(user.to_owned()).filter(|user| !user.is_empty()),
        port: port.and_then(Result::ok),
        jump: through.filter(|_| form.is_on("jump")),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_through_a_host_is_read_from_its_uri() {
        assert_eq!(
            jump("qemu+ssh://root@lab2:2222/system?keyfile=x").as_deref(),
            Some("root@lab2:2222")
        );
        assert_eq!(jump("qemu+tcp://lab1/system"), None);
        assert_eq!(jump("qemu:///system"), None);
    }
}
