//! A VNC connection up to the point where the guest's screen comes.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::backend::console::route::{Reached, Wire};
use crate::backend::console::tls;
use crate::backend::console::tunnel::Tunnel;
use crate::hv::error::{ErrorKind, HvError};
use crate::rfb::{Client, Event, RfbError};

/// Bytes read at a time.
const PART: usize = 16 * 1024;
/// How long the handshake may take.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) fn broken(error: &RfbError) -> HvError {
    let kind = match error {
        RfbError::Password | RfbError::PasswordNeeded | RfbError::PasswordTooLong | RfbError::Security(_) => {
            ErrorKind::Auth
        }
        RfbError::Protocol(_) | RfbError::Refused(_) => ErrorKind::Unreachable,
    };
    HvError::own(kind, "vnc", error.to_string())
}

pub(super) fn lost(why: impl Into<String>) -> HvError {
    HvError::own(ErrorKind::Unreachable, "vnc", why.into())
}

/// A connection past its handshake.
pub(super) struct Vnc {
    pub client: Client,
    pub wire: Box<dyn Wire>,
    pub way: String,
    pub tunnel: Option<Tunnel>,
}

/// A handshake that failed.
pub(super) struct Refused {
    /// Why.
    pub error: HvError,
    /// Another password may do.
    pub password: bool,
}

impl From<HvError> for Refused {
    fn from(error: HvError) -> Self {
        Self { error, password: false }
    }
}

impl From<RfbError> for Refused {
    fn from(error: RfbError) -> Self {
        let password = matches!(
            error,
            RfbError::Password | RfbError::PasswordNeeded | RfbError::PasswordTooLong
        );
        Self {
            error: broken(&error),
            password,
        }
    }
}

/// Shakes hands.
///
/// # Errors
/// In the server's words where it has some; [`ErrorKind::Auth`] for passwords and certificates.
pub(super) async fn connect(reached: Reached) -> Result<Vnc, Refused> {
    let Reached {
        mut wire,
        way,
        password,
        host,
        pki,
        tunnel,
    } = reached;
    let mut client = Client::new(password);
    let mut buffer = vec![0; PART];
    let shaken: Result<Box<dyn Wire>, Refused> = tokio::time::timeout(PATIENCE, async {
        loop {
            let out = client.take_output();
            if !out.is_empty() {
                wire.write_all(&out).await.map_err(|error| lost(error.to_string()))?;
                wire.flush().await.map_err(|error| lost(error.to_string()))?;
            }
            let count = wire.read(&mut buffer).await.map_err(|error| lost(error.to_string()))?;
            if count == 0 {
                return Err(lost("the VNC server hung up").into());
            }
            let events = client.feed(&buffer[..count])?;
            if events.contains(&Event::StartTls) {
                wire = tls::wrap(wire, &host, pki.clone()).await?;
                client.tls_started();
            } else if events.contains(&Event::Ready) {
                return Ok(wire);
            }
        }
    })
    .await
    .unwrap_or_else(|_| {
        let why = format!("the VNC server did not answer in {} s", PATIENCE.as_secs());
        Err(lost(why).into())
    });
    match shaken {
        Ok(wire) => Ok(Vnc {
            client,
            wire,
            way,
            tunnel,
        }),
        Err(mut refused) => {
            if refused.error.kind == ErrorKind::Unreachable
                && let Some(tunnel) = &tunnel
                && let Some(words) = tunnel.last_words().await
            {
                refused.error.message = format!("ssh: {}", words.raw()).into();
            }
            Err(refused)
        }
    }
}
