//! One stream's packets go on as part of another: our source and numbers, the peer's steps between them.

use super::{Header, Sender};

/// Timestamps that differ by so much more or less than the time between two packets were set anew, milliseconds.
const JUMP_MS: u32 = 500;
/// A packet that was overtaken by so many is not waited for: the receiver's window is shorter.
const REORDERING: u16 = 256;

/// The last packet of audio, as it came.
#[derive(Clone, Copy, Debug)]
struct Last {
    timestamp: u32,
    arrived: u64,
}

#[derive(Clone, Copy, Debug)]
struct Offsets {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// Numbers before it were used, or will never be.
    floor: u16,
    last: Option<Last>,
}

/// Which packets of audio are sent on: so many units of that clock each.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    pub units: u32,
    pub clock_rate: u32,
}

impl Rhythm {
    /// So many nanoseconds in units.
    fn passed(self, nanoseconds: u64) -> u64 {
        nanoseconds / 1000 * u64::from(self.clock_rate) / 1_000_000
    }

    fn packet_ns(self) -> u64 {
        u64::from(self.units) * 1_000_000_000 / u64::from(self.clock_rate)
    }

    /// Whole packet times in so many nanoseconds, in units.
    fn whole(self, nanoseconds: u64) -> u32 {
        let passed = self.passed(nanoseconds);
        let units = u64::from(self.units.max(1));
        // The cut to 32 bits is the modulo that timestamps have.
        (passed / units * units) as u32
    }
}

/// Adds constant offsets to sequence numbers and timestamps, so that losses, order and pauses of the source are seen
/// by who receives ours. Another source, and a jump of its clock, get new offsets that let ours go on.
#[derive(Clone, Debug)]
pub struct Translation {
    offsets: Option<Offsets>,
    /// When the packet with the sender's timestamp is to go out.
    due: u64,
}

impl Translation {
    /// The sender's next packet was to go out at `due`.
    pub fn new(due: u64) -> Self {
        Self { offsets: None, due }
    }

    /// The source began anew with other sequence numbers.
    pub fn restart(&mut self) {
        self.offsets = None;
    }

    /// The header under which a packet of audio goes on, and has been counted as sent; None for one that was overtaken
    /// by what cannot be taken back.
    pub fn audio(
        &mut self,
        packet: (&Header, usize, u64),
        payload_type: u8,
        rhythm: Rhythm,
        sender: &mut Sender,
    ) -> Option<Header> {
        let (source, octets, arrived) = packet;
        let mut marker = source.marker;
        let jumped = self.offsets.is_some_and(|offsets| {
            offsets.ssrc == source.ssrc && offsets.has_jumped(source, arrived, rhythm)
        });
        let (due, timestamp) = (self.due, sender.timestamp());
        let next = || timestamp.wrapping_add(rhythm.whole(arrived.saturating_sub(due)));
        let fresh = self.begin(source, sender, next);
        let offsets = self.offsets.as_mut()?;
        if jumped {
            offsets.timestamp = next().wrapping_sub(source.timestamp);
        }
        marker |= fresh || jumped;
        let header = offsets.translate(source, payload_type, marker, sender.ssrc())?;
        let is_newest = sender.pass(&header, octets);
        if is_newest {
            offsets.last = Some(Last {
                timestamp: source.timestamp,
                arrived,
            });
            sender.go_on_after(header.timestamp, rhythm.units);
            self.due = arrived + rhythm.packet_ns();
        }
        Some(header)
    }

    /// The same of a packet without audio, such as an event's.
    pub fn other(
        &mut self,
        packet: (&Header, usize, u64),
        payload_type: u8,
        rhythm: Rhythm,
        sender: &mut Sender,
    ) -> Option<Header> {
        let (source, octets, arrived) = packet;
        let timestamp = sender.timestamp();
        let passed = rhythm.whole(arrived.saturating_sub(self.due));
        self.begin(source, sender, || timestamp.wrapping_add(passed));
        let offsets = self.offsets.as_mut()?;
        let header = offsets.translate(source, payload_type, source.marker, sender.ssrc())?;
        sender.pass(&header, octets);
        Some(header)
    }

    /// The packet is not sent on: what follows takes its number.
    pub fn swallow(&mut self, source: &Header, sender: &Sender) {
        let Some(offsets) = &mut self.offsets else {
            return;
        };
        let number = source.sequence.wrapping_add(offsets.sequence);
        let is_ahead = number.wrapping_sub(sender.sequence()) < 0x8000;
        if offsets.ssrc == source.ssrc && is_ahead {
            offsets.sequence = offsets.sequence.wrapping_sub(1);
            offsets.floor = sender.sequence();
        }
    }

