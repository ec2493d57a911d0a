//! Digits out, one packet each packet time.

use super::{code, Event, PAYLOAD_LEN};

/// A `w` among the digits pauses for this long.
const PAUSE_MS: u32 = 500;
/// RFC 4733, 2.5.1.4: the final packet is sent three times.
pub(super) const END_PACKETS: u8 = 3;
/// Power below 0 dBm0, in dB: the level that most senders give.
const VOLUME: u8 = 10;

/// Not a digit, `*`, `#`, A to D or `w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDigit(pub char);

/// What to send in one packet time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A packet of the telephone-event payload type with this timestamp.
    Event {
        payload: [u8; PAYLOAD_LEN],
        timestamp: u32,
        marker: bool,
    },
    /// Nothing of ours: send audio or silence.
    Silence,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The next symbol begins with the next packet.
    Next,
    /// In the event that began at `timestamp`, `elapsed` units ago.
    Pressed {
        code: u8,
        timestamp: u32,
        elapsed: u32,
    },
    /// The end is repeated; the gap runs already.
    Ending {
        code: u8,
        timestamp: u32,
        repeats: u8,
        gap_left: u32,
    },
    Gap {
        left: u32,
    },
}

/// Sends the digits of one request. Allocates when it is made and never after.
#[derive(Clone, Debug)]
pub struct DigitSender {
    /// Event codes; None is a pause.
    symbols: Box<[Option<u8>]>,
    at: usize,
    phase: Phase,
    /// All in units of the media clock.
    packet: u32,
    duration: u16,
    gap: u32,
    pause: u32,
}

impl DigitSender {
    /// `digits` such as "1w2#", each `duration_ms` long (at least a packet time, at most 65,535 units) with `gap_ms`
    /// after it, one packet each `packet_time_ms`; `clock_rate` in Hz.
    pub fn new(
        digits: &str,
        duration_ms: u32,
        gap_ms: u32,
        packet_time_ms: u32,
        clock_rate: u32,
    ) -> Result<Self, BadDigit> {
        let symbols = digits
            .chars()
            .map(|character| match character {
                'w' | 'W' => Ok(None),
                _ => u8::try_from(character)
                    .ok()
                    .and_then(code)
                    .map(Some)
                    .ok_or(BadDigit(character)),
            })
            .collect::<Result<_, _>>()?;
        let units = |ms: u32| {
            u32::try_from(u64::from(ms) * u64::from(clock_rate) / 1000).unwrap_or(u32::MAX)
        };
        let packet = units(packet_time_ms).max(1);
        Ok(Self {
            symbols,
            at: 0,
            phase: Phase::Next,
            packet,
            duration: u16::try_from(units(duration_ms).max(packet)).unwrap_or(u16::MAX),
            gap: units(gap_ms),
            pause: units(PAUSE_MS),
        })
    }

    /// What goes out in this packet time, `timestamp` being that of audio in its place; None when all is sent, the gap
    /// after the last digit included.
    pub fn next_packet(&mut self, timestamp: u32) -> Option<Step> {
        loop {
            match self.phase {
                Phase::Next => self.begin(timestamp)?,
                Phase::Gap { left: 0 } => self.phase = Phase::Next,
                Phase::Gap { left } => {
                    self.phase = Phase::Gap {
                        left: left.saturating_sub(self.packet),
                    };
                    return Some(Step::Silence);
                }
                Phase::Pressed {
                    code,
                    timestamp,
                    elapsed,
                } => return Some(self.press(code, timestamp, elapsed)),
                Phase::Ending {
                    code,
                    timestamp,
                    repeats,
                    gap_left,
                } => return Some(self.repeat_end(code, timestamp, repeats, gap_left)),
            }
        }
    }

    fn begin(&mut self, timestamp: u32) -> Option<()> {
        let symbol = *self.symbols.get(self.at)?;
        self.at += 1;
        self.phase = match symbol {
            Some(code) => Phase::Pressed {
                code,
                timestamp,
                elapsed: 0,
            },
            None => Phase::Gap { left: self.pause },
        };
        Some(())
    }

    fn press(&mut self, code: u8, timestamp: u32, elapsed: u32) -> Step {
        let now = elapsed.saturating_add(self.packet);
        let end = now >= u32::from(self.duration);
        self.phase = if end {
            Phase::Ending {
                code,
                timestamp,
                repeats: END_PACKETS - 1,
                gap_left: self.gap,
            }
        } else {
            Phase::Pressed {
                code,
                timestamp,
                elapsed: now,
            }
        };
        // Below the end it is less than `duration`, which has 16 bits.
        let duration = now.min(u32::from(self.duration)) as u16;
        event(code, end, duration, timestamp, elapsed == 0)
    }

    fn repeat_end(&mut self, code: u8, timestamp: u32, repeats: u8, gap_left: u32) -> Step {
        let gap_left = gap_left.saturating_sub(self.packet);
        self.phase = match repeats {
            1 => Phase::Gap { left: gap_left },
            _ => Phase::Ending {
                code,
                timestamp,
                repeats: repeats - 1,
                gap_left,
            },
        };
        event(code, true, self.duration, timestamp, false)
    }
}

pub(super) fn event(code: u8, end: bool, duration: u16, timestamp: u32, marker: bool) -> Step {
    let event = Event {
        code,
        end,
        volume: VOLUME,
        duration,
    };
    Step::Event {
        payload: event.write(),
        timestamp,
        marker,
    }
}
