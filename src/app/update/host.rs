//! What a host tells.

use crate::app::effect::Effect;
use crate::app::layers::Layer;
use crate::app::layers::form::Purpose;
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::{console_news, consoles, power, questions, say, shell};
use crate::base::ids::{NodeId, VmKey};
use crate::hv::event::{HostEvent, HostMessage};
use crate::hv::host::ConnState;

/// Takes a host's message.
pub(super) fn message(model: &mut Model, message: HostMessage, effects: &mut Vec<Effect>) {
    let now = model.now;
    let host = message.host;
    // consoles outlive connections, so that their news belongs to no epoch
    match message.event {
        HostEvent::Console { console, update } => return console_news::news(model, console, update, effects),
        HostEvent::Display { uuid, answer } => return console_news::display(model, VmKey { host, uuid }, answer),
        HostEvent::Thumbnail { uuid, thumbnail } => return console_news::thumbnail(model, host, uuid, thumbnail),
        _ => {}
    }
    let was_live = model.store.host(host).is_some_and(|host| host.conn.is_connected());
    let changes = model.store.apply(&message, now);
    if let HostEvent::Guest { uuid, .. } = message.event {
        shell::answered(model, VmKey { host, uuid });
    }
    for (from, to) in &changes.moved {
        follow(model, NodeId::Vm(*from), NodeId::Vm(*to));
        if model.marks.remove(from) {
            model.marks.insert(*to);
        }
        if model.list.cursor.wanted() == Some(*from) {
            model.list.cursor.rebind(*to);
        }
        consoles::follow(model, *from, *to, effects);
    }
    match message.event {
        HostEvent::Task { task, update } => {
            let status = model
                .tasks
                .get(task)
                .and_then(|task| model.store.vm(task.key))
                .map(|vm| vm.record.status);
            if let Some(batch) = model.tasks.update(task, &update, status, now) {
                power::summarise(model, batch);
            }
        }
        HostEvent::Prompt(prompt) => {
            model.questions.push_back((host, prompt));
            questions::announce(model);
        }
        HostEvent::PromptGone(id) => {
            model.questions.retain(|(_, prompt)| prompt.id != id);
            model
                .layers
                .retain(|layer| !matches!(layer, Layer::Form(form) if form.purpose == Purpose::Prompt(host, id)));
        }
        HostEvent::Conn(ConnState::Down { error, .. }) if was_live => {
            let name = model.name(NodeId::Host(host));
            say(model, Level::Error, format!("host {name}: {error}"));
        }
        HostEvent::Conn(ConnState::Live { .. }) => {
            model.answered.retain(|(of, _)| *of != host);
        }
        HostEvent::Vms(_) | HostEvent::VmGone(_) | HostEvent::ListEnd => settle(model),
        _ => {}
    }
}

/// Lets tasks see the states that VMs have now.
fn settle(model: &mut Model) {
    let pending: Vec<_> = model
        .tasks
        .iter()
        .filter(|task| !task.state.is_finished())
        .map(|task| task.key)
        .collect();
    for key in pending {
        // rows of a lost host are old news
        if !model.store.host(key.host).is_some_and(|host| host.conn.is_connected()) {
            continue;
        }
        let status = model.store.vm(key).map(|vm| vm.record.status);
        if let Some(batch) = model.tasks.observe(key, status, model.now) {
            power::summarise(model, batch);
        }
    }
}

/// The cursor goes with a VM that went to another host.
fn follow(model: &mut Model, from: NodeId, to: NodeId) {
    if model.tree.cursor.wanted() == Some(from) {
        model.tree.cursor.rebind(to);
    }
    for node in model.history.iter_mut().chain(&mut model.future) {
        if *node == from {
            *node = to;
        }
    }
}
