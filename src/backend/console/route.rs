//! The way to a VM's display: straight, through libvirt, or through ssh.

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use uuid::Uuid;

use crate::backend::console::Tools;
use crate::backend::console::aside::Caller;
use crate::backend::console::tunnel::Tunnel;
use crate::backend::console::tunnel_ssh::Far;
use crate::backend::libvirt::ssh_uri::parameter;
use crate::base::text::Text;
use crate::hv::command::Secret;
use crate::hv::error::{ErrorKind, HvError};
use crate::xml::display::{Display, displays, domain_name};

/// How long a listener may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same when there is another way.
const LITTLE_PATIENCE: Duration = Duration::from_secs(3);

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
    /// Where the host's URI says that certificates are.
    pub pki: Option<PathBuf>,
    /// The tunnel; it may end when nobody uses it.
    pub tunnel: Option<Tunnel>,
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
    /// `pkipath`: the directory with the certificates for TLS.
    pub pki: Option<PathBuf>,
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
            pki: parameter(uri, "pkipath").map(PathBuf::from),
        }
    }

    /// Whether the host is reached by ssh.
    pub fn is_ssh(&self) -> bool {
        matches!(self.transport.as_deref(), Some("ssh" | "libssh" | "libssh2"))
    }
}

/// Whether an address is only reachable on the host itself.
pub fn is_loopback(address: &str) -> bool {
    address == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether an address stands for all of a host's.
pub fn is_any(address: &str) -> bool {
    address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_unspecified())
}

fn failed(why: impl Into<String>) -> HvError {
    HvError::own(ErrorKind::Unreachable, "vnc", why.into())
}

/// A way to a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// A connection from here; `or` the tunnel where that fails.
    Direct {
        /// Address or name.
        to: String,
        /// Port.
        port: u16,
        /// What the tunnel would lead to.
        or: Option<Far>,
    },
    /// A socket of this machine.
    Local(String),
    /// Through ssh.
    Ssh(Far),
}

/// Which way leads to a display's listener.
///
/// # Errors
/// What is missing, in words for an admin.
pub fn plan(target: &Target, display: &Display) -> Result<Route, HvError> {
    let kind = if display.kind.raw() == "spice" { "SPICE" } else { "VNC" };
    let transport = target.transport.as_deref().unwrap_or("tls");
    if let Some(socket) = &display.socket {
        return match &target.host {
            None => Ok(Route::Local(socket.raw().to_owned())),
            Some(_) if target.is_ssh() => Ok(Route::Ssh(Far::Socket(socket.raw().to_owned()))),
            Some(host) => Err(failed(format!(
                "the VM's {kind} listens on a socket of {host} ({socket}), which this connection ({transport}) \
                 cannot carry; a qemu+ssh:// URI would do"
            ))),
        };
    }
    let port = display.port.or(display.tls_port);
    let port = port.ok_or_else(|| failed(format!("the VM's {kind} does not listen anywhere")))?;
    // QEMU listens there when nothing is said
    let address = display.address.as_ref().map_or("127.0.0.1", |address| address.raw());
    let far = |address: &str| Far::Tcp {
        address: address.to_owned(),
        port,
    };
    match &target.host {
        None => Ok(Route::Direct {
            to: if is_any(address) { "127.0.0.1" } else { address }.to_owned(),
            port,
            or: None,
        }),
        Some(_) if is_loopback(address) && target.is_ssh() => Ok(Route::Ssh(far(address))),
        Some(host) if is_loopback(address) => Err(failed(format!(
            "the VM's {kind} listens on {} of {host}, which this connection ({transport}) cannot carry; \
             a qemu+ssh:// URI or listen='0.0.0.0' would do",
            Text::from(address)
        ))),
        // a name that only ssh knows, or a firewall: the tunnel may do where this does not
        Some(host) if is_any(address) => Ok(Route::Direct {
            to: host.clone(),
            port,
            or: target.is_ssh().then(|| far("localhost")),
        }),
        Some(_) => Ok(Route::Direct {
            to: address.to_owned(),
            port,
            or: target.is_ssh().then(|| far(address)),
        }),
    }
}

/// Connects on a way; also tells it in words.
///
/// # Errors
/// Why it leads nowhere.
pub async fn dial(tools: &Tools, route: &Route) -> Result<(Box<dyn Wire>, String, Option<Tunnel>), HvError> {
    let target = Target::parse(tools.uri.raw());
    let through = async |far: &Far| {
        let (stream, tunnel) = tools.tunnels.connect(tools, &target, far).await?;
        let wire: Box<dyn Wire> = Box::new(stream);
        Ok((wire, format!("through ssh to {far}"), Some(tunnel)))
    };
    match route {
        Route::Ssh(far) => through(far).await,
        Route::Local(path) => {
            let stream = UnixStream::connect(path).await;
            let stream = stream.map_err(|error| failed(format!("{path}: {error}")))?;
            Ok((Box::new(stream), format!("at {path}"), None))
        }
        Route::Direct { to, port, or } => {
            let patience = if or.is_some() { LITTLE_PATIENCE } else { PATIENCE };
            match (direct(to, *port, patience).await, or) {
                (Ok(stream), _) => Ok((Box::new(stream), format!("at {to}:{port}"), None)),
                (Err(_), Some(far)) => through(far).await,
                (Err(error), None) => Err(error),
            }
        }
    }
}

