//! Extended reports (RFC 3611): what a receiver says of a stream beyond loss and jitter.

mod bursts;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use bursts::{Bursts, Lost, GMIN};
pub(super) use read::well_formed;

/// Length of each block with its header.
pub const REFERENCE_TIME_LEN: usize = 12;
pub const DELAY_LEN: usize = 12;
pub const SUMMARY_LEN: usize = 40;
pub const METRICS_LEN: usize = 36;
/// Of any block.
const HEADER_LEN: usize = 4;

/// What is not known of a level, a rating or a score (RFC 3611, 4.7).
pub const UNAVAILABLE: u8 = 127;

/// The type of each block that is known (RFC 3611, 4).
const LOSS_RUNS: u8 = 1;
const REFERENCE_TIME: u8 = 4;
const DELAYS: u8 = 5;
const SUMMARY: u8 = 6;
const METRICS: u8 = 7;

/// One report block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block<'a> {
    /// Which packets were lost, one by one (4.1).
    LossRuns(Runs<'a>),
    /// The NTP time of a receiver's clock (4.4).
    ReferenceTime {
        ntp: u64,
    },
    /// Answers to reference times (4.5).
    Delays(Delays<'a>),
    Summary(Summary),
    Metrics(Metrics),
    /// Of another type, or not as long as its type says.
    Other {
        block_type: u8,
    },
}

/// The blocks of one XR packet, in order. What does not fit into the packet ends them.
#[derive(Clone, Copy, Debug)]
pub struct Blocks<'a>(&'a [u8]);

/// Loss by run length encoding (RFC 3611, 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runs<'a> {
    /// Only every 2^thinning-th packet is told; 0 to 15.
    pub thinning: u8,
    pub ssrc: u32,
    pub begin: u16,
    /// One past the last.
    pub end: u16,
    chunks: &'a [u8],
}

/// Some packets of [`Runs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// So many in a row that all came, or were all lost.
    Run { came: bool, count: u16 },
    /// Fifteen packets, the first in the highest of fifteen bits; set: it came.
    Vector(u16),
}

/// The answers of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays<'a>(&'a [u8]);

/// One answer to a reference time (RFC 3611, 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// Whose time is answered.
    pub ssrc: u32,
    /// Middle bits of that time; 0 if there was none.
    pub last_rr: u32,
    /// In 65,536ths of a second.
    pub delay_since_last_rr: u32,
}

/// Counts over some packets (RFC 3611, 4.6). What is None was not reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub ssrc: u32,
    pub begin: u16,
    /// One past the last.
    pub end: u16,
    pub lost: Option<u32>,
    pub duplicates: Option<u32>,
    /// In units of the media clock.
    pub jitter: Option<Spread<u32>>,
    pub hops: Option<Hops>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread<T> {
    pub least: T,
    pub most: T,
    pub mean: T,
    pub deviation: T,
}

/// What was left of time to live, or of the hop limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hops {
    pub is_ipv6: bool,
    pub left: Spread<u8>,
}

/// How a call sounds to a receiver (RFC 3611, 4.7), as it stands on the wire: shares in 256ths, times in milliseconds,
/// levels in dBm, scores in tenths; [`UNAVAILABLE`] for a rating or a level that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    pub ssrc: u32,
    pub loss_rate: u8,
    pub discard_rate: u8,
    pub burst_density: u8,
    pub gap_density: u8,
    pub burst_duration: u16,
    pub gap_duration: u16,
    pub round_trip_delay: u16,
    pub end_system_delay: u16,
    pub signal_level: u8,
    pub noise_level: u8,
    pub residual_echo_return_loss: u8,
    pub gmin: u8,
    pub r_factor: u8,
    pub external_r_factor: u8,
    pub mos_lq: u8,
    pub mos_cq: u8,
    pub receiver_configuration: u8,
    pub jitter_nominal: u16,
    pub jitter_maximum: u16,
    pub jitter_absolute_maximum: u16,
}

/// Concealment is more than silence, and the buffer adapts (RFC 3611, 4.7.6): bits of `receiver_configuration`.
pub const ENHANCED_CONCEALMENT: u8 = 3 << 6;
pub const ADAPTIVE_BUFFER: u8 = 3 << 4;

impl Metrics {
    /// Listening quality, 1 to 5; None when it is not known, or cannot be.
    pub fn listening_score(&self) -> Option<f32> {
        matches!(self.mos_lq, 10..=50).then(|| f32::from(self.mos_lq) / 10.0)
    }

    /// The transmission rating, 0 to 120; None when it is not known, or cannot be.
    pub fn rating(&self) -> Option<f32> {
        (self.r_factor <= 120).then(|| f32::from(self.r_factor))
    }

    /// The share of packets lost or discarded in bursts.
    pub fn burst_loss(&self) -> f32 {
        f32::from(self.burst_density) / 256.0
    }

    /// The same between bursts.
    pub fn gap_loss(&self) -> f32 {
        f32::from(self.gap_density) / 256.0
    }
}

impl Delay {
    /// The round trip in nanoseconds when it arrives at that NTP time of the clock whose time it answers.
    pub fn round_trip(&self, now_ntp: u64) -> Option<u64> {
        super::round_trip(self.last_rr, self.delay_since_last_rr, now_ntp)
    }
}

/// A share as the wire has it.
pub fn in_256ths(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 256.0).min(255.0) as u8
}
