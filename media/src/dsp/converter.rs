//! From one sample rate to another: the engine's 8, 16 and 48 kHz, and 24 kHz as applications have it.

use super::half_band::HalfBand;
use super::third_band::ThirdBand;

/// 60 ms at 16 kHz, and 20 ms at 48.
const LONGEST: usize = 960;

/// One stream. It delays by 1 to 3 ms; a change of its rates is heard as one short click at most.
#[derive(Clone, Copy, Debug, Default)]
pub struct Converter {
    half: HalfBand,
    third: ThirdBand,
}

impl Converter {
    /// Fills `out` with as long a time as `samples` has, at most 60 ms.
    pub fn convert(&mut self, from: u32, to: u32, samples: &[i16], out: &mut [i16]) {
        match (from, to) {
            (8000, 16_000) => self.half.up(samples, out),
            (16_000, 8000) => self.half.down(samples, out),
            (16_000, 48_000) => self.third.up(samples, out),
            (48_000, 16_000) => self.third.down(samples, out),
            (8000, 48_000) => self.far_up(samples, out),
            (48_000, 8000) => self.far_down(samples, out),
            (24_000, 24_000) => out[..samples.len()].copy_from_slice(samples),
            (24_000, _) | (_, 24_000) => self.with_24(from, to, samples, out),
            _ => out[..samples.len()].copy_from_slice(samples),
        }
    }

    #[inline(never)]
    fn far_up(&mut self, samples: &[i16], out: &mut [i16]) {
        let mut room = [0; LONGEST];
        let middle = &mut room[..2 * samples.len()];
        self.half.up(samples, middle);
        self.third.up(middle, out);
    }

    #[inline(never)]
    fn with_24(&mut self, from: u32, to: u32, samples: &[i16], out: &mut [i16]) {
        let [taken, made] = [from, to].map(|rate| rate as usize / 50);
        for (samples, out) in samples.chunks(taken).zip(out.chunks_mut(made)) {
            let mut room = [0; LONGEST];
            match (from, to) {
                (8000, _) => self.third.up(samples, out),
                (_, 8000) => self.third.down(samples, out),
                (48_000, _) => self.half.down(samples, out),
                (_, 48_000) => self.half.up(samples, out),
                (16_000, _) => {
                    let middle = &mut room[..3 * samples.len()];
                    self.third.up(samples, middle);
                    self.half.down(middle, out);
                }
                _ => {
                    let middle = &mut room[..2 * samples.len()];
                    self.half.up(samples, middle);
                    self.third.down(middle, out);
                }
            }
        }
    }

    #[inline(never)]
    fn far_down(&mut self, samples: &[i16], out: &mut [i16]) {
        let mut room = [0; LONGEST];
        let middle = &mut room[..samples.len() / 3];
        self.third.down(samples, middle);
        self.half.down(middle, out);
    }
}

/// So many samples at one rate last as long as that many at the other.
pub fn converted(samples: usize, from: u32, to: u32) -> usize {
    samples * (to / 1000) as usize / (from / 1000) as usize
}

#[cfg(test)]
mod tests {
    use super::super::half_band::measure::{beside_and_at, tone};
    use super::*;

    #[test]
    fn a_tone_that_both_rates_hold_is_the_same_in_both() {
        for from in [8000, 16_000, 24_000, 48_000] {
            for to in [8000, 16_000, 24_000, 48_000] {
                let said = tone(1000.0, f64::from(from), from as usize);
                let (mut converter, mut heard) = (Converter::default(), Vec::new());
                for frame in said.chunks(from as usize / 100) {
                    let mut out = vec![0; converted(frame.len(), from, to)];
                    converter.convert(from, to, frame, &mut out);
                    heard.extend(out);
                }
                assert_eq!(heard.len(), to as usize);
                let (beside, at) = beside_and_at(&heard, 1000.0, f64::from(to));
                assert!(
                    at.abs() < 0.1 && beside < -60.0,
                    "{from} {to}: {at} {beside}"
                );
            }
        }
    }
}
