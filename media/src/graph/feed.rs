//! Audio of a leg on its way to the application: a bounded ring that loses the oldest, read in batches.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use crossbeam_queue::ArrayQueue;

use super::MAX_SAMPLES;
use crate::dsp::converter::{converted, Converter};

/// Every packet time is a whole number of these.
const CHUNK_MS: u32 = 10;
const MAX_CHUNK: usize = 160;
/// Times 10 ms in a ring: 2.56 s, against a reader that is busy elsewhere.
const RING: usize = 256;

/// Chunks of 10 ms: as few as they fit into.
fn parts(rate: u32) -> usize {
    (rate / 1000 * CHUNK_MS).div_ceil(MAX_CHUNK as u32) as usize
}

/// Which way the audio goes that is tapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    FromPeer,
    ToPeer,
}

/// 10 ms or a part of them, numbered without a gap as time goes by.
struct Chunk {
    number: u64,
    at_ns: u64,
    samples: [i16; MAX_CHUNK],
}

struct Shared {
    ring: ArrayQueue<Chunk>,
    /// The reader was told that something is there, and has not looked since.
    told: AtomicBool,
}

/// The worker's end.
pub struct Feed {
    name: u64,
    side: Side,
    rate: u32,
    shared: Arc<Shared>,
    number: u64,
    batch: u64,
    /// Of 10 ms.
    parts: u64,
    filter: Converter,
}

/// The application's end.
pub struct FeedReader {
    shared: Arc<Shared>,
    chunk: usize,
    parts: u64,
    batch: usize,
    expected: u64,
    lost: u64,
    at_ns: u64,
    pending: Vec<i16>,
}

/// Samples that follow each other without a gap, and what was lost before them.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    /// Time of the first sample by the media clock.
    pub at_ns: u64,
    pub lost_ms: u64,
    pub samples: Vec<i16>,
}

/// `rate` is 8,000, 16,000, 24,000 or 48,000; `batch_ms` a multiple of 10.
pub fn feed(name: u64, side: Side, rate: u32, batch_ms: u32) -> (Feed, FeedReader) {
    let shared = Arc::new(Shared {
        ring: ArrayQueue::new(RING * parts(rate)),
        told: AtomicBool::new(false),
    });
    let chunk = (rate / 1000 * CHUNK_MS) as usize / parts(rate);
    let chunks = u64::from(batch_ms / CHUNK_MS).max(1) * parts(rate) as u64;
    let feed = Feed {
        name,
        side,
        rate,
        shared: shared.clone(),
        number: 0,
        batch: chunks,
        parts: parts(rate) as u64,
        filter: Converter::default(),
    };
    let reader = FeedReader {
        shared,
        chunk,
        parts: parts(rate) as u64,
        batch: chunk * chunks as usize,
        expected: 0,
        lost: 0,
        at_ns: 0,
        pending: Vec::with_capacity(chunk * chunks as usize),
    };
    (feed, reader)
}

impl Feed {
    pub fn name(&self) -> u64 {
        self.name
    }

    pub fn side(&self) -> Side {
        self.side
    }

    /// Appends one tick's samples, of any rate, whose first is of `at_ns`. True when the reader is to be told that
    /// a batch is there. A full ring loses its oldest 10 ms.
    pub fn write(&mut self, samples: &[i16], rate: u32, at_ns: u64) -> bool {
        let mut complete = false;
        for (index, piece) in (0..).zip(samples.chunks(rate as usize / 50)) {
            let mut room = [0; MAX_SAMPLES];
            let ours = &mut room[..converted(piece.len(), rate, self.rate)];
            self.filter.convert(rate, self.rate, piece, ours);
            complete |= self.push(ours, at_ns + index * 20_000_000);
        }
        complete && !self.shared.told.swap(true, Ordering::AcqRel)
    }

    /// Whether a batch is complete.
    fn push(&mut self, samples: &[i16], at_ns: u64) -> bool {
        let mut complete = false;
        let chunk = (self.rate / 1000 * CHUNK_MS) as usize / self.parts as usize;
        let lasts = u64::from(CHUNK_MS) * 1_000_000;
        for (index, part) in (0..).zip(samples.chunks_exact(chunk)) {
            let mut samples = [0; MAX_CHUNK];
            samples[..chunk].copy_from_slice(part);
            let chunk = Chunk {
                number: self.number,
                at_ns: at_ns + index * lasts / self.parts,
                samples,
            };
            // What it displaces is missed by its number.
            let _ = self.shared.ring.force_push(chunk);
            self.number += 1;
            complete |= self.number.is_multiple_of(self.batch);
        }
        complete
    }

    /// Time went by without audio.
    pub fn skip(&mut self, milliseconds: u64) {
        self.number += milliseconds / u64::from(CHUNK_MS) * self.parts;
    }
}

