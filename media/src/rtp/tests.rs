use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

const MS: u64 = 1_000_000;

fn header(sequence: u16, timestamp: u32, ssrc: u32) -> Header {
    Header {
        marker: false,
        payload_type: 0,
        sequence,
        timestamp,
        ssrc,
    }
}

const NEW: Verdict = Verdict::New {
    ssrc_changed: false,
    restarted: false,
};

/// Receives the packets `sequences` of one source, 20 ms apart.
fn receive_all(receiver: &mut Receiver, sequences: &[u16]) -> Vec<Verdict> {
    let each = sequences.iter().enumerate();
    each.map(|(index, &sequence)| {
        let timestamp = u32::from(sequence).wrapping_mul(160);
        receiver.receive(&header(sequence, timestamp, 7), index as u64 * 20 * MS)
    })
    .collect()
}

#[test]
fn a_packet_that_left_one_out_is_known_to_until_the_next() {
    let mut receiver = Receiver::new(8000);
    let mut ahead = |sequence: u16| {
        receive_all(&mut receiver, &[sequence]);
        receiver.is_ahead()
    };
    let came = [0xFFFE, 0xFFFF, 1, 0, 2, 4, 5];
    let expected = [false, false, true, false, false, true, false];
    assert_eq!(came.map(&mut ahead), expected);
}

#[test]
fn contributing_sources_extension_and_padding_are_taken_off() {
    let mut datagram = vec![0xB2, 0x80 | 8, 0x12, 0x34, 0, 0, 0, 160, 0, 0, 0, 9];
    datagram.extend([1; 8]);
    datagram.extend([0xBE, 0xDE, 0, 1, 9, 9, 9, 9]);
    datagram.extend([5, 6, 7]);
    datagram.extend([0, 2]);
    let (header, payload) = parse(&datagram).unwrap();
    let expected = Header {
        marker: true,
        payload_type: 8,
        sequence: 0x1234,
        timestamp: 160,
        ssrc: 9,
    };
    assert_eq!(header, expected);
    assert_eq!(payload, [5, 6, 7]);
}

#[test]
fn what_is_cut_short_is_malformed() {
    let full = [
        0x91, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 2, 2, 2, 2,
    ];
    for len in 0..full.len() {
        assert_eq!(
            parse(&full[..len]),
            Err(Malformed::Truncated),
            "{len} octets"
        );
    }
    assert!(parse(&full).is_ok());
}

#[test]
fn other_versions_are_malformed() {
    for version in [0u8, 1, 3] {
        let mut datagram = [0; 12];
        datagram[0] = version << 6;
        assert_eq!(parse(&datagram), Err(Malformed::Version));
    }
}

#[test]
fn padding_cannot_be_nothing_or_more_than_there_is() {
    let mut datagram = [0u8; 14];
    datagram[0] = 0xA0;
    for count in [0, 3, 255] {
        datagram[13] = count;
        assert_eq!(
            parse(&datagram),
            Err(Malformed::Padding),
            "padding of {count}"
        );
    }
    datagram[13] = 2;
    assert!(parse(&datagram).unwrap().1.is_empty());
    assert_eq!(parse(&datagram[..12]), Err(Malformed::Padding));
}

#[test]
fn a_header_is_not_written_where_it_does_not_fit() {
    assert_eq!(write(&header(1, 2, 3), &mut [0; 11]), 0);
}

#[test]
fn a_repeated_packet_is_a_duplicate_and_not_received_twice() {
    let mut receiver = Receiver::new(8000);
    let verdicts = receive_all(&mut receiver, &[10, 11, 11, 10]);
    assert_eq!(verdicts, [NEW, NEW, Verdict::Duplicate, Verdict::Duplicate]);
    assert_eq!(receiver.totals().received, 2);
    assert_eq!(receiver.totals().duplicates, 2);
    assert_eq!(receiver.totals().lost, 0);
}

#[test]
fn a_reordered_packet_is_not_lost() {
    let mut receiver = Receiver::new(8000);
    assert_eq!(receive_all(&mut receiver, &[1, 3, 2, 4]), [NEW; 4]);
    assert_eq!(receiver.totals().lost, 0);
}

#[test]
fn a_gap_is_loss() {
    let mut receiver = Receiver::new(8000);
    receive_all(&mut receiver, &[65_534, 65_535, 2, 3]);
    assert_eq!(receiver.totals().lost, 2);
    let report = receiver.report(0).unwrap();
    assert_eq!(report.cumulative_lost, 2);
    assert_eq!(report.fraction_lost, 85);
    assert_eq!(report.highest_sequence, 65_536 + 3);
}

