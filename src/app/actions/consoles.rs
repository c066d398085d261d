//! Whether something can be done with consoles now, and why not.

use crate::app::actions::spec::Availability::{self, Disabled, Ready};
use crate::app::console::Console;
use crate::app::model::Model;
use crate::app::update::shell::is_reachable;
use crate::base::ids::{NodeId, VmKey};
use crate::hv::console::ConsoleState;
use crate::hv::host::Feature;
use crate::hv::vm::VmDesc;
use crate::inventory::VmEntry;

fn refuse(reason: impl Into<String>) -> Availability {
    Disabled(reason.into())
}

/// Ready when one of the VMs passes; otherwise the reason of the first.
fn any(model: &Model, nodes: &[NodeId], check: fn(&Model, VmKey, &VmEntry) -> Result<(), String>) -> Availability {
    let mut first = None;
    for key in nodes.iter().filter_map(|node| node.vm()) {
        let outcome = match model.store.vm(key) {
            Some(vm) => check(model, key, vm),
            None => Err("the VM is gone".to_owned()),
        };
        match outcome {
            Ok(()) => return Ready,
            Err(reason) => {
                first.get_or_insert(reason);
            }
        }
    }
    refuse(first.unwrap_or_else(|| "select a VM".to_owned()))
}

/// Whoever sees a console can type into it, so that it counts as a change.
fn reachable(model: &Model, key: VmKey, vm: &VmEntry) -> Result<(), String> {
    if let Some(reason) = model.read_only(key.host) {
        return Err(format!("read-only: {reason}"));
    }
    let host = model.store.host(key.host).ok_or("the host is not in the inventory")?;
    if !host.conn.is_connected() {
        let name = model.name(NodeId::Host(key.host));
        return Err(format!("host {name} is {}", host.conn.word()));
    }
    if vm.record.status.state.is_active() {
        Ok(())
    } else {
        Err(format!("needs an active VM; it is {}", vm.record.status.state.word()))
    }
}

/// A VM with a screen that can be looked at.
pub fn screen(model: &Model, nodes: &[NodeId]) -> Availability {
    any(model, nodes, |model, key, vm| {
        reachable(model, key, vm)?;
        // a video device alone can be photographed
        match &vm.desc {
            Some(desc) if desc.graphics.is_empty() && !has(desc, &["video"]) => {
                Err("the VM has no graphics device".to_owned())
            }
            Some(_) | None => Ok(()),
        }
    })
}

/// Whether a VM has a device of one of these kinds.
fn has(desc: &VmDesc, kinds: &[&str]) -> bool {
    desc.others.iter().any(|(name, _)| kinds.contains(&name.raw()))
}

/// A VM with a serial console.
pub fn serial(model: &Model, nodes: &[NodeId]) -> Availability {
    any(model, nodes, |model, key, vm| {
        reachable(model, key, vm)?;
        let host = model.store.host(key.host);
        if host.is_some_and(|host| host.is_unsupported(Feature::Console)) {
            return Err("not supported by this host's driver".to_owned());
        }
        match &vm.desc {
            Some(desc) if !has(desc, &["serial", "console"]) => {
                Err("the VM has no serial or console device".to_owned())
            }
            // unknown until the XML is read: libvirt says it in its own words then
            Some(_) | None => Ok(()),
        }
    })
}

/// A VM that can be given a VNC password.
pub fn ticket(model: &Model, nodes: &[NodeId]) -> Availability {
    any(model, nodes, |model, key, vm| {
        reachable(model, key, vm)?;
        match &vm.desc {
            Some(desc) if !desc.graphics.iter().any(|found| found.kind.raw() == "vnc") => {
                Err("the VM has no VNC display".to_owned())
            }
            Some(_) | None => Ok(()),
        }
    })
}

/// A VM that an address is known of, or may be asked for.
pub fn shell(model: &Model, nodes: &[NodeId]) -> Availability {
    any(model, nodes, |model, key, vm| {
        let host = model.store.host(key.host);
        let live = host.is_some_and(|host| host.conn.is_connected());
        // an address from before it went off may be somebody else's by now
        if !vm.record.status.state.is_active() {
            return Err(format!("needs an active VM; it is {}", vm.record.status.state.word()));
        }
        match &vm.guest {
            Some(guest) if is_reachable(guest) => Ok(()),
            Some(_) => Err("no address of the guest is known (agent, leases and ARP were asked)".to_owned()),
            // asked for first
            None if live => Ok(()),
            None => Err("the host is not connected".to_owned()),
        }
    })
}

fn current(model: &Model, check: impl FnOnce(&Console) -> Result<(), String>) -> Availability {
    match model.consoles.current() {
        None => refuse("no console is open"),
        Some(console) => check(console).err().map_or(Ready, Disabled),
    }
}

/// A console is open.
pub fn open(model: &Model, _: &[NodeId]) -> Availability {
    current(model, |_| Ok(()))
}

/// Several consoles stand side by side.
pub fn several(model: &Model, _: &[NodeId]) -> Availability {
    match model.consoles.shown() {
        Some(tab) if tab.panes.len() > 1 => Ready,
        Some(_) | None => refuse("needs several consoles side by side"),
    }
}

/// The console takes keys.
pub fn writable(model: &Model, _: &[NodeId]) -> Availability {
    current(model, |console| match &console.state {
        ConsoleState::Live { keys: true, .. } => Ok(()),
        ConsoleState::Live { keys: false, .. } => {
            Err("screenshots only show; keys need the VM's VNC display".to_owned())
        }
        ConsoleState::Connecting { .. }
        | ConsoleState::Held(_)
        | ConsoleState::Waiting { .. }
        | ConsoleState::Failed(_)
        | ConsoleState::Closed => Err("the console is not connected".to_owned()),
    })
}

/// Key combinations can be sent: not over a serial line, but even where there are only
/// screenshots, by libvirt.
pub fn chord(model: &Model, nodes: &[NodeId]) -> Availability {
    match is_screen(model, nodes) {
        Ready if matches!(model.consoles.current(), Some(console) if console.is_live()) => Ready,
        Ready => writable(model, nodes),
        refused @ Disabled(_) => refused,
    }
}

/// The console is a screen.
pub fn is_screen(model: &Model, _: &[NodeId]) -> Availability {
    current(model, |console| {
        if console.is_serial() {
            Err("this is a serial console".to_owned())
        } else {
            Ok(())
        }
    })
}

/// The console is a serial line.
pub fn is_serial(model: &Model, _: &[NodeId]) -> Availability {
    current(model, |console| {
        if console.is_serial() {
            Ok(())
        } else {
            Err("this is a screen".to_owned())
        }
    })
}

/// The console is held by another client.
pub fn held(model: &Model, _: &[NodeId]) -> Availability {
    current(model, |console| match &console.state {
        ConsoleState::Held(_) => Ok(()),
        ConsoleState::Connecting { .. }
        | ConsoleState::Live { .. }
        | ConsoleState::Waiting { .. }
        | ConsoleState::Failed(_)
        | ConsoleState::Closed => Err("nobody else holds it".to_owned()),
    })
}
