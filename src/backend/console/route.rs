//! The way to a VM's display: straight, through libvirt, or through ssh.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{Child, Command};

use crate::backend::console::session::Base;
use crate::backend::libvirt::ssh_uri::parameter;
use crate::base::text::Text;
use crate::hv::command::Secret;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::topology::SshOptions;
use crate::xml::display::{Display, displays};

/// How long a listener may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A stream in both directions.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A connected display.
pub struct Reached {
    /// The stream.
    pub wire: Box<dyn Wire>,
    /// How it is reached, in words.
    pub way: String,
    /// The display's password, where libvirt tells it.
    pub password: Option<Secret>,
    /// The name that its certificate must have.
    pub host: String,
    /// The tunnel; it ends when this is dropped.
    pub tunnel: Option<Child>,
}

/// The parts of a connection URI that matter here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// `ssh`, `tcp`, `tls`, `unix`, …; none for the driver's own choice.
    pub transport: Option<String>,
    /// User name.
    pub user: Option<String>,
    /// Host name or address, without brackets; none for this machine.
    pub host: Option<String>,
    /// Port.
    pub port: Option<u16>,
    /// `keyfile`: the private key for ssh.
    pub keyfile: Option<String>,
    /// `known_hosts`: where ssh looks for host keys.
    pub known_hosts: Option<String>,
    /// `no_verify`: host keys are not checked.
    pub no_verify: bool,
    /// `command`: the program that is called for ssh.
    pub command: Option<String>,
}

impl Target {
    /// Reads a URI such as `qemu+ssh://root@host:22/system`.
    pub fn parse(uri: &str) -> Self {
        let Some((scheme, rest)) = uri.split_once("://") else {
            return Self::default();
        };
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user.to_owned()), place),
            None => (None, authority),
        };
        let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None => match place.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        Self {
            transport: scheme.split_once('+').map(|(_, transport)| transport.to_owned()),
            user: user.filter(|user| !user.is_empty()),
            host: Some(host.to_owned()).filter(|host| !host.is_empty()),
            port: port.and_then(|port| port.parse().ok()),
            keyfile: parameter(uri, "keyfile"),
            known_hosts: parameter(uri, "known_hosts"),
            no_verify: parameter(uri, "no_verify").is_some_and(|value| value == "1"),
            command: parameter(uri, "command"),
        }
    }

    fn is_ssh(&self) -> bool {
        matches!(self.transport.as_deref(), Some("ssh" | "libssh" | "libssh2"))
    }
}

/// Whether an address is only reachable on the host itself.
fn is_loopback(address: &str) -> bool {
    address == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether an address stands for all of a host's.
fn is_any(address: &str) -> bool {
    address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_unspecified())
}

fn failed(why: impl Into<String>) -> HvError {
    HvError::own(ErrorKind::Unreachable, "vnc", why.into())
}

/// The VM's VNC display, or why it cannot be reached from here.
pub async fn find(base: &Base) -> Result<Display, HvError> {
    let uuid = base.uuid;
    let xml = base
        .caller
        .call("virDomainGetXMLDesc", move |shared| {
            let connection = shared.get().ok_or_else(|| failed("the connection is gone"))?;
            connection.secure_xml(uuid)
        })
        .await?;
    let all = displays(&xml);
    if let Some(vnc) = all.iter().find(|display| display.kind.raw() == "vnc") {
        return Ok(vnc.clone());
    }
    let kinds: Vec<String> = all.iter().map(|display| display.kind.to_string()).collect();
    Err(HvError::own(
        ErrorKind::Unsupported,
        "vnc",
        if kinds.is_empty() {
            "the VM has no display".to_owned()
        } else {
            format!("the VM has no VNC display, only {}", kinds.join(", "))
        },
    ))
}

