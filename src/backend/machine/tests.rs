//! The state machine on plain data.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::hv::error::ErrorKind;

fn limits() -> Limits {
    Limits {
        stuck_cap: 3,
        ..Limits::default()
    }
}

/// Feeds inputs and keeps everything that was asked for.
struct Bench {
    state: State,
    now: Stamp,
    log: Vec<Action>,
}

impl Bench {
    fn new() -> Self {
        Self {
            state: State::new(limits()),
            now: Stamp::from_millis(1000),
            log: Vec::new(),
        }
    }

    fn put(&mut self, input: Input) -> Vec<Action> {
        let (state, actions) = step(self.state.clone(), input, self.now, 0.5);
        self.state = state;
        self.log.extend(actions.clone());
        actions
    }

    fn pass(&mut self, secs: u64) -> Vec<Action> {
        self.now = self.now.after(Duration::from_secs(secs));
        self.put(Input::Tick)
    }

    fn open_id(&self) -> CallId {
        CallId::Open(self.state.epoch())
    }

    fn live() -> Self {
        let mut bench = Self::new();
        bench.put(Input::Reconnect);
        bench.put(Input::SlotGranted);
        let id = bench.open_id();
        bench.put(Input::Opened(id));
        bench.put(Input::Listed);
        assert!(bench.state.is_listed());
        bench
    }
}

fn announced(actions: &[Action]) -> Option<&ConnState> {
    actions.iter().rev().find_map(|action| match action {
        Action::Announce(state) => Some(state),
        _ => None,
    })
}

fn trouble(kind: ErrorKind) -> HvError {
    HvError::own(kind, "test", "trouble")
}

#[test]
fn a_good_start() {
    let mut bench = Bench::new();
    assert!(bench.put(Input::Reconnect).contains(&Action::RequestSlot));
    let actions = bench.put(Input::SlotGranted);
    let id = bench.open_id();
    assert!(actions.contains(&Action::Open(id)));
    let actions = bench.put(Input::Opened(id));
    assert!(actions.contains(&Action::ReleaseSlot));
    assert!(actions.contains(&Action::Adopt));
    assert!(matches!(
        announced(&bench.put(Input::Listed)),
        Some(ConnState::Live { .. })
    ));
}

#[test]
fn a_silent_open_is_given_up_and_its_late_success_closed() {
    let mut bench = Bench::new();
    bench.put(Input::Reconnect);
    bench.put(Input::SlotGranted);
    let id = bench.open_id();
    assert!(bench.pass(1).contains(&Action::ReleaseSlot), "others may go on");
    let actions = bench.pass(9);
    assert!(actions.contains(&Action::Abandoned(1)));
    let Some(ConnState::Down { error, retry_at, .. }) = announced(&actions) else {
        panic!("not down: {actions:?}");
    };
    assert_eq!(error.kind, ErrorKind::Timeout);
    assert!(*retry_at > bench.now && *retry_at < bench.now.after(Duration::from_secs(2)));
    let actions = bench.put(Input::Opened(id));
    assert!(actions.contains(&Action::Discard));
    assert!(actions.contains(&Action::Abandoned(0)));
    assert!(!actions.contains(&Action::Adopt));
}

#[test]
fn three_silent_opens_stop_the_attempts_until_one_comes_back() {
    let mut bench = Bench::new();
    bench.put(Input::Reconnect);
    let mut ids = Vec::new();
    for _ in 0..3 {
        bench.put(Input::SlotGranted);
        ids.push(bench.open_id());
        bench.pass(10);
        bench.pass(60);
    }
    assert_eq!(bench.state.abandoned(), 3);
    let opens = bench.log.iter().filter(|a| matches!(a, Action::Open(_))).count();
    bench.pass(3600);
    assert_eq!(bench.log.iter().filter(|a| matches!(a, Action::Open(_))).count(), opens);
    assert!(matches!(
        bench.state.shown(),
        ConnState::Down {
            retry_at: Stamp::NEVER,
            ..
        }
    ));
    assert_eq!(bench.state.next_wake(), None);
    bench.put(Input::OpenFailed(ids[0], trouble(ErrorKind::Unreachable)));
    assert!(bench.pass(5).contains(&Action::RequestSlot));
}