    /// How far the sender's timestamp is behind that of a packet that goes out at `now`, in whole packets.
    pub fn behind(&self, now: u64, rhythm: Rhythm) -> u32 {
        rhythm.whole(now.saturating_sub(self.due))
    }

    /// The timestamp of `now`, for a report: a packet ends when it goes out.
    pub fn timestamp(&self, now: u64, rhythm: Rhythm, sender: &Sender) -> u32 {
        let passed = rhythm.passed((now + rhythm.packet_ns()).saturating_sub(self.due));
        // The cut to 32 bits is the modulo that timestamps have.
        sender.timestamp().wrapping_add(passed as u32)
    }

    /// Finds offsets for a source that has none. True when it is new.
    fn begin(&mut self, source: &Header, sender: &Sender, timestamp: impl Fn() -> u32) -> bool {
        if self
            .offsets
            .is_some_and(|offsets| offsets.ssrc == source.ssrc)
        {
            return false;
        }
        self.offsets = Some(Offsets {
            ssrc: source.ssrc,
            sequence: sender.sequence().wrapping_sub(source.sequence),
            timestamp: timestamp().wrapping_sub(source.timestamp),
            floor: sender.sequence(),
            last: None,
        });
        true
    }
}

impl Offsets {
    fn has_jumped(&self, source: &Header, arrived: u64, rhythm: Rhythm) -> bool {
        let Some(last) = self.last else {
            return false;
        };
        let step = i64::from(source.timestamp.wrapping_sub(last.timestamp) as i32);
        let passed = rhythm.passed(arrived.saturating_sub(last.arrived));
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        step.abs_diff(passed) > u64::from(rhythm.clock_rate / 1000 * JUMP_MS)
    }

