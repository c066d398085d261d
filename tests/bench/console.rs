//! What the console costs with 10,000 VMs: folding a reading, rebuilding rows, drawing a frame.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use uuid::Uuid;

use virt_deck::app::keymap::Keymap;
use virt_deck::app::model::{Model, Options};
use virt_deck::app::msg::Msg;
use virt_deck::app::update::{laid_out, update};
use virt_deck::base::ids::{Epoch, HostId};
use virt_deck::base::key::Key;
use virt_deck::base::time::Stamp;
use virt_deck::hv::event::{HostEvent, HostMessage};
use virt_deck::hv::host::ConnState;
use virt_deck::hv::sample::{MemoryCounters, SampleSet, VmCounters};
use virt_deck::hv::topology::{HostEntry, SshOptions, Topology};
use virt_deck::hv::vm::{VmRecord, VmState, VmStatus};
use virt_deck::inventory::Store;

const HOSTS: u32 = 40;
const VMS: u32 = 250;

fn entry(id: u32) -> HostEntry {
    HostEntry {
        id: HostId(id),
        name: format!("host-{id}").into(),
        uri: "test:///default".into(),
        datacenter: None,
        cluster: None,
        read_only: false,
        enabled: true,
        environment: None,
        tags: Vec::new(),
        ssh: SshOptions::default(),
        recorded: false,
    }
}

fn uuid(host: u32, n: u32) -> Uuid {
    Uuid::from_u128(u128::from(host) << 64 | u128::from(n))
}

fn message(host: u32, event: HostEvent) -> HostMessage {
    HostMessage {
        host: HostId(host),
        epoch: Epoch(1),
        event,
    }
}

fn reading(host: u32, at: u64) -> HostMessage {
    let vms = (0..VMS)
        .map(|n| VmCounters {
            uuid: uuid(host, n),
            status: VmStatus {
                state: VmState::Running,
                reason: 1,
            },
            cpu_time: Some(at * 1_000_000 * u64::from(n % 100)),
            vcpus_current: Some(2),
            memory: MemoryCounters {
                current: Some(1 << 30),
                rss: Some(1 << 29),
                ..MemoryCounters::default()
            },
            ..VmCounters::default()
        })
        .collect();
    let at = Stamp::from_millis(at);
    message(
        host,
        HostEvent::Samples(SampleSet {
            at,
            vms,
            ..SampleSet::default()
        }),
    )
}

fn model() -> Model {
    let store = Store::new(Topology {
        hosts: (0..HOSTS).map(entry).collect(),
        ..Topology::default()
    });
    let (keymap, _) = Keymap::new(&virt_deck::config::keymap::load("default", None));
    let theme = virt_deck::config::theme::load("default", None).theme;
    let mut model = Model::new(store, Options::default(), Arc::new(keymap), Arc::new(theme));
    let now = Stamp::from_millis(1);
    for host in 0..HOSTS {
        let vms = (0..VMS)
            .map(|n| VmRecord {
                uuid: uuid(host, n),
                name: format!("vm-{host}-{n}").into(),
                status: VmStatus {
                    state: VmState::Running,
                    reason: 1,
                },
                ..VmRecord::default()
            })
            .collect();
        let events = [
            HostEvent::Conn(ConnState::Live { since: now }),
            HostEvent::ListStart,
            HostEvent::Vms(vms),
            HostEvent::ListEnd,
        ];
        for event in events {
            update(&mut model, Msg::Host(Box::new(message(host, event))), now);
        }
    }
    update(&mut model, Msg::Resize(200, 60), now);
    model
}

fn frame(terminal: &mut Terminal<TestBackend>, model: &mut Model) {
    let mut sizes = None;
    let drawn = terminal.draw(|frame| sizes = Some(virt_deck::ui::draw(model, frame).sizes));
    assert!(drawn.is_ok(), "the frame was drawn");
    if let Some(sizes) = sizes {
        laid_out(model, &sizes);
    }
}

fn benches(criterion: &mut Criterion) {
    let mut model = model();
    let Ok(mut terminal) = Terminal::new(TestBackend::new(200, 60));
    let mut at = 1000;
    criterion.bench_function("fold one reading of 10,000 VMs", |bencher| {
        bencher.iter(|| {
            at += 2000;
            for host in 0..HOSTS {
                update(
                    &mut model,
                    Msg::Host(Box::new(reading(host, at))),
                    Stamp::from_millis(at),
                );
            }
        });
    });
    criterion.bench_function("frame of 200x60, tree of 10,000 VMs", |bencher| {
        bencher.iter(|| frame(&mut terminal, &mut model));
    });
    criterion.bench_function("key to frame, tree of 10,000 VMs", |bencher| {
        bencher.iter(|| {
            let msg = Msg::Key {
                key: Key::char('j'),
                repeat: false,
            };
            black_box(update(&mut model, msg, Stamp::from_millis(at)));
            frame(&mut terminal, &mut model);
        });
    });
    let key = |model: &mut Model, c: char, at: u64| {
        update(
            model,
            Msg::Key {
                key: Key::char(c),
                repeat: false,
            },
            Stamp::from_millis(at),
        )
    };
    criterion.bench_function("filter and clear 10,000 VMs", |bencher| {
        bencher.iter(|| {
            for c in ['/', '7', '7'] {
                black_box(key(&mut model, c, at));
            }
            let escape = Key::plain(virt_deck::base::key::KeyCode::Esc);
            black_box(update(
                &mut model,
                Msg::Key {
                    key: escape,
                    repeat: false,
                },
                Stamp::from_millis(at),
            ));
        });
    });
    key(&mut model, 'L', at);
    criterion.bench_function("frame of 200x60, list of 10,000 VMs", |bencher| {
        bencher.iter(|| frame(&mut terminal, &mut model));
    });
}

criterion_group!(console, benches);
criterion_main!(console);
