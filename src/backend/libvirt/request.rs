//! What the caller hands to this module: how to open a connection, what to sample.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;

use crate::base::text::Text;
use crate::hv::command::Secret;
use crate::hv::event::PromptKind;
use crate::hv::topology::SshOptions;

/// How to open a connection.
pub struct OpenRequest {
    /// libvirt connection URI.
    pub uri: Text,
    /// `VIR_CONNECT_RO`.
    pub read_only: bool,
    /// Options for the system's `ssh` on `+ssh` URIs.
    pub ssh: SshOptions,
    /// How `ssh` reaches the prompts of this program; without it `ssh` never asks (`BatchMode`).
    pub askpass: Option<AskpassEnv>,
    /// Answers the questions of libvirt itself (SASL, polkit, the driver).
    pub asker: Asker,
}

/// Answers a question; blocks until it is answered. `None` means cancelled.
pub type Asker = Arc<dyn Fn(Question) -> Option<Secret> + Send + Sync>;

/// A question of libvirt while a connection is being opened (`virConnectCredential`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Who asks, such as `libvirt`, or the challenge of the authentication.
    pub asker: Text,
    /// The question in its own words.
    pub question: Text,
    /// What kind of answer.
    pub kind: PromptKind,
}

/// How `ssh` started by libvirt reaches our askpass helper: the helper is a program that connects
/// to the socket, shows the token and forwards the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskpassEnv {
    /// Program for `SSH_ASKPASS`.
    pub program: PathBuf,
    /// Socket of this program, handed over as `VIRT_DECK_ASKPASS_SOCKET`.
    pub socket: PathBuf,
    /// Which connection asks, handed over as `VIRT_DECK_ASKPASS_TOKEN`.
    pub token: String,
}

/// What one reading of counters covers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SampleScope {
    /// What is asked for every active VM in one call.
    pub bulk: BulkScope,
    /// VMs whose vCPUs and disks are wanted when `bulk` leaves them out.
    pub detail: Vec<Uuid>,
    /// The driver has no bulk numbers: ask VM by VM.
    pub per_vm: bool,
    /// The VMs asked when there are no bulk numbers; all active ones without it.
    pub only: Option<HashSet<Uuid>>,
    /// VMs whose disks and interfaces are asked one by one when there are no bulk numbers.
    pub per_vm_devices: Vec<Uuid>,
}

/// Statistic groups asked for every active VM at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BulkScope {
    /// State, CPU, memory and network.
    #[default]
    Basic,
    /// The same plus vCPUs and disks.
    Full,
}

impl BulkScope {
    /// Most active VMs of a host for which vCPUs and disks of all of them are read every time;
    /// beyond it the answer would grow to megabytes.
    pub const FULL_LIMIT: usize = 200;

    /// The scope that suits a host with so many active VMs.
    pub fn for_active(active: usize) -> Self {
        if active <= Self::FULL_LIMIT {
            Self::Full
        } else {
            Self::Basic
        }
    }
}
