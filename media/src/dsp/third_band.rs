//! From 48 kHz to 16 kHz and back: one third-band filter, of which every third coefficient but the middle is zero.

use std::sync::OnceLock;

use super::half_band::{kaiser, sample};

/// Coefficients between two that are zero come in twos, and those of one place make a row. 107 in all: flat to 7 kHz,
/// gone from 9 kHz on.
const ROW: usize = 36;
/// Samples at 16 kHz before the present one that a row sees.
const HISTORY: usize = ROW - 1;
/// The middle of a row, on the way down.
const MIDDLE: usize = ROW / 2 - 1;
/// Samples at 16 kHz that are worked on at once: 20 ms.
const PIECE: usize = 320;
/// Samples at 16 kHz whose sums are made side by side. A piece and its room are whole ones.
const AT_ONCE: usize = 8;

type Line = [f32; HISTORY + PIECE];

/// Those at one, four, seven ... samples from the middle and on its other side two, five ...; and the same backwards,
/// which is the other row. The sum of each is one.
fn coefficients() -> &'static [[f32; ROW]; 2] {
    static COEFFICIENTS: OnceLock<[[f32; ROW]; 2]> = OnceLock::new();
    COEFFICIENTS.get_or_init(|| {
        let mut row = [0.0; ROW];
        for (index, coefficient) in row.iter_mut().enumerate() {
            let at = 3.0 * (index as f64 - (ROW / 2) as f64) + 1.0;
            let angle = std::f64::consts::PI * at / 3.0;
            *coefficient = angle.sin() / angle * kaiser(at / (3 * ROW / 2) as f64);
        }
        let sum: f64 = row.iter().sum();
        let row = row.map(|coefficient| (coefficient / sum) as f32);
        let mut backwards = row;
        backwards.reverse();
        [row, backwards]
    })
}

/// One stream in one direction; it delays by 1.1 ms. The first one of a process computes the coefficients.
#[derive(Clone, Copy, Debug)]
pub struct ThirdBand {
    rows: &'static [[f32; ROW]; 2],
    /// Of each third sample from the first, second and third on; the way up has one line only.
    history: [[f32; HISTORY]; 3],
}

impl Default for ThirdBand {
    fn default() -> Self {
        Self {
            rows: coefficients(),
            history: [[0.0; HISTORY]; 3],
        }
    }
}

impl ThirdBand {
    /// Of the way down, in samples at 16 kHz.
    pub const DELAY: usize = MIDDLE;

    /// Three samples at 48 kHz make one at 16 kHz: fills `out` from as many as it needs of `samples`.
    pub fn down(&mut self, samples: &[i16], out: &mut [i16]) {
        for (samples, out) in samples.chunks(3 * PIECE).zip(out.chunks_mut(PIECE)) {
            self.down_piece(samples, out);
        }
    }

    /// One sample at 16 kHz makes three at 48 kHz: fills `out`.
    pub fn up(&mut self, samples: &[i16], out: &mut [i16]) {
        for (samples, out) in samples.chunks(PIECE).zip(out.chunks_mut(3 * PIECE)) {
            self.up_piece(samples, out);
        }
    }

    fn down_piece(&mut self, samples: &[i16], out: &mut [i16]) {
        let count = out.len().min(samples.len() / 3);
        let mut lines = [[0.0; HISTORY + PIECE]; 3];
        for (phase, line) in lines.iter_mut().enumerate() {
            let each = samples[..3 * count].iter().skip(phase).step_by(3);
            load(&mut self.history[phase], each, line, count);
        }
        let [middle, second, third] = &lines;
        for (start, out) in (0..).step_by(AT_ONCE).zip(out[..count].chunks_mut(AT_ONCE)) {
            let mut sums = [0.0; AT_ONCE];
            add(&self.rows[0], &second[start..], &mut sums);
            add(&self.rows[1], &third[start..], &mut sums);
            let middle = &middle[start + HISTORY - MIDDLE..];
            for ((out, sum), middle) in out.iter_mut().zip(sums).zip(middle) {
                *out = sample((sum + middle) / 3.0);
            }
        }
    }

