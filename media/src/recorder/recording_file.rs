//! One recording's file: what comes from the tap, laid out as was asked for, in the format that was asked for.

use std::io;

use super::compressed::Compressed;
use super::place::Place;
use super::sealed::MasterKey;
use super::wave::Wave;
use crate::graph::tap::{Chunk, CHUNK};

/// Silence is added in pieces of so many frames, so that a long one needs no more memory than audio does.
const PIECE: u64 = 4000;

/// What of a leg is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// What the peer says.
    Party,
    /// Both sides in one channel.
    Mixed,
    /// Left what the peer says, right what it hears.
    Stereo,
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Wav,
    /// Ogg Opus.
    Opus,
}

/// What a recording is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub layout: Layout,
    pub format: Format,
}

enum Sound {
    Wave(Wave),
    Compressed(Box<Compressed>),
}

impl Sound {
    fn new(format: Format, channels: u8, rate: u32) -> io::Result<Self> {
        Ok(match format {
            Format::Wav => Sound::Wave(Wave::new(u16::from(channels), rate)),
            Format::Opus => Sound::Compressed(Box::new(Compressed::new(channels.into(), rate)?)),
        })
    }

    fn begin(&mut self, place: &mut Place) -> io::Result<()> {
        match self {
            Sound::Wave(wave) => wave.begin(place),
            Sound::Compressed(compressed) => compressed.begin(place),
        }
    }

    fn add(&mut self, samples: &[i16]) {
        match self {
            Sound::Wave(wave) => wave.add(samples),
            Sound::Compressed(compressed) => compressed.add(samples),
        }
    }

    fn add_silence(&mut self, frames: usize) {
        match self {
            Sound::Wave(wave) => wave.add_silence(frames),
            Sound::Compressed(compressed) => compressed.add_silence(frames),
        }
    }

    fn flush(&mut self, place: &mut Place) -> io::Result<()> {
        match self {
            Sound::Wave(wave) => wave.flush(place),
            Sound::Compressed(compressed) => compressed.flush(place),
        }
    }

    fn finish(&mut self, place: &mut Place) -> io::Result<()> {
        match self {
            Sound::Wave(wave) => wave.flush(place),
            Sound::Compressed(compressed) => compressed.finish(place),
        }
    }
}

pub struct RecordingFile {
    place: Place,
    layout: Layout,
    sound: Sound,
    /// Frames in the file and pending.
    frames: u64,
    lost: u64,
}

impl RecordingFile {
    /// Creates or empties the file and writes its beginning.
    pub fn create(path: &str, kind: Kind, rate: u32, key: Option<&MasterKey>) -> io::Result<Self> {
        let Kind { layout, format } = kind;
        let mut place = Place::create(path, key)?;
        let channels = if layout == Layout::Stereo { 2 } else { 1 };
        let mut sound = Sound::new(format, channels, rate)?;
        sound.begin(&mut place)?;
        Ok(Self {
            place,
            layout,
            sound,
            frames: 0,
            lost: 0,
        })
    }

    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Frames that are silence because the audio found no room on its way here.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    pub fn add(&mut self, chunk: &Chunk) -> io::Result<()> {
        if self.frames == 0 {
            self.add_silence(chunk.position)?;
        }
        self.fill_up(chunk.position)?;
        match self.layout {
            Layout::Party => self.sound.add(&chunk.left),
            Layout::Mixed => self.sound.add(&mixed(chunk)),
            Layout::Stereo => self.sound.add(&interleaved(chunk)),
        }
        self.frames += CHUNK as u64;
        Ok(())
    }

    /// Adds silence up to a position, in frames, for audio that was lost. Before the first audio nothing was.
    pub fn fill_up(&mut self, position: u64) -> io::Result<()> {
        if self.frames == 0 {
            return Ok(());
        }
        let missing = position.saturating_sub(self.frames);
        self.lost += missing;
        self.add_silence(missing)
    }

    /// Writes what is pending.
    pub fn flush(&mut self) -> io::Result<()> {
        self.sound.flush(&mut self.place)
    }

    /// Writes what is pending, and that nothing comes after it.
    pub fn finish(&mut self) -> io::Result<()> {
        self.sound.finish(&mut self.place)?;
        self.place.finish()
    }

    fn add_silence(&mut self, mut frames: u64) -> io::Result<()> {
        while frames > 0 {
            let piece = frames.min(PIECE);
            self.sound.add_silence(piece as usize);
            self.frames += piece;
            frames -= piece;
            if frames > 0 {
                self.flush()?;
            }
        }
        Ok(())
    }
}

fn mixed(chunk: &Chunk) -> [i16; CHUNK] {
    let mut sum = chunk.left;
    for (sum, right) in sum.iter_mut().zip(&chunk.right) {
        *sum = sum.saturating_add(*right);
    }
    sum
}

fn interleaved(chunk: &Chunk) -> [i16; 2 * CHUNK] {
    let mut both = [0; 2 * CHUNK];
    let sides = chunk.left.iter().zip(&chunk.right);
    for (frame, (left, right)) in both.chunks_exact_mut(2).zip(sides) {
        frame.copy_from_slice(&[*left, *right]);
    }
    both
}
