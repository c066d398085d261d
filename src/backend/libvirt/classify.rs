//! The one table from libvirt's error codes to classes and advice. Pure.

use crate::hv::error::ErrorKind;

/// What kind of trouble an error is.
pub fn classify(_domain: i32, _code: i32, _message: &str) -> ErrorKind {
    ErrorKind::Internal
}

/// What an admin can do about it, if we know.
pub fn hint(_domain: i32, _code: i32, _message: &str) -> Option<&'static str> {
    None
}
