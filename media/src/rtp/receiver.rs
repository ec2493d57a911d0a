//! What we know of the stream that the peer sends: validity (RFC 3550, A.1), loss (A.3), jitter (A.8).

use super::{media_clock, Arrival, Header, SequenceWindow};
use crate::rtcp::ReportBlock;

/// RFC 3550, A.1: a larger step forward is a restart of the sender, not loss.
const MAX_DROPOUT: u16 = 3000;
/// RFC 3550, A.1: a larger step back is a restart, not reordering.
const MAX_MISORDER: u16 = 100;

/// What one packet is to the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Belongs to the stream. `ssrc_changed`: the first of another source; `restarted`: the same source began again
    /// with other sequence numbers. Both mean that whatever is kept by sequence or timestamp starts over.
    New { ssrc_changed: bool, restarted: bool },
    /// Was here before.
    Duplicate,
    /// Too far from the stream to belong to it; the next one in order after it proves a restart.
    Stale,
    /// The first packet of another source: it is believed when the next in order follows it directly.
    Probation,
}

/// Sums over the life of the receiver, all sources together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Packets that were `New`.
    pub received: u64,
    /// Packets that never came (expected less received, duplicates not counted).
    pub lost: u64,
    pub duplicates: u64,
    /// Packets that were `Stale` or `Probation`.
    pub refused: u64,
    /// Interarrival jitter of the present source (RFC 3550, 6.4.1), in milliseconds.
    pub jitter_ms: f64,
    /// The longest time between two packets, in nanoseconds.
    pub max_gap: u64,
    /// Arrival of the last packet, nanoseconds; None before the first.
    pub last_arrival: Option<u64>,
}

/// One sender report, as far as our answer needs it.
#[derive(Clone, Copy, Debug)]
struct LastSenderReport {
    ssrc: u32,
    /// Middle 32 bits of its NTP time.
    middle: u32,
    arrived: u64,
}

/// The source that is believed now.
#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: u32,
    window: SequenceWindow,
    base_sequence: u16,
    cycles: u32,
    received: u64,
    duplicates: u64,
    /// Of a packet far away, the number that must follow for us to believe in a restart.
    restart_at: Option<u16>,
    expected_prior: u32,
    received_prior: u64,
    jitter: Jitter,
}

/// RFC 3550, A.8, in units of the media clock, scaled by 16.
#[derive(Clone, Copy, Debug, Default)]
struct Jitter {
    transit: Option<u32>,
    timestamp: u32,
    scaled: u32,
}

impl Jitter {
    fn receive(&mut self, timestamp: u32, arrival: u32, clock_rate: u32) {
        // All packets of one telephone-event carry one timestamp (RFC 4733, 2.1): they say nothing about transit.
        if self.transit.is_some() && timestamp == self.timestamp {
            return;
        }
        let transit = arrival.wrapping_sub(timestamp);
        let before = self.transit.replace(transit);
        self.timestamp = timestamp;
        let Some(before) = before else { return };
        let difference = (transit.wrapping_sub(before) as i32).unsigned_abs();
        // More than a second is the sender's clock set anew; it would drown the estimate for many packets.
        if difference <= clock_rate {
            self.scaled = self.scaled + difference - ((self.scaled + 8) >> 4);
        }
    }

    fn value(&self) -> u32 {
        self.scaled >> 4
    }
}

impl Source {
    fn new(header: &Header) -> Self {
        Self {
            ssrc: header.ssrc,
            window: SequenceWindow::new(header.sequence),
            base_sequence: header.sequence,
            cycles: 0,
            received: 1,
            duplicates: 0,
            restart_at: None,
            expected_prior: 0,
            received_prior: 0,
            jitter: Jitter::default(),
        }
    }

    fn extended_highest(&self) -> u32 {
        self.cycles.wrapping_add(u32::from(self.window.newest()))
    }

    fn expected(&self) -> u32 {
        self.extended_highest()
            .wrapping_sub(u32::from(self.base_sequence))
            .wrapping_add(1)
    }

    fn lost(&self) -> u64 {
        u64::from(self.expected()).saturating_sub(self.received)
    }
}

/// Follows the stream of one peer.
#[derive(Clone, Debug)]
pub struct Receiver {
    clock_rate: u32,
    source: Option<Source>,
    /// Another SSRC and the sequence number that must follow for us to believe in it.
    candidate: Option<(u32, u16)>,
    /// The newest packet came before another one.
    is_ahead: bool,
    sender_report: Option<LastSenderReport>,
    /// Sums of sources that are over, and what is not of one source.
    totals: Totals,
}

impl Receiver {
    /// `clock_rate` in Hz, as the payload format says (8000 for G.711).
    pub fn new(clock_rate: u32) -> Self {
        Self {
            clock_rate,
            source: None,
            candidate: None,
            is_ahead: false,
            sender_report: None,
            totals: Totals::default(),
        }
    }

    /// Whether the last packet left out one before it, which may follow at once.
    pub fn is_ahead(&self) -> bool {
        self.is_ahead
    }

    pub fn clock_rate(&self) -> u32 {
        self.clock_rate
    }

    /// The stream goes on with packets of another clock (RFC 7160): jitter is measured anew.
    pub fn set_clock_rate(&mut self, clock_rate: u32) {
        if self.clock_rate != clock_rate {
            self.clock_rate = clock_rate;
            if let Some(source) = &mut self.source {
                source.jitter = Jitter::default();
            }
        }
    }

