//! The digits of other legs that a leg sends on, in its own way.

use super::command::Configuration;
use super::legs::Legs;
use super::pair::PassedEvent;
use super::presses::{Presses, Seen, Way};
use crate::telephone_event::{code, Digit, DigitFollower, Pace, Step};

/// So many legs' digits a leg sends on; the caller is told when there are more.
pub const MAX_RELAYS: usize = 4;

#[derive(Clone, Copy)]
struct Relay {
    from: u64,
    /// Where the worker keeps that leg: a guess, checked at every use.
    place: u32,
    seen: Seen,
}

#[derive(Default)]
pub struct Relays {
    relays: [Option<Relay>; MAX_RELAYS],
    follower: DigitFollower,
}

impl Relays {
    /// What is pressed on leg `from` from `now` on is sent, or no longer.
    pub fn set(&mut self, from: u64, on: bool, now: u64) {
        let of = |relay: &Option<Relay>| relay.is_some_and(|relay| relay.from == from);
        match (self.relays.iter().position(of), on) {
            (Some(index), false) => {
                self.relays[index] = None;
                self.follower.release_all();
            }
            (None, true) => {
                if let Some(free) = self.relays.iter_mut().find(|relay| relay.is_none()) {
                    *free = Some(Relay {
                        from,
                        place: 0,
                        seen: Seen::Since(now),
                    });
                }
            }
            _ => {}
        }
    }

    pub fn contains(&self, leg: u64) -> bool {
        self.relays.iter().flatten().any(|relay| relay.from == leg)
    }

    /// Looks what was pressed. Legs that hear each other, and so can be seen here, are on one worker.
    pub fn follow(&mut self, legs: &Legs, configuration: &Configuration) {
        for relay in self.relays.iter_mut().flatten() {
            let Some(from) = legs.find(relay.from, &mut relay.place) else {
                continue;
            };
            while let Some((way, digit)) = from.incoming.presses.after(&mut relay.seen) {
                match digit {
                    // From tone to tone the audio itself is the relay.
                    Digit::Started { .. }
                        if way == Way::InBand && configuration.sent_event().is_none() => {}
                    Digit::Started { digit } => {
                        code(digit)
                            .into_iter()
                            .for_each(|code| self.follower.press(code));
                    }
                    Digit::Ended { digit, duration_ms } => {
                        let code = code(digit).into_iter();
                        code.for_each(|code| self.follower.release(code, duration_ms));
                    }
                }
            }
        }
    }

    pub fn is_idle(&self) -> bool {
        self.follower.is_idle()
    }

    /// Whether something was pressed on another leg that was not looked at yet.
    pub fn is_behind(&self, from: u64, presses: &Presses) -> bool {
        let mut relays = self.relays.iter().flatten();
        relays.any(|relay| relay.from == from && presses.has_more(relay.seen))
    }

    /// What was pressed on that leg was sent on by another way, up to `missed`.
    pub fn pass_over(&mut self, from: u64, presses: &Presses, missed: Option<u64>) {
        for relay in self.relays.iter_mut().flatten() {
            if relay.from == from {
                relay.seen = missed.map_or(presses.all(), Seen::Since);
            }
        }
    }

    /// The same of this event, but for its end.
    pub fn catch_up(&mut self, event: Option<PassedEvent>) {
        if let Some(event) = event {
            let elapsed = u32::from(event.duration);
            self.follower.go_on(event.code, event.timestamp, elapsed);
        }
    }

    pub fn is_sending(&self) -> bool {
        self.follower.is_sending()
    }

    pub fn next_packet(&mut self, timestamp: u32, pace: Pace) -> Option<Step> {
        self.follower.next_packet(timestamp, pace)
    }
}
