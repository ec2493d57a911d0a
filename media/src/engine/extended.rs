//! Extended reports of one leg (RFC 3611): what is counted for ours, and what of the peer's has to be answered.

use crate::quality;
use crate::rtcp::xr::{self, Block, Bursts, Delay, Delays, Metrics, Spread, Summary};
use crate::rtcp::{self, middle};
use crate::rtp::{media_clock, Header, Verdict};

/// What SDP agreed that we send. The peer's blocks are read whatever was agreed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Reference times, and answers to the peer's.
    pub round_trip: bool,
    pub metrics: bool,
    /// Parts of the summary.
    pub lost: bool,
    pub duplicates: bool,
    pub jitter: bool,
}

/// What a report is made of that is not counted here.
#[derive(Clone, Copy)]
pub struct Circumstances {
    pub now: u64,
    /// Of the stream that we receive.
    pub ssrc: Option<u32>,
    pub packet_time_ms: u32,
    pub round_trip_ms: Option<f32>,
    /// What the jitter buffer aims at.
    pub depth_ms: u32,
}

/// The blocks of one report, in memory of their own.
#[derive(Default)]
pub struct Written {
    delay: [[u8; xr::DELAY_LEN]; 1],
    reference_time: Option<u64>,
    has_delay: bool,
    summary: Option<Summary>,
    metrics: Option<Metrics>,
}

/// Most that one report holds.
pub const MAX_BLOCKS: usize = 4;

impl Written {
    /// Puts them into `room` and returns how many there are.
    pub fn blocks<'a>(&'a self, room: &mut [Block<'a>; MAX_BLOCKS]) -> usize {
        let blocks = [
            self.reference_time.map(|ntp| Block::ReferenceTime { ntp }),
            self.has_delay
                .then(|| Block::Delays(Delays::of(&self.delay))),
            self.summary.map(Block::Summary),
            self.metrics.map(Block::Metrics),
        ];
        let mut count = 0;
        for block in blocks.into_iter().flatten() {
            room[count] = block;
            count += 1;
        }
        count
    }
}

/// A reference time of the peer's that waits for its answer.
#[derive(Clone, Copy)]
struct Reference {
    ssrc: u32,
    middle: u32,
    arrived: u64,
}

/// Relative transit times since the last report, in units of the media clock.
#[derive(Clone, Copy, Default)]
struct Transits {
    last: Option<(u32, u32)>,
    count: u32,
    least: u32,
    most: u32,
    sum: f64,
    squares: f64,
}

impl Transits {
    fn receive(&mut self, timestamp: u32, arrival: u32, clock_rate: u32) {
        let transit = arrival.wrapping_sub(timestamp);
        let Some((before, last)) = self.last.replace((transit, timestamp)) else {
            return;
        };
        let difference = (transit.wrapping_sub(before) as i32).unsigned_abs();
        // As for the jitter of reports: events share a timestamp, and a second is another clock.
        if timestamp == last || difference > clock_rate {
            return;
        }
        self.least = match self.count {
            0 => difference,
            _ => self.least.min(difference),
        };
        self.most = self.most.max(difference);
        self.count += 1;
        self.sum += f64::from(difference);
        self.squares += f64::from(difference) * f64::from(difference);
    }

    fn take(&mut self) -> Spread<u32> {
        let count = f64::from(self.count.max(1));
        let mean = self.sum / count;
        let spread = Spread {
            least: self.least,
            most: self.most,
            mean: mean.round() as u32,
            deviation: (self.squares / count - mean * mean).max(0.0).sqrt().round() as u32,
        };
        *self = Self {
            last: self.last,
            ..Self::default()
        };
        spread
    }
}

/// Since the last report.
#[derive(Clone, Copy, Default)]
struct Interval {
    begin: Option<u16>,
    end: u16,
    came: u32,
    duplicates: u32,
    transits: Transits,
}

/// Made by the engine for a leg whose peer agreed to extended reports.
#[derive(Default)]
pub struct Extended {
    pub asked: Asked,
    bursts: Bursts,
    interval: Interval,
    reference: Option<Reference>,
}

impl Extended {
    pub fn new(asked: Asked) -> Self {
        Self {
            asked,
            ..Self::default()
        }
    }

    /// Takes what a packet is to the stream.
    pub fn observe(&mut self, verdict: Verdict, header: &Header, arrived: u64, clock_rate: u32) {
        match verdict {
            Verdict::New {
                ssrc_changed,
                restarted,
            } => self.receive(header, ssrc_changed || restarted, arrived, clock_rate),
            Verdict::Duplicate => self.interval.duplicates += 1,
            Verdict::Stale | Verdict::Probation => {}
        }
    }

