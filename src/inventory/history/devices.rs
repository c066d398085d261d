//! The last quarter of an hour of each vCPU, disk and interface, for the VMs looked at last.

use std::collections::BTreeMap;

use crate::base::ids::VmKey;
use crate::base::ring::Ring;
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::inventory::history::POINTS;
use crate::inventory::rates::VmRates;

/// How many VMs are followed in this detail.
pub const WATCHED: usize = 32;

/// What is kept of a vCPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VcpuMetric {
    /// Time run, percent.
    Busy,
    /// Ready but without a CPU, percent.
    Steal,
}

/// What is kept of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskMetric {
    /// Bytes read a second.
    Read,
    /// Bytes written a second.
    Write,
    /// Requests a second.
    Requests,
    /// Mean latency of a request in seconds.
    Latency,
}

/// What is kept of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NicMetric {
    /// Bytes received a second.
    Rx,
    /// Bytes sent a second.
    Tx,
    /// Errors a second.
    Errors,
    /// Drops a second.
    Drops,
}

/// One reading; `NAN` is a gap.
#[derive(Debug, Clone, PartialEq)]
struct Point {
    at: Stamp,
    vcpus: Box<[(u32, [f32; 2])]>,
    disks: Box<[(Text, [f32; 4])]>,
    nics: Box<[(Text, [f32; 4])]>,
}

impl Point {
    fn new(at: Stamp, rates: &VmRates) -> Self {
        let small = |value: Option<f64>| value.map_or(f32::NAN, |value| value as f32);
        Self {
            at,
            vcpus: rates
                .vcpus
                .iter()
                .map(|vcpu| {
                    let values = [vcpu.busy, vcpu.steal].map(|value| value.unwrap_or(f32::NAN));
                    (vcpu.number, values)
                })
                .collect(),
            disks: rates
                .disks
                .iter()
                .map(|(name, disk)| {
                    let values = [disk.read, disk.write, disk.requests(), disk.latency];
                    (name.clone(), values.map(small))
                })
                .collect(),
            nics: rates
                .nics
                .iter()
                .map(|(name, nic)| (name.clone(), [nic.rx, nic.tx, nic.errors, nic.drops].map(small)))
                .collect(),
        }
    }
}

fn known(value: f32) -> Option<f32> {
    (!value.is_nan()).then_some(value)
}

/// The devices of one VM over time.
#[derive(Debug, Clone)]
pub struct DeviceHistory {
    points: Ring<Point>,
}

impl DeviceHistory {
    fn new() -> Self {
        Self {
            points: Ring::new(POINTS),
        }
    }

    fn push(&mut self, at: Stamp, rates: &VmRates) {
        if self.points.last().is_none_or(|newest| newest.at < at) {
            self.points.push(Point::new(at, rates));
        }
    }

    /// How many readings are kept.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether nothing is kept yet.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    fn series<'a>(
        &'a self,
        value: impl Fn(&Point) -> Option<f32> + 'a,
    ) -> impl DoubleEndedIterator<Item = (Stamp, Option<f32>)> + ExactSizeIterator + 'a {
        self.points
            .iter()
            .map(move |point| (point.at, value(point).and_then(known)))
    }

    /// A vCPU's metric, oldest first; `None` is a gap.
    pub fn vcpu(
        &self,
        number: u32,
        metric: VcpuMetric,
    ) -> impl DoubleEndedIterator<Item = (Stamp, Option<f32>)> + ExactSizeIterator {
        self.series(move |point| {
            let (_, values) = point.vcpus.iter().find(|(of, _)| *of == number)?;
            Some(values[metric as usize])
        })
    }

    /// A disk's metric by its target, oldest first; `None` is a gap.
    pub fn disk<'a>(
        &'a self,
        name: &'a Text,
        metric: DiskMetric,
    ) -> impl DoubleEndedIterator<Item = (Stamp, Option<f32>)> + ExactSizeIterator + 'a {
        self.series(move |point| {
            let (_, values) = point.disks.iter().find(|(of, _)| of == name)?;
            Some(values[metric as usize])
        })
    }

    /// An interface's metric by the host's name for it, oldest first; `None` is a gap.
    pub fn nic<'a>(
        &'a self,
        name: &'a Text,
        metric: NicMetric,
    ) -> impl DoubleEndedIterator<Item = (Stamp, Option<f32>)> + ExactSizeIterator + 'a {
        self.series(move |point| {
            let (_, values) = point.nics.iter().find(|(of, _)| of == name)?;
            Some(values[metric as usize])
        })
    }
}

