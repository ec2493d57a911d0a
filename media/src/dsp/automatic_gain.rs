//! Automatic gain: quiet voices become louder and loud ones softer, slowly, and only while somebody speaks.
//!
//! Levels are mean squares relative to a square wave of full scale, in dB.

/// What speech ends up at.
const TARGET_DB: f32 = -20.0;
/// The most that is added or taken away.
const MOST_DB: f32 = 15.0;
/// In a second of speech.
const RISE_DB: f32 = 4.0;
const FALL_DB: f32 = 8.0;
const BLOCK_MS: usize = 10;
/// Speech is over the noise floor by so much, and never softer than that.
const OVER_FLOOR_DB: f32 = 10.0;
const SOFTEST_DB: f32 = -58.0;
/// Within a second it goes up and down by so much, which noise and tones do not.
const SWING_DB: f32 = 12.0;
/// The floor follows a lower level at once, a higher one by so much for each block.
const FLOOR_RISE_DB: f32 = 0.04;
/// Half of the second in which speech swings, in blocks.
const HALF_WINDOW: u32 = 50;
/// The level of speech is that of its last three seconds, in blocks.
const MEMORY: f32 = 300.0;
/// Before so many blocks of speech its level is not known.
const ENOUGH: f32 = 20.0;
/// No sample becomes larger, beside one that came in larger.
const CEILING: f32 = 30_000.0;
/// What the limiter took away comes back by a factor for each block.
const RELEASE: f32 = 1.03;

/// The lowest and highest level of some blocks.
#[derive(Clone, Copy, Debug)]
struct Swing {
    lowest: f32,
    highest: f32,
}

impl Swing {
    const NONE: Swing = Swing {
        lowest: 0.0,
        highest: -200.0,
    };

    fn with(self, level: f32) -> Self {
        Self {
            lowest: self.lowest.min(level),
            highest: self.highest.max(level),
        }
    }
}

/// The gain of one voice.
#[derive(Clone, Debug)]
pub struct AutomaticGain {
    floor: f32,
    /// Of this half second, and of the one before.
    swings: [Swing; 2],
    blocks: u32,
    /// The mean square of speech, and over how many blocks it was taken.
    speech: f32,
    heard: f32,
    gain_db: f32,
    /// The factor that the last sample had, and what of it is the limiter's.
    factor: f32,
    limit: f32,
}

impl Default for AutomaticGain {
    fn default() -> Self {
        Self {
            floor: -50.0,
            swings: [Swing::NONE; 2],
            blocks: 0,
            speech: 0.0,
            heard: 0.0,
            gain_db: 0.0,
            factor: 1.0,
            limit: 1.0,
        }
    }
}

impl AutomaticGain {
    /// What is added at present, in dB.
    pub fn gain_db(&self) -> f32 {
        self.gain_db
    }

    /// Makes the next samples, of that rate, as loud as they should be.
    pub fn apply(&mut self, rate: u32, samples: &mut [i16]) {
        for block in samples.chunks_mut((rate as usize / 1000 * BLOCK_MS).max(1)) {
            self.follow(block);
            self.scale(block);
        }
    }

    fn follow(&mut self, block: &[i16]) {
        let sum: f32 = block
            .iter()
            .map(|one| f32::from(*one) * f32::from(*one))
            .sum();
        let power = sum / block.len() as f32;
        let level = decibels(power);
        self.floor = (self.floor + FLOOR_RISE_DB).min(level).max(-80.0);
        self.blocks += 1;
        if self.blocks == HALF_WINDOW {
            (self.blocks, self.swings) = (0, [Swing::NONE, self.swings[0]]);
        }
        self.swings[0] = self.swings[0].with(level);
        let swing = self.swings[1]
            .with(self.swings[0].lowest)
            .with(self.swings[0].highest);
        let swings = swing.highest - swing.lowest >= SWING_DB;
        if !swings || level < SOFTEST_DB || level < self.floor + OVER_FLOOR_DB {
            return;
        }
        self.heard = (self.heard + 1.0).min(MEMORY);
        self.speech += (power - self.speech) / self.heard;
        if self.heard < ENOUGH {
            return;
        }
        let wanted = (TARGET_DB - decibels(self.speech)).clamp(-MOST_DB, MOST_DB);
        let step = BLOCK_MS as f32 / 1000.0;
        self.gain_db += (wanted - self.gain_db).clamp(-FALL_DB * step, RISE_DB * step);
    }

    /// Goes over to the new factor within the block, and before the first sample that would be too large.
    fn scale(&mut self, block: &mut [i16]) {
        let gain = 10f32.powf(self.gain_db / 20.0);
        let peak = block
            .iter()
            .map(|one| one.unsigned_abs())
            .max()
            .unwrap_or(0);
        // What comes in louder than the ceiling stays as it is, unless it is to be softer.
        let ceiling = CEILING.max(f32::from(peak).min(32_767.0) * gain.min(1.0));
        let most = ceiling / (f32::from(peak) * gain).max(1.0);
        self.limit = (self.limit * RELEASE).min(1.0).min(most);
        let (from, to) = (self.factor, gain * self.limit);
        if from == 1.0 && to == 1.0 {
            return;
        }
        let too_large = |one: &i16| f32::from(one.unsigned_abs()) * from.max(to) > ceiling;
        let ramp = block.iter().position(too_large).unwrap_or(block.len());
        for (index, sample) in block.iter_mut().enumerate() {
            let factor = match index < ramp {
                true => from + (to - from) * (index + 1) as f32 / ramp as f32,
                false => to,
            };
            // A conversion keeps what is left of a rounding inside 16 bits.
            *sample = (f32::from(*sample) * factor).round() as i16;
        }
        self.factor = to;
    }
}

