//! Rectangles: raw, copied, Hextile and ZRLE.

use flate2::{Decompress, FlushDecompress, Status};

use crate::rfb::framebuffer::{Area, Framebuffer};
use crate::rfb::reader::{Reader, Stop, wrong};

/// The most that a compressed rectangle may hold, packed.
const PACKED: usize = 32 << 20;
/// Side of a ZRLE tile.
const TILE: u16 = 64;

/// A pixel of four bytes: blue, green, red, unused.
fn pixel(reader: &mut Reader<'_>) -> Result<u32, Stop> {
    let part = reader.take(4)?;
    Ok(u32::from(part[2]) << 16 | u32::from(part[1]) << 8 | u32::from(part[0]))
}

/// A pixel of three bytes.
fn compact(reader: &mut Reader<'_>) -> Result<u32, Stop> {
    let part = reader.take(3)?;
    Ok(u32::from(part[2]) << 16 | u32::from(part[1]) << 8 | u32::from(part[0]))
}

pub fn raw(reader: &mut Reader<'_>, area: Area, target: &mut Framebuffer) -> Result<(), Stop> {
    let count = usize::from(area.width) * 4;
    let bytes = reader.take(count * usize::from(area.height))?;
    for (row, line) in (0..area.height).zip(bytes.chunks_exact(count.max(1))) {
        for (place, part) in target.row(area, row).iter_mut().zip(line.chunks_exact(4)) {
            *place = u32::from(part[2]) << 16 | u32::from(part[1]) << 8 | u32::from(part[0]);
        }
    }
    Ok(())
}

pub fn copy(reader: &mut Reader<'_>, area: Area, target: &mut Framebuffer) -> Result<(), Stop> {
    let (x, y) = (reader.short()?, reader.short()?);
    if !target.holds(Area { x, y, ..area }) {
        return wrong("a copy from outside the screen");
    }
    target.copy((x, y), area);
    Ok(())
}

/// Tiles of an area, left to right and top to bottom.
fn tiles(area: Area, side: u16) -> impl Iterator<Item = Area> {
    let rows = (0..area.height).step_by(usize::from(side));
    rows.flat_map(move |top| {
        (0..area.width).step_by(usize::from(side)).map(move |left| Area {
            x: area.x + left,
            y: area.y + top,
            width: side.min(area.width - left),
            height: side.min(area.height - top),
        })
    })
}

pub fn hextile(reader: &mut Reader<'_>, area: Area, target: &mut Framebuffer) -> Result<(), Stop> {
    let (mut background, mut foreground) = (0, 0);
    for tile in tiles(area, 16) {
        let flags = reader.byte()?;
        if flags & 1 != 0 {
            raw(reader, tile, target)?;
            continue;
        }
        if flags & 2 != 0 {
            background = pixel(reader)?;
        }
        if flags & 4 != 0 {
            foreground = pixel(reader)?;
        }
        target.fill(tile, background);
        if flags & 8 == 0 {
            continue;
        }
        for _ in 0..reader.byte()? {
            let colour = if flags & 16 != 0 { pixel(reader)? } else { foreground };
            let (place, size) = (reader.byte()?, reader.byte()?);
            let part = Area {
                x: tile.x + u16::from(place >> 4),
                y: tile.y + u16::from(place & 15),
                width: u16::from(size >> 4) + 1,
                height: u16::from(size & 15) + 1,
            };
            if !target.holds(part) {
                return wrong("a part of a tile outside the screen");
            }
            target.fill(part, colour);
        }
    }
    Ok(())
}

/// ZRLE has one stream of compressed bytes for the whole connection.
#[derive(Debug)]
pub struct Zrle {
    inflate: Decompress,
    /// The unpacked rectangle.
    plain: Vec<u8>,
}

impl Default for Zrle {
    fn default() -> Self {
        Self {
            inflate: Decompress::new(true),
            plain: Vec::new(),
        }
    }
}

impl Zrle {
    pub fn rectangle(&mut self, reader: &mut Reader<'_>, area: Area, target: &mut Framebuffer) -> Result<(), Stop> {
        let packed = reader.block(PACKED, "a compressed rectangle of more than 32 MiB")?;
        // the worst honest rectangle: every tile raw, with a byte before it
        let tiles_in = usize::from(area.width.div_ceil(TILE)) * usize::from(area.height.div_ceil(TILE));
        let most = usize::from(area.width) * usize::from(area.height) * 4 + tiles_in * 512 + 64;
        self.inflate(packed, most)?;
        let plain = std::mem::take(&mut self.plain);
        let mut inner = Reader::new(&plain);
        let outcome = tiles(area, TILE).try_for_each(|tile| zrle_tile(&mut inner, tile, target));
        self.plain = plain;
        match outcome {
            // the rectangle is complete: there is nothing more to come
            Err(Stop::More) => wrong("a compressed rectangle that ends too early"),
            other => other,
        }
    }

