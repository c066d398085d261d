//! How consoles reach real guests: serial lines, tunnels, sockets, passwords, tickets, viewers.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and measures time"
)]

mod common;

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use uuid::Uuid;

use common::Console;
use common::lab::{LONG, directory, go_to, inventory, lab, special_uri, until, virsh_on};
use virt_deck::backend::fleet::{Fleet, FleetOptions};
use virt_deck::base::ids::HostId;
use virt_deck::base::key::{Key, KeyCode};
use virt_deck::base::time::Clock;
use virt_deck::hv::command::{HostCommand, Secret};
use virt_deck::hv::console::{
    ColourDepth, ConsoleCommand, ConsoleFrame, ConsoleId, ConsoleKind, ConsoleState, ConsoleUpdate, PictureProtocol,
    Stroke, Typed, Viewport, Zoom,
};
use virt_deck::hv::display::{DisplayAnswer, DisplayCommand, Ticket};
use virt_deck::hv::error::{ErrorKind, HvError};
use virt_deck::hv::event::{HostEvent, HostMessage};
use virt_deck::hv::host::ConnState;
use virt_deck::hv::topology::{HostEntry, SshOptions, Topology};
use virt_deck::rfb::{Client, Event, RfbError};

const HOST: HostId = HostId(1);

/// One host of the lab, without a user interface.
struct Rig {
    fleet: Fleet,
    inbox: UnboundedReceiver<HostMessage>,
    runtime: tokio::runtime::Runtime,
    /// Consoles on the screen, whose frames are taken.
    shown: std::collections::HashMap<ConsoleId, ConsoleFrame>,
    /// Answers to the questions that come, in turn.
    answers: Vec<&'static str>,
    asked: Vec<String>,
    next: u64,
}

impl Rig {
    fn start(uri: &str, answers: &[&'static str]) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let entry = HostEntry {
            id: HOST,
            name: "host".into(),
            uri: uri.into(),
            datacenter: None,
            cluster: None,
            read_only: false,
            enabled: true,
            environment: None,
            tags: Vec::new(),
            ssh: SshOptions::default(),
            recorded: false,
        };
        let topology = Topology {
            hosts: vec![entry],
            ..Topology::default()
        };
        let options = FleetOptions {
            interactive: true,
            askpass_program: Some(env!("CARGO_BIN_EXE_virt-deck").into()),
            ..FleetOptions::new(Clock::start())
        };
        let (sink, inbox) = unbounded_channel();
        let fleet = Fleet::start(&topology, options, sink, runtime.handle());
        let mut rig = Self {
            fleet,
            inbox,
            runtime,
            shown: std::collections::HashMap::new(),
            answers: answers.iter().rev().copied().collect(),
            asked: Vec::new(),
            next: 0,
        };
        rig.wait("the host", |event| {
            matches!(event, HostEvent::Conn(ConnState::Live { .. })).then_some(())
        });
        rig
    }

    /// Takes events until one is as wanted; frames are answered as a terminal does.
    fn wait<T>(&mut self, what: &str, mut wanted: impl FnMut(&HostEvent) -> Option<T>) -> T {
        let start = Instant::now();
        let mut last = Vec::new();
        loop {
            let left = LONG.saturating_sub(start.elapsed());
            let inbox = &mut self.inbox;
            let event = self
                .runtime
                .block_on(async { tokio::time::timeout(left, inbox.recv()).await });
            let Ok(Some(message)) = event else {
                panic!("no {what}; last were {last:#?}; shown {:?}", self.texts());
            };
            match &message.event {
                HostEvent::Console {
                    console,
                    update: ConsoleUpdate::Frame(frame),
                } => {
                    self.shown.insert(*console, (**frame).clone());
                    let serial = frame.serial;
                    self.command(*console, ConsoleCommand::Drawn { serial, bytes: 100 });
                }
                HostEvent::Prompt(prompt) => {
                    self.asked.push(prompt.question.raw().to_owned());
                    let reply = self.answers.pop().map(|answer| Secret::new(answer.to_owned()));
                    self.fleet.send(
                        HOST,
                        HostCommand::Answer {
                            prompt: prompt.id,
                            reply,
                        },
                    );
                }
                HostEvent::Samples(_) | HostEvent::Vms(_) | HostEvent::Pools(_) => {}
                other => {
                    last.push(format!("{other:?}"));
                    last.drain(..last.len().saturating_sub(6));
                }
            }
            if let Some(found) = wanted(&message.event) {
                return found;
            }
        }
    }

