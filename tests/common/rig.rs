//! One host of the lab without a user interface, guests of a test's own, and a VNC client.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use uuid::Uuid;

use super::lab::{LONG, directory, special_uri, virsh_on};
use virt_deck::backend::fleet::{Fleet, FleetOptions};
use virt_deck::base::ids::HostId;
use virt_deck::base::key::{Key, KeyCode};
use virt_deck::base::time::Clock;
use virt_deck::hv::command::{HostCommand, Secret};
use virt_deck::hv::console::{
    ColourDepth, ConsoleCommand, ConsoleFrame, ConsoleId, ConsoleKind, ConsoleState, ConsoleUpdate, Stroke, Typed,
    Viewport,
};
use virt_deck::hv::display::{DisplayAnswer, DisplayCommand};
use virt_deck::hv::error::HvError;
use virt_deck::hv::event::{HostEvent, HostMessage};
use virt_deck::hv::host::ConnState;
use virt_deck::hv::topology::{HostEntry, SshOptions, Topology};
use virt_deck::rfb::{Client, Event, RfbError};

pub const HOST: HostId = HostId(1);

/// One host of the lab, without a user interface.
pub struct Rig {
    pub fleet: Fleet,
    inbox: UnboundedReceiver<HostMessage>,
    runtime: tokio::runtime::Runtime,
    /// Consoles on the screen, whose frames are taken.
    pub shown: std::collections::HashMap<ConsoleId, ConsoleFrame>,
    /// Answers to the questions that come, in turn.
    answers: Vec<&'static str>,
    pub asked: Vec<String>,
    next: u64,
}