async fn direct(to: &str, port: u16, patience: Duration) -> Result<TcpStream, HvError> {
    let stream = tokio::time::timeout(patience, TcpStream::connect((to, port))).await;
    let stream = stream
        .map_err(|_| failed(format!("{to}:{port} did not answer in {} s", patience.as_secs())))?
        .map_err(|error| failed(format!("{to}:{port}: {error}")))?;
    // keys are small and should not wait for each other
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// Finds and reaches the display of one VM.
#[derive(Clone)]
pub struct Pathfinder {
    /// The VM.
    pub uuid: Uuid,
    /// Makes calls.
    pub caller: Caller,
    /// Host and tunnels.
    pub tools: Tools,
}

impl Pathfinder {
    /// What the way to a display is, in words.
    pub fn step(&self, display: &Display) -> Text {
        let target = Target::parse(self.tools.uri.raw());
        let words = match plan(&target, display) {
            Ok(Route::Ssh(far)) => format!("ssh tunnel to {far}"),
            Ok(Route::Direct { to, port, .. }) if target.host.is_some() => format!("VNC at {to}:{port}"),
            Ok(_) | Err(_) => "to the VM's VNC display".to_owned(),
        };
        words.into()
    }

    /// The VM's VNC display and the VM's name.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when it has none.
    pub async fn find(&self) -> Result<(Display, Text), HvError> {
        let uuid = self.uuid;
        let call = self.caller.call("virDomainGetXMLDesc", move |shared| {
            let connection = shared.get().ok_or_else(|| failed("the connection is gone"))?;
            connection.secure_xml(uuid)
        });
        let xml = call.await?;
        let all = displays(&xml);
        if let Some(vnc) = all.iter().find(|display| display.kind.raw() == "vnc") {
            return Ok((vnc.clone(), domain_name(&xml)));
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
    ///
    /// # Errors
    /// Why it cannot be reached.
    pub async fn reach(&self, display: &Display) -> Result<Reached, HvError> {
        let target = Target::parse(self.tools.uri.raw());
        if target.host.is_none()
            && let Ok(stream) = self.open_graphics(display.index).await
        {
            return Ok(Reached {
                wire: Box::new(stream),
                way: "VNC through libvirt".to_owned(),
                // libvirt lets in without
                password: None,
                host: "localhost".to_owned(),
                pki: None,
                tunnel: None,
            });
        }
        let (wire, way, tunnel) = dial(&self.tools, &plan(&target, display)?).await?;
        Ok(Reached {
            wire,
            way: format!("VNC {way}"),
            password: display.password.clone(),
            host: target.host.unwrap_or_else(|| "localhost".to_owned()),
            pki: target.pki,
            tunnel,
        })
    }

    async fn open_graphics(&self, index: u32) -> Result<UnixStream, HvError> {
        let uuid = self.uuid;
        let call = self.caller.call("virDomainOpenGraphicsFD", move |shared| {
            let connection = shared.get().ok_or_else(|| failed("the connection is gone"))?;
            connection.open_graphics(uuid, index)
        });
        let stream = std::os::unix::net::UnixStream::from(call.await?);
        let ready = stream.set_nonblocking(true).and_then(|()| UnixStream::from_std(stream));
        ready.map_err(|error| failed(error.to_string()))
    }
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
        assert!(Target::parse("qemu+tls://h/system?pkipath=/p").pki.is_some());
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

    fn way(uri: &str, attributes: &str) -> Result<Route, String> {
        let xml = format!("<domain><devices><graphics type='vnc' {attributes}/></devices></domain>");
        plan(&Target::parse(uri), &displays(&xml)[0]).map_err(|error| error.message.raw().to_owned())
    }

    fn direct_to(to: &str, or: Option<&str>) -> Route {
        Route::Direct {
            to: to.to_owned(),
            port: 5901,
            or: or.map(far),
        }
    }

    fn far(address: &str) -> Far {
        Far::Tcp {
            address: address.to_owned(),
            port: 5901,
        }
    }

    #[test]
    fn each_listener_has_its_way() {
        let (local, ssh, tcp) = ("qemu:///system", "qemu+ssh://r@h/system", "qemu+tcp://h/system");
        let [own, any, inner] =
            ["10.1.1.1", "0.0.0.0", "127.0.0.1"].map(|address| format!("port='5901' listen='{address}'"));
        let (own, any, inner) = (own.as_str(), any.as_str(), inner.as_str());
        assert_eq!(way(local, inner), Ok(direct_to("127.0.0.1", None)));
        assert_eq!(way(local, any), Ok(direct_to("127.0.0.1", None)));
        assert_eq!(way(tcp, own), Ok(direct_to("10.1.1.1", None)));
        assert_eq!(way(tcp, any), Ok(direct_to("h", None)));
        assert_eq!(way(ssh, any), Ok(direct_to("h", Some("localhost"))));
        assert_eq!(way(ssh, own), Ok(direct_to("10.1.1.1", Some("10.1.1.1"))));
        assert_eq!(way(ssh, inner), Ok(Route::Ssh(far("127.0.0.1"))));
        assert_eq!(way(ssh, "port='5901'"), Ok(Route::Ssh(far("127.0.0.1"))));
        let socket = "socket='/run/vnc.sock'";
        let far_socket = Far::Socket("/run/vnc.sock".to_owned());
        assert_eq!(way(ssh, socket), Ok(Route::Ssh(far_socket)));
        assert_eq!(way(local, socket), Ok(Route::Local("/run/vnc.sock".to_owned())));
    }

    #[test]
    fn what_is_missing_is_said() {
        let why = way("qemu+tls://h/system", "port='5901' listen='127.0.0.1'").unwrap_err();
        assert!(
            why.contains("127.0.0.1 of h") && why.contains("(tls)") && why.contains("qemu+ssh"),
            "{why}"
        );
        let why = way("qemu+tcp://h/system", "socket='/run/vnc.sock'").unwrap_err();
        assert!(why.contains("/run/vnc.sock") && why.contains("qemu+ssh"), "{why}");
        let why = way("qemu+ssh://h/system", "port='-1'").unwrap_err();
        assert!(why.contains("does not listen"), "{why}");
    }
}
