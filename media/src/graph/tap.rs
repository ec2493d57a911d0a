//! Where a recording takes its audio from a leg: a bounded ring to the writer thread, which never holds up a tick.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;

use super::hush::Hush;
use super::MAX_HEARD;
use crate::dsp::converter::{converted, Converter};
use rtrb::{Consumer, Producer, RingBuffer};

/// 10 ms at 8 kHz, 5 ms at 16 kHz: every packet time is a whole number of them.
pub const CHUNK: usize = 80;
/// Chunks in the ring of a recording at 8 kHz: 2.56 s, against a disk that pauses.
const RING: usize = 256;

/// What is asked of a recording while it runs, with the mark that tells where that came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TapOrder {
    /// Silence in place of sound, or sound again.
    Hush(bool),
    /// Nothing else.
    Mark,
}

/// A mark was reached: its number, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    pub mark: u64,
    pub position_ms: u64,
}

/// A piece of both sides, and where in the recording they belong, in frames.
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

/// The longest that the right side may be held back: above any jitter buffer's target.
const MAX_LAG_MS: u32 = 150;

/// The worker's end.
pub struct Tap {
    recording: u64,
    /// Frames a millisecond.
    pace: u32,
    ring: Producer<Chunk>,
    state: Arc<State>,
    since: Option<u64>,
    position: u64,
    hush: Hush,
    /// In chunks.
    lag: usize,
    held: Box<[[i16; CHUNK]]>,
    /// From a leg that has another rate by now, each side.
    filters: [Converter; 2],
    next_held: usize,
}

/// The writer's end.
pub struct TapReader {
    pub ring: Consumer<Chunk>,
    /// Frames a second.
    pub rate: u32,
    state: Arc<State>,
}

/// `rate` is 8,000, 16,000 or 48,000. `since`: the nanosecond of the media clock at which the file begins; None: with the first
/// audio.
pub fn tap(recording: u64, rate: u32, since: Option<u64>) -> (Tap, TapReader) {
    let (producer, consumer) = RingBuffer::new(RING * (rate / 8000) as usize);
    let state = Arc::new(State::default());
    let tap = Tap {
        recording,
        pace: rate / 1000,
        ring: producer,
        state: state.clone(),
        since,
        position: 0,
        hush: Hush::default(),
        lag: 0,
        held: vec![[0; CHUNK]; chunks(MAX_LAG_MS, rate / 1000)].into_boxed_slice(),
        filters: [Converter::default(); 2],
        next_held: 0,
    };
    let reader = TapReader {
        ring: consumer,
        rate,
        state,
    };
    (tap, reader)
}

/// So many milliseconds in whole chunks.
fn chunks(milliseconds: u32, pace: u32) -> usize {
    (milliseconds * pace) as usize / CHUNK
}

impl Tap {
    pub fn recording(&self) -> u64 {
        self.recording
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.pace * 1000
    }

    /// Holds the right side back by the depth of the jitter buffer, which the left side has been through already:
    /// what was said at one time stands at one place in the file. Set when the recording starts and kept, since a
    /// change would cut into the sound; the last moments of the right side are not in the file.
    pub fn align(&mut self, jitter_ms: u32) {
        self.lag = chunks(jitter_ms.min(MAX_LAG_MS), self.pace);
    }

    /// What is written next is of that nanosecond of the media clock: where the file begins earlier, silence is before.
    pub fn begin(&mut self, at: u64) {
        if let Some(since) = self.since.take() {
            let ten_ms = at.saturating_sub(since) / 10_000_000;
            self.position = ten_ms * 10 * u64::from(self.pace);
        }
    }

    /// Returns the mark when it is reached at once.
    pub fn obey(&mut self, order: TapOrder, mark: u64) -> Option<Marked> {
        let mark = match order {
            TapOrder::Mark => Some(mark),
            TapOrder::Hush(on) => self.hush.set(on, mark),
        };
        mark.map(|mark| self.marked(mark))
    }

    /// Whether it waits for the end of a key.
    pub fn is_ending_hush(&self) -> bool {
        matches!(self.hush, Hush::Ending { .. })
    }

    /// Tells the tap, before it writes so many frames, whether a key is held. Returns the mark behind them, if they are
    /// the last that are hushed.
    fn pass(&mut self, frames: u64, keyed: bool, hold_ms: u64) -> (bool, Option<Marked>) {
        let (is_hushed, pace) = (self.hush != Hush::Off, u64::from(self.pace));
        let mark = self.hush.pass(frames, keyed, hold_ms * pace);
        let position_ms = (self.position + frames) / pace;
        let marked = mark.map(|mark| Marked { mark, position_ms });
        (is_hushed, marked)
    }

