//! Audio for packets that are not there: the last pitch period repeated and faded out, after G.711 appendix I.
//!
//! Simpler than the appendix: one period throughout, and no delay before the loss to smooth its first edge.

use super::stretch::{best_offset, mix};
use super::Milliseconds;
use crate::ahead;

const HISTORY_MS: u32 = 60;
/// So many times the history there is memory for it.
const ROOM: u32 = 3;
/// Pitch of 66 to 200 Hz, as in the appendix.
const LEAST_PERIOD_MS: u32 = 5;
const MOST_PERIOD_MS: u32 = 15;
const TEMPLATE_MS: u32 = 20;
/// Full level for so long, then a straight line down to silence.
const FADE_FROM_MS: u32 = 10;
pub(super) const SILENT_FROM_MS: u32 = 60;
/// The overlap with real audio grows by the first for each 10 ms lost, up to the second.
const OVERLAP_MS: u32 = 4;
/// A codec's own means are trusted for longer.
const BRIDGE_FADE_FROM_MS: u32 = 60;
const BRIDGE_SILENT_FROM_MS: u32 = 120;
const MOST_OVERLAP_MS: u32 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing was heard yet: silence is not a loss.
    Fresh,
    Hearing,
    /// So many samples were made up since the last real one.
    Erased(usize),
    /// The same, by the codec's own means.
    Bridged(usize),
}

/// Remembers what was played and goes on with it where audio is missing.
#[derive(Clone, Debug)]
pub(super) struct Concealer {
    scale: Milliseconds,
    state: State,
    /// What was played last, oldest first, ends at `end`; it moves on through the memory and back to its beginning.
    played: Box<[i16]>,
    end: usize,
    /// The period that is repeated: `period` samples of it.
    cycle: Box<[i16]>,
    period: usize,
}

impl Concealer {
    pub(super) fn new(scale: Milliseconds) -> Self {
        let room = |ms| vec![0; scale.count(ms)].into_boxed_slice();
        Self {
            scale,
            state: State::Fresh,
            played: room(ROOM * HISTORY_MS),
            end: scale.count(HISTORY_MS),
            cycle: room(MOST_PERIOD_MS),
            period: 1,
        }
    }

    /// Fetches where so many samples will be remembered.
    pub(super) fn fetch(&self, len: usize) {
        ahead::fetch_all(&self.played[self.end..self.played.len().min(self.end + len)]);
    }

    /// What was played last, oldest first.
    pub(super) fn history(&self) -> &[i16] {
        &self.played[self.end - self.scale.count(HISTORY_MS)..self.end]
    }

    pub(super) fn is_hearing(&self) -> bool {
        self.state == State::Hearing
    }

    /// Whether what would be made up is silence.
    pub(super) fn is_silent(&self) -> bool {
        match self.state {
            State::Fresh => true,
            State::Hearing => false,
            State::Erased(count) => count >= self.scale.count(SILENT_FROM_MS),
            State::Bridged(count) => count >= self.scale.count(BRIDGE_SILENT_FROM_MS),
        }
    }

    /// Fills `out` with made-up audio and returns how many samples of it are not yet faded to silence.
    pub(super) fn conceal(&mut self, out: &mut [i16]) -> usize {
        self.interrupt();
        let State::Erased(before) = self.state else {
            out.fill(0);
            self.remember(out);
            return 0;
        };
        for sample in out.iter_mut() {
            *sample = self.next_sample();
        }
        self.remember(out);
        self.scale
            .count(SILENT_FROM_MS)
            .saturating_sub(before)
            .min(out.len())
    }

