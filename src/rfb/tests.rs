//! What a server may send, and what no server can make happen.

use std::io::Write as _;

use proptest::prelude::*;

use super::*;
use crate::hv::command::Secret;

fn hello(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"RFB 003.008\n".to_vec();
    bytes.extend_from_slice(&[1, 1]);
    bytes.extend_from_slice(&[0, 0, 0, 0]);
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&[0; 16]);
    bytes.extend_from_slice(&4_u32.to_be_bytes());
    bytes.extend_from_slice(b"test");
    bytes
}

fn rectangle(area: [u16; 4], encoding: i32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in area {
        bytes.extend_from_slice(&part.to_be_bytes());
    }
    bytes.extend_from_slice(&encoding.to_be_bytes());
    bytes.extend_from_slice(content);
    bytes
}

fn update(rectangles: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0, 0];
    bytes.extend_from_slice(&(rectangles.len() as u16).to_be_bytes());
    bytes.extend(rectangles.concat());
    bytes
}

/// A ZRLE rectangle of these unpacked bytes; the stream begins with it.
fn zrle(area: [u16; 4], plain: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(plain).unwrap();
    packer.flush().unwrap();
    let packed = packer.get_ref().clone();
    let mut content = (packed.len() as u32).to_be_bytes().to_vec();
    content.extend(packed);
    rectangle(area, 16, &content)
}

fn ready(width: u16, height: u16) -> Client {
    let mut client = Client::new(None);
    assert_eq!(client.feed(&hello(width, height)), Ok(vec![Event::Ready]));
    client.take_output();
    client.framebuffer().take_damage();
    client
}

#[test]
fn the_handshake_of_each_version_is_known() {
    let mut client = Client::new(None);
    client.feed(&hello(2, 2)).unwrap();
    let out = client.take_output();
    assert!(out.starts_with(b"RFB 003.008\n\x01\x01"));
    let mut old = Client::new(None);
    let mut bytes = b"RFB 003.003\n\0\0\0\x01".to_vec();
    bytes.extend_from_slice(&[0, 2, 0, 2]);
    bytes.extend_from_slice(&[0; 20]);
    assert_eq!(old.feed(&bytes), Ok(vec![Event::Ready]));
    assert!(old.take_output().starts_with(b"RFB 003.003\n\x01"));
}

#[test]
fn passwords_answer_the_challenge_as_everybody_does() {
    let answer = super::auth::answer("secret", [0; 16]).unwrap();
    let again = super::auth::answer("secret", [0; 16]).unwrap();
    assert_eq!(answer, again);
    assert_eq!(answer[..8], answer[8..], "both halves are encrypted alike");
    assert_ne!(answer, super::auth::answer("Secret", [0; 16]).unwrap());
    assert_eq!(
        super::auth::answer("ninechars", [0; 16]),
        Err(RfbError::PasswordTooLong)
    );
}

#[test]
fn a_wrong_password_and_a_refusal_are_told_apart() {
    let mut client = Client::new(Some(Secret::new("x".to_owned())));
    client.feed(b"RFB 003.008\n\x01\x02").unwrap();
    client.feed(&[7; 16]).unwrap();
    assert_eq!(client.feed(&[0, 0, 0, 1]), Err(RfbError::Password));
    let mut client = Client::new(None);
    let refusal = client.feed(b"RFB 003.008\n\x00\x00\x00\x00\x08too many");
    assert_eq!(refusal, Err(RfbError::Refused("too many".into())));
    let mut client = Client::new(None);
    client.feed(b"RFB 003.008\n\x01\x02").unwrap();
    assert_eq!(client.feed(&[7; 16]), Err(RfbError::PasswordNeeded));
    let mut client = Client::new(None);
    assert_eq!(
        client.feed(b"RFB 003.008\n\x02\x10\x14"),
        Err(RfbError::Security(vec![16, 20]))
    );
}

