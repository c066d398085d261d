//! `virt-deck check`: connects to every host and says what works.

use std::fmt::Write as _;
use std::io::{self, Write};

use tokio::task::JoinSet;

use crate::backend::check::{CheckReport, check};
use crate::backend::fleet::FleetOptions;
use crate::hv::host::Feature;
use crate::hv::topology::{HostEntry, Topology};

/// Checks every host that is enabled; returns the exit code: 1 when one failed.
pub async fn run(topology: &Topology, options: FleetOptions) -> i32 {
    let mut checks = JoinSet::new();
    let permits = std::sync::Arc::new(tokio::sync::Semaphore::new(options.connect_limit.max(1)));
    let hosts: Vec<HostEntry> = topology.hosts.iter().filter(|host| host.enabled).cloned().collect();
    for (place, entry) in hosts.iter().cloned().enumerate() {
        let (options, permits) = (options.clone(), std::sync::Arc::clone(&permits));
        checks.spawn(async move {
            let _permit = permits.acquire_owned().await;
            (place, check(&entry, &options).await)
        });
    }
    let mut lines: Vec<Option<(bool, String)>> = vec![None; hosts.len()];
    let mut failed = false;
    let mut next = 0;
    let mut out = io::stdout().lock();
    while let Some(joined) = checks.join_next().await {
        let Ok((place, report)) = joined else {
            failed = true;
            continue;
        };
        let said = summary(&report);
        let (ok, text) = match said {
            Ok(text) => (true, format!("ok: {text}")),
            Err(text) => (false, format!("FAILED: {text}")),
        };
        failed |= !ok;
        if let Some(line) = lines.get_mut(place) {
            *line = Some((ok, text));
        }
        // printed in the order of the inventory, as soon as that is possible
        while let Some((entry, (_, text))) = hosts.get(next).zip(lines.get(next).cloned().flatten()) {
            if writeln!(out, "{}  {text}", entry.uri)
                .and_then(|()| out.flush())
                .is_err()
            {
                return i32::from(failed);
            }
            next += 1;
        }
    }
    i32::from(failed)
}

/// What a check found out, in one line.
///
/// # Errors
/// The exact error and what to do about it, in one line.
pub fn summary(report: &CheckReport) -> Result<String, String> {
    match &report.facts {
        Err(error) => {
            let hint = error.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            Err(format!("{error}{hint}"))
        }
        Ok(facts) => {
            let (major, minor, release) = facts.libvirt_version;
            let mut text = format!("libvirt {major}.{minor}.{release}, driver {}", facts.driver);
            if let Some((major, minor, release)) = facts.hypervisor_version {
                // writing to a string cannot fail
                let _ = write!(text, ", hypervisor {major}.{minor}.{release}");
            }
            let (yes, no): (Vec<_>, Vec<_>) = report.features.iter().partition(|(_, outcome)| outcome.is_ok());
            let words = |features: &[&(Feature, _)]| {
                features
                    .iter()
                    .map(|(feature, _)| feature.word())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            if !yes.is_empty() {
                let _ = write!(text, "; supports {}", words(&yes));
            }
            if !no.is_empty() {
                let _ = write!(text, "; not {}", words(&no));
            }
            Ok(text)
        }
    }
}
