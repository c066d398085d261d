//! Screens of real guests: the pixels, by every way that they take; TLS; mouse; saved pictures.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and measures time"
)]

mod common;

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use common::Console;
use common::graphics::{CELL, Pixels, Seen, Terminal, distance};
use common::lab::{LONG, directory, inventory, lab, special_uri, until};
use common::rig::{Guest, Rig, to_loopback};
use common::sector::SECTOR;
use virt_deck::hv::command::Secret;
use virt_deck::hv::console::{Buttons, ConsoleCommand, ConsoleId, Pointer};
use virt_deck::rfb::{Client, Event};

const LEADER: &str = "\x1b[24~";
const LOOPBACK: &str = "<graphics type='vnc' autoport='yes' listen='127.0.0.1'/>";
/// Nothing more comes after this time.
const QUIET: Duration = Duration::from_millis(300);

/// A VNC client of its own, over ssh to a host's loopback.
struct Wire {
    ssh: Child,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    client: Client,
    received: usize,
}

impl Wire {
    /// Connects and offers only these encodings of rectangles.
    fn connect(host: u8, port: u16, encodings: &[i32]) -> Self {
        let mut ssh = to_loopback(host, port);
        let (sender, output) = channel();
        let mut stdout = ssh.stdout.take().unwrap();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let mut wire = Self {
            input: ssh.stdin.take().unwrap(),
            ssh,
            output,
            client: Client::new(Some(Secret::new(String::new()))),
            received: 0,
        };
        while !wire.step(LONG).unwrap().contains(&Event::Ready) {}
        // what a client asks for that knows no other
        let out = wire.client.take_output();
        let at = out.windows(3).position(|part| part == [2, 0, 0]).unwrap();
        let count = usize::from(out[at + 3]);
        let all = out[at + 4..at + 4 + 4 * count].chunks(4);
        let kept: Vec<[u8; 4]> = all
            .map(|part| <[u8; 4]>::try_from(part).unwrap())
            .filter(|part| {
                let number = i32::from_be_bytes(*part);
                number < 0 || encodings.contains(&number)
            })
            .collect();
        let mut wanted = out[..at + 3].to_vec();
        wanted.push(kept.len() as u8);
        wanted.extend(kept.concat());
        wire.write(&wanted);
        wire.client.request(false);
        wire.send();
        wire
    }

    fn write(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).unwrap();
        self.input.flush().unwrap();
    }

    fn send(&mut self) {
        let out = self.client.take_output();
        self.write(&out);
    }

    /// Takes bytes in; nothing when there are none in that time.
    fn step(&mut self, patience: Duration) -> Option<Vec<Event>> {
        let bytes = self.output.recv_timeout(patience).ok()?;
        self.received += bytes.len();
        let events = self.client.feed(&bytes).unwrap();
        if events.contains(&Event::Updated) {
            self.client.request(true);
        }
        if !events.contains(&Event::Ready) {
            self.send();
        }
        Some(events)
    }

    fn press(&mut self, guest: &Guest, key: char) {
        let before = guest.told().len();
        for down in [true, false] {
            self.client.key(key as u32, None, down);
        }
        self.send();
        guest.tells("the key's end", |told| told.len() > before);
    }

    fn pixels(&mut self) -> Pixels {
        let framebuffer = self.client.framebuffer();
        let colour = |pixel: &u32| {
            let [_, r, g, b] = pixel.to_be_bytes();
            Some([r, g, b])
        };
        Pixels {
            width: framebuffer.width().into(),
            height: framebuffer.height().into(),
            colours: framebuffer.pixels().iter().map(colour).collect(),
        }
    }

    /// The screen is pixel for pixel what libvirt's screenshot is, once all has come.
    fn is_the_screen_of(&mut self, guest: &Guest, what: &str) {
        let wanted = guest.screenshot();
        let start = Instant::now();
        loop {
            while self.step(QUIET).is_some() && start.elapsed() < LONG {}
            let found = self.pixels();
            if found == wanted {
                return;
            }
            assert!(
                start.elapsed() < LONG,
                "{what}: {}x{} instead of {}x{}, or {:?} beside it",
                found.width,
                found.height,
                wanted.width,
                wanted.height,
                (found.width == wanted.width && found.height == wanted.height).then(|| distance(
                    &found,
                    (0, 0),
                    &wanted
                ))
            );
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = self.ssh.kill();
        let _ = self.ssh.wait();
    }
}