/// Connects to a display.
pub async fn reach(base: &Base, display: &Display) -> Result<Reached, HvError> {
    let target = Target::parse(base.tools.uri.raw());
    let host = target.host.clone();
    if host.is_none()
        && let Ok(stream) = open_graphics(base, display.index).await
    {
        return Ok(Reached {
            wire: Box::new(stream),
            way: "VNC through libvirt".to_owned(),
            // libvirt lets in without
            password: None,
            host: "localhost".to_owned(),
            tunnel: None,
        });
    }
    let password = display.password.clone();
    let name = host.clone().unwrap_or_else(|| "localhost".to_owned());
    if let Some(socket) = &display.socket {
        if host.is_none() {
            let stream = UnixStream::connect(socket.raw()).await;
            let stream = stream.map_err(|error| failed(format!("{socket}: {error}")))?;
            let way = format!("VNC at {socket}");
            return Ok(Reached {
                wire: Box::new(stream),
                way,
                password,
                host: name,
                tunnel: None,
            });
        }
        return Err(failed(format!(
            "the VM's VNC listens on a socket of its host ({socket}), which only its host reaches"
        )));
    }
    let port = display.port.ok_or_else(|| failed("the VM's VNC does not listen"))?;
    let address = display.address.as_ref().map_or("127.0.0.1", |address| address.raw());
    let to = match (&host, is_loopback(address), is_any(address)) {
        (Some(_), true, _) if target.is_ssh() => {
            let (wire, tunnel) = tunnel(&target, &base.tools.ssh, address, port)?;
            return Ok(Reached {
                wire,
                way: format!("VNC through ssh to {address}:{port}"),
                password,
                host: name,
                tunnel: Some(tunnel),
            });
        }
        (Some(host), true, _) => {
            let transport = target.transport.as_deref().unwrap_or("tls");
            return Err(failed(format!(
                "the VM's VNC listens on {address} of {host}, which this connection ({transport}) cannot carry; \
                 a qemu+ssh:// URI or listen='0.0.0.0' would do"
            )));
        }
        (Some(host), false, true) => host.clone(),
        (None, _, true) => "127.0.0.1".to_owned(),
        (_, _, false) => address.to_owned(),
    };
    let stream = tokio::time::timeout(PATIENCE, TcpStream::connect((to.as_str(), port))).await;
    let stream = stream
        .map_err(|_| failed(format!("{to}:{port} did not answer in {} s", PATIENCE.as_secs())))?
        .map_err(|error| failed(format!("{to}:{port}: {error}")))?;
    // keys are small and should not wait for each other
    let _ = stream.set_nodelay(true);
    let way = format!("VNC at {to}:{port}");
    Ok(Reached {
        wire: Box::new(stream),
        way,
        password,
        host: name,
        tunnel: None,
    })
}

async fn open_graphics(base: &Base, index: u32) -> Result<UnixStream, HvError> {
    let uuid = base.uuid;
    let fd = base
        .caller
        .call("virDomainOpenGraphicsFD", move |shared| {
            let connection = shared.get().ok_or_else(|| failed("the connection is gone"))?;
            connection.open_graphics(uuid, index)
        })
        .await?;
    let stream = std::os::unix::net::UnixStream::from(fd);
    let ready = stream.set_nonblocking(true).and_then(|()| UnixStream::from_std(stream));
    ready.map_err(|error| failed(error.to_string()))
}

