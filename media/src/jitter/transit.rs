//! How long packets are under way, against the quickest of late, and the delay that follows from it.

use super::Milliseconds;

/// The quickest and the slowest are remembered for one to two of these, nanoseconds.
const WINDOW: u64 = 2_000_000_000;
const START_MS: u32 = 40;
const MIN_MS: u32 = 20;
pub(super) const MAX_MS: u32 = 120;
/// Packets further than this from the others have a wrong timestamp. More than the buffer holds, so that whatever is
/// played is measured.
const OUTLIER_MS: u32 = 2000;
/// Spare time over one pull while nothing is known yet.
const START_SPARE_MS: u32 = 20;

#[derive(Clone, Copy, Debug)]
struct Span {
    least: i32,
    most: i32,
}

impl Span {
    fn of(value: i32) -> Self {
        Self {
            least: value,
            most: value,
        }
    }

    fn join(self, other: Span) -> Self {
        Self {
            least: self.least.min(other.least),
            most: self.most.max(other.most),
        }
    }
}

/// Transit times in samples. They have no zero, as the sender's clock is not ours; only differences count.
#[derive(Clone, Debug)]
pub(super) struct Transit {
    /// The transit that counts as 0, so that differences stay small and never wrap.
    base: u32,
    present: Option<Span>,
    before: Option<Span>,
    began: u64,
    scale: Milliseconds,
}

impl Transit {
    pub(super) fn new(scale: Milliseconds) -> Self {
        Self {
            base: 0,
            present: None,
            before: None,
            began: 0,
            scale,
        }
    }

    /// Forgets everything: another clock, or another path.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.scale);
    }

    /// Takes a packet's timestamp and its arrival, in units of the media clock and in nanoseconds.
    pub(super) fn receive(&mut self, timestamp: u32, arrival: u32, now: u64) {
        let Some(present) = self.present else {
            self.base = arrival.wrapping_sub(timestamp);
            self.present = Some(Span::of(0));
            self.began = now;
            return;
        };
        let value = self.relative(timestamp, arrival);
        if value.abs_diff(present.least) > self.scale.samples(OUTLIER_MS) {
            return;
        }
        if now.saturating_sub(self.began) < WINDOW {
            self.present = Some(present.join(Span::of(value)));
            return;
        }
        self.before = Some(present);
        self.present = Some(Span::of(value));
        self.began = now;
    }

    /// How much later than the quickest the sample `timestamp` is, when it is handled at `units`. For a packet that
    /// arrives it is its jitter; for the play position it is the delay of the buffer.
    pub(super) fn behind_quickest(&self, timestamp: u32, units: u32) -> i32 {
        let value = self.relative(timestamp, units);
        self.span()
            .map_or(0, |span| value.saturating_sub(span.least))
    }

    /// The play position at `units` that gives this delay.
    pub(super) fn position(&self, delay: u32, units: u32) -> u32 {
        let least = self.span().map_or(0, |span| span.least);
        units
            .wrapping_sub(self.base)
            .wrapping_sub(least as u32)
            .wrapping_sub(delay)
    }

    /// The delay to aim at, in samples: what the slowest packet needs, and one pull, because a pull takes all of its
    /// samples at its beginning.
    pub(super) fn target(&self, pull: usize) -> u32 {
        let pull = pull as u32;
        let spread = self
            .span()
            .map_or(0, |span| span.most.saturating_sub(span.least));
        let floor = match self.before {
            Some(_) => self.scale.samples(MIN_MS),
            None => u32::max(
                self.scale.samples(START_MS),
                pull.saturating_add(self.scale.samples(START_SPARE_MS)),
            ),
        };
        // `most` is never below `least`.
        let wanted = (spread.max(0) as u32).saturating_add(pull);
        wanted.max(floor).min(self.scale.samples(MAX_MS))
    }

    fn span(&self) -> Option<Span> {
        match (self.present, self.before) {
            (Some(present), Some(before)) => Some(present.join(before)),
            (present, _) => present,
        }
    }

    fn relative(&self, timestamp: u32, units: u32) -> i32 {
        units.wrapping_sub(timestamp).wrapping_sub(self.base) as i32
    }
}
