//! A client of the Remote Framebuffer protocol (RFC 6143 and the registered extensions), without
//! sockets and without a clock: bytes in, [`Event`]s and bytes to send out.
//!
//! The ready-made client there is has no TLS inside its handshake and refuses the answer by which
//! QEMU offers raw key codes; and what a hostile server may cost is bounded here by construction:
//! nothing is allocated by a length that a peer merely claims.

mod auth;
mod decode;
mod framebuffer;
mod handshake;
pub mod keys;
mod messages;
mod reader;

pub use auth::password_file;
pub use framebuffer::{Area, Framebuffer};
pub use handshake::{Security, TlsKind};
pub use messages::{Client, Event};

/// The longest name of a desktop, in bytes.
const NAME_LIMIT: usize = 4096;
/// The longest clipboard text, in bytes.
const CUT_LIMIT: usize = 1 << 20;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RfbError {
    /// The server does not keep to the protocol, or to our limits.
    #[error("the VNC server broke the protocol: {0}")]
    Protocol(&'static str),
    /// The server says no, in its own words.
    #[error("{0}")]
    Refused(crate::base::text::Text),
    /// The password is wrong or has expired.
    #[error("the VNC password was refused; it may be wrong or have expired")]
    Password,
    /// The server wants what this client cannot do.
    #[error("the VNC server offers no way in that is known here: security types {0:?}")]
    Security(Vec<u32>),
    /// A password is needed and there is none.
    #[error("the VNC server wants a password")]
    PasswordNeeded,
    /// RFB passwords have at most 8 characters.
    #[error("a VNC password has at most 8 characters")]
    PasswordTooLong,
}

#[cfg(test)]
mod tests;