    /// [`Tap::write`] for sides of another rate.
    #[inline(never)]
    pub fn write_converted(
        &mut self,
        sides: [&[i16]; 2],
        rate: u32,
        keyed: bool,
        hold_ms: u64,
    ) -> Option<Marked> {
        let (ours, mut room) = (self.rate(), [[0; MAX_HEARD]; 2]);
        let length = converted(sides[0].len(), rate, ours);
        for ((side, out), filter) in sides.into_iter().zip(&mut room).zip(&mut self.filters) {
            filter.convert(rate, ours, side, &mut out[..length]);
        }
        self.write(&room[0][..length], &room[1][..length], keyed, hold_ms)
    }

    /// Appends one tick of both sides, equally long and of the tap's rate. What finds no room is silence in the file.
    /// `keyed` and `hold_ms` are as in [`Hush::pass`]; returns the mark at the end of a hush.
    pub fn write(
        &mut self,
        left: &[i16],
        right: &[i16],
        keyed: bool,
        hold_ms: u64,
    ) -> Option<Marked> {
        let frames = left.len().min(right.len()) as u64;
        let (is_hushed, marked) = self.pass(frames, keyed, hold_ms);
        for (left, right) in left.chunks_exact(CHUNK).zip(right.chunks_exact(CHUNK)) {
            let mut chunk = Chunk {
                position: self.position,
                left: [0; CHUNK],
                right: [0; CHUNK],
            };
            if is_hushed {
                self.delay(&[0; CHUNK], &mut chunk.right);
            } else {
                chunk.left.copy_from_slice(left);
                self.delay(right, &mut chunk.right);
            }
            // A full ring is a gap: the position goes on, and the writer sees what is missing.
            let _ = self.ring.push(chunk);
            self.position += CHUNK as u64;
        }
        marked
    }

    fn marked(&self, mark: u64) -> Marked {
        Marked {
            mark,
            position_ms: self.position / u64::from(self.pace),
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
    pub fn skip(&mut self, milliseconds: u64) {
        self.position += milliseconds * u64::from(self.pace);
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
        let (mut tap, mut reader) = tap(1, 8000, None);
        tap.align(40);
        for number in 1..=10 {
            tap.write(&[number; CHUNK], &[number; CHUNK], false, 0);
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
        let (mut tap, mut reader) = tap(1, 8000, None);
        let second = [1; 480];
        for _ in 0..60 {
            tap.write(&second, &second, false, 0);
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

    #[test]
    fn a_hush_is_silence_on_both_sides_and_its_ends_are_where_they_are_told() {
        let (mut tap, mut reader) = tap(1, 8000, None);
        tap.align(20);
        tap.write(&[1; CHUNK], &[1; CHUNK], false, 20);
        let begun = tap.obey(TapOrder::Hush(true), 7);
        tap.write(&[2; CHUNK], &[2; CHUNK], true, 20);
        assert_eq!(tap.obey(TapOrder::Hush(false), 8), None);
        let mut ended = None;
        for number in 3..9 {
            let keyed = number < 5;
            ended = ended.or(tap.write(&[number; CHUNK], &[number; CHUNK], keyed, 20));
        }
        let place = |mark, position_ms| Some(Marked { mark, position_ms });
        assert_eq!((begun, ended), (place(7, 10), place(8, 60)));
        let sides: Vec<_> = std::iter::from_fn(|| reader.ring.pop().ok())
            .map(|chunk| (chunk.left[0], chunk.right[0]))
            .collect();
        // The right side is 20 ms behind: what it said before the hush is heard in it.
        let expected = [
            (1, 0),
            (0, 0),
            (0, 1),
            (0, 0),
            (0, 0),
            (0, 0),
            (7, 0),
            (8, 0),
        ];
        assert_eq!(sides, expected);
    }

    #[test]
    fn a_mark_is_told_with_its_place() {
        let (mut tap, _reader) = tap(1, 8000, Some(5_000_000));
        tap.begin(106_000_000);
        let right = [0; CHUNK];
        tap.write(&right, &right, false, 0);
        let marked = tap.obey(TapOrder::Mark, 3);
        assert_eq!(
            marked,
            Some(Marked {
                mark: 3,
                position_ms: 110
            })
        );
    }
}
