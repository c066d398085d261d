//! Questions of `ssh`: it starts this program as its askpass helper, which asks the console over
//! a private socket and hands the answer on. Answers are never written anywhere else.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::backend::lane::Report;
use crate::backend::libvirt::Question;
use crate::backend::machine::CallId;
use crate::backend::prompts::{kind_of, next_prompt};
use crate::backend::scratch;
use crate::base::text::Text;
use crate::hv::command::Secret;

/// Environment variable with the path of the socket.
pub const SOCKET_VARIABLE: &str = "VIRT_DECK_ASKPASS_SOCKET";
/// Environment variable that says which connection asks.
pub const TOKEN_VARIABLE: &str = "VIRT_DECK_ASKPASS_TOKEN";
/// Longest message of a helper, in bytes.
const LONGEST: u64 = 64 * 1024;
/// A helper must have said what it wants by then.
const PATIENCE: Duration = Duration::from_secs(10);

struct Route {
    id: CallId,
    reports: UnboundedSender<Report>,
}

type Routes = Arc<Mutex<HashMap<String, Route>>>;

/// The console's end of the socket.
pub struct Askpass {
    socket: PathBuf,
    routes: Routes,
    server: tokio::task::AbortHandle,
}

/// The right of one attempt to connect to ask questions; withdrawn when dropped.
pub struct Pass {
    /// The socket.
    pub socket: PathBuf,
    /// The token.
    pub token: String,
    routes: Routes,
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.routes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.token);
    }
}

impl Drop for Askpass {
    fn drop(&mut self) {
        self.server.abort();
        // it may be gone already, with the directory
        let _ = std::fs::remove_file(&self.socket);
    }
}

impl Askpass {
    /// Creates the socket in the directory that only this user can enter.
    pub fn start(runtime: &tokio::runtime::Handle) -> std::io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let socket = scratch::directory()?.join(format!("askpass-{number}"));
        let entered = runtime.enter();
        let listener = UnixListener::bind(&socket)?;
        drop(entered);
        let routes = Routes::default();
        let server = runtime.spawn(serve(listener, Arc::clone(&routes))).abort_handle();
        Ok(Self { socket, routes, server })
    }

    /// Lets one attempt to connect ask questions.
    pub fn pass(&self, id: CallId, reports: UnboundedSender<Report>) -> std::io::Result<Pass> {
        let token = random_token()?;
        self.routes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(token.clone(), Route { id, reports });
        Ok(Pass {
            socket: self.socket.clone(),
            token,
            routes: Arc::clone(&self.routes),
        })
    }
}

