//! Rates on plain data.

use super::*;
use crate::hv::vm::{VmState, VmStatus};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn running() -> VmStatus {
    VmStatus {
        state: VmState::Running,
        reason: 1,
    }
}

fn near(value: Option<f64>, expected: f64) {
    let value = value.expect("known");
    assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
}

fn vm(scale: u64) -> VmCounters {
    VmCounters {
        status: running(),
        cpu_time: Some(1_000_000_000 * scale),
        vcpus_current: Some(2),
        vcpus: (0..2)
            .map(|number| VcpuCounters {
                number,
                time: Some(400_000_000 * scale),
                delay: Some(100_000_000 * scale),
                wait: None,
            })
            .collect(),
        memory: MemoryCounters {
            current: Some(4 << 30),
            rss: Some(1 << 30),
            ..MemoryCounters::default()
        },
        disks: ["vda", "vdb"]
            .into_iter()
            .map(|name| DiskCounters {
                name: Text::from(name),
                rd_bytes: Some(1000 * scale),
                wr_bytes: Some(500 * scale),
                rd_reqs: Some(10 * scale),
                wr_reqs: Some(10 * scale),
                rd_times: Some(20_000_000 * scale),
                wr_times: Some(60_000_000 * scale),
                ..DiskCounters::default()
            })
            .collect(),
        nics: vec![NicCounters {
            name: Text::from("vnet0"),
            rx_bytes: Some(300 * scale),
            tx_bytes: Some(200 * scale),
            rx_errs: Some(scale),
            tx_errs: Some(scale),
            rx_drop: Some(3 * scale),
            ..NicCounters::default()
        }],
        ..VmCounters::default()
    }
}

#[test]
fn figures_of_a_busy_vm() {
    let rates = VmRates::between(&vm(1), &vm(2), SECOND, Some(4));
    assert_eq!(rates.cpu_host, Some(25.0));
    assert_eq!(rates.cpu, Some(50.0));
    assert_eq!(rates.cpu_guest, Some(40.0));
    assert_eq!(rates.cpu_hypervisor, Some(10.0));
    assert_eq!(rates.steal, Some(10.0));
    assert_eq!(rates.vcpus[1].busy, Some(40.0));
    assert_eq!(rates.vcpus[1].wait, None);
    assert_eq!(rates.memory, Some(1 << 30));
    assert_eq!(rates.memory_source, Some(MemorySource::Rss));
    assert_eq!(rates.memory_percent, Some(25.0));
    near(rates.disk.read, 2000.0);
    near(rates.disk.requests(), 40.0);
    near(rates.disk.latency, 0.004);
    near(rates.disks[1].1.write, 500.0);
    near(rates.net.rx, 300.0);
    near(rates.net.errors, 2.0);
    near(rates.net.drops, 3.0);
    assert_eq!(rates.net.rx_packets, None);
}

#[test]
fn a_restart_is_a_gap() {
    let mut off = vm(2);
    off.status.state = VmState::ShutOff;
    for (before, now) in [(vm(5), vm(2)), (off.clone(), vm(3)), (vm(1), off)] {
        let rates = VmRates::between(&before, &now, SECOND, Some(4));
        assert_eq!(rates.cpu, None);
        assert_eq!(rates.disk, DiskRates::default());
        assert_eq!(rates.net, NicRates::default());
        assert!(rates.vcpus.is_empty());
        assert_eq!(rates.memory, Some(1 << 30));
    }
}

#[test]
fn one_counter_going_back_is_its_own_gap() {
    let mut now = vm(2);
    now.nics[0].rx_bytes = Some(0);
    now.disks.remove(0);
    let rates = VmRates::between(&vm(1), &now, SECOND, None);
    assert_eq!(rates.net.rx, None);
    near(rates.net.tx, 200.0);
    near(rates.disk.read, 1000.0);
    assert_eq!(rates.cpu_host, None);
}

#[test]
fn memory_sources_in_order() {
    let mut now = vm(1);
    now.memory.available = Some(4_000);
    now.memory.unused = Some(1_000);
    let rates = VmRates::first(&now);
    assert_eq!(
        (rates.memory, rates.memory_source),
        (Some(3_000), Some(MemorySource::Guest))
    );
    now.memory = MemoryCounters {
        current: Some(77),
        ..MemoryCounters::default()
    };
    let rates = VmRates::first(&now);
    assert_eq!(
        (rates.memory, rates.memory_source),
        (Some(77), Some(MemorySource::Balloon))
    );
}

#[test]
fn gaps_in_time() {
    let interval = Duration::from_secs(2);
    assert!(belong_together(Duration::from_secs(2), interval));
    assert!(belong_together(Duration::from_secs(6), interval));
    assert!(!belong_together(Duration::from_millis(6001), interval));
    assert!(!belong_together(Duration::ZERO, interval));
}

fn any_vm() -> impl Strategy<Value = VmCounters> {
    let counter = || proptest::option::of(any::<u64>());
    (
        0i32..9,
        [counter(), counter(), counter(), counter()],
        [counter(), counter(), counter(), counter()],
        proptest::option::of(0u32..5),
        0u32..4,
    )
        .prop_map(|(state, a, b, vcpus_current, vcpus)| VmCounters {
            status: VmStatus {
                state: VmState::from_raw(state),
                reason: 0,
            },
            cpu_time: a[0],
            vcpus_current,
            vcpus: (0..vcpus)
                .map(|number| VcpuCounters {
                    number,
                    time: a[1],
                    delay: a[2],
                    wait: a[3],
                })
                .collect(),
            memory: MemoryCounters {
                current: b[0],
                available: b[1],
                unused: b[2],
                rss: b[3],
                ..MemoryCounters::default()
            },
            disks: vec![DiskCounters {
                name: Text::from("vda"),
                rd_bytes: a[0],
                wr_bytes: a[1],
                rd_reqs: a[2],
                wr_reqs: a[3],
                rd_times: b[0],
                wr_times: b[1],
                ..DiskCounters::default()
            }],
            nics: vec![NicCounters {
                name: Text::from("vnet0"),
                rx_bytes: b[2],
                tx_bytes: b[3],
                rx_errs: a[0],
                tx_drop: b[0],
                ..NicCounters::default()
            }],
            ..VmCounters::default()
        })
}

proptest! {
    #[test]
    fn never_negative_and_percentages_bounded(
        before in any_vm(),
        now in any_vm(),
        millis in 0u64..10_000,
        cpus in proptest::option::of(0u32..300),
    ) {
        let rates = VmRates::between(&before, &now, Duration::from_millis(millis), cpus);
        for percent in [rates.cpu_host, rates.cpu_guest, rates.steal, rates.memory_percent]
            .into_iter()
            .chain(rates.vcpus.iter().flat_map(|vcpu| [vcpu.busy, vcpu.steal, vcpu.wait]))
            .flatten()
        {
            prop_assert!((0.0..=100.0).contains(&percent), "{}", percent);
        }
        for percent in [rates.cpu, rates.cpu_hypervisor].into_iter().flatten() {
            prop_assert!((0.0..1000.0).contains(&percent), "{}", percent);
        }
        let (disk, net) = (rates.disk, rates.net);
        for rate in [disk.read, disk.write, disk.requests(), disk.latency, net.rx, net.tx, net.errors, net.drops]
            .into_iter()
            .flatten()
        {
            prop_assert!(rate >= 0.0 && rate.is_finite(), "{}", rate);
        }
        prop_assert_eq!(rates.memory.is_some(), rates.memory_source.is_some());
    }
}