    fn texts(&self) -> Vec<String> {
        self.shown.values().map(|frame| lines(frame).join("\n")).collect()
    }

    fn command(&self, console: ConsoleId, command: ConsoleCommand) {
        self.fleet.send(HOST, HostCommand::Console { console, command });
    }

    fn open(&mut self, vm: Uuid, kind: ConsoleKind) -> ConsoleId {
        self.next += 1;
        let id = ConsoleId(self.next);
        let viewport = Viewport {
            columns: 90,
            rows: 30,
            cell: None,
            protocol: PictureProtocol::HalfBlocks,
            depth: ColourDepth::True,
            ascii: false,
            zoom: Zoom::Fit,
            pan: (0, 0),
            read_text: true,
            visible: true,
            budget: 0,
        };
        self.command(
            id,
            ConsoleCommand::Open {
                uuid: vm,
                kind,
                viewport,
            },
        );
        id
    }

    fn serial(&mut self, vm: Uuid, device: Option<&str>) -> ConsoleId {
        let device = device.map(Into::into);
        self.open(vm, ConsoleKind::Serial { device, force: false })
    }

    fn screen(&mut self, vm: Uuid) -> ConsoleId {
        let screenshots = false;
        self.open(vm, ConsoleKind::Screen { screenshots, head: 0 })
    }

    /// Waits for a state; a console that has failed is no longer waited for.
    fn state(&mut self, id: ConsoleId, what: &str, mut wanted: impl FnMut(&ConsoleState) -> bool) -> ConsoleState {
        self.wait(what, |event| match event {
            HostEvent::Console {
                console,
                update: ConsoleUpdate::State(state),
            } if *console == id => wanted(state).then(|| state.clone()),
            _ => None,
        })
    }

    fn live(&mut self, id: ConsoleId) -> (String, Option<String>) {
        match self.state(id, "a live console", |state| matches!(state, ConsoleState::Live { .. })) {
            ConsoleState::Live { way, note, .. } => (way.raw().to_owned(), note.map(|note| note.raw().to_owned())),
            _ => unreachable!("as waited for"),
        }
    }

    fn text(&mut self, id: ConsoleId, needle: &str) {
        let has = |frame: &ConsoleFrame| lines(frame).iter().any(|line| line.contains(needle));
        if self.shown.get(&id).is_some_and(&has) {
            return;
        }
        self.wait(needle, |event| match event {
            HostEvent::Console {
                console,
                update: ConsoleUpdate::Frame(frame),
            } if *console == id => has(frame).then_some(()),
            _ => None,
        });
    }

    fn type_line(&self, id: ConsoleId, line: &str) {
        let keys = line.chars().map(|c| Key::plain(KeyCode::Char(c)));
        for key in keys.chain([Key::plain(KeyCode::Enter)]) {
            let (typed, stroke) = (Typed::Key(key), Stroke::Tap);
            self.command(id, ConsoleCommand::Type { typed, stroke });
        }
    }

    fn prompt(&mut self, id: ConsoleId) {
        self.type_line(id, "");
        self.text(id, "/ #");
    }

    fn display(&mut self, vm: Uuid, command: DisplayCommand) -> Result<DisplayAnswer, HvError> {
        self.fleet.send(HOST, HostCommand::Display { uuid: vm, command });
        self.answer()
    }

    fn answer(&mut self) -> Result<DisplayAnswer, HvError> {
        self.wait("an answer", |event| match event {
            HostEvent::Display { answer, .. } => Some(answer.clone()),
            _ => None,
        })
    }

    fn close(&self, id: ConsoleId) {
        self.command(id, ConsoleCommand::Close);
    }
}

/// The characters of a frame.
fn lines(frame: &ConsoleFrame) -> Vec<String> {
    let row = |row| {
        let cells = frame.grid.row(row).iter();
        cells
            .filter(|cell| !cell.is_covered())
            .map(virt_deck::base::cells::Cell::base)
            .collect()
    };
    (0..frame.grid.rows()).map(row).collect()
}

fn uuid(host: u8, vm: &str) -> Uuid {
    virsh_on(host, &["domuuid", vm]).trim().parse().unwrap()
}

/// Processes of ssh that keep a console's connection to this host; `[r]` keeps the search from
/// finding itself.
fn masters() -> usize {
    let found = Command::new("pgrep")
        .args(["-c", "-f", "^ssh .*-N -M -S [^ ]*virt-deck"])
        .output()
        .unwrap();
    String::from_utf8_lossy(&found.stdout).trim().parse().unwrap()
}

