//! What the next packet and the next pull need, fetched into the processor's caches ahead of them.

use super::JitterBuffer;
use crate::ahead;

impl JitterBuffer {
    /// Fetches into the processor's caches what the next packet and the next pull look at first.
    pub fn fetch(&self) {
        ahead::fetch(&self.timeline);
        ahead::fetch(&self.transit);
        ahead::fetch(&self.concealer);
        ahead::fetch(&self.phase);
        ahead::fetch(&self.delay);
        ahead::fetch(&self.ring);
        ahead::fetch(&self.scratch);
        ahead::fetch(&self.packets);
        if let Some(stream) = &self.stream {
            stream.fetch();
        }
    }

    /// The same of what lies behind it: where audio goes, and comes from.
    pub fn fetch_audio(&self) {
        ahead::fetch_all(&self.scratch[..self.pull_len.min(self.scratch.len())]);
        self.ring.fetch(self.pull_len);
        self.concealer.fetch(self.pull_len);
        if let Some(stream) = &self.stream {
            stream.fetch_place();
        }
    }
}
