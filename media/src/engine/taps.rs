//! The recordings of one leg, and its feeds.

use super::feeds::Feeds;
use super::reaper::{Bin, Garbage};
use crate::ahead;
use crate::dsp::half_band::HalfBand;
use crate::engine::event::Fact;
use crate::graph::tap::{Marked, Tap, TapOrder};
use crate::graph::{MAX_NARROW, SAMPLES_A_MS};

/// So many recordings of one leg at once; the caller is told when there are more.
pub const MAX_TAPS: usize = 4;

/// Whether a key is held that a recording might hear, and for how long after it they stay hushed, in frames.
#[derive(Clone, Copy, Default)]
pub struct Keyed {
    pub is_held: bool,
    pub hold: u64,
}

#[derive(Default)]
pub struct Taps {
    taps: [Option<Box<Tap>>; MAX_TAPS],
    /// From a wideband leg: files are 8 kHz.
    filters: [HalfBand; 2],
    pub feeds: Feeds,
}

impl Taps {
    pub fn is_empty(&self) -> bool {
        self.feeds.is_empty() && self.taps.iter().all(Option::is_none)
    }

    /// Fetches the recordings.
    pub fn fetch(&self) {
        for tap in self.taps.iter().flatten() {
            ahead::fetch_some(&**tap, 4 * 64);
        }
    }

    /// Without room the tap is ended at once: an empty file.
    pub fn add(&mut self, tap: Box<Tap>, bin: &Bin) {
        match self.taps.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(tap),
            None => bin.put(Garbage::Tap(tap)),
        }
    }

    pub fn remove(&mut self, recording: u64, bin: &Bin) {
        self.drop_where(bin, |tap| tap.recording() == recording);
    }

    /// What is written next is of that nanosecond of the media clock.
    pub fn begin(&mut self, at: u64) {
        for tap in self.taps.iter_mut().flatten() {
            tap.begin(at);
        }
    }

    pub fn obey(&mut self, recording: u64, order: TapOrder, mark: u64, tell: impl FnOnce(Fact)) {
        let mut taps = self.taps.iter_mut().flatten();
        let marked = taps
            .find(|tap| tap.recording() == recording)
            .and_then(|tap| tap.obey(order, mark));
        if let Some(marked) = marked {
            tell(fact(recording, marked));
        }
    }

    /// Whether one of them waits for the end of a key.
    pub fn is_ending_hush(&self) -> bool {
        self.taps.iter().flatten().any(|tap| tap.is_ending_hush())
    }

    /// Both sides at 16 kHz.
    pub fn write_wide(
        &mut self,
        left: &[i16],
        right: &[i16],
        keyed: Keyed,
        bin: &Bin,
        tell: impl FnMut(Fact),
    ) {
        let mut narrow = [[0; MAX_NARROW]; 2];
        let len = left.len() / 2;
        for (index, wide) in [left, right].into_iter().enumerate() {
            self.filters[index].down(wide, &mut narrow[index][..len]);
        }
        self.write(&narrow[0][..len], &narrow[1][..len], keyed, bin, tell);
    }

    pub fn write(
        &mut self,
        left: &[i16],
        right: &[i16],
        keyed: Keyed,
        bin: &Bin,
        mut tell: impl FnMut(Fact),
    ) {
        for tap in self.taps.iter_mut().flatten() {
            if let Some(marked) = tap.write(left, right, keyed.is_held, keyed.hold) {
                tell(fact(tap.recording(), marked));
            }
        }
        self.drop_where(bin, Tap::has_failed);
    }

    pub fn skip(&mut self, frames: u64) {
        for tap in self.taps.iter_mut().flatten() {
            tap.skip(frames);
        }
    }

    fn drop_where(&mut self, bin: &Bin, condition: impl Fn(&Tap) -> bool) {
        for place in &mut self.taps {
            if place.as_ref().is_some_and(|tap| condition(tap)) {
                if let Some(tap) = place.take() {
                    bin.put(Garbage::Tap(tap));
                }
            }
        }
    }
}

fn fact(recording: u64, Marked { mark, position }: Marked) -> Fact {
    Fact::RecordingMarked {
        recording,
        mark,
        position_ms: position / SAMPLES_A_MS as u64,
    }
}
