use super::*;
use crate::rtp::Malformed;
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;

fn any_block() -> impl Strategy<Value = ReportBlock> {
    let numbers = (
        any::<u32>(),
        any::<u32>(),
        any::<u32>(),
        any::<u32>(),
        any::<u32>(),
    );
    (numbers, any::<u8>(), -0x80_0000..0x80_0000i32).prop_map(
        |(words, fraction_lost, cumulative_lost)| ReportBlock {
            ssrc: words.0,
            fraction_lost,
            cumulative_lost,
            highest_sequence: words.1,
            jitter: words.2,
            last_sr: words.3,
            delay_since_last_sr: words.4,
        },
    )
}

fn any_info() -> impl Strategy<Value = SenderInfo> {
    (any::<u64>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(
        |(ntp, rtp_timestamp, packets, octets)| SenderInfo {
            ntp,
            rtp_timestamp,
            packets,
            octets,
        },
    )
}

/// Reads back what one of our reports says.
fn check_read_back(report: &Report<'_>, datagram: &[u8]) {
    let packets: Vec<Packet<'_>> = parse(datagram).unwrap().collect();
    let blocks: Vec<ReportBlock> = match (packets[0], report.sender) {
        (Packet::Sr { ssrc, info, blocks }, Some(sender)) => {
            assert_eq!((ssrc, info), (report.ssrc, sender));
            blocks.collect()
        }
        (Packet::Rr { ssrc, blocks }, None) => {
            assert_eq!(ssrc, report.ssrc);
            blocks.collect()
        }
        (other, _) => panic!("{other:?}"),
    };
    assert_eq!(blocks, report.block.into_iter().collect::<Vec<_>>());
    let Packet::Sdes(sdes) = packets[1] else {
        panic!("{:?}", packets[1]);
    };
    let name = report.cname.as_bytes();
    assert_eq!(sdes.cname(report.ssrc), Some(&name[..name.len().min(255)]));
    assert_eq!(sdes.cname(report.ssrc.wrapping_add(1)), None);
    assert_eq!(packets.len(), 2 + usize::from(report.bye));
    if let Some(Packet::Bye(bye)) = packets.get(2) {
        assert_eq!(bye.sources().collect::<Vec<_>>(), [report.ssrc]);
        assert_eq!(bye.reason, b"");
    }
}

const EMPTY_RR: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 7];

/// A compound of an empty RR and what follows.
fn compound(rest: &[u8]) -> Vec<u8> {
    [&EMPTY_RR[..], rest].concat()
}

#[test]
fn a_compound_begins_with_a_report() {
    assert!(parse(&EMPTY_RR).is_ok());
    assert_eq!(
        parse(&[0x81, 203, 0, 1, 0, 0, 0, 7]).err(),
        Some(Malformed::Structure)
    );
    assert_eq!(parse(&[]).err(), Some(Malformed::Truncated));
}

#[test]
fn lengths_must_add_up() {
    assert_eq!(
        parse(&compound(&[0x80, 204, 0, 1])).err(),
        Some(Malformed::Truncated)
    );
    assert_eq!(parse(&compound(&[0x80])).err(), Some(Malformed::Truncated));
    let one_block_missing = [0x81, 201, 0, 1, 0, 0, 0, 7];
    assert_eq!(parse(&one_block_missing).err(), Some(Malformed::Truncated));
}

#[test]
fn only_the_last_packet_may_be_padded() {
    let padded = [0xA0, 201, 0, 2, 0, 0, 0, 7, 0, 0, 0, 4];
    assert!(parse(&padded).is_ok());
    assert_eq!(
        parse(&[&padded[..], &EMPTY_RR].concat()).err(),
        Some(Malformed::Structure)
    );
}

#[test]
fn unknown_packet_types_are_passed_over() {
    let datagram = compound(&[0x80, 207, 0, 0]);
    let last = parse(&datagram).unwrap().last();
    assert!(matches!(last, Some(Packet::Other { packet_type: 207 })));
}

#[test]
fn a_bye_may_say_why() {
    let datagram = compound(&[0x81, 203, 0, 2, 0, 0, 0, 7, 3, b'b', b'y', b'e']);
    let Some(Packet::Bye(bye)) = parse(&datagram).unwrap().last() else {
        panic!();
    };
    assert_eq!(bye.reason, b"bye");
    let too_long = compound(&[0x81, 203, 0, 2, 0, 0, 0, 7, 4, b'b', b'y', b'e']);
    assert_eq!(parse(&too_long).err(), Some(Malformed::Truncated));
}

#[test]
fn a_source_description_must_end() {
    let endless = compound(&[0x81, 202, 0, 2, 0, 0, 0, 7, 1, 2, b'a', b'b']);
    assert_eq!(parse(&endless).err(), Some(Malformed::Truncated));
    let ended = compound(&[0x81, 202, 0, 3, 0, 0, 0, 7, 1, 2, b'a', b'b', 0, 0, 0, 0]);
    let Some(Packet::Sdes(sdes)) = parse(&ended).unwrap().last() else {
        panic!();
    };
    assert_eq!(sdes.cname(7), Some(&b"ab"[..]));
}

