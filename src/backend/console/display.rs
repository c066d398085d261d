//! A VM's display handed over: tickets, files for viewers.

use std::fmt::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use crate::backend::console::Tools;
use crate::backend::console::aside::Caller;
use crate::backend::console::route::{Target, is_any, is_loopback};
use crate::backend::console::tickets::{Issued, LONGEST, Tickets, random_password, valid_until};
use crate::base::ids::Epoch;
use crate::base::text::{Text, show};
use crate::hv::command::Secret;
use crate::hv::display::{DisplayAnswer, DisplayCommand, Ticket};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, HostMessage};
use crate::xml::display::{Display, displays, with_attributes};

pub(super) fn failed(kind: ErrorKind, why: impl Into<String>) -> HvError {
    HvError::own(kind, "display", why.into())
}

/// After a ticket's end, how long until the earlier password is tried to be put back again.
const AGAIN: Duration = Duration::from_secs(30);

/// What one VM's display needs.
#[derive(Clone)]
pub(super) struct Desk {
    pub tools: Tools,
    pub uuid: Uuid,
    pub tickets: Tickets,
}

impl Desk {
    pub(super) fn tell(&self, answer: Result<DisplayAnswer, HvError>) {
        drop(self.tools.sink.send(HostMessage {
            host: self.tools.host,
            epoch: Epoch(0),
            event: HostEvent::Display {
                uuid: self.uuid,
                answer,
            },
        }));
    }

    /// Does what is asked and tells what came of it.
    pub(super) async fn run(self, command: DisplayCommand) {
        let outcome = match command {
            DisplayCommand::Ticket(ticket) => self.ticket(ticket).await,
            DisplayCommand::ClearTicket => self.clear().await,
            DisplayCommand::SaveViewerFile(path) => self.viewer_file(path).await,
            DisplayCommand::Viewer(viewer) => self.viewer(viewer).await,
        };
        self.tell(outcome);
    }

    async fn xml(&self) -> Result<String, HvError> {
        let uuid = self.uuid;
        Caller::new(self.tools.reports.clone())
            .call("virDomainGetXMLDesc", move |shared| {
                let gone = || failed(ErrorKind::Unreachable, "the connection is gone");
                shared.get().ok_or_else(gone)?.secure_xml(uuid)
            })
            .await
    }

    async fn update(&self, device: String) -> Result<(), HvError> {
        let uuid = self.uuid;
        Caller::new(self.tools.reports.clone())
            .call("virDomainUpdateDeviceFlags", move |shared| {
                let gone = || failed(ErrorKind::Unreachable, "the connection is gone");
                shared.get().ok_or_else(gone)?.update_device(uuid, &device)
            })
            .await
    }

    /// The first display of a kind, and its element as it stands.
    pub(super) async fn display(&self, kinds: &[&str]) -> Result<(Display, String), HvError> {
        let xml = self.xml().await?;
        let found = displays(&xml)
            .into_iter()
            .find(|display| kinds.contains(&display.kind.raw()));
        let display = found.ok_or_else(|| {
            failed(
                ErrorKind::Unsupported,
                format!("the VM has no {} display", kinds.join(" or ")),
            )
        })?;
        let element = xml.get(display.range.clone()).unwrap_or_default().to_owned();
        Ok((display, element))
    }

    /// Where somebody else connects to.
    fn address(&self, display: &Display) -> Result<(String, u16), HvError> {
        let port = display.port.or(display.tls_port);
        let port = port.ok_or_else(|| {
            failed(
                ErrorKind::WrongState,
                "the VM's display does not listen; is it running?",
            )
        })?;
        let host = Target::parse(self.tools.uri.raw()).host;
        let address = display.address.as_ref().map_or("127.0.0.1", |address| address.raw());
        let address = match host {
            Some(host) if is_any(address) => host,
            None if is_any(address) => "127.0.0.1".to_owned(),
            _ => address.to_owned(),
        };
        Ok((address, port))
    }

