//! Audio that the application pushes while it is played: a bounded ring that says how much it took.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use rtrb::{Consumer, Producer, RingBuffer};

/// The application's end.
pub struct StreamWriter {
    ring: Producer<i16>,
    ended: Arc<AtomicBool>,
}

/// The worker's end: one piece of a playout.
pub struct StreamReader {
    ring: Consumer<i16>,
    rate: u32,
    ended: Arc<AtomicBool>,
    begun: bool,
    /// Since the first one came, in samples that were due and not there.
    starved: u64,
}

/// `rate` is 8,000, 16,000, 24,000 or 48,000.
pub fn stream(rate: u32, room_ms: u32) -> (StreamWriter, StreamReader) {
    let (producer, consumer) = RingBuffer::new((rate / 1000 * room_ms) as usize);
    let ended = Arc::new(AtomicBool::new(false));
    let writer = StreamWriter {
        ring: producer,
        ended: ended.clone(),
    };
    let reader = StreamReader {
        ring: consumer,
        rate,
        ended,
        begun: false,
        starved: 0,
    };
    (writer, reader)
}

impl StreamWriter {
    /// Returns how many samples found room, from the first on. When nobody will play them any more, all do.
    pub fn push(&mut self, samples: &[i16]) -> usize {
        if self.ring.is_abandoned() {
            return samples.len();
        }
        let (taken, _) = self.ring.push_partial_slice(samples);
        taken.len()
    }
}

impl Drop for StreamWriter {
    /// What was pushed is played to its end.
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
    }
}

impl StreamReader {
    pub fn rate(&self) -> u32 {
        self.rate
    }

    pub fn starved_ms(&self) -> u64 {
        self.starved / u64::from(self.rate / 1000)
    }

    /// Nothing is left and nothing will come.
    pub fn is_over(&self) -> bool {
        // In this order: what was pushed before the end is seen.
        self.ended.load(Ordering::Acquire) && self.ring.is_empty()
    }

    /// Fills `out` and returns how many samples are the stream's; what is missing is silence. Fewer than all, and
    /// `is_over`, means that it ended there.
    pub fn read(&mut self, out: &mut [i16]) -> usize {
        let (taken, rest) = self.ring.pop_partial_slice(out);
        let (taken, missing) = (taken.len(), rest.len());
        rest.fill(0);
        self.begun |= taken > 0;
        if self.begun && missing > 0 && !self.is_over() {
            self.starved += missing as u64;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_is_refused() {
        let (mut writer, mut reader) = stream(8000, 20);
        let mut out = [9; 80];
        assert_eq!(writer.push(&[1; 100]), 100);
        assert_eq!(writer.push(&[2; 100]), 60);
        assert_eq!(reader.read(&mut out), 80);
        assert_eq!(writer.push(&[3; 100]), 80);
        assert_eq!(reader.read(&mut out), 80);
        assert_eq!((out[19], out[20]), (1, 2));
    }

    #[test]
    fn a_dry_stream_is_silence_and_counted_and_an_ended_one_is_neither() {
        let (mut writer, mut reader) = stream(8000, 100);
        let mut out = [9; 160];
        assert_eq!((reader.read(&mut out), reader.starved_ms()), (0, 0));
        writer.push(&[5; 80]);
        assert_eq!((reader.read(&mut out), reader.starved_ms()), (80, 10));
        assert_eq!(out[79..82], [5, 0, 0]);
        writer.push(&[5; 40]);
        drop(writer);
        assert!(!reader.is_over());
        assert_eq!((reader.read(&mut out), reader.starved_ms()), (40, 10));
        assert!(reader.is_over());
    }

    #[test]
    fn a_stream_that_nobody_plays_any_more_takes_everything() {
        let (mut writer, reader) = stream(8000, 10);
        drop(reader);
        assert_eq!(writer.push(&[1; 1000]), 1000);
    }
}
