//! When to draw and when to wake up without any message.

use std::time::Duration;

use crate::app::model::Model;
use crate::base::time::Stamp;
use crate::hv::host::ConnState;

/// The least time between two frames.
pub const FRAME: Duration = Duration::from_millis(33);
/// How often ages and countdowns that somebody watches are brought up to date.
const LIVELY: Duration = Duration::from_millis(250);
/// The same for those that only count seconds.
const CALM: Duration = Duration::from_secs(1);

/// How long after the last frame the next one may be drawn.
pub fn until_next_frame(last: Option<Stamp>, now: Stamp) -> Duration {
    last.map_or(Duration::ZERO, |last| FRAME.saturating_sub(now.since(last)))
}

/// How long until the model has to be told that time has passed; `None` when nothing on the
/// screen ages or moves.
pub fn tick(model: &Model, now: Stamp) -> Option<Duration> {
    let waits = model.notices.current(now).is_some()
        || !model.layers.is_empty()
        || !model.pending_keys.is_empty()
        || model.tasks.running() > 0;
    if waits {
        return Some(LIVELY);
    }
    let mut calm = false;
    for (_, host) in model.store.hosts() {
        match host.conn {
            ConnState::Connecting { .. } | ConnState::Syncing { .. } | ConnState::Asking { .. } => {
                return Some(LIVELY);
            }
            ConnState::Live { .. } | ConnState::Slow { .. } | ConnState::Down { .. } => calm = true,
            ConnState::Disabled | ConnState::Queued => {}
        }
    }
    calm.then_some(CALM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_keep_their_distance() {
        let at = Stamp::from_millis;
        assert_eq!(until_next_frame(None, at(0)), Duration::ZERO);
        assert_eq!(until_next_frame(Some(at(100)), at(110)), Duration::from_millis(23));
        assert_eq!(until_next_frame(Some(at(100)), at(500)), Duration::ZERO);
    }
}
