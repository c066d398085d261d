//! How consoles reach real guests: serial lines, tunnels, sockets, passwords, tickets, viewers.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and measures time"
)]

mod common;

use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use common::Console;
use common::lab::{LONG, directory, go_to, inventory, lab, special_uri, until, virsh_on};
use common::rig::{Guest, Rig, uuid, vnc_login};
use virt_deck::hv::command::Secret;
use virt_deck::hv::console::{ConsoleCommand, ConsoleState, ConsoleUpdate};
use virt_deck::hv::display::{DisplayAnswer, DisplayCommand, Ticket};
use virt_deck::hv::error::ErrorKind;
use virt_deck::hv::event::HostEvent;
use virt_deck::rfb::RfbError;

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

    /// Writes some 2 MB a second, or as much as is taken when there is no `pause` after each part.
    fn flood(&self, pause: Duration) {
        let writer = std::sync::Arc::clone(&self.writer);
        let part = "\x1b[32m0123456789\x1b[0m a line as of a build that prints much\r\n".repeat(400);
        std::thread::spawn(move || {
            while writer.lock().unwrap().write_all(part.as_bytes()).is_ok() {
                std::thread::sleep(pause);
            }
        });
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
    line.flood(Duration::from_millis(10));
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
    let mut came: Vec<u32> = came.iter().map(|traffic| traffic.received).collect();
    came.sort_unstable();
    assert!(came[came.len() / 2] > 1_000_000, "only {came:?} bytes a second came");
    assert!(
        took.iter().all(|(_, seen)| *seen < Duration::from_secs(1)),
        "keys took {took:?}"
    );
}

#[test]
fn a_flood_stops_neither_keys_nor_the_host() {
    let line = FastLine::put_in_place("lab1-vm2");
    let mut rig = Rig::start(&special_uri("lab1", "tcp"), &[]);
    let id = rig.serial(uuid(1, "lab1-vm2"), None);
    rig.live(id);
    line.flood(Duration::ZERO);
    for number in 0..3 {
        // what the host itself tells takes the same way as the flood
        rig.wait("numbers", |event| matches!(event, HostEvent::Samples(_)).then_some(()));
        let word = format!("key-{number}");
        rig.type_line(id, &word);
        assert_eq!(line.keys.recv_timeout(LONG).unwrap(), word);
    }
    rig.close(id);
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
    let mut ways = Vec::new();
    while ways.len() < ids.len() {
        ways.push(rig.wait("both to be live", |event| match event {
            HostEvent::Console {
                update: ConsoleUpdate::State(ConsoleState::Live { way, .. }),
                ..
            } => Some(way.raw().to_owned()),
            _ => None,
        }));
    }
    for way in ways {
        assert!(way.starts_with("VNC through ssh to 127.0.0.1:"), "{way}");
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
    console.press(":console.viewer remote-viewer\r");
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

#[test]
fn a_vm_with_spice_only_has_screenshots_and_is_handed_over() {
    let graphics = "<graphics type='spice' autoport='yes' listen='0.0.0.0'/>";
    let guest = Guest::start(1, "spiced", graphics);
    let mut rig = Rig::start(&special_uri("lab1", "tcp"), &[]);
    let id = rig.screen(guest.uuid);
    let (way, note) = rig.live(id);
    assert!(way.starts_with("screenshots"), "{way}");
    assert!(
        note.as_ref().is_some_and(|note| note.contains("only spice")),
        "{note:?}"
    );
    rig.text(id, "list of built-in commands");
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("spiced.vv");
    let answer = rig.display(guest.uuid, DisplayCommand::SaveViewerFile(path.clone()));
    assert!(answer.is_ok(), "{answer:?}");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("type=spice\n") && text.contains(&format!("port={}\n", guest.port())),
        "{text}"
    );
}
