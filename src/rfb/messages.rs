//! The client as a whole: handshake, messages of the server, messages to it.

use crate::base::text::Text;
use crate::hv::command::Secret;
use crate::rfb::decode::{Zrle, copy, hextile, raw};
use crate::rfb::framebuffer::{Area, Framebuffer};
use crate::rfb::handshake::{Handshake, Outcome, Security};
use crate::rfb::reader::{Reader, Stop, wrong};
use crate::rfb::{CUT_LIMIT, NAME_LIMIT, RfbError};

const RAW: i32 = 0;
const COPY: i32 = 1;
const HEXTILE: i32 = 5;
const ZRLE: i32 = 16;
const DESKTOP_SIZE: i32 = -223;
const LAST_RECT: i32 = -224;
const POINTER_MOTION: i32 = -257;
const EXTENDED_KEYS: i32 = -258;
const DESKTOP_NAME: i32 = -307;
const EXTENDED_DESKTOP_SIZE: i32 = -308;

/// What is understood, the best first. The cursor is left to the server to draw.
const ENCODINGS: [i32; 10] = [
    ZRLE,
    HEXTILE,
    COPY,
    RAW,
    DESKTOP_SIZE,
    EXTENDED_DESKTOP_SIZE,
    LAST_RECT,
    POINTER_MOTION,
    EXTENDED_KEYS,
    DESKTOP_NAME,
];

/// Bytes that may wait to be read; more than the largest message needs.
const INCOMING: usize = 96 << 20;

/// Memory for incoming bytes that is kept while there are none.
const KEPT: usize = 1 << 20;
/// Changes of the size that are followed between two requests. Each costs far more here than
/// there.
const RESIZES: u32 = 16;

/// Something the server did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The stream must be wrapped in TLS now; then [`Client::tls_started`].
    StartTls,
    /// The handshake is over.
    Ready,
    /// A whole update has arrived; the framebuffer knows what changed.
    Updated,
    /// Bell.
    Bell,
    /// The guest's clipboard.
    CutText(Text),
}

/// A message that is being read rectangle by rectangle.
#[derive(Debug, Clone, Copy)]
struct Update {
    left: u16,
}

/// The client.
#[derive(Debug)]
pub struct Client {
    handshake: Handshake,
    ready: bool,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    update: Option<Update>,
    /// Changes of the size since the last request.
    resized: u32,
    zrle: Zrle,
    framebuffer: Framebuffer,
    /// The guest takes raw key codes.
    extended_keys: bool,
    /// The guest's mouse takes places, not movements.
    absolute: bool,
    failed: Option<RfbError>,
}

impl Client {
    /// A client that has not heard anything yet.
    pub fn new(password: Option<Secret>) -> Self {
        Self {
            handshake: Handshake::new(password),
            ready: false,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            update: None,
            resized: 0,
            zrle: Zrle::default(),
            framebuffer: Framebuffer::default(),
            extended_keys: false,
            absolute: true,
            failed: None,
        }
    }

    /// The guest's screen.
    pub fn framebuffer(&mut self) -> &mut Framebuffer {
        &mut self.framebuffer
    }

    /// How the connection is protected.
    pub fn security(&self) -> Security {
        self.handshake.security()
    }

    /// Whether raw key codes are taken (QEMU's extended key event).
    pub fn takes_key_codes(&self) -> bool {
        self.extended_keys
    }

    /// Whether the guest's mouse takes places; movements otherwise.
    pub fn is_absolute(&self) -> bool {
        self.absolute
    }

