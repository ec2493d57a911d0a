//! Writing our reports: SR or RR, then SDES with the CNAME, then XR where agreed, then BYE if we leave (RFC 3550, 6.1).

use super::read::{BLOCK_LEN, BYE, CNAME, INFO_LEN, RR, SDES, SR, XR};
use super::{xr, ReportBlock, SenderInfo};

/// A buffer of this length holds every report with one extended block of each kind that we write.
pub const MAX_LEN: usize = 8 + INFO_LEN + BLOCK_LEN + SDES_MAX_LEN + XR_MAX_LEN + BYE_LEN;
const XR_MAX_LEN: usize =
    8 + xr::REFERENCE_TIME_LEN + 4 + xr::DELAY_LEN + xr::SUMMARY_LEN + xr::METRICS_LEN;
const SDES_MAX_LEN: usize = 4 + 4 + 2 + 255 + 3;
const BYE_LEN: usize = 8;

/// One compound packet of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report<'a> {
    pub ssrc: u32,
    /// Present if we sent RTP since the last two reports: makes it an SR.
    pub sender: Option<SenderInfo>,
    pub block: Option<ReportBlock>,
    /// Canonical name; what is beyond 255 octets is cut off.
    pub cname: &'a str,
    /// Extended blocks (RFC 3611); without any there is no XR packet.
    pub extended: &'a [xr::Block<'a>],
    pub bye: bool,
}

/// Puts the report into `out` and returns its length; 0 if it does not fit ([`MAX_LEN`] always does).
pub fn write(report: &Report<'_>, out: &mut [u8]) -> usize {
    let name = report.cname.as_bytes();
    let name = &name[..name.len().min(255)];
    let report_len =
        8 + report.sender.map_or(0, |_| INFO_LEN) + report.block.map_or(0, |_| BLOCK_LEN);
    // The item list ends with one to four null octets.
    let sdes_len = 8 + ((2 + name.len() + 4) & !3);
    let extended_len = match report.extended.iter().map(xr::Block::len).sum() {
        0 => 0,
        blocks => 8 + blocks,
    };
    let bye_len = if report.bye { BYE_LEN } else { 0 };
    let len = report_len + sdes_len + extended_len + bye_len;
    let Some(out) = out.get_mut(..len) else {
        return 0;
    };
    out.fill(0);
    let (head, rest) = out.split_at_mut(report_len);
    let (sdes, rest) = rest.split_at_mut(sdes_len);
    let (extended, bye) = rest.split_at_mut(extended_len);
    write_report(report, head);
    write_common(sdes, 1, SDES, report.ssrc);
    sdes[8] = CNAME;
    // At most 255, cut above.
    sdes[9] = name.len() as u8;
    sdes[10..10 + name.len()].copy_from_slice(name);
    if !extended.is_empty() {
        write_common(extended, 0, XR, report.ssrc);
        let mut at = 8;
        for block in report.extended {
            at += block.write(&mut extended[at..]);
        }
    }
    if report.bye {
        write_common(bye, 1, BYE, report.ssrc);
    }
    len
}

fn write_report(report: &Report<'_>, out: &mut [u8]) {
    let packet_type = if report.sender.is_some() { SR } else { RR };
    write_common(
        out,
        u8::from(report.block.is_some()),
        packet_type,
        report.ssrc,
    );
    let mut at = 8;
    if let Some(info) = &report.sender {
        out[at..at + 8].copy_from_slice(&info.ntp.to_be_bytes());
        put(out, at + 8, info.rtp_timestamp);
        put(out, at + 12, info.packets);
        put(out, at + 16, info.octets);
        at += INFO_LEN;
    }
    if let Some(block) = &report.block {
        put(out, at, block.ssrc);
        put(
            out,
            at + 4,
            block.cumulative_lost as u32 & 0xFF_FFFF | u32::from(block.fraction_lost) << 24,
        );
        put(out, at + 8, block.highest_sequence);
        put(out, at + 12, block.jitter);
        put(out, at + 16, block.last_sr);
        put(out, at + 20, block.delay_since_last_sr);
    }
}

/// The common header for a packet that fills `out`, and the word after it.
fn write_common(out: &mut [u8], count: u8, packet_type: u8, ssrc: u32) {
    out[0] = 2 << 6 | count;
    out[1] = packet_type;
    // No packet of ours comes near the limit of 16 bits.
    let words = (out.len() / 4 - 1) as u16;
    out[2..4].copy_from_slice(&words.to_be_bytes());
    put(out, 4, ssrc);
}

fn put(out: &mut [u8], at: usize, word: u32) {
    out[at..at + 4].copy_from_slice(&word.to_be_bytes());
}
