//! One playout: sounds and streams without a gap between them. What is only sounds, at their own level, is copied as it
//! was encoded; anything else is samples.

use std::sync::Arc;

use super::gain::Gain;
use super::sound::Sound;
use super::stream::StreamReader;
use super::{MAX_OCTETS, MAX_SAMPLES, SAMPLES_A_MS};
use crate::codec::Codec;
use crate::dsp::half_band::HalfBand;

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
}

impl Playout {
    pub fn new(id: u64, pieces: Box<[Piece]>, manner: Manner) -> Self {
        let streams = pieces.iter().any(|one| matches!(one, Piece::Stream(_)));
        Self {
            id,
            pieces,
            manner,
            started: false,
            paused: false,
            gain: Gain::UNITY,
            streams,
            piece: 0,
            offset: 0,
            played: 0,
            up: HalfBand::default(),
            down: HalfBand::default(),
        }
    }

    pub fn id(&self) -> u64 {
        self.id
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
    pub fn is_copied(&self) -> bool {
        !(self.streams || self.paused || self.gain != Gain::UNITY)
    }

    /// Writes the next octets and returns how many; fewer than `out` has room for means that it is over.
    ///
    /// `media_clock` is in samples, the same for all legs: where a playout in step begins.
    pub fn fill(&mut self, codec: Codec, media_clock: u64, out: &mut [u8]) -> usize {
        self.start(media_clock);
        let mut filled = 0;
        while filled < out.len() {
            self.advance();
            let Some(Piece::Sound(sound)) = self.pieces.get(self.piece) else {
                break;
            };
            let rest = &sound.octets(codec)[self.offset..];
            let count = rest.len().min(out.len() - filled);
            out[filled..filled + count].copy_from_slice(&rest[..count]);
            filled += count;
            self.offset += count;
        }
        self.played += filled as u64;
        filled
    }

    /// Writes the next samples, at 8 or 16 kHz, and returns how many are of the playout: fewer than `out` has room for
    /// means that it is over. What a stream lacks and the time of a pause are silence.
    pub fn read(&mut self, rate: u32, media_clock: u64, out: &mut [i16]) -> usize {
        self.start(media_clock);
        if self.paused {
            out.fill(0);
            return out.len();
        }
        let mut filled = 0;
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
            Piece::Sound(sound) => self.offset == sound.samples(),
            Piece::Stream(stream) => stream.is_over(),
        };
        let last = self.pieces.len().saturating_sub(1);
        !(self.manner.repeat && self.total() > 0)
            && (self.piece > last || self.piece == last && self.pieces.last().is_none_or(over))
    }

    /// Reads from the piece that is played, at most to its end; as much as it says is written.
    fn read_piece(&mut self, rate: u32, out: &mut [i16]) -> usize {
        let mut room = [0; MAX_SAMPLES];
        let (own_rate, count) = match &mut self.pieces[self.piece] {
            Piece::Sound(sound) => {
                let octets = &sound.octets(Codec::Pcmu)[self.offset..];
                let wanted = out.len() * 8000 / rate as usize;
                let count = Codec::Pcmu.decode(octets, &mut room[..wanted.min(MAX_OCTETS)]);
                self.offset += count;
                self.played += count as u64;
                (8000, count)
            }
            Piece::Stream(stream) => {
                let wanted = out.len() * stream.rate() as usize / rate as usize;
                let count = stream.read(&mut room[..wanted]);
                self.played += count as u64 * 8000 / u64::from(stream.rate());
                // Whole pairs, for a leg of half its rate.
                let ended = stream.is_over();
                (stream.rate(), if ended { count / 2 * 2 } else { wanted })
            }
        };
        let samples = &room[..count];
        let written = count * rate as usize / own_rate as usize;
        match (own_rate, rate) {
            (8000, 16_000) => self.up.up(samples, &mut out[..written]),
            (16_000, 8000) => self.down.down(samples, &mut out[..written]),
            _ => out[..written].copy_from_slice(samples),
        }
        written
    }

