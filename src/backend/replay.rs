//! Replays a recording: which guest a VM is given, and where in its track it is. Pure.
//!
//! Counters go on growing when a track starts over; between two frames they are interpolated, so
//! that a reading that comes a little early or late does not make a spike.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::backend::recording::{GuestFrame, Recording};
use crate::base::text::Text;
use crate::hv::sample::{
    CpuTimes, DiskCounters, HostCounters, HostMemory, MemoryCounters, NicCounters, VcpuCounters, VmCounters,
};
use crate::hv::vm::VmRecord;

/// A recording being replayed for one host.
#[derive(Debug, Clone)]
pub struct Player {
    recording: Arc<Recording>,
    seed: u64,
}

/// A place in a track: between two frames, after so many full rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    rounds: u64,
    frame: usize,
    /// How far towards the next frame, 0.0 to 1.0.
    part: f64,
}

impl Place {
    fn counter<T>(self, track: &[T], of: impl Fn(&T) -> Option<u64>) -> Option<u64> {
        let this = of(track.get(self.frame)?)?;
        let next = track.get(self.frame + 1).and_then(&of).unwrap_or(this);
        let first = track.first().and_then(&of)?;
        let last = track.last().and_then(&of)?;
        let step = next.saturating_sub(this) as f64 * self.part;
        let round = last.saturating_sub(first).saturating_mul(self.rounds);
        Some(round.saturating_add(this).saturating_add(step as u64))
    }
}

impl Player {
    /// Replays `recording` for the host of this name.
    pub fn new(recording: Arc<Recording>, host: &Text) -> Self {
        Self {
            recording,
            seed: mix(host.raw().as_bytes()),
        }
    }

    fn place(&self, frames: usize, seed: u64, elapsed: Duration) -> Place {
        // the last frame of a round is the first of the next one
        let steps = (frames.max(2) - 1) as u64;
        let ticks = elapsed.as_secs_f64() / self.recording.interval.as_secs_f64();
        let whole = ticks.floor() as u64 + seed % steps;
        Place {
            rounds: whole / steps,
            frame: usize::try_from(whole % steps).unwrap_or(0),
            part: ticks.fract(),
        }
    }

    /// A VM's counters after so much time.
    pub fn vm(&self, vm: &VmRecord, elapsed: Duration) -> Option<VmCounters> {
        let seed = mix(vm.uuid.as_bytes());
        let track = pick(&self.recording.guests, seed)?;
        let at = self.place(track.len(), seed >> 24, elapsed);
        let frame = track.get(at.frame)?;
        let count = |of: fn(&GuestFrame) -> Option<u64>| at.counter(track, of);
        Some(VmCounters {
            uuid: vm.uuid,
            status: vm.status,
            cpu_time: count(|f| f.cpu_time),
            cpu_user: count(|f| f.cpu_user),
            cpu_system: count(|f| f.cpu_system),
            vcpus_current: u32::try_from(frame.vcpus.len()).ok().filter(|n| *n > 0),
            vcpus_max: u32::try_from(frame.vcpus.len()).ok().filter(|n| *n > 0),
            vcpus: (0..frame.vcpus.len())
                .map(|n| VcpuCounters {
                    number: u32::try_from(n).unwrap_or(u32::MAX),
                    time: at.counter(track, |f| f.vcpus.get(n)?.time),
                    delay: at.counter(track, |f| f.vcpus.get(n)?.delay),
                    wait: at.counter(track, |f| f.vcpus.get(n)?.wait),
                })
                .collect(),
            memory: MemoryCounters {
                current: frame.memory.current,
                maximum: frame.memory.maximum,
                available: frame.memory.available,
                unused: frame.memory.unused,
                usable: frame.memory.usable,
                rss: frame.memory.rss,
                disk_caches: frame.memory.disk_caches,
                swap_in: count(|f| f.memory.swap_in),
                swap_out: count(|f| f.memory.swap_out),
                major_fault: count(|f| f.memory.major_fault),
            },
            disks: (0..frame.disks.len()).map(|n| disk(track, at, n)).collect(),
            nics: (0..frame.nics.len()).map(|n| nic(track, at, n)).collect(),
        })
    }

    /// The host's counters after so much time.
    pub fn host(&self, elapsed: Duration) -> Option<HostCounters> {
        let track = pick(&self.recording.hosts, self.seed)?;
        let at = self.place(track.len(), self.seed >> 24, elapsed);
        let memory = track.get(at.frame)?.memory;
        let count = |of: fn(&crate::backend::recording::CpuFrame) -> u64| {
            at.counter(track, |frame| Some(of(&frame.cpu))).unwrap_or(0)
        };
        Some(HostCounters {
            cpu: Some(CpuTimes {
                user: count(|cpu| cpu.user),
                kernel: count(|cpu| cpu.kernel),
                idle: count(|cpu| cpu.idle),
                iowait: count(|cpu| cpu.iowait),
                intr: count(|cpu| cpu.intr),
            }),
            memory: Some(HostMemory {
                total: memory.total,
                free: memory.free,
                buffers: memory.buffers,
                cached: memory.cached,
            }),
            cells: Vec::new(),
        })
    }
}

