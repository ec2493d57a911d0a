//! A WAV file that grows, and is a whole one after every flush.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;

use crate::graph::tap::Chunk;
use crate::wav;

const RATE: u32 = 8000;

pub struct WavFile {
    file: File,
    stereo: bool,
    /// Encoded and not yet written.
    pending: Vec<u8>,
    /// Octets of samples in the file.
    written: u64,
    /// Frames in the file and pending.
    frames: u64,
    lost: u64,
}

impl WavFile {
    /// Creates or empties the file and writes the header.
    pub fn create(path: &str, stereo: bool) -> io::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        let mut wav = Self {
            file,
            stereo,
            pending: Vec::new(),
            written: 0,
            frames: 0,
            lost: 0,
        };
        wav.flush()?;
        Ok(wav)
    }

    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Frames that are silence because the audio found no room on its way here.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    pub fn add(&mut self, chunk: &Chunk) {
        self.fill_up(chunk.position);
        for (left, right) in chunk.left.iter().zip(&chunk.right) {
            self.pending.extend_from_slice(&left.to_le_bytes());
            if self.stereo {
                self.pending.extend_from_slice(&right.to_le_bytes());
            }
        }
        self.frames += chunk.left.len() as u64;
    }

    /// Adds silence up to a position, in frames.
    pub fn fill_up(&mut self, position: u64) {
        let missing = position.saturating_sub(self.frames);
        let octets = missing * self.frame();
        self.pending.resize(self.pending.len() + octets as usize, 0);
        self.frames += missing;
        self.lost += missing;
    }

    /// Writes what is pending, then the header that counts it: a kill between the two costs the newest audio only.
    pub fn flush(&mut self) -> io::Result<()> {
        let place = wav::HEADER_LEN as u64 + self.written;
        self.file.write_all_at(&self.pending, place)?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        // A longer file keeps its audio, with a header that says the most it can.
        let counted = u32::try_from(self.written).unwrap_or(wav::MAX_DATA_BYTES);
        let channels = if self.stereo { 2 } else { 1 };
        self.file
            .write_all_at(&wav::header(channels, RATE, counted), 0)
    }

    fn frame(&self) -> u64 {
        if self.stereo {
            4
        } else {
            2
        }
    }
}