    /// Takes a packet of the stream; `is_new`: the first of another one, or of other numbers.
    fn receive(&mut self, header: &Header, is_new: bool, arrived: u64, clock_rate: u32) {
        if is_new {
            self.bursts.restart();
            self.interval = Interval::default();
        }
        self.bursts.receive(header.sequence);
        let interval = &mut self.interval;
        let end = header.sequence.wrapping_add(1);
        if interval.begin.is_none() {
            (interval.begin, interval.end) = (Some(header.sequence), end);
        } else if end.wrapping_sub(interval.end) < 0x8000 {
            interval.end = end;
        }
        interval.came += 1;
        let arrival = media_clock(arrived, clock_rate);
        interval
            .transits
            .receive(header.timestamp, arrival, clock_rate);
    }

    /// The jitter buffer had no use for it.
    pub fn discard(&mut self, sequence: u16) {
        self.bursts.discard(sequence);
    }

    /// The peer told the time of its clock.
    pub fn receive_time(&mut self, ssrc: u32, ntp: u64, now: u64) {
        self.reference = Some(Reference {
            ssrc,
            middle: middle(ntp),
            arrived: now,
        });
    }

    /// What goes into the report that is due.
    pub fn write(&mut self, around: &Circumstances) -> Written {
        let mut written = Written::default();
        if self.asked.round_trip {
            written.reference_time = Some(rtcp::ntp(around.now));
            if let Some(reference) = self.reference.take() {
                let waited = u128::from(around.now.saturating_sub(reference.arrived)) << 16;
                let delay = Delay {
                    ssrc: reference.ssrc,
                    last_rr: reference.middle,
                    delay_since_last_rr: u32::try_from(waited / 1_000_000_000).unwrap_or(u32::MAX),
                };
                (written.delay, written.has_delay) = ([delay.octets()], true);
            }
        }
        let Some(ssrc) = around.ssrc else {
            return written;
        };
        written.summary = self.summary(ssrc);
        written.metrics = self
            .asked
            .metrics
            .then(|| metrics(ssrc, &self.bursts, around));
        written
    }

    fn summary(&mut self, ssrc: u32) -> Option<Summary> {
        let asked = self.asked;
        let begin = self
            .interval
            .begin
            .filter(|_| asked.lost || asked.duplicates || asked.jitter)?;
        let jitter = self.interval.transits.take();
        let interval = std::mem::take(&mut self.interval);
        // The next summary goes on where this one ends.
        (self.interval.begin, self.interval.end) = (Some(interval.end), interval.end);
        self.interval.transits = interval.transits;
        let expected = u32::from(interval.end.wrapping_sub(begin));
        Some(Summary {
            ssrc,
            begin,
            end: interval.end,
            lost: asked.lost.then(|| expected.saturating_sub(interval.came)),
            duplicates: asked.duplicates.then_some(interval.duplicates),
            jitter: asked.jitter.then_some(jitter),
            hops: None,
        })
    }
}

