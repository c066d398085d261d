//! `virStream` without blocking: libvirt's event thread moves bytes between the stream and two
//! bounded queues; whoever uses them never calls libvirt.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::collections::VecDeque;
use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::backend::libvirt::error::last_error;
use crate::backend::libvirt::handle::{Owned, check};
use crate::hv::error::{ErrorKind, HvError};

/// Bytes that may wait to be taken; the host is asked for no more then.
const INCOMING: usize = 512 * 1024;
/// Bytes that may wait to be sent.
const OUTGOING: usize = 256 * 1024;
/// Bytes moved by one call.
const PART: usize = 64 * 1024;
/// The call would block.
const AGAIN: c_int = -2;

const BASE: c_int = (virt_sys::VIR_STREAM_EVENT_ERROR | virt_sys::VIR_STREAM_EVENT_HANGUP) as c_int;
const READ: c_int = virt_sys::VIR_STREAM_EVENT_READABLE as c_int;
const WRITE: c_int = virt_sys::VIR_STREAM_EVENT_WRITABLE as c_int;

/// Called on libvirt's event thread when something may have changed; must return at once.
pub type Wake = Box<dyn Fn() + Send + Sync>;

/// How a stream has ended, if it has.
#[derive(Debug, Clone, PartialEq)]
enum End {
    No,
    Well,
    Badly(HvError),
}

struct Queues {
    incoming: VecDeque<u8>,
    outgoing: VecDeque<u8>,
    ended: End,
    /// What is asked of libvirt at present.
    events: c_int,
}

struct Shared {
    queues: Mutex<Queues>,
    wake: Wake,
}

impl Shared {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running stream. When it is dropped it is aborted on a thread of its own, because that waits
/// for the host.
pub struct Stream {
    raw: NonNull<virt_sys::virStream>,
    shared: Arc<Shared>,
    /// Keeps what the stream belongs to.
    keep: Option<Box<dyn Send + Sync>>,
}

// SAFETY: libvirt's streams are reference counted and lock themselves.
unsafe impl Send for Stream {}
// SAFETY: as above.
unsafe impl Sync for Stream {}

/// A new stream of a connection that never blocks.
pub(super) fn new(connection: &Owned<virt_sys::virConnect>) -> Result<Owned<virt_sys::virStream>, HvError> {
    // SAFETY: the connection is valid; the reference is owned by the result.
    unsafe {
        Owned::take(
            virt_sys::virStreamNew(connection.ptr(), virt_sys::VIR_STREAM_NONBLOCK),
            "virStreamNew",
        )
    }
}

impl Stream {
    /// Takes over a stream that an operation has been started on. `keep` lives as long as it.
    pub(super) fn start(
        stream: Owned<virt_sys::virStream>,
        wake: Wake,
        keep: Box<dyn Send + Sync>,
    ) -> Result<Self, HvError> {
        let shared = Arc::new(Shared {
            queues: Mutex::new(Queues {
                incoming: VecDeque::new(),
                outgoing: VecDeque::new(),
                ended: End::No,
                events: BASE | READ,
            }),
            wake,
        });
        let opaque = Box::into_raw(Box::new(Arc::clone(&shared))).cast::<c_void>();
        // SAFETY: the stream is valid; the box is freed by `unbox` when the callback goes.
        let added =
            unsafe { virt_sys::virStreamEventAddCallback(stream.ptr(), BASE | READ, Some(moved), opaque, Some(unbox)) };
        if let Err(error) = check(added, "virStreamEventAddCallback") {
            // SAFETY: libvirt refused and does not keep the box.
            unsafe { unbox(opaque) };
            return Err(error);
        }
        let raw = stream.into_raw();
        Ok(Self {
            raw,
            shared,
            keep: Some(keep),
        })
    }

    /// Takes what has come, at most so many bytes. `None` when the stream is over and empty.
    pub fn take(&self, most: usize) -> Option<Vec<u8>> {
        let mut queues = self.shared.queues();
        if queues.incoming.is_empty() && queues.ended != End::No {
            return None;
        }
        let count = queues.incoming.len().min(most);
        let taken: Vec<u8> = queues.incoming.drain(..count).collect();
        if queues.events & READ == 0 && queues.incoming.len() < INCOMING / 2 && queues.ended == End::No {
            self.ask(&mut queues, READ);
        }
        Some(taken)
    }

    /// Lets bytes be sent; `false` when too many wait already or the stream is over.
    pub fn send(&self, bytes: &[u8]) -> bool {
        let mut queues = self.shared.queues();
        if queues.ended != End::No || queues.outgoing.len() + bytes.len() > OUTGOING {
            return false;
        }
        queues.outgoing.extend(bytes);
        if queues.events & WRITE == 0 && !bytes.is_empty() {
            self.ask(&mut queues, WRITE);
        }
        true
    }

