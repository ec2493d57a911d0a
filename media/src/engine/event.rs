//! What the engine tells, and the one bounded queue that it tells it through.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_queue::ArrayQueue;

use super::statistics::LegStatistics;
use crate::browser::Cause;
use crate::dsp::progress::Found;
use crate::net::wait::Bell;

#[derive(Clone, Debug)]
pub struct Event {
    pub leg: u64,
    pub at_ns: u64,
    pub fact: Fact,
}

#[derive(Clone, Debug)]
pub enum Fact {
    Latched {
        address: SocketAddr,
    },
    /// Digits are ASCII, such as `b'#'`.
    DigitStarted {
        digit: u8,
        in_band: bool,
    },
    DigitEnded {
        digit: u8,
        duration_ms: u32,
        in_band: bool,
    },
    DigitsSent {
        request: u64,
    },
    PlayoutFinished {
        playout: u64,
        end: PlayoutEnd,
        played_ms: u64,
        starved_ms: u64,
    },
    RecordingFinished {
        recording: u64,
        duration_ms: u64,
        lost_ms: u64,
    },
    /// A mark of the application came to be there.
    RecordingMarked {
        recording: u64,
        mark: u64,
        position_ms: u64,
    },
    /// So much audio found no room on its way to the file and is silence there.
    RecordingGap {
        recording: u64,
        position_ms: u64,
        lost_ms: u64,
    },
    /// What was written before is there and plays.
    RecordingFailed {
        recording: u64,
        problem: Box<str>,
        kept_ms: u64,
        lost_ms: u64,
    },
    SpeechStarted,
    SpeechEnded,
    /// Of a conference, as the next one; its number stands in place of the leg's. Loudest first.
    Speaking {
        speakers: [Option<Speaker>; SPEAKERS],
    },
    /// The end of what a conference was told.
    Announced {
        playout: u64,
        end: PlayoutEnd,
        played_ms: u64,
    },
    ToneHeard(Found),
    RtpTimedOut {
        silent_ms: u64,
    },
    OneWayAudio {
        silent_ms: u64,
    },
    MediaConnected {
        address: SocketAddr,
    },
    MediaDisconnected {
        why: Cause,
    },
    Statistics(LegStatistics),
    LegClosed(LegStatistics),
}

/// So many of those who speak in a conference are told.
pub const SPEAKERS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speaker {
    pub leg: u64,
    /// Of the loudest packet lately; mean square relative to full scale.
    pub level_db: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayoutEnd {
    Played,
    Stopped,
    Replaced,
    LegClosed,
}

/// Bounded. From three quarters on, statistics and who speaks are dropped and counted; when it is full, everything is.
pub struct EventQueue {
    queue: ArrayQueue<Event>,
    /// Feeds with whole batches; each is there once at most, since its reader is told once until it looks.
    ready: ArrayQueue<u64>,
    bell: Bell,
    dropped: AtomicU64,
}

impl EventQueue {
    /// So many feeds an engine has at once.
    pub const MAX_FEEDS: usize = 4096;

    pub fn new(capacity: usize) -> io::Result<Self> {
        Ok(Self {
            queue: ArrayQueue::new(capacity.max(16)),
            ready: ArrayQueue::new(Self::MAX_FEEDS * 2),
            bell: Bell::new()?,
            dropped: AtomicU64::new(0),
        })
    }

    /// Takes an event from any thread, without waiting.
    pub fn push(&self, leg: u64, at_ns: u64, fact: Fact) {
        let crowded = self.queue.len() > self.queue.capacity() / 4 * 3;
        let refused = crowded && matches!(fact, Fact::Statistics(_) | Fact::Speaking { .. });
        if refused || self.queue.push(Event { leg, at_ns, fact }).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        self.bell.ring();
    }

    /// The oldest events, at most `limit`; the descriptor stays readable while any are left.
    pub fn poll(&self, limit: usize) -> Vec<Event> {
        self.bell.answer();
        let mut events = Vec::with_capacity(limit.min(self.queue.len()));
        while events.len() < limit {
            match self.queue.pop() {
                Some(event) => events.push(event),
                None => break,
            }
        }
        if !self.queue.is_empty() {
            self.bell.ring();
        }
        events
    }

    /// Says that a feed has a batch.
    pub fn announce(&self, feed: u64) {
        // Twice the room: one that ended may still stand there while another has come in its place.
        let _ = self.ready.push(feed);
        self.bell.ring();
    }

    /// A feed that has a batch. Ask after `poll`, until there is none.
    pub fn next_ready(&self) -> Option<u64> {
        self.ready.pop()
    }

    /// Events dropped since the last question.
    pub fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }
}

impl AsRawFd for EventQueue {
    fn as_raw_fd(&self) -> RawFd {
        self.bell.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_dropped_first_and_counted() {
        let events = EventQueue::new(16).unwrap();
        for _ in 0..20 {
            events.push(1, 0, Fact::Statistics(LegStatistics::default()));
        }
        for _ in 0..3 {
            events.push(2, 0, Fact::SpeechStarted);
        }
        assert_eq!(events.take_dropped(), 7);
        let polled = events.poll(100);
        assert_eq!(polled.iter().filter(|event| event.leg == 2).count(), 3);
        assert_eq!(polled.len(), 16);
        assert_eq!(events.take_dropped(), 0);
    }

    #[test]
    fn a_full_queue_drops_the_newest_and_counts() {
        let events = EventQueue::new(16).unwrap();
        for leg in 0..18 {
            events.push(leg, 0, Fact::SpeechStarted);
        }
        assert_eq!(events.take_dropped(), 2);
        assert_eq!(events.poll(100).last().unwrap().leg, 15);
    }
}
