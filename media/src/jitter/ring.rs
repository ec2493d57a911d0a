//! Decoded samples by timestamp, with one bit each for whether it is there.

use crate::ahead;

/// Holds the samples from the play position up to its capacity ahead of it.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    samples: Box<[i16]>,
    present: Box<[u64]>,
    play: u32,
    buffered: usize,
}

impl Ring {
    /// Room for at least `capacity` samples.
    pub(super) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(64).next_power_of_two();
        Self {
            samples: vec![0; capacity].into_boxed_slice(),
            present: vec![0; capacity / 64].into_boxed_slice(),
            play: 0,
            buffered: 0,
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.samples.len()
    }

    /// The timestamp of the sample to play next.
    pub(super) fn play(&self) -> u32 {
        self.play
    }

    /// Samples that are present.
    pub(super) fn buffered(&self) -> usize {
        self.buffered
    }

    /// Empties the ring and sets the play position.
    pub(super) fn reset(&mut self, play: u32) {
        self.present.fill(0);
        self.buffered = 0;
        self.play = play;
    }

    /// Moves the play position forward and forgets what lies before it.
    pub(super) fn advance(&mut self, count: usize) {
        // Fewer than 2^32 by what callers pass; the position wraps as timestamps do.
        let target = self.play.wrapping_add(count as u32);
        if count >= self.capacity() {
            self.reset(target);
            return;
        }
        let mut at = self.play;
        while at != target {
            let (word, mask, len) = self.span(at, target.wrapping_sub(at) as usize);
            self.buffered -= (self.present[word] & mask).count_ones() as usize;
            self.present[word] &= !mask;
            at = at.wrapping_add(len as u32);
        }
        self.play = target;
    }

    /// Fetches what is read next and where the packet after the newest goes, of about so many samples.
    pub(super) fn fetch(&self, len: usize) {
        for start in [self.play, self.play.wrapping_add(self.buffered as u32)] {
            let at = self.index(start);
            ahead::fetch_all(&self.samples[at..self.capacity().min(at + len)]);
        }
        ahead::fetch_all(&self.present);
    }

    /// Stores `samples` from `timestamp` on, as far as they lie in the ring.
    pub(super) fn write(&mut self, timestamp: u32, samples: &[i16]) {
        let (skip, len) = self.clip(timestamp, samples.len());
        let start = timestamp.wrapping_add(skip as u32);
        self.mark(start, len);
        let samples = &samples[skip..skip + len];
        let at = self.index(start);
        let first = samples.len().min(self.capacity() - at);
        self.samples[at..at + first].copy_from_slice(&samples[..first]);
        self.samples[..len - first].copy_from_slice(&samples[first..]);
    }

    /// Stores `len` zeros from `timestamp` on, as far as they lie in the ring.
    pub(super) fn write_silence(&mut self, timestamp: u32, len: usize) {
        let (skip, len) = self.clip(timestamp, len);
        let start = timestamp.wrapping_add(skip as u32);
        self.mark(start, len);
        let at = self.index(start);
        let first = len.min(self.capacity() - at);
        self.samples[at..at + first].fill(0);
        self.samples[..len - first].fill(0);
    }

    /// Whether the sample `offset` ahead of the play position is there, and for how many, at most `most`, that is so.
    pub(super) fn run(&self, offset: usize, most: usize) -> (bool, usize) {
        let most = most.min(self.capacity().saturating_sub(offset));
        let mut at = self.play.wrapping_add(offset as u32);
        let mut found = 0;
        let mut present = false;
        while found < most {
            let (word, mask, len) = self.span(at, most - found);
            let shift = mask.trailing_zeros();
            let bits = self.present[word] >> shift;
            if found == 0 {
                present = bits & 1 == 1;
            }
            let alike = if present {
                bits.trailing_ones()
            } else {
                bits.trailing_zeros()
            };
            let alike = (alike as usize).min(len);
            found += alike;
            if alike < len {
                break;
            }
            at = at.wrapping_add(len as u32);
        }
        (present, found)
    }

    /// Copies the samples from `offset` ahead of the play position on.
    pub(super) fn copy(&self, offset: usize, out: &mut [i16]) {
        let at = self.index(self.play.wrapping_add(offset as u32));
        let first = out.len().min(self.capacity() - at);
        let (head, tail) = out.split_at_mut(first);
        head.copy_from_slice(&self.samples[at..at + first]);
        tail.copy_from_slice(&self.samples[..tail.len()]);
    }

    /// How many of `len` samples from `timestamp` on lie before the ring, and how many after those in it.
    fn clip(&self, timestamp: u32, len: usize) -> (usize, usize) {
        let lead = i64::from(timestamp.wrapping_sub(self.play) as i32);
        let capacity = self.capacity() as i64;
        let start = lead.clamp(0, capacity);
        let end = (lead + len as i64).clamp(start, capacity);
        // Both are within `len`, as neither end moved outwards.
        (
            ((start - lead).max(0) as usize).min(len),
            (end - start) as usize,
        )
    }

    fn mark(&mut self, start: u32, len: usize) {
        let mut at = start;
        let mut left = len;
        while left > 0 {
            let (word, mask, len) = self.span(at, left);
            self.buffered += (mask & !self.present[word]).count_ones() as usize;
            self.present[word] |= mask;
            at = at.wrapping_add(len as u32);
            left -= len;
        }
    }

    /// The word of bits at `timestamp`, the mask of those wanted in it, and their number: `most` or up to its end.
    fn span(&self, timestamp: u32, most: usize) -> (usize, u64, usize) {
        let at = self.index(timestamp);
        let bit = at % 64;
        let len = most.min(64 - bit);
        let ones = if len == 64 { u64::MAX } else { (1 << len) - 1 };
        (at / 64, ones << bit, len)
    }

    fn index(&self, timestamp: u32) -> usize {
        timestamp as usize & (self.capacity() - 1)
    }
}
