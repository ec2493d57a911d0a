//! Audio in memory, encoded once per codec and shared by all who play it. Packets of Opus are made when it is played.

use crate::codec::Codec;

use super::packets::Shelf;
use super::{MAX_NARROW, MAX_SAMPLES, SAMPLES_A_MS};
use crate::codec::Encoder;
use crate::dsp::half_band::HalfBand;
use crate::dsp::third_band::ThirdBand;

pub struct Sound {
    pcmu: Box<[u8]>,
    pcma: Box<[u8]>,
    g722: Box<[u8]>,
    /// Samples of 16 kHz, twice as many, of a sound that has them.
    wide: Option<Box<[i16]>>,
    /// Samples of 48 kHz, six times as many.
    full: Option<Box<[i16]>>,
    /// Packets of Opus.
    pub opus: Shelf,
}

/// Samples that are heard as silence, and how many of them at either end make a quiet one: 7 ms, which is what an
/// Opus encoder holds back.
const QUIET: u16 = 200;
const QUIET_END: usize = 7 * SAMPLES_A_MS;

impl Sound {
    /// Encodes 8 kHz mono samples; call it on a thread that may allocate.
    pub fn new(samples: &[i16]) -> Self {
        Self::of(samples, &widened(samples))
    }

    /// The same of 16 kHz mono samples, which are kept for who hears them as they are. Of an odd number the last is not.
    pub fn wide(samples: &[i16]) -> Self {
        let whole = &samples[..samples.len() / 2 * 2];
        Self {
            wide: Some(whole.into()),
            ..Self::of(&narrowed(whole), whole)
        }
    }

    /// The same of 48 kHz. What is left over of a sixth is not kept.
    pub fn full(samples: &[i16]) -> Self {
        let whole = &samples[..samples.len() / 6 * 6];
        Self {
            full: Some(whole.into()),
            ..Self::wide(&thirds(whole))
        }
    }

    fn of(narrow: &[i16], wide: &[i16]) -> Self {
        let encode = |codec: Codec, samples: &[i16]| {
            let mut octets = vec![0; narrow.len()].into_boxed_slice();
            Encoder::default().encode(codec, samples, &mut octets);
            octets
        };
        Self {
            pcmu: encode(Codec::Pcmu, narrow),
            pcma: encode(Codec::Pcma, narrow),
            g722: encode(Codec::G722, wide),
            wide: None,
            full: None,
            opus: Shelf::default(),
        }
    }

    pub fn is_wide(&self) -> bool {
        self.wide.is_some()
    }

    pub fn is_full(&self) -> bool {
        self.full.is_some()
    }

    /// One octet a sample of 8 kHz; None for a codec that is encoded for each leg.
    pub fn octets(&self, codec: Codec) -> Option<&[u8]> {
        match codec {
            Codec::Pcmu => Some(&self.pcmu),
            Codec::Pcma => Some(&self.pcma),
            Codec::G722 => Some(&self.g722),
            _ => None,
        }
    }

    /// Samples of 8 kHz from there on, as many as there are and fit; returns how many.
    pub fn read(&self, from: usize, out: &mut [i16]) -> usize {
        Codec::Pcmu.decode(self.pcmu.get(from..).unwrap_or_default(), out)
    }

    /// Samples of 16 kHz from there on, which is in samples of 8 kHz as everywhere; None for a sound that has none.
    pub fn read_wide(&self, from: usize, out: &mut [i16]) -> Option<usize> {
        let rest = self.wide.as_ref()?.get(2 * from..).unwrap_or_default();
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        Some(count)
    }

    /// The same of 48 kHz.
    pub fn read_full(&self, from: usize, out: &mut [i16]) -> Option<usize> {
        let rest = self.full.as_ref()?.get(6 * from..).unwrap_or_default();
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        Some(count)
    }

    /// Samples of 16 kHz from there on, brought up by `filter` where the sound has none; silence behind its end.
    pub fn fill_wide(&self, from: usize, filter: &mut HalfBand, out: &mut [i16]) {
        if let Some(count) = self.read_wide(from, out) {
            return out[count..].fill(0);
        }
        for (index, out) in out.chunks_mut(MAX_SAMPLES).enumerate() {
            let mut narrow = [0; MAX_NARROW];
            let narrow = &mut narrow[..out.len() / 2];
            self.read(from + index * MAX_NARROW, narrow);
            filter.up(narrow, out);
        }
    }

    /// Whether it may begin a little later, and nobody hears that.
    pub fn begins_quietly(&self) -> bool {
        self.is_quiet(0)
    }

    pub fn ends_quietly(&self) -> bool {
        self.is_quiet(self.samples().saturating_sub(QUIET_END))
    }

