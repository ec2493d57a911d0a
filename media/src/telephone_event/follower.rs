//! A key that somebody holds elsewhere, sent while it is held: its end is not known when it begins.

use super::sender::{event, Step, END_PACKETS};

/// Keys that wait while others are sent; more are lost.
const WAITING: usize = 8;
/// The shortest press that is sent, and the shortest gap, milliseconds.
const SHORTEST_MS: u32 = 40;
/// Nobody holds a key for longer: its end was lost.
const LONGEST_MS: u32 = 8000;
/// The most that one segment of an event can say, in units of its clock.
const SEGMENT: u32 = u16::MAX as u32;

#[derive(Clone, Copy, Debug, Default)]
struct Key {
    code: u8,
    /// Its length in milliseconds, once it was released.
    released: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Phase {
    #[default]
    Idle,
    /// The first key, whose present segment began at `timestamp`, `elapsed` units ago and `before` after its beginning.
    Pressed {
        timestamp: u32,
        elapsed: u32,
        before: u32,
    },
    Ending {
        timestamp: u32,
        duration: u16,
        repeats: u8,
    },
    Gap {
        left: u32,
    },
}

/// How long a packet is, and the clock of the events, in Hz.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub packet_time_ms: u32,
    pub clock_rate: u32,
}

impl Pace {
    fn units(self, ms: u32) -> u32 {
        // Clocks are below 200 kHz and the times here below ten seconds.
        ms.min(10_000) * (self.clock_rate / 1000)
    }

    /// A packet time in units.
    pub fn packet(self) -> u32 {
        self.units(self.packet_time_ms)
    }
}

/// Sends keys one after the other, each as long as it is held, up to 8 s. What is longer than one segment of an event
/// goes on in another (RFC 4733, 2.5.1.3).
#[derive(Clone, Copy, Debug, Default)]
pub struct DigitFollower {
    keys: [Key; WAITING],
    waiting: usize,
    phase: Phase,
}

impl DigitFollower {
    /// A key went down; its event code.
    pub fn press(&mut self, code: u8) {
        if let Some(key) = self.keys.get_mut(self.waiting) {
            *key = Key {
                code,
                released: None,
            };
            self.waiting += 1;
        }
    }

    /// The key came up after so many milliseconds. One that was not seen going down is ignored.
    pub fn release(&mut self, code: u8, duration_ms: u32) {
        let mut held = self.keys[..self.waiting].iter_mut();
        if let Some(key) = held.find(|key| key.code == code && key.released.is_none()) {
            key.released = Some(duration_ms);
        }
    }

    /// Nobody will tell any more: what is held is released.
    pub fn release_all(&mut self) {
        for key in &mut self.keys[..self.waiting] {
            key.released.get_or_insert(0);
        }
    }

    /// In the middle of a key: nothing else may be sent.
    pub fn is_sending(&self) -> bool {
        !matches!(self.phase, Phase::Idle)
    }

    /// Whether there is nothing to send.
    pub fn is_idle(&self) -> bool {
        self.waiting == 0 && !self.is_sending()
    }

    /// A key that somebody else began to send goes on here: its event began at `timestamp` and lasted so many units.
    pub fn go_on(&mut self, code: u8, timestamp: u32, elapsed: u32) {
        if self.is_idle() {
            self.press(code);
            self.phase = Phase::Pressed {
                timestamp,
                elapsed,
                before: 0,
            };
        }
    }

    /// What goes out in this packet time, `timestamp` being that of audio in its place; None when there is nothing to
    /// send.
    pub fn next_packet(&mut self, timestamp: u32, pace: Pace) -> Option<Step> {
        let packet = pace.packet();
        if let Phase::Gap { left } = self.phase {
            if left > 0 {
                self.phase = Phase::Gap {
                    left: left.saturating_sub(packet),
                };
                return Some(Step::Silence);
            }
            self.phase = Phase::Idle;
        }
        match self.phase {
            Phase::Idle if self.waiting == 0 => None,
            Phase::Idle => Some(self.hold(timestamp, 0, 0, pace)),
            Phase::Pressed {
                timestamp,
                elapsed,
                before,
            } => Some(self.hold(timestamp, elapsed, before, pace)),
            Phase::Ending {
                timestamp,
                duration,
                repeats,
            } => Some(self.repeat_end(timestamp, duration, repeats, pace)),
            Phase::Gap { .. } => None,
        }
    }

    fn hold(&mut self, timestamp: u32, elapsed: u32, before: u32, pace: Pace) -> Step {
        let key = self.keys[0];
        let now = elapsed + pace.packet();
        let wanted = key
            .released
            .unwrap_or(LONGEST_MS)
            .clamp(SHORTEST_MS, LONGEST_MS);
        // What was told of it cannot be taken back.
        let length = pace.units(wanted).max(before + elapsed);
        let end = before + now >= length;
        let duration = if end { length - before } else { now }.min(SEGMENT);
        self.phase = if end {
            Phase::Ending {
                timestamp,
                // At most `SEGMENT`.
                duration: duration as u16,
                repeats: END_PACKETS - 1,
            }
        } else {
            Phase::Pressed {
                timestamp: timestamp.wrapping_add(if now > SEGMENT { SEGMENT } else { 0 }),
                elapsed: now - if now > SEGMENT { SEGMENT } else { 0 },
                before: before + if now > SEGMENT { SEGMENT } else { 0 },
            }
        };
        let marker = (elapsed, before) == (0, 0);
        event(key.code, end, duration as u16, timestamp, marker)
    }

