//! Questions of consoles to the user: passwords of displays, and what ssh asks for a tunnel.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::backend::askpass::{Askpass, Pass};
use crate::backend::lane::Report;
use crate::backend::libvirt::{AskpassEnv, Question};
use crate::backend::machine::CallId;
use crate::backend::prompts::next_prompt;
use crate::hv::command::Secret;

/// Lets questions be asked on behalf of one host.
#[derive(Clone)]
pub struct Asking {
    reports: UnboundedSender<Report>,
    interactive: bool,
    askpass: Option<(Arc<Askpass>, PathBuf)>,
}

/// Something that may ask questions; they are withdrawn when this is dropped.
pub(super) struct Asker {
    id: CallId,
    reports: UnboundedSender<Report>,
    interactive: bool,
    /// The right of an `ssh` to ask.
    _pass: Option<Pass>,
    /// How that `ssh` asks; without it, it must not.
    pub env: Option<AskpassEnv>,
}

impl Drop for Asker {
    fn drop(&mut self) {
        drop(self.reports.send(Report::Withdraw(self.id)));
    }
}

impl Asking {
    /// Questions go to the supervisor that reads these reports; none are asked when nobody is
    /// there (`interactive`). `askpass` is the server for helpers of ssh and the helper's program.
    pub fn new(reports: UnboundedSender<Report>, interactive: bool, askpass: Option<(Arc<Askpass>, PathBuf)>) -> Self {
        Self {
            reports,
            interactive,
            askpass: askpass.filter(|_| interactive),
        }
    }

    /// Lets something new ask; `ssh` when it is a program that asks by itself.
    pub(super) fn asker(&self, ssh: bool) -> Asker {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = CallId::Aside(NEXT.fetch_add(1, Ordering::Relaxed));
        let right = self.askpass.as_ref().filter(|_| ssh).and_then(|(server, program)| {
            let pass = server
                .pass(id, self.reports.clone())
                .inspect_err(|error| tracing::warn!("askpass: {error}"))
                .ok()?;
            let env = AskpassEnv {
                program: program.clone(),
                socket: pass.socket.clone(),
                token: pass.token.clone(),
            };
            Some((pass, env))
        });
        let (pass, env) = right.unzip();
        Asker {
            id,
            reports: self.reports.clone(),
            interactive: self.interactive,
            _pass: pass,
            env,
        }
    }
}

impl Asker {
    /// Asks; `None` when the user cancels or nobody is there.
    pub(super) async fn ask(&self, question: Question) -> Option<Secret> {
        if !self.interactive {
            return None;
        }
        let (reply, answered) = oneshot::channel();
        let told = self.reports.send(Report::Question {
            id: self.id,
            prompt: next_prompt(),
            question,
            reply,
        });
        told.ok()?;
        answered.await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hv::event::PromptKind;

    fn question() -> Question {
        Question {
            asker: "VNC".into(),
            question: "Password".into(),
            kind: PromptKind::Secret,
        }
    }

    #[tokio::test]
    async fn questions_are_asked_and_withdrawn() {
        let (reports, mut inbox) = tokio::sync::mpsc::unbounded_channel();
        let asker = Asking::new(reports, true, None).asker(true);
        assert!(asker.env.is_none(), "there is no helper");
        let id = asker.id;
        let asked = tokio::spawn(async move { asker.ask(question()).await });
        let Some(Report::Question { id: of, reply, .. }) = inbox.recv().await else {
            panic!("no question");
        };
        assert_eq!(of, id);
        reply.send(Some(Secret::new("s3cret".to_owned()))).unwrap();
        assert_eq!(asked.await.unwrap(), Some(Secret::new("s3cret".to_owned())));
        assert!(matches!(inbox.recv().await, Some(Report::Withdraw(gone)) if gone == id));
    }

    #[tokio::test]
    async fn nobody_is_asked_when_nobody_is_there() {
        let (reports, mut inbox) = tokio::sync::mpsc::unbounded_channel();
        assert_eq!(
            Asking::new(reports, false, None).asker(false).ask(question()).await,
            None
        );
        assert!(
            matches!(inbox.recv().await, Some(Report::Withdraw(_))),
            "and nothing else"
        );
    }
}
