//! Builds forms.

use crate::app::actions::ActionId;
use crate::app::effect::{Effect, HostDraft};
use crate::app::input::Input;
use crate::app::layers::Layer;
use crate::app::layers::form::{Control, Field, Form, FormId, Purpose};
use crate::app::model::Model;
use crate::app::msg::ImportCandidate;
use crate::app::notices::Level;
use crate::app::update::{checks, open, power, say, submit};
use crate::base::ids::{HostId, NodeId};
use crate::base::text::Text;
use crate::hv::command::PowerVerb;
use crate::inventory::columns::VmColumn;

/// Key combinations offered; any other can be typed.
pub(super) const COMBINATIONS: [&str; 12] = [
    "ctrl-alt-delete",
    "ctrl-alt-backspace",
    "ctrl-alt-f1",
    "ctrl-alt-f2",
    "ctrl-alt-f3",
    "ctrl-alt-f7",
    "alt-sysrq-s",
    "alt-sysrq-u",
    "alt-sysrq-b",
    "alt-sysrq-t",
    "enter",
    "esc",
];

pub(super) fn text(key: &'static str, label: &str, value: &str, help: &'static str) -> Field {
    Field::new(key, label, Control::Text(Input::new(value)), help)
}

pub(super) fn choice(key: &'static str, label: &str, options: Vec<String>, value: &str, help: &'static str) -> Field {
    let index = options.iter().position(|option| option == value).unwrap_or(0);
    Field::new(key, label, Control::Choice { options, index }, help)
}

pub(super) fn button(key: &'static str, label: &str, help: &'static str) -> Field {
    Field::new(key, label, Control::Button, help)
}

pub(super) fn note(label: String) -> Field {
    Field::new("note", label, Control::Note, "")
}

pub(super) fn open_form(model: &mut Model, title: &str, purpose: Purpose, fields: Vec<Field>) {
    model.last_form += 1;
    let mut form = Form {
        id: FormId(model.last_form),
        title: title.to_owned(),
        purpose,
        fields,
        index: 0,
        offset: 0,
        message: None,
    };
    if form.fields.first().is_some_and(|field| field.control == Control::Note) {
        form.step(1);
    }
    open(model, Layer::Form(form));
}

/// Adds a host, or changes one.
pub(super) fn host(model: &mut Model, host: Option<HostId>, uri: Option<&str>) {
    let topology = model.store.topology();
    let entry = host.and_then(|host| topology.host(host));
    let (mut datacenter, mut cluster) = (None, None);
    match (entry, model.selected()) {
        (Some(entry), _) => (datacenter, cluster) = (entry.datacenter, entry.cluster),
        (None, NodeId::Datacenter(id)) => datacenter = Some(id),
        (None, NodeId::Cluster(id)) => cluster = Some(id),
        (None, _) => {}
    }
    if let Some(found) = cluster.and_then(|id| topology.cluster(id)) {
        datacenter = found.datacenter.or(datacenter);
    }
    let name_of = |found: Option<&Text>| found.map(ToString::to_string).unwrap_or_default();
    let draft = HostDraft {
        name: entry.map(|entry| entry.name.raw().to_owned()).unwrap_or_default(),
        uri: entry
            .map(|entry| entry.uri.raw().to_owned())
            .or(uri.map(str::to_owned))
            .unwrap_or_default(),
        datacenter: name_of(
            datacenter
                .and_then(|id| topology.datacenter(id))
                .map(|found| &found.name),
        ),
        cluster: name_of(cluster.and_then(|id| topology.cluster(id)).map(|found| &found.name)),
        environment: name_of(
            entry
                .and_then(|entry| entry.environment.as_ref())
                .map(|found| &found.name),
        ),
        tags: entry
            .map(|entry| entry.tags.iter().map(|tag| tag.raw().to_owned()).collect())
            .unwrap_or_default(),
        read_only: entry.is_some_and(|entry| entry.read_only),
        enabled: entry.is_none_or(|entry| entry.enabled),
        ssh: entry.map(|entry| entry.ssh.clone()).unwrap_or_default(),
    };
    let datacenters = checks::names(topology.datacenters.iter().map(|found| &found.name));
    let clusters = checks::clusters(topology, &draft.datacenter);
    let environments = checks::names(model.environments.iter().map(|found| &found.name));
    let fields = vec![
        text("name", "Name", &draft.name, "A name that no other host has."),
        text(
            "uri",
            "URI",
            &draft.uri,
            "As for virsh -c: qemu+ssh://root@host/system, qemu+tls://host/system, qemu:///system …",
        ),
        choice(
            "datacenter",
            "Data center",
            datacenters,
            &draft.datacenter,
            "Left and right choose; empty for none.",
        ),
        choice(
            "cluster",
            "Cluster",
            clusters,
            &draft.cluster,
            "Left and right choose among those of the data center; empty for none.",
        ),
        choice(
            "environment",
            "Environment",
            environments,
            &draft.environment,
            "Marked on the screen; prod asks more before it acts.",
        ),
        text(
            "tags",
            "Tags",
            &draft.tags.join(" "),
            "Words to search by, separated by spaces.",
        ),
        text(
            "keyfile",
            "ssh key file",
            draft.ssh.keyfile.as_deref().unwrap_or(""),
            "Only for +ssh; empty leaves it to ssh's configuration.",
        ),
        text(
            "jump",
            "ssh jump host",
            draft.ssh.jump.as_deref().unwrap_or(""),
            "Only for +ssh; as ssh -J.",
        ),
        Field::new(
            "read_only",
            "Read-only",
            Control::Toggle(draft.read_only),
            "Space turns it on: nothing can be changed on this host.",
        ),
        Field::new(
            "enabled",
            "Enabled",
            Control::Toggle(draft.enabled),
            "Space turns it off: the host stays listed but is not connected.",
        ),
        button(
            "test",
            "Test connection",
            "Connects once with what is entered and tells how it went.",
        ),
        button("save", "Save", "Writes the inventory file; comments in it stay."),
    ];
    let title = if entry.is_some() { "Edit host" } else { "Add host" };
    let purpose = Purpose::Host {
        name: entry.map(|entry| entry.name.clone()),
        draft: Box::new(draft),
    };
    open_form(model, title, purpose, fields);
}

