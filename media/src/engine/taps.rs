//! The recordings of one leg, and its feeds.

use super::feeds::Feeds;
use super::reaper::{Bin, Garbage};
use crate::ahead;
use crate::engine::event::Fact;
use crate::graph::tap::{Marked, Tap, TapOrder};

/// So many recordings of one leg at once; the caller is told when there are more.
pub const MAX_TAPS: usize = 4;

/// Whether a key is held that a recording might hear, and for how long after it they stay hushed.
#[derive(Clone, Copy, Default)]
pub struct Keyed {
    pub is_held: bool,
    pub hold_ms: u64,
}

#[derive(Default)]
pub struct Taps {
    taps: [Option<Box<Tap>>; MAX_TAPS],
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

    /// One tick of both sides, at the leg's rate.
    pub fn write(
        &mut self,
        sides: [&[i16]; 2],
        rate: u32,
        keyed: Keyed,
        bin: &Bin,
        mut tell: impl FnMut(Fact),
    ) {
        for tap in self.taps.iter_mut().flatten() {
            let Keyed { is_held, hold_ms } = keyed;
            let marked = match tap.rate() == rate {
                true => tap.write(sides[0], sides[1], is_held, hold_ms),
                false => tap.write_converted(sides, rate, is_held, hold_ms),
            };
            if let Some(marked) = marked {
                tell(fact(tap.recording(), marked));
            }
        }
        self.drop_where(bin, Tap::has_failed);
    }

    pub fn skip(&mut self, milliseconds: u64) {
        for tap in self.taps.iter_mut().flatten() {
            tap.skip(milliseconds);
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

fn fact(recording: u64, Marked { mark, position_ms }: Marked) -> Fact {
    Fact::RecordingMarked {
        recording,
        mark,
        position_ms,
    }
}
