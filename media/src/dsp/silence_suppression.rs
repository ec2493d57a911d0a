//! What is sent in place of silence: now and then a packet that says how the noise sounds (RFC 3389), else nothing.
//!
//! Silence is what is near the noise floor, steady and without a pitch, for long enough. The noise of its last moments
//! is described by its level and by the reflection coefficients of linear prediction.

use super::half_band::HalfBand;

/// The level and ten coefficients.
pub const MAX_SID_LEN: usize = 1 + ORDER;
const ORDER: usize = 10;
/// Silence must last so long before anything is left out.
const HANG_OVER_MS: u32 = 200;
/// What sounds in the first part of it may be the end of a word.
const TAIL_MS: u32 = 100;
/// Between two descriptions: at least, and at most.
const LEAST_MS: u32 = 100;
const MOST_MS: u32 = 400;
/// A change of the level that is told before its time.
const CHANGE_DB: f32 = 2.0;
/// All levels here are relative to a square wave of full scale (dBov). Above this it is never silence, and below that
/// always: an empty line.
const LOUD_DBOV: f32 = -30.0;
const QUIET_DBOV: f32 = -70.0;
/// Over the floor, noise of its own accord rises so far.
const MARGIN_DB: f32 = 8.0;
/// The floor follows a lower level at once, a higher one by so much in a millisecond.
const RISE_DB: f32 = 0.01;
/// Noise can be predicted from its past by so much at most; what can be better is a tone or music.
const MOST_PREDICTED: f32 = 30.0;
/// How fast the description follows, for each packet.
const FOLLOW: f32 = 0.2;
/// 60 ms at 8 kHz.
const LONGEST: usize = 480;

/// What to do with the packet that is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sending {
    Audio,
    /// In its place a description of so many octets.
    Description(usize),
    Nothing,
}

/// Looks at what one leg is about to send.
#[derive(Clone, Debug)]
pub struct SilenceSuppressor {
    filter: HalfBand,
    floor: f32,
    /// How long it has been silent.
    silent_ms: u32,
    /// Since the last description, and the level that it told.
    since_ms: u32,
    told: Option<f32>,
    /// The mean product of samples so far apart.
    products: [f32; ORDER + 1],
    is_fresh: bool,
}

impl Default for SilenceSuppressor {
    fn default() -> Self {
        Self {
            filter: HalfBand::default(),
            floor: -60.0,
            silent_ms: 0,
            since_ms: 0,
            told: None,
            products: [0.0; ORDER + 1],
            is_fresh: true,
        }
    }
}

impl SilenceSuppressor {
    /// Something else than audio is sent, or audio that nobody may leave out.
    pub fn interrupt(&mut self) {
        (self.silent_ms, self.told) = (0, None);
    }

    /// Takes the next packet's samples, of `milliseconds`; none at all is digital silence. A description is put into
    /// `out`, which has room for [`MAX_SID_LEN`].
    pub fn next(&mut self, samples: &[i16], milliseconds: u32, out: &mut [u8]) -> Sending {
        let mut room = [0; LONGEST];
        let count = (milliseconds as usize * 8).min(LONGEST);
        let narrow = match samples.len() > count {
            true => {
                self.filter.down(samples, &mut room[..count]);
                &room[..count]
            }
            false => samples,
        };
        let products = products(narrow);
        if !self.is_silent(&products, milliseconds) {
            self.interrupt();
            return Sending::Audio;
        }
        if self.silent_ms <= TAIL_MS {
            self.is_fresh = true;
        }
        let follow = if std::mem::take(&mut self.is_fresh) {
            1.0
        } else {
            FOLLOW
        };
        for (mean, product) in self.products.iter_mut().zip(products) {
            *mean += (product - *mean) * follow;
        }
        self.silent_ms = self.silent_ms.saturating_add(milliseconds);
        if self.silent_ms <= HANG_OVER_MS {
            return Sending::Audio;
        }
        self.since_ms += milliseconds;
        let level = level(self.products[0]);
        let is_due = self.told.is_none_or(|told| {
            let changed = (told - level).abs() >= CHANGE_DB && self.since_ms >= LEAST_MS;
            changed || self.since_ms >= MOST_MS
        });
        if !is_due {
            return Sending::Nothing;
        }
        (self.told, self.since_ms) = (Some(level), 0);
        Sending::Description(describe(&self.products, out))
    }

