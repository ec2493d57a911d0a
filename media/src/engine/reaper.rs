//! Frees what workers let go, closes sockets, gives ports back, and says the last word about each leg.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use crossbeam_queue::ArrayQueue;

use super::command::{Configuration, DigitRequest, Held, Verb};
use super::door::{Knock, Knocks};
use super::event::{EventQueue, Fact};
use super::leg::{Leg, Outside};
use super::pair::Pair;
use super::rooms::Room;
use super::statistics::LegStatistics;
use crate::dsp::automatic_gain::AutomaticGain;
use crate::dsp::progress::ProgressDetector;
use crate::graph::conference::Member;
use crate::graph::feed::Feed;
use crate::graph::hearing::Hearing;
use crate::graph::player::Playout;
use crate::graph::speech::SpeechDetector;
use crate::graph::tap::Tap;
use crate::net::monotonic_ns;
use crate::net::ports::{PortPairs, SocketPair};
use crate::net::wait::Bell;
use crate::srtp::Session;

/// Something that must not be freed on a worker's thread.
pub enum Garbage {
    Leg(Box<Leg>, LegStatistics),
    Verb(Verb),
    Configuration(Box<Configuration>),
    Srtp(Box<Session>),
    Hearing(Box<Hearing>),
    Playout(Box<Playout>),
    Digits(Box<DigitRequest>),
    Speech(Box<SpeechDetector>),
    Tones(Box<ProgressDetector>),
    Gain(Box<AutomaticGain>),
    Tap(Box<Tap>),
    Feed(Box<Feed>),
    Member(Box<Member>),
    Pair(Box<Pair>),
    Room(Box<Room>),
    Held(Box<Held>),
    /// Of a leg that has others now.
    Sockets(SocketPair),
    /// The last one: every worker has ended.
    End,
}

/// From the workers to the reaper. When it is full, the worker frees the thing itself: late rather than never.
pub struct Bin {
    queue: ArrayQueue<Garbage>,
    bell: Bell,
}

impl Bin {
    const CAPACITY: usize = 16384;

    pub fn new() -> io::Result<Self> {
        Ok(Self {
            queue: ArrayQueue::new(Self::CAPACITY),
            bell: Bell::new()?,
        })
    }

    pub fn put(&self, garbage: Garbage) {
        let mut garbage = garbage;
        // A leg must not be lost, nor its sockets, the ports would be: the reaper is alive and makes room.
        while let Err(back) = self.queue.push(garbage) {
            self.bell.ring();
            if !matches!(
                back,
                Garbage::Leg(..)
                    | Garbage::Sockets(_)
                    | Garbage::Verb(Verb::Move(_))
                    | Garbage::End
            ) {
                return;
            }
            garbage = back;
            std::thread::yield_now();
        }
        self.bell.ring();
    }
}

/// A leg whose sockets are closed but whose recordings are still being written.
struct Closing {
    outside: Arc<Outside>,
    statistics: LegStatistics,
}

pub struct Reaper {
    pub bin: Arc<Bin>,
    pub events: Arc<EventQueue>,
    pub ports: Arc<Mutex<PortPairs>>,
    pub knocks: Arc<Knocks>,
}

impl Reaper {
    /// Runs until `Garbage::End` came and the last leg is closed.
    pub fn run(self) {
        let mut closing: VecDeque<Closing> = VecDeque::new();
        let mut ended = false;
        while !ended || !closing.is_empty() {
            self.bin.bell.wait(if closing.is_empty() { -1 } else { 10 });
            self.bin.bell.answer();
            while let Some(garbage) = self.bin.queue.pop() {
                match garbage {
                    Garbage::Leg(leg, statistics) => {
                        closing.push_back(self.close(*leg, statistics))
                    }
                    Garbage::Sockets(pair) => self.release(pair),
                    // Asked too late, of a leg that is closed.
                    Garbage::Verb(Verb::Move(pair)) => self.release(pair),
                    Garbage::End => ended = true,
                    other => drop(other),
                }
            }
            closing.retain(|leg| {
                let done = leg.outside.recordings.load(Ordering::Acquire) == 0;
                if done {
                    let fact = Fact::LegClosed(leg.statistics);
                    self.events.push(leg.outside.leg, monotonic_ns(), fact);
                }
                !done
            });
        }
    }

    /// Dropping the leg closes its sockets and ends its taps.
    fn close(&self, leg: Leg, statistics: LegStatistics) -> Closing {
        let outside = leg.outside.clone();
        if leg.browser.is_some() {
            self.knocks.insist(Knock::Close { leg: leg.id });
            return Closing {
                outside,
                statistics,
            };
        }
        if leg.words.is_some() {
            let (name, gone) = (leg.id, Some(leg.sockets.clone()));
            drop(leg);
            self.knocks.insist(Knock::Part { leg: name, gone });
            return Closing {
                outside,
                statistics,
            };
        }
        let sockets = leg.sockets.clone();
        drop(leg);
        self.release(sockets);
        Closing {
            outside,
            statistics,
        }
    }

    fn release(&self, pair: SocketPair) {
        let reserved = pair.reserved();
        drop(pair);
        // A poisoned lock means that a thread died inside PortPairs, whose steps leave it usable.
        let ports = self.ports.lock();
        ports
            .unwrap_or_else(|poison| poison.into_inner())
            .release(reserved);
    }
}