/// How the call sounds here (RFC 3611, 4.7).
fn metrics(ssrc: u32, bursts: &Bursts, around: &Circumstances) -> Metrics {
    let lost = bursts.lost();
    let packet_ms = f64::from(around.packet_time_ms);
    // What is encoded waits for its packet, what is heard in the jitter buffer and for its tick.
    let here_ms = f64::from(around.depth_ms) + packet_ms;
    let trip_ms = around.round_trip_ms.map_or(0.0, f64::from);
    let share = lost.loss_rate + lost.discard_rate;
    let rating = quality::rating(share, 0.0, trip_ms / 2.0 + here_ms);
    let tenths = |score: f64| (score * 10.0).round() as u8;
    Metrics {
        ssrc,
        loss_rate: xr::in_256ths(lost.loss_rate),
        discard_rate: xr::in_256ths(lost.discard_rate),
        burst_density: xr::in_256ths(lost.burst_density),
        gap_density: xr::in_256ths(lost.gap_density),
        burst_duration: (lost.burst_packets * packet_ms) as u16,
        gap_duration: (lost.gap_packets * packet_ms) as u16,
        round_trip_delay: trip_ms as u16,
        end_system_delay: here_ms as u16,
        signal_level: xr::UNAVAILABLE,
        noise_level: xr::UNAVAILABLE,
        residual_echo_return_loss: xr::UNAVAILABLE,
        gmin: xr::GMIN,
        r_factor: rating.round() as u8,
        external_r_factor: xr::UNAVAILABLE,
        mos_lq: tenths(quality::mos(share, 0.0, 0.0)),
        mos_cq: tenths(quality::score(rating)),
        receiver_configuration: xr::ENHANCED_CONCEALMENT | xr::ADAPTIVE_BUFFER,
        jitter_nominal: around.depth_ms as u16,
        jitter_maximum: crate::jitter::MOST_DELAY_MS,
        jitter_absolute_maximum: crate::jitter::MOST_DELAY_MS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn around(now: u64) -> Circumstances {
        Circumstances {
            now,
            ssrc: Some(7),
            packet_time_ms: 20,
            round_trip_ms: Some(80.0),
            depth_ms: 40,
        }
    }

    fn packet(sequence: u16) -> Header {
        Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp: u32::from(sequence) * 160,
            ssrc: 7,
        }
    }

    fn all() -> Extended {
        Extended::new(Asked {
            round_trip: true,
            metrics: true,
            lost: true,
            duplicates: true,
            jitter: true,
        })
    }

    #[test]
    fn a_summary_tells_of_the_packets_since_the_one_before() {
        let mut extended = all();
        for sequence in 0..100u16 {
            if sequence % 10 != 5 {
                // Every second packet is 4 ms late: 32 units of the clock.
                let late = u64::from(sequence % 2) * 4 * MS;
                let at = u64::from(sequence) * 20 * MS + late;
                extended.receive(&packet(sequence), sequence == 0, at, 8000);
            }
        }
        extended.observe(Verdict::Duplicate, &packet(99), 0, 8000);
        let summary = extended.write(&around(0)).summary.unwrap();
        assert_eq!((summary.begin, summary.end), (0, 100));
        assert_eq!((summary.lost, summary.duplicates), (Some(10), Some(1)));
        let jitter = summary.jitter.unwrap();
        assert_eq!((jitter.least, jitter.most), (0, 32));
        assert!((25..32).contains(&jitter.mean), "{jitter:?}");
        extended.receive(&packet(100), false, 2000 * MS, 8000);
        let next = extended.write(&around(0)).summary.unwrap();
        assert_eq!((next.begin, next.end, next.lost), (100, 101, Some(0)));
        assert_eq!(next.duplicates, Some(0));
    }

    #[test]
    fn a_reference_time_is_answered_once_with_the_time_that_it_waited() {
        let mut extended = all();
        extended.receive_time(9, 0x0001_8000_0000_0000, 1000 * MS);
        let written = extended.write(&around(1500 * MS));
        let mut room = [Block::Other { block_type: 0 }; MAX_BLOCKS];
        let count = written.blocks(&mut room);
        let Block::Delays(delays) = room[1] else {
            panic!("{:?}", room[1]);
        };
        let delay = delays.iter().next().unwrap();
        assert_eq!((delay.ssrc, delay.last_rr), (9, 0x8000_0000));
        assert_eq!(delay.delay_since_last_rr, 0x8000);
        assert_eq!(count, 3, "no summary without a packet");
        assert!(!extended.write(&around(2000 * MS)).has_delay);
    }

    #[test]
    fn nothing_is_written_that_was_not_asked() {
        let mut extended = Extended::new(Asked::default());
        extended.receive(&packet(1), true, 0, 8000);
        extended.receive_time(9, 1 << 32, 0);
        let written = extended.write(&around(MS));
        let mut room = [Block::Other { block_type: 0 }; MAX_BLOCKS];
        assert_eq!(written.blocks(&mut room), 0);
    }

    #[test]
    fn metrics_tell_of_a_good_call_and_of_one_with_losses() {
        let mut extended = all();
        (0..500).for_each(|n| extended.receive(&packet(n), n == 0, 0, 8000));
        let good = extended.write(&around(0)).metrics.unwrap();
        assert_eq!((good.loss_rate, good.discard_rate), (0, 0));
        assert_eq!((good.gap_duration, good.burst_duration), (10_000, 0));
        assert_eq!((good.end_system_delay, good.round_trip_delay), (60, 80));
        assert_eq!(good.mos_lq, 44);
        assert!((88..=93).contains(&good.r_factor), "{}", good.r_factor);
        for n in (500..1000).filter(|n| n % 10 != 0) {
            extended.receive(&packet(n), false, 0, 8000);
            if n % 10 == 1 {
                extended.discard(n);
            }
        }
        let bad = extended.write(&around(0)).metrics.unwrap();
        assert_eq!((bad.loss_rate, bad.discard_rate), (12, 12));
        assert!(bad.mos_lq < 35 && bad.r_factor < 70, "{bad:?}");
        // One burst of 500 packets, a fifth of them lost.
        assert!((45..=58).contains(&bad.burst_density), "{bad:?}");
    }
}
