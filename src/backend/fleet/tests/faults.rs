//! Hosts that are silent, refuse, are flooded with events, taken away, or only replayed.

use super::*;
use crate::backend::check::check_with;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_host_delays_nobody() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let hosts: Vec<HostEntry> = (1..=3)
        .map(|id| entry(id, &format!("qemu+tcp://127.0.0.1:{port}/system")))
        .chain([entry(9, "test:///default")])
        .collect();
    let limits = Limits {
        open: Duration::from_secs(2),
        slot: Duration::from_millis(100),
        ..Limits::default()
    };
    let (sink, inbox) = unbounded_channel();
    let topology = Topology {
        hosts,
        ..Topology::default()
    };
    let one_at_a_time = FleetOptions {
        connect_limit: 1,
        ..options()
    };
    let fleet = Fleet::start_with(&topology, one_at_a_time, limits, sink, &Handle::current());
    let mut rig = Rig {
        fleet,
        inbox,
        seen: Vec::new(),
        vms: BTreeMap::new(),
    };
    rig.live(9).await;
    assert!(
        !rig.seen
            .iter()
            .any(|message| matches!(message.event, HostEvent::Conn(ConnState::Down { .. }))),
        "live before the silent ones are given up"
    );
    let ((_, vm), _) = rig.vms.first_key_value().map(|(key, vm)| (*key, vm.clone())).unwrap();
    rig.power(9, 1, vm, PowerVerb::SetAutostart(true));
    rig.wait("accepted", |message| {
        matches!(
            &message.event,
            HostEvent::Task {
                update: TaskUpdate::Accepted | TaskUpdate::Failed(_),
                ..
            }
        )
    })
    .await;
    let (kind, retry_at, attempt) = rig.down(1).await;
    assert_eq!(kind, ErrorKind::Timeout);
    assert_eq!(kind.word(), "timed out");
    assert!(retry_at < Stamp::NEVER);
    assert_eq!(attempt, 2);
    rig.wait("count", |message| {
        message.host == HostId(1) && matches!(message.event, HostEvent::Abandoned(n) if n > 0)
    })
    .await;
    // quitting does not wait for any of them
    let clock = Clock::start();
    drop(rig);
    assert!(clock.now().0 < Duration::from_millis(300));
    drop(silent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_host_is_down_with_a_reason_and_tried_again() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let uri = format!("qemu+tcp://127.0.0.1:{port}/system");
    let mut rig = Rig::new(vec![entry(1, &uri)], Limits::default());
    let (kind, retry_at, attempt) = rig.down(1).await;
    assert_eq!(kind, ErrorKind::Unreachable);
    assert_eq!(attempt, 2);
    assert!(retry_at < Stamp::NEVER);
    let (_, later, attempt) = rig.down(1).await;
    assert_eq!(attempt, 3);
    assert!(later > retry_at);
    rig.fleet.send(HostId(1), HostCommand::Reconnect);
    rig.wait("attempt 1 again", |message| {
        matches!(message.event, HostEvent::Conn(ConnState::Connecting { attempt: 1, .. }))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_ends_in_the_right_state() {
    let (_file, uri) = world(2);
    let mut rig = Rig::new(vec![entry(1, &uri)], Limits::default());
    rig.live(1).await;
    let vm = Uuid::from_u128(1);
    let rounds = 500;
    for n in 0..rounds {
        rig.power(1, 2 * n, vm, PowerVerb::Pause);
        rig.power(1, 2 * n + 1, vm, PowerVerb::Resume);
    }
    rig.power(1, 9999, vm, PowerVerb::Pause);
    rig.wait("the last verb", |message| {
        matches!(
            &message.event,
            HostEvent::Task {
                task: TaskId(9999),
                update: TaskUpdate::Accepted
            }
        )
    })
    .await;
    // the state may have been told before or may still be to come
    let key = (HostId(1), vm);
    while rig.vms[&key].status.state != VmState::Paused {
        rig.wait("state", |message| matches!(message.event, HostEvent::Vms(_)))
            .await;
    }
    // two full readings later nothing has changed it any more
    for _ in 0..2 {
        rig.fleet.send(HostId(1), HostCommand::Relist);
        rig.wait("list", |message| matches!(message.event, HostEvent::ListEnd))
            .await;
    }
    assert_eq!(rig.vms[&key].status.state, VmState::Paused);
    let logged = rig
        .seen
        .iter()
        .filter(|message| matches!(message.event, HostEvent::Log(_)))
        .count();
    assert!(logged < 500, "{logged} log entries for {} verbs", 2 * rounds);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_only_hosts_refuse_verbs() {
    let (_file, uri) = world(1);
    let mut host = entry(1, &uri);
    host.read_only = true;
    let mut rig = Rig::new(vec![host], Limits::default());
    rig.live(1).await;
    rig.power(1, 1, Uuid::from_u128(1), PowerVerb::ForceOff);
    rig.wait("refusal", |message| {
        matches!(&message.event, HostEvent::Task { update: TaskUpdate::Failed(error), .. }
            if error.kind == ErrorKind::Permission)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_come_and_go() {
    let (_file, uri) = world(1);
    let mut disabled = entry(1, &uri);
    disabled.enabled = false;
    let mut rig = Rig::new(vec![disabled.clone()], Limits::default());
    let first = rig
        .wait("disabled", |message| {
            matches!(message.event, HostEvent::Conn(ConnState::Disabled))
        })
        .await;
    disabled.enabled = true;
    rig.fleet.add(disabled);
    let live = rig.live(1).await;
    assert!(live.epoch > first.epoch, "an edited host starts after its former self");
    rig.fleet.remove(HostId(1));
    rig.fleet.send(HostId(1), HostCommand::Reconnect);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checks_say_what_is_wrong() {
    let good = check_with(&entry(1, "test:///default"), &options(), &Limits::default()).await;
    assert_eq!(good.facts.unwrap().driver.raw().to_lowercase(), "test");
    assert!(!good.features.is_empty());

    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let limits = Limits {
        open: Duration::from_millis(500),
        ..Limits::default()
    };
    let uri = format!("qemu+tcp://127.0.0.1:{port}/system");
    let bad = check_with(&entry(2, &uri), &options(), &limits).await;
    assert_eq!(bad.facts.unwrap_err().kind, ErrorKind::Timeout);

    let wrong = check_with(&entry(3, "nonsense:///x"), &options(), &limits).await;
    assert!(wrong.facts.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_hosts_replay_and_say_so() {
    let (_file, uri) = world(3);
    let mut host = entry(1, &uri);
    host.recorded = true;
    let mut rig = Rig::new(vec![host], Limits::default());
    rig.live(1).await;
    rig.power(1, 1, Uuid::from_u128(3), PowerVerb::ForceOff);
    rig.state(Uuid::from_u128(3), VmState::ShutOff).await;
    let mut last = 0;
    for _ in 0..3 {
        let message = rig
            .wait(
                "recorded samples",
                |message| matches!(&message.event, HostEvent::Samples(set) if set.vms.len() == 2),
            )
            .await;
        if let HostEvent::Samples(set) = message.event {
            assert_eq!(set.source, SampleSource::Recorded);
            assert!(set.host.is_some());
            let vm = set.vms.iter().find(|vm| vm.uuid == Uuid::from_u128(1)).unwrap();
            assert!(vm.cpu_time.unwrap() >= last);
            last = vm.cpu_time.unwrap();
        }
    }
}
