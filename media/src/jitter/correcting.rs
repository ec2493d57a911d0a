//! How the delay is brought to its target: a pitch period is left out or played twice.

use super::{
    stretch, JitterBuffer, BETWEEN_CORRECTIONS, EXCESS_LOW_MS, EXCESS_MS, LEAST_LAG_MS, LOW_LEVEL,
    MOST_LAG_MS, OVERLAP_MS, SHORT_LOW_MS, SHORT_MS,
};

impl JitterBuffer {
    /// Fills `out` with less or more audio than its length if the delay asks for it and the signal allows it. Returns
    /// how many samples of the ring that took.
    pub(super) fn correct(&mut self, excess: i32, out: &mut [i16], now: u64) -> Option<usize> {
        let (len, lag) = (out.len(), self.scale.count(MOST_LAG_MS));
        let too_long = excess > self.scale.signed(EXCESS_LOW_MS);
        let too_short = excess < -self.scale.signed(SHORT_LOW_MS);
        let needed = if too_long { len + lag } else { len };
        let possible = (too_long || too_short)
            && len > 2 * self.scale.count(LEAST_LAG_MS)
            && self.concealer.is_hearing()
            && self.ring.run(0, needed) == (true, needed);
        if !possible {
            return None;
        }
        // Before the samples lies as much of what was played, to go back into.
        let history = self.concealer.history();
        self.scratch[..lag].copy_from_slice(&history[history.len() - lag..]);
        self.ring.copy(0, &mut self.scratch[lag..lag + needed]);
        if !is_low(&self.scratch[lag..lag + len]) {
            let urgent =
                excess > self.scale.signed(EXCESS_MS) || excess < -self.scale.signed(SHORT_MS);
            if !urgent || now < self.correct_after {
                return None;
            }
            self.correct_after = now + BETWEEN_CORRECTIONS;
        }
        Some(match too_long {
            true => self.leave_out(out),
            false => self.play_twice(out),
        })
    }

    fn leave_out(&mut self, out: &mut [i16]) -> usize {
        let signal = &self.scratch[self.scale.count(MOST_LAG_MS)..];
        let overlap = self.scale.count(OVERLAP_MS).min(out.len());
        let lags = self.scale.count(LEAST_LAG_MS)..=self.scale.count(MOST_LAG_MS);
        let lag = stretch::best_offset(signal, 0, lags, overlap);
        stretch::shrink(signal, lag, overlap, out);
        out.len() + lag
    }

    fn play_twice(&mut self, out: &mut [i16]) -> usize {
        let anchor = self.scale.count(MOST_LAG_MS);
        let overlap = self.scale.count(OVERLAP_MS).min(out.len());
        let most = anchor.min(out.len() - 1);
        let starts = anchor - most..=anchor - self.scale.count(LEAST_LAG_MS);
        let start = stretch::best_offset(&self.scratch, anchor, starts, overlap);
        stretch::repeat(&self.scratch, anchor, anchor - start, overlap, out);
        out.len() - (anchor - start)
    }
}

pub fn is_low(samples: &[i16]) -> bool {
    let sum: u64 = samples
        .iter()
        .map(|sample| u64::from(sample.unsigned_abs()))
        .sum();
    sum < LOW_LEVEL * samples.len() as u64
}