    fn is_silent(&mut self, products: &[f32; ORDER + 1], milliseconds: u32) -> bool {
        let level = level(products[0]);
        let risen = self.floor + RISE_DB * milliseconds as f32;
        self.floor = risen.min(level).clamp(QUIET_DBOV, LOUD_DBOV - MARGIN_DB);
        if level <= QUIET_DBOV {
            return true;
        }
        if level > LOUD_DBOV || level > self.floor + MARGIN_DB {
            return false;
        }
        reflections(products).1 < MOST_PREDICTED
    }
}

/// The mean products of samples 0 to 10 apart.
fn products(samples: &[i16]) -> [f32; ORDER + 1] {
    let mut all = [0.0; ORDER + 1];
    for (lag, product) in all.iter_mut().enumerate() {
        let later = samples.get(lag..).unwrap_or_default();
        let pairs = later.iter().zip(samples);
        let sum: i64 = pairs.map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
        *product = sum as f32 / samples.len().max(1) as f32;
    }
    all
}

fn level(power: f32) -> f32 {
    10.0 * (power / (32768.0 * 32768.0)).max(1e-13).log10()
}

/// The reflection coefficients by the recursion of Levinson and Durbin, the first one negative where neighbours are
/// alike (as G.711, appendix II has them); and how much of the power they predict, as a factor.
fn reflections(products: &[f32; ORDER + 1]) -> ([f32; ORDER], f32) {
    let mut reflections = [0.0; ORDER];
    // A little white noise keeps the recursion stable.
    let power = products[0] * 1.0001 + 1e-3;
    let (mut error, mut filter) = (power, [0.0f32; ORDER + 1]);
    filter[0] = 1.0;
    for order in 1..=ORDER {
        let sum: f32 = (0..order)
            .map(|tap| filter[tap] * products[order - tap])
            .sum();
        let reflection = (-sum / error).clamp(-0.999, 0.999);
        reflections[order - 1] = reflection;
        let before = filter;
        for tap in 1..=order {
            filter[tap] = before[tap] + reflection * before[order - tap];
        }
        error = (error * (1.0 - reflection * reflection)).max(f32::MIN_POSITIVE);
    }
    (reflections, power / error)
}

