//! The recordings of one leg, and its feeds.

use super::feeds::Feeds;
use super::reaper::{Bin, Garbage};
use crate::dsp::half_band::HalfBand;
use crate::graph::tap::Tap;
use crate::graph::MAX_NARROW;

/// So many recordings of one leg at once; the caller is told when there are more.
pub const MAX_TAPS: usize = 4;

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

    /// Both sides at 16 kHz.
    pub fn write_wide(&mut self, left: &[i16], right: &[i16], bin: &Bin) {
        let mut narrow = [[0; MAX_NARROW]; 2];
        let len = left.len() / 2;
        for (index, wide) in [left, right].into_iter().enumerate() {
            self.filters[index].down(wide, &mut narrow[index][..len]);
        }
        self.write(&narrow[0][..len], &narrow[1][..len], bin);
    }

    pub fn write(&mut self, left: &[i16], right: &[i16], bin: &Bin) {
        for tap in self.taps.iter_mut().flatten() {
            tap.write(left, right);
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
