//! The eight tones of DTMF in one window of samples.

use std::f32::consts::PI;
use std::sync::OnceLock;

use crate::dsp::{COLUMNS, ROWS};

/// 5 ms.
pub const HOP: usize = 40;
/// 20 ms.
pub const WINDOW: usize = 160;
const TONES: usize = 8;
const RATE: f32 = 8000.0;

/// The window seen at the eight frequencies: real parts, then imaginary parts, so that sums run side by side.
#[derive(Clone, Copy)]
pub struct Spectrum([f32; 2 * TONES]);

impl Spectrum {
    /// The strongest of the four tones from `first` on.
    pub fn strongest(&self, first: usize) -> usize {
        let mut best = first;
        for tone in first + 1..first + 4 {
            if self.magnitude(tone) > self.magnitude(best) {
                best = tone;
            }
        }
        best
    }

    fn magnitude(&self, tone: usize) -> f32 {
        let (real, imaginary) = self.parts(tone);
        real * real + imaginary * imaginary
    }

    fn parts(&self, tone: usize) -> (f32, f32) {
        (self.0[tone], self.0[TONES + tone])
    }
}

pub struct Table {
    /// For each sample of the window what it adds to each part.
    steps: [[f32; 2 * TONES]; WINDOW],
    /// The window squared, over its sum: weighs the power.
    weights: [f32; WINDOW],
    /// From a part squared to the mean square of its tone.
    scale: f32,
    /// How far a tone at its frequency turns in a hop, radians.
    turns: [f32; TONES],
}

pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(Table::new)
}

impl Table {
    fn new() -> Self {
        let mut frequencies = [0.0; TONES];
        frequencies[..4].copy_from_slice(&ROWS);
        frequencies[4..].copy_from_slice(&COLUMNS);
        let mut steps = [[0.0; 2 * TONES]; WINDOW];
        let mut weights = [0.0; WINDOW];
        let (mut sum, mut squares) = (0.0, 0.0);
        for (n, (step, weight)) in steps.iter_mut().zip(&mut weights).enumerate() {
            let hann = 0.5 - 0.5 * (2.0 * PI * (n as f32 + 0.5) / WINDOW as f32).cos();
            sum += hann;
            squares += hann * hann;
            *weight = hann * hann;
            for (tone, frequency) in frequencies.iter().enumerate() {
                let (sin, cos) = (2.0 * PI * frequency * n as f32 / RATE).sin_cos();
                step[tone] = hann * cos;
                step[TONES + tone] = -hann * sin;
            }
        }
        weights.iter_mut().for_each(|weight| *weight /= squares);
        Self {
            steps,
            weights,
            scale: 2.0 / (sum * sum),
            turns: frequencies.map(|frequency| 2.0 * PI * frequency * HOP as f32 / RATE),
        }
    }

    /// The mean square of the window.
    pub fn power(&self, samples: &[f32; WINDOW]) -> f32 {
        // Eight sums side by side, for the compiler's sake.
        let mut sums = [0.0; 8];
        for (samples, weights) in samples.chunks_exact(8).zip(self.weights.chunks_exact(8)) {
            for lane in 0..8 {
                sums[lane] += samples[lane] * samples[lane] * weights[lane];
            }
        }
        sums.iter().sum()
    }

    pub fn spectrum(&self, samples: &[f32; WINDOW]) -> Spectrum {
        // Two sums for each part, so that one need not wait for the other.
        let mut sums = [[0.0; 2 * TONES]; 2];
        for (samples, steps) in samples.chunks_exact(2).zip(self.steps.chunks_exact(2)) {
            for half in 0..2 {
                for lane in 0..2 * TONES {
                    sums[half][lane] += samples[half] * steps[half][lane];
                }
            }
        }
        Spectrum(std::array::from_fn(|lane| sums[0][lane] + sums[1][lane]))
    }

    /// How far a tone is off its frequency, in Hz, by how far it turned between two windows.
    pub fn hertz_off(&self, tone: usize, before: &Spectrum, now: &Spectrum) -> f32 {
        let ((a, b), (c, d)) = (now.parts(tone), before.parts(tone));
        let angle = (b * c - a * d).atan2(a * c + b * d) - self.turns[tone];
        let angle = angle - 2.0 * PI * (angle / (2.0 * PI)).round();
        angle * RATE / (2.0 * PI * HOP as f32)
    }

    /// The mean square of a tone that is `hertz_off`: beside its frequency the window sees less of it.
    pub fn tone_power(&self, spectrum: &Spectrum, tone: usize, hertz_off: f32) -> f32 {
        let bins = hertz_off * WINDOW as f32 / RATE;
        let square = bins * bins;
        // The inverse of the Hann window's response, to 1 % within half a bin.
        let correction = 1.0 + square * (1.29 + square * 0.86);
        spectrum.magnitude(tone) * self.scale * correction
    }
}