fn random_token() -> std::io::Result<String> {
    use std::fmt::Write as _;
    let mut bytes = [0u8; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let mut token = String::with_capacity(32);
    for byte in bytes {
        if write!(token, "{byte:02x}").is_err() {
            return Err(std::io::Error::other("formatting failed"));
        }
    }
    Ok(token)
}

async fn serve(listener: UnixListener, routes: Routes) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let routes = Arc::clone(&routes);
                tokio::spawn(async move {
                    if let Err(error) = answer(stream, &routes).await {
                        tracing::debug!("askpass helper: {error}");
                    }
                });
            }
            Err(error) => {
                tracing::warn!("askpass socket: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn answer(mut stream: UnixStream, routes: &Routes) -> std::io::Result<()> {
    let mine = rustix::process::geteuid().as_raw();
    if stream.peer_cred()?.uid() != mine {
        return Err(std::io::Error::other("another user"));
    }
    let message = tokio::time::timeout(PATIENCE, read_message(&mut stream))
        .await
        .map_err(|_| std::io::Error::other("said nothing"))??;
    let (token, text) = message
        .split_once('\n')
        .ok_or_else(|| std::io::Error::other("no token"))?;
    let prompt = next_prompt();
    let (reply, mut answered) = oneshot::channel();
    let route = {
        let routes = routes.lock().unwrap_or_else(PoisonError::into_inner);
        routes.get(token).map(|route| (route.id, route.reports.clone()))
    };
    let Some((id, reports)) = route else {
        return Err(std::io::Error::other("unknown token"));
    };
    let question = Question {
        asker: Text::from("ssh"),
        question: Text::from(text.trim_end()),
        kind: kind_of(text),
    };
    drop(reports.send(Report::Question {
        id,
        prompt,
        question,
        reply,
    }));
    let mut rest = [0u8; 1];
    let secret: Option<Secret> = tokio::select! {
        secret = &mut answered => secret.ok().flatten(),
        // the helper was killed: nobody waits any more
        _ = stream.read(&mut rest) => {
            drop(reports.send(Report::QuestionGone(prompt)));
            return Ok(());
        }
    };
    match secret {
        Some(secret) => {
            stream.write_all(b"+").await?;
            stream.write_all(secret.expose().as_bytes()).await?;
        }
        None => stream.write_all(b"-").await?,
    }
    stream.shutdown().await
}

/// A length in four bytes, big-endian, and that many bytes of text.
async fn read_message(stream: &mut UnixStream) -> std::io::Result<String> {
    let length = u64::from(stream.read_u32().await?);
    if length > LONGEST {
        return Err(std::io::Error::other("message too long"));
    }
    let mut bytes = Vec::new();
    stream.take(length).read_to_end(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Why the helper has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskpassError {
    /// Not started by this program's own `ssh`.
    #[error("this is the askpass helper of a running virt-deck; it is not started by hand")]
    NotAsked,
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The console cannot be reached any more.
    #[error("the console is gone: {0}")]
    Gone(#[from] std::io::Error),
}

/// The helper's side, for `main` when `ssh` has started this program: asks the console and prints
/// the answer to standard output. Blocks until the user has answered.
pub fn askpass_client(question: &str) -> Result<(), AskpassError> {
    let socket = std::env::var_os(SOCKET_VARIABLE).ok_or(AskpassError::NotAsked)?;
    let token = std::env::var(TOKEN_VARIABLE).map_err(|_| AskpassError::NotAsked)?;
    let answer = ask(&PathBuf::from(socket), &token, question)?;
    let mut out = std::io::stdout().lock();
    out.write_all(answer.expose().as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

fn ask(socket: &std::path::Path, token: &str, question: &str) -> Result<Secret, AskpassError> {
    let mut stream = std::os::unix::net::UnixStream::connect(socket)?;
    let message = format!("{token}\n{question}");
    let length = u32::try_from(message.len()).map_err(std::io::Error::other)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(message.as_bytes())?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    match reply.strip_prefix('+') {
        Some(answer) => Ok(Secret::new(answer.to_owned())),
        None => Err(AskpassError::Cancelled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::Epoch;
    use crate::hv::event::PromptKind;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn question_and_answer() {
        let server = Askpass::start(&tokio::runtime::Handle::current()).unwrap();
        let (reports, mut inbox) = tokio::sync::mpsc::unbounded_channel();
        let pass = server.pass(CallId::Open(Epoch(3)), reports).unwrap();
        let (socket, token) = (pass.socket.clone(), pass.token.clone());
        let mode = {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::metadata(socket.parent().unwrap())
                .unwrap()
                .permissions()
                .mode()
        };
        assert_eq!(mode & 0o777, 0o700);

        for reply_with in [Some("s3cret"), None] {
            let (socket, token) = (socket.clone(), token.clone());
            let client = std::thread::spawn(move || ask(&socket, &token, "root@h's password: "));
            let Some(Report::Question {
                id, question, reply, ..
            }) = inbox.recv().await
            else {
                panic!("no question");
            };
            assert_eq!(id, CallId::Open(Epoch(3)));
            assert_eq!(question.question.raw(), "root@h's password:");
            assert_eq!(question.kind, PromptKind::Secret);
            reply.send(reply_with.map(|text| Secret::new(text.to_owned()))).unwrap();
            match (client.join().unwrap(), reply_with) {
                (Ok(answer), Some(text)) => assert_eq!(answer.expose(), text),
                (Err(AskpassError::Cancelled), None) => {}
                (other, _) => panic!("{other:?}"),
            }
        }

        drop(pass);
        let refused = std::thread::spawn(move || ask(&socket, &token, "again?"));
        assert!(refused.join().unwrap().is_err(), "the token is no longer good");
        assert!(inbox.try_recv().is_err());
    }
}
