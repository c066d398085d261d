//! Effects carried out: at once when that cannot block, else on a thread that answers by a
//! message.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;

use crate::app::effect::{Effect, InventoryChange, ShellRequest};
use crate::app::model::Model;
use crate::app::msg::{Msg, Reread};
use crate::backend::fleet::Fleet;
use crate::base::ids::HostId;
use crate::base::time::{Clock, Stamp};
use crate::hv::topology::{HostEntry, Topology};
use crate::runtime::files::Files;
use crate::runtime::{clipboard, terminal};

/// What is left for the event loop to do.
#[derive(Debug, PartialEq, Eq)]
pub enum After {
    /// Nothing.
    Nothing,
    /// Bytes for the terminal.
    Write(Vec<u8>),
    /// The next frame paints every cell.
    Repaint,
    /// Run ssh with the screen given to it.
    Shell(ShellRequest),
    /// The end.
    Quit,
}

/// How long a change of the view waits for further ones before it is remembered.
const SAVE_DELAY: Duration = Duration::from_secs(2);

/// Carries effects out.
pub struct Performer {
    fleet: Arc<Fleet>,
    files: Arc<Files>,
    answers: UnboundedSender<Msg>,
    runtime: Handle,
    clock: Clock,
    /// When the state is to be remembered.
    save_at: Option<Stamp>,
}

impl Performer {
    /// Carries effects out on these; answers go to the channel.
    pub fn new(
        fleet: Arc<Fleet>,
        files: Arc<Files>,
        answers: UnboundedSender<Msg>,
        runtime: Handle,
        clock: Clock,
    ) -> Self {
        Self {
            fleet,
            files,
            answers,
            runtime,
            clock,
            save_at: None,
        }
    }

    /// Where answers of effects go.
    pub fn answers(&self) -> UnboundedSender<Msg> {
        self.answers.clone()
    }

    /// Carries an effect out, never blocking.
    pub fn perform(&mut self, effect: Effect, model: &Model) -> After {
        match effect {
            Effect::Host(host, command) => self.fleet.send(host, command),
            Effect::Inventory(change) => self.inventory(change, model),
            Effect::TestHost(form, draft) => {
                let (files, options) = (Arc::clone(&self.files), self.files.fleet_options(self.clock));
                let answers = self.answers.clone();
                self.runtime.spawn(async move {
                    let outcome = match files.entry(&draft) {
                        Ok(entry) => crate::runtime::files::test_host(entry, options).await,
                        Err(message) => Err(message),
                    };
                    let _ = answers.send(Msg::HostTested(form, outcome));
                });
            }
            Effect::FindImports => {
                let known = model.store.topology().clone();
                self.work(move |files| Msg::ImportFound(files.imports(&known)));
            }
            Effect::Reload => self.reload(model),
            Effect::LoadTheme(name) => self.work(move |files| Msg::ThemeLoaded(files.theme(&name))),
            Effect::LoadKeymap(name) => {
                self.work(move |files| Msg::KeymapLoaded(files.keymap(&name)));
            }
            Effect::Copy(text) => return After::Write(clipboard::copy(&text)),
            Effect::Grab(on) => return After::Write(terminal::set_grab(on)),
            Effect::Shell(request) => return After::Shell(request),
            Effect::Mouse(on) => return After::Write(terminal::set_mouse(on).to_vec()),
            Effect::Redraw => return After::Repaint,
            Effect::SaveState => {
                let at = self.clock.now().after(SAVE_DELAY);
                self.save_at.get_or_insert(at);
            }
            Effect::Quit => return After::Quit,
        }
        After::Nothing
    }

    /// How long until the state is to be remembered, if at all.
    pub fn until_save(&self, now: Stamp) -> Option<Duration> {
        self.save_at.map(|at| at.since(now))
    }

    /// Remembers the state on a thread when it is time to.
    pub fn save_if_due(&mut self, model: &Model, now: Stamp) {
        if self.save_at.is_some_and(|at| at <= now) {
            self.save_at = None;
            let state = crate::runtime::files::remembered(model);
            let files = Arc::clone(&self.files);
            self.runtime.spawn_blocking(move || files.save(&state));
        }
    }

    /// Remembers the state at the end. The file is small.
    pub fn finish(&self, model: &Model) {
        self.files.save(&crate::runtime::files::remembered(model));
    }

    /// Does something that may take its time and sends the answer.
    fn work(&self, job: impl FnOnce(&Files) -> Msg + Send + 'static) {
        let (files, answers) = (Arc::clone(&self.files), self.answers.clone());
        self.runtime.spawn_blocking(move || {
            let _ = answers.send(job(&files));
        });
    }

    fn inventory(&self, change: InventoryChange, model: &Model) {
        let (before, fleet) = (model.store.topology().clone(), Arc::clone(&self.fleet));
        let hosts = model.store.hosts();
        let up: Vec<HostId> = hosts
            .filter(|(_, host)| host.conn.is_connected())
            .map(|(entry, _)| entry.id)
            .collect();
        self.work(move |files| {
            let changed = files.change(&change, &before, &up);
            if let Ok(after) = &changed {
                follow(&fleet, &before, after);
            }
            Msg::InventoryChanged(changed)
        });
    }

    fn reload(&self, model: &Model) {
        let (before, fleet) = (model.store.topology().clone(), Arc::clone(&self.fleet));
        let (theme, keymap) = (model.theme.name.clone(), model.keymap.name.clone());
        let (answers, environments) = (self.answers.clone(), model.environments.clone());
        self.work(move |files| {
            let _ = answers.send(Msg::ThemeLoaded(files.theme(&theme)));
            let _ = answers.send(Msg::KeymapLoaded(files.keymap(&keymap)));
            let read = files.reread(&before).map(|read| match read {
                Some(read) => {
                    follow(&fleet, &before, &read.topology);
                    Reread {
                        topology: read.topology,
                        environments: read.environments,
                        problems: read.problems,
                    }
                }
                None => Reread {
                    topology: before,
                    environments,
                    problems: Vec::new(),
                },
            });
            Msg::Reloaded(read)
        });
    }
}

/// Connects to new hosts, leaves those that are gone, and does both for those that changed in a
/// way that matters to the connection.
fn follow(fleet: &Fleet, before: &Topology, after: &Topology) {
    let same = |one: &HostEntry, other: Option<&HostEntry>| {
        other.is_some_and(|other| {
            one.uri == other.uri
                && one.ssh == other.ssh
                && one.read_only == other.read_only
                && one.enabled == other.enabled
        })
    };
    for old in &before.hosts {
        if !same(old, after.host(old.id)) {
            fleet.remove(old.id);
        }
    }
    for new in &after.hosts {
        if !same(new, before.host(new.id)) {
            fleet.add(new.clone());
        }
    }
}
