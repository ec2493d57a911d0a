//! Reading a compound packet. Everything is checked before the first part is handed out, so reading cannot fail.

use super::{xr, ReportBlock, SenderInfo};
use crate::rtp::Malformed;

pub(super) const SR: u8 = 200;
pub(super) const RR: u8 = 201;
pub(super) const SDES: u8 = 202;
pub(super) const BYE: u8 = 203;
pub(super) const XR: u8 = 207;
pub(super) const BLOCK_LEN: usize = 24;
pub(super) const INFO_LEN: usize = 20;
pub(super) const CNAME: u8 = 1;

/// One packet of a compound.
#[derive(Clone, Copy, Debug)]
pub enum Packet<'a> {
    Sr {
        ssrc: u32,
        info: SenderInfo,
        blocks: Blocks<'a>,
    },
    Rr {
        ssrc: u32,
        blocks: Blocks<'a>,
    },
    Sdes(Sdes<'a>),
    Bye(Bye<'a>),
    Xr {
        ssrc: u32,
        blocks: xr::Blocks<'a>,
    },
    /// APP, feedback and what is to come.
    Other {
        packet_type: u8,
    },
}

/// The report blocks of one SR or RR.
#[derive(Clone, Copy, Debug)]
pub struct Blocks<'a>(&'a [u8]);

impl Iterator for Blocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.0.split_first_chunk::<BLOCK_LEN>()?;
        self.0 = rest;
        let lost = u32::from_be_bytes([0, block[5], block[6], block[7]]);
        Some(ReportBlock {
            ssrc: word(block, 0),
            fraction_lost: block[4],
            // Shifted up and down again to carry the sign of 24 bits.
            cumulative_lost: ((lost << 8) as i32) >> 8,
            highest_sequence: word(block, 8),
            jitter: word(block, 12),
            last_sr: word(block, 16),
            delay_since_last_sr: word(block, 20),
        })
    }
}

/// Source descriptions.
#[derive(Clone, Copy, Debug)]
pub struct Sdes<'a> {
    chunks: usize,
    body: &'a [u8],
}

impl<'a> Sdes<'a> {
    /// The canonical name of a source (RFC 3550, 6.5.1), as bytes: the peer need not send UTF-8.
    pub fn cname(&self, ssrc: u32) -> Option<&'a [u8]> {
        let mut rest = self.body;
        for _ in 0..self.chunks {
            let chunk = Chunk::read(rest)?;
            if chunk.ssrc == ssrc && chunk.cname.is_some() {
                return chunk.cname;
            }
            rest = chunk.after;
        }
        None
    }
}

/// Sources that leave.
#[derive(Clone, Copy, Debug)]
pub struct Bye<'a> {
    sources: &'a [u8],
    /// Why, in the peer's words; empty when not said.
    pub reason: &'a [u8],
}

impl Bye<'_> {
    pub fn sources(&self) -> impl Iterator<Item = u32> + '_ {
        self.sources.chunks_exact(4).map(|source| word(source, 0))
    }
}

/// The packets of one compound, in order.
#[derive(Clone, Debug)]
pub struct Packets<'a>(&'a [u8]);

impl<'a> Iterator for Packets<'a> {
    type Item = Packet<'a>;

    fn next(&mut self) -> Option<Packet<'a>> {
        if self.0.is_empty() {
            return None;
        }
        let (packet, rest) = take(self.0).ok()?;
        self.0 = rest;
        read(packet).ok()
    }
}

/// Checks a datagram by RFC 3550, A.2 and returns its packets. The first must be a report, and the lengths must add up;
/// reduced-size RTCP (RFC 5506) is for those who negotiated it, which we never do.
pub fn parse(datagram: &[u8]) -> Result<Packets<'_>, Malformed> {
    let first = take(datagram)?.0;
    if first.packet_type != SR && first.packet_type != RR {
        return Err(Malformed::Structure);
    }
    let mut rest = datagram;
    while !rest.is_empty() {
        let (packet, after) = take(rest)?;
        if packet.padded && !after.is_empty() {
            return Err(Malformed::Structure);
        }
        read(packet)?;
        rest = after;
    }
    Ok(Packets(datagram))
}

/// One packet cut out of the compound: its common header and what follows it, padding removed.
#[derive(Clone, Copy)]
struct Raw<'a> {
    count: usize,
    packet_type: u8,
    padded: bool,
    body: &'a [u8],
}

