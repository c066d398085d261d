//! A connection that several threads use, and that closes itself where it cannot hold anybody up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::backend::libvirt::Connection;

/// A connection shared by the lanes of one host. When the last user lets go of it, it is closed on
/// a thread of its own, because closing may block for as long as the host is silent.
pub struct Shared {
    connection: Option<Connection>,
}

impl Shared {
    /// Takes a connection over.
    pub fn new(connection: Connection) -> Arc<Self> {
        Arc::new(Self {
            connection: Some(connection),
        })
    }

    /// The connection; there is one until `self` is dropped.
    pub fn get(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        let slot = Arc::new(Mutex::new(Some(connection)));
        let theirs = Arc::clone(&slot);
        let started = std::thread::Builder::new().name("vd-close".to_owned()).spawn(move || {
            let taken = theirs.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(connection) = taken
                && catch_unwind(AssertUnwindSafe(|| connection.close())).is_err()
            {
                tracing::warn!("closing a connection panicked");
            }
        });
        if started.is_err() {
            // no thread to be had: better to leak one connection than to block here
            std::mem::forget(slot);
        }
    }
}
