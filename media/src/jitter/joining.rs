//! A stream that was heard by another way for a while, and goes through the buffer again.

use super::{JitterBuffer, Phase};

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
        self.phase = Phase::Playing;
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
}
