//! `virStream` without blocking whoever uses it.
//!
//! libvirt's event thread only receives: that takes what has come already and never waits. Sending
//! may wait until a silent host reads again (`virNetClientSendNoReply` fills the socket first), and
//! ending waits for the host's answer; both happen on a thread of the stream's own, so that a host
//! that hangs can stop neither the event thread, which serves all hosts, nor the runtime.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::collections::HashMap;
use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::backend::libvirt::error::last_error;
use crate::backend::libvirt::handle::{Owned, check};
use crate::backend::libvirt::intake::{Intake, Taken};
use crate::hv::error::{ErrorKind, HvError};

/// Bytes that may wait to be sent.
const OUTGOING: usize = 256 * 1024;
/// Bytes moved by one call.
const PART: usize = 64 * 1024;
/// The call would block.
const AGAIN: c_int = -2;

const BASE: c_int = (virt_sys::VIR_STREAM_EVENT_ERROR | virt_sys::VIR_STREAM_EVENT_HANGUP) as c_int;
const READ: c_int = virt_sys::VIR_STREAM_EVENT_READABLE as c_int;
const WRITE: c_int = virt_sys::VIR_STREAM_EVENT_WRITABLE as c_int;

/// Called when something may have changed, from a thread of libvirt's; must return at once.
pub type Wake = Box<dyn Fn() + Send + Sync>;

/// How a stream has ended, if it has.
#[derive(Debug, Clone, PartialEq)]
enum End {
    No,
    Well,
    Badly(HvError),
}

struct Queues {
    incoming: Intake,
    /// Bytes handed to the thread that are not sent yet.
    outgoing: usize,
    ended: End,
    /// What is asked of libvirt at present.
    events: c_int,
    /// Nobody uses the stream any more.
    dropped: bool,
    /// The stream, until it is ended.
    raw: Option<Owned<virt_sys::virStream>>,
}

impl Queues {
    /// Asks libvirt for other events. Never waits: it only sets a timer of the event loop.
    fn ask(&mut self, events: c_int) {
        if events == self.events {
            return;
        }
        self.events = events;
        if let Some(raw) = &self.raw {
            // SAFETY: the stream is valid; libvirt calls back only after it has let go of its lock.
            unsafe { virt_sys::virStreamEventUpdateCallback(raw.ptr(), events) };
        }
    }
}

struct Shared {
    queues: Mutex<Queues>,
    /// The stream takes bytes again, or is over.
    writable: Condvar,
    wake: Wake,
}

impl Shared {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Streams by the number that libvirt is given for them. Over a connection libvirt never tells
/// that it has forgotten a callback (its free function is not called), so it is given no memory.
static STREAMS: Mutex<Option<HashMap<usize, Arc<Shared>>>> = Mutex::new(None);

fn streams() -> MutexGuard<'static, Option<HashMap<usize, Arc<Shared>>>> {
    STREAMS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running stream. Dropping it waits for nothing: its thread ends it.
pub struct Stream {
    shared: Arc<Shared>,
    /// What is to be sent; closed to end the stream.
    orders: Sender<Vec<u8>>,
}

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
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the stream is valid; the second reference is owned by the queues.
        let second = unsafe {
            virt_sys::virStreamRef(stream.ptr());
            Owned::take(stream.ptr(), "virStreamRef")?
        };
        let shared = Arc::new(Shared {
            queues: Mutex::new(Queues {
                incoming: Intake::default(),
                outgoing: 0,
                ended: End::No,
                events: BASE | READ,
                dropped: false,
                raw: Some(second),
            }),
            writable: Condvar::new(),
            wake,
        });
        streams().get_or_insert_default().insert(number, Arc::clone(&shared));
        let opaque = std::ptr::without_provenance_mut::<c_void>(number);
        // SAFETY: the stream is valid; the callback takes `opaque` for a number only.
        let added =
            unsafe { virt_sys::virStreamEventAddCallback(stream.ptr(), BASE | READ, Some(moved), opaque, None) };
        let (orders, inbox) = channel();
        let ends = Ending {
            number,
            shared: Arc::clone(&shared),
            stream,
            _keep: keep,
        };
        if let Err(error) = check(added, "virStreamEventAddCallback") {
            // this is a thread that may wait
            drop(ends);
            return Err(error);
        }
        let thread = std::thread::Builder::new().name("vd-stream".to_owned());
        match thread.spawn(move || ends.serve(&inbox)) {
            Ok(_) => Ok(Self { shared, orders }),
            Err(error) => Err(HvError::own(ErrorKind::Internal, "virStream", error.to_string())),
        }
    }

    /// Takes what has come, at most so many bytes. `None` when the stream is over and empty.
    pub fn take(&self, most: usize) -> Option<Taken> {
        let mut queues = self.shared.queues();
        if queues.incoming.is_empty() && queues.ended != End::No {
            return None;
        }
        Some(queues.incoming.take(most))
    }

    /// Lets bytes be sent; `false` when too many wait already or the stream is over.
    pub fn send(&self, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return true;
        }
        let mut queues = self.shared.queues();
        if queues.ended != End::No || queues.outgoing + bytes.len() > OUTGOING {
            return false;
        }
        queues.outgoing += bytes.len();
        drop(queues);
        self.orders.send(bytes.to_vec()).is_ok()
    }

    /// Why the stream is over; `None` while it is not, or when it ended well.
    pub fn error(&self) -> Option<HvError> {
        match &self.shared.queues().ended {
            End::No | End::Well => None,
            End::Badly(error) => Some(error.clone()),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // the thread may wait for a guest that takes no bytes
        self.shared.queues().dropped = true;
        self.shared.writable.notify_all();
    }
}