fn booted(host: u8, name: &str, graphics: &str) -> Guest {
    let guest = Guest::boot(host, name, graphics, SECTOR);
    guest.tells("the boot sector's start", |told| told == b"!");
    guest
}

#[test]
fn every_encoding_brings_the_pixels_that_libvirt_shows() {
    let guest = booted(2, "drawing", LOOPBACK);
    let mut sizes = Vec::new();
    // QEMU copies no rectangles by itself; the last offers all, as consoles do
    for (name, encodings) in [
        ("raw", &[0][..]),
        ("hextile", &[5]),
        ("zrle", &[16]),
        ("all", &[16, 5, 1, 0]),
    ] {
        let mut wire = Wire::connect(2, guest.port(), encodings);
        let before = wire.received;
        let mut seen = Vec::new();
        for key in ['t', 's', 's', 'g', 'h', 'X', 's', 't', 's'] {
            wire.press(&guest, key);
            wire.is_the_screen_of(&guest, &format!("{name} after {key}"));
            let pixels = wire.pixels();
            assert!(
                pixels.colours.iter().any(|colour| *colour != pixels.colours[0]),
                "{key} draws"
            );
            seen.push((pixels.width, pixels.height));
        }
        seen.dedup();
        assert!(seen.len() >= 3, "the size changes: {seen:?}");
        sizes.push((name, wire.received - before));
        // and the whole of it, asked for anew
        wire.client.request(false);
        wire.send();
        wire.is_the_screen_of(&guest, &format!("{name} as a whole"));
    }
    eprintln!("bytes: {sizes:?}");
    let bytes = |name: &str| sizes.iter().find(|(known, _)| *known == name).unwrap().1;
    assert!(
        bytes("zrle") < bytes("hextile") && bytes("hextile") < bytes("raw"),
        "{sizes:?}"
    );
}

/// Movements and buttons that the PS/2 mouse has told, and whether a button was held meanwhile.
fn moves(told: &[u8]) -> (i32, i32, bool) {
    let start = told.windows(2).position(|part| part == [b'm', 0xfa]).unwrap() + 2;
    let packets = told[start..].chunks_exact(3);
    packets.fold((0, 0, false), |(x, y, held), packet| {
        let side = |byte: u8, sign: u8| i32::from(byte) - if packet[0] & sign == 0 { 0 } else { 256 };
        (
            x + side(packet[1], 0x10),
            y - side(packet[2], 0x20),
            held || packet[0] & 1 == 1,
        )
    })
}

#[test]
fn a_guest_without_a_tablet_gets_movements() {
    let guest = booted(1, "mouse", LOOPBACK);
    let mut rig = Rig::start(&special_uri("lab1", "unix"), &[]);
    let id = rig.screen(guest.uuid);
    rig.live(id);
    // 640x480 in 90x30 cells of 8x16 pixels each: 80 columns, 5 to the left of them
    for key in ['h', 'm'] {
        let before = guest.told().len();
        rig.type_char(id, key);
        guest.tells("the key's end", |told| told.len() > before);
    }
    guest.tells("the mouse", |told| told.windows(2).any(|part| part == [b'm', 0xfa]));
    rig.wait_size(id, (640, 480));
    let pointer = |rig: &Rig, column: u16, row: u16, left: bool, wheel: i8| {
        let buttons = Buttons {
            left,
            ..Buttons::default()
        };
        let pointer = Pointer {
            column,
            row,
            buttons,
            wheel,
            relative: None,
        };
        rig.command(id, ConsoleCommand::Pointer(pointer));
    };
    // where it comes in is no movement
    pointer(&rig, 20, 10, false, 0);
    pointer(&rig, 23, 12, false, 0);
    guest.tells("the movement", |told| moves(told).0 >= 24);
    assert_eq!(moves(&guest.told()), (24, 32, false));
    // pressed without moving, and released further left and up
    pointer(&rig, 23, 12, true, 0);
    guest.tells("the button", |told| moves(told).2);
    pointer(&rig, 21, 11, false, 0);
    guest.tells("the way back", |told| moves(told).0 <= 8);
    assert_eq!(moves(&guest.told()), (8, 16, true));
    // the wheel moves nothing twice
    pointer(&rig, 25, 11, false, -1);
    pointer(&rig, 25, 12, false, 3);
    // QEMU holds back what its mouse has no room for, until something else happens
    guest.tells("the last movement", |told| {
        pointer(&rig, 26, 12, false, 0);
        moves(told).0 >= 48 && moves(told).1 >= 32
    });
    assert_eq!(moves(&guest.told()), (48, 32, true));
    rig.close(id);
}