#[test]
fn refused_logins_are_not_repeated_quickly_and_not_for_ever() {
    let mut bench = Bench::new();
    bench.put(Input::Reconnect);
    for attempt in 1..=3 {
        bench.put(Input::SlotGranted);
        let id = bench.open_id();
        bench.put(Input::OpenFailed(id, trouble(ErrorKind::Auth)));
        if attempt < 3 {
            assert!(!bench.pass(29).contains(&Action::RequestSlot));
            assert!(bench.pass(2).contains(&Action::RequestSlot));
        }
    }
    assert!(!bench.pass(100_000).contains(&Action::RequestSlot));
    assert!(bench.put(Input::Reconnect).contains(&Action::RequestSlot));
}

#[test]
fn a_question_stops_the_clock() {
    let mut bench = Bench::new();
    bench.put(Input::Reconnect);
    bench.put(Input::SlotGranted);
    let id = bench.open_id();
    let actions = bench.put(Input::Asked(id));
    assert!(matches!(announced(&actions), Some(ConnState::Asking { .. })));
    assert!(actions.contains(&Action::ReleaseSlot));
    assert!(bench.pass(600).is_empty());
    assert!(matches!(
        announced(&bench.put(Input::Answered(id))),
        Some(ConnState::Connecting { .. })
    ));
    assert!(matches!(announced(&bench.pass(10)), Some(ConnState::Down { .. })));
}

#[test]
fn a_slow_call_is_shown_and_then_ends_the_connection() {
    let mut bench = Bench::live();
    let id = CallId::Lane(1);
    bench.put(Input::Called(id, Lane::Control, "virDomainGetState"));
    let actions = bench.pass(8);
    assert!(matches!(
        announced(&actions),
        Some(ConnState::Slow {
            waiting_for: "virDomainGetState",
            ..
        })
    ));
    let before = bench.state.epoch();
    let actions = bench.pass(7);
    assert!(matches!(actions[0], Action::GiveUp(given, _) if given == id));
    assert!(actions.iter().any(|action| matches!(action, Action::Drop(_))));
    assert!(actions.contains(&Action::Abandoned(1)));
    assert!(bench.state.epoch() > before);
    assert!(!bench.state.is_current(id));
    assert!(bench.put(Input::Returned(id)).contains(&Action::Abandoned(0)));
}

#[test]
fn an_answer_ends_slow_and_progress_renews_the_deadline() {
    let mut bench = Bench::live();
    let id = CallId::Lane(1);
    bench.put(Input::Called(id, Lane::Control, "one"));
    bench.pass(8);
    assert!(matches!(
        announced(&bench.put(Input::Progress(id, "two"))),
        Some(ConnState::Live { .. })
    ));
    bench.pass(8);
    assert!(matches!(
        bench.state.shown(),
        ConnState::Slow { waiting_for: "two", .. }
    ));
    assert!(matches!(
        announced(&bench.put(Input::Returned(id))),
        Some(ConnState::Live { .. })
    ));
}

#[test]
fn one_stuck_verb_leaves_the_connection_and_two_end_it() {
    let mut bench = Bench::live();
    bench.put(Input::Called(CallId::Lane(1), Lane::Power, "virDomainDestroyFlags"));
    let actions = bench.pass(60);
    assert!(matches!(actions[0], Action::GiveUp(CallId::Lane(1), _)));
    assert!(bench.state.is_connected());
    assert!(bench.state.may_call(Lane::Power), "the lane goes on with a new thread");
    bench.put(Input::Called(CallId::Lane(2), Lane::Power, "virDomainDestroyFlags"));
    bench.pass(60);
    assert!(!bench.state.is_connected());
}

