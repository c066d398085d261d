//! From the first byte to the first picture: version, security, start.

use crate::base::text::Text;
use crate::hv::command::Secret;
use crate::rfb::reader::{Reader, Stop, wrong};
use crate::rfb::{NAME_LIMIT, RfbError, auth};

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Security {
    /// Not at all.
    None,
    /// By a password of at most 8 characters.
    Password,
    /// By TLS with a certificate, without and with a password.
    Tls(TlsKind),
}

/// What comes inside of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsKind {
    /// Nothing further.
    X509None,
    /// A password.
    X509Vnc,
}

const VENCRYPT: u8 = 19;
const X509_NONE: u32 = 260;
const X509_VNC: u32 = 261;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Version,
    Types,
    VencryptVersion,
    VencryptAck,
    VencryptTypes,
    VencryptGo(TlsKind),
    Tls(TlsKind),
    Challenge,
    Result,
    Init,
    Done,
}

/// The state of a handshake.
#[derive(Debug)]
pub struct Handshake {
    step: Step,
    minor: u8,
    password: Option<Secret>,
    security: Security,
}

/// What a step of the handshake brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Go on.
    On,
    /// The stream must be wrapped in TLS before anything else is read or written.
    StartTls,
    /// The server has told size, and name.
    Ready(u16, u16, Text),
}

impl Handshake {
    pub fn new(password: Option<Secret>) -> Self {
        Self {
            step: Step::Version,
            minor: 8,
            password,
            security: Security::None,
        }
    }

    /// How the connection is protected; final once the handshake is done.
    pub fn security(&self) -> Security {
        self.security
    }

    /// TLS is up: the handshake goes on inside of it.
    pub fn tls_started(&mut self) {
        if let Step::Tls(kind) = self.step {
            self.step = match kind {
                TlsKind::X509None => Step::Result,
                TlsKind::X509Vnc => Step::Challenge,
            };
        }
    }

