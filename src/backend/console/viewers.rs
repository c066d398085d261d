//! A VM's display handed over to a viewer of this machine, through a port that is forwarded here
//! and closes with the viewer.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::AbortHandle;

use crate::backend::console::Tools;
use crate::backend::console::display::{Desk, failed, viewer_file, write_private};
use crate::backend::console::route::{Route, Target, dial, plan};
use crate::backend::scratch;
use crate::hv::display::{DisplayAnswer, Viewer};
use crate::hv::error::{ErrorKind, HvError};
use crate::rfb::password_file;
use crate::xml::display::Display;

/// Where distributions put noVNC.
const NOVNC: &str = "/usr/share/novnc";
/// How long websockify may take to listen.
const LOOKS: u32 = 100;
/// Between two looks whether it does.
const LOOK: Duration = Duration::from_millis(100);
/// Starts a program that ends when the pipe at standard input does: however this program ends.
const LEASH: &str = "exec 3<&0; \"$@\" </dev/null 3<&- & child=$!; \
    (exec >/dev/null 2>&1; cat <&3; kill -s TERM -- -$$) & exec 3<&-; wait $child";

/// A port of this machine that leads to a display. It closes, and so do its connections, when this
/// is dropped.
struct Forward {
    port: u16,
    task: AbortHandle,
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Forward {
    async fn open(tools: &Tools, route: Route) -> Result<Self, HvError> {
        let internal = |error: std::io::Error| failed(ErrorKind::Internal, error.to_string());
        // one that cannot be reached at all should be told, not met by the viewer
        drop(dial(tools, &route).await?);
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(internal)?;
        let port = listener.local_addr().map_err(internal)?.port();
        let task = tokio::spawn(serve(listener, tools.clone(), route)).abort_handle();
        Ok(Self { port, task })
    }
}

async fn serve(listener: TcpListener, tools: Tools, route: Route) {
    let mut all = tokio::task::JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let (tools, route) = (tools.clone(), route.clone());
        // ended ones go, so that the set does not grow
        while all.try_join_next().is_some() {}
        all.spawn(async move {
            match dial(&tools, &route).await {
                Ok((mut far, _, _tunnel)) => {
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                }
                Err(error) => tracing::warn!("a viewer's connection: {error}"),
            }
        });
    }
}

/// A private file that goes when this is dropped.
struct Note(PathBuf);

impl Drop for Note {
    fn drop(&mut self) {
        // the viewer may have removed it
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Note {
    fn write(ending: &str, contents: &[u8]) -> Result<Self, HvError> {
        let internal = |error: std::io::Error| failed(ErrorKind::Internal, error.to_string());
        let directory = scratch::directory().map_err(internal)?;
        let path = directory.join(format!("{}.{ending}", uuid::Uuid::new_v4().simple()));
        write_private(&path, contents).map_err(internal)?;
        Ok(Self(path))
    }
}

/// A started viewer and what must live as long as it.
struct Started {
    child: Child,
    forward: Option<Forward>,
    #[expect(dead_code, reason = "held for its end")]
    note: Option<Note>,
    #[expect(dead_code, reason = "held for its end")]
    leash: Option<ChildStdin>,
}

impl Desk {
    /// Starts a viewer. [`DisplayAnswer::ViewerEnded`] follows when it has ended.
    ///
    /// # Errors
    /// When there is no graphical display here, no viewer, or no way to the VM's display.
    pub(super) async fn viewer(&self, viewer: Viewer) -> Result<DisplayAnswer, HvError> {
        if std::env::var_os("DISPLAY").is_none() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
            let why = "there is no graphical display here (neither DISPLAY nor WAYLAND_DISPLAY is set)";
            return Err(failed(ErrorKind::Unsupported, why));
        }
        let kinds: &[&str] = match viewer {
            Viewer::RemoteViewer => &["spice", "vnc"],
            Viewer::VncViewer | Viewer::Browser => &["vnc"],
        };
        let (display, _) = self.display(kinds).await?;
        let route = plan(&Target::parse(self.tools.uri.raw()), &display)?;
        let (address, port, forward) = match route {
            Route::Direct { to, port, or: None } => (to, port, None),
            route => {
                let forward = Forward::open(&self.tools, route).await?;
                ("127.0.0.1".to_owned(), forward.port, Some(forward))
            }
        };
        let (program, mut started) = match viewer {
            Viewer::RemoteViewer => remote_viewer(display, &address, port, forward.is_some())?,
            Viewer::VncViewer => vnc_viewer(&display, &address, port)?,
            Viewer::Browser => browser(&address, port).await?,
        };
        started.forward = forward;
        let desk = self.clone();
        tokio::spawn(async move {
            let _ = started.child.wait().await;
            // the port closes and the file goes with this
            drop(started);
            desk.tell(Ok(DisplayAnswer::ViewerEnded));
        });
        Ok(DisplayAnswer::Done(format!("{program} shows {address}:{port}").into()))
    }
}

fn start(mut command: Command, leashed: bool) -> Result<Child, HvError> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let input = if leashed { Stdio::piped() } else { Stdio::null() };
    let started = command
        .stdin(input)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // keys of the terminal are not for it
        .process_group(0)
        .spawn();
    started.map_err(|error| failed(ErrorKind::NotFound, format!("{program} cannot be started: {error}")))
}