    fn translate(
        &mut self,
        source: &Header,
        payload_type: u8,
        marker: bool,
        ssrc: u32,
    ) -> Option<Header> {
        let sequence = source.sequence.wrapping_add(self.sequence);
        let above = sequence.wrapping_sub(self.floor);
        if above >= 0x8000 {
            return None;
        }
        if above > REORDERING {
            self.floor = sequence.wrapping_sub(REORDERING);
        }
        Some(Header {
            marker,
            payload_type,
            sequence,
            timestamp: source.timestamp.wrapping_add(self.timestamp),
            ssrc,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;
    const NARROW: Rhythm = Rhythm {
        units: 160,
        clock_rate: 8000,
    };

    fn header(ssrc: u32, sequence: u16, timestamp: u32) -> Header {
        Header {
            marker: false,
            payload_type: 8,
            sequence,
            timestamp,
            ssrc,
        }
    }

    struct Line {
        translation: Translation,
        sender: Sender,
    }

    impl Line {
        fn new() -> Self {
            let mut sender = Sender::new(7, 65_534, u32::MAX - 100);
            sender.audio(0, 160, 160);
            Self {
                translation: Translation::new(20 * MS),
                sender,
            }
        }

        fn audio(&mut self, source: Header, at_ms: u64) -> Option<Header> {
            let packet = (&source, 160, at_ms * MS);
            self.translation.audio(packet, 0, NARROW, &mut self.sender)
        }
    }

    fn steps(headers: &[Header]) -> Vec<(u16, u32)> {
        let step = |pair: &[Header]| {
            let sequence = pair[1].sequence.wrapping_sub(pair[0].sequence);
            (sequence, pair[1].timestamp.wrapping_sub(pair[0].timestamp))
        };
        headers.windows(2).map(step).collect()
    }

    #[test]
    fn packets_go_on_where_our_own_ended() {
        let mut line = Line::new();
        let (sequence, timestamp) = (line.sender.sequence(), line.sender.timestamp());
        let first = line.audio(header(1, 500, 9000), 33).unwrap();
        assert_eq!((first.sequence, first.timestamp), (sequence, timestamp));
        assert_eq!((first.ssrc, first.payload_type, first.marker), (7, 0, true));
        let second = line.audio(header(1, 501, 9160), 53).unwrap();
        assert!(!second.marker);
        assert_eq!(steps(&[first, second]), [(1, 160)]);
        let ours = line.sender.audio(0, 160, 160);
        assert_eq!(steps(&[second, ours]), [(1, 160)]);
        assert!(!ours.marker);
    }

    #[test]
    fn losses_and_order_of_the_source_are_seen_behind_us() {
        let mut line = Line::new();
        let came = [(500, 9000), (502, 9320), (501, 9160), (505, 9800)];
        let sent: Vec<_> = came
            .iter()
            .map(|&(sequence, timestamp)| line.audio(header(1, sequence, timestamp), 40).unwrap())
            .collect();
        let back = (u16::MAX, 160u32.wrapping_neg());
        assert_eq!(steps(&sent), [(2, 320), back, (4, 640)]);
        assert_eq!(line.sender.packets(), 5);
    }

    #[test]
    fn a_packet_from_before_the_beginning_is_not_sent_under_a_number_of_ours() {
        let mut line = Line::new();
        line.audio(header(1, 500, 9000), 30).unwrap();
        assert_eq!(line.audio(header(1, 499, 8840), 31), None);
    }

    #[test]
    fn another_source_and_a_jump_of_its_clock_go_on_where_the_time_is() {
        let mut line = Line::new();
        let first = line.audio(header(1, 500, 9000), 30).unwrap();
        let other = line.audio(header(2, 9, 4_000_000), 110).unwrap();
        assert_eq!(steps(&[first, other]), [(1, 160 + 480)]);
        assert!(other.marker);
        let jumped = line.audio(header(2, 10, 77), 130).unwrap();
        assert_eq!(steps(&[other, jumped]), [(1, 160)]);
        assert!(jumped.marker);
        line.translation.restart();
        let restarted = line.audio(header(2, 40_000, 500), 150).unwrap();
        assert_eq!(steps(&[jumped, restarted]), [(1, 160)]);
    }

    #[test]
    fn a_report_names_the_time_at_which_the_last_packet_ended() {
        let mut line = Line::new();
        let first = line.audio(header(1, 500, 9000), 33).unwrap();
        let at = |ms: u64| {
            let timestamp = line.translation.timestamp(ms * MS, NARROW, &line.sender);
            timestamp.wrapping_sub(first.timestamp)
        };
        assert_eq!([at(33), at(38), at(53), at(83)], [160, 200, 320, 560]);
        assert_eq!(line.translation.behind(52 * MS, NARROW), 0);
        assert_eq!(line.translation.behind(95 * MS, NARROW), 320);
    }

    #[test]
    fn a_pause_of_the_source_stays_one() {
        let mut line = Line::new();
        let first = line.audio(header(1, 500, 9000), 30).unwrap();
        let second = line.audio(header(1, 501, 9000 + 24_000), 3030).unwrap();
        assert_eq!(steps(&[first, second]), [(1, 24_000)]);
        assert!(!second.marker);
    }

    #[test]
    fn what_is_not_passed_on_leaves_no_gap_and_what_it_overtook_is_gone() {
        let mut line = Line::new();
        let first = line.audio(header(1, 500, 9000), 30).unwrap();
        line.translation
            .swallow(&header(1, 502, 9320), &line.sender);
        let next = line.audio(header(1, 503, 9480), 70).unwrap();
        assert_eq!(steps(&[first, next]), [(2, 480)]);
        assert_eq!(line.audio(header(1, 501, 9160), 71), None);
    }

    #[test]
    fn events_keep_their_timestamp_and_audio_goes_on_after_them() {
        let mut line = Line::new();
        let first = line.audio(header(1, 500, 9000), 30).unwrap();
        let mut sent = vec![first];
        for number in 1..50 {
            let event = header(1, 500 + number, 9160);
            let packet = (&event, 4, (30 + 20 * u64::from(number)) * MS);
            let passed = line
                .translation
                .other(packet, 101, NARROW, &mut line.sender);
            sent.push(passed.unwrap());
        }
        sent.push(line.audio(header(1, 550, 9000 + 8000), 1030).unwrap());
        let steps = steps(&sent);
        assert_eq!(steps[0], (1, 160));
        assert!(steps[1..49].iter().all(|step| *step == (1, 0)));
        assert_eq!(steps[49], (1, 8000 - 160));
        assert!(!sent[50].marker);
    }

    proptest! {
        /// SRTP lives by it (RFC 3711, 9.1).
        #[test]
        fn no_number_is_used_twice(
            came in prop::collection::vec((0u8..8, 0u16..300, 0u32..3, 0u64..200), 1..400),
        ) {
            let mut line = Line::new();
            let (mut used, mut at, mut base) = (std::collections::HashSet::new(), 20, 0u16);
            used.insert(line.sender.sequence().wrapping_sub(1));
            let mut seen = std::collections::HashSet::new();
            for (what, sequence, ssrc, later) in came {
                at += later;
                base = base.wrapping_add(7);
                let sequence = base.wrapping_add(sequence % 60);
                // Repetitions are refused before, and who left does not come back with what it said.
                if !seen.insert((ssrc, sequence)) {
                    continue;
                }
                let source = header(ssrc, sequence, u32::from(sequence) * 160);
                match what {
                    0 => line.translation.swallow(&source, &line.sender),
                    1 => line.translation.restart(),
                    _ => {
                        if let Some(sent) = line.audio(source, at) {
                            prop_assert!(used.insert(sent.sequence), "{}", sent.sequence);
                        }
                    }
                }
            }
        }
    }
}