fn seen(arguments: &[&str], size: (u16, u16)) -> Seen {
    let cell = (CELL.0 as u16, CELL.1 as u16);
    let inventory = inventory();
    let arguments = [&["--inventory", &inventory], arguments].concat();
    let mut seen = Seen::new(Console::start_large(&arguments, &[], size, cell));
    seen.text("2 up");
    seen
}

#[test]
fn terminals_show_the_guests_pixels_and_only_changes_are_sent() {
    let guest = booted(2, "shown", LOOPBACK);
    for protocol in ["kitty", "iterm2", "sixel"] {
        // as high as the guest's screen, with a line above and below, and 20 columns on each side
        let mut seen = seen(&["--graphics", protocol], (32, 120));
        seen.open("shown");
        seen.text("VNC through ssh");
        seen.press("h");
        seen.press(&format!("{LEADER}z"));
        seen.text("640x480 1:1 +0+0");
        seen.press("\x1b");
        let exact = protocol != "sixel";
        let same = |terminal: &Terminal, wanted: &Pixels| {
            let (mean, most, missing) = distance(&terminal.picture(), (20 * CELL.0, CELL.1), wanted);
            // sixel tells colours in percent
            missing == 0 && if exact { most == 0 } else { most <= 2 && mean < 2.0 }
        };
        let wanted = guest.screenshot();
        seen.wait("the guest's pixels", |terminal| same(terminal, &wanted));
        // one character is one tile
        let drawn = seen.terminal.drawn.len();
        seen.press("X");
        guest.tells("the character", |told| told.ends_with(b"X"));
        let wanted = guest.screenshot();
        seen.wait("the character", |terminal| same(terminal, &wanted));
        let tiles = &seen.terminal.drawn[drawn..];
        // QEMU may tell of it in two parts
        let only = !tiles.is_empty() && tiles.iter().all(|tile| *tile == [20, 1, 20, 4]);
        assert!(only, "{protocol}: more than what changed: {tiles:?}");
        seen.press(&format!("{LEADER}q"));
        seen.text("› shown");
        seen.wait("no picture over the fleet", Terminal::is_bare);
        seen.press("\x03");
        assert_eq!(seen.end(), 0);
        assert!(seen.terminal.is_bare());
    }
}

#[test]
fn a_saved_picture_is_the_screen_and_replaces_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let guest = booted(2, "saved", LOOPBACK);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("saved.png");
    let mut seen = seen(&[], (40, 160));
    seen.open("saved");
    seen.text("VNC through ssh");
    seen.press("h");
    seen.text("640x480");
    let save = |seen: &mut Seen| {
        seen.press(&format!("{LEADER}P"));
        seen.text("Save picture");
        seen.press(&format!("\x15{}\r\r", path.display()));
    };
    guest.tells("the screen", |told| told.ends_with(b"h"));
    let wanted = guest.screenshot();
    let read = || std::fs::read(&path).unwrap_or_default();
    until(
        "the same pixels",
        || {
            // the frame may have been on its way before
            drop(std::fs::remove_file(&path));
            save(&mut seen);
            let is_whole = || read().ends_with(b"IEND\xaeB`\x82").to_string();
            until("the file", is_whole, |whole| whole == "true");
            (common::graphics::png(&read()) == wanted).to_string()
        },
        |same| same == "true",
    );
    seen.text("saved /");
    let bytes = read();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    seen.press("X");
    guest.tells("another screen", |told| told.ends_with(b"X"));
    save(&mut seen);
    seen.text("exists");
    assert!(std::fs::read(&path).unwrap() == bytes, "the file was replaced");
}

