//! Says when a level rose and when it fell: loudness, not recognition.

use super::SAMPLES_A_MS;

/// The level is measured over this much audio at a time.
const BLOCK_MS: u32 = 10;
/// So much must be loud before it counts: a click is shorter.
const ONSET_MS: u32 = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Started,
    Ended,
}

pub struct SpeechDetector {
    /// Mean square above which a block is loud.
    threshold: f64,
    hang_over_ms: u32,
    loud_ms: u32,
    quiet_ms: u32,
    speaking: bool,
}

impl SpeechDetector {
    /// `threshold_db` is relative to a full-scale square wave, the largest mean square there is.
    pub fn new(threshold_db: f64, hang_over_ms: u32) -> Self {
        Self {
            threshold: 32768.0 * 32768.0 * 10f64.powf(threshold_db / 10.0),
            hang_over_ms,
            loud_ms: 0,
            quiet_ms: 0,
            speaking: false,
        }
    }

    /// Takes the next tick's audio, whole blocks of 10 ms. At most one change a tick: the last one.
    pub fn receive(&mut self, samples: &[i16]) -> Option<Change> {
        let before = self.speaking;
        for block in samples.chunks(BLOCK_MS as usize * SAMPLES_A_MS) {
            self.step(mean_square(block) >= self.threshold);
        }
        match (before, self.speaking) {
            (false, true) => Some(Change::Started),
            (true, false) => Some(Change::Ended),
            _ => None,
        }
    }

    fn step(&mut self, loud: bool) {
        if loud {
            self.loud_ms = (self.loud_ms + BLOCK_MS).min(ONSET_MS);
            self.quiet_ms = 0;
            self.speaking |= self.loud_ms >= ONSET_MS;
        } else {
            self.loud_ms = 0;
            self.quiet_ms = (self.quiet_ms + BLOCK_MS).min(self.hang_over_ms);
            self.speaking &= self.quiet_ms < self.hang_over_ms;
        }
    }
}

fn mean_square(block: &[i16]) -> f64 {
    let sum: i64 = block
        .iter()
        .map(|&sample| i64::from(sample) * i64::from(sample))
        .sum();
    sum as f64 / block.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_starts_after_thirty_loud_milliseconds_and_ends_after_the_hang_over() {
        let mut detector = SpeechDetector::new(-38.0, 200);
        let (loud, quiet) = ([3000; 160], [100; 160]);
        assert_eq!(detector.receive(&quiet), None);
        assert_eq!(detector.receive(&loud), None);
        assert_eq!(detector.receive(&loud), Some(Change::Started));
        assert_eq!(detector.receive(&loud), None);
        for _ in 0..9 {
            assert_eq!(detector.receive(&quiet), None);
        }
        assert_eq!(detector.receive(&quiet), Some(Change::Ended));
        assert_eq!(detector.receive(&quiet), None);
    }

    #[test]
    fn a_click_is_not_speech() {
        let mut detector = SpeechDetector::new(-38.0, 200);
        let mut click = [0; 160];
        click[..80].fill(20000);
        for _ in 0..20 {
            assert_eq!(detector.receive(&click), None);
        }
    }

    #[test]
    fn a_pause_shorter_than_the_hang_over_does_not_end_speech() {
        let mut detector = SpeechDetector::new(-38.0, 200);
        detector.receive(&[3000; 480]);
        for _ in 0..5 {
            assert_eq!(detector.receive(&[0; 480][..480]), None);
            assert_eq!(detector.receive(&[0; 480][..480]), None);
            assert_eq!(detector.receive(&[0; 480][..480]), None);
            assert_eq!(detector.receive(&[3000; 160]), None);
        }
    }
}
