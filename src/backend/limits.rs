//! How long is waited for what. Tests use shorter times; the program uses the defaults.

use std::time::Duration;

/// Where a call runs. Each lane has a thread of its own and at most one call at a time, so that
/// what takes long never stands before what is quick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// Verbs on VMs.
    Power,
    /// Lists and re-reads after events.
    Control,
    /// Consoles: opening a serial line, finding and changing a display.
    Console,
    /// Statistics.
    Sample,
    /// Volumes, devices, leases, snapshots, guest agent.
    Slow,
    /// Screenshots.
    Picture,
    /// Verbs that write a guest's memory to disk: managed save, core dump.
    Long,
}

impl Lane {
    /// Every lane, the one that is served first at the front.
    pub const ALL: [Self; 7] = [
        Self::Power,
        Self::Control,
        Self::Console,
        Self::Sample,
        Self::Slow,
        Self::Long,
        Self::Picture,
    ];

    /// The lane's part of its thread's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Control => "control",
            Self::Console => "console",
            Self::Sample => "sample",
            Self::Slow => "slow",
            Self::Picture => "picture",
            Self::Long => "long",
        }
    }

    /// Whether silence on this lane says something about the whole host. The other lanes wait
    /// for guests, disks and locks, which may take their time on a healthy host.
    pub fn tells_of_host(self) -> bool {
        matches!(self, Self::Control | Self::Sample)
    }

    /// Calls that must be left for others: pictures are taken again and again, and never take the
    /// last place.
    pub fn spare(self) -> usize {
        usize::from(self == Self::Picture)
    }
}

/// Most calls that run on one connection at a time, stuck ones included. libvirtd stops reading a
/// client, keepalives included, that has five in flight (`max_client_requests`).
pub const IN_FLIGHT: usize = 4;
/// Most records of VMs in one message.
pub const VMS_PER_MESSAGE: usize = 1000;
/// Most counters of VMs in one message.
pub const SAMPLES_PER_MESSAGE: usize = 500;
/// Most VMs that are read one by one after events; for more, all are listed at once.
pub const SINGLE_READS: usize = 50;

/// Times and numbers that decide when a call counts as slow, stuck or hopeless.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// For `virConnectOpenAuth`, from its start or the last answer to a question.
    pub open: Duration,
    /// For one step on [`Lane::Control`].
    pub control: Duration,
    /// For one step on [`Lane::Sample`].
    pub sample: Duration,
    /// For a call on [`Lane::Power`]; longer than the 30 s that libvirt itself waits for the
    /// VM's lock before it names the holder.
    pub power: Duration,
    /// For a call on [`Lane::Console`]: as with verbs, libvirt may wait for the VM's lock.
    pub console: Duration,
    /// For a call on [`Lane::Picture`].
    pub picture: Duration,
    /// For a call on [`Lane::Slow`].
    pub slow: Duration,
    /// For a call on [`Lane::Long`].
    pub long: Duration,
    /// After this time a host that is still connecting makes room for the next one.
    pub slot: Duration,
    /// Time between two full lists.
    pub relist: Duration,
    /// Time between two lists of VMs where the driver has no events.
    pub poll: Duration,
    /// Abandoned calls of one host that may be alive before no new connection is tried: what a
    /// dead connection leaves behind (a re-read and a reading of counters) and three attempts.
    pub stuck_cap: usize,
    /// Shortest wait after a refused login.
    pub auth_pause: Duration,
    /// Refused logins in a row after which only the user can try again.
    pub auth_attempts: u32,
    /// A connection that lived this long makes earlier failures forgotten.
    pub healthy_after: Duration,
    /// After the first event of a quiet phase, wait this long for more before reading.
    pub settle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            open: Duration::from_secs(10),
            control: Duration::from_secs(15),
            sample: Duration::from_secs(15),
            power: Duration::from_mins(1),
            console: Duration::from_secs(40),
            picture: Duration::from_secs(30),
            slow: Duration::from_mins(2),
            long: Duration::from_hours(2),
            slot: Duration::from_secs(1),
            relist: Duration::from_mins(10),
            poll: Duration::from_secs(10),
            stuck_cap: 5,
            auth_pause: Duration::from_secs(30),
            auth_attempts: 3,
            healthy_after: Duration::from_secs(30),
            settle: Duration::from_millis(20),
        }
    }
}

impl Limits {
    /// The deadline of a call on this lane.
    pub fn deadline(&self, lane: Lane) -> Duration {
        match lane {
            Lane::Power => self.power,
            Lane::Control => self.control,
            Lane::Sample => self.sample,
            Lane::Console => self.console,
            Lane::Picture => self.picture,
            Lane::Slow => self.slow,
            Lane::Long => self.long,
        }
    }
}
