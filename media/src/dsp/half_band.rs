//! From 16 kHz to 8 kHz and back: one half-band filter, of which every second coefficient is zero.

use std::f64::consts::PI;
use std::sync::OnceLock;

/// Coefficients on one side that are not zero. 63 in all: flat to 3.5 kHz, gone from 4.5 kHz on.
const SIDE: usize = 16;
/// Samples at 16 kHz before the present one that the filter sees.
const HISTORY: usize = 4 * SIDE - 2;
/// Shape of the Kaiser window: 70 dB.
const BETA: f64 = 6.8;
/// 60 ms at 16 kHz.
const LONGEST: usize = 960;

/// The coefficients at one, three, five ... samples from the middle, whose own is one half.
fn coefficients() -> &'static [f32; SIDE] {
    static COEFFICIENTS: OnceLock<[f32; SIDE]> = OnceLock::new();
    COEFFICIENTS.get_or_init(|| {
        let mut side = [0.0; SIDE];
        for (index, coefficient) in side.iter_mut().enumerate() {
            let at = (2 * index + 1) as f64;
            let sinc = (PI * at / 2.0).sin() / (PI * at);
            *coefficient = sinc * kaiser(at / (2 * SIDE) as f64);
        }
        let sum: f64 = side.iter().sum();
        side.map(|coefficient| (coefficient * 0.25 / sum) as f32)
    })
}

/// The window at a place from the middle, which is 0, to the end, 1.
pub(super) fn kaiser(position: f64) -> f64 {
    bessel(BETA * (1.0 - position * position).sqrt()) / bessel(BETA)
}

/// The modified Bessel function of order zero.
fn bessel(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for n in 1..40 {
        term *= (x / 2.0 / f64::from(n)).powi(2);
        sum += term;
    }
    sum
}

/// The nearest sample, without the call that `round` is.
pub(super) fn sample(value: f32) -> i16 {
    let shifted = (value + 32768.5).clamp(0.0, 65535.0) as i32;
    (shifted - 32768) as i16
}

/// One stream in one direction; it delays by 2 ms. The first one of a process computes the coefficients.
#[derive(Clone, Copy, Debug)]
pub struct HalfBand {
    side: &'static [f32; SIDE],
    history: [f32; HISTORY],
}

impl Default for HalfBand {
    fn default() -> Self {
        Self {
            side: coefficients(),
            history: [0.0; HISTORY],
        }
    }
}

impl HalfBand {
    /// In samples at 8 kHz, and not quite half of one more.
    pub const DELAY: usize = SIDE - 1;

    /// Two samples at 16 kHz make one at 8 kHz: fills `out` from as many as it needs of `samples`, up to 60 ms.
    pub fn down(&mut self, samples: &[i16], out: &mut [i16]) {
        let mut room = [0.0; HISTORY + LONGEST];
        let count = out.len().min(samples.len() / 2);
        let line = self.line(&samples[..2 * count], HISTORY, &mut room);
        for (n, out) in out[..count].iter_mut().enumerate() {
            let window = &line[2 * n + 1..2 * n + 2 + HISTORY];
            let middle = 2 * SIDE - 1;
            let mut sum = 0.5 * window[middle];
            for (index, coefficient) in self.side.iter().enumerate() {
                let at = 2 * index + 1;
                sum += coefficient * (window[middle - at] + window[middle + at]);
            }
            *out = sample(sum);
        }
    }

    /// One sample at 8 kHz makes two at 16 kHz: fills `out`, up to 60 ms.
    pub fn up(&mut self, samples: &[i16], out: &mut [i16]) {
        const SEEN: usize = 2 * SIDE - 1;
        let mut room = [0.0; HISTORY + LONGEST];
        let count = samples.len().min(out.len() / 2);
        let line = self.line(&samples[..count], SEEN, &mut room);
        for (n, pair) in out[..2 * count].chunks_exact_mut(2).enumerate() {
            let window = &line[n..n + SEEN + 1];
            let mut sum = 0.0;
            for (index, coefficient) in self.side.iter().enumerate() {
                sum += coefficient * (window[SIDE - 1 - index] + window[SIDE + index]);
            }
            pair[0] = window[SIDE - 1] as i16;
            pair[1] = sample(2.0 * sum);
        }
    }

