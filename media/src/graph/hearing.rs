//! What a leg hears: other legs' received audio, each read with a cursor of its own.

use std::cell::Cell;

use super::gain::Gain;
use super::{MAX_SAMPLES, SAMPLES_A_MS};
use crate::dsp::converter::Converter;

/// At 8 kHz; half as much at 16 kHz, a sixth at 48.
const TEN_MS: usize = 10 * SAMPLES_A_MS;

/// What a leg's peer said lately, in samples since the leg began. At 16 kHz 320 ms are kept, at 48 kHz 107.
pub struct Ring {
    samples: [i16; Ring::LENGTH],
    /// For each 10 ms whether they hold the tone of a key.
    tones: [bool; Ring::LENGTH / TEN_MS],
    written: u64,
    sample_rate: u32,
    /// Another leg has looked since the last question.
    is_read: Cell<bool>,
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            samples: [0; Ring::LENGTH],
            tones: [false; Ring::LENGTH / TEN_MS],
            written: 0,
            sample_rate: 8000,
            is_read: Cell::new(false),
        }
    }
}

impl Ring {
    const LENGTH: usize = 64 * TEN_MS;

    /// Of what is written from now on. What was there is silence.
    pub fn set_sample_rate(&mut self, sample_rate: u32) {
        self.sample_rate = sample_rate;
        self.samples.fill(0);
    }

    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Whether a leg that hears this one has read since the last question.
    pub fn take_read(&mut self) -> bool {
        self.is_read.take()
    }

    /// As if one had.
    pub fn note_read(&self) {
        self.is_read.set(true);
    }

    /// What was said is long past: who has not read it finds silence.
    pub fn clear(&mut self) {
        self.samples.fill(0);
        self.tones.fill(false);
    }

    /// Appends one tick's samples, whole 10 ms and at most `MAX_SAMPLES`; `tone`: they hold the tone of a key.
    pub fn write(&mut self, samples: &[i16], tone: bool) {
        let start = self.written as usize % Self::LENGTH;
        for chunk in 0..samples.len() / TEN_MS {
            self.tones[(start / TEN_MS + chunk) % self.tones.len()] = tone;
        }
        let first = samples.len().min(Self::LENGTH - start);
        self.samples[start..start + first].copy_from_slice(&samples[..first]);
        self.samples[..samples.len() - first].copy_from_slice(&samples[first..]);
        self.written += samples.len() as u64;
    }

    /// Where the next 20 ms of a narrowband leg go, as far as they lie in one piece.
    pub fn next(&self) -> &[i16] {
        let start = self.written as usize % Self::LENGTH;
        &self.samples[start..Self::LENGTH.min(start + 2 * TEN_MS)]
    }

    /// Whether the newest samples hold the tone of a key, or may do.
    pub fn is_tone(&self) -> bool {
        let newest = self.written.saturating_sub(1) as usize % Self::LENGTH;
        self.tones[newest / TEN_MS]
    }

    /// The newest samples; silence before the beginning.
    pub fn last(&self, out: &mut [i16]) {
        self.before(0, out);
    }

    /// Samples that end so many before the newest; silence before the beginning.
    pub fn before(&self, behind: usize, out: &mut [i16]) {
        match self.written.checked_sub((behind + out.len()) as u64) {
            Some(from) => self.read(from, out),
            None => out.fill(0),
        }
    }

    /// Silences those 10 ms of `out`, which begins at `from`, that hold the tone of a key.
    fn mute_tones(&self, from: u64, out: &mut [i16]) {
        let first = from as usize % Self::LENGTH / TEN_MS;
        for (index, chunk) in out.chunks_mut(TEN_MS).enumerate() {
            if self.tones[(first + index) % self.tones.len()] {
                chunk.fill(0);
            }
        }
    }

    fn read(&self, from: u64, out: &mut [i16]) {
        let start = from as usize % Self::LENGTH;
        let first = out.len().min(Self::LENGTH - start);
        let second = out.len() - first;
        out[..first].copy_from_slice(&self.samples[start..start + first]);
        out[first..].copy_from_slice(&self.samples[..second]);
    }
}

