//! The keys that a leg's peer presses, each told once, whichever way it came, and kept for those who send them on.

use super::event::Fact;
use crate::telephone_event::Digit;

/// Gateways that turn tones into events let the beginning of the tone through, and some the whole of it. The same key
/// that comes the other way while it is held, or so long after (jitter buffer, detection), is the same press.
const SAME_PRESS: u64 = 300_000_000;
const REMEMBERED: usize = 4;
/// What a relay that is due every 60 ms may find at once, with room.
const KEPT: usize = 8;

/// How a press came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Event,
    InBand,
}

#[derive(Clone, Copy, Debug)]
struct Press {
    way: Way,
    digit: u8,
    ended: Option<u64>,
    /// It came the other way as well.
    matched: bool,
}

/// How far one who sends keys on has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Begins with what is pressed from then on, nanoseconds.
    Since(u64),
    /// So many were told.
    Count(u64),
}

#[derive(Default)]
pub struct Presses {
    told: [Option<Press>; REMEMBERED],
    newest: usize,
    /// By way: the press that goes on was told already, having come the other way.
    passed_over: [bool; 2],
    forgotten: bool,
    /// With the time of each.
    kept: [Option<(Way, Digit, u64)>; KEPT],
    written: u64,
}

impl Presses {
    pub fn receive(&mut self, way: Way, digit: Digit, now: u64, tell: &mut impl FnMut(Fact)) {
        let is_new = match digit {
            Digit::Started { digit } => self.start(way, digit, now),
            Digit::Ended { digit, .. } => self.end(way, digit, now),
        };
        if !is_new {
            return;
        }
        self.kept[self.written as usize % KEPT] = Some((way, digit, now));
        self.written += 1;
        let in_band = way == Way::InBand;
        tell(match digit {
            Digit::Started { digit } => Fact::DigitStarted { digit, in_band },
            Digit::Ended { digit, duration_ms } => Fact::DigitEnded {
                digit,
                duration_ms,
                in_band,
            },
        });
    }

    /// Whether a key is held down.
    pub fn is_held(&self) -> bool {
        let mut told = self.told.iter().flatten();
        told.any(|press| press.ended.is_none())
    }

    /// Tones are not looked for any more; one that is held ends with the next tick.
    pub fn forget_tones(&mut self) {
        self.forgotten = true;
    }

    pub fn end_forgotten(&mut self, now: u64, tell: &mut impl FnMut(Fact)) {
        if !std::mem::take(&mut self.forgotten) {
            return;
        }
        let held = self.told.iter().flatten();
        let held = held.filter(|press| press.way == Way::InBand && press.ended.is_none());
        if let Some(digit) = held.map(|press| press.digit).next() {
            let ended = Digit::Ended {
                digit,
                duration_ms: 0,
            };
            self.receive(Way::InBand, ended, now, tell);
        }
        self.passed_over[Way::InBand as usize] = false;
    }

    /// Where one stands who has looked at all of it.
    pub fn all(&self) -> Seen {
        Seen::Count(self.written)
    }

    /// Whether something was told after `seen`.
    pub fn has_more(&self, seen: Seen) -> bool {
        self.next(seen).is_some()
    }

    /// The next thing told after `seen`, which goes on behind it.
    pub fn after(&self, seen: &mut Seen) -> Option<(Way, Digit)> {
        let at = self.next(*seen)?;
        *seen = Seen::Count(at + 1);
        self.kept[at as usize % KEPT].map(|(way, digit, _)| (way, digit))
    }

    /// The number of the next thing told after `seen`.
    fn next(&self, seen: Seen) -> Option<u64> {
        let oldest = self.written.saturating_sub(KEPT as u64);
        let mut kept = oldest..self.written;
        match seen {
            Seen::Count(count) => kept.find(|at| *at >= count),
            Seen::Since(since) => kept.find(|at| {
                let told = self.kept[*at as usize % KEPT];
                told.is_some_and(|(.., when)| when >= since)
            }),
        }
    }

    fn start(&mut self, way: Way, digit: u8, now: u64) -> bool {
        let same = self.told.iter_mut().flatten().find(|press| {
            press.way != way
                && press.digit == digit
                && !press.matched
                && press
                    .ended
                    .is_none_or(|ended| now.saturating_sub(ended) < SAME_PRESS)
        });
        self.passed_over[way as usize] = same.is_some();
        if let Some(press) = same {
            press.matched = true;
            return false;
        }
        self.newest = (self.newest + 1) % REMEMBERED;
        self.told[self.newest] = Some(Press {
            way,
            digit,
            ended: None,
            matched: false,
        });
        true
    }