fn disk(track: &[GuestFrame], at: Place, n: usize) -> DiskCounters {
    let frame = &track[at.frame].disks[n];
    DiskCounters {
        name: Text::new(&frame.name),
        path: None,
        rd_reqs: at.counter(track, |f| f.disks.get(n)?.rd_reqs),
        rd_bytes: at.counter(track, |f| f.disks.get(n)?.rd_bytes),
        rd_times: at.counter(track, |f| f.disks.get(n)?.rd_times),
        wr_reqs: at.counter(track, |f| f.disks.get(n)?.wr_reqs),
        wr_bytes: at.counter(track, |f| f.disks.get(n)?.wr_bytes),
        wr_times: at.counter(track, |f| f.disks.get(n)?.wr_times),
        fl_reqs: at.counter(track, |f| f.disks.get(n)?.fl_reqs),
        fl_times: at.counter(track, |f| f.disks.get(n)?.fl_times),
        allocation: frame.allocation,
        capacity: frame.capacity,
        physical: frame.physical,
    }
}

fn nic(track: &[GuestFrame], at: Place, n: usize) -> NicCounters {
    NicCounters {
        name: Text::new(&track[at.frame].nics[n].name),
        rx_bytes: at.counter(track, |f| f.nics.get(n)?.rx_bytes),
        rx_pkts: at.counter(track, |f| f.nics.get(n)?.rx_pkts),
        rx_errs: at.counter(track, |f| f.nics.get(n)?.rx_errs),
        rx_drop: at.counter(track, |f| f.nics.get(n)?.rx_drop),
        tx_bytes: at.counter(track, |f| f.nics.get(n)?.tx_bytes),
        tx_pkts: at.counter(track, |f| f.nics.get(n)?.tx_pkts),
        tx_errs: at.counter(track, |f| f.nics.get(n)?.tx_errs),
        tx_drop: at.counter(track, |f| f.nics.get(n)?.tx_drop),
    }
}

fn pick<T>(tracks: &[T], seed: u64) -> Option<&T> {
    let count = u64::try_from(tracks.len()).ok().filter(|n| *n > 0)?;
    tracks.get(usize::try_from(seed % count).ok()?)
}

/// FNV-1a with a final mix: the same VM gets the same guest in every run.
fn mix(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

/// The VMs a recording speaks for: those that run.
pub fn runs(vm: &VmRecord) -> bool {
    use crate::hv::vm::VmState;
    matches!(vm.status.state, VmState::Running | VmState::Blocked) && vm.uuid != Uuid::nil()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn player() -> Player {
        let json = r#"{"interval_ms":2000,
            "guests":[{"name":"a","frames":[
                {"cpu_time":100,"memory":{"rss":5},"nics":[{"name":"vnet0","rx_bytes":10}]},
                {"cpu_time":150,"memory":{"rss":6},"nics":[{"name":"vnet0","rx_bytes":10}]},
                {"cpu_time":400,"memory":{"rss":7},"nics":[{"name":"vnet0","rx_bytes":90}]}]}],
            "hosts":[{"name":"h","frames":[{"cpu":{"user":1}},{"cpu":{"user":9}}]}]}"#;
        Player::new(Arc::new(Recording::parse(json).unwrap()), &"h".into())
    }

    proptest! {
        #[test]
        fn counters_never_go_back(uuid in any::<u128>(), steps in proptest::collection::vec(0u64..9000, 1..60)) {
            let player = player();
            let vm = VmRecord { uuid: Uuid::from_u128(uuid), ..VmRecord::default() };
            let (mut elapsed, mut cpu, mut rx, mut user) = (Duration::ZERO, 0, 0, 0);
            for step in steps {
                elapsed += Duration::from_millis(step);
                let now = player.vm(&vm, elapsed).unwrap();
                prop_assert!(now.cpu_time.unwrap() >= cpu);
                prop_assert!(now.nics[0].rx_bytes.unwrap() >= rx);
                // no faster than the fastest moment of the recording
                let most = 250.0 * (step as f64 / 2000.0) + 2.0;
                prop_assert!(cpu == 0 || ((now.cpu_time.unwrap() - cpu) as f64) <= most);
                cpu = now.cpu_time.unwrap();
                rx = now.nics[0].rx_bytes.unwrap();
                prop_assert_eq!(now.cpu_user, None);
                let host = player.host(elapsed).unwrap().cpu.unwrap().user;
                prop_assert!(host >= user);
                user = host;
            }
        }
    }

    #[test]
    fn goes_on_after_the_end() {
        let player = player();
        let place = player.place(3, 0, Duration::from_secs(4));
        assert_eq!(
            place,
            Place {
                rounds: 1,
                frame: 0,
                part: 0.0
            }
        );
        let track = &player.recording.guests[0];
        assert_eq!(place.counter(track, |frame| frame.cpu_time), Some(400));
    }
}