/// Where a listener is in one source's ring.
#[derive(Clone, Copy, Default)]
pub struct Cursor(Option<u64>);

impl Cursor {
    /// Reads the next `out.len()` samples; false and silence when they are not there.
    ///
    /// The listener stays as close behind the source as their packet times allow (both in samples): packets of
    /// 30 ms into packets of 20 ms need a lag of 40 ms, equal ones none but the packet itself. With `mute` the tones
    /// of keys are silence.
    pub fn read(&mut self, ring: &Ring, source_packet: usize, mute: bool, out: &mut [i16]) -> bool {
        ring.note_read();
        let lag = (source_packet + out.len() - gcd(source_packet, out.len())) as u64;
        let slack = lag + u64::from(ring.sample_rate / 1000) * 40;
        let behind = self.0.map(|at| ring.written.saturating_sub(at));
        let at = match (self.0, behind) {
            (Some(at), Some(behind)) if behind >= out.len() as u64 && behind <= slack => at,
            // At the start, after a stall of either side, and after a change of packet time.
            _ if ring.written >= lag => ring.written - lag,
            _ => {
                out.fill(0);
                return false;
            }
        };
        ring.read(at, out);
        if mute {
            ring.mute_tones(at, out);
        }
        self.0 = Some(at + out.len() as u64);
        true
    }

    /// True until the first read that found something.
    pub fn is_new(self) -> bool {
        self.0.is_none()
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        gcd(b, a % b)
    }
}

/// One leg that is heard.
#[derive(Clone, Copy)]
pub struct Source {
    pub leg: u64,
    /// Where its worker keeps it: a guess, checked at every use.
    pub place: u32,
    pub cursor: Cursor,
    pub gain: Gain,
    /// For a source of another sample rate.
    pub filter: Converter,
}

/// Everything one leg hears.
pub struct Hearing {
    sources: Vec<Source>,
}

impl Hearing {
    pub fn new(voices: &[(u64, Gain)]) -> Self {
        let source = |&(leg, gain)| Source {
            leg,
            place: 0,
            cursor: Cursor::default(),
            gain,
            filter: Converter::default(),
        };
        Self {
            sources: voices.iter().map(source).collect(),
        }
    }

    pub fn sources(&mut self) -> &mut [Source] {
        &mut self.sources
    }

    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The one leg that is heard, if it is one.
    pub fn only(&self) -> Option<(u64, Gain)> {
        match &self.sources[..] {
            [source] => Some((source.leg, source.gain)),
            _ => None,
        }
    }

    pub fn forget(&mut self, leg: u64) {
        self.sources.retain(|source| source.leg != leg);
    }
}

/// The sum of several voices, kept inside 16 bits at the end and not on the way.
pub struct Mix<const ROOM: usize = MAX_SAMPLES> {
    sum: [i32; ROOM],
}

impl<const ROOM: usize> Default for Mix<ROOM> {
    fn default() -> Self {
        Self { sum: [0; ROOM] }
    }
}

impl<const ROOM: usize> Mix<ROOM> {
    /// Makes the first so many silence; nobody may look at the others.
    pub fn clear(&mut self, samples: usize) {
        self.sum[..samples].fill(0);
    }

    /// Adds sums from `from` on.
    pub fn add_sums(&mut self, from: usize, sums: &[i32]) {
        for (sum, more) in self.sum[from..].iter_mut().zip(sums) {
            *sum += more;
        }
    }

    /// Adds samples from `from` on as they were added with one gain before, or takes them away.
    pub fn change(&mut self, from: usize, samples: &[i16], added: Gain, wanted: Gain) {
        if (added, wanted) == (Gain::UNITY, Gain::ZERO) {
            for (sum, sample) in self.sum[from..].iter_mut().zip(samples) {
                *sum -= i32::from(*sample);
            }
            return;
        }
        if (added, wanted) == (Gain::ZERO, Gain::UNITY) {
            for (sum, sample) in self.sum[from..].iter_mut().zip(samples) {
                *sum += i32::from(*sample);
            }
            return;
        }
        for (sum, sample) in self.sum[from..].iter_mut().zip(samples) {
            *sum += wanted.of(*sample) - added.of(*sample);
        }
    }

