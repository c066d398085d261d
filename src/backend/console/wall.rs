//! Thumbnails of many VMs: one screenshot at a time for each host, in turn, within a byte budget.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use uuid::Uuid;

use crate::backend::console::Tools;
use crate::backend::console::aside::{Caller, SCREENSHOT};
use crate::backend::console::screen::decode;
use crate::base::ids::Epoch;
use crate::base::time::Stamp;
use crate::hv::display::{Thumbnail, ThumbnailWish};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, HostMessage};

/// Between two pictures, at least.
const PAUSE: Duration = Duration::from_millis(150);
/// Between two pictures of the same VM, at least.
const ROUND: Duration = Duration::from_secs(3);
/// A VM whose picture never came is left alone for this time: each such call takes a place on the
/// connection until it comes back.
const REST: Duration = Duration::from_mins(5);

/// VMs that run; none while the host is not connected.
pub(super) type Running = Arc<HashSet<Uuid>>;

/// The wall of one host. It ends when this is dropped.
pub(super) struct Wall {
    wishes: UnboundedSender<ThumbnailWish>,
    running: watch::Sender<Running>,
    /// The VMs that are wished for.
    pub wished: Vec<Uuid>,
}

impl Wall {
    /// Starts taking pictures when they are wished for.
    pub fn start(tools: Tools) -> Self {
        let (wishes, inbox) = unbounded_channel();
        let (running, runs) = watch::channel(Running::default());
        tokio::spawn(work(tools, inbox, runs));
        Self {
            wishes,
            running,
            wished: Vec::new(),
        }
    }

    /// Replaces what is wished for.
    pub fn wish(&mut self, wish: ThumbnailWish) {
        self.wished.clone_from(&wish.vms);
        drop(self.wishes.send(wish));
    }

    /// Tells which of the VMs run.
    pub fn place(&self, running: HashSet<Uuid>) {
        self.running.send_if_modified(|known| {
            let changed = **known != running;
            if changed {
                *known = Arc::new(running);
            }
            changed
        });
    }
}

/// When each VM may be looked at again. Pure.
#[derive(Default)]
struct Turns {
    due: HashMap<Uuid, Stamp>,
}

impl Turns {
    /// The VM whose turn it is; else when the next one's is, if any.
    fn next(&self, wished: &[Uuid], running: &HashSet<Uuid>, now: Stamp) -> Result<Uuid, Option<Stamp>> {
        let due = |uuid: &Uuid| self.due.get(uuid).copied().unwrap_or_default();
        let waits = wished.iter().filter(|uuid| running.contains(uuid));
        // of several the first on the screen
        let first = waits.min_by_key(|uuid| due(uuid));
        match first {
            Some(uuid) if due(uuid) <= now => Ok(*uuid),
            Some(uuid) => Err(Some(due(uuid))),
            None => Err(None),
        }
    }

    fn taken(&mut self, uuid: Uuid, again: Stamp) {
        self.due.insert(uuid, again);
    }
}

/// What so many bytes cost of a budget a second; 0 is no budget.
fn cost(bytes: usize, budget: u32) -> Duration {
    if budget == 0 {
        return Duration::ZERO;
    }
    Duration::from_secs_f64(bytes as f64 / f64::from(budget))
}

async fn work(tools: Tools, mut inbox: UnboundedReceiver<ThumbnailWish>, mut runs: watch::Receiver<Running>) {
    let caller = Caller::new(tools.reports.clone());
    let mut wish = ThumbnailWish::default();
    let mut turns = Turns::default();
    // whatever is wished for, the budget holds
    let mut free_at = Stamp::default();
    let mut off: HashSet<Uuid> = HashSet::new();
    loop {
        let now = tools.clock.now();
        let running = Arc::clone(&runs.borrow_and_update());
        off.retain(|uuid| !running.contains(uuid) && wish.vms.contains(uuid));
        for uuid in &wish.vms {
            if !running.contains(uuid) && off.insert(*uuid) {
                let error = HvError::own(ErrorKind::WrongState, SCREENSHOT, "the VM is not running");
                tell(&tools, *uuid, Err(error));
            }
        }
        let until = match turns.next(&wish.vms, &running, now) {
            Ok(uuid) if now >= free_at => {
                let (bytes, thumbnail) = shoot(&caller, uuid, &wish).await;
                let timed_out = matches!(&thumbnail, Err(error) if error.kind == ErrorKind::Timeout);
                tell(&tools, uuid, thumbnail);
                turns.taken(uuid, now.after(if timed_out { REST } else { ROUND }));
                free_at = now.after(cost(bytes, wish.budget).max(PAUSE));
                continue;
            }
            Ok(_) => Some(free_at),
            Err(due) => due,
        };
        let rest = until.map(|until| until.since(tools.clock.now()));
        tokio::select! {
            changed = inbox.recv() => match changed {
                Some(next) => wish = next,
                None => return,
            },
            changed = runs.changed() => if changed.is_err() {
                return;
            },
            () = tokio::time::sleep(rest.unwrap_or_default()), if rest.is_some() => {}
        }
        while let Ok(next) = inbox.try_recv() {
            wish = next;
        }
    }
}

fn tell(tools: &Tools, uuid: Uuid, thumbnail: Result<Arc<Thumbnail>, HvError>) {
    drop(tools.sink.send(HostMessage {
        host: tools.host,
        epoch: Epoch(0),
        event: HostEvent::Thumbnail { uuid, thumbnail },
    }));
}

async fn shoot(caller: &Caller, uuid: Uuid, wish: &ThumbnailWish) -> (usize, Result<Arc<Thumbnail>, HvError>) {
    let gone = || HvError::own(ErrorKind::Unreachable, SCREENSHOT, "the connection is gone");
    let shot = caller
        .call(SCREENSHOT, move |shared| {
            shared.get().ok_or_else(gone)?.screenshot(uuid, 0)
        })
        .await;
    let shot = match shot {
        Ok(shot) => shot,
        Err(error) => return (0, Err(error)),
    };
    let (size, depth, ascii, count) = (wish.size, wish.depth, wish.ascii, shot.bytes.len());
    // tens of milliseconds for a large screen
    let drawn = tokio::task::spawn_blocking(move || {
        let picture = decode(&shot.bytes)?;
        Ok(Arc::new(crate::picture::thumbnail(&picture, size, depth, ascii)))
    });
    let drawn = drawn
        .await
        .unwrap_or_else(|error| Err(HvError::own(ErrorKind::Internal, SCREENSHOT, error.to_string())));
    (count, drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_vms_take_turns() {
        let [one, two, off] = [1, 2, 3].map(Uuid::from_u128);
        let wished = [two, off, one];
        let running = HashSet::from([one, two]);
        let mut turns = Turns::default();
        let at = Stamp::from_millis;
        assert_eq!(turns.next(&wished, &running, at(0)), Ok(two), "the first on the screen");
        turns.taken(two, at(3000));
        assert_eq!(turns.next(&wished, &running, at(10)), Ok(one));
        turns.taken(one, at(3010));
        assert_eq!(turns.next(&wished, &running, at(20)), Err(Some(at(3000))));
        assert_eq!(
            turns.next(&[one], &running, at(20)),
            Err(Some(at(3010))),
            "another wish hurries nothing"
        );
        assert_eq!(turns.next(&wished, &running, at(3005)), Ok(two));
        assert_eq!(turns.next(&wished, &HashSet::new(), at(9000)), Err(None));
    }

    #[test]
    fn budgets() {
        assert_eq!(cost(5000, 10_000), Duration::from_millis(500));
        assert_eq!(cost(5000, 0), Duration::ZERO, "no budget");
    }
}
