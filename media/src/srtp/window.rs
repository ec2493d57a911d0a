//! Which packets were seen already (RFC 3711, 3.3.2).

/// The newest index of one stream, and which of the [`ReplayWindow::SIZE`] up to it were seen.
#[derive(Clone, Copy, Debug)]
pub struct ReplayWindow {
    newest: u64,
    /// Bit n: the index n below the newest.
    seen: u128,
}

impl ReplayWindow {
    pub const SIZE: u64 = u128::BITS as u64;

    /// `first` was seen.
    pub fn new(first: u64) -> Self {
        Self {
            newest: first,
            seen: 1,
        }
    }

    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Notes the index; false for one that was seen, or is too old to tell.
    pub fn accept(&mut self, index: u64) -> bool {
        if let Some(ahead) = index.checked_sub(self.newest).filter(|ahead| *ahead > 0) {
            let kept = u32::try_from(ahead).ok();
            self.seen = kept
                .and_then(|ahead| self.seen.checked_shl(ahead))
                .unwrap_or(0)
                | 1;
            self.newest = index;
            return true;
        }
        let behind = self.newest - index;
        if behind >= Self::SIZE {
            return false;
        }
        let bit = 1 << behind;
        let fresh = self.seen & bit == 0;
        self.seen |= bit;
        fresh
    }
}
