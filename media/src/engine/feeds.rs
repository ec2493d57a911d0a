//! The feeds of one leg: what the application hears of it.

use super::event::EventQueue;
use super::reaper::{Bin, Garbage};
use crate::graph::feed::{Feed, Side};

/// So many feeds of one leg at once; the caller is told when there are more.
pub const MAX_FEEDS: usize = 4;

#[derive(Default)]
pub struct Feeds {
    feeds: [Option<Box<Feed>>; MAX_FEEDS],
}

impl Feeds {
    pub fn is_empty(&self) -> bool {
        self.feeds.iter().all(Option::is_none)
    }

    pub fn add(&mut self, feed: Box<Feed>, bin: &Bin) {
        match self.feeds.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(feed),
            None => bin.put(Garbage::Feed(feed)),
        }
    }

    pub fn remove(&mut self, name: u64, bin: &Bin) {
        let of = |feed: &mut Box<Feed>| feed.name() == name;
        let found = self.feeds.iter_mut().find_map(|place| place.take_if(of));
        if let Some(feed) = found {
            bin.put(Garbage::Feed(feed));
        }
    }

    /// One tick of both sides, whose first sample is of `at_ns`.
    pub fn write(
        &mut self,
        said: &[i16],
        heard: &[i16],
        rate: u32,
        at_ns: u64,
        events: &EventQueue,
    ) {
        for feed in self.feeds.iter_mut().flatten() {
            let samples = match feed.side() {
                Side::FromPeer => said,
                Side::ToPeer => heard,
            };
            if feed.write(samples, rate, at_ns) {
                events.announce(feed.name());
            }
        }
    }

    pub fn skip(&mut self, milliseconds: u64) {
        for feed in self.feeds.iter_mut().flatten() {
            feed.skip(milliseconds);
        }
    }
}