    fn end(&mut self, way: Way, digit: u8, now: u64) -> bool {
        if std::mem::take(&mut self.passed_over[way as usize]) {
            return false;
        }
        let mut held = self.told.iter_mut().flatten();
        let held =
            held.find(|press| press.way == way && press.digit == digit && press.ended.is_none());
        held.map(|press| press.ended = Some(now)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn told(steps: &[(u64, Way, u8, bool)]) -> Vec<(char, bool)> {
        let (mut presses, mut told) = (Presses::default(), Vec::new());
        for &(at, way, digit, down) in steps {
            let digit = match down {
                true => Digit::Started { digit },
                false => Digit::Ended {
                    digit,
                    duration_ms: 100,
                },
            };
            presses.receive(way, digit, at * MS, &mut |fact| {
                if let Fact::DigitStarted { digit, in_band } = fact {
                    told.push((char::from(digit), in_band));
                }
            });
        }
        told
    }

    #[test]
    fn a_press_that_comes_both_ways_is_told_once_as_it_came_first() {
        use Way::{Event, InBand};
        let event_first = [
            (0, Event, b'5', true),
            (90, InBand, b'5', true),
            (100, Event, b'5', false),
            (190, InBand, b'5', false),
        ];
        assert_eq!(told(&event_first), [('5', false)]);
        let tone_first = [
            (0, InBand, b'5', true),
            (20, InBand, b'5', false),
            (60, Event, b'5', true),
            (160, Event, b'5', false),
        ];
        assert_eq!(told(&tone_first), [('5', true)]);
    }

    #[test]
    fn the_same_key_twice_is_told_twice_though_both_come_both_ways() {
        use Way::{Event, InBand};
        let steps = [
            (0, Event, b'5', true),
            (80, Event, b'5', false),
            (120, InBand, b'5', true),
            (160, Event, b'5', true),
            (190, InBand, b'5', false),
            (240, Event, b'5', false),
            (280, InBand, b'5', true),
            (350, InBand, b'5', false),
        ];
        assert_eq!(told(&steps), [('5', false), ('5', false)]);
    }

    #[test]
    fn other_keys_and_later_ones_are_other_presses() {
        use Way::{Event, InBand};
        let steps = [
            (0, Event, b'5', true),
            (80, Event, b'5', false),
            (100, InBand, b'6', true),
            (180, InBand, b'6', false),
            (700, InBand, b'5', true),
        ];
        assert_eq!(told(&steps), [('5', false), ('6', true), ('5', true)]);
    }

    #[test]
    fn a_tone_that_is_held_when_nobody_listens_any_more_ends() {
        let (mut presses, mut facts) = (Presses::default(), 0);
        let started = Digit::Started { digit: b'1' };
        presses.receive(Way::InBand, started, 0, &mut |_| facts += 1);
        presses.forget_tones();
        for _ in 0..3 {
            presses.end_forgotten(MS, &mut |fact| {
                assert!(matches!(fact, Fact::DigitEnded { digit: b'1', .. }));
                facts += 1;
            });
        }
        assert_eq!(facts, 2);
    }

    #[test]
    fn a_relay_sees_what_was_told_since_it_began() {
        let mut presses = Presses::default();
        let mut cursor = Seen::Since(MS);
        let (down, up) = (
            Digit::Started { digit: b'1' },
            Digit::Ended {
                digit: b'1',
                duration_ms: 80,
            },
        );
        presses.receive(Way::Event, down, 0, &mut |_| {});
        assert_eq!(presses.after(&mut cursor), None);
        presses.receive(Way::Event, up, 80 * MS, &mut |_| {});
        assert_eq!(presses.after(&mut cursor), Some((Way::Event, up)));
        assert_eq!(presses.after(&mut cursor), None);
    }

    #[test]
    fn a_relay_that_looks_late_sees_the_first_key_as_well() {
        let mut presses = Presses::default();
        let keys = [b'1', b'2'].map(|digit| Digit::Started { digit });
        presses.receive(Way::Event, keys[0], 5 * MS, &mut |_| {});
        presses.receive(Way::Event, keys[1], 15 * MS, &mut |_| {});
        let mut seen = Seen::Since(10 * MS);
        assert!(presses.has_more(seen));
        assert_eq!(presses.after(&mut seen), Some((Way::Event, keys[1])));
        assert!(!presses.has_more(seen));
        assert_eq!(seen, presses.all());
    }
}