    /// Why the stream is over; `None` while it is not, or when it ended well.
    pub fn error(&self) -> Option<HvError> {
        match &self.shared.queues().ended {
            End::No | End::Well => None,
            End::Badly(error) => Some(error.clone()),
        }
    }

    fn ask(&self, queues: &mut Queues, more: c_int) {
        queues.events |= more;
        // SAFETY: the stream is valid as long as `self`; the callback takes the lock only after
        // libvirt has let go of its own.
        unsafe { virt_sys::virStreamEventUpdateCallback(self.raw.as_ptr(), queues.events) };
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let ended = self.shared.queues().ended != End::No;
        let (stream, keep) = (SendPtr(self.raw), self.keep.take());
        let end = move || {
            let stream = stream;
            // SAFETY: the reference is ours and not used afterwards. libvirt refuses what does
            // not fit the state, which does no harm.
            unsafe {
                virt_sys::virStreamEventRemoveCallback(stream.0.as_ptr());
                if !ended {
                    virt_sys::virStreamAbort(stream.0.as_ptr());
                }
                virt_sys::virStreamFree(stream.0.as_ptr());
            }
            drop(keep);
        };
        // without a thread the stream is leaked: better than to wait for a host here
        drop(std::thread::Builder::new().name("vd-stream".to_owned()).spawn(end));
    }
}

struct SendPtr(NonNull<virt_sys::virStream>);

// SAFETY: a reference that is handed to one other thread.
unsafe impl Send for SendPtr {}

unsafe extern "C" fn unbox(opaque: *mut c_void) {
    // SAFETY: made by `Stream::start`, freed exactly once.
    drop(unsafe { Box::from_raw(opaque.cast::<Arc<Shared>>()) });
}

unsafe extern "C" fn moved(stream: virt_sys::virStreamPtr, events: c_int, opaque: *mut c_void) {
    // SAFETY: the box lives until `unbox`.
    let shared = unsafe { &*opaque.cast::<Arc<Shared>>() };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let wanted = {
            let mut queues = shared.queues();
            transfer(stream, events, &mut queues);
            queues.events
        };
        // SAFETY: libvirt calls this with a valid stream.
        unsafe { virt_sys::virStreamEventUpdateCallback(stream, wanted) };
        (shared.wake)();
    }));
    if outcome.is_err() {
        tracing::error!("a stream's handler panicked");
    }
}

fn transfer(stream: virt_sys::virStreamPtr, events: c_int, queues: &mut Queues) {
    if queues.ended != End::No {
        queues.events = 0;
        return;
    }
    // what was sent before the end is still there to be read
    let last = events & BASE != 0;
    if events & READ != 0 || last {
        receive(stream, queues, last);
    }
    if events & WRITE != 0 && queues.ended == End::No {
        give(stream, queues);
    }
    if last && queues.ended == End::No {
        let error = events & virt_sys::VIR_STREAM_EVENT_ERROR as c_int != 0;
        queues.ended = if error {
            End::Badly(HvError::own(
                ErrorKind::Unreachable,
                "virStreamRecv",
                "the stream broke off",
            ))
        } else {
            End::Well
        };
    }
    queues.events = if queues.ended == End::No {
        let read = if queues.incoming.len() < INCOMING { READ } else { 0 };
        let write = if queues.outgoing.is_empty() { 0 } else { WRITE };
        BASE | read | write
    } else {
        0
    };
}

fn receive(stream: virt_sys::virStreamPtr, queues: &mut Queues, last: bool) {
    let mut buffer = vec![0_u8; PART];
    while last || queues.incoming.len() < INCOMING {
        // SAFETY: the buffer is as large as is said.
        let count = unsafe { virt_sys::virStreamRecv(stream, buffer.as_mut_ptr().cast::<c_char>(), buffer.len()) };
        match count {
            AGAIN => return,
            0 => {
                queues.ended = End::Well;
                return;
            }
            count => match usize::try_from(count) {
                Ok(count) => queues.incoming.extend(&buffer[..count.min(buffer.len())]),
                Err(_) => {
                    queues.ended = End::Badly(last_error("virStreamRecv"));
                    return;
                }
            },
        }
    }
}

fn give(stream: virt_sys::virStreamPtr, queues: &mut Queues) {
    while !queues.outgoing.is_empty() {
        let (part, _) = queues.outgoing.as_slices();
        let part = &part[..part.len().min(PART)];
        // SAFETY: the part is as long as is said.
        let count = unsafe { virt_sys::virStreamSend(stream, part.as_ptr().cast::<c_char>(), part.len()) };
        match count {
            AGAIN => return,
            count => match usize::try_from(count) {
                Ok(count) => {
                    queues.outgoing.drain(..count);
                }
                Err(_) => {
                    queues.ended = End::Badly(last_error("virStreamSend"));
                    return;
                }
            },
        }
    }
}
