//! A factor on samples, in steps that are the same wherever it is applied.

/// Fixed point, so that what was added with a gain can be taken away again to the last bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gain(i32);

impl Gain {
    const BITS: u32 = 12;
    pub const UNITY: Gain = Gain(1 << Self::BITS);
    pub const ZERO: Gain = Gain(0);

    /// At most 20 dB, which a sum of them bears; from -72 dB downwards nothing is left.
    pub fn from_db(decibels: f32) -> Self {
        if decibels <= -72.0 {
            return Self::ZERO;
        }
        let factor = 10f32.powf(decibels.min(20.0) / 20.0);
        Self((factor * (1 << Self::BITS) as f32).round() as i32)
    }

    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// Not kept inside 16 bits.
    #[inline]
    pub fn of(self, sample: i16) -> i32 {
        (i32::from(sample) * self.0) >> Self::BITS
    }

    /// Kept inside 16 bits.
    pub fn apply(self, samples: &mut [i16]) {
        if self == Self::UNITY {
            return;
        }
        for sample in samples {
            let louder = self.of(*sample);
            *sample = louder.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_are_those_of_amplitude() {
        assert_eq!(Gain::from_db(0.0), Gain::UNITY);
        assert!((Gain::from_db(6.02).of(1000) - 2000).abs() < 3);
        assert!((Gain::from_db(-20.0).of(-10_000) + 1000).abs() < 3);
        assert!(Gain::from_db(-90.0).is_zero());
        assert!(Gain::from_db(f32::NEG_INFINITY).is_zero());
    }

    #[test]
    fn what_is_too_loud_is_cut() {
        let mut samples = [30_000, -30_000, 10];
        Gain::from_db(6.0).apply(&mut samples);
        assert_eq!(samples, [i16::MAX, i16::MIN, 19]);
    }
}
