//! Who listens to a stream: while nobody does, what costs more than a look at each packet is not decoded.

use super::{JitterBuffer, Phase};

/// Decoded before what is due, so that the decoder has found its feet by then.
const AHEAD_MS: u32 = 40;
/// What is heard first rises from silence.
const RISE_MS: u32 = 5;

impl JitterBuffer {
    /// Whether anybody listens to what is pulled from now on. Without anybody what is pulled is silence where Opus and
    /// G.729 would be, and all else as it is: delay, losses, what is counted as heard and as concealed.
    pub fn set_heard(&mut self, is_heard: bool) {
        let Some(packets) = &mut self.packets else {
            return;
        };
        if !packets.set_heard(is_heard) || !is_heard || self.phase == Phase::Waiting {
            return;
        }
        let ring = &mut self.ring;
        let from = ring.play().wrapping_sub(self.scale.samples(AHEAD_MS));
        packets.catch_up(from, &mut self.scratch, |at, samples| {
            ring.write(at, samples);
        });
        self.fades_in = true;
    }

    /// Whether something sounded since the last question, while nobody listened: as far as packets say.
    pub fn take_sounded(&mut self) -> bool {
        let packets = self.packets.as_mut();
        packets.is_some_and(|packets| packets.take_sounded())
    }

    pub(super) fn fade_in(&self, out: &mut [i16]) {
        let rise = self.scale.signed(RISE_MS as i32);
        for (at, sample) in (0..rise).zip(out) {
            // Below 48,000 / 200 times 2^15.
            *sample = (i32::from(*sample) * at / rise) as i16;
        }
    }
}
