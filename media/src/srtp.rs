//! SRTP and SRTCP (RFC 3711, RFC 6188, RFC 7714). No socket, no clock, no allocation once the keys are in place.
//!
//! Keys come from elsewhere (SDES, DTLS). Nothing is believed, counted as heard or remembered of a packet before its
//! tag was checked; a packet that is refused leaves everything as it was.

mod derive;
mod protector;
mod session;
mod suite;
#[cfg(test)]
mod tests;
mod transform;
mod unprotector;
mod window;

pub use protector::Protector;
pub use session::{Keys, Session};
pub use suite::{BadKey, MasterKey, Suite};
pub use unprotector::{Refused, Unprotector};

/// A protected packet is at most so much longer than the plain one: tag, and for SRTCP the index.
pub const MAX_OVERHEAD: usize = transform::TAG_LEN + INDEX_LEN;
/// The word of SRTCP with the E bit and the index (RFC 3711, 3.4).
const INDEX_LEN: usize = 4;
/// The part of an RTCP packet that is never encrypted.
const CONTROL_HEADER_LEN: usize = 8;
/// Says that an SRTCP packet is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// The length of an RTP header with its contributing sources and extension; None for what is no RTP packet.
fn header_len(packet: &[u8]) -> Option<usize> {
    let fixed = packet.first_chunk::<{ crate::rtp::HEADER_LEN }>()?;
    if fixed[0] >> 6 != 2 {
        return None;
    }
    let mut length = fixed.len() + usize::from(fixed[0] & 0x0F) * 4;
    if fixed[0] & 0x10 != 0 {
        let words = packet.get(length + 2..length + 4)?;
        length += 4 + usize::from(u16::from_be_bytes([words[0], words[1]])) * 4;
    }
    (length <= packet.len()).then_some(length)
}

/// The 32-bit word at `at`; the caller knows that it is there.
fn word(packet: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([packet[at], packet[at + 1], packet[at + 2], packet[at + 3]])
}