    /// Bytes to be sent.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outgoing)
    }

    /// The stream is wrapped in TLS now.
    pub fn tls_started(&mut self) {
        self.handshake.tls_started();
    }

    /// Takes bytes of the server in; returns what they mean. After an error nothing is taken.
    ///
    /// # Errors
    /// When the server breaks the protocol or refuses.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Event>, RfbError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.incoming.extend_from_slice(bytes);
        let mut events = Vec::new();
        let mut incoming = std::mem::take(&mut self.incoming);
        let mut used = 0;
        let outcome = loop {
            let mut reader = Reader::new(incoming.get(used..).unwrap_or_default());
            match self.step(&mut reader, &mut events) {
                Ok(()) => used += reader.position(),
                Err(Stop::More) => break Ok(()),
                Err(Stop::Wrong(error)) => break Err(error),
            }
        };
        // a large rectangle comes in many parts; what is kept of it is not copied for each
        incoming.drain(..used.min(incoming.len()));
        if incoming.is_empty() && incoming.capacity() > KEPT {
            incoming = Vec::new();
        }
        self.incoming = incoming;
        let endless = self.incoming.len() > INCOMING;
        let outcome = match outcome {
            Ok(()) if endless => Err(RfbError::Protocol("a message without an end")),
            Ok(()) => Ok(events),
            Err(error) => Err(error),
        };
        if let Err(error) = &outcome {
            self.failed = Some(error.clone());
        }
        outcome
    }

    fn step(&mut self, reader: &mut Reader<'_>, events: &mut Vec<Event>) -> Result<(), Stop> {
        if !self.ready {
            return match self.handshake.step(reader, &mut self.outgoing)? {
                Outcome::On => Ok(()),
                Outcome::StartTls => {
                    events.push(Event::StartTls);
                    Ok(())
                }
                Outcome::Ready(width, height, _) => {
                    self.resize(width, height)?;
                    self.ready = true;
                    self.set_format();
                    events.push(Event::Ready);
                    Ok(())
                }
            };
        }
        if let Some(update) = self.update {
            return self.rectangle(reader, update, events);
        }
        self.message(reader, events)
    }

    fn resize(&mut self, width: u16, height: u16) -> Result<(), Stop> {
        if !Framebuffer::fits(width, height) {
            return wrong("a screen of more than 16 million pixels");
        }
        self.resized += 1;
        if self.resized > RESIZES {
            return wrong("a screen that changes its size without an end");
        }
        self.framebuffer.resize(width, height);
        Ok(())
    }

    fn message(&mut self, reader: &mut Reader<'_>, events: &mut Vec<Event>) -> Result<(), Stop> {
        match reader.byte()? {
            0 => {
                reader.byte()?;
                let left = reader.short()?;
                if left == 0 {
                    events.push(Event::Updated);
                } else {
                    self.update = Some(Update { left });
                }
                Ok(())
            }
            // colours of a palette, which was not asked for
            1 => {
                reader.take(3)?;
                let count = usize::from(reader.short()?);
                reader.take(count * 6).map(drop)
            }
            2 => {
                events.push(Event::Bell);
                Ok(())
            }
            3 => {
                reader.take(3)?;
                let length = reader.long()? as usize;
                // the extended clipboard has negative lengths, and was not asked for
                if length > CUT_LIMIT {
                    return wrong("a clipboard text of more than 1 MiB");
                }
                let text = reader.take(length)?;
                let latin: String = text.iter().map(|byte| char::from(*byte)).collect();
                events.push(Event::CutText(latin.into()));
                Ok(())
            }
            _ => wrong("an unknown message"),
        }
    }

    fn rectangle(&mut self, reader: &mut Reader<'_>, update: Update, events: &mut Vec<Event>) -> Result<(), Stop> {
        let area = Area {
            x: reader.short()?,
            y: reader.short()?,
            width: reader.short()?,
            height: reader.short()?,
        };
        let encoding = reader.long()? as i32;
        let mut last = update.left <= 1;
        match encoding {
            RAW | COPY | HEXTILE | ZRLE => {
                if !self.framebuffer.holds(area) {
                    return wrong("a rectangle outside the screen");
                }
                let target = &mut self.framebuffer;
                match encoding {
                    RAW => raw(reader, area, target)?,
                    COPY => copy(reader, area, target)?,
                    HEXTILE => hextile(reader, area, target)?,
                    _ => self.zrle.rectangle(reader, area, target)?,
                }
                self.framebuffer.changed(area);
            }
            DESKTOP_SIZE => self.resize(area.width, area.height)?,
            EXTENDED_DESKTOP_SIZE => {
                let screens = usize::from(reader.byte()?);
                reader.take(3 + screens * 16)?;
                // x tells who wanted it, y whether that was refused
                if area.y == 0 {
                    self.resize(area.width, area.height)?;
                }
            }
            LAST_RECT => last = true,
            POINTER_MOTION => self.absolute = area.x != 0,
            EXTENDED_KEYS => self.extended_keys = true,
            DESKTOP_NAME => {
                reader.block(NAME_LIMIT, "a name of more than 4 KiB")?;
            }
            _ => return wrong("an encoding that was not asked for"),
        }
        self.update = (!last).then_some(Update { left: update.left - 1 });
        if last {
            events.push(Event::Updated);
        }
        Ok(())
    }

    /// Pixels of four bytes and all encodings that are understood.
    fn set_format(&mut self) {
        self.outgoing
            .extend_from_slice(&[0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]);
        self.outgoing.extend_from_slice(&[2, 0]);
        self.outgoing.extend_from_slice(&(ENCODINGS.len() as u16).to_be_bytes());
        for encoding in ENCODINGS {
            self.outgoing.extend_from_slice(&encoding.to_be_bytes());
        }
    }

    /// Asks for what changes from now on, or for everything.
    pub fn request(&mut self, incremental: bool) {
        self.resized = 0;
        let (width, height) = (self.framebuffer.width(), self.framebuffer.height());
        self.outgoing.extend_from_slice(&[3, u8::from(incremental), 0, 0, 0, 0]);
        self.outgoing.extend_from_slice(&width.to_be_bytes());
        self.outgoing.extend_from_slice(&height.to_be_bytes());
    }

    /// A key by its X11 number (keysym), and by its code on the keyboard where that is known.
    pub fn key(&mut self, keysym: u32, code: Option<u32>, down: bool) {
        match code.filter(|_| self.extended_keys) {
            Some(code) => {
                self.outgoing.extend_from_slice(&[255, 0, 0, u8::from(down)]);
                self.outgoing.extend_from_slice(&keysym.to_be_bytes());
                self.outgoing.extend_from_slice(&code.to_be_bytes());
            }
            None => {
                self.outgoing.extend_from_slice(&[4, u8::from(down), 0, 0]);
                self.outgoing.extend_from_slice(&keysym.to_be_bytes());
            }
        }
    }

    /// The mouse: held buttons as bits, and its place (or 0x7fff and its movement beyond it).
    pub fn pointer(&mut self, buttons: u8, x: u16, y: u16) {
        self.outgoing.extend_from_slice(&[5, buttons]);
        self.outgoing.extend_from_slice(&x.to_be_bytes());
        self.outgoing.extend_from_slice(&y.to_be_bytes());
    }
}