#[test]
fn certificates_are_preferred_to_passwords() {
    let mut client = Client::new(None);
    client.feed(b"RFB 003.008\n\x02\x02\x13").unwrap();
    assert!(client.take_output().ends_with(&[19]));
    client.feed(&[0, 2]).unwrap();
    client.feed(&[0, 2, 0, 0, 1, 1, 0, 0, 1, 4]).unwrap();
    assert!(client.take_output().ends_with(&[0, 0, 1, 4]));
    assert_eq!(client.feed(&[1]), Ok(vec![Event::StartTls]));
    client.tls_started();
    assert_eq!(client.feed(&[0, 0, 0, 0]), Ok(vec![]));
    assert_eq!(client.security(), Security::Tls(TlsKind::X509None));
}

#[test]
fn nothing_that_came_in_the_clear_counts_as_protected() {
    let until_tls = b"RFB 003.008\n\x01\x13\0\x02\0\x01\0\0\x01\x04\x01";
    let mut client = Client::new(None);
    assert_eq!(client.feed(until_tls), Ok(vec![Event::StartTls]));
    let injected = [&until_tls[..], &[0, 0, 0, 0]].concat();
    let mut client = Client::new(None);
    assert!(matches!(client.feed(&injected), Err(RfbError::Protocol(_))));
    let mut client = Client::new(None);
    client.feed(until_tls).unwrap();
    assert!(matches!(client.feed(&[0, 0, 0, 0]), Err(RfbError::Protocol(_))));
}

#[test]
fn sizes_do_not_change_without_an_end() {
    let change = |n: u16| rectangle([0, 0, 4 + n % 2, 4], -223, &[]);
    let all: Vec<Vec<u8>> = (0..1000).map(change).collect();
    let mut client = ready(4, 4);
    assert!(matches!(client.feed(&update(&all)), Err(RfbError::Protocol(_))));
    let mut client = ready(4, 4);
    for n in 0..1000 {
        client.feed(&update(&[change(n)])).unwrap();
        client.request(true);
        client.take_output();
    }
}

#[test]
fn pixels_arrive_in_every_encoding() {
    let mut client = ready(4, 4);
    let red = [0, 0, 255, 0];
    let raw = rectangle([0, 0, 2, 1], 0, &[red, [255, 0, 0, 0]].concat());
    let copy = rectangle([2, 2, 2, 1], 1, &[0, 0, 0, 0]);
    let hextile = rectangle(
        [0, 3, 4, 1],
        5,
        &[&[2 | 4 | 8][..], &red, &[0, 255, 0, 0], &[1, 0x10, 0x10]].concat(),
    );
    let events = client.feed(&update(&[raw, copy, hextile])).unwrap();
    assert_eq!(events, [Event::Updated]);
    let pixels = client.framebuffer().pixels().to_vec();
    assert_eq!(&pixels[..2], [0x00ff_0000, 0x0000_00ff]);
    assert_eq!(&pixels[10..12], [0x00ff_0000, 0x0000_00ff]);
    assert_eq!(&pixels[12..], [0x00ff_0000, 0x0000_ff00, 0x0000_ff00, 0x00ff_0000]);
    assert_eq!(client.framebuffer().take_damage().len(), 3);
    assert!(client.framebuffer().take_damage().is_empty());
}

#[test]
fn zrle_tiles_of_every_kind() {
    for (plain, wanted) in [
        (vec![1, 3, 2, 1], [0x0001_0203; 4]),
        (vec![0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0], [1, 2, 3, 4]),
        (vec![2, 9, 0, 0, 8, 0, 0, 0b0100_0000, 0b1000_0000], [9, 8, 8, 9]),
        (vec![128, 5, 0, 0, 2, 6, 0, 0, 0], [5, 5, 5, 6]),
        (vec![130, 7, 0, 0, 6, 0, 0, 0x80, 2, 1], [7, 7, 7, 6]),
    ] {
        let mut client = ready(2, 2);
        client.feed(&update(&[zrle([0, 0, 2, 2], &plain)])).unwrap();
        assert_eq!(client.framebuffer().pixels(), wanted, "{plain:?}");
    }
}

