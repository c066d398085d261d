//! Picture files: PPM and PNG in, PNG out. What comes in is of foreign origin.

use std::io::Cursor;

use crate::picture::{Picture, fits};

/// Memory that reading a PNG may take, in bytes.
const PNG_MEMORY: usize = 128 << 20;

/// Why bytes are no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPicture {
    /// Neither PPM (P6) nor PNG.
    #[error("neither a PPM nor a PNG picture")]
    Kind,
    /// It ends early.
    #[error("the picture is cut off")]
    Short,
    /// Larger than the limits allow, or without any pixel.
    #[error("a picture of {0}x{1} pixels is not accepted")]
    Size(u32, u32),
    /// Not as its format says.
    #[error("the picture is damaged: {0}")]
    Damaged(String),
}

/// Reads the next number of a PPM's header; white space and comments before it are skipped.
fn number(bytes: &[u8], at: &mut usize) -> Result<u32, BadPicture> {
    loop {
        match bytes.get(*at) {
            Some(b'#') => {
                while !matches!(bytes.get(*at), Some(b'\n' | b'\r') | None) {
                    *at += 1;
                }
            }
            Some(byte) if byte.is_ascii_whitespace() => *at += 1,
            Some(_) => break,
            None => return Err(BadPicture::Short),
        }
    }
    let mut value = None;
    while let Some(digit) = bytes.get(*at).filter(|byte| byte.is_ascii_digit()) {
        let before = value.unwrap_or(0u32);
        // more digits than any accepted size has stay far beyond the limits
        value = Some(before.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
        *at += 1;
    }
    value.ok_or_else(|| BadPicture::Damaged("no number where one belongs".into()))
}

impl Picture {
    /// Reads what `virDomainScreenshot` gives: PPM from most versions of QEMU, PNG from others.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadPicture> {
        match bytes {
            [b'P', b'6', ..] => Self::from_ppm(bytes),
            [0x89, b'P', b'N', b'G', ..] => Self::from_png(bytes),
            _ => Err(BadPicture::Kind),
        }
    }

    /// Reads a binary PPM (P6). What follows the last pixel is not looked at.
    pub fn from_ppm(bytes: &[u8]) -> Result<Self, BadPicture> {
        if !bytes.starts_with(b"P6") {
            return Err(BadPicture::Kind);
        }
        let mut at = 2;
        let (width, height) = (number(bytes, &mut at)?, number(bytes, &mut at)?);
        let most = number(bytes, &mut at)?;
        if width == 0 || height == 0 || !fits(width, height) {
            return Err(BadPicture::Size(width, height));
        }
        if most == 0 || most > 65_535 {
            return Err(BadPicture::Damaged(format!("values up to {most}")));
        }
        // exactly one byte of white space ends the header
        let data = bytes.get(at + 1..).ok_or(BadPicture::Short)?;
        let count = width as usize * height as usize;
        let bytes_each = if most > 255 { 2 } else { 1 };
        let data = data.get(..count * 3 * bytes_each).ok_or(BadPicture::Short)?;
        let pixels: Vec<u32> = if most == 255 {
            data.chunks_exact(3)
                .map(|p| u32::from(p[0]) << 16 | u32::from(p[1]) << 8 | u32::from(p[2]))
                .collect()
        } else {
            let scaled = |value: u32| value.min(most) * 255 / most;
            data.chunks_exact(3 * bytes_each)
                .map(|pixel| {
                    pixel.chunks_exact(bytes_each).fold(0, |sum, value| {
                        sum << 8 | scaled(value.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)))
                    })
                })
                .collect()
        };
        Self::from_pixels(width as u16, height as u16, pixels).ok_or(BadPicture::Size(width, height))
    }

    /// Reads a PNG of any kind; transparency is dropped.
    pub fn from_png(bytes: &[u8]) -> Result<Self, BadPicture> {
        let damaged = |error: png::DecodingError| BadPicture::Damaged(error.to_string());
        let limits = png::Limits { bytes: PNG_MEMORY };
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        decoder.ignore_checksums(false);
        let (width, height) = decoder.read_header_info().map_err(damaged)?.size();
        if width == 0 || height == 0 || !fits(width, height) {
            return Err(BadPicture::Size(width, height));
        }
        let mut reader = decoder.read_info().map_err(damaged)?;
        let size = reader
            .output_buffer_size()
            .filter(|size| *size <= PNG_MEMORY)
            .ok_or(BadPicture::Size(width, height))?;
        let mut data = vec![0; size];
        let frame = reader.next_frame(&mut data).map_err(damaged)?;
        let grey = |value: u8| u32::from(value) * 0x01_0101;
        let rgb = |p: &[u8]| u32::from(p[0]) << 16 | u32::from(p[1]) << 8 | u32::from(p[2]);
        let pixels: Vec<u32> = match frame.color_type {
            png::ColorType::Grayscale => data.iter().map(|value| grey(*value)).collect(),
            png::ColorType::GrayscaleAlpha => data.chunks_exact(2).map(|pixel| grey(pixel[0])).collect(),
            png::ColorType::Rgb => data.chunks_exact(3).map(rgb).collect(),
            png::ColorType::Rgba => data.chunks_exact(4).map(rgb).collect(),
            png::ColorType::Indexed => return Err(BadPicture::Damaged("a palette that was not applied".into())),
        };
        Self::from_pixels(width as u16, height as u16, pixels)
            .ok_or_else(|| BadPicture::Damaged("another number of pixels than its size says".into()))
    }

    /// The picture as PNG; nothing for a picture without pixels.
    pub fn save_png(&self) -> Vec<u8> {
        encode_png(self.width(), self.height(), self.pixels(), png::Compression::Balanced)
    }
}

