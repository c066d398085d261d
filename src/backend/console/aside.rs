//! Calls of consoles, carried out on the host's lanes between all others.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, oneshot};

use crate::backend::lane::Report;
use crate::backend::limits::Lane;
use crate::backend::shared::Shared;
use crate::hv::error::{ErrorKind, HvError};

/// What screenshots are taken by.
pub(super) const SCREENSHOT: &str = "virDomainScreenshot";

type Job = Box<dyn FnOnce(&Arc<Shared>) + Send>;

/// One call. Whoever asked for it has its own way of hearing the result; a call that is dropped
/// without having been made is heard of as well.
#[derive(Clone)]
pub struct Aside {
    what: &'static str,
    job: Arc<Mutex<Option<Job>>>,
    lost: Arc<Lost>,
}

/// Why a call was not made, or is not waited for any longer.
#[derive(Default)]
struct Lost {
    why: Mutex<Option<HvError>>,
    told: Notify,
}

impl Aside {
    /// The libvirt function.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// The lane it runs on: pictures are taken all the time and stand before nothing else.
    pub fn lane(&self) -> Lane {
        if self.what == SCREENSHOT {
            Lane::Picture
        } else {
            Lane::Console
        }
    }

    /// Makes the call. Blocks without limit.
    pub fn run(&self, shared: &Arc<Shared>) {
        let job = self.job.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(job) = job {
            job(shared);
        }
    }
}

impl Aside {
    /// The call will not be made, or is not waited for any longer.
    pub fn give_up(&self, why: HvError) {
        *self.lost.why.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        self.lost.told.notify_one();
    }
}

impl PartialEq for Aside {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.job, &other.job)
    }
}

impl fmt::Debug for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Aside").field(&self.what).finish()
    }
}

/// Lets calls be made.
#[derive(Clone)]
pub struct Caller {
    reports: UnboundedSender<Report>,
}

impl Caller {
    /// Calls go to the supervisor that reads these reports.
    pub fn new(reports: UnboundedSender<Report>) -> Self {
        Self { reports }
    }

    /// Makes a call and waits for its result.
    ///
    /// # Errors
    /// The call's own; [`ErrorKind::Unreachable`] when it was never made, [`ErrorKind::Timeout`] when it
    /// was given up.
    pub async fn call<T: Send + 'static>(
        &self,
        what: &'static str,
        job: impl FnOnce(&Arc<Shared>) -> Result<T, HvError> + Send + 'static,
    ) -> Result<T, HvError> {
        let lost = || {
            HvError::own(
                ErrorKind::Unreachable,
                what,
                "the host is not connected or did not answer in time",
            )
        };
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |shared| drop(reply.send(job(shared))));
        let aside = Aside {
            what,
            job: Arc::new(Mutex::new(Some(job))),
            lost: Arc::default(),
        };
        let given_up = Arc::clone(&aside.lost);
        if self.reports.send(Report::Aside(aside)).is_err() {
            return Err(lost());
        }
        tokio::select! {
            biased;
            answer = answer => answer.unwrap_or_else(|_| Err(lost())),
            () = given_up.told.notified() => {
                let why = given_up.why.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(why.unwrap_or_else(lost))
            }
        }
    }
}