/// The host's QEMU configuration changed as long as this lives; guests that run keep what they have.
struct Config(u8);

impl Config {
    fn set(host: u8, certificates: &str) -> Self {
        let config = Self(host);
        config.write("1", certificates);
        config
    }

    fn write(&self, tls: &str, certificates: &str) {
        let name = format!("lab{}", self.0);
        let edit = format!(
            "s|^vnc_tls = .*|vnc_tls = {tls}|; s|^vnc_tls_x509_cert_dir = .*|vnc_tls_x509_cert_dir = \"{certificates}\"|"
        );
        lab(&["exec", &name, "sed", "-i", &edit, "/etc/libvirt/qemu.conf"]);
        lab(&["kill-daemon", &name]);
        lab(&["start-daemon", &name]);
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        self.write("0", "/etc/libvirt/vnc");
    }
}

/// A console with these files in its home, on the screen of a VM of the first host.
fn with_authority(authority: Option<&[u8]>, vm: &str) -> Seen {
    let home = std::rc::Rc::new(tempfile::tempdir().unwrap());
    if let Some(authority) = authority {
        let place = home.path().join(".pki/CA");
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("cacert.pem"), authority).unwrap();
    }
    let mut seen = Seen::new(Console::start_in(&home, &[], &["--inventory", &inventory()]));
    seen.text("2 up");
    seen.open(vm);
    seen
}

#[test]
fn tls_lets_in_whom_the_authority_vouches_for() {
    let pki = directory().join("client/pki");
    let right = std::fs::read(pki.join("cacert.pem")).unwrap();
    // of nobody that QEMU's certificate is by
    let wrong = std::fs::read(pki.join("clientcert.pem")).unwrap();
    let everywhere = "<graphics type='vnc' autoport='yes' listen='0.0.0.0'/>";
    let closed = "<graphics type='vnc' autoport='yes' listen='0.0.0.0' passwd='secret'/>";
    let config = Config::set(1, "/etc/libvirt/vnc");
    let (open, locked) = (
        Guest::start(1, "trusted", everywhere),
        Guest::start(1, "locked", closed),
    );
    drop(config);
    let config = Config::set(1, "/etc/libvirt/vnc-other");
    let other = Guest::start(1, "elsewhere", everywhere);
    drop(config);
    let mut seen = with_authority(Some(&right), &open.name);
    seen.text(", TLS");
    seen.text("list of built-in commands");
    seen.press("echo over-$((40+2))\r");
    seen.text("over-42");
    let mut seen = with_authority(Some(&right), &locked.name);
    seen.text(", TLS, password");
    seen.text("list of built-in commands");
    // who is not who they should be shows screenshots, with the reason
    for (authority, vm, why) in [
        (Some(&wrong[..]), &open, "VNC's certificate is not by the CA in"),
        (None, &open, "VNC"),
        (Some(&right[..]), &other, "VNC's certificate is not for"),
    ] {
        let mut seen = with_authority(authority, &vm.name);
        seen.text("screenshots");
        seen.text(why);
        seen.text("list of built-in commands");
        assert!(!seen.terminal.text().contains(", TLS"), "{why}");
    }
    // libvirt itself lets in without
    let mut rig = Rig::start(&special_uri("lab1", "unix"), &[]);
    let id = rig.screen(open.uuid);
    assert_eq!(rig.live(id).0, "VNC through libvirt");
    // and what the host's URI names is looked at first
    let mut rig = Rig::start(&special_uri("lab1", "tls"), &[]);
    let id: ConsoleId = rig.screen(locked.uuid);
    assert!(rig.live(id).0.ends_with(", TLS, password"));
    rig.close(id);
}
