//! Questions of libvirt while it opens a connection (`virConnectOpenAuth`).
#![expect(unsafe_code, reason = "a C callback fills in credentials")]

use std::ffi::{CString, c_int, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::backend::libvirt::error::last_error;
use crate::backend::libvirt::handle::{Owned, borrowed, c_string, duplicate};
use crate::backend::libvirt::request::{Asker, Question};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::PromptKind;

/// What we can answer: all but realm, language and nonces, which have no meaning here.
const KINDS: [c_int; 5] = [
    virt_sys::VIR_CRED_USERNAME as c_int,
    virt_sys::VIR_CRED_AUTHNAME as c_int,
    virt_sys::VIR_CRED_ECHOPROMPT as c_int,
    virt_sys::VIR_CRED_PASSPHRASE as c_int,
    virt_sys::VIR_CRED_NOECHOPROMPT as c_int,
];

struct Context<'a> {
    asker: &'a Asker,
    cancelled: bool,
}

/// Opens a connection; questions go to `asker` in this thread. Blocks without limit.
pub(super) fn open(uri: &str, read_only: bool, asker: &Asker) -> Result<Owned<virt_sys::virConnect>, HvError> {
    const DURING: &str = "virConnectOpenAuth";
    let uri = c_string(uri, DURING)?;
    let mut kinds = KINDS;
    let mut context = Context {
        asker,
        cancelled: false,
    };
    let mut auth = virt_sys::virConnectAuth {
        credtype: kinds.as_mut_ptr(),
        ncredtype: kinds.len() as c_uint,
        cb: Some(answer),
        cbdata: (&raw mut context).cast(),
    };
    let flags = if read_only { virt_sys::VIR_CONNECT_RO } else { 0 };
    // SAFETY: all pointers live until the call returns; the callback is called only meanwhile and
    // in this thread.
    let opened = unsafe { virt_sys::virConnectOpenAuth(uri.as_ptr(), &raw mut auth, flags) };
    // SAFETY: null or a new connection that is ours.
    unsafe { Owned::take(opened, DURING) }.map_err(|error| {
        if context.cancelled {
            HvError {
                kind: ErrorKind::Cancelled,
                ..error
            }
        } else {
            error
        }
    })
}

/// Answers libvirt's questions one after the other; -1 makes the opening fail.
unsafe extern "C" fn answer(
    credentials: virt_sys::virConnectCredentialPtr,
    count: c_uint,
    context: *mut c_void,
) -> c_int {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: `open` passed a context that outlives the call; nobody else uses it meanwhile.
        let context = unsafe { &mut *context.cast::<Context<'_>>() };
        if credentials.is_null() {
            return -1;
        }
        // SAFETY: libvirt passes `count` credentials.
        let credentials = unsafe { std::slice::from_raw_parts_mut(credentials, count as usize) };
        for credential in credentials {
            // SAFETY: both are null or C strings of libvirt; some transports pass no challenge.
            let (prompt, challenge) = unsafe { (borrowed(credential.prompt), borrowed(credential.challenge)) };
            let secret =
                [virt_sys::VIR_CRED_PASSPHRASE, virt_sys::VIR_CRED_NOECHOPROMPT].contains(&(credential.type_ as u32));
            let question = Question {
                asker: challenge
                    .filter(|text| !text.is_empty())
                    .unwrap_or_else(|| "libvirt".into()),
                question: prompt.unwrap_or_default(),
                kind: if secret { PromptKind::Secret } else { PromptKind::Text },
            };
            let Some(reply) = (context.asker)(question) else {
                context.cancelled = true;
                return -1;
            };
            let Ok(reply) = CString::new(reply.expose()) else {
                return -1;
            };
            credential.resultlen = reply.as_bytes().len() as c_uint;
            credential.result = duplicate(&reply);
            if credential.result.is_null() {
                return -1;
            }
        }
        0
    }));
    outcome.unwrap_or(-1)
}

/// The library's own version, for `--version` and the log.
pub fn library_version() -> Result<(u64, u64, u64), HvError> {
    let mut version = 0;
    // SAFETY: writes one number; the type and its version are not wanted.
    let result = unsafe { virt_sys::virGetVersion(&raw mut version, std::ptr::null(), std::ptr::null_mut()) };
    if result < 0 {
        Err(last_error("virGetVersion"))
    } else {
        Ok(split_version(version))
    }
}

/// libvirt's version number as major, minor, release.
pub(super) fn split_version(version: u64) -> (u64, u64, u64) {
    (version / 1_000_000, version / 1000 % 1000, version % 1000)
}
