//! Writing report blocks.

use super::*;

/// What a summary reports (RFC 3611, 4.6).
pub(super) const LOST: u8 = 0x80;
pub(super) const DUPLICATES: u8 = 0x40;
pub(super) const JITTER: u8 = 0x20;
pub(super) const HOPS: u8 = 0x18;
pub(super) const HOPS_4: u8 = 0x08;
pub(super) const HOPS_6: u8 = 0x10;

impl Block<'_> {
    /// Its octets; 0 of one that is not known.
    pub fn len(&self) -> usize {
        match self {
            // A block ends at a 32-bit boundary, for which its reader saw.
            Block::LossRuns(runs) => 12 + runs.octets().len(),
            Block::ReferenceTime { .. } => REFERENCE_TIME_LEN,
            Block::Delays(delays) => HEADER_LEN + delays.octets().len(),
            Block::Summary(_) => SUMMARY_LEN,
            Block::Metrics(_) => METRICS_LEN,
            Block::Other { .. } => 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts the block into `out` and returns its length; 0 if it does not fit, or is not known.
    pub fn write(&self, out: &mut [u8]) -> usize {
        let len = self.len();
        let Some(out) = out.get_mut(..len).filter(|out| !out.is_empty()) else {
            return 0;
        };
        out.fill(0);
        // The longest block that could be read has 65,535 words after its first.
        let words = (len / 4 - 1) as u16;
        out[2..4].copy_from_slice(&words.to_be_bytes());
        match self {
            Block::LossRuns(runs) => {
                (out[0], out[1]) = (LOSS_RUNS, runs.thinning & 0x0F);
                word(out, 4, runs.ssrc);
                half(out, 8, runs.begin);
                half(out, 10, runs.end);
                out[12..].copy_from_slice(runs.octets());
            }
            Block::ReferenceTime { ntp } => {
                out[0] = REFERENCE_TIME;
                out[4..12].copy_from_slice(&ntp.to_be_bytes());
            }
            Block::Delays(delays) => {
                out[0] = DELAYS;
                out[HEADER_LEN..].copy_from_slice(delays.octets());
            }
            Block::Summary(summary) => write_summary(summary, out),
            Block::Metrics(metrics) => write_metrics(metrics, out),
            Block::Other { .. } => {}
        }
        len
    }
}

fn write_summary(summary: &Summary, out: &mut [u8]) {
    out[0] = SUMMARY;
    word(out, 4, summary.ssrc);
    half(out, 8, summary.begin);
    half(out, 10, summary.end);
    if let Some(lost) = summary.lost {
        out[1] |= LOST;
        word(out, 12, lost);
    }
    if let Some(duplicates) = summary.duplicates {
        out[1] |= DUPLICATES;
        word(out, 16, duplicates);
    }
    if let Some(jitter) = summary.jitter {
        out[1] |= JITTER;
        word(out, 20, jitter.least);
        word(out, 24, jitter.most);
        word(out, 28, jitter.mean);
        word(out, 32, jitter.deviation);
    }
    if let Some(Hops { is_ipv6, left }) = summary.hops {
        out[1] |= if is_ipv6 { HOPS_6 } else { HOPS_4 };
        out[36..40].copy_from_slice(&[left.least, left.most, left.mean, left.deviation]);
    }
}

fn write_metrics(metrics: &Metrics, out: &mut [u8]) {
    out[0] = METRICS;
    word(out, 4, metrics.ssrc);
    out[8..12].copy_from_slice(&[
        metrics.loss_rate,
        metrics.discard_rate,
        metrics.burst_density,
        metrics.gap_density,
    ]);
    half(out, 12, metrics.burst_duration);
    half(out, 14, metrics.gap_duration);
    half(out, 16, metrics.round_trip_delay);
    half(out, 18, metrics.end_system_delay);
    out[20..29].copy_from_slice(&[
        metrics.signal_level,
        metrics.noise_level,
        metrics.residual_echo_return_loss,
        metrics.gmin,
        metrics.r_factor,
        metrics.external_r_factor,
        metrics.mos_lq,
        metrics.mos_cq,
        metrics.receiver_configuration,
    ]);
    half(out, 30, metrics.jitter_nominal);
    half(out, 32, metrics.jitter_maximum);
    half(out, 34, metrics.jitter_absolute_maximum);
}

fn half(out: &mut [u8], at: usize, value: u16) {
    out[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

fn word(out: &mut [u8], at: usize, value: u32) {
    out[at..at + 4].copy_from_slice(&value.to_be_bytes());
}
