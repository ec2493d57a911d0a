//! What a conference has beside its other sums once a leg of 48 kHz is in it.

use super::bus::Bus;
use super::gain::Gain;
use super::hearing::Mix;
use super::{MAX_NARROW, MAX_SAMPLES};
use crate::dsp::third_band::ThirdBand;

/// The sums of a conference that has legs of 48 kHz.
pub struct Full {
    /// Voices of such legs, as they are and at 16 kHz.
    voices: Bus,
    lowered: Bus,
    /// All others as such legs hear them, up to a position of 8 kHz.
    raised: Bus,
    raised_to: u64,
    up: ThirdBand,
}

impl Default for Full {
    fn default() -> Self {
        Self {
            voices: Bus::new(48_000),
            lowered: Bus::new(16_000),
            raised: Bus::new(48_000),
            raised_to: 0,
            up: ThirdBand::default(),
        }
    }
}

impl Full {
    /// Adds a voice of such a leg; `at` is a position of 8 kHz, and `wide` what it is at 16 kHz.
    pub fn add(&mut self, at: u64, samples: &[i16], wide: &[i16], gain: Gain) {
        self.voices.add(6 * at, samples, gain);
        self.lowered.add(2 * at, wide, gain);
    }

    /// What such a leg hears of `units` from `at` on, itself included; `raise` came before.
    pub fn listen(&self, at: u64, units: usize, mix: &mut Mix) {
        self.raised.listen(6 * at, 6 * units, mix);
        self.voices.listen(6 * at, 6 * units, mix);
    }

    /// What legs of 16 kHz hear of those of 48.
    pub fn listen_lowered(&self, at: u64, units: usize, mix: &mut Mix) {
        self.lowered.listen(2 * at, 2 * units, mix);
    }

    /// Takes what all others said up to `until`.
    pub fn raise(&mut self, until: u64, widened: &Bus, wide: &Bus) {
        let from = self.raised_to.max(until.saturating_sub(MAX_NARROW as u64));
        if from >= until {
            return;
        }
        if from != self.raised_to {
            self.up = ThirdBand::default();
        }
        let length = 2 * (until - from) as usize;
        let (mut low, mut high) = ([0; MAX_SAMPLES], [0; 3 * MAX_SAMPLES]);
        let mut mix = Mix::<MAX_SAMPLES>::default();
        for bus in [widened, wide] {
            bus.listen(2 * from, length, &mut mix);
        }
        mix.write(&mut low[..length]);
        self.up.up(&low[..length], &mut high[..3 * length]);
        self.raised.add(6 * from, &high[..3 * length], Gain::UNITY);
        self.raised_to = until;
    }
}