/// The VMs followed in detail: those watched last.
#[derive(Debug, Clone, Default)]
pub(in crate::inventory) struct Watched {
    histories: BTreeMap<VmKey, DeviceHistory>,
    /// Least recently watched first.
    recent: Vec<VmKey>,
}

impl Watched {
    /// Follows a VM from now on; the one not watched for longest is forgotten when there are too
    /// many.
    pub(in crate::inventory) fn watch(&mut self, key: VmKey) {
        self.recent.retain(|other| *other != key);
        self.recent.push(key);
        self.histories.entry(key).or_insert_with(DeviceHistory::new);
        if self.recent.len() > WATCHED {
            let dropped = self.recent.remove(0);
            self.histories.remove(&dropped);
        }
    }

    pub(in crate::inventory) fn forget(&mut self, key: VmKey) {
        self.recent.retain(|other| *other != key);
        self.histories.remove(&key);
    }

    pub(in crate::inventory) fn push(&mut self, key: VmKey, at: Stamp, rates: &VmRates) {
        if let Some(history) = self.histories.get_mut(&key) {
            history.push(at, rates);
        }
    }

    pub(in crate::inventory) fn get(&self, key: VmKey) -> Option<&DeviceHistory> {
        self.histories.get(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::HostId;
    use crate::inventory::rates::{DiskRates, VcpuRates};
    use uuid::Uuid;

    fn key(n: u128) -> VmKey {
        VmKey {
            host: HostId(1),
            uuid: Uuid::from_u128(n),
        }
    }

    #[test]
    fn devices_may_come_and_go() {
        let mut watched = Watched::default();
        watched.watch(key(1));
        let mut rates = VmRates {
            vcpus: vec![VcpuRates {
                number: 3,
                busy: Some(12.5),
                ..VcpuRates::default()
            }],
            ..VmRates::default()
        };
        watched.push(key(1), Stamp::from_millis(1), &rates);
        rates.disks.push((
            Text::from("vdb"),
            DiskRates {
                write: Some(4096.0),
                ..DiskRates::default()
            },
        ));
        rates.vcpus.clear();
        watched.push(key(1), Stamp::from_millis(2), &rates);
        watched.push(key(1), Stamp::from_millis(2), &rates);
        watched.push(key(2), Stamp::from_millis(2), &rates);
        let history = watched.get(key(1)).expect("watched");
        assert!(watched.get(key(2)).is_none());
        let values = |series: Vec<(Stamp, Option<f32>)>| -> Vec<Option<f32>> {
            series.into_iter().map(|(_, value)| value).collect()
        };
        assert_eq!(values(history.vcpu(3, VcpuMetric::Busy).collect()), [Some(12.5), None]);
        assert_eq!(values(history.vcpu(3, VcpuMetric::Steal).collect()), [None, None]);
        let disk = Text::from("vdb");
        assert_eq!(
            values(history.disk(&disk, DiskMetric::Write).collect()),
            [None, Some(4096.0)]
        );
    }

    #[test]
    fn the_least_recent_is_forgotten() {
        let mut watched = Watched::default();
        for n in 0..WATCHED as u128 {
            watched.watch(key(n));
        }
        watched.watch(key(0));
        watched.watch(key(99));
        assert!(watched.get(key(1)).is_none());
        assert!(watched.get(key(0)).is_some());
        assert!(watched.get(key(99)).is_some());
    }
}
