//! Thirty milliseconds of sound seen from 267 to 2233 Hz: where its power lies.

use std::f32::consts::PI;
use std::sync::OnceLock;

/// 10 ms.
pub const HOP: usize = 80;
/// 30 ms.
pub const WINDOW: usize = 240;
const HALF: usize = WINDOW / 2;
const RATE: f32 = 8000.0;
/// What one bin spans, in Hz.
pub const WIDTH: f32 = RATE / WINDOW as f32;
const FIRST: usize = 8;
const BINS: usize = 60;
const END: usize = FIRST + BINS;
/// Bins on each side of a tone that hold nearly all of it.
const SIDE: usize = 2;

/// What one window holds.
#[derive(Clone)]
pub struct Spectrum {
    /// The mean square of the window.
    pub power: f32,
    real: [f32; BINS],
    imaginary: [f32; BINS],
    /// The share of the power that each bin has.
    shares: [f32; BINS],
}

/// The strongest tone of a window.
#[derive(Clone, Copy, Debug)]
pub struct Peak {
    pub hertz: f32,
    /// Of the window's power.
    pub share: f32,
}

impl Spectrum {
    /// The share of the power that lies from one frequency up to another, in Hz.
    pub fn share(&self, from: f32, to: f32) -> f32 {
        self.between(from, to).map(|(_, share)| share).sum()
    }

    /// The power's centre between two frequencies, times its share.
    pub fn moment(&self, from: f32, to: f32) -> f32 {
        self.between(from, to)
            .map(|(hertz, share)| hertz * share)
            .sum()
    }

    fn between(&self, from: f32, to: f32) -> impl Iterator<Item = (f32, f32)> + '_ {
        // Cut to the bins that there are.
        let place = |hertz: f32| (hertz / WIDTH).ceil().clamp(FIRST as f32, END as f32) as usize;
        let bins = place(from)..place(to).max(place(from));
        bins.map(|bin| (bin as f32 * WIDTH, self.shares[bin - FIRST]))
    }

    pub fn peak(&self) -> Peak {
        let mut best = SIDE;
        for bin in SIDE..BINS - SIDE {
            if self.shares[bin] > self.shares[best] {
                best = bin;
            }
        }
        let (below, above) = (self.shares[best - 1], self.shares[best + 1]);
        let (beside, sign) = match above > below {
            true => (above, 1.0),
            false => (below, -1.0),
        };
        // A Hann window shows a tone between two bins in this ratio of their amplitudes.
        let ratio = (beside / self.shares[best].max(f32::MIN_POSITIVE)).sqrt();
        let off = sign * (2.0 * ratio - 1.0) / (ratio + 1.0);
        Peak {
            hertz: ((FIRST + best) as f32 + off) * WIDTH,
            share: self.shares[best - SIDE..=best + SIDE].iter().sum(),
        }
    }

    /// How far a tone turned since an earlier window, in radians, each seen at its middle.
    pub fn turn_since(&self, before: &(f32, f32), hertz: f32) -> f32 {
        let ((a, b), (c, d)) = (self.at(hertz), *before);
        (b * c - a * d).atan2(a * c + b * d)
    }

    /// The complex amplitude of the bin nearest to a frequency.
    pub fn at(&self, hertz: f32) -> (f32, f32) {
        let bin = (hertz / WIDTH - FIRST as f32).round();
        let bin = bin.clamp(0.0, (BINS - 1) as f32) as usize;
        (self.real[bin], self.imaginary[bin])
    }
}

pub struct Table {
    /// Of the window's second half, mirrored: what each pair of samples adds to the real and the imaginary parts.
    steps: [[f32; 2 * BINS]; HALF],
    /// The window, from its middle outwards.
    weights: [f32; HALF],
    /// Of the window squared.
    sum_of_squares: f32,
}

pub fn table() -> &'static Table {
    static TABLE: OnceLock<Box<Table>> = OnceLock::new();
    TABLE.get_or_init(Table::new)
}

impl Table {
    fn new() -> Box<Self> {
        let mut table = Box::new(Self {
            steps: [[0.0; 2 * BINS]; HALF],
            weights: [0.0; HALF],
            sum_of_squares: 0.0,
        });
        for n in 0..HALF {
            let time = n as f32 + 0.5;
            let hann = 0.5 + 0.5 * (2.0 * PI * time / WINDOW as f32).cos();
            table.weights[n] = hann;
            table.sum_of_squares += 2.0 * hann * hann;
            for bin in 0..BINS {
                let angle = 2.0 * PI * ((FIRST + bin) as f32) * time / WINDOW as f32;
                table.steps[n][bin] = angle.cos();
                table.steps[n][BINS + bin] = -angle.sin();
            }
        }
        table
    }

    /// None where the window holds less power than `least`: what it is does not matter then.
    pub fn look(&self, samples: &[f32; WINDOW], least: f32) -> Option<Spectrum> {
        let (mut even, mut odd) = ([0.0; HALF], [0.0; HALF]);
        let mut squares = 0.0;
        for n in 0..HALF {
            let after = samples[HALF + n] * self.weights[n];
            let before = samples[HALF - 1 - n] * self.weights[n];
            squares += after * after + before * before;
            even[n] = after + before;
            odd[n] = after - before;
        }
        let power = squares / self.sum_of_squares;
        if power < least {
            return None;
        }
        let (mut real, mut imaginary) = ([0.0; BINS], [0.0; BINS]);
        for (step, (even, odd)) in self.steps.iter().zip(even.iter().zip(&odd)) {
            for bin in 0..BINS {
                real[bin] += step[bin] * even;
                imaginary[bin] += step[BINS + bin] * odd;
            }
        }
        // By Parseval's theorem, over both halves of the spectrum.
        let scale = 2.0 / (WINDOW as f32 * squares);
        let shares = std::array::from_fn(|bin| {
            scale * (real[bin] * real[bin] + imaginary[bin] * imaginary[bin])
        });
        Some(Spectrum {
            power,
            real,
            imaginary,
            shares,
        })
    }
}