impl FeedReader {
    /// Everything that is there in whole batches. One before a loss is shorter.
    pub fn read(&mut self) -> Vec<Batch> {
        // Before the look: what comes after it is told again.
        self.shared.told.store(false, Ordering::Release);
        let mut batches = Vec::new();
        while let Some(chunk) = self.shared.ring.pop() {
            let missing = chunk.number - self.expected;
            self.expected = chunk.number + 1;
            if missing > 0 {
                batches.extend(self.take());
                self.lost += missing;
            }
            if self.pending.is_empty() {
                self.at_ns = chunk.at_ns;
            }
            self.pending.extend_from_slice(&chunk.samples[..self.chunk]);
            if self.pending.len() >= self.batch {
                batches.extend(self.take());
            }
        }
        batches
    }

    fn take(&mut self) -> Option<Batch> {
        if self.pending.is_empty() {
            return None;
        }
        let next = Vec::with_capacity(self.batch);
        Some(Batch {
            at_ns: self.at_ns,
            lost_ms: std::mem::take(&mut self.lost) * u64::from(CHUNK_MS) / self.parts,
            samples: std::mem::replace(&mut self.pending, next),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK_NS: u64 = 20_000_000;

    fn write(feed: &mut Feed, ticks: std::ops::Range<u64>) -> Vec<bool> {
        ticks
            .map(|tick| feed.write(&[tick as i16; 160], 8000, tick * TICK_NS))
            .collect()
    }

    #[test]
    fn a_reader_is_told_once_a_batch_and_once_until_it_looks() {
        let (mut feed, mut reader) = feed(1, Side::FromPeer, 8000, 60);
        assert_eq!(
            write(&mut feed, 0..6),
            [false, false, true, false, false, false]
        );
        let batches = reader.read();
        let starts: Vec<u64> = batches.iter().map(|batch| batch.at_ns).collect();
        assert_eq!(starts, [0, 3 * TICK_NS]);
        assert!(batches.iter().all(|one| one.samples.len() == 480));
        assert_eq!(batches[1].samples[..2], [3, 3]);
        assert_eq!(write(&mut feed, 6..9), [false, false, true]);
    }

    #[test]
    fn a_slow_reader_loses_the_oldest_and_is_told_how_much() {
        let (mut feed, mut reader) = feed(1, Side::FromPeer, 8000, 60);
        write(&mut feed, 0..150);
        let batches = reader.read();
        assert_eq!(batches[0].lost_ms, 3000 - 2560);
        assert_eq!(batches[0].at_ns, 22 * TICK_NS);
        assert!(batches[1..].iter().all(|batch| batch.lost_ms == 0));
        assert_eq!(batches.last().unwrap().samples.last(), Some(&147));
    }

    #[test]
    fn time_without_audio_ends_a_batch_and_counts_as_lost() {
        let (mut feed, mut reader) = feed(1, Side::FromPeer, 8000, 60);
        write(&mut feed, 0..2);
        feed.skip(100);
        write(&mut feed, 7..10);
        let lengths: Vec<_> = reader
            .read()
            .iter()
            .map(|batch| (batch.samples.len(), batch.lost_ms))
            .collect();
        assert_eq!(lengths, [(320, 0), (480, 100)]);
    }

    #[test]
    fn high_rates_come_in_batches_as_long_and_lose_as_much() {
        for (rate, length) in [(24_000, 1440), (48_000, 2880)] {
            let (mut feed, mut reader) = feed(1, Side::FromPeer, rate, 60);
            assert_eq!(write(&mut feed, 0..3), [false, false, true]);
            let batch = reader.read().pop().unwrap();
            assert_eq!((batch.samples.len(), batch.at_ns), (length, 0));
            write(&mut feed, 3..153);
            let batches = reader.read();
            assert_eq!(batches[0].lost_ms, 3000 - 2560);
            assert_eq!(batches[0].at_ns, (3 + 22) * TICK_NS);
            assert_eq!(batches[1].samples.len(), length);
        }
    }

    #[test]
    fn either_rate_is_made_of_the_other() {
        let (mut wide, mut heard_wide) = feed(1, Side::ToPeer, 16_000, 20);
        let (mut narrow, mut heard_narrow) = feed(2, Side::ToPeer, 8000, 20);
        for tick in 0..10 {
            wide.write(&[1000; 160], 8000, tick * TICK_NS);
            narrow.write(&[1000; 320], 16_000, tick * TICK_NS);
        }
        for (reader, length) in [(&mut heard_wide, 320), (&mut heard_narrow, 160)] {
            let batch = reader.read().pop().unwrap();
            assert_eq!(batch.samples.len(), length);
            assert!(batch
                .samples
                .iter()
                .all(|sample| (990..1010).contains(sample)));
        }
    }
}