/// Pixels (0x00RRGGBB) as PNG; nothing where that cannot be written.
pub(in crate::picture) fn encode_png(width: u16, height: u16, pixels: &[u32], effort: png::Compression) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width.into(), height.into());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(effort);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&bytes_of(pixels)));
    if written.is_err() {
        out.clear();
    }
    out
}

/// Three bytes a pixel.
pub(in crate::picture) fn bytes_of(pixels: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(pixels.len() * 3);
    for pixel in pixels {
        bytes.extend_from_slice(&[(pixel >> 16) as u8, (pixel >> 8) as u8, *pixel as u8]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ppm_is_read() {
        let picture = Picture::from_bytes(b"P6\n# a comment\n2 1\n255\n\x01\x02\x03\xff\x00\x80rest").unwrap();
        assert_eq!((picture.width(), picture.height()), (2, 1));
        assert_eq!(picture.pixels(), [0x01_0203, 0xff_0080]);
        let scaled = Picture::from_ppm(b"P6 1 1 15 \x0f\x00\x05").unwrap();
        assert_eq!(scaled.pixels(), [0xff_0055]);
        let deep = Picture::from_ppm(b"P6 1 1 65535 \xff\xff\x00\x00\x80\x00").unwrap();
        assert_eq!(deep.pixels(), [0xff_007f]);
    }

    #[test]
    fn hostile_headers_are_refused() {
        for (bytes, expected) in [
            (&b""[..], BadPicture::Kind),
            (b"P5 1 1 255 \0", BadPicture::Kind),
            (b"P6", BadPicture::Short),
            (b"P6 #", BadPicture::Short),
            (b"P6 1 1 255", BadPicture::Short),
            (b"P6 1 1 255 \0\0", BadPicture::Short),
            (b"P6 0 5 255 ", BadPicture::Size(0, 5)),
            (b"P6 8192 8192 255 ", BadPicture::Size(8192, 8192)),
            (b"P6 99999999999999999999 1 255 ", BadPicture::Size(u32::MAX, 1)),
            (b"P6 8000 2000 255 abc", BadPicture::Short),
        ] {
            assert_eq!(Picture::from_ppm(bytes).unwrap_err(), expected, "{bytes:?}");
        }
        assert!(matches!(
            Picture::from_ppm(b"P6 1 1 0 aaa"),
            Err(BadPicture::Damaged(_))
        ));
        assert!(matches!(
            Picture::from_ppm(b"P6 -1 1 0 aaa"),
            Err(BadPicture::Damaged(_))
        ));
    }

    #[test]
    fn png_of_other_kinds_is_read() {
        for (kind, data, expected) in [
            (png::ColorType::Grayscale, vec![7, 200], [0x07_0707, 0xc8_c8c8]),
            (
                png::ColorType::GrayscaleAlpha,
                vec![7, 0, 200, 9],
                [0x07_0707, 0xc8_c8c8],
            ),
            (
                png::ColorType::Rgba,
                vec![1, 2, 3, 4, 5, 6, 7, 8],
                [0x01_0203, 0x05_0607],
            ),
        ] {
            let mut out = Vec::new();
            let mut encoder = png::Encoder::new(&mut out, 2, 1);
            encoder.set_color(kind);
            encoder.write_header().unwrap().write_image_data(&data).unwrap();
            assert_eq!(Picture::from_bytes(&out).unwrap().pixels(), expected);
        }
    }

    #[test]
    fn a_png_that_claims_to_be_huge_is_refused() {
        let mut bytes = Picture::new(1, 1).unwrap().save_png();
        bytes[16..20].copy_from_slice(&60_000u32.to_be_bytes());
        assert!(Picture::from_png(&bytes).is_err());
        assert!(Picture::from_png(&bytes[..30]).is_err());
        assert!(Picture::default().save_png().is_empty());
    }

    proptest! {
        #[test]
        fn png_comes_back(width in 1..40u16, pixels in prop::collection::vec(0..0x0100_0000u32, 1..400)) {
            let height = (pixels.len() / usize::from(width)).max(1) as u16;
            let mut pixels = pixels;
            pixels.resize(usize::from(width) * usize::from(height), 0);
            let picture = Picture::from_pixels(width, height, pixels).unwrap();
            prop_assert_eq!(Picture::from_png(&picture.save_png()).unwrap(), picture);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0..200usize) {
            let _ = Picture::from_bytes(&bytes);
            let mut ppm = b"P6 3 3 255 ".to_vec();
            ppm.extend(&bytes);
            let _ = Picture::from_bytes(&ppm);
            let mut png = Picture::new(9, 9).unwrap().save_png();
            png.truncate(cut);
            png.extend(bytes);
            let _ = Picture::from_bytes(&png);
        }
    }
}
