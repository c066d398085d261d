//! Whether actions can be done now, as small rules that give the reason when not.

use crate::app::actions::spec::Availability::{self, Disabled, Ready};
use crate::app::model::Model;
use crate::base::ids::{NodeId, VmKey};
use crate::hv::host::{ConnState, Feature};
use crate::hv::vm::VmState;
use crate::inventory::{HostState, VmEntry};

/// Always.
pub fn always(_: &Model, _: &[NodeId]) -> Availability {
    Ready
}

fn refuse(reason: impl Into<String>) -> Availability {
    Disabled(reason.into())
}

/// A check of one VM: `Err` with the reason.
type Check = fn(&Model, VmKey, &HostState, &VmEntry) -> Result<(), String>;

/// Ready when at least one of the VMs passes; otherwise the reason of the first.
fn vms(model: &Model, nodes: &[NodeId], feature: Option<Feature>, check: Check) -> Availability {
    let mut first = None;
    let keys: Vec<VmKey> = nodes.iter().filter_map(|node| node.vm()).collect();
    if keys.is_empty() {
        return refuse("select a VM");
    }
    for key in keys {
        match one(model, key, feature, check) {
            Ok(()) => return Ready,
            Err(reason) => {
                first.get_or_insert(reason);
            }
        }
    }
    first.map_or(Ready, Disabled)
}

fn one(model: &Model, key: VmKey, feature: Option<Feature>, check: Check) -> Result<(), String> {
    let host = writable(model, key, feature)?;
    let vm = host.vms.get(&key.uuid).ok_or("the VM is gone")?;
    check(model, key, host, vm)
}

/// Whether anything may be written to a VM at all.
fn writable(model: &Model, key: VmKey, feature: Option<Feature>) -> Result<&HostState, String> {
    let name = model.name(NodeId::Host(key.host));
    let host = model.store.host(key.host).ok_or("the host is not in the inventory")?;
    if let Some(reason) = model.read_only(key.host) {
        return Err(format!("read-only: {reason}"));
    }
    match &host.conn {
        ConnState::Live { .. } | ConnState::Slow { .. } | ConnState::Syncing { .. } => {}
        other => return Err(format!("host {name} is {}", other.word())),
    }
    if let Some(task) = model.tasks.pending(key) {
        return Err(format!("has a pending task: {}", task.verb.word()));
    }
    if feature.is_some_and(|feature| host.is_unsupported(feature)) {
        return Err("not supported by this host's driver".to_owned());
    }
    Ok(host)
}

fn is_active(vm: &VmEntry) -> bool {
    vm.record.status.state.is_active()
}

fn need_running(vm: &VmEntry) -> Result<(), String> {
    match vm.record.status.state {
        VmState::Running | VmState::Blocked => Ok(()),
        other => Err(format!("needs a running VM; it is {}", other.word())),
    }
}

fn need_active(vm: &VmEntry) -> Result<(), String> {
    if is_active(vm) {
        Ok(())
    } else {
        Err(format!("needs an active VM; it is {}", vm.record.status.state.word()))
    }
}

fn need_off(vm: &VmEntry) -> Result<(), String> {
    if is_active(vm) {
        Err(format!("it is {} already", vm.record.status.state.word()))
    } else {
        Ok(())
    }
}

fn need_agent(vm: &VmEntry) -> Result<(), String> {
    match &vm.desc {
        Some(desc) if !desc.agent_channel => Err("the VM has no guest agent channel".to_owned()),
        Some(desc) if desc.agent_connected == Some(false) => Err("the guest agent is not connected".to_owned()),
        // unknown until the XML is read: libvirt says it in its own words then
        Some(_) | None => Ok(()),
    }
}

/// A VM that is off.
pub fn startable(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, None, |_, _, _, vm| need_off(vm))
}

/// A running VM whose driver can shut it down.
pub fn shutdown(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::Shutdown), |_, _, _, vm| need_running(vm))
}

/// The same with a guest agent.
pub fn shutdown_agent(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::Shutdown), |_, _, _, vm| {
        need_running(vm).and_then(|()| need_agent(vm))
    })
}

/// A running VM whose driver can reboot it.
pub fn reboot(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::Reboot), |_, _, _, vm| need_running(vm))
}

/// The same with a guest agent.
pub fn reboot_agent(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::Reboot), |_, _, _, vm| {
        need_running(vm).and_then(|()| need_agent(vm))
    })
}

/// An active VM whose driver can reset it.
pub fn reset(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::Reset), |_, _, _, vm| need_active(vm))
}

/// An active VM.
pub fn active(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, None, |_, _, _, vm| need_active(vm))
}

/// A running VM that can be paused.
pub fn pausable(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::Suspend), |_, _, _, vm| need_running(vm))
}

/// A paused or suspended VM.
pub fn resumable(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::Suspend), |_, _, _, vm| {
        match vm.record.status.state {
            VmState::Paused | VmState::PmSuspended => Ok(()),
            other => Err(format!("needs a paused VM; it is {}", other.word())),
        }
    })
}