/// Adds a data center.
pub(super) fn datacenter(model: &mut Model, name: Option<&str>) {
    let fields = vec![
        text(
            "name",
            "Name",
            name.unwrap_or(""),
            "A name that no other data center has.",
        ),
        button("save", "Save", "Writes the inventory file; comments in it stay."),
    ];
    open_form(model, "Add data center", Purpose::Datacenter, fields);
}

/// Adds a cluster.
pub(super) fn cluster(model: &mut Model, name: Option<&str>) {
    let topology = model.store.topology();
    let here = match model.selected() {
        NodeId::Datacenter(id) => topology.datacenter(id).map(|found| found.name.to_string()),
        _ => None,
    };
    let datacenters = checks::names(topology.datacenters.iter().map(|found| &found.name));
    let fields = vec![
        text(
            "name",
            "Name",
            name.unwrap_or(""),
            "A name that no other cluster of the data center has.",
        ),
        choice(
            "datacenter",
            "Data center",
            datacenters,
            here.as_deref().unwrap_or(""),
            "Left and right choose; empty for none.",
        ),
        button("save", "Save", "Writes the inventory file; comments in it stay."),
    ];
    open_form(model, "Add cluster", Purpose::Cluster, fields);
}

/// Renames a data center or cluster.
pub(super) fn rename(model: &mut Model, name: Option<&str>) {
    let topology = model.store.topology();
    let purpose = match model.selected() {
        NodeId::Datacenter(id) => topology
            .datacenter(id)
            .map(|found| Purpose::RenameDatacenter(found.name.clone())),
        NodeId::Cluster(id) => topology.cluster(id).map(|found| {
            let above = found
                .datacenter
                .and_then(|id| topology.datacenter(id))
                .map(|found| found.name.clone());
            Purpose::RenameCluster(above, found.name.clone())
        }),
        NodeId::Fleet | NodeId::Host(_) | NodeId::Vm(_) => None,
    };
    let Some(purpose) = purpose else { return };
    let present = model.name(model.selected());
    let fields = vec![
        text("name", "Name", name.unwrap_or(&present), "The new name."),
        button("save", "Save", "Writes the inventory file; comments in it stay."),
    ];
    open_form(model, "Rename", purpose, fields);
}

