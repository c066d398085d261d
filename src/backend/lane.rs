//! Threads on which libvirt is called: one for each attempt to open, one for each lane.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::backend::console::Aside;
use crate::backend::libvirt::{Connection, OpenRequest, Question, RawSink};
use crate::backend::machine::CallId;
use crate::backend::shared::Shared;
use crate::backend::work::{Answer, Work};
use crate::base::ids::PromptId;
use crate::base::time::Clock;
use crate::hv::command::Secret;
use crate::hv::error::{ErrorKind, HvError};

/// Enough for libvirt and the XML parser, little enough for a thousand threads.
const STACK: usize = 1 << 20;

/// What threads and helpers tell a host's supervisor.
pub enum Report {
    /// It is this host's turn to connect; the permit is its slot.
    Slot(OwnedSemaphorePermit),
    /// An attempt to open is over.
    Opened {
        /// Which.
        id: CallId,
        /// The connection, or why not.
        result: Result<Arc<Shared>, HvError>,
    },
    /// An attempt to open asks something.
    Question {
        /// Which attempt.
        id: CallId,
        /// Identity of the question.
        prompt: PromptId,
        /// The question.
        question: Question,
        /// Where the answer goes; dropped to cancel.
        reply: oneshot::Sender<Option<Secret>>,
    },
    /// Nobody waits for the answer to this question any more.
    QuestionGone(PromptId),
    /// A console wants a call to be made.
    Aside(Aside),
    /// What a console asked questions for is over.
    Withdraw(CallId),
    /// A call has come to its next step.
    Progress {
        /// Which call.
        id: CallId,
        /// The libvirt function.
        what: &'static str,
    },
    /// A call came back.
    Returned {
        /// Which call.
        id: CallId,
        /// Its result.
        result: Box<Result<Answer, HvError>>,
        /// Whether the connection was usable afterwards (`virConnectIsAlive`).
        alive: bool,
    },
}

fn panicked(during: &'static str) -> HvError {
    HvError::own(
        ErrorKind::Internal,
        during,
        "this program failed while calling libvirt; the log has the details",
    )
}

/// Opens a connection on a thread of its own, which may stay for ever.
pub fn open(name: String, id: CallId, request: OpenRequest, reports: UnboundedSender<Report>) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name(name)
        .stack_size(STACK)
        .spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| Connection::open(&request)))
                .unwrap_or_else(|_| Err(panicked("virConnectOpenAuth")))
                .map(Shared::new);
            // with nobody left to hear it, the connection closes itself when it is dropped here
            drop(reports.send(Report::Opened { id, result }));
        })
        .map(drop)
}

/// A thread that carries out one [`Work`] after the other on one connection. It ends when this
/// value is dropped and its call, if any, has come back.
pub struct LaneThread {
    jobs: mpsc::Sender<(CallId, Work)>,
}

impl LaneThread {
    /// Starts the thread.
    pub fn start(
        name: String,
        shared: Arc<Shared>,
        sink: RawSink,
        clock: Clock,
        reports: UnboundedSender<Report>,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel::<(CallId, Work)>();
        std::thread::Builder::new()
            .name(name)
            .stack_size(STACK)
            .spawn(move || {
                let Some(connection) = shared.get() else {
                    return;
                };
                while let Ok((id, work)) = inbox.recv() {
                    let steps = |what| drop(reports.send(Report::Progress { id, what }));
                    if let Work::Aside(aside) = &work
                        && catch_unwind(AssertUnwindSafe(|| aside.run(&shared))).is_err()
                    {
                        tracing::error!("{} panicked", work.what());
                    }
                    let result = catch_unwind(AssertUnwindSafe(|| work.run(connection, &sink, clock, &steps)))
                        .unwrap_or_else(|_| Err(panicked(work.what())));
                    let alive = catch_unwind(AssertUnwindSafe(|| connection.is_alive())).unwrap_or(false);
                    let result = Box::new(result);
                    let told = reports.send(Report::Returned { id, result, alive });
                    if told.is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self { jobs })
    }

    /// Hands a call over; `false` when the thread has died.
    pub fn put(&self, id: CallId, work: Work) -> bool {
        self.jobs.send((id, work)).is_ok()
    }
}
