//! One playout: sounds and streams without a gap between them. What is only sounds, at their own level, is copied as it
//! was encoded; anything else is samples. Packets of Opus, which lean on each other, have rules of their own: `copying`.

use std::sync::Arc;

use super::gain::Gain;
use super::sound::Sound;
use super::stream::StreamReader;
use super::{MAX_NARROW, MAX_SAMPLES, SAMPLES_A_MS};
use crate::ahead;
use crate::codec::Codec;
use crate::dsp::converter::Converter;
use crate::dsp::half_band::HalfBand;
use crate::dsp::third_band::ThirdBand;

mod copying;
#[cfg(test)]
mod tests;

use copying::Copying;

pub enum Piece {
    Sound(Arc<Sound>),
    Stream(Box<StreamReader>),
}

/// How a playout is played.
#[derive(Clone, Copy, Default)]
pub struct Manner {
    pub repeat: bool,
    /// Begins where the media clock says.
    pub in_step: bool,
    /// Mixed over what the leg hears, not in place of it.
    pub over: bool,
    /// Where it begins, in samples of 8 kHz, as `Order::Seek` says: with its first packet.
    pub from: usize,
    /// How loud it begins; None: as it is.
    pub gain: Option<Gain>,
}

/// What may be asked of a playout that runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// Silence, and the position stays.
    Pause,
    Resume,
    /// From the beginning of its first sound. Nothing happens where a stream is part of it.
    Seek {
        samples: usize,
    },
    Volume(Gain),
}

pub struct Playout {
    id: u64,
    pieces: Box<[Piece]>,
    manner: Manner,
    started: bool,
    paused: bool,
    gain: Gain,
    streams: bool,
    piece: usize,
    offset: usize,
    /// In samples of 8 kHz.
    played: u64,
    up: HalfBand,
    down: HalfBand,
    far: ThirdBand,
    /// For what has 24 or 48 kHz.
    converter: Converter,
    copying: Copying,
}

impl Playout {
    pub fn new(id: u64, pieces: Box<[Piece]>, manner: Manner) -> Self {
        let streams = pieces.iter().any(|one| matches!(one, Piece::Stream(_)));
        let mut playout = Self {
            id,
            pieces,
            manner,
            started: false,
            paused: false,
            gain: manner.gain.unwrap_or(Gain::UNITY),
            streams,
            piece: 0,
            offset: 0,
            played: 0,
            up: HalfBand::default(),
            down: HalfBand::default(),
            far: ThirdBand::default(),
            converter: Converter::default(),
            copying: Copying::default(),
        };
        if manner.from > 0 {
            playout.obey(Order::Seek {
                samples: manner.from,
            });
        }
        playout
    }

    pub fn id(&self) -> u64 {
        self.id
    }

    /// The rate at which nothing of it is lost: 8, 16 or 48 kHz.
    pub fn rate(&self) -> u32 {
        match (self.is_full(), self.is_wide()) {
            (true, _) => 48_000,
            (false, true) => 16_000,
            (false, false) => 8000,
        }
    }

    /// Whether something of it has 16 kHz.
    fn is_wide(&self) -> bool {
        self.pieces.iter().any(|piece| match piece {
            Piece::Sound(sound) => sound.is_wide(),
            Piece::Stream(stream) => stream.rate() >= 16_000,
        })
    }

    /// Whether something of it has more.
    fn is_full(&self) -> bool {
        self.pieces.iter().any(|piece| match piece {
            Piece::Sound(sound) => sound.is_full(),
            Piece::Stream(stream) => stream.rate() > 16_000,
        })
    }

    /// Fetches the sounds' heads into the processor's caches.
    pub fn fetch(&self) {
        ahead::fetch_all(&self.pieces);
    }

    pub fn is_over_others(&self) -> bool {
        self.manner.over
    }

    /// How much went out, without pauses, silence of a dry stream, and what fills up the last packet.
    pub fn played_ms(&self) -> u64 {
        self.played / SAMPLES_A_MS as u64
    }

    /// For how long a stream that had begun had nothing to play.
    pub fn starved_ms(&self) -> u64 {
        let starved = |piece: &Piece| match piece {
            Piece::Sound(_) => 0,
            Piece::Stream(stream) => stream.starved_ms(),
        };
        self.pieces.iter().map(starved).sum()
    }

    pub fn obey(&mut self, order: Order) {
        match order {
            Order::Pause => self.paused = true,
            Order::Resume => self.paused = false,
            Order::Volume(gain) => self.gain = gain,
            Order::Seek { .. } if self.streams => {}
            Order::Seek { samples } => {
                self.started = true;
                let total = self.total();
                let wraps = self.manner.repeat && total > 0;
                self.seek(if wraps { samples % total } else { samples });
            }
        }
    }

    /// True while `fill` says it all; else `read` does.
    pub fn is_copied(&self, codec: Codec) -> bool {
        let sound = |piece: &Piece| match piece {
            Piece::Sound(sound) => sound.octets(codec).is_some(),
            Piece::Stream(_) => false,
        };
        !(self.paused || self.gain != Gain::UNITY) && self.pieces.iter().all(sound)
    }

    /// Writes the next octets and returns how many; fewer than `out` has room for means that it is over.
    ///
    /// `media_clock` is in samples, the same for all legs: where a playout in step begins.
    pub fn fill(&mut self, codec: Codec, media_clock: u64, out: &mut [u8]) -> usize {
        self.start(media_clock);
        self.copying.read(out.len());
        let mut filled = 0;
        while filled < out.len() {
            self.advance();
            let Some(Piece::Sound(sound)) = self.pieces.get(self.piece) else {
                break;
            };
            let Some(rest) = sound.octets(codec).and_then(|all| all.get(self.offset..)) else {
                break;
            };
            let count = rest.len().min(out.len() - filled);
            out[filled..filled + count].copy_from_slice(&rest[..count]);
            filled += count;
            self.offset += count;
        }
        self.played += filled as u64;
        filled
    }

