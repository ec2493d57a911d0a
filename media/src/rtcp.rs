//! RTCP compound packets (RFC 3550, 6 and A.2): reading, writing, round trip, and when to send the next one.

mod read;
#[cfg(test)]
mod tests;
mod write;
pub mod xr;

pub use read::{parse, Blocks, Bye, Packet, Packets, Sdes};
pub use write::{write, Report, MAX_LEN};

/// A time of `ns` nanoseconds as NTP writes it: 32 bits of seconds, 32 of fraction.
///
/// CLOCK_MONOTONIC will do: RFC 3550, 6.4.1 asks for wall-clock time only where streams are to be aligned, and the
/// round trip needs just one clock on our side.
pub fn ntp(ns: u64) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    ((ns / SECOND) << 32) | (((ns % SECOND) << 32) / SECOND)
}

/// The middle 32 bits of an NTP time: 16 of seconds, 16 of fraction.
pub fn middle(ntp: u64) -> u32 {
    // Truncation is the modulo that the field has.
    (ntp >> 16) as u32
}

/// What a sender says of its own stream (RFC 3550, 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderInfo {
    pub ntp: u64,
    pub rtp_timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// What a receiver says of the stream it hears (RFC 3550, 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlock {
    pub ssrc: u32,
    /// In 256ths, since the report before.
    pub fraction_lost: u8,
    /// 24 bits with a sign.
    pub cumulative_lost: i32,
    pub highest_sequence: u32,
    /// In units of the media clock.
    pub jitter: u32,
    /// Middle bits of the NTP time of the last sender report, 0 if there was none.
    pub last_sr: u32,
    /// In 65,536ths of a second.
    pub delay_since_last_sr: u32,
}

impl ReportBlock {
    /// The share of packets lost since the report before, 0 to 1.
    pub fn loss(&self) -> f64 {
        f64::from(self.fraction_lost) / 256.0
    }

    /// The round trip in nanoseconds (RFC 3550, 6.4.1) when the block arrives at the NTP time `now_ntp` of the clock
    /// that our sender reports showed. None without an answered report, or if the peer's numbers make it negative.
    pub fn round_trip(&self, now_ntp: u64) -> Option<u64> {
        round_trip(self.last_sr, self.delay_since_last_sr, now_ntp)
    }
}

/// What is left of the time since `told`, the middle bits of a time of ours, when the peer held it for `delay`.
fn round_trip(told: u32, delay: u32, now_ntp: u64) -> Option<u64> {
    if told == 0 {
        return None;
    }
    let trip = middle(now_ntp).wrapping_sub(told).wrapping_sub(delay);
    // The fields wrap after 18 hours: the upper half is a negative time.
    (trip < 0x8000_0000).then(|| (u64::from(trip) * 1_000_000_000) >> 16)
}

/// Nanoseconds until the next report of a session of two who both send (RFC 3550, 6.2 and A.7).
///
/// `average_octets` is that of recent compound packets with their IP and UDP headers, `bandwidth` the session's in
/// bits a second, `initial` the first report of a session, `random` uniform in 0 to 1.
pub fn interval(average_octets: u32, bandwidth: u32, initial: bool, random: f64) -> u64 {
    const MEMBERS: f64 = 2.0;
    /// RFC 3550, 6.3.1: makes up for timer reconsideration settling below the mean, e - 1.5.
    const COMPENSATION: f64 = std::f64::consts::E - 1.5;
    let minimum = if initial { 2.5 } else { 5.0 };
    // RFC 3550, 6.2: five hundredths of the session for RTCP, in octets a second.
    let share = f64::from(bandwidth.max(1)) * 0.05 / 8.0;
    let fair = f64::max(minimum, MEMBERS * f64::from(average_octets) / share);
    let spread = fair * (random.clamp(0.0, 1.0) + 0.5) / COMPENSATION;
    (spread * 1e9) as u64
}
