//! DTMF as audio (ITU-T Q.23).

use super::{COLUMNS, KEYS, PEAK_0_DBM0, ROWS};

/// Levels in dBm0. Lines weaken the higher tone more, so it starts out stronger.
const ROW_DBM0: f32 = -10.0;
const COLUMN_DBM0: f32 = -8.0;

/// One sine by recursion; its error stays below one step for hours of samples.
#[derive(Clone, Copy, Debug)]
struct Sine {
    coefficient: f64,
    last: [f64; 2],
}

impl Sine {
    fn new(frequency: f32, dbm0: f32, sample_rate: u32) -> Self {
        let step = 2.0 * std::f64::consts::PI * f64::from(frequency) / f64::from(sample_rate);
        let peak = f64::from(PEAK_0_DBM0) * 10f64.powf(f64::from(dbm0) / 20.0);
        Self {
            coefficient: 2.0 * step.cos(),
            last: [-peak * step.sin(), -peak * (2.0 * step).sin()],
        }
    }

    fn next(&mut self) -> f64 {
        let value = self.coefficient * self.last[0] - self.last[1];
        self.last = [value, self.last[0]];
        value
    }
}

/// The two tones of one key, going on from call to call.
#[derive(Clone, Copy, Debug)]
pub struct DtmfGenerator {
    row: Sine,
    column: Sine,
}

impl DtmfGenerator {
    /// `key` as ASCII, such as `b'#'`; None if it is no key.
    pub fn new(key: u8, sample_rate: u32) -> Option<Self> {
        let key = key.to_ascii_uppercase();
        let place = KEYS.as_flattened().iter().position(|known| *known == key)?;
        Some(Self {
            row: Sine::new(ROWS[place / 4], ROW_DBM0, sample_rate),
            column: Sine::new(COLUMNS[place % 4], COLUMN_DBM0, sample_rate),
        })
    }

    pub fn fill(&mut self, out: &mut [i16]) {
        for sample in out {
            // Half of full scale together.
            *sample = (self.row.next() + self.column.next()).round() as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tones_have_their_frequency_and_level_at_either_rate() {
        for rate in [8000, 16_000] {
            let mut out = vec![0; rate as usize];
            DtmfGenerator::new(b'6', rate).unwrap().fill(&mut out);
            for (frequency, dbm0) in [(770.0, ROW_DBM0), (1477.0, COLUMN_DBM0)] {
                let step = 2.0 * std::f32::consts::PI * frequency / rate as f32;
                let (mut real, mut imaginary) = (0.0, 0.0);
                for (n, &sample) in out.iter().enumerate() {
                    let (sin, cos) = (step * n as f32).sin_cos();
                    real += f32::from(sample) * cos;
                    imaginary += f32::from(sample) * sin;
                }
                let peak = 2.0 * (real * real + imaginary * imaginary).sqrt() / rate as f32;
                let level = 20.0 * (peak / PEAK_0_DBM0).log10();
                assert!((level - dbm0).abs() < 0.1, "{frequency} Hz at {level} dBm0");
            }
        }
    }

    #[test]
    fn only_keys_have_tones() {
        assert!(DtmfGenerator::new(b'd', 8000).is_some());
        assert!(DtmfGenerator::new(b'E', 8000).is_none());
    }
}
