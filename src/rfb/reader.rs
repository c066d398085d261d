//! Reads from what has arrived so far; says when more is needed instead of waiting.

use crate::rfb::RfbError;

/// Not enough has arrived, or it makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// More bytes are needed.
    More,
    /// It makes no sense.
    Wrong(RfbError),
}

impl From<RfbError> for Stop {
    fn from(error: RfbError) -> Self {
        Self::Wrong(error)
    }
}

/// A message that makes no sense.
pub fn wrong<T>(why: &'static str) -> Result<T, Stop> {
    Err(Stop::Wrong(RfbError::Protocol(why)))
}

/// A position in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.at
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Stop> {
        let end = self.at.checked_add(count).ok_or(Stop::More)?;
        let part = self.bytes.get(self.at..end).ok_or(Stop::More)?;
        self.at = end;
        Ok(part)
    }

    pub fn byte(&mut self) -> Result<u8, Stop> {
        self.take(1).map(|part| part[0])
    }

    pub fn short(&mut self) -> Result<u16, Stop> {
        self.take(2).map(|part| u16::from_be_bytes([part[0], part[1]]))
    }

    pub fn long(&mut self) -> Result<u32, Stop> {
        self.take(4)
            .map(|part| u32::from_be_bytes([part[0], part[1], part[2], part[3]]))
    }

    /// A length of four bytes that must not be larger than `most`, and so many bytes.
    pub fn block(&mut self, most: usize, why: &'static str) -> Result<&'a [u8], Stop> {
        let length = self.long()? as usize;
        if length > most {
            return wrong(why);
        }
        self.take(length)
    }
}
