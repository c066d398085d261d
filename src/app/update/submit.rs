//! Keys in forms, checks, and what a filled-in form does.

use crate::app::effect::{Effect, HostDraft, InventoryChange};
use crate::app::keymap::Call;
use crate::app::layers::Layer;
use crate::app::layers::form::{Control, Field, Form, Purpose};
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::{checks, power, rows, run, say, shell};
use crate::base::ids::VmKey;
use crate::base::key::{Key, KeyCode};
use crate::base::text::Text;
use crate::hv::command::{HostCommand, PowerVerb, Secret};
use crate::inventory::columns::VmColumn;

/// Takes a key for the topmost form.
pub(super) fn form_key(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let Some(Layer::Form(form)) = model.layers.last_mut() else {
        return;
    };
    if key.code == KeyCode::Esc || key == Key::ctrl('c') {
        return cancel(model, effects);
    }
    match key.code {
        KeyCode::Tab if key.shift => form.step(-1),
        KeyCode::Tab | KeyCode::Down => form.step(1),
        KeyCode::Up => form.step(-1),
        KeyCode::Enter => enter(model, effects),
        _ => {
            edit(form, key);
            checks::follow_datacenter(model);
        }
    }
}

fn edit(form: &mut Form, key: Key) {
    let columns = form.purpose == Purpose::Columns;
    let (index, last) = (form.index, form.fields.len().saturating_sub(1));
    let Some(field) = form.fields.get_mut(index) else {
        return;
    };
    field.error = None;
    match &mut field.control {
        Control::Text(input) | Control::Secret(input) => {
            input.key(key);
        }
        Control::Toggle(on) => match key.code {
            KeyCode::Char(' ') => *on = !*on,
            KeyCode::Char('<') if columns && index > 1 => {
                form.fields.swap(index, index - 1);
                form.index -= 1;
            }
            KeyCode::Char('>') if columns && index + 1 < last => {
                form.fields.swap(index, index + 1);
                form.index += 1;
            }
            _ => {}
        },
        Control::Choice { options, index } => {
            let count = options.len().max(1);
            match key.code {
                KeyCode::Left | KeyCode::Char('h') => *index = (*index + count - 1) % count,
                KeyCode::Right | KeyCode::Char('l' | ' ') => *index = (*index + 1) % count,
                _ => {}
            }
        }
        Control::Button | Control::Note => {}
    }
}

/// Esc: nothing is done; a question is answered with "cancelled".
fn cancel(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Layer::Form(form)) = model.layers.pop() else {
        return;
    };
    if let Purpose::Prompt(host, prompt) = form.purpose {
        model.questions.retain(|(_, question)| question.id != prompt);
        effects.push(Effect::Host(host, HostCommand::Answer { prompt, reply: None }));
    }
}

/// Enter: goes on to the next field; on a button, or where there is one field only, does it.
fn enter(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Layer::Form(form)) = model.layers.last_mut() else {
        return;
    };
    let key = form
        .fields
        .get(form.index)
        .map(|field| (field.key, field.control == Control::Button));
    match key {
        Some(("test", true)) => test(model, effects),
        Some((_, true)) => submit(model, effects),
        // an answer is complete with its one field, except the dangerous yes
        Some(("answer", false)) => submit(model, effects),
        // the last one of so many columns is far away
        Some(_) if form.purpose == Purpose::Columns => submit(model, effects),
        Some(_) => form.step(1),
        None => {}
    }
}

fn test(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(draft) = checks::host(model) else {
        return;
    };
    if let Some(Layer::Form(form)) = model.layers.last_mut() {
        form.message = Some((false, "connecting …".to_owned()));
        effects.push(Effect::TestHost(form.id, draft));
    }
}

fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Layer::Form(form)) = model.layers.last() else {
        return;
    };
    let form = form.clone();
    match form.purpose.clone() {
        Purpose::Host { name, .. } => {
            if let Some(draft) = checks::host(model) {
                let change = match name {
                    Some(name) => InventoryChange::UpdateHost { name, draft },
                    None => InventoryChange::AddHost(draft),
                };
                effects.push(Effect::Inventory(change));
            }
        }
        purpose @ (Purpose::Datacenter
        | Purpose::Cluster
        | Purpose::RenameDatacenter(_)
        | Purpose::RenameCluster(..)) => {
            if let Some(name) = checks::group(model) {
                let datacenter = form.text("datacenter").to_owned();
                effects.extend(group_change(purpose, name, datacenter).map(Effect::Inventory));
            }
        }
        Purpose::Import(candidates) => {
            let ticked = form.fields.iter().filter(|field| field.key == "candidate");
            let drafts: Vec<HostDraft> = candidates
                .into_iter()
                .zip(ticked)
                .filter(|(_, field)| field.control == Control::Toggle(true))
                .map(|(candidate, _)| HostDraft {
                    name: candidate.name,
                    uri: candidate.uri,
                    enabled: true,
                    ..HostDraft::default()
                })
                .collect();
            if drafts.is_empty() {
                model.layers.pop();
            } else {
                effects.push(Effect::Inventory(InventoryChange::AddHosts(drafts)));
            }
        }
        Purpose::SendKeys(keys) => send(model, &form, &keys, effects),
        Purpose::CoreDump(keys) => dump(model, &form, &keys, effects),
        Purpose::Prompt(host, prompt) => {
            let answer = form
                .field("answer")
                .map(|field| field.text().to_owned())
                .unwrap_or_default();
            // whoever hits Enter as the question appears has not seen it
            let secret = |field: &Field| matches!(field.control, Control::Secret(_));
            if answer.is_empty() && form.field("answer").is_some_and(secret) {
                if let Some(Layer::Form(form)) = model.layers.last_mut() {
                    form.clear_errors();
                    form.refuse("answer", "nothing was typed; Esc cancels");
                }
                return;
            }
            model.layers.pop();
            let asked = model.questions.iter().find(|(_, question)| question.id == prompt);
            if let Some((_, question)) = asked {
                model.answered.insert((host, question.question.clone()));
            }
            model.questions.retain(|(_, question)| question.id != prompt);
            // a refused host key is the end of the attempt, as a cancelled question is
            let refused = form
                .field("answer")
                .is_some_and(|field| matches!(field.control, Control::Choice { .. }) && answer == "no");
            let reply = (!refused).then(|| Secret::new(answer));
            effects.push(Effect::Host(host, HostCommand::Answer { prompt, reply }));
        }
        Purpose::Argument(action) => {
            let argument = Some(form.text("value").to_owned()).filter(|value| !value.is_empty());
            model.layers.pop();
            run::call(model, &Call { action, argument }, None, effects);
        }
        Purpose::Shell(key) => shell::submit(model, &form, key, effects),
        Purpose::Columns => {
            model.layers.pop();
            let on = form
                .fields
                .iter()
                .filter(|field| field.control == Control::Toggle(true));
            let columns: Vec<VmColumn> = on.filter_map(|field| VmColumn::from_id(field.key)).collect();
            if columns.is_empty() {
                say(model, Level::Warning, "at least one column stays");
            } else {
                model.list.columns = columns;
                rows::rebuild(model);
                effects.push(Effect::SaveState);
            }
        }
    }
}

/// The change that a form about a data center or cluster asks for.
fn group_change(purpose: Purpose, name: String, datacenter: String) -> Option<InventoryChange> {
    Some(match purpose {
        Purpose::Datacenter => InventoryChange::AddDatacenter { name },
        Purpose::Cluster => InventoryChange::AddCluster { name, datacenter },
        Purpose::RenameDatacenter(from) => InventoryChange::RenameDatacenter { from, to: name },
        Purpose::RenameCluster(datacenter, from) => InventoryChange::RenameCluster {
            datacenter,
            from,
            to: name,
        },
        _ => return None,
    })
}

fn named(model: &Model, keys: &[VmKey]) -> Vec<(VmKey, Text)> {
    keys.iter()
        .filter_map(|key| model.store.vm(*key).map(|vm| (*key, vm.record.name.clone())))
        .collect()
}

fn send(model: &mut Model, form: &Form, keys: &[VmKey], effects: &mut Vec<Effect>) {
    let typed = form.text("keys");
    match combination(if typed.is_empty() { form.text("offered") } else { typed }) {
        Ok(verb) => {
            model.layers.pop();
            let targets = named(model, keys);
            power::order(model, &verb, &targets, std::time::Duration::ZERO, None, effects);
        }
        Err(error) => {
            if let Some(Layer::Form(form)) = model.layers.last_mut() {
                form.clear_errors();
                form.refuse("keys", error);
            }
        }
    }
}

fn dump(model: &mut Model, form: &Form, keys: &[VmKey], effects: &mut Vec<Effect>) {
    let path = form.text("path").to_owned();
    let error = match (path.starts_with('/'), path.ends_with('/'), keys.len()) {
        (false, _, _) => Some("a path on the host begins with /"),
        (true, false, 2..) => Some("for several VMs this must be a directory ending in /"),
        _ => None,
    };
    if let Some(error) = error {
        if let Some(Layer::Form(form)) = model.layers.last_mut() {
            form.clear_errors();
            form.refuse("path", error);
        }
        return;
    }
    model.layers.pop();
    let memory_only = form.is_on("memory_only");
    for (key, name) in named(model, keys) {
        // a VM's name may hold a slash only as far as libvirt lets it: it never does
        let path = if path.ends_with('/') {
            format!("{path}{}.core", name.raw())
        } else {
            path.clone()
        };
        let verb = PowerVerb::CoreDump {
            path: path.into(),
            memory_only,
        };
        power::order(model, &verb, &[(key, name)], std::time::Duration::ZERO, None, effects);
    }
}

/// Reads a key combination such as `ctrl-alt-delete` into Linux key codes.
pub(super) fn combination(text: &str) -> Result<PowerVerb, String> {
    let codes = crate::hv::keycodes::combination(text)?;
    Ok(PowerVerb::SendKeys {
        label: Text::new(text),
        codes,
    })
}
