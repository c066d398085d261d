//! Questions that are open on one host.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::backend::lane::Report;
use crate::backend::libvirt::{Asker, Question};
use crate::backend::machine::CallId;
use crate::base::ids::PromptId;
use crate::hv::command::Secret;
use crate::hv::event::PromptKind;

/// A new identity, unique while the program runs.
pub fn next_prompt() -> PromptId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    PromptId(NEXT.fetch_add(1, Ordering::Relaxed))
}

/// What kind of answer `ssh` wants, as far as its words tell.
pub fn kind_of(question: &str) -> PromptKind {
    let lower = question.to_ascii_lowercase();
    if lower.contains("(yes/no") {
        PromptKind::YesNo
    } else if ["password", "passphrase", "pin", "passcode", "verification code"]
        .iter()
        .any(|word| has_word(&lower, word))
    {
        PromptKind::Secret
    } else {
        PromptKind::Text
    }
}

fn has_word(text: &str, word: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(word)
        .any(|(at, _)| !letter(text[..at].chars().next_back()) && !letter(text[at + word.len()..].chars().next()))
}

/// Something libvirt can call while it opens a connection; it blocks its thread until the user
/// has answered, and never asks when the program is not interactive.
pub fn asker(id: CallId, reports: UnboundedSender<Report>, interactive: bool) -> Asker {
    Arc::new(move |question: Question| {
        if !interactive {
            return None;
        }
        let (reply, answered) = oneshot::channel();
        let told = reports.send(Report::Question {
            id,
            prompt: next_prompt(),
            question,
            reply,
        });
        told.ok()?;
        answered.blocking_recv().ok().flatten()
    })
}

/// The open questions of a host.
#[derive(Default)]
pub struct Prompts {
    open: HashMap<PromptId, (CallId, oneshot::Sender<Option<Secret>>)>,
}

impl Prompts {
    /// Notes a question.
    pub fn add(&mut self, prompt: PromptId, call: CallId, reply: oneshot::Sender<Option<Secret>>) {
        self.open.insert(prompt, (call, reply));
    }

    /// Answers a question; the attempt it belongs to, when it was open.
    pub fn answer(&mut self, prompt: PromptId, secret: Option<Secret>) -> Option<CallId> {
        let (call, reply) = self.open.remove(&prompt)?;
        // when nobody waits for it any more, the answer is wiped here
        drop(reply.send(secret));
        Some(call)
    }

    /// Cancels every question of an attempt.
    pub fn withdraw(&mut self, call: CallId) -> Vec<PromptId> {
        let gone: Vec<PromptId> = self
            .open
            .iter()
            .filter(|(_, (of, _))| *of == call)
            .map(|(prompt, _)| *prompt)
            .collect();
        for prompt in &gone {
            self.open.remove(prompt);
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_their_words() {
        for (question, kind) in [
            ("root@10.0.0.1's password: ", PromptKind::Secret),
            ("Enter passphrase for key '/home/a/.ssh/id': ", PromptKind::Secret),
            ("Enter PIN for ECDSA-SK key: ", PromptKind::Secret),
            (
                "The authenticity of host 'h' can't be established.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ",
                PromptKind::YesNo,
            ),
            ("Ship to: ", PromptKind::Text),
            ("spinning up", PromptKind::Text),
        ] {
            assert_eq!(kind_of(question), kind, "{question}");
        }
    }
}