    fn is_quiet(&self, from: usize) -> bool {
        let mut room = [0; QUIET_END];
        let count = self.read(from, &mut room);
        room[..count].iter().all(|one| one.unsigned_abs() <= QUIET)
    }

    /// Its length in samples of 8 kHz.
    pub fn samples(&self) -> usize {
        self.pcmu.len()
    }

    pub fn length_ms(&self) -> u64 {
        (self.samples() / SAMPLES_A_MS) as u64
    }
}

fn widened(samples: &[i16]) -> Vec<i16> {
    let (mut filter, mut wide) = (HalfBand::default(), vec![0; 2 * samples.len()]);
    for (samples, wide) in samples.chunks(160).zip(wide.chunks_mut(320)) {
        filter.up(samples, wide);
    }
    wide
}

/// Without the filter's delay, so that a tune goes round as it was made.
fn narrowed(samples: &[i16]) -> Vec<i16> {
    let mut filter = HalfBand::default();
    let mut line = samples.to_vec();
    line.resize(samples.len() + 2 * HalfBand::DELAY, 0);
    let mut narrow = vec![0; line.len() / 2];
    for (samples, narrow) in line.chunks(320).zip(narrow.chunks_mut(160)) {
        filter.down(samples, narrow);
    }
    narrow.drain(..HalfBand::DELAY);
    narrow
}

/// From 48 to 16 kHz, without the filter's delay.
fn thirds(samples: &[i16]) -> Vec<i16> {
    let mut filter = ThirdBand::default();
    let mut line = samples.to_vec();
    line.resize(samples.len() + 3 * ThirdBand::DELAY, 0);
    let mut made = vec![0; line.len() / 3];
    filter.down(&line, &mut made);
    made.drain(..ThirdBand::DELAY);
    made
}

/// From 24 to 48 kHz, without the filter's delay.
pub fn doubled(samples: &[i16]) -> Vec<i16> {
    let mut filter = HalfBand::default();
    let mut line = samples.to_vec();
    line.resize(samples.len() + HalfBand::DELAY + 1, 0);
    let mut made = vec![0; 2 * line.len()];
    for (samples, made) in line.chunks(480).zip(made.chunks_mut(960)) {
        filter.up(samples, made);
    }
    made.drain(..2 * (HalfBand::DELAY + 1));
    made.truncate(2 * samples.len());
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, rate: f64, count: usize) -> Vec<i16> {
        let step = std::f64::consts::TAU * hertz / rate;
        (0..count)
            .map(|n| (8000.0 * (step * n as f64).sin()) as i16)
            .collect()
    }

    #[test]
    fn a_wide_sound_is_kept_and_brought_down_once_at_its_place() {
        let sound = Sound::wide(&tone(1000.0, 16e3, 3201));
        assert_eq!((sound.samples(), sound.length_ms()), (1600, 200));
        let mut wide = [0; 320];
        assert_eq!(sound.read_wide(1500, &mut wide), Some(200));
        assert_eq!(wide[..200], tone(1000.0, 16e3, 3200)[3000..]);
        let mut narrow = [0; 1600];
        assert_eq!(sound.read(0, &mut narrow), 1600);
        let expected = tone(1000.0, 8e3, 1600);
        for (heard, expected) in narrow[20..1580].iter().zip(&expected[20..1580]) {
            // Half a sample at 8 kHz, and what mu-law rounds.
            assert!((heard - expected).abs() < 3500, "{heard} {expected}");
        }
    }

    #[test]
    fn a_full_sound_is_kept_and_brought_down_at_its_place() {
        for sound in [
            Sound::full(&tone(1000.0, 48e3, 9601)),
            Sound::full(&doubled(&tone(1000.0, 24e3, 4800))),
        ] {
            assert_eq!((sound.samples(), sound.length_ms()), (1600, 200));
            let (mut full, mut wide) = ([0; 6000], [0; 2000]);
            assert_eq!(sound.read_full(200, &mut full), Some(6000));
            assert_eq!(sound.read_wide(200, &mut wide), Some(2000));
            let near = |heard: &[i16], expected: &[i16], most: i16| {
                heard
                    .iter()
                    .zip(expected)
                    .all(|(one, two)| (one - two).abs() < most)
            };
            assert!(near(&full, &tone(1000.0, 48e3, 9600)[1200..], 100));
            assert!(near(&wide, &tone(1000.0, 16e3, 3200)[400..], 200));
        }
    }

    #[test]
    fn a_narrow_sound_has_no_samples_of_sixteen_kilohertz() {
        let sound = Sound::new(&[100; 160]);
        assert!(!sound.is_wide());
        assert_eq!(sound.read_wide(0, &mut [0; 320]), None);
        for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722] {
            assert_eq!(sound.octets(codec).map(<[u8]>::len), Some(160));
        }
    }
}
