//! What can be asked of a host, as data: it can be listed, compared, shown before it is sent.

use uuid::Uuid;

use crate::base::ids::{PromptId, TaskId};
use crate::base::text::Text;
use crate::hv::console::{ConsoleCommand, ConsoleId, DisplayCommand, ThumbnailWish};
use crate::hv::host::Feature;
use crate::hv::vm::{VmState, VmStatus};

/// How a guest is asked (`virDomainShutdownFlagValues`, `virDomainRebootFlagValues`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AskMode {
    /// The hypervisor chooses.
    #[default]
    Default,
    /// The ACPI power button.
    Acpi,
    /// The guest agent.
    Agent,
}

/// A power verb on one VM.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PowerVerb {
    /// `virDomainCreate`; restores the saved state when there is one.
    Start,
    /// `virDomainCreateWithFlags(VIR_DOMAIN_START_PAUSED)`.
    StartPaused,
    /// `virDomainShutdownFlags`: the guest decides.
    Shutdown(AskMode),
    /// `virDomainReboot`: the guest decides.
    Reboot(AskMode),
    /// `virDomainReset`: like the reset button.
    Reset,
    /// `virDomainDestroy`: like pulling the plug.
    ForceOff,
    /// `virDomainSuspend`.
    Pause,
    /// `virDomainResume`; `virDomainPMWakeup` when the guest suspended itself.
    Resume,
    /// `virDomainManagedSave`.
    ManagedSave,
    /// `virDomainManagedSaveRemove`.
    DiscardSaved,
    /// `virDomainInjectNMI`.
    InjectNmi,
    /// `virDomainSendKey` with the Linux keycode set.
    SendKeys {
        /// The combination as text, such as `ctrl-alt-delete`.
        label: Text,
        /// Linux key codes, pressed together.
        codes: Vec<u32>,
    },
    /// `virDomainCoreDumpWithFormat`; the VM goes on afterwards.
    CoreDump {
        /// Path on the host.
        path: Text,
        /// Only the guest's memory (`VIR_DUMP_MEMORY_ONLY`).
        memory_only: bool,
    },
    /// `virDomainSetAutostart`.
    SetAutostart(bool),
}

impl PowerVerb {
    /// The verb in an admin's words.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::StartPaused => "start paused",
            Self::Shutdown(AskMode::Agent) => "shut down (agent)",
            Self::Shutdown(AskMode::Acpi) => "shut down (ACPI)",
            Self::Shutdown(AskMode::Default) => "shut down",
            Self::Reboot(AskMode::Agent) => "reboot (agent)",
            Self::Reboot(AskMode::Acpi) => "reboot (ACPI)",
            Self::Reboot(AskMode::Default) => "reboot",
            Self::Reset => "reset",
            Self::ForceOff => "force off",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::ManagedSave => "suspend to disk",
            Self::DiscardSaved => "discard saved state",
            Self::InjectNmi => "send NMI",
            Self::SendKeys { .. } => "send keys",
            Self::CoreDump { .. } => "core dump",
            Self::SetAutostart(true) => "autostart on",
            Self::SetAutostart(false) => "autostart off",
        }
    }

    /// The state that the VM will have when the verb has taken effect; `None` for verbs that
    /// leave the state as it is.
    pub fn target(&self) -> Option<VmState> {
        match self {
            Self::Start | Self::Resume => Some(VmState::Running),
            Self::StartPaused | Self::Pause => Some(VmState::Paused),
            Self::Shutdown(_) | Self::ForceOff | Self::ManagedSave => Some(VmState::ShutOff),
            Self::Reboot(_)
            | Self::Reset
            | Self::DiscardSaved
            | Self::InjectNmi
            | Self::SendKeys { .. }
            | Self::CoreDump { .. }
            | Self::SetAutostart(_) => None,
        }
    }

    /// Whether that state has been reached.
    pub fn reached(&self, now: VmStatus) -> bool {
        self.target().is_none_or(|target| {
            now.state == target
                || (target == VmState::Running && now.state == VmState::Blocked)
                || (target == VmState::ShutOff && now.state == VmState::Crashed)
        })
    }

    /// What the driver must be able to do; start and force off are taken for granted.
    pub fn feature(&self) -> Option<Feature> {
        match self {
            Self::Start | Self::StartPaused | Self::ForceOff => None,
            Self::Shutdown(_) => Some(Feature::Shutdown),
            Self::Reboot(_) => Some(Feature::Reboot),
            Self::Reset => Some(Feature::Reset),
            Self::Pause | Self::Resume => Some(Feature::Suspend),
            Self::ManagedSave | Self::DiscardSaved => Some(Feature::ManagedSave),
            Self::InjectNmi => Some(Feature::InjectNmi),
            Self::SendKeys { .. } => Some(Feature::SendKey),
            Self::CoreDump { .. } => Some(Feature::CoreDump),
            Self::SetAutostart(_) => Some(Feature::Autostart),
        }
    }
}

/// Something to do on a host. Every command is answered by events; none blocks the sender.
#[derive(Debug, Clone, PartialEq)]
pub enum HostCommand {
    /// Drop the connection if there is one and connect now.
    Reconnect,
    /// Disconnect and stay so until [`HostCommand::Reconnect`].
    Disconnect,
    /// Read all lists again.
    Relist,
    /// A power verb; progress comes as [`crate::hv::event::HostEvent::Task`].
    Power {
        /// The task that reports about it.
        task: TaskId,
        /// The VM.
        uuid: Uuid,
        /// The verb.
        verb: PowerVerb,
    },
    /// Read and parse a VM's XML (also done by itself for VMs in focus).
    FetchDesc(Uuid),
    /// Ask guest agent, leases and ARP table about a VM.
    FetchGuest(Uuid),
    /// List a VM's snapshots.
    FetchSnapshots(Uuid),
    /// List a pool's volumes.
    FetchVolumes(Uuid),
    /// List the host's devices.
    FetchDevices,
    /// Read the DHCP leases of all active networks.
    FetchLeases,
    /// What the user looks at now; replaces the last one. Decides what is read in detail.
    Focus(Focus),
    /// Something about an open console; answered by [`crate::hv::event::HostEvent::Console`].
    Console {
        /// Which.
        console: ConsoleId,
        /// What.
        command: ConsoleCommand,
    },
    /// Something about a VM's display; answered by [`crate::hv::event::HostEvent::Display`].
    Display {
        /// The VM.
        uuid: Uuid,
        /// What.
        command: DisplayCommand,
    },
    /// Which thumbnails are wanted; answered by [`crate::hv::event::HostEvent::Thumbnail`].
    Thumbnails(ThumbnailWish),
    /// The answer to a question; `None` cancels it.
    Answer {
        /// Which question.
        prompt: PromptId,
        /// The answer, kept in memory only.
        reply: Option<Secret>,
    },
}

/// What the user looks at on one host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Focus {
    /// VMs with a row on the screen.
    pub visible: Vec<Uuid>,
    /// The VM that is shown in detail.
    pub detail: Option<Uuid>,
    /// Whether the host itself is shown in detail.
    pub host_detail: bool,
}

/// A secret in memory: never printed, never logged, wiped when dropped.
#[derive(Clone)]
pub struct Secret(secrecy::SecretString);

impl Secret {
    /// Takes a secret over.
    pub fn new(value: String) -> Self {
        Self(secrecy::SecretString::from(value))
    }

    /// The value, for the one call that needs it.
    pub fn expose(&self) -> &str {
        use secrecy::ExposeSecret as _;
        self.0.expose_secret()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