#[test]
fn the_fraction_lost_is_that_since_the_last_report() {
    let mut receiver = Receiver::new(8000);
    receive_all(&mut receiver, &[1, 3]);
    receiver.report(0);
    receive_all(&mut receiver, &[4, 5, 7, 8]);
    let report = receiver.report(0).unwrap();
    assert_eq!(report.fraction_lost, 51);
    assert_eq!(report.cumulative_lost, 2);
    assert_eq!(receiver.report(0).unwrap().fraction_lost, 0);
}

#[test]
fn duplicates_make_the_reported_loss_negative_and_our_own_count_zero() {
    let mut receiver = Receiver::new(8000);
    receive_all(&mut receiver, &[1, 1, 1, 2]);
    assert_eq!(receiver.report(0).unwrap().cumulative_lost, -2);
    assert_eq!(receiver.totals().lost, 0);
}

#[test]
fn there_is_nothing_to_report_before_the_first_packet() {
    assert_eq!(Receiver::new(8000).report(0), None);
}

#[test]
fn one_packet_from_far_away_is_stale_and_two_in_order_restart() {
    let mut receiver = Receiver::new(8000);
    let verdicts = receive_all(&mut receiver, &[1, 2, 30_000, 3, 40_000, 40_001, 40_002]);
    let restart = Verdict::New {
        ssrc_changed: false,
        restarted: true,
    };
    let expected = [NEW, NEW, Verdict::Stale, NEW, Verdict::Stale, restart, NEW];
    assert_eq!(verdicts, expected);
    assert_eq!(receiver.totals().lost, 0);
    assert_eq!(receiver.totals().refused, 2);
}

#[test]
fn another_source_is_believed_after_two_packets_in_order() {
    let mut receiver = Receiver::new(8000);
    receiver.receive(&header(1, 0, 7), 0);
    assert_eq!(receiver.receive(&header(100, 0, 8), MS), Verdict::Probation);
    let changed = Verdict::New {
        ssrc_changed: true,
        restarted: false,
    };
    assert_eq!(receiver.receive(&header(101, 160, 8), 2 * MS), changed);
    assert_eq!(receiver.ssrc(), Some(8));
}

#[test]
fn a_stranger_beside_a_living_source_is_never_believed() {
    let mut receiver = Receiver::new(8000);
    for sequence in 0..50 {
        assert_eq!(receiver.receive(&header(sequence, 0, 7), 0), NEW);
        assert_eq!(
            receiver.receive(&header(sequence, 0, 8), 0),
            Verdict::Probation
        );
    }
    assert_eq!(receiver.ssrc(), Some(7));
}

#[test]
fn totals_outlive_a_change_of_source() {
    let mut receiver = Receiver::new(8000);
    receive_all(&mut receiver, &[1, 2, 4]);
    receiver.receive(&header(9, 0, 8), 0);
    receiver.receive(&header(10, 0, 8), 0);
    assert_eq!(receiver.totals().lost, 1);
    assert_eq!(receiver.totals().received, 4);
}

#[test]
fn even_arrivals_have_no_jitter() {
    let mut receiver = Receiver::new(8000);
    receive_all(&mut receiver, &[1, 2, 3, 4, 5, 6]);
    assert_eq!(receiver.totals().jitter_ms, 0.0);
    assert_eq!(receiver.totals().max_gap, 20 * MS);
}

#[test]
fn jitter_settles_at_the_mean_difference_of_transit() {
    let mut receiver = Receiver::new(8000);
    for sequence in 0..500u16 {
        let late = u64::from(sequence % 2) * 10 * MS;
        let now = u64::from(sequence) * 20 * MS + late;
        receiver.receive(&header(sequence, u32::from(sequence) * 160, 7), now);
    }
    let jitter = receiver.totals().jitter_ms;
    assert!((9.0..=10.1).contains(&jitter), "{jitter}");
    assert_eq!(receiver.report(0).unwrap().jitter, (jitter * 8.0) as u32);
}

#[test]
fn packets_of_one_telephone_event_do_not_count_as_jitter() {
    let mut receiver = Receiver::new(8000);
    for sequence in 0..50u16 {
        receiver.receive(&header(sequence, 0, 7), u64::from(sequence) * 20 * MS);
    }
    assert_eq!(receiver.totals().jitter_ms, 0.0);
}

#[test]
fn a_report_answers_the_last_sender_report() {
    let mut receiver = Receiver::new(8000);
    receive_all(&mut receiver, &[1, 2]);
    receiver.receive_sender_report(7, 0x1122_3344_5566_7788, 1000 * MS);
    let report = receiver.report(1500 * MS).unwrap();
    assert_eq!(report.last_sr, 0x3344_5566);
    assert_eq!(report.delay_since_last_sr, 0x8000);
    receiver.receive_sender_report(99, 1 << 40, 1500 * MS);
    assert_eq!(receiver.report(1500 * MS).unwrap().last_sr, 0);
}