    /// Takes one step; what is to be sent goes to `out`.
    pub fn step(&mut self, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<Outcome, Stop> {
        match self.step {
            Step::Version => self.version(reader, out),
            Step::Types if self.minor == 3 => self.told_type(reader, out),
            Step::Types => self.types(reader, out),
            Step::VencryptVersion => {
                let (major, minor) = (reader.byte()?, reader.byte()?);
                if (major, minor) < (0, 2) {
                    return wrong("VeNCrypt older than 0.2");
                }
                out.extend_from_slice(&[0, 2]);
                self.step = Step::VencryptAck;
                Ok(Outcome::On)
            }
            Step::VencryptAck => {
                if reader.byte()? != 0 {
                    return wrong("VeNCrypt 0.2 was refused");
                }
                self.step = Step::VencryptTypes;
                Ok(Outcome::On)
            }
            Step::VencryptTypes => self.vencrypt_types(reader, out),
            Step::VencryptGo(kind) => {
                if reader.byte()? != 1 {
                    return wrong("TLS was offered and then refused");
                }
                self.step = Step::Tls(kind);
                self.security = Security::Tls(kind);
                Ok(Outcome::StartTls)
            }
            // the client begins TLS: what comes before it is unprotected, and somebody else's
            Step::Tls(_) => {
                reader.byte()?;
                wrong("the server spoke between its last word and TLS")
            }
            Step::Challenge => self.challenge(reader, out),
            Step::Result => self.result(reader, out),
            Step::Init => self.init(reader),
            Step::Done => Err(Stop::More),
        }
    }

    fn version(&mut self, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<Outcome, Stop> {
        let text = reader.take(12)?;
        let number = |part: &[u8]| std::str::from_utf8(part).ok()?.parse::<u16>().ok();
        let valid = text.starts_with(b"RFB ") && text[7] == b'.' && text[11] == b'\n';
        let (Some(major), Some(minor), true) = (number(&text[4..7]), number(&text[8..11]), valid) else {
            return wrong("it does not begin as RFB does");
        };
        self.minor = match (major, minor) {
            (3, 7) => 7,
            (3, 8..) | (4.., _) => 8,
            // versions that were never published count as 3.3 (RFC 6143, 7.1.1)
            (3, _) => 3,
            _ => return wrong("a version before 3.3"),
        };
        out.extend_from_slice(format!("RFB 003.00{}\n", self.minor).as_bytes());
        self.step = Step::Types;
        Ok(Outcome::On)
    }

    fn types(&mut self, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<Outcome, Stop> {
        let count = usize::from(reader.byte()?);
        if count == 0 {
            return refused(reader);
        }
        let offered = reader.take(count)?;
        let chosen = [VENCRYPT, 1, 2].into_iter().find(|wanted| offered.contains(wanted));
        // without a password to give, no password is the better door
        let Some(chosen) = chosen else {
            let offered = offered.iter().map(|kind| u32::from(*kind)).collect();
            return Err(RfbError::Security(offered).into());
        };
        out.push(chosen);
        self.chosen(chosen);
        Ok(Outcome::On)
    }

    fn told_type(&mut self, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<Outcome, Stop> {
        match reader.long()? {
            0 => refused(reader),
            1 => {
                self.chosen(1);
                // 3.3 has no result for no security
                self.begin(out);
                Ok(Outcome::On)
            }
            2 => {
                self.chosen(2);
                Ok(Outcome::On)
            }
            other => Err(RfbError::Security(vec![other]).into()),
        }
    }

    fn chosen(&mut self, kind: u8) {
        (self.step, self.security) = match kind {
            VENCRYPT => (Step::VencryptVersion, Security::None),
            2 => (Step::Challenge, Security::Password),
            _ => (Step::Result, Security::None),
        };
    }

    fn vencrypt_types(&mut self, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<Outcome, Stop> {
        let count = usize::from(reader.byte()?);
        let mut offered = Vec::with_capacity(count);
        for _ in 0..count {
            offered.push(reader.long()?);
        }
        let kinds = [(X509_NONE, TlsKind::X509None), (X509_VNC, TlsKind::X509Vnc)];
        let chosen = kinds.into_iter().find(|(number, _)| offered.contains(number));
        let Some((number, kind)) = chosen else {
            return Err(RfbError::Security(offered).into());
        };
        out.extend_from_slice(&number.to_be_bytes());
        self.step = Step::VencryptGo(kind);
        Ok(Outcome::On)
    }

    fn challenge(&mut self, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<Outcome, Stop> {
        let mut challenge = [0; 16];
        challenge.copy_from_slice(reader.take(16)?);
        let password = self.password.as_ref().ok_or(RfbError::PasswordNeeded)?;
        out.extend_from_slice(&auth::answer(password.expose(), challenge)?);
        self.step = Step::Result;
        Ok(Outcome::On)
    }

    fn result(&mut self, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<Outcome, Stop> {
        let asked = matches!(self.security, Security::Password | Security::Tls(TlsKind::X509Vnc));
        // 3.7 has no result for no security
        if self.minor < 8 && !asked && self.security == Security::None {
            self.begin(out);
            return Ok(Outcome::On);
        }
        match reader.long()? {
            0 => {
                self.begin(out);
                Ok(Outcome::On)
            }
            _ if asked => Err(RfbError::Password.into()),
            _ if self.minor >= 8 => refused(reader),
            _ => wrong("the security handshake failed"),
        }
    }

    /// `ClientInit`: others may stay connected.
    fn begin(&mut self, out: &mut Vec<u8>) {
        out.push(1);
        self.step = Step::Init;
    }

    fn init(&mut self, reader: &mut Reader<'_>) -> Result<Outcome, Stop> {
        let (width, height) = (reader.short()?, reader.short()?);
        reader.take(16)?;
        let name = reader.block(NAME_LIMIT, "a name of more than 4 KiB")?;
        self.step = Step::Done;
        Ok(Outcome::Ready(width, height, Text::from_bytes(name)))
    }
}

/// The server's reason.
fn refused(reader: &mut Reader<'_>) -> Result<Outcome, Stop> {
    let reason = reader.block(NAME_LIMIT, "a reason of more than 4 KiB")?;
    Err(RfbError::Refused(Text::from_bytes(reason)).into())
}
