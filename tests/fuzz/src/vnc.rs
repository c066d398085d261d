//! What a VNC server sends.

use std::io::Write as _;

use virt_deck::hv::command::Secret;
use virt_deck::rfb::{Client, Event, Framebuffer, RfbError};

use super::Input;

/// Pixels up to which two screens are compared.
const COMPARED: usize = 1 << 18;

/// A server's words until the first picture, for a screen of that size.
fn hello(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"RFB 003.008\n\x01\x01\0\0\0\0".to_vec();
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&[0; 20]);
    bytes
}

/// An update of one ZRLE rectangle of these unpacked bytes: packed ones are beyond guessing.
fn zrle(width: u16, height: u16, plain: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(plain).expect("memory can be written");
    packer.flush().expect("memory can be written");
    let packed = packer.get_ref().clone();
    let mut bytes = vec![0, 0, 0, 1, 0, 0, 0, 0];
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&16_i32.to_be_bytes());
    bytes.extend_from_slice(&(packed.len() as u32).to_be_bytes());
    bytes.extend(packed);
    bytes
}

fn check(framebuffer: &mut Framebuffer) {
    let (width, height) = (framebuffer.width(), framebuffer.height());
    assert!(Framebuffer::fits(width, height), "{width}x{height}");
    assert_eq!(framebuffer.pixels().len(), usize::from(width) * usize::from(height));
    let damage = framebuffer.take_damage();
    assert!(damage.len() <= 33);
    for area in damage {
        assert!(
            u32::from(area.x) + u32::from(area.width) <= 8192 && u32::from(area.y) + u32::from(area.height) <= 8192
        );
    }
}

/// All events up to the end or the error, and the client.
fn run(bytes: &[u8], size: usize, password: bool) -> (Vec<Event>, Option<RfbError>, Client) {
    let secret = || Secret::new("secret".to_owned());
    let mut client = Client::new(password.then(secret));
    let mut all = Vec::new();
    for part in bytes.chunks(size.max(1)) {
        let events = match client.feed(part) {
            Ok(events) => events,
            Err(error) => {
                assert_eq!(client.feed(b""), Err(error.clone()), "an error is the end");
                return (all, Some(error), client);
            }
        };
        if events.contains(&Event::StartTls) {
            assert_eq!(events.last(), Some(&Event::StartTls));
            client.tls_started();
        }
        all.extend(events);
        // a version, a choice or two, an answer to a challenge, the start, and the format
        assert!(client.take_output().len() <= 200);
        check(client.framebuffer());
    }
    (all, None, client)
}

/// A conversation in parts. The first byte says where it begins: with a handshake, after one,
/// or inside of a compressed rectangle; the second how long the parts are.
pub fn rfb(data: &[u8]) {
    let mut input = Input(data);
    let (way, size) = (input.byte(), usize::from(input.byte()));
    let bytes = match way & 3 {
        0 => input.0.to_vec(),
        1 => {
            let mut bytes = hello(u16::from(input.byte()) * 4, u16::from(input.byte()) * 4);
            bytes.extend_from_slice(input.0);
            bytes
        }
        2 => {
            let (width, height) = (u16::from(input.byte()) + 1, u16::from(input.byte()) + 1);
            let mut bytes = hello(width, height);
            bytes.extend(zrle(width, height, input.0));
            bytes
        }
        _ => {
            let mut bytes = hello(input.short(), input.short());
            bytes.extend_from_slice(input.0);
            bytes
        }
    };
    let password = way & 4 != 0;
    let (events, error, mut client) = run(&bytes, size, password);
    // what an error left behind is never sent
    client.take_output();
    client.key(0x61, Some(30), true);
    client.pointer(1, 65_535, 65_535);
    client.request(true);
    assert!(client.take_output().len() <= 12 + 6 + 10);
    // TLS begins where a part ends, so with it the parts do make a difference
    let pixels = client.framebuffer().pixels().len();
    if events.contains(&Event::StartTls) || error.is_some() || pixels > COMPARED {
        return;
    }
    let (again, other, mut whole) = run(&bytes, bytes.len(), password);
    assert_eq!((events, error), (again, other));
    assert!(client.framebuffer().pixels() == whole.framebuffer().pixels());
    assert_eq!(client.takes_key_codes(), whole.takes_key_codes());
    assert_eq!(client.is_absolute(), whole.is_absolute());
}