fn take(datagram: &[u8]) -> Result<(Raw<'_>, &[u8]), Malformed> {
    let (common, after) = datagram
        .split_first_chunk::<4>()
        .ok_or(Malformed::Truncated)?;
    if common[0] >> 6 != 2 {
        return Err(Malformed::Version);
    }
    let len = usize::from(u16::from_be_bytes([common[2], common[3]])) * 4;
    let (mut body, rest) = after.split_at_checked(len).ok_or(Malformed::Truncated)?;
    let padded = common[0] & 0x20 != 0;
    if padded {
        let padding = usize::from(*body.last().ok_or(Malformed::Padding)?);
        if padding == 0 || padding > body.len() {
            return Err(Malformed::Padding);
        }
        body = &body[..body.len() - padding];
    }
    let raw = Raw {
        count: usize::from(common[0] & 0x1F),
        packet_type: common[1],
        padded,
        body,
    };
    Ok((raw, rest))
}

fn read(raw: Raw<'_>) -> Result<Packet<'_>, Malformed> {
    match raw.packet_type {
        SR => read_report(raw, INFO_LEN),
        RR => read_report(raw, 0),
        SDES => read_sdes(raw),
        BYE => read_bye(raw),
        XR => Ok(read_extended(raw)),
        packet_type => Ok(Packet::Other { packet_type }),
    }
}

fn read_report(raw: Raw<'_>, info_len: usize) -> Result<Packet<'_>, Malformed> {
    let (source, rest) = raw.body.split_at_checked(4).ok_or(Malformed::Truncated)?;
    let (info, rest) = rest
        .split_at_checked(info_len)
        .ok_or(Malformed::Truncated)?;
    // What follows the blocks is a profile's extension (RFC 3550, 6.4.3).
    let blocks = rest
        .get(..raw.count * BLOCK_LEN)
        .ok_or(Malformed::Truncated)?;
    let (ssrc, blocks) = (word(source, 0), Blocks(blocks));
    if info.is_empty() {
        return Ok(Packet::Rr { ssrc, blocks });
    }
    let info = SenderInfo {
        ntp: u64::from(word(info, 0)) << 32 | u64::from(word(info, 4)),
        rtp_timestamp: word(info, 8),
        packets: word(info, 12),
        octets: word(info, 16),
    };
    Ok(Packet::Sr { ssrc, info, blocks })
}

fn read_sdes(raw: Raw<'_>) -> Result<Packet<'_>, Malformed> {
    let mut rest = raw.body;
    for _ in 0..raw.count {
        rest = Chunk::read(rest).ok_or(Malformed::Truncated)?.after;
    }
    Ok(Packet::Sdes(Sdes {
        chunks: raw.count,
        body: raw.body,
    }))
}

fn read_bye(raw: Raw<'_>) -> Result<Packet<'_>, Malformed> {
    let (sources, rest) = raw
        .body
        .split_at_checked(raw.count * 4)
        .ok_or(Malformed::Truncated)?;
    let reason = match rest.split_first() {
        Some((&len, text)) => text.get(..usize::from(len)).ok_or(Malformed::Truncated)?,
        None => &[],
    };
    Ok(Packet::Bye(Bye { sources, reason }))
}

/// One whose blocks do not add up says nothing, but spoils no report beside it.
fn read_extended(raw: Raw<'_>) -> Packet<'_> {
    match raw.body.split_first_chunk::<4>() {
        Some((ssrc, blocks)) if xr::well_formed(blocks) => Packet::Xr {
            ssrc: u32::from_be_bytes(*ssrc),
            blocks: xr::Blocks::of(blocks),
        },
        _ => Packet::Other {
            packet_type: raw.packet_type,
        },
    }
}

/// One chunk of an SDES, and what follows it.
struct Chunk<'a> {
    ssrc: u32,
    cname: Option<&'a [u8]>,
    after: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn read(body: &'a [u8]) -> Option<Self> {
        let ssrc = word(body.get(..4)?, 0);
        let mut at = 4;
        let mut cname = None;
        loop {
            let kind = *body.get(at)?;
            if kind == 0 {
                break;
            }
            let len = usize::from(*body.get(at + 1)?);
            let text = body.get(at + 2..at + 2 + len)?;
            if kind == CNAME {
                cname = Some(text);
            }
            at += 2 + len;
        }
        // RFC 3550, 6.5: the list ends with at least one null octet and goes on to the next 32-bit boundary.
        let after = body.get((at + 4) & !3..)?;
        Some(Self { ssrc, cname, after })
    }
}

/// The big-endian word at `at`, which must lie within `bytes`.
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