    /// Writes the next samples and returns how many are of the playout: fewer than `out` has room for means that it is
    /// over. What a stream lacks and the time of a pause are silence.
    pub fn read(&mut self, rate: u32, media_clock: u64, out: &mut [i16]) -> usize {
        if rate < 48_000 || self.is_full() {
            return self.read_at(rate, media_clock, out);
        }
        let mut room = [0; MAX_SAMPLES];
        let wide = &mut room[..out.len() / 3];
        let filled = self.read_at(16_000, media_clock, wide);
        self.far.up(wide, out);
        3 * filled
    }

    /// The same at the rate of what is played or below.
    fn read_at(&mut self, rate: u32, media_clock: u64, out: &mut [i16]) -> usize {
        self.start(media_clock);
        if self.paused {
            out.fill(0);
            return out.len();
        }
        let mut filled = 0;
        self.copying.read(out.len() * 8000 / rate as usize);
        self.advance();
        while filled < out.len() && self.piece < self.pieces.len() {
            filled += self.read_piece(rate, &mut out[filled..]);
            self.advance();
        }
        out[filled..].fill(0);
        self.gain.apply(&mut out[..filled]);
        filled
    }

    /// True when the last octet went out, so that the end need not wait for an empty packet.
    pub fn is_over(&self) -> bool {
        let over = |piece: &Piece| match piece {
            Piece::Sound(sound) => self.offset >= sound.samples() && self.copying.is_whole(),
            Piece::Stream(stream) => stream.is_over(),
        };
        let last = self.pieces.len().saturating_sub(1);
        !(self.manner.repeat && self.total() > 0)
            && (self.piece > last || self.piece == last && self.pieces.last().is_none_or(over))
    }

    /// Reads from the piece that is played, at most to its end; as much as it says is written.
    fn read_piece(&mut self, rate: u32, out: &mut [i16]) -> usize {
        let mut room = [0; MAX_SAMPLES];
        // 20 ms at 48 kHz fill the room.
        let most = out.len().min(rate as usize / 50);
        let out = &mut out[..most];
        let (own_rate, count) = match &mut self.pieces[self.piece] {
            Piece::Sound(sound) if rate == 48_000 && sound.is_full() => {
                let written = sound.read_full(self.offset, out).unwrap_or_default();
                self.offset += written / 6;
                self.played += written as u64 / 6;
                return written;
            }
            Piece::Sound(sound) if rate == 48_000 && sound.is_wide() => {
                let count = sound.read_wide(self.offset, &mut room[..most / 3]);
                let count = count.unwrap_or_default();
                self.offset += count / 2;
                self.played += count as u64 / 2;
                (16_000, count)
            }
            Piece::Sound(sound) if rate == 16_000 && sound.is_wide() => {
                let written = sound.read_wide(self.offset, out).unwrap_or_default();
                self.offset += written / 2;
                self.played += written as u64 / 2;
                return written;
            }
            Piece::Sound(sound) => {
                let wanted = out.len() * 8000 / rate as usize;
                let count = sound.read(self.offset, &mut room[..wanted.min(MAX_NARROW)]);
                self.offset += count;
                self.played += count as u64;
                (8000, count)
            }
            Piece::Stream(stream) => {
                let wanted = out.len() * stream.rate() as usize / rate as usize;
                let count = stream.read(&mut room[..wanted]);
                self.played += count as u64 * 8000 / u64::from(stream.rate());
                // As many as make whole samples at any rate.
                let (ended, unit) = (stream.is_over(), stream.rate() as usize / 8000);
                let unit = unit.max(2);
                (
                    stream.rate(),
                    if ended { count / unit * unit } else { wanted },
                )
            }
        };
        let samples = &room[..count];
        let written = count * rate as usize / own_rate as usize;
        match (own_rate, rate) {
            (8000, 16_000) => self.up.up(samples, &mut out[..written]),
            (16_000, 8000) => self.down.down(samples, &mut out[..written]),
            _ => self
                .converter
                .convert(own_rate, rate, samples, &mut out[..written]),
        }
        written
    }

    /// Goes on to the piece that has something to play, or may have yet; past the last one when none has.
    fn advance(&mut self) {
        while let Some(piece) = self.pieces.get(self.piece) {
            let over = match piece {
                Piece::Sound(sound) => self.offset >= sound.samples() && self.copying.is_whole(),
                Piece::Stream(stream) => stream.is_over(),
            };
            if !over {
                return;
            }
            self.piece += 1;
            self.offset = 0;
            if self.piece == self.pieces.len() && self.manner.repeat && self.total() > 0 {
                self.piece = 0;
            }
        }
    }

    fn start(&mut self, media_clock: u64) {
        let total = self.total();
        if !std::mem::replace(&mut self.started, true) && self.manner.in_step && total > 0 {
            self.seek((media_clock % total as u64) as usize);
        }
    }

    /// The length of the sounds.
    fn total(&self) -> usize {
        let samples = |piece: &Piece| match piece {
            Piece::Sound(sound) => sound.samples(),
            Piece::Stream(_) => 0,
        };
        self.pieces.iter().map(samples).sum()
    }

    fn seek(&mut self, mut position: usize) {
        self.copying = Copying::default();
        (self.piece, self.offset) = (self.pieces.len(), 0);
        for (index, piece) in self.pieces.iter().enumerate() {
            let Piece::Sound(sound) = piece else {
                return;
            };
            if position < sound.samples() {
                (self.piece, self.offset) = (index, position);
                return;
            }
            position -= sound.samples();
        }
    }
}