#[test]
fn the_first_packet_and_the_one_after_a_pause_carry_the_marker() {
    let mut sender = Sender::new(7, 65_535, u32::MAX - 159);
    let first = sender.audio(0, 160, 160);
    assert!(first.marker);
    assert_eq!(first.timestamp, u32::MAX - 159);
    let second = sender.audio(0, 160, 160);
    assert!(!second.marker);
    assert_eq!((second.sequence, second.timestamp), (0, 0));
    sender.skip(320);
    let third = sender.audio(0, 160, 160);
    assert!(third.marker);
    assert_eq!((third.sequence, third.timestamp), (1, 480));
}

#[test]
fn an_event_takes_a_sequence_number_and_no_time() {
    let mut sender = Sender::new(7, 1, 1000);
    let event = sender.at(101, 1000, true, 4);
    assert_eq!((event.sequence, event.payload_type), (1, 101));
    assert_eq!(sender.timestamp(), 1000);
    assert_eq!(sender.info(5).octets, 4);
    assert_eq!(sender.info(5).packets, 1);
    assert_eq!(sender.audio(0, 160, 160).sequence, 2);
}

fn any_header() -> impl Strategy<Value = Header> {
    (
        any::<bool>(),
        0u8..128,
        any::<u16>(),
        any::<u32>(),
        any::<u32>(),
    )
        .prop_map(|(marker, payload_type, sequence, timestamp, ssrc)| Header {
            marker,
            payload_type,
            sequence,
            timestamp,
            ssrc,
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read(header in any_header(), payload in any::<Vec<u8>>()) {
        let mut datagram = vec![0; HEADER_LEN];
        prop_assert_eq!(write(&header, &mut datagram), HEADER_LEN);
        datagram.extend(&payload);
        prop_assert_eq!(parse(&datagram), Ok((header, &payload[..])));
    }

    #[test]
    fn any_bytes_are_refused_or_read_the_same_when_written_again(
        first in prop_oneof![Just(0x80u8), any::<u8>()],
        rest in any::<Vec<u8>>(),
    ) {
        let mut datagram = vec![first];
        datagram.extend(rest);
        if let Ok((header, payload)) = parse(&datagram) {
            prop_assert!(payload.len() + HEADER_LEN <= datagram.len());
            let mut again = vec![0; HEADER_LEN];
            write(&header, &mut again);
            again.extend(payload);
            prop_assert_eq!(parse(&again), Ok((header, payload)));
        }
    }

    #[test]
    fn a_window_knows_what_it_saw(steps in prop::collection::vec(-40i32..60, 1..300)) {
        let mut window = SequenceWindow::before(65_000);
        let mut seen = HashSet::new();
        let (mut at, mut newest) = (65_000i32, 64_999i32);
        for step in steps {
            let arrival = window.receive(at as u16);
            let expected = match newest - at {
                behind if behind < 0 => Arrival::Ahead,
                behind if behind >= 128 => Arrival::Old,
                _ if seen.contains(&at) => Arrival::Duplicate,
                _ => Arrival::Reordered,
            };
            prop_assert_eq!(arrival, expected);
            newest = newest.max(at);
            seen.insert(at);
            at += step;
        }
    }

    #[test]
    fn any_packets_keep_the_counts_true(
        packets in prop::collection::vec((0u32..3, any::<u16>(), any::<u32>(), 0u64..100), 0..200),
    ) {
        let mut receiver = Receiver::new(8000);
        let mut now = 0;
        for (ssrc, sequence, timestamp, later) in &packets {
            now += later * MS;
            receiver.receive(&header(sequence % 8000, *timestamp, *ssrc), now);
            receiver.report(now);
        }
        let totals = receiver.totals();
        prop_assert_eq!(totals.received + totals.duplicates + totals.refused, packets.len() as u64);
    }

    #[test]
    fn what_does_not_come_of_an_ordered_stream_is_its_loss(lost in prop::collection::vec(any::<bool>(), 1..400)) {
        let mut receiver = Receiver::new(8000);
        let mut kept: Vec<u16> = vec![65_400];
        let after = lost.iter().enumerate().filter(|(_, lost)| !**lost);
        kept.extend(after.map(|(index, _)| 65_401u16.wrapping_add(index as u16)));
        let last = kept[kept.len() - 1].wrapping_sub(65_400);
        receive_all(&mut receiver, &kept);
        prop_assert_eq!(receiver.totals().lost, u64::from(last) + 1 - kept.len() as u64);
    }
}