/// Offers hosts that other programs know. Nothing is added unless it is ticked, and whoever leaves
/// the form is not asked again at the next start.
pub(super) fn offer_imports(model: &mut Model, candidates: Vec<ImportCandidate>, effects: &mut Vec<Effect>) {
    let known = |candidate: &ImportCandidate| {
        model
            .store
            .topology()
            .hosts
            .iter()
            .any(|host| host.uri.raw() == candidate.uri)
    };
    let candidates: Vec<ImportCandidate> = candidates.into_iter().filter(|candidate| !known(candidate)).collect();
    if candidates.is_empty() {
        return say(model, Level::Info, "neither virt-manager nor ssh knows further hosts");
    }
    if !model.import_offered {
        model.import_offered = true;
        effects.push(Effect::SaveState);
    }
    let mut fields = vec![note(
        "Other programs know these hosts. Space ticks, Save adds the ticked ones.".to_owned(),
    )];
    for candidate in &candidates {
        let label = format!("{} ({})", crate::base::text::show(&candidate.uri), candidate.origin);
        fields.push(Field::new(
            "candidate",
            label,
            Control::Toggle(false),
            "Space ticks it.",
        ));
    }
    fields.push(button("save", "Save", "Adds the ticked hosts to the inventory."));
    open_form(model, "Import hosts", Purpose::Import(candidates), fields);
}

/// Chooses the columns of the list.
pub(super) fn columns(model: &mut Model) {
    let shown = model.list.columns.clone();
    let rest = VmColumn::ALL.iter().copied().filter(|column| !shown.contains(column));
    let how = "Space shows or hides a column; < and > move it. Enter takes it over, also for the next start.";
    let columns = shown.iter().copied().chain(rest).map(|column| {
        Field::new(
            column.id(),
            column.title(),
            Control::Toggle(shown.contains(&column)),
            column.help(),
        )
    });
    let mut fields = vec![Field::new("how", how, Control::Note, "")];
    fields.extend(columns);
    fields.push(button("save", "Save", ""));
    open_form(model, "Columns", Purpose::Columns, fields);
}

/// Sends keys: those given, or asks which.
pub(super) fn send_keys(model: &mut Model, argument: Option<&str>, effects: &mut Vec<Effect>) {
    let keys: Vec<_> = power::fitting(model, ActionId::SendKeys)
        .0
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    if let Some(keys) = argument {
        return match submit::combination(keys) {
            Ok(verb) => power::ask(model, ActionId::SendKeys, verb, None, None, effects),
            Err(error) => say(model, Level::Warning, error),
        };
    }
    let offered = COMBINATIONS.iter().map(|text| (*text).to_owned()).collect();
    let fields = vec![
        choice(
            "offered",
            "Keys",
            offered,
            COMBINATIONS[0],
            "Left and right choose one of the usual combinations.",
        ),
        text(
            "keys",
            "Or others",
            "",
            "Names joined by -, such as ctrl-alt-f4 or alt-sysrq-c; wins over the choice.",
        ),
        button("save", "Send", "Presses the keys together in the guest."),
    ];
    open_form(model, "Send keys", Purpose::SendKeys(keys), fields);
}

/// Dumps memory: to the path given, or asks where to.
pub(super) fn core_dump(model: &mut Model, argument: Option<&str>, effects: &mut Vec<Effect>) {
    let targets = power::fitting(model, ActionId::CoreDump).0;
    if let (Some(path), [_]) = (argument, targets.as_slice()) {
        let verb = PowerVerb::CoreDump {
            path: Text::new(path),
            memory_only: false,
        };
        return power::ask(model, ActionId::CoreDump, verb, None, None, effects);
    }
    let fields = vec![
        text(
            "path",
            "Path on the host",
            "/var/lib/libvirt/qemu/dump/",
            "A file for one VM; a directory ending in / names it after the VM.",
        ),
        Field::new(
            "memory_only",
            "Memory only",
            Control::Toggle(true),
            "Space: only the guest's memory, in a format that crash reads.",
        ),
        button("save", "Dump", "The VM stands still while its memory is written."),
    ];
    let keys = targets.into_iter().map(|(key, _)| key).collect();
    open_form(model, "Core dump", Purpose::CoreDump(keys), fields);
}
