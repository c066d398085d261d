//! What one message changed.

use crate::base::ids::{HostId, VmKey};

/// What one message changed; everything false and empty when it changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// The host it came from.
    pub host: Option<HostId>,
    /// The message was late (older epoch), unknown or a duplicate, and was dropped.
    pub dropped: bool,
    /// The connection's state, freshness, cadence or the count of abandoned calls.
    pub connection: bool,
    /// What the host tells about itself, or what its driver cannot do.
    pub facts: bool,
    /// VMs came, went, changed their name or state: lists and the tree must be rebuilt.
    pub structure: bool,
    /// Records of VMs changed in any way.
    pub vms: bool,
    /// Numbers changed.
    pub samples: bool,
    /// XML, guest information or snapshots of a VM arrived.
    pub details: bool,
    /// Pools changed.
    pub pools: bool,
    /// Volumes of a pool changed.
    pub volumes: bool,
    /// Networks changed.
    pub networks: bool,
    /// DHCP leases changed.
    pub leases: bool,
    /// Devices of the host changed.
    pub devices: bool,
    /// The events log has a new entry.
    pub log: bool,
    /// The only VM concerned, when it is one.
    pub vm: Option<VmKey>,
    /// VMs that are on another host now (from, to): cursor and marks follow.
    pub moved: Vec<(VmKey, VmKey)>,
    /// VMs that are gone for good as far as is known. One that reappears on another host within
    /// a minute is reported in `moved` then.
    pub gone: Vec<VmKey>,
}

impl Changes {
    /// Nothing changed.
    pub fn is_empty(&self) -> bool {
        let Self {
            host: _,
            dropped: _,
            connection,
            facts,
            structure,
            vms,
            samples,
            details,
            pools,
            volumes,
            networks,
            leases,
            devices,
            log,
            vm: _,
            moved,
            gone,
        } = self;
        !(*connection
            || *facts
            || *structure
            || *vms
            || *samples
            || *details
            || *pools
            || *volumes
            || *networks
            || *leases
            || *devices
            || *log
            || !moved.is_empty()
            || !gone.is_empty())
    }

    /// Adds what another message changed; for callers that apply several before they draw.
    pub fn merge(&mut self, other: Self) {
        if self.is_empty() {
            let dropped = self.dropped || other.dropped;
            *self = Self { dropped, ..other };
            return;
        }
        if self.host != other.host {
            self.host = None;
        }
        if self.vm != other.vm {
            self.vm = None;
        }
        self.dropped |= other.dropped;
        self.connection |= other.connection;
        self.facts |= other.facts;
        self.structure |= other.structure;
        self.vms |= other.vms;
        self.samples |= other.samples;
        self.details |= other.details;
        self.pools |= other.pools;
        self.volumes |= other.volumes;
        self.networks |= other.networks;
        self.leases |= other.leases;
        self.devices |= other.devices;
        self.log |= other.log;
        self.moved.extend(other.moved);
        self.gone.extend(other.gone);
    }
}
