//! DTMF out of audio: which key is held, in 8 kHz samples of any number at a time.
//!
//! Every 5 ms the last 20 ms are weighed by a Hann window and compared with the eight frequencies. A key counts when
//! its two tones hold nearly all of the power, their levels are like those of a telephone, and the phases of both turn
//! as they must for their frequencies: that tells 1.5 % from 3.5 % off, for which the window alone is too short.

mod spectrum;
#[cfg(test)]
mod tests;

use super::{COLUMNS, KEYS, PEAK_0_DBM0, ROWS};
use crate::telephone_event::Digit;
use spectrum::{Spectrum, Table, HOP, WINDOW};

const SAMPLES_A_MS: u32 = 8;
/// The share of the power that both tones must hold: noise 15 dB below them leaves 0.97 on average.
const PURITY: f32 = 0.85;
/// The weaker of both tones must be above this.
const LEAST_DBM0: f32 = -40.0;
/// How much stronger the column may be, and the row, in dB: 8 and 4 are asked for.
const TWIST: f32 = 9.0;
const REVERSE_TWIST: f32 = 5.0;
/// Between 1.5 %, which counts, and 3.5 %, which does not.
const MOST_OFF: f32 = 0.025;
/// So many windows in sequence make a press: 35 ms of sound, of the 40 ms that there must be.
const HITS: u32 = 4;
/// And so many without the key its end.
const MISSES: u32 = 3;
/// What the first and the last window of a press hold beside it, in samples.
const BESIDE: u32 = 80;

/// Follows the keys of one stream. Each `Started` is followed by its `Ended` before the next `Started`.
#[derive(Clone)]
pub struct DtmfDetector {
    table: &'static Table,
    /// The last window, the newest samples still coming in.
    samples: [f32; WINDOW],
    filled: usize,
    before: Option<Spectrum>,
    candidate: Option<u8>,
    hits: u32,
    pressed: Option<Press>,
}

#[derive(Clone, Copy)]
struct Press {
    digit: u8,
    /// From the first window that held it to the last.
    hops: u32,
    misses: u32,
}

impl Default for DtmfDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl DtmfDetector {
    /// The first one of a process computes the tables.
    pub fn new() -> Self {
        Self {
            table: spectrum::table(),
            samples: [0.0; WINDOW],
            filled: WINDOW - HOP,
            before: None,
            candidate: None,
            hits: 0,
            pressed: None,
        }
    }

    /// Takes the next samples. True when a tone is there, or may be: what should not be heard when keys are not.
    pub fn receive(&mut self, samples: &[i16], mut tell: impl FnMut(Digit)) -> bool {
        let mut suspicious = self.hears_tone();
        let mut rest = samples;
        while !rest.is_empty() {
            let count = rest.len().min(WINDOW - self.filled);
            let (now, later) = rest.split_at(count);
            for (place, &sample) in self.samples[self.filled..].iter_mut().zip(now) {
                *place = f32::from(sample);
            }
            self.filled += count;
            rest = later;
            if self.filled == WINDOW {
                let key = self.look();
                self.step(key, &mut tell);
                suspicious |= self.hears_tone();
                self.samples.copy_within(HOP.., 0);
                self.filled = WINDOW - HOP;
            }
        }
        suspicious
    }

    fn hears_tone(&self) -> bool {
        self.pressed.is_some() || self.candidate.is_some()
    }

    /// The key that the window holds.
    fn look(&mut self) -> Option<u8> {
        let power = self.table.power(&self.samples);
        let least = PEAK_0_DBM0 * 10f32.powf(LEAST_DBM0 / 20.0);
        if power < least * least {
            self.before = None;
            return None;
        }
        let now = self.table.spectrum(&self.samples);
        let before = self.before.replace(now)?;
        let row = now.strongest(0);
        let column = now.strongest(4);
        let turns = [row, column].map(|tone| self.table.hertz_off(tone, &before, &now));
        let limits = [ROWS[row], COLUMNS[column - 4]].map(|frequency| frequency * MOST_OFF);
        if turns[0].abs() > limits[0] || turns[1].abs() > limits[1] {
            return None;
        }
        let low = self.table.tone_power(&now, row, turns[0]);
        let high = self.table.tone_power(&now, column, turns[1]);
        let ratio = |decibels: f32| 10f32.powf(decibels / 10.0);
        let pure = low + high >= PURITY * power;
        let balanced = high <= low * ratio(TWIST) && low <= high * ratio(REVERSE_TWIST);
        let loud = low.min(high) * 2.0 >= least * least;
        (pure && balanced && loud).then(|| KEYS[row][column - 4])
    }

    fn step(&mut self, key: Option<u8>, tell: &mut impl FnMut(Digit)) {
        self.hits = match key {
            Some(_) if key == self.candidate => self.hits.saturating_add(1),
            Some(_) => 1,
            None => 0,
        };
        self.candidate = key;
        if let Some(press) = &mut self.pressed {
            if key == Some(press.digit) {
                press.hops = press.hops.saturating_add(1 + press.misses);
                press.misses = 0;
                return;
            }
            press.misses += 1;
            if press.misses < MISSES {
                return;
            }
            tell(Digit::Ended {
                digit: press.digit,
                duration_ms: press.duration_ms(),
            });
            self.pressed = None;
        }
        if let Some(digit) = key.filter(|_| self.hits >= HITS) {
            self.pressed = Some(Press {
                digit,
                hops: self.hits - 1,
                misses: 0,
            });
            tell(Digit::Started { digit });
        }
    }
}

impl Press {
    fn duration_ms(self) -> u32 {
        let samples = (WINDOW as u32 - BESIDE).saturating_add(self.hops.saturating_mul(HOP as u32));
        samples / SAMPLES_A_MS
    }
}
