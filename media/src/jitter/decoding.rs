//! How payloads become samples in the ring: at once, or for Opus and G.729 in their turn, and what stands for those that
//! are lost.

use super::packets::Step;
use super::{JitterBuffer, AFTER_A_LOSS};
use crate::codec::Codec;

impl JitterBuffer {
    /// How many samples a payload has, after decoding it into `scratch` unless its turn comes later.
    pub(super) fn measure(&mut self, codec: Codec, payload: &[u8]) -> Option<usize> {
        if !codec.in_turn() {
            return Some(self.decode(codec, payload));
        }
        let len = self.packets.as_ref()?.duration(codec, payload)?;
        (len <= self.scratch.len()).then_some(len)
    }

    /// Decodes into `scratch` at our sample rate and returns the samples.
    fn decode(&mut self, codec: Codec, payload: &[u8]) -> usize {
        let (rate, ours) = (codec.sample_rate(), self.scale.sample_rate);
        if rate == ours {
            return self.decoder.decode(codec, payload, &mut self.scratch);
        }
        let mut room = [0; 320];
        let mut at = 0;
        for piece in payload.chunks(20 * codec.octets_a_ms().unwrap_or(1)) {
            let decoded = self.decoder.decode(codec, piece, &mut room);
            let wanted = decoded * ours as usize / rate as usize;
            let end = self.scratch.len().min(at + wanted);
            let out = &mut self.scratch[at..end];
            self.filter.convert(rate, ours, &room[..decoded], out);
            at = end;
        }
        at
    }

    /// Whether what stands for that packet was decided already.
    pub(super) fn is_over(&self, sequence: u16) -> bool {
        self.packets
            .as_ref()
            .is_some_and(|packets| packets.is_over(sequence))
    }

    /// A packet whose turn comes, or one without audio between such; what can be decoded is.
    pub(super) fn queue(&mut self, codec: Codec, sequence: u16, at: u32, payload: Option<&[u8]>) {
        let Some(packets) = &mut self.packets else {
            return;
        };
        if packets.is_full() {
            let step = packets.give_up(self.ring.play(), at, &mut self.scratch);
            if let Step::Filled { at, len, .. } = step {
                self.ring.write(at, &self.scratch[..len]);
            }
            self.decode_waiting();
        }
        if let Some(packets) = &mut self.packets {
            packets.put(codec, sequence, at, payload);
        }
        self.decode_waiting();
    }

    fn decode_waiting(&mut self) {
        let Some(packets) = &mut self.packets else {
            return;
        };
        loop {
            match packets.step(&mut self.scratch) {
                Step::Decoded { at, len } => self.ring.write(at, &self.scratch[..len]),
                Step::Passed => {}
                Step::Filled { .. } | Step::Idle => return,
            }
        }
    }

    /// What packets wait for and is due within `len` samples will not come: it is recovered or made up. Returns
    /// the samples that were made up.
    pub(super) fn mend(&mut self, len: usize, now: u64) -> usize {
        let mut made_up = 0;
        while let Some(packets) = &mut self.packets {
            let spare = packets.spare();
            let play = self.ring.play();
            let until = play.wrapping_add(len as u32);
            match packets.give_up(play, until, &mut self.scratch) {
                Step::Filled { at, len, recovered } => {
                    self.ring.write(at, &self.scratch[..len]);
                    made_up += if recovered { 0 } else { len };
                }
                Step::Passed => {}
                Step::Decoded { .. } | Step::Idle => break,
            }
            if let Some(spare) = spare {
                self.spare = Some((now + AFTER_A_LOSS, spare));
            }
            self.decode_waiting();
        }
        self.spare = self.spare.filter(|(until, _)| now < *until);
        made_up
    }

    /// Fills `out`, for which nothing is there, and returns how many samples of it stand for audio.
    pub(super) fn conceal(&mut self, out: &mut [i16]) -> usize {
        let packets = self.packets.as_mut().filter(|_| self.in_turn.is_some());
        match packets {
            None => self.concealer.conceal(out),
            // The sender has stopped (RFC 7587, 3.1.3): nothing is missing.
            Some(packets) if packets.is_quiet() => {
                self.concealer.rest(out);
                0
            }
            Some(packets) => self.concealer.bridge(out, |out| packets.make_up(out)),
        }
    }
}
