//! The recording of real guests that the bundled demo replays, as it stands in its file.
//!
//! The vocabulary itself does not know of files, so the shapes here are of their own.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Deserialize;

/// Counters of real guests and hosts over some time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "File")]
pub struct Recording {
    /// Time from one frame to the next.
    pub interval: Duration,
    /// Tracks of guests.
    pub guests: Vec<Vec<GuestFrame>>,
    /// Tracks of hosts.
    pub hosts: Vec<Vec<HostFrame>>,
}

#[derive(Deserialize)]
struct File {
    interval_ms: u64,
    #[serde(default)]
    guests: Vec<Track<GuestFrame>>,
    #[serde(default)]
    hosts: Vec<Track<HostFrame>>,
}

#[derive(Deserialize)]
struct Track<T> {
    frames: Vec<T>,
}

impl From<File> for Recording {
    fn from(file: File) -> Self {
        // a track of a single frame has no time in it
        Self {
            interval: Duration::from_millis(file.interval_ms.max(1)),
            guests: file
                .guests
                .into_iter()
                .map(|track| track.frames)
                .filter(|frames| frames.len() > 1)
                .collect(),
            hosts: file
                .hosts
                .into_iter()
                .map(|track| track.frames)
                .filter(|frames| frames.len() > 1)
                .collect(),
        }
    }
}

/// One guest at one moment; names as in [`crate::hv::sample::VmCounters`].
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the same as in the vocabulary")]
pub struct GuestFrame {
    pub cpu_time: Option<u64>,
    pub cpu_user: Option<u64>,
    pub cpu_system: Option<u64>,
    pub vcpus: Vec<VcpuFrame>,
    pub memory: MemoryFrame,
    pub disks: Vec<DiskFrame>,
    pub nics: Vec<NicFrame>,
}

/// One vCPU.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the same as in the vocabulary")]
pub struct VcpuFrame {
    pub time: Option<u64>,
    pub delay: Option<u64>,
    pub wait: Option<u64>,
}

/// Memory of a guest.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the same as in the vocabulary")]
pub struct MemoryFrame {
    pub current: Option<u64>,
    pub maximum: Option<u64>,
    pub available: Option<u64>,
    pub unused: Option<u64>,
    pub usable: Option<u64>,
    pub rss: Option<u64>,
    pub disk_caches: Option<u64>,
    pub swap_in: Option<u64>,
    pub swap_out: Option<u64>,
    pub major_fault: Option<u64>,
}

/// One disk.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the same as in the vocabulary")]
pub struct DiskFrame {
    pub name: String,
    pub rd_reqs: Option<u64>,
    pub rd_bytes: Option<u64>,
    pub rd_times: Option<u64>,
    pub wr_reqs: Option<u64>,
    pub wr_bytes: Option<u64>,
    pub wr_times: Option<u64>,
    pub fl_reqs: Option<u64>,
    pub fl_times: Option<u64>,
    pub allocation: Option<u64>,
    pub capacity: Option<u64>,
    pub physical: Option<u64>,
}

/// One network interface.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the same as in the vocabulary")]
pub struct NicFrame {
    pub name: String,
    pub rx_bytes: Option<u64>,
    pub rx_pkts: Option<u64>,
    pub rx_errs: Option<u64>,
    pub rx_drop: Option<u64>,
    pub tx_bytes: Option<u64>,
    pub tx_pkts: Option<u64>,
    pub tx_errs: Option<u64>,
    pub tx_drop: Option<u64>,
}

/// One host at one moment.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the same as in the vocabulary")]
pub struct HostFrame {
    pub cpu: CpuFrame,
    pub memory: HostMemoryFrame,
}

/// CPU time of a host.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the same as in the vocabulary")]
pub struct CpuFrame {
    pub user: u64,
    pub kernel: u64,
    pub idle: u64,
    pub iowait: u64,
    pub intr: u64,
}

/// Memory of a host.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the same as in the vocabulary")]
pub struct HostMemoryFrame {
    pub total: u64,
    pub free: u64,
    pub buffers: u64,
    pub cached: u64,
}

impl Recording {
    /// Reads a recording.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The recording that is part of the program; `None` when it has no guests in it.
    pub fn embedded() -> Option<Arc<Self>> {
        static ONCE: OnceLock<Option<Arc<Recording>>> = OnceLock::new();
        ONCE.get_or_init(|| match Self::parse(include_str!("../../assets/demo/recording.json")) {
            Ok(recording) if !recording.guests.is_empty() => Some(Arc::new(recording)),
            Ok(_) => None,
            Err(error) => {
                tracing::error!("the bundled recording: {error}");
                None
            }
        })
        .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_and_leaves_out_the_rest() {
        let recording = Recording::parse(
            r#"{"interval_ms":2000,"guests":[{"name":"web","frames":[
                {"cpu_time":5,"disks":[{"name":"vda","rd_bytes":7,"rd_reqs":null}],"extra":1},
                {"cpu_time":9}]},{"name":"one","frames":[{}]}],
                "hosts":[{"name":"h","frames":[{"cpu":{"user":1}},{}]}]}"#,
        )
        .unwrap();
        assert_eq!(recording.guests.len(), 1);
        assert_eq!(recording.guests[0][0].disks[0].rd_bytes, Some(7));
        assert_eq!(recording.guests[0][0].disks[0].rd_reqs, None);
        assert_eq!(recording.hosts[0][0].cpu.user, 1);
        assert!(Recording::parse("{").is_err());
    }

    #[test]
    fn the_bundled_one_is_readable() {
        assert!(Recording::parse(include_str!("../../assets/demo/recording.json")).is_ok());
    }
}
