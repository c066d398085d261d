//! Power verbs: what they apply to, how they are confirmed, and their tasks.

use std::time::Duration;

use crate::app::actions::{ActionId, Confirm, Danger, spec};
use crate::app::effect::Effect;
use crate::app::input::Input;
use crate::app::layers::Layer;
use crate::app::layers::confirm::{Confirmation, Intent};
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::tasks::Task;
use crate::app::update::{open, say};
use crate::base::ids::{NodeId, VmKey};
use crate::base::key::Key;
use crate::base::text::Text;
use crate::hv::command::{AskMode, HostCommand, PowerVerb};
use crate::hv::vm::VmState;

/// From this many VMs on, the number has to be typed.
const MANY: usize = 10;
/// Names listed in a question.
const LISTED: usize = 6;
/// How long a verb other than shutting down may take before it counts as overdue.
const WAIT: Duration = Duration::from_mins(2);

/// The verb of an action that needs nothing further.
pub(super) fn verb(action: ActionId) -> Option<PowerVerb> {
    Some(match action {
        ActionId::Start => PowerVerb::Start,
        ActionId::StartPaused => PowerVerb::StartPaused,
        ActionId::Shutdown => PowerVerb::Shutdown(AskMode::Default),
        ActionId::ShutdownAcpi => PowerVerb::Shutdown(AskMode::Acpi),
        ActionId::ShutdownAgent => PowerVerb::Shutdown(AskMode::Agent),
        ActionId::Reboot => PowerVerb::Reboot(AskMode::Default),
        ActionId::RebootAcpi => PowerVerb::Reboot(AskMode::Acpi),
        ActionId::RebootAgent => PowerVerb::Reboot(AskMode::Agent),
        ActionId::Reset => PowerVerb::Reset,
        ActionId::ForceOff => PowerVerb::ForceOff,
        ActionId::Pause => PowerVerb::Pause,
        ActionId::Resume => PowerVerb::Resume,
        ActionId::ManagedSave => PowerVerb::ManagedSave,
        ActionId::DiscardSaved => PowerVerb::DiscardSaved,
        ActionId::InjectNmi => PowerVerb::InjectNmi,
        ActionId::AutostartOn => PowerVerb::SetAutostart(true),
        ActionId::AutostartOff => PowerVerb::SetAutostart(false),
        _ => return None,
    })
}

/// VMs that an action applies to, and how many of the chosen ones it does not fit.
pub(super) fn fitting(model: &Model, action: ActionId) -> (Vec<(VmKey, Text)>, usize) {
    let available = spec(action).available;
    let keys = model.target_vms();
    let all = keys.len();
    let fit: Vec<(VmKey, Text)> = keys
        .into_iter()
        .filter(|key| available(model, &[NodeId::Vm(*key)]).is_ready())
        .filter_map(|key| model.store.vm(key).map(|vm| (key, vm.record.name.clone())))
        .collect();
    let left_out = all - fit.len();
    (fit, left_out)
}

/// Orders a verb for what is chosen, asking first where that is due.
pub(super) fn ask(
    model: &mut Model,
    action: ActionId,
    verb: PowerVerb,
    wait: Option<u64>,
    key: Option<Key>,
    effects: &mut Vec<Effect>,
) {
    let (targets, left_out) = fitting(model, action);
    if targets.is_empty() {
        return;
    }
    let wait = match (wait, &verb) {
        (Some(seconds), _) => Duration::from_secs(seconds),
        (None, PowerVerb::Shutdown(_)) => model.options.shutdown_wait,
        (None, _) => WAIT,
    };
    let strict = targets.iter().find_map(|(key, _)| {
        let environment = model.entry(key.host)?.environment.as_ref()?;
        environment.strict.then(|| environment.word.to_string())
    });
    let mut grade = spec(action).confirm;
    let mild = spec(action).danger == Danger::Disruptive && !model.options.confirm_disruptive;
    if mild && grade == Confirm::Ask {
        grade = Confirm::Grace;
    }
    if targets.len() > 1 && grade == Confirm::Grace {
        grade = Confirm::Ask;
    }
    if strict.is_some() {
        grade = grade.stronger();
    }
    if targets.len() >= MANY && grade >= Confirm::Ask {
        grade = Confirm::Type;
    }
    match grade {
        Confirm::Never => order(model, &verb, &targets, wait, None, effects),
        Confirm::Grace => {
            let grace = Some(model.options.grace).filter(|grace| !grace.is_zero());
            order(model, &verb, &targets, wait, grace, effects);
        }
        Confirm::Ask | Confirm::Type => {
            let phrase = (grade == Confirm::Type).then(|| match targets.as_slice() {
                [(_, name)] => name.to_string(),
                many => many.len().to_string(),
            });
            let lines = describe(model, action, &targets, left_out);
            let question = Confirmation {
                title: spec(action).title.to_owned(),
                lines,
                environment: strict,
                phrase,
                input: Input::default(),
                intent: Intent::Power { verb, targets, wait },
                opened_by: key,
            };
            open(model, Layer::Confirm(question));
        }
    }
}

/// What will happen to what and where.
fn describe(model: &Model, action: ActionId, targets: &[(VmKey, Text)], left_out: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if let [(key, name)] = targets {
        lines.push(format!(
            "{} {name} on host {}?",
            spec(action).title,
            model.name(NodeId::Host(key.host))
        ));
    } else {
        lines.push(format!("{} {} VMs?", spec(action).title, targets.len()));
        for (key, name) in targets.iter().take(LISTED) {
            lines.push(format!("  {name} on {}", model.name(NodeId::Host(key.host))));
        }
        if targets.len() > LISTED {
            lines.push(format!("  and {} more", targets.len() - LISTED));
        }
    }
    if left_out > 0 {
        lines.push(format!("{left_out} of the marked VMs cannot and are left out."));
    }
    lines.push(spec(action).help.to_owned());
    lines
}