    /// Goes on to the piece that has something to play, or may have yet; past the last one when none has.
    fn advance(&mut self) {
        while let Some(piece) = self.pieces.get(self.piece) {
            let over = match piece {
                Piece::Sound(sound) => self.offset >= sound.samples(),
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

#[cfg(test)]
mod tests {
    use super::super::stream::stream;
    use super::*;

    const REPEAT: Manner = Manner {
        repeat: true,
        in_step: false,
        over: false,
    };
    const IN_STEP: Manner = Manner {
        in_step: true,
        ..REPEAT
    };

    fn sound(sound: &Arc<Sound>) -> Piece {
        Piece::Sound(sound.clone())
    }

    fn level(value: i16, samples: usize) -> Arc<Sound> {
        Arc::new(Sound::new(&vec![value; samples]))
    }

    /// The first sample of each packet that is read, and how many samples were of the playout.
    fn read(playout: &mut Playout, packets: usize) -> Vec<(i16, usize)> {
        let mut out = [0; 160];
        (0..packets)
            .map(|_| {
                let count = playout.read(8000, 0, &mut out);
                (out[0], count)
            })
            .collect()
    }

    fn ramp(from: i16, samples: usize) -> Arc<Sound> {
        let samples: Vec<i16> = (0..samples as i16)
            .map(|i| from.wrapping_add(i.wrapping_mul(64)))
            .collect();
        Arc::new(Sound::new(&samples))
    }

    fn drain(playout: &mut Playout, clock: u64, packets: usize) -> Vec<u8> {
        let mut all = Vec::new();
        for _ in 0..packets {
            let mut packet = [0; 160];
            let filled = playout.fill(Codec::Pcma, clock, &mut packet);
            all.extend_from_slice(&packet[..filled]);
        }
        all
    }

    #[test]
    fn sounds_follow_each_other_without_a_gap() {
        let (one, two) = (ramp(0, 100), ramp(-8000, 130));
        let mut playout = Playout::new(1, Box::new([sound(&one), sound(&two)]), Manner::default());
        let got = drain(&mut playout, 0, 2);
        let wanted = [one.octets(Codec::Pcma), two.octets(Codec::Pcma)].concat();
        assert_eq!(got, wanted);
        assert!(playout.is_over());
        assert_eq!(playout.played_ms(), 230 / 8);
    }

    #[test]
    fn a_repeated_playout_starts_over_for_ever() {
        let tune = ramp(-3000, 100);
        let mut playout = Playout::new(1, Box::new([sound(&tune)]), REPEAT);
        let got = drain(&mut playout, 0, 10);
        assert_eq!(got.len(), 1600);
        for (i, octet) in got.iter().enumerate() {
            assert_eq!(*octet, tune.octets(Codec::Pcma)[i % 100]);
        }
        assert!(!playout.is_over());
    }

    #[test]
    fn listeners_in_step_are_at_one_place_whenever_they_began() {
        let sounds = [ramp(-3000, 1000), ramp(500, 777)];
        let pieces = || sounds.iter().map(sound).collect();
        let mut early = Playout::new(1, pieces(), IN_STEP);
        let mut late = Playout::new(2, pieces(), IN_STEP);
        let first = drain(&mut early, 16_000, 20);
        let second = drain(&mut late, 16_000 + 7 * 160, 13);
        assert_eq!(first[7 * 160..], second);
    }

    #[test]
    fn a_playout_of_nothing_is_over_at_once() {
        let mut playout = Playout::new(1, Box::new([sound(&ramp(0, 0))]), IN_STEP);
        assert_eq!(drain(&mut playout, 5, 1).len(), 0);
        let mut none = Playout::new(1, Box::new([]), REPEAT);
        assert_eq!(drain(&mut none, 5, 1).len(), 0);
    }

    #[test]
    fn a_pause_is_silence_that_is_not_counted_and_keeps_the_place() {
        let tune = ramp(0, 480);
        let mut playout = Playout::new(1, Box::new([sound(&tune)]), Manner::default());
        drain(&mut playout, 0, 1);
        playout.obey(Order::Pause);
        assert!(!playout.is_copied());
        assert_eq!(read(&mut playout, 2), [(0, 160), (0, 160)]);
        playout.obey(Order::Resume);
        assert_eq!(
            drain(&mut playout, 0, 1),
            tune.octets(Codec::Pcma)[160..320]
        );
        assert_eq!(playout.played_ms(), 40);
    }

    #[test]
    fn seeking_goes_to_any_place_of_the_sequence_and_past_its_end() {
        let (one, two) = (ramp(0, 800), ramp(500, 800));
        let pieces = || Box::new([sound(&one), sound(&two)]);
        let mut playout = Playout::new(1, pieces(), Manner::default());
        playout.obey(Order::Seek { samples: 880 });
        assert_eq!(drain(&mut playout, 7, 1), two.octets(Codec::Pcma)[80..240]);
        playout.obey(Order::Seek { samples: 0 });
        assert_eq!(drain(&mut playout, 0, 1), one.octets(Codec::Pcma)[..160]);
        playout.obey(Order::Seek { samples: 1600 });
        assert!(playout.is_over());
        let mut tune = Playout::new(1, pieces(), REPEAT);
        tune.obey(Order::Seek { samples: 1680 });
        assert_eq!(drain(&mut tune, 0, 1), one.octets(Codec::Pcma)[80..240]);
    }

    #[test]
    fn volume_changes_what_is_played_from_now_on() {
        let mut playout = Playout::new(1, Box::new([sound(&level(8000, 800))]), REPEAT);
        playout.obey(Order::Volume(Gain::from_db(-6.02)));
        assert!(!playout.is_copied());
        let heard = read(&mut playout, 1)[0].0;
        assert!((heard - 4000).abs() < 150, "{heard}");
        playout.obey(Order::Volume(Gain::from_db(20.0)));
        assert_eq!(read(&mut playout, 1)[0].0, i16::MAX);
        playout.obey(Order::Volume(Gain::from_db(0.0)));
        assert!(playout.is_copied());
    }

    #[test]
    fn a_stream_stands_between_sounds_and_says_what_was_played() {
        let (mut writer, reader) = stream(8000, 1000);
        let pieces = [
            sound(&level(1000, 200)),
            Piece::Stream(Box::new(reader)),
            sound(&level(3000, 120)),
        ];
        let mut playout = Playout::new(1, Box::new(pieces), Manner::default());
        assert_eq!(writer.push(&[2000; 200]), 200);
        let mut out = [0; 160];
        assert_eq!(playout.read(8000, 0, &mut out), 160);
        assert_eq!(playout.read(8000, 0, &mut out), 160);
        assert_eq!(out[40..42], [2000, 2000]);
        assert_eq!(playout.read(8000, 0, &mut out), 160);
        assert_eq!((out[79], out[80]), (2000, 0));
        assert_eq!((playout.played_ms(), playout.starved_ms()), (50, 10));
        drop(writer);
        assert_eq!(playout.read(8000, 0, &mut out), 120);
        assert!((out[0] - 3000).abs() < 100);
        assert!(playout.is_over());
        assert_eq!(playout.played_ms(), 65);
    }

    #[test]
    fn sounds_and_streams_fit_legs_of_either_rate() {
        for (stream_rate, leg_rate) in [(8000, 16_000), (16_000, 8000), (16_000, 16_000)] {
            let (mut writer, reader) = stream(stream_rate, 1000);
            writer.push(&vec![2000; stream_rate as usize / 10]);
            drop(writer);
            let pieces = [Piece::Stream(Box::new(reader)), sound(&level(2000, 800))];
            let mut playout = Playout::new(1, Box::new(pieces), Manner::default());
            let mut out = vec![0; leg_rate as usize / 50];
            for packet in 0..10 {
                assert_eq!(playout.read(leg_rate, 0, &mut out), out.len());
                // Filters begin where a piece of another rate does.
                let settled = if packet % 5 == 0 { 100 } else { 0 };
                assert!(out[settled..]
                    .iter()
                    .all(|sample| (1900..2100).contains(sample)));
            }
            assert_eq!(playout.read(leg_rate, 0, &mut out), 0);
            assert_eq!(playout.played_ms(), 200);
        }
    }
}
