//! A stream that was heard by another way for a while, and goes through the buffer again.

use super::{JitterBuffer, Phase, Pulled};
use crate::rtp::media_clock;

impl JitterBuffer {
    /// Samples that wait for their time.
    pub fn waiting(&self) -> usize {
        self.ring.buffered()
    }

    /// Forgets the stream: the next packet begins one.
    pub fn forget(&mut self) {
        self.stream = None;
        self.phase = Phase::Waiting;
        self.ring.reset(self.ring.play());
    }

    /// What is here was heard already: what follows goes on after it, and what is missing then sounds like it.
    pub fn pass_over(&mut self) {
        if self.phase == Phase::Waiting {
            return;
        }
        self.phase = Phase::Joining;
        while self.ring.buffered() > 0 {
            let (present, len) = self.ring.run(0, self.scratch.len());
            if present {
                let heard = &mut self.scratch[..len];
                self.ring.copy(0, heard);
                self.concealer.hear(heard);
            }
            self.ring.advance(len);
        }
    }

    /// What was heard until now was not delayed. From here on it is as any stream at its beginning, at once, and what is
    /// made up fills the delay: with less, packets may come in time for one pull and too late for the next, and playing
    /// pitch periods twice is no help before they add up to a packet.
    pub(super) fn join(&mut self, out: &mut [i16], target: u32, now: u64) -> Pulled {
        let units = media_clock(now, self.scale.sample_rate);
        self.delay = self.excess(target, units) + target as i32;
        let missing = (target as i32).saturating_sub(self.delay).max(0) as usize;
        let (before, rest) = out.split_at_mut(missing.min(out.len()));
        let mut concealed_samples = 0;
        if !before.is_empty() {
            concealed_samples = self.concealer.conceal(before);
        }
        if rest.is_empty() {
            return Pulled {
                heard_samples: 0,
                concealed_samples,
            };
        }
        self.phase = Phase::Playing;
        let passed = before.len() as u64 * 1_000_000_000 / u64::from(self.scale.sample_rate);
        let mut pulled = self.play(rest, target, now + passed);
        pulled.concealed_samples += concealed_samples;
        pulled
    }
}
