//! One look at one host, for `virt-deck check`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use crate::backend::fleet::FleetOptions;
use crate::backend::libvirt::{self, Connection, OpenRequest};
use crate::backend::limits::Limits;
use crate::backend::shared::Shared;
use crate::base::text::Text;
use crate::base::time::short;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::host::{Feature, HostFacts};
use crate::hv::topology::HostEntry;

/// What the look has shown.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckReport {
    /// The host's name in the inventory.
    pub name: Text,
    /// The URI as given.
    pub uri: Text,
    /// What the host tells about itself, or why it cannot be reached or asked.
    pub facts: Result<HostFacts, HvError>,
    /// What the driver supports, as harmless calls have shown; empty when it was not reached.
    pub features: Vec<(Feature, Result<(), HvError>)>,
    /// Until the connection was open or had failed.
    pub connect_time: Duration,
}

enum Stage {
    Opened(Result<(), HvError>),
    Facts(Box<Result<HostFacts, HvError>>),
    Probed(Vec<(Feature, Result<(), HvError>)>),
}

/// Connects to a host, asks it about itself and disconnects. Never asks the user anything, and
/// never takes longer than its deadlines: what does not answer is left behind on its thread.
pub async fn check(entry: &HostEntry, options: &FleetOptions) -> CheckReport {
    check_with(entry, options, &Limits::default()).await
}

/// [`check`] with other deadlines.
pub async fn check_with(entry: &HostEntry, options: &FleetOptions, limits: &Limits) -> CheckReport {
    libvirt::init();
    let mut report = CheckReport {
        name: entry.name.clone(),
        uri: entry.uri.clone(),
        facts: Err(HvError::own(
            ErrorKind::Internal,
            "virConnectOpenAuth",
            "the check ended early",
        )),
        features: Vec::new(),
        connect_time: Duration::ZERO,
    };
    let request = OpenRequest {
        uri: entry.uri.clone(),
        read_only: options.read_only || entry.read_only,
        ssh: entry.ssh.clone(),
        askpass: None,
        asker: Arc::new(|_| None),
    };
    let (stages, mut inbox) = unbounded_channel();
    let start = options.clock.now();
    let thread = std::thread::Builder::new().name("vd-check".to_owned()).spawn(move || {
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let connection = match Connection::open(&request) {
                Ok(connection) => Shared::new(connection),
                Err(error) => {
                    drop(stages.send(Stage::Opened(Err(error))));
                    return;
                }
            };
            drop(stages.send(Stage::Opened(Ok(()))));
            if let Some(connection) = connection.get() {
                drop(stages.send(Stage::Facts(Box::new(connection.facts()))));
                drop(stages.send(Stage::Probed(connection.probe())));
            }
        }));
        if looked.is_err() {
            tracing::error!("the check panicked");
        }
    });
    if let Err(error) = thread {
        report.facts = Err(HvError::own(
            ErrorKind::Internal,
            "thread",
            format!("no thread could be started: {error}"),
        ));
        return report;
    }
    let mut patience = limits.open;
    loop {
        match tokio::time::timeout(patience, inbox.recv()).await {
            Ok(Some(Stage::Opened(opened))) => {
                report.connect_time = options.clock.now().since(start);
                patience = limits.control;
                if let Err(error) = opened {
                    report.facts = Err(error);
                    return report;
                }
            }
            Ok(Some(Stage::Facts(facts))) => {
                report.facts = *facts;
                patience = limits.power;
            }
            Ok(Some(Stage::Probed(features))) => {
                report.features = features;
                return report;
            }
            Ok(None) => return report,
            Err(_) => {
                if report.facts.is_err() {
                    report.connect_time = options.clock.now().since(start);
                    report.facts = Err(HvError::own(
                        ErrorKind::Timeout,
                        "virConnectOpenAuth",
                        format!("no answer within {}", short(patience)),
                    ));
                }
                return report;
            }
        }
    }
}