    async fn ticket(&self, ticket: Ticket) -> Result<DisplayAnswer, HvError> {
        let password = match ticket.password {
            Some(password) if password.expose().len() > LONGEST => {
                return Err(failed(ErrorKind::Invalid, "a VNC password has at most 8 characters"));
            }
            Some(password) if password.expose().is_empty() => {
                return Err(failed(ErrorKind::Invalid, "an empty password would let nobody in"));
            }
            Some(password) => password,
            None => random_password(),
        };
        let (display, element) = self.display(&["vnc"]).await?;
        let (address, port) = self.address(&display)?;
        let until = valid_until(ticket.valid);
        let device = with_attributes(
            &element,
            &[
                ("passwd", Some(password.expose())),
                ("passwdValidTo", Some(&until)),
                ("connected", Some("keep")),
            ],
        );
        let device = device.ok_or_else(|| failed(ErrorKind::Internal, "the display's XML cannot be changed"))?;
        let updated = self.update(device).await;
        updated.map_err(|error| match display.password {
            // QEMU asks for passwords only when it was started with one
            None => error.with_hint("only a VM that was started with a VNC password (passwd='…') takes tickets"),
            Some(_) => error,
        })?;
        let number = self.tickets.issue(self.uuid, display.password);
        let desk = self.clone();
        let after = ticket.valid;
        self.tickets.valid_before(self.uuid, number, display.valid_to);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            desk.expire(number).await;
        });
        Ok(DisplayAnswer::Ticket {
            address: address.into(),
            port,
            password,
            valid: ticket.valid,
        })
    }

    /// The ticket's time is over. While the host cannot be asked to put the earlier password back,
    /// it is tried again; that the ticket lets nobody in meanwhile is QEMU's doing.
    async fn expire(&self, number: u64) {
        let mut told = false;
        while self.tickets.is_current(self.uuid, number) {
            match self.clear().await {
                Ok(answer) => return self.tell(Ok(answer)),
                Err(error) => {
                    let later = matches!(
                        error.kind,
                        ErrorKind::Unreachable | ErrorKind::Timeout | ErrorKind::Busy
                    );
                    if !std::mem::replace(&mut told, true) {
                        self.tell(Err(error));
                    }
                    if !later {
                        return;
                    }
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Takes a ticket away: what was there before comes back.
    async fn clear(&self) -> Result<DisplayAnswer, HvError> {
        let none = || failed(ErrorKind::WrongState, "no ticket is out for this VM");
        let issued = self.tickets.take(self.uuid).ok_or_else(none)?;
        match self.put_back(&issued).await {
            Ok(()) => Ok(DisplayAnswer::TicketCleared),
            Err(mut error) => {
                // it can be tried again
                self.tickets.keep(self.uuid, issued);
                error.message = format!(
                    "the password before the ticket could not be put back: {}",
                    error.message.raw()
                )
                .into();
                Err(error)
            }
        }
    }

    async fn put_back(&self, issued: &Issued) -> Result<(), HvError> {
        let (display, element) = match self.display(&["vnc"]).await {
            // the VM or its display is gone, and the ticket with it
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Unsupported) => return Ok(()),
            other => other?,
        };
        if display.port.is_none() && display.socket.is_none() {
            // stopped: QEMU has forgotten it, and the next start takes the definition's password
            return Ok(());
        }
        let device = with_attributes(
            &element,
            &[
                ("passwd", issued.before.as_ref().map(Secret::expose)),
                ("passwdValidTo", issued.valid_to.as_ref().map(Text::raw)),
                ("connected", Some("keep")),
            ],
        );
        let device = device.ok_or_else(|| failed(ErrorKind::Internal, "the display's XML cannot be changed"))?;
        self.update(device).await
    }

    async fn viewer_file(&self, path: PathBuf) -> Result<DisplayAnswer, HvError> {
        let (display, _) = self.display(&["spice", "vnc"]).await?;
        let (address, port) = self.address(&display)?;
        let given = Display {
            port: display.port.or(display.tls_port.is_none().then_some(port)),
            ..display
        };
        let text = viewer_file(&given, &address)?;
        let shown = show(&path.display().to_string()).into_owned();
        let write = tokio::task::spawn_blocking(move || write_private(&path, text.as_bytes())).await;
        let written = write.map_err(|error| failed(ErrorKind::Internal, error.to_string()))?;
        written.map_err(|error| failed(ErrorKind::Invalid, format!("{shown}: {error}")))?;
        let host = Target::parse(self.tools.uri.raw()).host;
        let only = host.filter(|_| is_loopback(&address)).map_or_else(String::new, |host| {
            format!("; the display listens on {address} of {host}: the file is of use only there")
        });
        Ok(DisplayAnswer::Done(format!("saved {shown}{only}").into()))
    }
}

/// Writes a new file that only the user can read.
pub(super) fn write_private(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    std::io::Write::write_all(&mut file, contents)
}

/// remote-viewer's connection file. What a host tells may not become lines of its own.
pub(super) fn viewer_file(display: &Display, address: &str) -> Result<String, HvError> {
    let kind = if display.kind.raw() == "spice" { "spice" } else { "vnc" };
    if address.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(failed(ErrorKind::Invalid, "the display's address is no address"));
    }
    let mut text = format!("[virt-viewer]\ntype={kind}\nhost={address}\n");
    if let Some(port) = display.port {
        let _ = writeln!(text, "port={port}");
    }
    if let Some(tls) = display.tls_port {
        let _ = writeln!(text, "tls-port={tls}");
    }
    if let Some(password) = &display.password {
        if password.expose().contains(char::is_control) {
            return Err(failed(
                ErrorKind::Invalid,
                "the display's password has a control character in it",
            ));
        }
        let _ = writeln!(text, "password={}", password.expose());
    }
    text.push_str("delete-this-file=1\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viewer_files_hold_what_is_needed() {
        let xml = "<domain><devices><graphics type='vnc' port='5901' passwd='pw'/></devices></domain>";
        let display = &displays(xml)[0];
        let text = viewer_file(display, "10.0.0.1").unwrap();
        assert_eq!(
            text,
            "[virt-viewer]\ntype=vnc\nhost=10.0.0.1\nport=5901\npassword=pw\ndelete-this-file=1\n"
        );
        let xml = "<domain><devices><graphics type='spice' tlsPort='5902' passwd='a&#10;b'/></devices></domain>";
        let mut display = displays(xml)[0].clone();
        assert!(viewer_file(&display, "10.0.0.1").is_err(), "a password of two lines");
        display.password = None;
        assert!(viewer_file(&display, "h\nproxy=evil").is_err());
        assert_eq!(
            viewer_file(&display, "h").unwrap(),
            "[virt-viewer]\ntype=spice\nhost=h\ntls-port=5902\ndelete-this-file=1\n"
        );
    }
}
