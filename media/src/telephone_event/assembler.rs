//! Packets in, each digit once out.

use super::{key, Event};
use crate::rtp::Header;

/// After this long without a packet the end was lost: three packets at the longest packet time, nanoseconds.
const END_LOST: u64 = 200_000_000;
/// A packet with an older timestamp is a late one for so long; after that, the sender set its clock anew.
const REORDERING: u64 = 1_000_000_000;

/// A fact about a key press. `digit` is ASCII, such as `b'5'`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digit {
    Started { digit: u8 },
    Ended { digit: u8, duration_ms: u32 },
}

/// What one packet brings: the end of the digit before, the start of its own, its own end.
pub type Digits = [Option<Digit>; 3];

const NOTHING: Digits = [None; 3];

/// The press that the last packets were about.
#[derive(Clone, Copy, Debug)]
struct Press {
    ssrc: u32,
    code: u8,
    /// Of the present segment: a press of more than 65,535 units goes on with a new timestamp (RFC 4733, 2.5.1.3).
    timestamp: u32,
    /// Units of the segments that are over.
    before: u32,
    /// Units of the present segment so far.
    duration: u16,
    ended: bool,
    seen: u64,
}

/// Follows the telephone-events of one stream. Each `Started` is followed by the `Ended` of the same press, before the
/// next `Started`.
#[derive(Clone, Debug)]
pub struct Assembler {
    clock_rate: u32,
    press: Option<Press>,
}

impl Assembler {
    /// `clock_rate` of the telephone-event payload type, in Hz.
    pub fn new(clock_rate: u32) -> Self {
        Self {
            clock_rate: clock_rate.max(1),
            press: None,
        }
    }

    /// The payload type of the next packet has this clock.
    pub fn set_clock_rate(&mut self, clock_rate: u32) {
        self.clock_rate = clock_rate.max(1);
    }

    /// Takes a packet of the telephone-event payload type. Events other than the 16 keys, and payloads that are too
    /// short, are ignored.
    pub fn receive(&mut self, header: &Header, payload: &[u8], now: u64) -> Digits {
        let Some(event) = Event::parse(payload) else {
            return NOTHING;
        };
        let Some(digit) = key(event.code) else {
            return NOTHING;
        };
        let mut ended_before = None;
        if let Some(press) = &mut self.press {
            if press.is_continued_by(header, &event) {
                return [
                    None,
                    None,
                    press.receive(header, &event, now, self.clock_rate),
                ];
            }
            if press.is_older(header, now) {
                return NOTHING;
            }
            ended_before = press.end(self.clock_rate);
        }
        let mut press = Press {
            ssrc: header.ssrc,
            code: event.code,
            timestamp: header.timestamp,
            before: 0,
            duration: 0,
            ended: false,
            seen: now,
        };
        let ended = press.receive(header, &event, now, self.clock_rate);
        self.press = Some(press);
        [ended_before, Some(Digit::Started { digit }), ended]
    }

    /// The end of a press whose end packets were lost.
    pub fn handle_timer(&mut self, now: u64) -> Option<Digit> {
        if self.next_timer()? > now {
            return None;
        }
        self.press.as_mut()?.end(self.clock_rate)
    }

    /// When to call `handle_timer`.
    pub fn next_timer(&self) -> Option<u64> {
        let press = self.press.filter(|press| !press.ended)?;
        Some(press.seen.saturating_add(END_LOST))
    }
}

impl Press {
    /// Whether the packet is about this press: the same timestamp, or the next segment of a long one.
    fn is_continued_by(&self, header: &Header, event: &Event) -> bool {
        if header.ssrc != self.ssrc {
            return false;
        }
        if header.timestamp == self.timestamp {
            return true;
        }
        let step = header.timestamp.wrapping_sub(self.timestamp);
        // A segment begins where the one before stopped, so a second press of the same key cannot look like one.
        let contiguous = step == u32::from(u16::MAX) || step == u32::from(self.duration);
        !self.ended && !header.marker && event.code == self.code && contiguous
    }

    /// Whether the packet belongs to a press before this one and came late.
    fn is_older(&self, header: &Header, now: u64) -> bool {
        let behind = self.timestamp.wrapping_sub(header.timestamp);
        header.ssrc == self.ssrc
            && behind < 0x8000_0000
            && now.saturating_sub(self.seen) < REORDERING
    }

    fn receive(
        &mut self,
        header: &Header,
        event: &Event,
        now: u64,
        clock_rate: u32,
    ) -> Option<Digit> {
        if self.ended {
            return None;
        }
        let step = header.timestamp.wrapping_sub(self.timestamp);
        if step != 0 {
            self.before = self.before.saturating_add(step);
            self.timestamp = header.timestamp;
            self.duration = 0;
        }
        self.seen = now;
        // Reordered packets of one press: the longest is the latest.
        self.duration = self.duration.max(event.duration);
        if event.end {
            return self.end(clock_rate);
        }
        None
    }

    /// The fact that it is over, once.
    fn end(&mut self, clock_rate: u32) -> Option<Digit> {
        if self.ended {
            return None;
        }
        self.ended = true;
        let units = u64::from(self.before) + u64::from(self.duration);
        let duration_ms = units * 1000 / u64::from(clock_rate);
        Some(Digit::Ended {
            digit: key(self.code)?,
            duration_ms: u32::try_from(duration_ms).unwrap_or(u32::MAX),
        })
    }
}