#[test]
fn a_connection_that_dies_young_does_not_reset_the_delay() {
    let mut bench = Bench::new();
    bench.put(Input::Reconnect);
    let mut pauses = Vec::new();
    for _ in 0..5 {
        bench.put(Input::SlotGranted);
        let id = bench.open_id();
        bench.put(Input::Opened(id));
        bench.put(Input::Listed);
        bench.put(Input::Lost(trouble(ErrorKind::Unreachable)));
        let ConnState::Down { retry_at, .. } = bench.state.shown() else {
            panic!("not down");
        };
        pauses.push(retry_at.since(bench.now));
        bench.now = retry_at;
        bench.put(Input::Tick);
    }
    assert!(pauses.is_sorted(), "{pauses:?}");
    assert!(pauses[4] > pauses[0]);
}

#[test]
fn disconnect_stays_disconnected() {
    let mut bench = Bench::live();
    assert!(matches!(
        announced(&bench.put(Input::Disconnect)),
        Some(ConnState::Disabled)
    ));
    assert!(bench.pass(100_000).is_empty());
}

/// Inputs as a careless world produces them, with calls by small numbers.
fn input() -> impl Strategy<Value = (u8, u64, u64)> {
    (0u8..13, 0u64..6, 0u64..40)
}

proptest! {
    #[test]
    fn holds_for_any_sequence(script in proptest::collection::vec(input(), 1..120)) {
        let mut bench = Bench::new();
        let mut last_epoch = bench.state.epoch();
        let mut slots = 0i32;
        let mut requested = 0i32;
        let mut last_announced = None;
        let mut next = 0u64;
        for (what, number, secs) in script {
            bench.now = bench.now.after(Duration::from_secs(secs));
            let open = CallId::Open(Epoch(last_epoch.0.saturating_sub(number)));
            let call = CallId::Lane(next.saturating_sub(number));
            let input = match what {
                0 => Input::Reconnect,
                1 => Input::Disconnect,
                2 | 3 => {
                    if requested == 0 { continue; }
                    requested -= 1;
                    slots += 1;
                    Input::SlotGranted
                }
                4 | 5 => Input::Opened(open),
                6 => Input::OpenFailed(open, trouble(ErrorKind::Auth)),
                7 => Input::Asked(open),
                8 => Input::Answered(open),
                9 => Input::Listed,
                10 => {
                    let lane = Lane::ALL[usize::try_from(number).unwrap() % Lane::ALL.len()];
                    if !bench.state.may_call(lane) { continue; }
                    next += 1;
                    Input::Called(CallId::Lane(next), lane, "call")
                }
                11 => Input::Returned(call),
                _ => Input::Lost(trouble(ErrorKind::Unreachable)),
            };
            let given_current = match &input {
                Input::Opened(id) => bench.state.is_current(*id),
                _ => false,
            };
            let was_opened = matches!(input, Input::Opened(_));
            let actions = bench.put(input);
            prop_assert!(bench.state.epoch() >= last_epoch);
            last_epoch = bench.state.epoch();
            prop_assert!(bench.state.calls.len() <= IN_FLIGHT);
            if was_opened {
                prop_assert_eq!(actions.contains(&Action::Adopt), given_current);
                prop_assert_eq!(actions.contains(&Action::Discard), !given_current);
            }
            for action in &actions {
                match action {
                    Action::ReleaseSlot => slots -= 1,
                    Action::RequestSlot => requested += 1,
                    Action::Announce(state) => {
                        let this = Some((bench.state.epoch(), state.clone()));
                        prop_assert!(last_announced != this, "told twice");
                        last_announced = this;
                    }
                    _ => {}
                }
            }
            prop_assert!((0..=1).contains(&slots), "slots {slots}");
            prop_assert!((0..=1).contains(&requested), "requests {requested}");
            if let Some(wake) = bench.state.next_wake() {
                // nothing that was due may be left over, or the driver would spin
                prop_assert!(wake > bench.now, "due {wake:?} at {:?}", bench.now);
            }
        }
    }
}