#[test]
fn a_report_that_does_not_fit_is_not_written() {
    let report = Report {
        ssrc: 1,
        sender: None,
        block: None,
        cname: "a",
        extended: &[],
        bye: true,
    };
    let mut out = [0; MAX_LEN];
    let len = write(&report, &mut out);
    assert_eq!(write(&report, &mut out[..len - 1]), 0);
}

#[test]
fn a_round_trip_is_what_the_peer_did_not_wait() {
    let sent = ntp(100 * SECOND);
    let block = ReportBlock {
        ssrc: 1,
        fraction_lost: 64,
        cumulative_lost: 0,
        highest_sequence: 0,
        jitter: 0,
        last_sr: middle(sent),
        delay_since_last_sr: 5 << 16,
    };
    let trip = block.round_trip(ntp(105 * SECOND + 40_000_000)).unwrap();
    assert!(trip.abs_diff(40_000_000) < 40_000, "{trip}");
    assert_eq!(block.round_trip(ntp(104 * SECOND)), None);
    let unanswered = ReportBlock {
        last_sr: 0,
        ..block
    };
    assert_eq!(unanswered.round_trip(ntp(105 * SECOND)), None);
    assert_eq!(block.loss(), 0.25);
}

#[test]
fn ntp_time_has_seconds_and_fraction() {
    assert_eq!(ntp(SECOND / 2), 0x8000_0000);
    assert_eq!(ntp(3 * SECOND + SECOND / 4), 3 << 32 | 0x4000_0000);
    assert_eq!(middle(0x1111_2222_3333_4444), 0x2222_3333);
}

#[test]
fn reports_come_every_five_seconds_spread_by_chance() {
    let of = |random| interval(120, 64_000, false, random) as f64 / 1e9;
    assert!((of(0.0) - 2.05).abs() < 0.01, "{}", of(0.0));
    assert!((of(1.0) - 6.16).abs() < 0.01, "{}", of(1.0));
    let initial = interval(120, 64_000, true, 0.5) as f64 / 1e9;
    assert!((initial - of(0.5) / 2.0).abs() < 0.01, "{initial}");
}

#[test]
fn a_narrow_session_reports_less_often() {
    assert!(interval(200, 1_000, false, 0.5) > 10 * SECOND);
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        ssrc in any::<u32>(),
        sender in prop::option::of(any_info()),
        block in prop::option::of(any_block()),
        cname in "[ -~]{0,300}",
        bye in any::<bool>(),
    ) {
        let report = Report { ssrc, sender, block, cname: &cname, extended: &[], bye };
        let mut out = [0xFF; MAX_LEN];
        let len = write(&report, &mut out);
        prop_assert!(len > 0 && len.is_multiple_of(4));
        check_read_back(&report, &out[..len]);
    }

    #[test]
    fn any_bytes_after_a_report_are_refused_or_read_whole(
        count in 0u8..32,
        packet_type in 198u8..208,
        padded in any::<bool>(),
        body in prop::collection::vec(prop_oneof![0u8..8, any::<u8>()], 0..40),
    ) {
        let mut body = body;
        body.resize(body.len().next_multiple_of(4), 0);
        let first = 0x80 | u8::from(padded) << 5 | count;
        let mut datagram = compound(&[first, packet_type, 0, (body.len() / 4) as u8]);
        datagram.extend(&body);
        if let Ok(packets) = parse(&datagram) {
            prop_assert_eq!(packets.clone().count(), 2);
            for packet in packets {
                match packet {
                    Packet::Sr { blocks, .. } | Packet::Rr { blocks, .. } => {
                        prop_assert!(blocks.count() * 24 <= body.len());
                    }
                    Packet::Sdes(sdes) => {
                        let name = sdes.cname(0).unwrap_or_default();
                        prop_assert!(name.len() <= body.len());
                    }
                    Packet::Bye(bye) => {
                        prop_assert_eq!(bye.sources().count(), usize::from(count));
                    }
                    Packet::Xr { blocks, .. } => prop_assert!(blocks.count() * 4 <= body.len()),
                    Packet::Other { .. } => prop_assert!(!(200..=203).contains(&packet_type)),
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_refused_or_as_many_packets_as_their_lengths_say(
        datagram in prop::collection::vec(prop_oneof![Just(0x80u8), Just(201), Just(0), any::<u8>()], 0..64),
    ) {
        if let Ok(packets) = parse(&datagram) {
            let (mut at, mut count) = (0, 0);
            while at < datagram.len() {
                at += 4 + 4 * usize::from(u16::from_be_bytes([datagram[at + 2], datagram[at + 3]]));
                count += 1;
            }
            prop_assert_eq!(at, datagram.len());
            prop_assert_eq!(packets.count(), count);
        }
    }
}