/// An active VM with a definition that outlives it.
pub fn savable(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::ManagedSave), |_, _, _, vm| {
        need_active(vm)?;
        if vm.record.persistent {
            Ok(())
        } else {
            Err("the VM is transient: it has no stored definition".to_owned())
        }
    })
}

/// A VM with a saved state.
pub fn discardable(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::ManagedSave), |_, _, _, vm| {
        if vm.record.managed_save {
            Ok(())
        } else {
            Err("the VM has no saved state".to_owned())
        }
    })
}

/// An active VM that can be sent an NMI.
pub fn nmi(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::InjectNmi), |_, _, _, vm| need_active(vm))
}

/// A running VM that can be sent keys.
pub fn send_keys(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::SendKey), |_, _, _, vm| need_running(vm))
}

/// An active VM that can be dumped.
pub fn core_dump(model: &Model, nodes: &[NodeId]) -> Availability {
    vms(model, nodes, Some(Feature::CoreDump), |_, _, _, vm| need_active(vm))
}

fn autostart(model: &Model, nodes: &[NodeId], check: Check) -> Availability {
    vms(model, nodes, Some(Feature::Autostart), check)
}

/// A VM that does not start with its host.
pub fn autostart_on(model: &Model, nodes: &[NodeId]) -> Availability {
    autostart(model, nodes, |_, _, _, vm| {
        match (vm.record.persistent, vm.record.autostart) {
            (false, _) => Err("the VM is transient: it has no stored definition".to_owned()),
            (true, true) => Err("autostart is on already".to_owned()),
            (true, false) => Ok(()),
        }
    })
}

/// A VM that starts with its host.
pub fn autostart_off(model: &Model, nodes: &[NodeId]) -> Availability {
    autostart(model, nodes, |_, _, _, vm| {
        if vm.record.autostart {
            Ok(())
        } else {
            Err("autostart is off already".to_owned())
        }
    })
}

/// Whether a verb can be done to one VM; for picking the right ones out of the marked.
pub fn one_vm(model: &Model, key: VmKey, available: fn(&Model, &[NodeId]) -> Availability) -> Availability {
    available(model, &[NodeId::Vm(key)])
}

/// Something that is on a host, or groups of hosts.
pub fn some_host(model: &Model, nodes: &[NodeId]) -> Availability {
    let any = nodes.iter().any(|node| match node {
        NodeId::Fleet => !model.store.topology().hosts.is_empty(),
        NodeId::Datacenter(id) => model
            .store
            .topology()
            .hosts
            .iter()
            .any(|host| host.datacenter == Some(*id)),
        NodeId::Cluster(id) => model
            .store
            .topology()
            .hosts
            .iter()
            .any(|host| host.cluster == Some(*id)),
        NodeId::Host(_) | NodeId::Vm(_) => true,
    });
    if any { Ready } else { refuse("there is no host here") }
}

/// The inventory is a file that can be written.
pub fn inventory_editable(model: &Model, _: &[NodeId]) -> Availability {
    model.options.inventory_locked.clone().map_or(Ready, Disabled)
}

/// One host of a writable inventory.
pub fn one_inventory_host(model: &Model, nodes: &[NodeId]) -> Availability {
    match nodes {
        [NodeId::Host(_)] => inventory_editable(model, nodes),
        _ => refuse("select a host"),
    }
}

/// One data center or cluster of a writable inventory.
pub fn one_inventory_group(model: &Model, nodes: &[NodeId]) -> Availability {
    match nodes {
        [NodeId::Datacenter(_) | NodeId::Cluster(_)] => inventory_editable(model, nodes),
        _ => refuse("select a data center or a cluster"),
    }
}

/// Something was ordered and not sent yet.
pub fn grace_running(model: &Model, _: &[NodeId]) -> Availability {
    let any = model
        .tasks
        .iter()
        .any(|task| matches!(task.state, crate::app::tasks::TaskState::Grace { .. }));
    if any {
        Ready
    } else {
        refuse("there is nothing to call back")
    }
}

/// One of the VMs has a pending task.
pub fn task_pending(model: &Model, nodes: &[NodeId]) -> Availability {
    let any = nodes
        .iter()
        .filter_map(|node| node.vm())
        .any(|key| model.tasks.pending(key).is_some());
    if any { Ready } else { refuse("no task is pending") }
}

/// A connection asks something.
pub fn question_open(model: &Model, _: &[NodeId]) -> Availability {
    if model.questions.is_empty() {
        refuse("no host asks anything")
    } else {
        Ready
    }
}

/// The terminal's clipboard may be written to.
pub fn clipboard(model: &Model, _: &[NodeId]) -> Availability {
    if model.options.clipboard {
        Ready
    } else {
        refuse("the clipboard is turned off in config.toml")
    }
}