    fn repeat_end(&mut self, timestamp: u32, duration: u16, repeats: u8, pace: Pace) -> Step {
        let code = self.keys[0].code;
        if repeats > 1 {
            self.phase = Phase::Ending {
                timestamp,
                duration,
                repeats: repeats - 1,
            };
        } else {
            self.keys.copy_within(1.., 0);
            self.waiting -= 1;
            let passed = u32::from(END_PACKETS - 1) * pace.packet();
            self.phase = Phase::Gap {
                left: pace.units(SHORTEST_MS).saturating_sub(passed),
            };
        }
        event(code, true, duration, timestamp, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::Header;
    use crate::telephone_event::{Assembler, Digit, Event};
    use proptest::prelude::*;

    const PACE: Pace = Pace {
        packet_time_ms: 20,
        clock_rate: 8000,
    };

    /// (code, end, duration, marker) of the packets of 20 ms that go out.
    fn next(follower: &mut DigitFollower, tick: u32) -> Option<(u8, bool, u16, bool)> {
        match follower.next_packet(tick * 160, PACE)? {
            Step::Event {
                payload, marker, ..
            } => {
                let event = Event::parse(&payload)?;
                Some((event.code, event.end, event.duration, marker))
            }
            Step::Silence => None,
        }
    }

    #[test]
    fn a_key_is_sent_while_it_is_held_and_ends_with_its_own_length() {
        let mut follower = DigitFollower::default();
        follower.press(5);
        assert_eq!(next(&mut follower, 0), Some((5, false, 160, true)));
        assert_eq!(next(&mut follower, 1), Some((5, false, 320, false)));
        assert_eq!(next(&mut follower, 2), Some((5, false, 480, false)));
        follower.release(5, 75);
        for tick in 3..6 {
            assert_eq!(next(&mut follower, tick), Some((5, true, 600, false)));
        }
        assert!(follower.is_sending() && next(&mut follower, 6).is_none());
        assert!(!follower.is_sending());
    }

    #[test]
    fn keys_that_come_faster_than_they_can_be_sent_wait_for_each_other() {
        let mut follower = DigitFollower::default();
        for code in [1, 1, 2] {
            follower.press(code);
            follower.release(code, 50);
        }
        let sent: Vec<_> = (0..40)
            .filter_map(|tick| next(&mut follower, tick))
            .collect();
        let begun: Vec<u8> = sent.iter().filter(|one| one.3).map(|one| one.0).collect();
        assert_eq!(begun, [1, 1, 2]);
        assert!(sent.iter().filter(|one| one.1).all(|one| one.2 == 400));
    }

    #[test]
    fn a_key_that_nobody_releases_ends() {
        let mut follower = DigitFollower::default();
        follower.press(9);
        let ends = (0..1000).filter(|tick| next(&mut follower, *tick).is_some_and(|one| one.1));
        assert_eq!(ends.count(), 3);
        follower.press(3);
        next(&mut follower, 1000);
        follower.release_all();
        next(&mut follower, 1001);
        assert!(next(&mut follower, 1002).is_some_and(|one| one.1));
    }

    #[test]
    fn a_key_held_for_longer_than_one_event_can_say_is_one_press_to_who_receives_it() {
        let (mut follower, mut assembler) = (DigitFollower::default(), Assembler::new(48_000));
        let pace = Pace {
            clock_rate: 48_000,
            ..PACE
        };
        let mut found = Vec::new();
        follower.press(7);
        for tick in 0..300u32 {
            if tick == 200 {
                follower.release(7, 4000);
            }
            let now = u64::from(tick) * 20_000_000;
            if let Some(Step::Event {
                payload,
                timestamp,
                marker,
            }) = follower.next_packet(tick * 960, pace)
            {
                let header = Header {
                    marker,
                    payload_type: 101,
                    sequence: tick as u16,
                    timestamp,
                    ssrc: 1,
                };
                found.extend(
                    assembler
                        .receive(&header, &payload, now)
                        .into_iter()
                        .flatten(),
                );
            }
        }
        let digit = b'7';
        let duration_ms = 4000;
        let ended = Digit::Ended { digit, duration_ms };
        assert_eq!(found, [Digit::Started { digit }, ended]);
    }

    proptest! {
        #[test]
        fn every_press_has_one_beginning_and_three_ends(
            wishes in prop::collection::vec((0u8..4, 0u8..16, 0u32..300), 0..200),
            packet_time_ms in prop::sample::select(vec![10u32, 20, 30, 60]),
            clock_rate in prop::sample::select(vec![8000u32, 48_000]),
        ) {
            let (mut follower, mut open, mut ends) = (DigitFollower::default(), 0u32, 0u32);
            let (mut timestamp, pace) = (0, Pace { packet_time_ms, clock_rate });
            let mut tick = |follower: &mut DigitFollower| {
                timestamp += pace.packet();
                if let Some(Step::Event { payload, marker, .. }) = follower.next_packet(timestamp, pace) {
                    open += u32::from(marker);
                    ends += u32::from(Event::parse(&payload).unwrap().end);
                }
            };
            for (wish, code, ms) in wishes {
                match wish {
                    0 => follower.press(code),
                    1 => follower.release(code, ms),
                    _ => tick(&mut follower),
                }
            }
            follower.release_all();
            for _ in 0..2000 {
                tick(&mut follower);
            }
            prop_assert_eq!(ends, 3 * open);
        }
    }
}
