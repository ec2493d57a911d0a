//! Which of the last 128 sequence numbers arrived.

/// How far back the window remembers.
const SPAN: u16 = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Newer than all before.
    Ahead,
    /// Older than the newest, and not seen before.
    Reordered,
    Duplicate,
    /// Older than the window.
    Old,
}

/// The newest sequence number and one bit for each of those before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SequenceWindow {
    newest: u16,
    seen: u128,
}

impl SequenceWindow {
    pub(crate) fn new(first: u16) -> Self {
        Self {
            newest: first,
            seen: 1,
        }
    }

    /// Empty, and `first` will be ahead of it.
    pub(crate) fn before(first: u16) -> Self {
        Self {
            newest: first.wrapping_sub(1),
            seen: 0,
        }
    }

    pub(crate) fn newest(&self) -> u16 {
        self.newest
    }

    pub(crate) fn receive(&mut self, sequence: u16) -> Arrival {
        let ahead = sequence.wrapping_sub(self.newest);
        if ahead != 0 && ahead < 0x8000 {
            self.seen = self.seen.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
            self.newest = sequence;
            return Arrival::Ahead;
        }
        let behind = self.newest.wrapping_sub(sequence);
        if behind >= SPAN {
            return Arrival::Old;
        }
        let bit = 1u128 << behind;
        if self.seen & bit != 0 {
            return Arrival::Duplicate;
        }
        self.seen |= bit;
        Arrival::Reordered
    }
}