    /// Takes the header of a packet that arrived at `now`.
    ///
    /// RFC 3550, A.1 puts every source on probation. Here the first one is believed at once, because the address latch
    /// stands before us and a caller's first word counts; only a change of source has to prove itself, with two
    /// packets in order and none of the present source between them.
    pub fn receive(&mut self, header: &Header, now: u64) -> Verdict {
        let verdict = self.judge(header);
        match verdict {
            Verdict::New { .. } => {
                self.totals.received += 1;
                if let Some(before) = self.totals.last_arrival.replace(now) {
                    self.totals.max_gap = self.totals.max_gap.max(now.saturating_sub(before));
                }
                let arrival = media_clock(now, self.clock_rate);
                if let Some(source) = &mut self.source {
                    source
                        .jitter
                        .receive(header.timestamp, arrival, self.clock_rate);
                }
            }
            Verdict::Duplicate => self.totals.duplicates += 1,
            Verdict::Stale | Verdict::Probation => self.totals.refused += 1,
        }
        verdict
    }

    fn judge(&mut self, header: &Header) -> Verdict {
        let Some(source) = &mut self.source else {
            return self.begin(header, false, false);
        };
        if header.ssrc != source.ssrc {
            if self.candidate == Some((header.ssrc, header.sequence)) {
                return self.begin(header, true, false);
            }
            self.candidate = Some((header.ssrc, header.sequence.wrapping_add(1)));
            return Verdict::Probation;
        }
        self.candidate = None;
        let ahead = header.sequence.wrapping_sub(source.window.newest());
        let behind = ahead.wrapping_neg();
        if ahead >= MAX_DROPOUT && behind > MAX_MISORDER {
            if source.restart_at == Some(header.sequence) {
                return self.begin(header, false, true);
            }
            source.restart_at = Some(header.sequence.wrapping_add(1));
            return Verdict::Stale;
        }
        source.restart_at = None;
        let before = source.window.newest();
        self.is_ahead = ahead > 1 && ahead < MAX_DROPOUT;
        match source.window.receive(header.sequence) {
            Arrival::Ahead => {
                if header.sequence < before {
                    source.cycles = source.cycles.wrapping_add(1 << 16);
                }
            }
            Arrival::Reordered => {}
            Arrival::Duplicate => {
                source.duplicates += 1;
                return Verdict::Duplicate;
            }
            Arrival::Old => return Verdict::Stale,
        }
        source.received += 1;
        Verdict::New {
            ssrc_changed: false,
            restarted: false,
        }
    }

    fn begin(&mut self, header: &Header, ssrc_changed: bool, restarted: bool) -> Verdict {
        if let Some(over) = self.source.replace(Source::new(header)) {
            self.totals.lost += over.lost();
        }
        self.candidate = None;
        Verdict::New {
            ssrc_changed,
            restarted,
        }
    }

    /// A sender report of the peer arrived: `ntp` is its 64-bit time. Our next report answers it.
    pub fn receive_sender_report(&mut self, ssrc: u32, ntp: u64, now: u64) {
        self.sender_report = Some(LastSenderReport {
            ssrc,
            middle: crate::rtcp::middle(ntp),
            arrived: now,
        });
    }

    /// The block about this stream for our next report (RFC 3550, 6.4.1), None before the first packet. The fraction
    /// lost is that since the report before, so call it once a report.
    pub fn report(&mut self, now: u64) -> Option<ReportBlock> {
        let source = self.source.as_mut()?;
        let expected = source.expected();
        // RFC 3550, A.3: duplicates count as received, so that the loss can be negative.
        let received = source.received + source.duplicates;
        let lost = i64::from(expected) - i64::try_from(received).unwrap_or(i64::MAX);
        let expected_interval = expected.wrapping_sub(source.expected_prior);
        let received_interval = received - source.received_prior;
        source.expected_prior = expected;
        source.received_prior = received;
        let lost_interval = u64::from(expected_interval).saturating_sub(received_interval);
        let fraction_lost = match expected_interval {
            0 => 0,
            _ => ((lost_interval << 8) / u64::from(expected_interval)).min(255) as u8,
        };
        let (last_sr, delay) = match self.sender_report {
            Some(report) if report.ssrc == source.ssrc => {
                let waited = u128::from(now.saturating_sub(report.arrived)) << 16;
                let delay = u32::try_from(waited / 1_000_000_000).unwrap_or(u32::MAX);
                (report.middle, delay)
            }
            _ => (0, 0),
        };
        Some(ReportBlock {
            ssrc: source.ssrc,
            fraction_lost,
            cumulative_lost: lost.clamp(-0x80_0000, 0x7F_FFFF) as i32,
            highest_sequence: source.extended_highest(),
            jitter: source.jitter.value(),
            last_sr,
            delay_since_last_sr: delay,
        })
    }

    /// The SSRC that is believed now.
    pub fn ssrc(&self) -> Option<u32> {
        self.source.as_ref().map(|source| source.ssrc)
    }

    pub fn totals(&self) -> Totals {
        let mut totals = self.totals;
        if let Some(source) = &self.source {
            totals.lost += source.lost();
            totals.jitter_ms =
                f64::from(source.jitter.scaled) / 16.0 * 1000.0 / f64::from(self.clock_rate);
        }
        totals
    }
}
