//! Digits as telephone-events (RFC 4733): out of packets that get lost, late and repeated, and into packets.
//!
//! One event a packet; packed events (2.5.1.6) and redundancy (RFC 2198) are not read beyond the first event.

mod assembler;
mod follower;
mod sender;
#[cfg(test)]
mod tests;
mod tone;

pub use assembler::{Assembler, Digit, Digits};
pub use follower::{DigitFollower, Pace};
pub use sender::{BadDigit, DigitSender, Step};
pub use tone::EventTone;

/// Length of the payload of one event.
pub const PAYLOAD_LEN: usize = 4;

/// The digit keys, by event code (RFC 4733, 3.2).
const KEYS: [u8; 16] = *b"0123456789*#ABCD";

/// What one packet says (RFC 4733, 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    pub code: u8,
    pub end: bool,
    /// Power below 0 dBm0, in dB: 0 to 63.
    pub volume: u8,
    /// Since the packet's timestamp, in units of the media clock.
    pub duration: u16,
}

impl Event {
    /// The event of a payload; None if it is too short to hold one.
    pub fn parse(payload: &[u8]) -> Option<Event> {
        let bytes = payload.first_chunk::<PAYLOAD_LEN>()?;
        Some(Event {
            code: bytes[0],
            end: bytes[1] & 0x80 != 0,
            volume: bytes[1] & 0x3F,
            duration: u16::from_be_bytes([bytes[2], bytes[3]]),
        })
    }

    pub fn write(&self) -> [u8; PAYLOAD_LEN] {
        let [high, low] = self.duration.to_be_bytes();
        [
            self.code,
            u8::from(self.end) << 7 | self.volume & 0x3F,
            high,
            low,
        ]
    }
}

/// The key of a digit event as ASCII, such as `b'#'`; None for an event that is no key.
pub fn key(code: u8) -> Option<u8> {
    KEYS.get(usize::from(code)).copied()
}

/// The event code of a key, in either case.
pub fn code(key: u8) -> Option<u8> {
    let key = key.to_ascii_uppercase();
    // There are 16.
    KEYS.iter()
        .position(|known| *known == key)
        .map(|index| index as u8)
}