fn decibels(power: f32) -> f32 {
    10.0 * (power / (32768.0 * 32768.0)).max(1e-13).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::comfort_noise::{ComfortNoise, NoiseLevel};
    use proptest::prelude::*;
    use std::sync::OnceLock;

    /// Syllables for so many seconds, of that level while they sound.
    fn speech(seconds: usize, level_db: f32) -> Vec<i16> {
        let raw: Vec<f32> = (0..seconds * 8000)
            .map(|n| {
                let t = n as f32 / 8000.0;
                let syllable = (t * 3.0 * std::f32::consts::TAU).sin().max(0.0).sqrt();
                let ring = |hertz: f32| (t * hertz * std::f32::consts::TAU).sin();
                syllable * (ring(130.0) + 0.7 * ring(650.0) + 0.4 * ring(1900.0))
            })
            .collect();
        let sounding: Vec<f32> = raw.iter().copied().filter(|one| one.abs() > 1e-3).collect();
        let power = sounding.iter().map(|one| one * one).sum::<f32>() / sounding.len() as f32;
        let factor = 32768.0 * 10f32.powf(level_db / 20.0) / power.sqrt();
        raw.into_iter().map(|one| (one * factor) as i16).collect()
    }

    fn noise(seconds: usize, level: u8) -> Vec<i16> {
        let mut samples = vec![0; seconds * 8000];
        if let Some(level) = NoiseLevel::parse(&[level]) {
            ComfortNoise::default().fill(level, &mut samples);
        }
        samples
    }

    fn level(samples: &[i16]) -> f32 {
        let loud: Vec<f32> = samples
            .iter()
            .map(|one| f32::from(*one))
            .filter(|one| one.abs() > 40.0)
            .collect();
        decibels(loud.iter().map(|one| one * one).sum::<f32>() / loud.len().max(1) as f32)
    }

    fn apply(gain: &mut AutomaticGain, mut samples: Vec<i16>) -> Vec<i16> {
        for tick in samples.chunks_mut(160) {
            gain.apply(8000, tick);
        }
        samples
    }

    #[test]
    fn quiet_and_loud_speech_end_near_the_target() {
        for before in [-33.0, -26.0, -20.0, -12.0, -8.0] {
            let mut gain = AutomaticGain::default();
            let spoken = apply(&mut gain, speech(15, before));
            let after = level(&spoken[10 * 8000..]);
            assert!((after - TARGET_DB).abs() < 3.0, "{before} {after}");
        }
    }

    #[test]
    fn it_does_the_same_at_every_rate() {
        let said = speech(15, -33.0);
        let narrow = apply(&mut AutomaticGain::default(), said.clone());
        for times in [2, 6] {
            let mut gain = AutomaticGain::default();
            let mut wide: Vec<i16> = said.iter().flat_map(|one| vec![*one; times]).collect();
            for tick in wide.chunks_mut(160 * times) {
                gain.apply(8000 * times as u32, tick);
            }
            let beside = level(&wide[10 * 8000 * times..]) - level(&narrow[10 * 8000..]);
            assert!(beside.abs() < 0.1, "{times} {beside}");
        }
    }

    #[test]
    fn noise_between_words_is_not_pumped_up() {
        let mut gain = AutomaticGain::default();
        let mixed = |mut spoken: Vec<i16>| {
            for (sample, noise) in spoken.iter_mut().zip(noise(20, 60)) {
                *sample += noise;
            }
            spoken
        };
        apply(&mut gain, mixed(speech(12, -30.0)));
        let settled = gain.gain_db();
        let pause = apply(&mut gain, noise(20, 60));
        assert!((gain.gain_db() - settled).abs() < 0.5);
        let (early, late) = (&pause[8000..16_000], &pause[19 * 8000..]);
        let power = |part: &[i16]| part.iter().map(|one| f32::from(*one).powi(2)).sum::<f32>();
        assert!((power(late) / power(early)).log10().abs() < 0.05);
    }

    #[test]
    fn who_never_speaks_is_not_made_louder() {
        for level in [30, 40, 50, 60] {
            let mut gain = AutomaticGain::default();
            apply(&mut gain, noise(20, level));
            assert!(gain.gain_db().abs() < 1.0, "{level} {}", gain.gain_db());
        }
    }

    #[test]
    fn what_is_too_loud_after_a_whisper_is_not_cut() {
        let mut gain = AutomaticGain::default();
        apply(&mut gain, speech(15, -35.0));
        assert!(gain.gain_db() > 13.0);
        let shouted = apply(&mut gain, speech(2, -6.0));
        assert!(shouted.iter().all(|one| one.unsigned_abs() <= 32_767));
        // A cut top is flat: many samples in a row of one size.
        let flat = shouted.windows(4).filter(|four| {
            four.iter().all(|one| *one == four[0]) && four[0].unsigned_abs() > 25_000
        });
        assert!(flat.count() < 3);
    }

    proptest! {
        #[test]
        fn no_block_grows_over_the_ceiling(samples in prop::collection::vec(any::<i16>(), 0..4000)) {
            static WHISPERED: OnceLock<AutomaticGain> = OnceLock::new();
            let mut gain = WHISPERED
                .get_or_init(|| {
                    let mut gain = AutomaticGain::default();
                    apply(&mut gain, speech(4, -35.0));
                    gain
                })
                .clone();
            let made = apply(&mut gain, samples.clone());
            let peak = |block: &[i16]| block.iter().map(|one| one.unsigned_abs()).max().unwrap_or(0);
            for (before, after) in samples.chunks(80).zip(made.chunks(80)) {
                let most = CEILING.max(f32::from(peak(before))) + 1.0;
                prop_assert!(f32::from(peak(after)) <= most);
            }
        }
    }
}