    pub fn write(&self, out: &mut [i16]) {
        for (out, sum) in out.iter_mut().zip(&self.sum) {
            *out = (*sum).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs source and listener on one grid of 10 ms, and returns what was heard after the first second.
    fn listen(source_ms: usize, listener_ms: usize) -> Vec<i16> {
        let (mut ring, mut cursor, mut heard) = (Ring::default(), Cursor::default(), Vec::new());
        let mut said = 0u64;
        for ms in (0..5000).step_by(10) {
            if ms % source_ms == 0 {
                let packet: Vec<i16> = (0..source_ms * 8)
                    .map(|i| (said as usize + i) as i16)
                    .collect();
                ring.write(&packet, false);
                said += packet.len() as u64;
            }
            if ms % listener_ms == 0 {
                let mut out = vec![0; listener_ms * 8];
                let there = cursor.read(&ring, source_ms * 8, false, &mut out);
                if ms >= 1000 {
                    assert!(there, "{source_ms} into {listener_ms} ran dry at {ms}");
                    heard.extend_from_slice(&out);
                }
            }
        }
        heard
    }

    #[test]
    fn every_pair_of_packet_times_is_heard_without_a_break() {
        for source in [10, 20, 30, 40, 50, 60] {
            for listener in [10, 20, 30, 40, 50, 60] {
                let heard = listen(source, listener);
                for pair in heard.windows(2) {
                    assert_eq!(pair[1], pair[0].wrapping_add(1), "{source} into {listener}");
                }
            }
        }
    }

    #[test]
    fn equal_packet_times_hear_the_newest_packet() {
        let (mut ring, mut cursor, mut out) = (Ring::default(), Cursor::default(), [0; 160]);
        ring.write(&[1; 160], false);
        ring.write(&[2; 160], false);
        assert!(cursor.read(&ring, 160, false, &mut out));
        assert_eq!(out, [2; 160]);
    }

    #[test]
    fn a_source_that_stalls_is_silence_and_then_heard_again() {
        let (mut ring, mut cursor, mut out) = (Ring::default(), Cursor::default(), [9; 160]);
        assert!(!cursor.read(&ring, 160, false, &mut out));
        assert_eq!(out, [0; 160]);
        for value in 1..20 {
            ring.write(&[value; 160], false);
        }
        assert!(cursor.read(&ring, 160, false, &mut out));
        assert_eq!(out, [19; 160]);
    }

    #[test]
    fn tones_of_keys_are_silence_for_those_who_mute_them() {
        let (mut ring, mut open, mut muting) =
            (Ring::default(), Cursor::default(), Cursor::default());
        let mut out = [9; 80];
        for round in 0..40 {
            let tone = round % 3 == 1;
            ring.write(&[round; 160], tone);
            for _ in 0..2 {
                assert!(open.read(&ring, 160, false, &mut out));
                assert_eq!(out, [round; 80]);
                assert!(muting.read(&ring, 160, true, &mut out));
                assert_eq!(out, [if tone { 0 } else { round }; 80]);
            }
        }
    }

    #[test]
    fn loud_voices_together_saturate() {
        let (mut mix, mut out) = (Mix::<2>::default(), [0; 2]);
        for voice in [[30000, -30000], [30000, -30000], [-10, 10]] {
            mix.change(0, &voice, Gain::ZERO, Gain::UNITY);
        }
        mix.write(&mut out);
        assert_eq!(out, [i16::MAX, i16::MIN]);
        mix.clear(2);
        mix.change(0, &[5, 6], Gain::ZERO, Gain::UNITY);
        mix.write(&mut out);
        assert_eq!(out, [5, 6]);
    }
}
