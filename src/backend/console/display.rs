//! A VM's display handed over: tickets, files for viewers, viewers.

use std::fmt::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use uuid::Uuid;

use crate::backend::console::Tools;
use crate::backend::console::aside::Caller;
use crate::backend::console::route::{Target, ssh_arguments};
use crate::backend::console::tickets::{LONGEST, SLACK, Tickets, random_password, valid_until};
use crate::backend::logbook::unix_millis;
use crate::base::ids::Epoch;
use crate::base::text::show;
use crate::hv::command::Secret;
use crate::hv::display::{DisplayAnswer, DisplayCommand, Ticket, Viewer};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, HostMessage};
use crate::xml::display::{Display, displays, with_attributes};

fn failed(kind: ErrorKind, why: impl Into<String>) -> HvError {
    HvError::own(kind, "display", why.into())
}

/// What one VM's display needs.
#[derive(Clone)]
pub(super) struct Desk {
    pub tools: Tools,
    pub uuid: Uuid,
    pub tickets: Tickets,
}

impl Desk {
    fn tell(&self, answer: Result<DisplayAnswer, HvError>) {
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
    async fn display(&self, kinds: &[&str]) -> Result<(Display, String), HvError> {
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
        let address = match (host, address) {
            (Some(host), "0.0.0.0" | "::") => host,
            (None, "0.0.0.0" | "::") => "127.0.0.1".to_owned(),
            (_, own) => own.to_owned(),
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
        let after = ticket.valid + SLACK;
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            if desk.tickets.is_current(desk.uuid, number) {
                let outcome = desk.clear().await;
                desk.tell(outcome);
            }
        });
        Ok(DisplayAnswer::Ticket {
            address: address.into(),
            port,
            password,
            valid: ticket.valid,
        })
    }

    /// Takes a ticket away: the password that was there before, or none, without an end.
    async fn clear(&self) -> Result<DisplayAnswer, HvError> {
        let none = || failed(ErrorKind::WrongState, "no ticket is out for this VM");
        let before = self.tickets.take(self.uuid).ok_or_else(none)?.before;
        let (_, element) = self.display(&["vnc"]).await?;
        let device = with_attributes(
            &element,
            &[
                ("passwd", before.as_ref().map(Secret::expose)),
                ("passwdValidTo", None),
                ("connected", Some("keep")),
            ],
        );
        let device = device.ok_or_else(|| failed(ErrorKind::Internal, "the display's XML cannot be changed"))?;
        self.update(device).await?;
        Ok(DisplayAnswer::TicketCleared)
    }

    async fn viewer_file(&self, path: PathBuf) -> Result<DisplayAnswer, HvError> {
        let (display, _) = self.display(&["spice", "vnc"]).await?;
        let (address, port) = self.address(&display)?;
        let text = viewer_file(&display, &address, port)?;
        let shown = show(&path.display().to_string()).into_owned();
        let write = tokio::task::spawn_blocking(move || write_private(&path, &text)).await;
        let written = write.map_err(|error| failed(ErrorKind::Internal, error.to_string()))?;
        written.map_err(|error| failed(ErrorKind::Invalid, format!("{shown}: {error}")))?;
        Ok(DisplayAnswer::Done(format!("saved {shown}").into()))
    }

    /// Starts a viewer; its forwarded port, where one is needed, ends with it.
    async fn viewer(&self, viewer: Viewer) -> Result<DisplayAnswer, HvError> {
        if std::env::var_os("DISPLAY").is_none() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
            let why = "there is no graphical display here (neither DISPLAY nor WAYLAND_DISPLAY is set)";
            return Err(failed(ErrorKind::Unsupported, why));
        }
        let (display, _) = match viewer {
            Viewer::RemoteViewer => self.display(&["spice", "vnc"]).await?,
            Viewer::VncViewer | Viewer::Browser => self.display(&["vnc"]).await?,
        };
        let (mut address, mut port) = self.address(&display)?;
        let target = Target::parse(self.tools.uri.raw());
        let loopback = address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let mut forward = None;
        if loopback && target.host.is_some() {
            let (child, local) = self.forward(&target, &address, port).await?;
            (address, port, forward) = ("127.0.0.1".to_owned(), local, Some(child));
        }
        let mut command = match viewer {
            Viewer::RemoteViewer => {
                let directory = crate::backend::scratch::directory()
                    .map_err(|error| failed(ErrorKind::Internal, error.to_string()))?;
                let path = directory.join(format!("{}-{}.vv", self.uuid, unix_millis()));
                let text = viewer_file(&display, &address, port)?;
                write_private(&path, &text).map_err(|error| failed(ErrorKind::Internal, error.to_string()))?;
                let mut command = Command::new("remote-viewer");
                command.arg(path);
                command
            }
            Viewer::VncViewer => {
                let mut command = Command::new("vncviewer");
                command.arg(format!("{address}::{port}"));
                command
            }
            Viewer::Browser => {
                let mut command = Command::new("websockify");
                command.args([
                    "--run-once",
                    "--web",
                    "/usr/share/novnc",
                    "127.0.0.1:0",
                    &format!("{address}:{port}"),
                ]);
                command
            }
        };
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        let started = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut child =
            started.map_err(|error| failed(ErrorKind::NotFound, format!("{program} cannot be started: {error}")))?;
        let desk = self.clone();
        tokio::spawn(async move {
            let _ = child.wait().await;
            // the port closes with this
            drop(forward);
            desk.tell(Ok(DisplayAnswer::ViewerEnded));
        });
        Ok(DisplayAnswer::Done(format!("{program} shows {address}:{port}").into()))
    }

    /// A port of this machine that leads to an address on the host.
    async fn forward(
        &self,
        target: &Target,
        address: &str,
        port: u16,
    ) -> Result<(tokio::process::Child, u16), HvError> {
        let internal = |error: std::io::Error| failed(ErrorKind::Internal, error.to_string());
        let local = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(internal)?
            .port();
        let mut arguments = ssh_arguments(target, &self.tools.ssh, None);
        arguments.extend(["-N", "-o", "ExitOnForwardFailure=yes", "-L"].map(str::to_owned));
        arguments.push(format!("127.0.0.1:{local}:{address}:{port}"));
        arguments.extend(["--".to_owned(), target.host.clone().unwrap_or_default()]);
        let mut command = Command::new("ssh");
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(internal)?;
        for _ in 0..100 {
            if tokio::net::TcpStream::connect(("127.0.0.1", local)).await.is_ok() {
                return Ok((child, local));
            }
            if child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(failed(
            ErrorKind::Unreachable,
            "ssh could not forward a port to the VM's display",
        ))
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())
}

/// remote-viewer's connection file.
fn viewer_file(display: &Display, address: &str, port: u16) -> Result<String, HvError> {
    let kind = if display.kind.raw() == "spice" { "spice" } else { "vnc" };
    let mut text = format!("[virt-viewer]\ntype={kind}\nhost={address}\nport={port}\n");
    if let Some(tls) = display.tls_port {
        let _ = writeln!(text, "tls-port={tls}");
    }
    if let Some(password) = &display.password {
        if password.expose().contains(['\n', '\r']) {
            return Err(failed(
                ErrorKind::Invalid,
                "the display's password has a line end in it",
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
        let text = viewer_file(display, "10.0.0.1", 5901).unwrap();
        assert_eq!(
            text,
            "[virt-viewer]\ntype=vnc\nhost=10.0.0.1\nport=5901\npassword=pw\ndelete-this-file=1\n"
        );
    }
}
