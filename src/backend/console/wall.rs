//! Thumbnails of many VMs: one screenshot at a time for each host, in turn, within a byte budget.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

use crate::backend::console::Tools;
use crate::backend::console::aside::Caller;
use crate::backend::console::screen::decode;
use crate::base::ids::Epoch;
use crate::hv::console::{Thumbnail, ThumbnailWish};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, HostMessage};

/// Between two pictures, at least.
const PAUSE: Duration = Duration::from_millis(150);
/// Between two pictures of the same VM, at least.
const ROUND: Duration = Duration::from_secs(3);

/// Starts taking pictures when they are wished for; ends when the sender is dropped.
pub(super) fn start(tools: Tools) -> UnboundedSender<ThumbnailWish> {
    let (wishes, inbox) = unbounded_channel();
    tokio::spawn(work(tools, inbox));
    wishes
}

async fn work(tools: Tools, mut inbox: UnboundedReceiver<ThumbnailWish>) {
    let caller = Caller::new(tools.reports.clone());
    let mut wish = ThumbnailWish::default();
    let mut turn = 0;
    let mut round = tools.clock.now();
    loop {
        if wish.vms.is_empty() {
            match inbox.recv().await {
                Some(next) => (wish, turn) = (next, 0),
                None => return,
            }
        }
        while let Ok(next) = inbox.try_recv() {
            (wish, turn) = (next, 0);
        }
        let Some(uuid) = wish.vms.get(turn).copied() else {
            turn = 0;
            continue;
        };
        if turn == 0 {
            round = tools.clock.now();
        }
        let started = tools.clock.now();
        let (bytes, thumbnail) = shoot(&caller, uuid, &wish).await;
        drop(tools.sink.send(HostMessage {
            host: tools.host,
            epoch: Epoch(0),
            event: HostEvent::Thumbnail { uuid, thumbnail },
        }));
        turn += 1;
        let cost = Duration::from_secs_f64(bytes as f64 / f64::from(wish.budget.max(1)));
        let mut next = started.after(cost.max(PAUSE));
        if turn >= wish.vms.len() {
            turn = 0;
            next = next.max(round.after(ROUND));
        }
        let rest = next.since(tools.clock.now());
        tokio::select! {
            changed = inbox.recv() => match changed {
                Some(next) => (wish, turn) = (next, 0),
                None => return,
            },
            () = tokio::time::sleep(rest) => {}
        }
    }
}

async fn shoot(caller: &Caller, uuid: Uuid, wish: &ThumbnailWish) -> (usize, Result<Arc<Thumbnail>, HvError>) {
    let gone = || HvError::own(ErrorKind::Unreachable, "virDomainScreenshot", "the connection is gone");
    let shot = caller
        .call("virDomainScreenshot", move |shared| {
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
    let drawn = drawn.await.unwrap_or_else(|error| {
        Err(HvError::own(
            ErrorKind::Internal,
            "virDomainScreenshot",
            error.to_string(),
        ))
    });
    (count, drawn)
}