/// Arguments of ssh for a stream to an address on its far side; one connection is shared by all
/// consoles of a host and ends by itself.
pub fn ssh_arguments(target: &Target, options: &SshOptions, control: Option<&PathBuf>) -> Vec<String> {
    let mut arguments: Vec<String> = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-T"]
        .map(str::to_owned)
        .into();
    if let Some(control) = control {
        arguments.extend(["-o".to_owned(), "ControlMaster=auto".to_owned()]);
        arguments.extend(["-o".to_owned(), "ControlPersist=15".to_owned()]);
        arguments.extend(["-o".to_owned(), format!("ControlPath={}/%C", control.display())]);
    }
    if let Some(known) = &target.known_hosts {
        arguments.extend(["-o".to_owned(), format!("UserKnownHostsFile={known}")]);
    }
    if target.no_verify {
        arguments.extend(["-o".to_owned(), "StrictHostKeyChecking=no".to_owned()]);
    }
    // the inventory wins over the URI, as it does for the connection itself
    if let Some(keyfile) = options.keyfile.as_ref().or(target.keyfile.as_ref()) {
        arguments.extend(["-i".to_owned(), keyfile.clone()]);
    }
    if let Some(config) = &options.config {
        arguments.extend(["-F".to_owned(), config.clone()]);
    }
    if let Some(jump) = &options.jump {
        arguments.extend(["-J".to_owned(), jump.clone()]);
    }
    if let Some(port) = target.port {
        arguments.extend(["-p".to_owned(), port.to_string()]);
    }
    if let Some(user) = &target.user {
        arguments.extend(["-l".to_owned(), user.clone()]);
    }
    arguments
}

fn tunnel(target: &Target, options: &SshOptions, address: &str, port: u16) -> Result<(Box<dyn Wire>, Child), HvError> {
    let host = target.host.clone().unwrap_or_default();
    let place = if address.contains(':') {
        format!("[{address}]:{port}")
    } else {
        format!("{address}:{port}")
    };
    let control = crate::backend::scratch::directory().ok();
    let mut command = Command::new(target.command.as_deref().unwrap_or("ssh"));
    command
        .args(ssh_arguments(target, options, control.as_ref()))
        .args(["-W", &place, "--", &host])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command
        .spawn()
        .map_err(|error| failed(format!("ssh cannot be started: {error}")))?;
    let (Some(output), Some(input)) = (child.stdout.take(), child.stdin.take()) else {
        return Err(failed("ssh has no streams"));
    };
    Ok((Box::new(tokio::io::join(output, input)), child))
}

/// What a tunnel said when it ended, if anything.
pub async fn last_words(tunnel: &mut Option<Child>) -> Option<Text> {
    let mut errors = tunnel.as_mut()?.stderr.take()?;
    let mut said = Vec::new();
    let read = errors.read_to_end(&mut said);
    let _ = tokio::time::timeout(Duration::from_secs(1), read).await;
    let text = String::from_utf8_lossy(&said).trim().to_owned();
    Some(Text::from(text)).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_taken_apart() {
        let target = Target::parse("qemu+ssh://root@lab2:2222/system?keyfile=x");
        assert_eq!(target.transport.as_deref(), Some("ssh"));
        assert_eq!(
            (target.user.as_deref(), target.host.as_deref(), target.port),
            (Some("root"), Some("lab2"), Some(2222))
        );
        assert!(target.is_ssh());
        assert_eq!(target.keyfile.as_deref(), Some("x"));
        assert_eq!(Target::parse("qemu:///system"), Target::default());
        let six = Target::parse("qemu+tcp://[fd00::1]:16509/system");
        assert_eq!((six.host.as_deref(), six.port), (Some("fd00::1"), Some(16509)));
        assert_eq!(Target::parse("qemu+tls://h/system").host.as_deref(), Some("h"));
    }

    #[test]
    fn addresses_are_told_apart() {
        assert!(is_loopback("127.0.0.1") && is_loopback("::1") && is_loopback("localhost"));
        assert!(!is_loopback("0.0.0.0") && is_any("0.0.0.0") && is_any("::"));
        assert!(!is_any("10.0.0.1") && !is_loopback("10.0.0.1"));
    }

    #[test]
    fn ssh_never_asks_and_takes_nothing_for_an_option() {
        let target = Target::parse("qemu+ssh://admin@host:2200/system");
        let options = SshOptions {
            jump: Some("gate".to_owned()),
            ..SshOptions::default()
        };
        let arguments = ssh_arguments(&target, &options, None).join(" ");
        assert!(
            arguments.contains("BatchMode=yes") && arguments.ends_with("-J gate -p 2200 -l admin"),
            "{arguments}"
        );
    }
}