impl Rig {
    pub fn start(uri: &str, answers: &[&'static str]) -> Self {
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
    #[expect(clippy::disallowed_methods, reason = "a deadline although events keep coming")]
    pub fn wait<T>(&mut self, what: &str, mut wanted: impl FnMut(&HostEvent) -> Option<T>) -> T {
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

    pub fn texts(&self) -> Vec<String> {
        self.shown.values().map(|frame| lines(frame).join("\n")).collect()
    }

    pub fn command(&self, console: ConsoleId, command: ConsoleCommand) {
        self.fleet.send(HOST, HostCommand::Console { console, command });
    }

    pub fn open(&mut self, vm: Uuid, kind: ConsoleKind) -> ConsoleId {
        self.open_at(vm, kind, (90, 30))
    }

    /// Opens a console of so many columns and rows.
    pub fn open_at(&mut self, vm: Uuid, kind: ConsoleKind, (columns, rows): (u16, u16)) -> ConsoleId {
        self.next += 1;
        let id = ConsoleId(self.next);
        let viewport = Viewport {
            columns,
            rows,
            depth: ColourDepth::True,
            read_text: true,
            visible: true,
            ..Viewport::default()
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

    pub fn serial(&mut self, vm: Uuid, device: Option<&str>) -> ConsoleId {
        let device = device.map(Into::into);
        self.open(vm, ConsoleKind::Serial { device, force: false })
    }

    pub fn screen(&mut self, vm: Uuid) -> ConsoleId {
        let screenshots = false;
        self.open(vm, ConsoleKind::Screen { screenshots, head: 0 })
    }

    /// Waits for a state; a console that has failed is no longer waited for.
    pub fn state(&mut self, id: ConsoleId, what: &str, mut wanted: impl FnMut(&ConsoleState) -> bool) -> ConsoleState {
        self.wait(what, |event| match event {
            HostEvent::Console {
                console,
                update: ConsoleUpdate::State(state),
            } if *console == id => wanted(state).then(|| state.clone()),
            _ => None,
        })
    }

    pub fn live(&mut self, id: ConsoleId) -> (String, Option<String>) {
        match self.state(id, "a live console", |state| matches!(state, ConsoleState::Live { .. })) {
            ConsoleState::Live { way, note, .. } => (way.raw().to_owned(), note.map(|note| note.raw().to_owned())),
            _ => unreachable!("as waited for"),
        }
    }

    /// Waits until the console shows what is wanted, if it does not yet.
    pub fn frame(&mut self, id: ConsoleId, what: &str, wanted: impl Fn(&ConsoleFrame) -> bool) {
        if self.shown.get(&id).is_some_and(&wanted) {
            return;
        }
        self.wait(what, |event| match event {
            HostEvent::Console {
                console,
                update: ConsoleUpdate::Frame(frame),
            } if *console == id => wanted(frame).then_some(()),
            _ => None,
        });
    }

    pub fn text(&mut self, id: ConsoleId, needle: &str) {
        self.frame(id, needle, |frame| {
            lines(frame).iter().any(|line| line.contains(needle))
        });
    }

    pub fn type_line(&self, id: ConsoleId, line: &str) {
        for c in line.chars() {
            self.type_char(id, c);
        }
        self.type_key(id, KeyCode::Enter);
    }

    pub fn type_char(&self, id: ConsoleId, c: char) {
        self.type_key(id, KeyCode::Char(c));
    }

    fn type_key(&self, id: ConsoleId, code: KeyCode) {
        let (typed, stroke) = (Typed::Key(Key::plain(code)), Stroke::Tap);
        self.command(id, ConsoleCommand::Type { typed, stroke });
    }

    /// Waits until the guest's screen has this size in pixels.
    pub fn wait_size(&mut self, id: ConsoleId, size: (u16, u16)) {
        self.frame(id, "a screen of another size", |frame| frame.size == size);
    }

    pub fn prompt(&mut self, id: ConsoleId) {
        self.type_line(id, "");
        self.text(id, "/ #");
    }

    pub fn display(&mut self, vm: Uuid, command: DisplayCommand) -> Result<DisplayAnswer, HvError> {
        self.fleet.send(HOST, HostCommand::Display { uuid: vm, command });
        self.answer()
    }

    pub fn answer(&mut self) -> Result<DisplayAnswer, HvError> {
        self.wait("an answer", |event| match event {
            HostEvent::Display { answer, .. } => Some(answer.clone()),
            _ => None,
        })
    }

    pub fn close(&self, id: ConsoleId) {
        self.command(id, ConsoleCommand::Close);
    }
}

/// The characters of a frame.
pub fn lines(frame: &ConsoleFrame) -> Vec<String> {
    (0..frame.grid.rows()).map(|row| frame.grid.line(row)).collect()
}

pub fn uuid(host: u8, vm: &str) -> Uuid {
    virsh_on(host, &["domuuid", vm]).trim().parse().unwrap()
}

/// A guest of its own with another display; undefined when dropped.
pub struct Guest {
    pub host: u8,
    pub name: String,
    pub uuid: Uuid,
}

impl Guest {
    /// The lab's own guest with another display, and without the disk, which would be another's.
    pub fn start(host: u8, name: &str, graphics: &str) -> Self {
        Self::create(host, name, graphics, |xml| xml)
    }

    /// A guest of nothing but a boot sector.
    pub fn boot(host: u8, name: &str, graphics: &str, sector: &[u8]) -> Self {
        let mut image = sector.to_vec();
        image.resize(510, 0);
        image.extend([0x55, 0xaa]);
        image.resize(1_474_560, 0);
        let path = format!("/var/lib/libvirt/{name}.img");
        let octal: Vec<String> = image[..512].iter().map(|byte| format!("\\{byte:03o}")).collect();
        let octal = octal.concat();
        let write = format!("printf '{octal}' >{path}; truncate -s 1440K {path}");
        super::lab::lab(&["exec", &format!("lab{host}"), "sh", "-c", &write]);
        Self::create(host, name, graphics, |mut xml| {
            for element in ["kernel", "initrd", "cmdline"] {
                let (start, end) = (format!("<{element}>"), format!("</{element}>"));
                let (before, rest) = xml.split_once(&start).unwrap();
                xml = format!("{before}{}", rest.split_once(&end).unwrap().1);
            }
            let floppy = format!(
                "<devices><disk type='file' device='floppy'><driver name='qemu' type='raw'/>\
                 <source file='{path}'/><target dev='fda' bus='fdc'/><boot order='1'/></disk>"
            );
            xml.replacen("<devices>", &floppy, 1).replace("<boot dev='hd'/>", "")
        })
    }

    fn create(host: u8, name: &str, graphics: &str, edit: impl Fn(String) -> String) -> Self {
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
        let xml = edit(format!("{before}{}", rest.split_once("</disk>").unwrap().1));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), xml).unwrap();
        virsh_on(host, &["create", file.path().to_str().unwrap()]);
        Self {
            host,
            name: name.to_owned(),
            uuid: uuid(host, name),
        }
    }

    /// What the guest has written to its serial line.
    pub fn told(&self) -> Vec<u8> {
        let path = format!("/var/log/libvirt/qemu/{}-serial.log", self.name);
        let text = super::lab::lab(&["exec", &format!("lab{}", self.host), "od", "-An", "-v", "-tx1", &path]);
        let bytes = text.split_whitespace();
        bytes.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    /// Waits until the guest has written what is wanted.
    #[expect(clippy::disallowed_methods, reason = "a deadline for the witness")]
    pub fn tells(&self, what: &str, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let start = Instant::now();
        loop {
            let told = self.told();
            if wanted(&told) {
                return told;
            }
            assert!(start.elapsed() < LONG, "{what} never happened: {told:02x?}");
        }
    }

    /// What libvirt says that the guest's screen shows.
    pub fn screenshot(&self) -> super::graphics::Pixels {
        let file = tempfile::NamedTempFile::new().unwrap();
        virsh_on(self.host, &["screenshot", &self.name, file.path().to_str().unwrap()]);
        super::graphics::screenshot(&std::fs::read(file.path()).unwrap())
    }

    pub fn secrets(&self) -> String {
        let xml = virsh_on(self.host, &["dumpxml", "--security-info", &self.name]);
        xml.lines().find(|line| line.contains("<graphics")).unwrap().to_owned()
    }

    pub fn port(&self) -> u16 {
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
        let uri = super::lab::uri(self.host);
        let _ = Command::new("virsh").args(["-c", &uri, "destroy", &self.name]).output();
    }
}

/// An ssh whose pipes lead to a port of a host's loopback.
pub fn to_loopback(host: u8, port: u16) -> Child {
    let address = special_uri(&format!("lab{host}"), "ssh");
    let address = address.split('@').nth(1).unwrap().split('/').next().unwrap();
    Command::new(directory().join("client/ssh"))
        .args(["-W", &format!("127.0.0.1:{port}"), &format!("root@{address}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Logs into a VNC server on a host's loopback by a client of its own, outside of any console.
pub fn vnc_login(host: u8, port: u16, password: &str) -> Result<(), RfbError> {
    let mut ssh = to_loopback(host, port);
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