/// Puts level and coefficients into `out` (RFC 3389, 3); an empty line has no coefficients.
fn describe(products: &[f32; ORDER + 1], out: &mut [u8]) -> usize {
    let level = -level(products[0]);
    out[0] = level.round().clamp(0.0, 127.0) as u8;
    if level >= -QUIET_DBOV {
        return 1;
    }
    for (octet, reflection) in out[1..].iter_mut().zip(reflections(products).0) {
        *octet = ((reflection * 32768.0 / 258.0).round() + 127.0).clamp(0.0, 254.0) as u8;
    }
    MAX_SID_LEN
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::comfort_noise::{ComfortNoise, NoiseLevel};
    use proptest::prelude::*;

    /// White noise at -`level` dBov.
    fn noise(level: u8, count: usize) -> Vec<i16> {
        let mut samples = vec![0; count];
        if let Some(level) = NoiseLevel::parse(&[level]) {
            ComfortNoise::default().fill(level, &mut samples);
        }
        samples
    }

    /// Speech as far as a meter goes: a pitch with harmonics that comes and goes.
    fn speech(count: usize) -> Vec<i16> {
        (0..count)
            .map(|n| {
                let t = n as f32 / 8000.0;
                let loud = (t * 4.0 * std::f32::consts::PI).sin().abs() + 0.05;
                let tone = |hertz: f32| (t * hertz * 2.0 * std::f32::consts::PI).sin();
                (loud * (4000.0 * tone(140.0) + 2000.0 * tone(700.0) + 900.0 * tone(2100.0))) as i16
            })
            .collect()
    }

    fn run(suppressor: &mut SilenceSuppressor, samples: &[i16]) -> Vec<(Sending, [u8; 11])> {
        let packets = samples.chunks(160);
        packets
            .map(|packet| {
                let mut out = [0; MAX_SID_LEN];
                (suppressor.next(packet, 20, &mut out), out)
            })
            .collect()
    }

    fn is_audio(sent: &(Sending, [u8; 11])) -> bool {
        sent.0 == Sending::Audio
    }

    #[test]
    fn an_empty_line_is_left_out_after_the_hang_over_and_described_again_and_again() {
        let mut suppressor = SilenceSuppressor::default();
        let sent = run(&mut suppressor, &[0; 16_000]);
        assert!(sent[..10].iter().all(is_audio));
        let told: Vec<usize> = (0..sent.len())
            .filter(|at| sent[*at].0 == Sending::Description(1))
            .collect();
        assert_eq!(told, [10, 30, 50, 70, 90]);
        assert_eq!(sent[10].1[0], 127);
        let others = sent.iter().filter(|one| one.0 == Sending::Nothing);
        assert_eq!(others.count(), 85);
    }

    #[test]
    fn speech_goes_out_at_once_and_whole() {
        let mut suppressor = SilenceSuppressor::default();
        run(&mut suppressor, &noise(55, 8000));
        let mut spoken = speech(16_000);
        for (sample, noise) in spoken.iter_mut().zip(noise(55, 16_000)) {
            *sample += noise;
        }
        assert!(run(&mut suppressor, &spoken).iter().all(is_audio));
    }

    #[test]
    fn the_level_of_noise_is_told_within_a_decibel() {
        for level in [35, 45, 55, 65] {
            let mut suppressor = SilenceSuppressor::default();
            let sent = run(&mut suppressor, &noise(level, 80_000));
            let last = sent
                .iter()
                .rfind(|one| one.0 == Sending::Description(MAX_SID_LEN));
            let told = last.unwrap().1[0];
            assert!(told.abs_diff(level) <= 1, "{level} {told}");
            let white = last.unwrap().1[1..]
                .iter()
                .all(|one| one.abs_diff(127) < 25);
            assert!(white, "{last:?}");
        }
    }

    #[test]
    fn dull_noise_is_told_to_be_dull() {
        let mut suppressor = SilenceSuppressor::default();
        let mut before = 0i16;
        let dull: Vec<i16> = noise(45, 80_000)
            .into_iter()
            .map(|sample| {
                before = (f32::from(before) * 0.7 + f32::from(sample) * 0.3) as i16;
                before
            })
            .collect();
        let sent = run(&mut suppressor, &dull);
        let last = sent
            .iter()
            .rfind(|one| one.0 == Sending::Description(MAX_SID_LEN));
        // A pole at 0.7 is a first coefficient of -0.7.
        let told = (f32::from(last.unwrap().1[1]) - 127.0) * 258.0 / 32768.0;
        assert!((told + 0.7).abs() < 0.08, "{told}");
    }

    #[test]
    fn a_louder_background_is_told_soon() {
        let mut suppressor = SilenceSuppressor::default();
        run(&mut suppressor, &noise(60, 40_000));
        let sent = run(&mut suppressor, &noise(54, 8000));
        let first = sent.iter().position(|one| one.0 != Sending::Nothing);
        assert!(first.is_some_and(|packets| packets <= 10), "{first:?}");
    }

    #[test]
    fn a_soft_tone_is_no_silence() {
        let mut suppressor = SilenceSuppressor::default();
        let tone: Vec<i16> = (0..80_000)
            .map(|n| (300.0 * (n as f32 * 0.35).sin()) as i16)
            .collect();
        assert!(run(&mut suppressor, &tone).iter().all(is_audio));
    }

    #[test]
    fn wideband_noise_is_measured_as_its_lower_half() {
        let mut suppressor = SilenceSuppressor::default();
        let wide = noise(45, 160_000);
        let mut out = [0; MAX_SID_LEN];
        let mut told = 0;
        for packet in wide.chunks(320) {
            if let Sending::Description(_) = suppressor.next(packet, 20, &mut out) {
                told = out[0];
            }
        }
        // Half of the power of white noise lies below 4 kHz.
        assert!(told.abs_diff(48) <= 1, "{told}");
    }

    proptest! {
        #[test]
        fn any_samples_are_audio_or_a_description_or_nothing(samples in prop::collection::vec(any::<i16>(), 0..2000)) {
            let mut suppressor = SilenceSuppressor::default();
            for (sending, out) in run(&mut suppressor, &samples) {
                if let Sending::Description(len) = sending {
                    prop_assert!(len <= MAX_SID_LEN && out[0] < 128);
                }
            }
        }
    }
}