    /// The last `seen` samples and the new ones in one line; remembers its end.
    fn line<'a>(
        &mut self,
        samples: &[i16],
        seen: usize,
        room: &'a mut [f32; HISTORY + LONGEST],
    ) -> &'a [f32] {
        let line = &mut room[..seen + samples.len()];
        line[..seen].copy_from_slice(&self.history[..seen]);
        for (place, sample) in line[seen..].iter_mut().zip(samples) {
            *place = f32::from(*sample);
        }
        self.history[..seen].copy_from_slice(&line[samples.len()..]);
        line
    }
}

#[cfg(test)]
pub(super) mod measure {
    use super::*;

    pub fn tone(hertz: f64, rate: f64, count: usize) -> Vec<i16> {
        let step = 2.0 * PI * hertz / rate;
        (0..count)
            .map(|n| (16_000.0 * (step * n as f64).sin()).round() as i16)
            .collect()
    }

    /// The power of what is not at this frequency, and of what is, relative to a sine of 16,000, in dB.
    pub fn beside_and_at(samples: &[i16], hertz: f64, rate: f64) -> (f64, f64) {
        let samples = &samples[400..];
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (n, sample) in samples.iter().enumerate() {
            let (sin, cos) = (2.0 * PI * hertz * n as f64 / rate).sin_cos();
            real += f64::from(*sample) * cos;
            imaginary += f64::from(*sample) * sin;
        }
        let half = samples.len() as f64 / 2.0;
        let (real, imaginary) = (real / half, imaginary / half);
        let beside: f64 = samples
            .iter()
            .enumerate()
            .map(|(n, sample)| {
                let (sin, cos) = (2.0 * PI * hertz * n as f64 / rate).sin_cos();
                (f64::from(*sample) - real * cos - imaginary * sin).powi(2)
            })
            .sum();
        let full = 16_000f64.powi(2) / 2.0;
        let decibels = |power: f64| 10.0 * (power / full + 1e-12).log10();
        let at = (real * real + imaginary * imaginary) / 2.0;
        (decibels(beside / samples.len() as f64), decibels(at))
    }
}

#[cfg(test)]
mod tests {
    use super::measure::{beside_and_at, tone};
    use super::*;

    fn down(samples: &[i16]) -> Vec<i16> {
        let (mut filter, mut all) = (HalfBand::default(), Vec::new());
        for frame in samples.chunks(320) {
            let mut out = vec![0; frame.len() / 2];
            filter.down(frame, &mut out);
            all.extend(out);
        }
        all
    }

    fn up(samples: &[i16]) -> Vec<i16> {
        let (mut filter, mut all) = (HalfBand::default(), Vec::new());
        for frame in samples.chunks(160) {
            let mut out = vec![0; frame.len() * 2];
            filter.up(frame, &mut out);
            all.extend(out);
        }
        all
    }

    #[test]
    fn speech_frequencies_pass_unchanged_both_ways() {
        for hertz in [300.0, 1000.0, 2500.0, 3400.0] {
            let (beside, at) = beside_and_at(&down(&tone(hertz, 16e3, 16_400)), hertz, 8e3);
            assert!(at.abs() < 0.1 && beside < -60.0, "{hertz}: {at} {beside}");
            let (beside, at) = beside_and_at(&up(&tone(hertz, 8e3, 8_200)), hertz, 16e3);
            assert!(at.abs() < 0.1 && beside < -60.0, "{hertz}: {at} {beside}");
        }
    }

    #[test]
    fn what_eight_kilohertz_cannot_hold_is_sixty_decibels_down() {
        for hertz in [4600.0, 5000.0, 6000.0, 7000.0, 7900.0] {
            let out = down(&tone(hertz, 16e3, 16_400));
            let (beside, at) = beside_and_at(&out, 8000.0 - hertz, 8e3);
            assert!(at < -60.0 && beside < -60.0, "{hertz}: {at} {beside}");
        }
    }
}
