//! What is taken out of the buffer: the play position, what is there, and what is made up between.

use super::pause::Pause;
use super::{JitterBuffer, Phase, Pulled, EXCESS_AT_ALL_MS, MAX_PULL_MS};
use crate::rtp::media_clock;

impl JitterBuffer {
    /// Fills `out` with what is to be heard from `now` on. To be called once in each of `out`'s length of time.
    pub fn pull(&mut self, out: &mut [i16], now: u64) -> Pulled {
        let mut pulled = Pulled::default();
        let mut now = now;
        for piece in out.chunks_mut(self.scale.count(MAX_PULL_MS)) {
            let from = self.pull_piece(piece, now);
            pulled.heard_samples += from.heard_samples;
            pulled.concealed_samples += from.concealed_samples;
            now += piece.len() as u64 * 1_000_000_000 / u64::from(self.scale.sample_rate);
        }
        if std::mem::take(&mut self.fades_in) {
            self.fade_in(out);
        }
        pulled
    }

    fn pull_piece(&mut self, out: &mut [i16], now: u64) -> Pulled {
        self.pull_len = out.len();
        let units = media_clock(now, self.scale.sample_rate);
        let target = self.target(out.len());
        match self.phase {
            Phase::Waiting => {
                let stream = self.stream.as_ref();
                match stream.and_then(|stream| stream.pauses.open_noise()) {
                    Some(level) => self.noise.fill(level, out),
                    None => {
                        self.concealer.conceal(out);
                    }
                }
                return Pulled::default();
            }
            Phase::Starting => {
                self.move_to(self.transit.position(target, units));
                self.phase = Phase::Playing;
            }
            Phase::Joining => return self.join(out, target, now),
            Phase::Playing => {}
        }
        self.play(out, target, now)
    }

    /// Fills `out` with what is due by `target`, at most a pull, at `now`.
    pub(super) fn play(&mut self, out: &mut [i16], target: u32, now: u64) -> Pulled {
        let units = media_clock(now, self.scale.sample_rate);
        let mut excess = self.excess(target, units);
        if excess > self.scale.signed(EXCESS_AT_ALL_MS) {
            self.move_to(self.transit.position(target, units));
            self.concealer.interrupt();
            excess = self.excess(target, units);
        }
        self.delay = excess + target as i32;
        let made_up = match self.in_turn.is_some() {
            true => self.mend(out.len(), now),
            false => 0,
        };
        let mut pulled = if let Some(consumed) = self.correct(excess, out, now) {
            self.ring.advance(consumed);
            self.concealer.hear(out);
            Pulled {
                heard_samples: out.len(),
                concealed_samples: 0,
            }
        } else {
            let pulled = self.read(out);
            // Where the audio runs out and the delay is too small, what is missing is late rather than lost: stand
            // still and let the delay grow.
            let stands_still = excess < 0 && self.runs_out(out.len());
            let consumed = if stands_still {
                pulled.heard_samples
            } else {
                out.len()
            };
            self.ring.advance(consumed);
            pulled
        };
        let waits = self.packets.as_ref().is_some_and(|all| !all.is_empty());
        if self.ring.buffered() == 0 && !waits && self.concealer.is_silent() {
            self.phase = Phase::Waiting;
        }
        let made_up = made_up.min(pulled.heard_samples);
        pulled.heard_samples -= made_up;
        pulled.concealed_samples += made_up;
        pulled
    }

    /// Moves the play position forward, never back.
    pub fn move_to(&mut self, position: u32) {
        let ahead = position.wrapping_sub(self.ring.play());
        if ahead < 0x8000_0000 {
            self.ring.advance(ahead as usize);
        }
    }

    /// Samples of delay over the target, negative under it.
    pub fn excess(&self, target: u32, units: u32) -> i32 {
        self.transit
            .behind_quickest(self.ring.play(), units)
            .saturating_sub(target as i32)
    }

    /// What is there, and what has to be made up between.
    pub fn read(&mut self, out: &mut [i16]) -> Pulled {
        let mut pulled = Pulled::default();
        let mut at = 0;
        while at < out.len() {
            let (present, len) = self.ring.run(at, out.len() - at);
            let part = &mut out[at..at + len];
            if present {
                self.ring.copy(at, part);
                self.concealer.hear(part);
                pulled.heard_samples += len;
                at += len;
                continue;
            }
            // Fewer than 2^32: it lies in the ring.
            let position = self.ring.play().wrapping_add(at as u32);
            let pauses = self.stream.as_ref().map(|stream| &stream.pauses);
            let (pause, len) = pauses.map_or((None, len), |pauses| pauses.run(position, len));
            let part = &mut out[at..at + len];
            match pause {
                Some(Pause(noise)) => {
                    match noise {
                        Some(level) => self.noise.fill(level, part),
                        None => part.fill(0),
                    }
                    self.concealer.rest(part);
                }
                None => pulled.concealed_samples += self.conceal(part),
            }
            at += len;
        }
        pulled
    }

    /// Whether all that is there is at the play position and ends within `len`.
    pub fn runs_out(&self, len: usize) -> bool {
        let buffered = self.ring.buffered();
        buffered == 0 || (buffered < len && self.ring.run(0, len) == (true, buffered))
    }
}