    /// The same with what `make_up` gives, for as long as that may still be like what was lost.
    pub(super) fn bridge(&mut self, out: &mut [i16], make_up: impl FnOnce(&mut [i16])) -> usize {
        let before = match self.state {
            State::Hearing => 0,
            State::Bridged(before) if !self.is_silent() => before,
            _ => {
                out.fill(0);
                self.remember(out);
                return 0;
            }
        };
        make_up(out);
        let (fade, silent) = (
            self.scale.count(BRIDGE_FADE_FROM_MS),
            self.scale.count(BRIDGE_SILENT_FROM_MS),
        );
        for (index, sample) in out.iter_mut().enumerate() {
            let gain = silent.saturating_sub(before + index).min(silent - fade) as i32;
            // A gain of at most one keeps 16 bits.
            *sample = (i32::from(*sample) * gain / (silent - fade) as i32) as i16;
        }
        self.state = State::Bridged(before + out.len());
        self.remember(out);
        silent.saturating_sub(before).min(out.len())
    }

    /// The sender has nothing to say: what was played fades into `out`, which holds silence or comfort noise.
    pub(super) fn rest(&mut self, out: &mut [i16]) {
        self.interrupt();
        if self.is_silent() {
            self.remember(out);
            return;
        }
        self.hear(out);
        self.state = State::Erased(self.scale.count(SILENT_FROM_MS));
    }

    /// Real audio goes on in `out`: its beginning is blended with what was made up before it.
    pub(super) fn hear(&mut self, out: &mut [i16]) {
        if matches!(self.state, State::Bridged(_)) {
            self.interrupt();
        }
        if let State::Erased(erased) = self.state {
            let lost = erased / self.scale.count(10).max(1);
            let overlap = self.scale.count(OVERLAP_MS) * (1 + lost);
            let overlap = overlap
                .min(self.scale.count(MOST_OVERLAP_MS))
                .min(out.len());
            for (index, sample) in out[..overlap].iter_mut().enumerate() {
                *sample = mix(self.next_sample(), *sample, index, overlap);
            }
        }
        self.state = State::Hearing;
        self.remember(out);
    }

    /// What comes next does not follow from what was played: blend as after a loss.
    pub(super) fn interrupt(&mut self) {
        if matches!(self.state, State::Hearing | State::Bridged(_)) {
            self.find_cycle();
            self.state = State::Erased(0);
        }
    }

    fn find_cycle(&mut self) {
        let template = self.scale.count(TEMPLATE_MS);
        let from = self.end - self.scale.count(HISTORY_MS);
        let history = &self.played[from..self.end];
        let anchor = history.len() - template;
        let least = self.scale.count(LEAST_PERIOD_MS);
        let most = self.scale.count(MOST_PERIOD_MS);
        let like = best_offset(history, anchor, anchor - most..=anchor - least, template);
        self.period = anchor - like;
        let start = history.len() - self.period;
        self.cycle[..self.period].copy_from_slice(&history[start..]);
        // The last quarter blends into what came before the first sample, so that the repetition has no edge.
        let quarter = self.period / 4;
        for index in 0..quarter {
            let at = self.period - quarter + index;
            let before = history[start - quarter + index];
            self.cycle[at] = mix(self.cycle[at], before, index, quarter);
        }
    }

    fn next_sample(&mut self) -> i16 {
        let State::Erased(count) = self.state else {
            return 0;
        };
        let (fade, silent) = (
            self.scale.count(FADE_FROM_MS),
            self.scale.count(SILENT_FROM_MS),
        );
        if count >= silent {
            return 0;
        }
        self.state = State::Erased(count + 1);
        let sample = i32::from(self.cycle[count % self.period]);
        let gain = (silent - count).min(silent - fade) as i32;
        // A gain of at most one keeps 16 bits.
        (sample * gain / (silent - fade) as i32) as i16
    }

    fn remember(&mut self, played: &[i16]) {
        let len = self.scale.count(HISTORY_MS);
        let newest = &played[played.len().saturating_sub(len)..];
        if self.end + newest.len() > self.played.len() {
            self.played.copy_within(self.end - len..self.end, 0);
            self.end = len;
        }
        self.played[self.end..self.end + newest.len()].copy_from_slice(newest);
        self.end += newest.len();
    }
}
