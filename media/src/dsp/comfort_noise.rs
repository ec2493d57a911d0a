//! Comfort noise (RFC 3389): what is heard in a peer's pauses, as loud as the peer says its own background is.
//!
//! The shape of the spectrum that a packet may tell is not followed: the noise is white.

/// From here on it is silence.
const SILENT: u8 = 127;

/// How loud, in dB below the overload point (-dBov), 0 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoiseLevel(u8);

impl NoiseLevel {
    /// The first octet of a packet; None of one that is empty (RFC 3389, 3.1: its highest bit is ignored).
    pub fn parse(payload: &[u8]) -> Option<Self> {
        payload.first().map(|level| Self(level & 0x7F))
    }

    /// As loud as these samples.
    pub fn of<'a>(samples: impl Iterator<Item = &'a i16>) -> Self {
        let (mut sum, mut count) = (0.0, 0);
        for sample in samples {
            sum += f64::from(*sample) * f64::from(*sample);
            count += 1;
        }
        let power = sum / f64::from(count.max(1)) / (32768.0 * 32768.0);
        Self((-10.0 * power.max(1e-13).log10()).round().clamp(0.0, 127.0) as u8)
    }
}

/// The noise itself. It never repeats as far as anybody hears.
#[derive(Clone, Debug)]
pub struct ComfortNoise(u32);

impl Default for ComfortNoise {
    fn default() -> Self {
        Self(0x2545_F491)
    }
}

impl ComfortNoise {
    pub fn fill(&mut self, level: NoiseLevel, out: &mut [i16]) {
        if level.0 >= SILENT {
            return out.fill(0);
        }
        // 0 dBov is a square wave of full scale; even noise of this peak has its power divided by three.
        let peak = 32768.0 * 3f32.sqrt() * 10f32.powf(-f32::from(level.0) / 20.0);
        for sample in out {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let even = (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0;
            // As loud as it may be told, it does not fit: the conversion keeps it in 16 bits.
            *sample = (even * peak) as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_loud_as_was_told() {
        for told in [20, 45, 60] {
            let mut samples = [0; 8000];
            let level = NoiseLevel::parse(&[told | 0x80, 1, 2]).unwrap();
            ComfortNoise::default().fill(level, &mut samples);
            let power = samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 8000.0;
            let dbov = 10.0 * (power / 32768f64.powi(2)).log10();
            assert!((dbov + f64::from(told)).abs() < 0.5, "{dbov}");
        }
    }

    #[test]
    fn the_lowest_level_is_silence_and_an_empty_packet_says_nothing() {
        let mut samples = [1; 80];
        ComfortNoise::default().fill(NoiseLevel::parse(&[127]).unwrap(), &mut samples);
        assert_eq!(samples, [0; 80]);
        assert_eq!(NoiseLevel::parse(&[]), None);
    }
}
