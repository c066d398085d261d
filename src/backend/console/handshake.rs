//! A VNC connection up to the point where the guest's screen comes.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::backend::console::route::{Reached, Wire, last_words};
use crate::backend::console::tls;
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
    pub tunnel: Option<tokio::process::Child>,
}

/// Shakes hands.
///
/// # Errors
/// In the server's words where it has some; [`ErrorKind::Auth`] for passwords and certificates.
pub(super) async fn connect(reached: Reached) -> Result<Vnc, HvError> {
    let Reached {
        mut wire,
        way,
        password,
        host,
        mut tunnel,
    } = reached;
    let mut client = Client::new(password);
    let mut buffer = vec![0; PART];
    let shaken = tokio::time::timeout(PATIENCE, async {
        loop {
            let out = client.take_output();
            if !out.is_empty() {
                wire.write_all(&out).await.map_err(|error| lost(error.to_string()))?;
                wire.flush().await.map_err(|error| lost(error.to_string()))?;
            }
            let count = wire.read(&mut buffer).await.map_err(|error| lost(error.to_string()))?;
            if count == 0 {
                return Err(lost("the VNC server hung up"));
            }
            let events = client.feed(&buffer[..count]).map_err(|error| broken(&error))?;
            if events.contains(&Event::StartTls) {
                wire = tls::wrap(wire, &host).await?;
                client.tls_started();
            } else if events.contains(&Event::Ready) {
                return Ok(wire);
            }
        }
    })
    .await
    .unwrap_or_else(|_| {
        Err(lost(format!(
            "the VNC server did not answer in {} s",
            PATIENCE.as_secs()
        )))
    });
    match shaken {
        Ok(wire) => Ok(Vnc {
            client,
            wire,
            way,
            tunnel,
        }),
        Err(mut error) => {
            if let Some(words) = last_words(&mut tunnel).await {
                error.message = format!("ssh: {}", words.raw()).into();
            }
            Err(error)
        }
    }
}