    fn inflate(&mut self, mut packed: &[u8], most: usize) -> Result<(), Stop> {
        self.plain.clear();
        let mut part = vec![0_u8; 64 * 1024];
        loop {
            let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(packed, &mut part, FlushDecompress::Sync);
            let used = usize::try_from(self.inflate.total_in() - read).unwrap_or(packed.len());
            let made = usize::try_from(self.inflate.total_out() - written).unwrap_or(0);
            packed = packed.get(used..).unwrap_or_default();
            self.plain.extend_from_slice(part.get(..made).unwrap_or_default());
            match status {
                Err(_) => return wrong("compressed bytes that cannot be unpacked"),
                Ok(Status::StreamEnd) => return wrong("the compressed stream was ended"),
                Ok(Status::Ok | Status::BufError) => {}
            }
            if self.plain.len() > most {
                return wrong("a compressed rectangle holds more than its pixels");
            }
            if packed.is_empty() && made < part.len() {
                return Ok(());
            }
            if used == 0 && made == 0 {
                return wrong("compressed bytes that lead nowhere");
            }
        }
    }
}

fn zrle_tile(reader: &mut Reader<'_>, tile: Area, target: &mut Framebuffer) -> Result<(), Stop> {
    let kind = reader.byte()?;
    match kind {
        0 => {
            for row in 0..tile.height {
                for place in target.row(tile, row) {
                    *place = compact(reader)?;
                }
            }
            Ok(())
        }
        1 => {
            let colour = compact(reader)?;
            target.fill(tile, colour);
            Ok(())
        }
        2..=16 => packed_palette(reader, tile, usize::from(kind), target),
        128 => runs(reader, tile, target, |reader| {
            let colour = compact(reader)?;
            Ok((colour, length(reader)?))
        }),
        130..=255 => {
            let palette = palette(reader, usize::from(kind - 128))?;
            runs(reader, tile, target, |reader| {
                let index = reader.byte()?;
                let colour =
                    *palette
                        .get(usize::from(index & 127))
                        .ok_or(Stop::Wrong(crate::rfb::RfbError::Protocol(
                            "a colour beyond the palette",
                        )))?;
                let run = if index & 128 == 0 { 1 } else { length(reader)? };
                Ok((colour, run))
            })
        }
        _ => wrong("an unknown kind of tile"),
    }
}

fn palette(reader: &mut Reader<'_>, count: usize) -> Result<Vec<u32>, Stop> {
    (0..count).map(|_| compact(reader)).collect()
}

fn packed_palette(reader: &mut Reader<'_>, tile: Area, count: usize, target: &mut Framebuffer) -> Result<(), Stop> {
    let palette = palette(reader, count)?;
    let bits = match count {
        2 => 1,
        3 | 4 => 2,
        _ => 4,
    };
    for row in 0..tile.height {
        let bytes = reader.take((usize::from(tile.width) * bits).div_ceil(8))?;
        for (n, place) in target.row(tile, row).iter_mut().enumerate() {
            let bit = n * bits;
            let index = bytes[bit / 8] >> (8 - bits - bit % 8) & ((1 << bits) - 1);
            let Some(colour) = palette.get(usize::from(index)) else {
                return wrong("a colour beyond the palette");
            };
            *place = *colour;
        }
    }
    Ok(())
}

/// The length of a run: bytes are added up until one is not 255, and one more.
fn length(reader: &mut Reader<'_>) -> Result<usize, Stop> {
    let mut length = 1;
    loop {
        let byte = reader.byte()?;
        length += usize::from(byte);
        if byte != 255 {
            return Ok(length);
        }
        if length > usize::from(TILE) * usize::from(TILE) {
            return wrong("a run that is longer than its tile");
        }
    }
}

fn runs(
    reader: &mut Reader<'_>,
    tile: Area,
    target: &mut Framebuffer,
    mut next: impl FnMut(&mut Reader<'_>) -> Result<(u32, usize), Stop>,
) -> Result<(), Stop> {
    let total = usize::from(tile.width) * usize::from(tile.height);
    let mut done = 0;
    while done < total {
        let (colour, run) = next(reader)?;
        if done + run > total {
            return wrong("a run that is longer than its tile");
        }
        for n in done..done + run {
            let (row, column) = (n / usize::from(tile.width), n % usize::from(tile.width));
            if let Some(place) = target.row(tile, row as u16).get_mut(column) {
                *place = colour;
            }
        }
        done += run;
    }
    Ok(())
}