/// Makes tasks of a verb and sends them, or lets them wait for the grace time. Every VM is looked
/// up again: what is gone or taken meanwhile is said, not skipped silently.
pub(super) fn order(
    model: &mut Model,
    verb: &PowerVerb,
    targets: &[(VmKey, Text)],
    wait: Duration,
    grace: Option<Duration>,
    effects: &mut Vec<Effect>,
) {
    let batch = model.tasks.new_batch();
    let mut ordered = 0;
    for (key, name) in targets {
        let Some(status) = model.store.vm(*key).map(|vm| vm.record.status) else {
            say(model, Level::Warning, format!("{name} is gone"));
            continue;
        };
        // it may have got there by itself while a question was open
        if verb.target().is_some() && verb.reached(status) {
            say(model, Level::Info, format!("{name} is {} already", status.state.word()));
            continue;
        }
        if let Some(task) = model.tasks.pending(*key) {
            let text = format!("{name} has a pending task: {}", task.verb.word());
            say(model, Level::Warning, text);
            continue;
        }
        if let Some(reason) = model.read_only(key.host) {
            say(model, Level::Warning, format!("{name}: read-only: {reason}"));
            continue;
        }
        let host: Text = model
            .entry(key.host)
            .map(|entry| entry.name.clone())
            .unwrap_or_default();
        let now = model.now;
        let task = model
            .tasks
            .add(batch, verb.clone(), *key, name.clone(), host, wait, grace, now);
        if grace.is_none() {
            effects.push(Effect::Host(
                key.host,
                HostCommand::Power {
                    task,
                    uuid: key.uuid,
                    verb: verb.clone(),
                },
            ));
        }
        ordered += 1;
    }
    if ordered == 0 {
        return;
    }
    let what = match targets {
        [(_, name)] => name.to_string(),
        _ => format!("{ordered} VMs"),
    };
    let text = match grace {
        Some(grace) => {
            let keys = model
                .keymap
                .keys_of(model.context(), ActionId::Undo)
                .map(ToString::to_string);
            let hint = keys.map(|keys| format!(" ({keys} calls back)")).unwrap_or_default();
            format!("{}: {what} in {}{hint}", verb.word(), crate::base::time::short(grace))
        }
        None => format!("{}: {what}", verb.word()),
    };
    say(model, Level::Info, text);
    if targets.len() > 1 {
        model.marks.clear();
        model.range = None;
    }
}

/// Sends what has waited long enough and tells what is overdue.
pub(super) fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let (send, overdue) = model.tasks.tick(model.now);
    for task in send {
        effects.push(Effect::Host(
            task.key.host,
            HostCommand::Power {
                task: task.id,
                uuid: task.key.uuid,
                verb: task.verb.clone(),
            },
        ));
    }
    for task in overdue {
        say(model, Level::Warning, overdue_text(model, &task));
        if let Some(batch) = model.tasks.complete_batch(task.id) {
            summarise(model, batch);
        }
    }
}

fn overdue_text(model: &Model, task: &Task) -> String {
    let waited = crate::base::time::short(task.wait);
    let state = model
        .store
        .vm(task.key)
        .map_or("gone", |vm| vm.record.status.state.word());
    let offer = if task.verb.target() == Some(VmState::ShutOff) && task.verb != PowerVerb::ForceOff {
        let keys = model
            .keymap
            .keys_of(model.context(), ActionId::ForceOff)
            .map(ToString::to_string);
        keys.map_or("; it can be forced off".to_owned(), |keys| {
            format!("; {keys} forces it off")
        })
    } else {
        String::new()
    };
    format!(
        "{} is still {state} {waited} after {}{offer}",
        task.vm,
        task.verb.word()
    )
}

/// Says how a batch of several tasks ended; for one task, only failures.
pub(super) fn summarise(model: &mut Model, batch: u64) {
    let Some(summary) = model.tasks.summary(batch) else {
        return;
    };
    let all = summary.done + summary.failed.len() + summary.overdue.len() + summary.dropped;
    let verb = summary.verb.word();
    let failed = summary.failed.iter().map(|(name, error)| format!("{name}: {error}"));
    let failures: Vec<String> = failed.collect();
    if let Some(first) = failures.first() {
        let text = if all == 1 {
            let hint = summary.failed[0]
                .1
                .hint
                .map(|hint| format!(" ({hint})"))
                .unwrap_or_default();
            format!("{verb} failed: {first}{hint}")
        } else {
            format!(
                "{verb}: {} done, {} failed: {}",
                summary.done,
                failures.len(),
                failures.join("; ")
            )
        };
        say(model, Level::Error, text);
    } else if all == 1 && summary.done == 1 {
        let task = model.tasks.iter().find(|task| task.batch == batch);
        let name = task.map_or_else(String::new, |task| format!(" ({})", task.vm));
        say(model, Level::Info, format!("{verb}: done{name}"));
    } else if all > 1 && summary.overdue.is_empty() {
        say(model, Level::Info, format!("{verb}: {} done", summary.done));
    }
}

/// Calls back what has not been sent.
pub(super) fn call_back(model: &mut Model) {
    let called = model.tasks.call_back(model.now);
    if let Some(first) = called.first() {
        let what = if called.len() == 1 {
            first.vm.to_string()
        } else {
            format!("{} VMs", called.len())
        };
        say(model, Level::Info, format!("called back: {} {what}", first.verb.word()));
    }
}
