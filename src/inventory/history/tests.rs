//! History on plain data.

use super::*;
use proptest::prelude::*;

fn rates(cpu: Option<f32>) -> VmRates {
    VmRates {
        cpu,
        ..VmRates::default()
    }
}

fn cpu(history: &VmHistory, ticks: std::ops::Range<u64>) -> Vec<Option<f32>> {
    ticks.map(|tick| history.get(tick, VmMetric::Cpu)).collect()
}

#[test]
fn missing_ticks_are_gaps() {
    let mut history = VmHistory::default();
    history.push(5, &rates(Some(1.0)));
    history.push(8, &rates(Some(2.0)));
    history.push(8, &rates(Some(3.0)));
    history.push(7, &rates(Some(9.0)));
    assert_eq!(cpu(&history, 4..10), [None, Some(1.0), None, None, Some(3.0), None]);
}

#[test]
fn a_long_absence_starts_anew() {
    let mut history = VmHistory::default();
    history.push(0, &rates(Some(1.0)));
    history.push(10_000, &rates(Some(2.0)));
    assert_eq!(history.length, 1);
    assert_eq!(history.get(10_000, VmMetric::Cpu), Some(2.0));
    assert_eq!(history.get(0, VmMetric::Cpu), None);
}

#[test]
fn a_still_vm_takes_no_heap() {
    let mut history = VmHistory::default();
    for tick in 0..1000 {
        history.push(tick, &rates(Some(0.0)));
    }
    assert!(matches!(history.fine[0], Column::Constant(0)));
    assert_eq!(history.length, POINTS);
    assert_eq!(history.get(999, VmMetric::Cpu), Some(0.0));
    assert_eq!(history.get(999 - POINTS as u64, VmMetric::Cpu), None);
}

#[test]
fn a_moving_vm_is_bounded() {
    let mut history = VmHistory::default();
    for tick in 0..2000u16 {
        let mut rates = rates(Some(f32::from(tick % 100)));
        rates.net.rx = Some(f64::from(tick) * 1000.0);
        history.push(u64::from(tick), &rates);
    }
    let Column::Many(points) = &history.fine[0] else {
        panic!("moving");
    };
    assert_eq!(points.len(), POINTS);
    assert!(points.capacity() <= POINTS + 8, "{}", points.capacity());
    assert!(size_of::<VmHistory>() < 400);
}

#[test]
fn ticks_of_a_host() {
    let mut history = HostHistory::default();
    assert_eq!(history.tick(Stamp::from_millis(10)), Some(0));
    assert_eq!(history.tick(Stamp::from_millis(10)), Some(0));
    assert_eq!(history.tick(Stamp::from_millis(20)), Some(1));
    assert_eq!(history.tick(Stamp::from_millis(15)), None);
    history.set(&HostRates {
        cpu: Some(40.0),
        ..HostRates::default()
    });
    assert_eq!(history.get(0, HostMetric::Cpu), None);
    assert_eq!(history.get(1, HostMetric::Cpu), Some(40.0));
    assert_eq!(history.at(1), Some((1, Stamp::from_millis(20))));
}

proptest! {
    /// Against the plain model: a map from tick to value.
    #[test]
    fn like_a_map(steps in proptest::collection::vec((0u64..4, 0u8..3), 0..1200)) {
        let mut history = VmHistory::default();
        let mut model = std::collections::BTreeMap::new();
        let mut tick = 0;
        for (step, value) in steps {
            tick += step;
            let value = (value > 0).then(|| f32::from(value));
            history.push(tick, &rates(value));
            model.insert(tick, value);
        }
        let newest = tick;
        for tick in newest.saturating_sub(POINTS as u64 - 1)..=newest {
            let expected = model.get(&tick).copied().flatten();
            prop_assert_eq!(history.get(tick, VmMetric::Cpu), expected, "tick {}", tick);
        }
    }
}
