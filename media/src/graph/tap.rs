//! Where a recording takes its audio from a leg: a bounded ring to the writer thread, which never holds up a tick.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;

use rtrb::{Consumer, Producer, RingBuffer};

/// 10 ms: every packet time is a whole number of them.
pub const CHUNK: usize = 80;
/// Chunks in a ring: 2.56 s, against a disk that pauses.
const RING: usize = 256;

/// 10 ms of both sides, and where in the recording they belong, in frames.
#[derive(Clone, Copy)]
pub struct Chunk {
    pub position: u64,
    pub left: [i16; CHUNK],
    pub right: [i16; CHUNK],
}

#[derive(Default)]
struct State {
    ended: AtomicBool,
    length: AtomicU64,
    failed: AtomicBool,
}

/// The longest that the right side may be held back, in chunks: 150 ms, above any jitter buffer's target.
const MAX_LAG: usize = 15;

/// The worker's end.
pub struct Tap {
    recording: u64,
    ring: Producer<Chunk>,
    state: Arc<State>,
    position: u64,
    lag: usize,
    held: [[i16; CHUNK]; MAX_LAG],
    next_held: usize,
}

/// The writer's end.
pub struct TapReader {
    pub ring: Consumer<Chunk>,
    state: Arc<State>,
}

pub fn tap(recording: u64) -> (Tap, TapReader) {
    let (producer, consumer) = RingBuffer::new(RING);
    let state = Arc::new(State::default());
    let tap = Tap {
        recording,
        ring: producer,
        state: state.clone(),
        position: 0,
        lag: 0,
        held: [[0; CHUNK]; MAX_LAG],
        next_held: 0,
    };
    let reader = TapReader {
        ring: consumer,
        state,
    };
    (tap, reader)
}

impl Tap {
    pub fn recording(&self) -> u64 {
        self.recording
    }

    /// Holds the right side back by the depth of the jitter buffer, which the left side has been through already:
    /// what was said at one time stands at one place in the file. Set when the recording starts and kept, since a
    /// change would cut into the sound; the last moments of the right side are not in the file.
    pub fn align(&mut self, jitter_ms: u32) {
        self.lag = (jitter_ms as usize / 10).min(MAX_LAG);
    }

    /// Appends one tick of both sides, equally long. What finds no room is silence in the file.
    pub fn write(&mut self, left: &[i16], right: &[i16]) {
        for (left, right) in left.chunks_exact(CHUNK).zip(right.chunks_exact(CHUNK)) {
            let mut chunk = Chunk {
                position: self.position,
                left: [0; CHUNK],
                right: [0; CHUNK],
            };
            chunk.left.copy_from_slice(left);
            self.delay(right, &mut chunk.right);
            // A full ring is a gap: the position goes on, and the writer sees what is missing.
            let _ = self.ring.push(chunk);
            self.position += CHUNK as u64;
        }
    }

    fn delay(&mut self, right: &[i16], out: &mut [i16; CHUNK]) {
        if self.lag == 0 {
            out.copy_from_slice(right);
            return;
        }
        let held = &mut self.held[self.next_held];
        out.copy_from_slice(held);
        held.copy_from_slice(right);
        self.next_held = (self.next_held + 1) % self.lag;
    }

    /// Time went by without audio.
    pub fn skip(&mut self, frames: u64) {
        self.position += frames;
    }

    /// The file could not be written; what is tapped goes nowhere.
    pub fn has_failed(&self) -> bool {
        self.state.failed.load(Ordering::Relaxed)
    }
}

impl Drop for Tap {
    /// A tap ends when it is dropped, by whatever way: the writer then completes the file.
    fn drop(&mut self) {
        self.state.length.store(self.position, Ordering::Relaxed);
        self.state.ended.store(true, Ordering::Release);
    }
}

impl TapReader {
    /// The whole length in frames once the tap ended; then nothing is added to the ring any more.
    pub fn ended(&self) -> Option<u64> {
        self.state
            .ended
            .load(Ordering::Acquire)
            .then(|| self.state.length.load(Ordering::Relaxed))
    }

    pub fn fail(&self) {
        self.state.failed.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_side_is_held_back_by_the_jitter_buffers_depth() {
        let (mut tap, mut reader) = tap(1);
        tap.align(40);
        for number in 1..=10 {
            tap.write(&[number; CHUNK], &[number; CHUNK]);
        }
        let mut sides = Vec::new();
        while let Ok(chunk) = reader.ring.pop() {
            sides.push((chunk.left[0], chunk.right[79]));
        }
        let right = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6];
        let expected: Vec<_> = (1..=10).zip(right).collect();
        assert_eq!(sides, expected);
    }

    #[test]
    fn a_full_ring_loses_audio_but_not_time() {
        let (mut tap, mut reader) = tap(1);
        let second = [1; 480];
        for _ in 0..60 {
            tap.write(&second, &second);
        }
        assert_eq!(reader.ended(), None);
        drop(tap);
        assert_eq!(reader.ended(), Some(60 * 480));
        let positions: Vec<u64> = std::iter::from_fn(|| reader.ring.pop().ok())
            .map(|c| c.position)
            .collect();
        assert_eq!(positions.len(), RING);
        assert_eq!(positions.last(), Some(&((RING as u64 - 1) * CHUNK as u64)));
    }
}