#[test]
fn sizes_keys_and_pointers_are_negotiated() {
    let mut client = ready(4, 4);
    let extended = rectangle([0, 0, 0, 0], -258, &[]);
    let relative = rectangle([0, 0, 0, 0], -257, &[]);
    let larger = rectangle([0, 0, 6, 2], -223, &[]);
    client.feed(&update(&[extended, relative, larger])).unwrap();
    assert!(client.takes_key_codes() && !client.is_absolute());
    assert_eq!((client.framebuffer().width(), client.framebuffer().height()), (6, 2));
    client.key(0x61, Some(0x1e), true);
    assert_eq!(client.take_output(), [255, 0, 0, 1, 0, 0, 0, 0x61, 0, 0, 0, 0x1e]);
    client.key(0xe9, None, false);
    assert_eq!(client.take_output(), [4, 0, 0, 0, 0, 0, 0, 0xe9]);
}

#[test]
fn lies_are_refused() {
    for lie in [
        update(&[rectangle([3, 3, 2, 2], 0, &[0; 16])]),
        update(&[rectangle([0, 0, 65535, 65535], -223, &[])]),
        update(&[rectangle([0, 0, 2, 2], 1, &[0, 3, 0, 3])]),
        update(&[rectangle([0, 0, 1, 1], 7, &[])]),
        update(&[zrle([0, 0, 2, 2], &[130, 7, 0, 0, 6, 0, 0, 0x85])]),
        update(&[zrle([0, 0, 2, 2], &[128, 5, 0, 0, 255, 255, 9])]),
        update(&[zrle([0, 0, 2, 2], &vec![0; 100_000])]),
        update(&[rectangle([0, 0, 2, 2], 16, &[255, 255, 255, 255])]),
        vec![3, 0, 0, 0, 255, 255, 255, 255],
        vec![200],
    ] {
        let mut client = ready(4, 4);
        assert!(matches!(client.feed(&lie), Err(RfbError::Protocol(_))), "{lie:?}");
        assert!(client.feed(&[2]).is_err(), "nothing is taken after an error");
    }
}

fn session() -> Vec<u8> {
    let mut bytes = hello(6, 6);
    bytes.extend(update(&[
        rectangle([0, 0, 2, 1], 0, &[1, 2, 3, 0, 4, 5, 6, 0]),
        zrle([0, 0, 6, 6], &[1, 3, 2, 1]),
        rectangle([0, 3, 4, 1], 5, &[2 | 4 | 8, 1, 1, 1, 0, 2, 2, 2, 0, 1, 0x10, 0x10]),
        rectangle([2, 2, 2, 1], 1, &[0, 0, 0, 0]),
    ]));
    bytes.extend([2, 3, 0, 0, 0, 0, 0, 0, 2, b'h', b'i']);
    bytes
}

proptest! {
    #[test]
    fn chunks_make_no_difference(size in 1_usize..40) {
        let mut client = Client::new(None);
        let mut events = Vec::new();
        for part in session().chunks(size) {
            events.extend(client.feed(part).unwrap());
        }
        prop_assert_eq!(events, [Event::Ready, Event::Updated, Event::Bell, Event::CutText("hi".into())]);
        let mut whole = Client::new(None);
        whole.feed(&session()).unwrap();
        prop_assert_eq!(client.framebuffer().pixels(), whole.framebuffer().pixels());
    }

    #[test]
    fn no_bytes_do_harm(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        tail in proptest::collection::vec(any::<u8>(), 0..200),
        size in 1_usize..60,
    ) {
        let mut bytes = session();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.extend(tail);
        let mut client = Client::new(Some(Secret::new("pw".to_owned())));
        for part in bytes.chunks(size) {
            if client.feed(part).is_err() {
                break;
            }
            client.request(true);
            client.take_output();
        }
        let framebuffer = client.framebuffer();
        let expected = usize::from(framebuffer.width()) * usize::from(framebuffer.height());
        prop_assert_eq!(framebuffer.pixels().len(), expected);
    }
}