    fn up_piece(&mut self, samples: &[i16], out: &mut [i16]) {
        let count = samples.len().min(out.len() / 3);
        let mut line = [0.0; HISTORY + PIECE];
        let samples = samples[..count].iter();
        load(&mut self.history[0], samples, &mut line, count);
        let threes = out[..3 * count].chunks_mut(3 * AT_ONCE);
        for (start, threes) in (0..).step_by(AT_ONCE).zip(threes) {
            let (mut one, mut two) = ([0.0; AT_ONCE], [0.0; AT_ONCE]);
            add(&self.rows[1], &line[start..], &mut one);
            add(&self.rows[0], &line[start..], &mut two);
            let middle = &line[start + HISTORY - MIDDLE - 1..];
            for (n, three) in threes.chunks_exact_mut(3).enumerate() {
                three.copy_from_slice(&[middle[n] as i16, sample(one[n]), sample(two[n])]);
            }
        }
    }
}

/// Adds to each sum a row of coefficients times the samples from its place on: side by side, for the machine's vectors.
#[inline]
fn add(row: &[f32; ROW], line: &[f32], sums: &mut [f32; AT_ONCE]) {
    for (index, coefficient) in row.iter().enumerate() {
        let window = &line[index..index + AT_ONCE];
        for (sum, sample) in sums.iter_mut().zip(window) {
            *sum += coefficient * sample;
        }
    }
}

/// The last samples and the new ones in one line; remembers its end.
fn load<'a>(
    history: &mut [f32; HISTORY],
    samples: impl Iterator<Item = &'a i16>,
    line: &mut Line,
    count: usize,
) {
    line[..HISTORY].copy_from_slice(history);
    for (place, sample) in line[HISTORY..HISTORY + count].iter_mut().zip(samples) {
        *place = f32::from(*sample);
    }
    history.copy_from_slice(&line[count..count + HISTORY]);
}

#[cfg(test)]
mod tests {
    use super::super::half_band::measure::{beside_and_at, tone};
    use super::*;

    fn down(samples: &[i16]) -> Vec<i16> {
        let (mut filter, mut all) = (ThirdBand::default(), Vec::new());
        for frame in samples.chunks(480) {
            let mut out = vec![0; frame.len() / 3];
            filter.down(frame, &mut out);
            all.extend(out);
        }
        all
    }

    fn up(samples: &[i16]) -> Vec<i16> {
        let (mut filter, mut all) = (ThirdBand::default(), Vec::new());
        for frame in samples.chunks(960) {
            let mut out = vec![0; frame.len() * 3];
            filter.up(frame, &mut out);
            all.extend(out);
        }
        all
    }

    #[test]
    fn wideband_frequencies_pass_unchanged_both_ways() {
        for hertz in [1000.0, 3400.0, 6000.0, 7000.0] {
            let (beside, at) = beside_and_at(&down(&tone(hertz, 48e3, 48_000)), hertz, 16e3);
            assert!(at.abs() < 0.1 && beside < -60.0, "{hertz}: {at} {beside}");
            let (beside, at) = beside_and_at(&up(&tone(hertz, 16e3, 16_000)), hertz, 48e3);
            assert!(at.abs() < 0.1 && beside < -60.0, "{hertz}: {at} {beside}");
        }
    }

    #[test]
    fn what_sixteen_kilohertz_cannot_hold_is_sixty_decibels_down() {
        for hertz in [9100.0, 12_000.0, 15_000.0, 17_000.0, 20_000.0, 23_000.0] {
            let out = down(&tone(hertz, 48e3, 48_000));
            let image = if hertz < 16e3 {
                16e3 - hertz
            } else {
                hertz - 16e3
            };
            let (beside, at) = beside_and_at(&out, image, 16e3);
            assert!(at < -60.0 && beside < -60.0, "{hertz}: {at} {beside}");
        }
    }
}