fn no_masters() {
    until("the end of ssh", || masters().to_string(), |count| count == "0");
}

/// A guest of its own with another display; undefined when dropped.
struct Guest {
    host: u8,
    name: String,
    uuid: Uuid,
}

impl Guest {
    fn start(host: u8, name: &str, graphics: &str) -> Self {
        let xml = virsh_on(host, &["dumpxml", "--inactive", &format!("lab{host}-off")]);
        let (before, rest) = xml.split_once("<graphics").unwrap();
        let after = rest.split_once("</graphics>").unwrap().1;
        let mut xml = format!("{before}{graphics}{after}").replace(&format!("lab{host}-off"), name);
        for element in ["uuid", "mac"] {
            if let Some(at) = xml.find(&format!("<{element}")) {
                let line = at + xml[at..].find('\n').unwrap();
                xml.replace_range(at..line, "");
            }
        }
        // no disk: it would be another guest's
        let (before, rest) = xml.split_once("<disk").unwrap();
        let xml = format!("{before}{}", rest.split_once("</disk>").unwrap().1);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), xml).unwrap();
        virsh_on(host, &["create", file.path().to_str().unwrap()]);
        Self {
            host,
            name: name.to_owned(),
            uuid: uuid(host, name),
        }
    }

    fn secrets(&self) -> String {
        let xml = virsh_on(self.host, &["dumpxml", "--security-info", &self.name]);
        xml.lines().find(|line| line.contains("<graphics")).unwrap().to_owned()
    }

    fn port(&self) -> u16 {
        let secrets = self.secrets();
        secrets
            .split("port='")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let uri = common::lab::uri(self.host);
        let _ = Command::new("virsh").args(["-c", &uri, "destroy", &self.name]).output();
    }
}