fn remote_viewer(
    mut display: Display,
    address: &str,
    port: u16,
    forwarded: bool,
) -> Result<(&'static str, Started), HvError> {
    if forwarded {
        // one port is forwarded: the one without TLS where there is one
        (display.port, display.tls_port) = match display.port {
            Some(_) => (Some(port), None),
            None => (None, Some(port)),
        };
    }
    let note = Note::write("vv", viewer_file(&display, address)?.as_bytes())?;
    let mut command = Command::new("remote-viewer");
    command.arg(&note.0);
    Ok((
        "remote-viewer",
        Started {
            child: start(command, false)?,
            forward: None,
            note: Some(note),
            leash: None,
        },
    ))
}

fn vnc_viewer(display: &Display, address: &str, port: u16) -> Result<(&'static str, Started), HvError> {
    let mut command = Command::new("vncviewer");
    let note = match &display.password {
        Some(password) => {
            let contents = password_file(password.expose());
            let contents = contents.map_err(|error| failed(ErrorKind::Invalid, error.to_string()))?;
            let note = Note::write("passwd", &contents)?;
            command.arg("-passwd").arg(&note.0);
            Some(note)
        }
        None => None,
    };
    command.arg(format!("{address}::{port}"));
    Ok((
        "vncviewer",
        Started {
            child: start(command, false)?,
            forward: None,
            note,
            leash: None,
        },
    ))
}

/// noVNC by websockify, shown by the user's browser. Its password is typed there: an address with
/// it would be in the arguments of programs.
async fn browser(address: &str, port: u16) -> Result<(&'static str, Started), HvError> {
    if !Path::new(NOVNC).is_dir() {
        let why = format!("noVNC is not installed here ({NOVNC} is missing)");
        return Err(failed(ErrorKind::NotFound, why));
    }
    let internal = |error: std::io::Error| failed(ErrorKind::Internal, error.to_string());
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let local = free.map_err(internal)?.port();
    let mut command = Command::new("sh");
    command.args(["-c", LEASH, "sh", "websockify", "--run-once", "--web", NOVNC]);
    command.args([format!("127.0.0.1:{local}"), format!("{address}:{port}")]);
    let mut child = start(command, true)?;
    let leash = child.stdin.take();
    for _ in 0..LOOKS {
        if child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return Err(failed(
                ErrorKind::NotFound,
                "websockify is missing here or did not start",
            ));
        }
        if TcpStream::connect(("127.0.0.1", local)).await.is_ok() {
            let mut command = Command::new("xdg-open");
            command.arg(format!("http://127.0.0.1:{local}/vnc.html?autoconnect=1&resize=scale"));
            start(command, false)?;
            let started = Started {
                child,
                forward: None,
                note: None,
                leash,
            };
            return Ok(("noVNC in the browser", started));
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(failed(ErrorKind::Timeout, "websockify did not listen in time"))
}