/// The thread's side: sends, and ends the stream when it is dropped.
struct Ending {
    number: usize,
    shared: Arc<Shared>,
    stream: Owned<virt_sys::virStream>,
    _keep: Box<dyn Send + Sync>,
}

impl Ending {
    /// Sends until the other side is dropped.
    fn serve(self, inbox: &Receiver<Vec<u8>>) {
        while let Ok(bytes) = inbox.recv() {
            let sent = self.give(&bytes);
            let mut queues = self.shared.queues();
            queues.outgoing = queues.outgoing.saturating_sub(bytes.len());
            if let Err(error) = sent
                && queues.ended == End::No
                && !queues.dropped
            {
                queues.ended = End::Badly(error);
            }
            drop(queues);
            // there is room again
            (self.shared.wake)();
        }
    }

    fn give(&self, bytes: &[u8]) -> Result<(), HvError> {
        let mut left = bytes;
        while !left.is_empty() {
            let part = &left[..left.len().min(PART)];
            // SAFETY: the stream is valid and the part as long as is said.
            let count =
                unsafe { virt_sys::virStreamSend(self.stream.ptr(), part.as_ptr().cast::<c_char>(), part.len()) };
            if count == AGAIN {
                self.wait()?;
                continue;
            }
            let count = usize::try_from(count).map_err(|_| last_error("virStreamSend"))?;
            left = &left[count.min(left.len())..];
        }
        Ok(())
    }

    /// Waits until the stream takes bytes again.
    fn wait(&self) -> Result<(), HvError> {
        let mut queues = self.shared.queues();
        let events = queues.events | WRITE;
        queues.ask(events);
        while queues.events & WRITE != 0 && queues.ended == End::No && !queues.dropped {
            queues = self
                .shared
                .writable
                .wait(queues)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if queues.ended == End::No && !queues.dropped {
            Ok(())
        } else {
            Err(HvError::own(
                ErrorKind::Unreachable,
                "virStreamSend",
                "the stream is over",
            ))
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let raw = self.stream.ptr();
        // SAFETY: the stream is valid; libvirt refuses what does not fit the state. A callback
        // that runs meanwhile has a reference of its own.
        unsafe { virt_sys::virStreamEventRemoveCallback(raw) };
        let (ended, second) = {
            let mut queues = self.shared.queues();
            (queues.ended.clone(), queues.raw.take())
        };
        if let Some(all) = streams().as_mut() {
            all.remove(&self.number);
        }
        // SAFETY: as above.
        unsafe {
            match ended {
                End::No => virt_sys::virStreamAbort(raw),
                End::Well => virt_sys::virStreamFinish(raw),
                // the host has forgotten it and would not answer
                End::Badly(_) => 0,
            };
        }
        // before the connection goes: what is dropped last closes it
        drop(second);
    }
}

unsafe extern "C" fn moved(stream: virt_sys::virStreamPtr, events: c_int, opaque: *mut c_void) {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let known = streams().as_ref().and_then(|all| all.get(&opaque.addr()).cloned());
        // it may have been ended meanwhile
        let Some(shared) = known else { return };
        let mut queues = shared.queues();
        transfer(stream, events, &mut queues);
        drop(queues);
        shared.writable.notify_all();
        (shared.wake)();
    }));
    if outcome.is_err() {
        tracing::error!("a stream's handler panicked");
    }
}

fn transfer(stream: virt_sys::virStreamPtr, events: c_int, queues: &mut Queues) {
    if queues.ended != End::No {
        queues.ask(0);
        return;
    }
    // what was sent before the end is still there to be read
    let last = events & BASE != 0;
    if events & READ != 0 || last {
        receive(stream, queues);
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
    let wanted = if queues.ended == End::No {
        // whoever waits for room has been told now
        let write = queues.events & WRITE & !events;
        BASE | READ | write
    } else {
        0
    };
    queues.ask(wanted);
}

fn receive(stream: virt_sys::virStreamPtr, queues: &mut Queues) {
    let mut buffer = vec![0_u8; PART];
    loop {
        // SAFETY: the buffer is as large as is said.
        let count = unsafe { virt_sys::virStreamRecv(stream, buffer.as_mut_ptr().cast::<c_char>(), buffer.len()) };
        match count {
            AGAIN => return,
            0 => {
                queues.ended = End::Well;
                return;
            }
            count => match usize::try_from(count) {
                Ok(count) => queues.incoming.put(&buffer[..count.min(buffer.len())]),
                Err(_) => {
                    queues.ended = End::Badly(last_error("virStreamRecv"));
                    return;
                }
            },
        }
    }
}
