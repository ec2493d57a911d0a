//! A key that somebody holds elsewhere, sent while it is held: its end is not known when it begins.

use super::sender::{event, Step, END_PACKETS};

/// Keys that wait while others are sent; more are lost.
const WAITING: usize = 8;
/// The shortest press that is sent, and the shortest gap, in units of the 8 kHz media clock: 40 ms.
const SHORTEST: u32 = 320;

#[derive(Clone, Copy, Debug, Default)]
struct Key {
    code: u8,
    /// Its length in units, once it was released.
    released: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Phase {
    #[default]
    Idle,
    /// The first key, which began at `timestamp`, `elapsed` units ago.
    Pressed {
        timestamp: u32,
        elapsed: u32,
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

/// Sends keys one after the other, each as long as it is held: up to 8 s, as long as one event can be.
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
            key.released = Some(duration_ms.saturating_mul(8));
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

    /// What goes out in this packet time of `packet` units, `timestamp` being that of audio in its place; None when
    /// there is nothing to send.
    pub fn next_packet(&mut self, timestamp: u32, packet: u32) -> Option<Step> {
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
            Phase::Idle => Some(self.hold(timestamp, 0, packet)),
            Phase::Pressed { timestamp, elapsed } => Some(self.hold(timestamp, elapsed, packet)),
            Phase::Ending {
                timestamp,
                duration,
                repeats,
            } => Some(self.repeat_end(timestamp, duration, repeats, packet)),
            Phase::Gap { .. } => None,
        }
    }

    fn hold(&mut self, timestamp: u32, elapsed: u32, packet: u32) -> Step {
        let key = self.keys[0];
        let now = elapsed + packet;
        // Of an event no more than 16 bits are left: a longer press is cut.
        let most = u32::from(u16::MAX) - packet;
        let length = key.released.map(|units| units.max(SHORTEST).max(elapsed));
        let end = now >= most || length.is_some_and(|length| now >= length);
        let duration = length.map_or(now, |length| length.min(now)).min(most) as u16;
        self.phase = if end {
            Phase::Ending {
                timestamp,
                duration,
                repeats: END_PACKETS - 1,
            }
        } else {
            Phase::Pressed {
                timestamp,
                elapsed: now,
            }
        };
        event(key.code, end, duration, timestamp, elapsed == 0)
    }

    fn repeat_end(&mut self, timestamp: u32, duration: u16, repeats: u8, packet: u32) -> Step {
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
            let passed = u32::from(END_PACKETS - 1) * packet;
            self.phase = Phase::Gap {
                left: SHORTEST.saturating_sub(passed),
            };
        }
        event(code, true, duration, timestamp, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephone_event::Event;
    use proptest::prelude::*;

    /// (code, end, duration, marker) of the packets of 20 ms that go out.
    fn next(follower: &mut DigitFollower, tick: u32) -> Option<(u8, bool, u16, bool)> {
        match follower.next_packet(tick * 160, 160)? {
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

    proptest! {
        #[test]
        fn every_press_has_one_beginning_and_three_ends(
            wishes in prop::collection::vec((0u8..4, 0u8..16, 0u32..300), 0..200),
            packet in prop::sample::select(vec![80u32, 160, 240, 480]),
        ) {
            let (mut follower, mut open, mut ends) = (DigitFollower::default(), 0u32, 0u32);
            let mut timestamp = 0;
            let mut tick = |follower: &mut DigitFollower| {
                timestamp += packet;
                if let Some(Step::Event { payload, marker, .. }) = follower.next_packet(timestamp, packet) {
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
