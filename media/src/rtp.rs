//! RTP packets and what is counted about a stream of them (RFC 3550). No socket, no clock, no codec.

mod receiver;
mod sender;
mod sequence;
#[cfg(test)]
mod tests;
mod translation;

pub use receiver::{Receiver, Totals, Verdict};
pub use sender::Sender;
pub(crate) use sequence::{Arrival, SequenceWindow};
pub use translation::{Rhythm, Translation};

/// The fixed header without the fields that this engine never sets: padding, extension, contributing sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

/// Length of the header that [`write`] makes.
pub const HEADER_LEN: usize = 12;

/// The peer's datagram is not what it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Shorter than its own fields say.
    Truncated,
    /// Not version 2.
    Version,
    /// The padding count is zero or more than there is.
    Padding,
    /// A compound RTCP packet that does not begin with a report, or a reserved field set (RFC 3550, A.2).
    Structure,
}

/// The header and the payload, without contributing sources, extension and padding (RFC 3550, 5.1).
pub fn parse(datagram: &[u8]) -> Result<(Header, &[u8]), Malformed> {
    let Some((fixed, mut rest)) = datagram.split_first_chunk::<HEADER_LEN>() else {
        return Err(Malformed::Truncated);
    };
    if fixed[0] >> 6 != 2 {
        return Err(Malformed::Version);
    }
    let contributing = usize::from(fixed[0] & 0x0F) * 4;
    rest = rest.get(contributing..).ok_or(Malformed::Truncated)?;
    if fixed[0] & 0x10 != 0 {
        let (extension, after) = rest.split_first_chunk::<4>().ok_or(Malformed::Truncated)?;
        let words = usize::from(u16::from_be_bytes([extension[2], extension[3]]));
        rest = after.get(words * 4..).ok_or(Malformed::Truncated)?;
    }
    if fixed[0] & 0x20 != 0 {
        let padding = usize::from(*rest.last().ok_or(Malformed::Padding)?);
        if padding == 0 || padding > rest.len() {
            return Err(Malformed::Padding);
        }
        rest = &rest[..rest.len() - padding];
    }
    let header = Header {
        marker: fixed[1] & 0x80 != 0,
        payload_type: fixed[1] & 0x7F,
        sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
        timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
        ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
    };
    Ok((header, rest))
}

/// Puts the header in front of `out` and returns its length, 12; 0 if `out` is shorter.
pub fn write(header: &Header, out: &mut [u8]) -> usize {
    let Some(fixed) = out.first_chunk_mut::<HEADER_LEN>() else {
        return 0;
    };
    fixed[0] = 2 << 6;
    fixed[1] = u8::from(header.marker) << 7 | header.payload_type & 0x7F;
    fixed[2..4].copy_from_slice(&header.sequence.to_be_bytes());
    fixed[4..8].copy_from_slice(&header.timestamp.to_be_bytes());
    fixed[8..12].copy_from_slice(&header.ssrc.to_be_bytes());
    HEADER_LEN
}

/// A time of `now` nanoseconds in units of the media clock, modulo 2^32 as timestamps are.
pub(crate) fn media_clock(now: u64, clock_rate: u32) -> u32 {
    const SECOND: u64 = 1_000_000_000;
    let rate = u64::from(clock_rate);
    let whole = (now / SECOND).wrapping_mul(rate);
    let part = (now % SECOND) * rate / SECOND;
    // Truncation is the modulo that timestamps have.
    whole.wrapping_add(part) as u32
}
