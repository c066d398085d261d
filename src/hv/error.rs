//! Errors of a hypervisor as data: libvirt's own words, a class, and what to do next.

use crate::base::text::Text;

/// What kind of trouble it is, decided in one place from libvirt's (domain, code) pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorKind {
    /// The host cannot be reached, or the connection is gone.
    Unreachable,
    /// Who we are was not accepted (`VIR_ERR_AUTH_*`, ssh refused).
    Auth,
    /// We may not do that (`VIR_ERR_ACCESS_DENIED`, read-only connection).
    Permission,
    /// The object does not exist any more.
    NotFound,
    /// An object with that name, UUID or address exists already.
    Conflict,
    /// This host's driver cannot do that (`VIR_ERR_NO_SUPPORT` and its like).
    Unsupported,
    /// The object is in a state that does not allow it (`VIR_ERR_OPERATION_INVALID`).
    WrongState,
    /// Another operation holds the object (`VIR_ERR_OPERATION_TIMEOUT`, `VIR_ERR_RESOURCE_BUSY`).
    Busy,
    /// No answer within our own deadline; the call may still be running on the host.
    Timeout,
    /// What was sent is wrong (XML, argument).
    Invalid,
    /// The guest agent is not there or does not answer.
    Agent,
    /// The user gave up (prompt cancelled).
    Cancelled,
    /// Anything else.
    Internal,
}

impl ErrorKind {
    /// The class in one or two words, as shown before the message.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Auth => "authentication failed",
            Self::Permission => "forbidden",
            Self::NotFound => "not found",
            Self::Conflict => "already exists",
            Self::Unsupported => "not supported by this host's driver",
            Self::WrongState => "wrong state",
            Self::Busy => "busy",
            Self::Timeout => "timed out",
            Self::Invalid => "bad input",
            Self::Agent => "guest agent",
            Self::Cancelled => "cancelled",
            Self::Internal => "failed",
        }
    }
}

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HvError {
    /// The class.
    pub kind: ErrorKind,
    /// `virErrorNumber`, or 0 when the error is our own.
    pub code: i32,
    /// `virErrorDomain`, or 0 when the error is our own.
    pub domain: i32,
    /// libvirt's sentence, verbatim.
    pub message: Text,
    /// The libvirt function or step that failed, such as `virDomainShutdown`.
    pub during: &'static str,
    /// What an admin can do about it, if we know.
    pub hint: Option<&'static str>,
}

impl HvError {
    /// An error of our own, not libvirt's.
    pub fn own(kind: ErrorKind, during: &'static str, message: impl Into<Text>) -> Self {
        Self {
            kind,
            code: 0,
            domain: 0,
            message: message.into(),
            during,
            hint: None,
        }
    }

    /// The same error with advice.
    #[must_use]
    pub fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }
}

impl std::fmt::Display for HvError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.kind.word(), self.message)
    }
}

impl std::error::Error for HvError {}
