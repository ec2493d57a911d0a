//! Samples as a WAV file.

use std::io;

use super::place::Place;
use crate::wav;

/// In place of both lengths while nobody knows them, as in a file that cannot be corrected.
const UNKNOWN: u32 = u32::MAX;

pub struct Wave {
    channels: u16,
    rate: u32,
    /// Encoded and not yet written.
    pending: Vec<u8>,
    /// Octets of samples in the file.
    written: u64,
}

impl Wave {
    pub fn new(channels: u16, rate: u32) -> Self {
        Self {
            channels,
            rate,
            pending: Vec::new(),
            written: 0,
        }
    }

    /// Writes the header.
    pub fn begin(&mut self, place: &mut Place) -> io::Result<()> {
        let mut header = wav::header(self.channels, self.rate, 0);
        if !place.can_correct() {
            header[4..8].copy_from_slice(&UNKNOWN.to_le_bytes());
            header[40..44].copy_from_slice(&UNKNOWN.to_le_bytes());
        }
        place.append(&header)
    }

    /// Takes interleaved samples.
    pub fn add(&mut self, samples: &[i16]) {
        self.pending
            .extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    }

    pub fn add_silence(&mut self, frames: usize) {
        let octets = frames * 2 * usize::from(self.channels);
        self.pending.resize(self.pending.len() + octets, 0);
    }

    /// Writes what is pending, then the header that counts it: a kill between the two costs the newest audio only.
    pub fn flush(&mut self, place: &mut Place) -> io::Result<()> {
        place.append(&self.pending)?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        // A longer file keeps its audio, with a header that says the most it can.
        let counted = u32::try_from(self.written).unwrap_or(wav::MAX_DATA_BYTES);
        place.correct(&wav::header(self.channels, self.rate, counted))
    }
}