/// Logs into a VNC server on a host's loopback by a client of its own, outside of any console.
fn vnc_login(host: u8, port: u16, password: &str) -> Result<(), RfbError> {
    let address = special_uri(&format!("lab{host}"), "ssh");
    let address = address.split('@').nth(1).unwrap().split('/').next().unwrap();
    let mut ssh = Command::new(directory().join("client/ssh"))
        .args(["-W", &format!("127.0.0.1:{port}"), &format!("root@{address}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (ssh.stdin.take().unwrap(), ssh.stdout.take().unwrap());
    let mut client = Client::new(Some(Secret::new(password.to_owned())));
    let mut buffer = [0; 4096];
    let result = loop {
        input.write_all(&client.take_output()).unwrap();
        input.flush().unwrap();
        let count = output.read(&mut buffer).unwrap();
        assert!(count > 0, "the VNC server hung up");
        match client.feed(&buffer[..count]) {
            Ok(events) if events.contains(&Event::Ready) => break Ok(()),
            Ok(_) => {}
            Err(error) => break Err(error),
        }
    };
    drop((input, output));
    ssh.kill().unwrap();
    ssh.wait().unwrap();
    result
}

#[test]
fn a_line_is_held_taken_over_and_outlives_a_reset() {
    let vm = uuid(1, "lab1-vm1");
    let mut rig = Rig::start(&special_uri("lab1", "tcp"), &[]);
    let first = rig.serial(vm, None);
    rig.live(first);
    rig.prompt(first);
    rig.type_line(first, "echo first-$((40+2))");
    rig.text(first, "first-42");
    let second = rig.serial(vm, None);
    let held = rig.state(second, "held", |state| matches!(state, ConsoleState::Held(_)));
    assert!(matches!(held, ConsoleState::Held(error) if error.kind == ErrorKind::Busy));
    rig.command(second, ConsoleCommand::TakeOver);
    // the first one hears of it
    rig.state(first, "the loss", |state| !matches!(state, ConsoleState::Live { .. }));
    rig.close(first);
    rig.prompt(second);
    rig.type_line(second, "echo second-$((40+3))");
    rig.text(second, "second-43");
    virsh_on(1, &["reset", "lab1-vm1"]);
    rig.text(second, "list of built-in commands");
    rig.prompt(second);
    rig.type_line(second, "echo again-$((40+4))");
    rig.text(second, "again-44");
    rig.close(second);
}

/// The far side of a guest's serial line, played at full speed: an emulated guest is too slow for
/// it. libvirtd opens this terminal in place of the one that QEMU made.
struct FastLine {
    place: String,
    keys: std::sync::mpsc::Receiver<String>,
    writer: std::sync::Arc<std::sync::Mutex<Box<dyn std::io::Write + Send>>>,
    _pair: portable_pty::PtyPair,
}

impl FastLine {
    fn put_in_place(vm: &str) -> Self {
        let pair = portable_pty::native_pty_system().openpty(common::size(30, 90)).unwrap();
        let ours = pair.master.tty_name().unwrap();
        let place = virsh_on(1, &["ttyconsole", vm]).trim().to_owned();
        lab(&["exec", "lab1", "mount", "--bind", ours.to_str().unwrap(), &place]);
        let mut reader = std::io::BufReader::new(pair.master.try_clone_reader().unwrap());
        let (sender, keys) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while std::io::BufRead::read_until(&mut reader, b'\r', &mut line).is_ok_and(|count| count > 0) {
                let text = String::from_utf8_lossy(&line).trim().to_owned();
                if sender.send(text).is_err() {
                    return;
                }
                line.clear();
            }
        });
        let writer = std::sync::Arc::new(std::sync::Mutex::new(pair.master.take_writer().unwrap()));
        Self {
            place,
            keys,
            writer,
            _pair: pair,
        }
    }

    /// Writes as fast as it is taken, and between that what was typed.
    fn flood(&self) {
        let writer = std::sync::Arc::clone(&self.writer);
        let part = "\x1b[32m0123456789\x1b[0m a line as of a build that prints much\r\n".repeat(60);
        std::thread::spawn(move || while writer.lock().unwrap().write_all(part.as_bytes()).is_ok() {});
    }
}

impl Drop for FastLine {
    fn drop(&mut self) {
        lab(&["exec", "lab1", "umount", &self.place]);
    }
}

#[test]
fn keys_are_quick_while_megabytes_come() {
    let vm = uuid(1, "lab1-vm2");
    let line = FastLine::put_in_place("lab1-vm2");
    let mut rig = Rig::start(&special_uri("lab1", "tcp"), &[]);
    let id = rig.serial(vm, None);
    rig.live(id);
    line.flood();
    let traffic = |event: &HostEvent| match event {
        HostEvent::Console {
            update: ConsoleUpdate::Traffic(bytes),
            ..
        } => Some(*bytes),
        _ => None,
    };
    let mut came = Vec::new();
    let mut took = Vec::new();
    for number in 0..8 {
        came.push(rig.wait("traffic", traffic));
        let word = format!("key-{number}");
        rig.command(id, ConsoleCommand::Watch(Some(format!("you typed {word}"))));
        let start = Instant::now();
        rig.type_line(id, &word);
        assert_eq!(line.keys.recv_timeout(LONG).unwrap(), word);
        let arrived = start.elapsed();
        let echo = format!("you typed {word}\r\n");
        line.writer.lock().unwrap().write_all(echo.as_bytes()).unwrap();
        rig.wait(&word, |event| match event {
            HostEvent::Console {
                update: ConsoleUpdate::Seen(_),
                ..
            } => Some(()),
            _ => None,
        });
        took.push((arrived, start.elapsed()));
    }
    rig.close(id);
    eprintln!("bytes a second: {came:?}; keys arrived and were seen after {took:?}");
    came.sort_unstable();
    assert!(came[came.len() / 2] > 1_000_000, "only {came:?} bytes a second came");
    assert!(
        took.iter().all(|(_, seen)| *seen < Duration::from_secs(1)),
        "keys took {took:?}"
    );
}

#[test]
fn many_screens_share_one_ssh_that_ends_with_the_last() {
    let [one, two] = ["lab2-vm1", "lab2-vm2"].map(|vm| uuid(2, vm));
    no_masters();
    let mut rig = Rig::start(&special_uri("lab2", "ssh"), &[]);
    let ids = [one, two, one].map(|vm| rig.screen(vm));
    for id in ids {
        rig.wait("a frame", |event| match event {
            HostEvent::Console {
                console,
                update: ConsoleUpdate::Frame(_),
            } if *console == id => Some(()),
            _ => None,
        });
    }
    assert_eq!(masters(), 1);
    rig.close(ids[0]);
    rig.close(ids[1]);
    rig.type_line(ids[2], "echo alive-$((1+1))");
    rig.text(ids[2], "alive-2");
    assert_eq!(masters(), 1);
    rig.close(ids[2]);
    no_masters();
}

#[test]
fn ssh_ends_with_a_killed_program() {
    no_masters();
    let mut console = Console::start(&["--inventory", &inventory()]);
    console.wait_long("both hosts", LONG, |screen| screen.contents().contains("2 up"));
    go_to(&mut console, "lab2-vm1");
    console.press("c");
    console.wait_for("VNC through ssh");
    assert_eq!(masters(), 1);
    console.signal(rustix::process::Signal::KILL);
    no_masters();
}

#[test]
fn a_socket_of_the_host_is_reached_through_ssh() {
    let guest = Guest::start(
        2,
        "socketed",
        "<graphics type='vnc'><listen type='socket' socket='/var/lib/libvirt/socketed.sock'/></graphics>",
    );
    let mut rig = Rig::start(&special_uri("lab2", "ssh"), &[]);
    let id = rig.screen(guest.uuid);
    let (way, note) = rig.live(id);
    assert_eq!(
        (way.as_str(), note),
        ("VNC through ssh to /var/lib/libvirt/socketed.sock", None)
    );
    rig.text(id, "list of built-in commands");
}

#[test]
fn a_local_display_comes_from_libvirt_itself() {
    let mut rig = Rig::start(&special_uri("lab1", "unix"), &[]);
    let id = rig.screen(uuid(1, "lab1-vm1"));
    assert_eq!(rig.live(id).0, "VNC through libvirt");
    rig.type_line(id, "echo local-$((40+2))");
    rig.text(id, "local-42");
}

#[test]
fn ssh_asks_for_its_password_once_more_for_the_tunnel() {
    let password = std::fs::read_to_string(directory().join("client/password")).unwrap();
    let password: &'static str = password.trim().to_owned().leak();
    let mut rig = Rig::start(&special_uri("lab2", "password"), &[password; 2]);
    let vm = uuid(2, "lab2-vm1");
    let ids = [vm, vm].map(|vm| rig.screen(vm));
    for id in ids {
        assert!(rig.live(id).0.starts_with("VNC through ssh to 127.0.0.1:"));
    }
    assert_eq!(rig.asked.len(), 2, "{:?}", rig.asked);
    for id in ids {
        rig.close(id);
    }
    no_masters();
    // whoever gives up gets screenshots and hears why
    let id = rig.screen(vm);
    let (way, note) = rig.live(id);
    assert!(way.starts_with("screenshots"), "{way}");
    assert!(note.is_some_and(|note| note.contains("Permission denied")));
}

#[test]
fn a_password_that_libvirt_does_not_know_is_asked_for() {
    let guest = Guest::start(2, "secretive", "<graphics type='vnc' autoport='yes' passwd='before'/>");
    let change = ["qemu-monitor-command", "--hmp", "secretive", "set_password vnc other"];
    virsh_on(2, &change);
    let mut rig = Rig::start(&special_uri("lab2", "ssh"), &["wrong", "other"]);
    let id = rig.screen(guest.uuid);
    assert!(rig.live(id).0.ends_with(", password"));
    assert_eq!(rig.asked.len(), 2);
    assert!(rig.asked[0].contains("secretive"), "{:?}", rig.asked);
    // it is known from now on
    rig.command(id, ConsoleCommand::Retry);
    rig.live(id);
    assert_eq!(rig.asked.len(), 2);
}

#[test]
fn a_ticket_lets_in_for_its_time() {
    let far = "2099-01-01T00:00:00";
    let graphics = format!("<graphics type='vnc' autoport='yes' passwd='before' passwdValidTo='{far}'/>");
    let guest = Guest::start(2, "ticketed", &graphics);
    let port = guest.port();
    let mut rig = Rig::start(&special_uri("lab2", "ssh"), &[]);
    assert_eq!(vnc_login(2, port, "before"), Ok(()));
    let long = Ticket {
        password: Some(Secret::new("ninechars".to_owned())),
        valid: Duration::from_secs(5),
    };
    let error = rig.display(guest.uuid, DisplayCommand::Ticket(long)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    let ticket = Ticket {
        password: None,
        valid: Duration::from_secs(5),
    };
    let answer = rig.display(guest.uuid, DisplayCommand::Ticket(ticket.clone())).unwrap();
    let DisplayAnswer::Ticket {
        password, port: told, ..
    } = answer
    else {
        panic!("{answer:?}");
    };
    assert_eq!(told, port);
    assert_eq!(vnc_login(2, port, password.expose()), Ok(()));
    assert_eq!(vnc_login(2, port, "before"), Err(RfbError::Password));
    assert_eq!(rig.answer(), Ok(DisplayAnswer::TicketCleared));
    assert_eq!(vnc_login(2, port, password.expose()), Err(RfbError::Password));
    assert_eq!(vnc_login(2, port, "before"), Ok(()));
    assert!(guest.secrets().contains(far), "{}", guest.secrets());
    // early, by hand
    let answer = rig.display(guest.uuid, DisplayCommand::Ticket(ticket));
    assert!(answer.is_ok(), "{answer:?}");
    let cleared = rig.display(guest.uuid, DisplayCommand::ClearTicket);
    assert_eq!(cleared, Ok(DisplayAnswer::TicketCleared));
    assert_eq!(vnc_login(2, port, "before"), Ok(()));
}

#[test]
fn a_vm_without_a_password_takes_no_ticket_and_says_so() {
    let mut rig = Rig::start(&special_uri("lab1", "tcp"), &[]);
    let ticket = Ticket {
        password: None,
        valid: Duration::from_secs(5),
    };
    let error = rig
        .display(uuid(1, "lab1-vm1"), DisplayCommand::Ticket(ticket))
        .unwrap_err();
    assert!(error.hint.is_some_and(|hint| hint.contains("passwd")), "{error:?}");
}

#[test]
fn viewer_files_are_private_and_only_for_running_vms() {
    use std::os::unix::fs::PermissionsExt as _;
    let guest = Guest::start(
        1,
        "viewed",
        "<graphics type='vnc' autoport='yes' listen='0.0.0.0' passwd='secret'/>",
    );
    let mut rig = Rig::start(&special_uri("lab1", "tcp"), &[]);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("viewed.vv");
    let answer = rig.display(guest.uuid, DisplayCommand::SaveViewerFile(path.clone()));
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    let net = std::env::var("LAB_NET").unwrap_or_else(|_| "10.77.0".to_owned());
    for wanted in [
        "type=vnc\n",
        &format!("host={net}.1\n"),
        "password=secret\n",
        "delete-this-file=1\n",
    ] {
        assert!(text.contains(wanted), "{wanted} is missing in {text}");
    }
    let again = rig
        .display(guest.uuid, DisplayCommand::SaveViewerFile(path))
        .unwrap_err();
    assert!(again.message.raw().contains("exists"), "{again}");
    let off = DisplayCommand::SaveViewerFile(place.path().join("off.vv"));
    let error = rig.display(uuid(1, "lab1-off"), off).unwrap_err();
    assert_eq!(error.kind, ErrorKind::WrongState, "{error}");
}

#[test]
fn a_viewer_gets_a_port_that_closes_with_it() {
    use std::os::unix::fs::PermissionsExt as _;
    no_masters();
    let place = tempfile::tempdir().unwrap();
    let viewer = place.path().join("remote-viewer");
    // what remote-viewer does, as far as it matters here: reads the file and greets the server
    let program = "#!/bin/bash\nhere=$(dirname \"$0\")\nstat -c %a \"$1\" >$here/mode\n. <(grep -E '^(host|port)=' \"$1\")\n\
        echo $port >$here/port\nexec 3<>/dev/tcp/$host/$port\nhead -c 12 <&3 >$here/banner\n\
        until [ -e $here/leave ]; do read -t 0.1 <> <(:); done\n";
    std::fs::write(&viewer, program).unwrap();
    std::fs::set_permissions(&viewer, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", place.path().display());
    let mut console = Console::start_with(&["--inventory", &inventory()], &[("DISPLAY", ":77"), ("PATH", &path)]);
    console.wait_long("both hosts", LONG, |screen| screen.contents().contains("2 up"));
    go_to(&mut console, "lab2-vm1");
    console.press(":console.viewer\r");
    let read = |name: &str| std::fs::read_to_string(place.path().join(name)).unwrap_or_default();
    until(
        "the greeting",
        || read("banner"),
        |banner| banner.starts_with("RFB 003.008"),
    );
    assert_eq!(read("mode").trim(), "600");
    assert_eq!(masters(), 1);
    let port: u16 = read("port").trim().parse().unwrap();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    std::fs::write(place.path().join("leave"), "").unwrap();
    no_masters();
    assert!(
        std::net::TcpStream::connect(("127.0.0.1", port)).is_err(),
        "the port is closed"
    );
    console.press("\x03");
    console.end();
}
