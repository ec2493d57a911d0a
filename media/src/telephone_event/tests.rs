use super::*;
use crate::rtp::Header;
use proptest::prelude::*;

const MS: u64 = 1_000_000;
const PACKET: u32 = 160;

fn header(timestamp: u32, marker: bool) -> Header {
    Header {
        marker,
        payload_type: 101,
        sequence: 0,
        timestamp,
        ssrc: 7,
    }
}

fn payload(code: u8, end: bool, duration: u16) -> [u8; 4] {
    Event {
        code,
        end,
        volume: 10,
        duration,
    }
    .write()
}

/// One packet of a press: timestamp, code, end bit, duration.
type Packet = (u32, u8, bool, u16);

/// What an assembler makes of these packets, 20 ms apart, and of the silence after them.
fn assemble(packets: &[Packet]) -> Vec<Digit> {
    let mut assembler = Assembler::new(8000);
    let mut digits = Vec::new();
    let mut now = 0;
    for &(timestamp, code, end, duration) in packets {
        now += 20 * MS;
        digits.extend(assembler.handle_timer(now));
        let marker = duration == PACKET as u16;
        let facts = assembler.receive(
            &header(timestamp, marker),
            &payload(code, end, duration),
            now,
        );
        digits.extend(facts.into_iter().flatten());
    }
    digits.extend(assembler.handle_timer(now + 1000 * MS));
    digits
}

fn press(digit: u8, duration_ms: u32) -> [Digit; 2] {
    [
        Digit::Started { digit },
        Digit::Ended { digit, duration_ms },
    ]
}

/// The packets of a 100 ms press with its three ends.
fn packets_of(timestamp: u32, code: u8) -> Vec<Packet> {
    let growing = (1..5).map(|count| (timestamp, code, false, count * 160));
    growing.chain([(timestamp, code, true, 800); 3]).collect()
}

#[test]
fn a_press_starts_and_ends_once() {
    assert_eq!(assemble(&packets_of(1000, 5)), press(b'5', 100));
}

#[test]
fn every_key_has_its_code() {
    for (index, digit) in (0u8..).zip(*b"0123456789*#ABCD") {
        assert_eq!(assemble(&packets_of(1000, index)), press(digit, 100));
        assert_eq!(code(digit.to_ascii_lowercase()), Some(index));
    }
    assert_eq!(code(b'x'), None);
}

#[test]
fn a_lost_start_is_made_up_by_any_packet_of_the_press() {
    let packets = packets_of(1000, 5);
    for first in 0..packets.len() {
        assert_eq!(
            assemble(&packets[first..]),
            press(b'5', 100),
            "from packet {first}"
        );
    }
}

#[test]
fn lost_ends_are_made_up_in_time() {
    let mut assembler = Assembler::new(8000);
    assembler.receive(&header(0, true), &payload(5, false, 160), 0);
    assembler.receive(&header(0, false), &payload(5, false, 320), 20 * MS);
    assert_eq!(assembler.next_timer(), Some(220 * MS));
    assert_eq!(assembler.handle_timer(219 * MS), None);
    let ended = Digit::Ended {
        digit: b'5',
        duration_ms: 40,
    };
    assert_eq!(assembler.handle_timer(220 * MS), Some(ended));
    assert_eq!(assembler.next_timer(), None);
    assert_eq!(assembler.handle_timer(999 * MS), None);
}

#[test]
fn an_end_that_comes_after_it_was_made_up_says_nothing_more() {
    let mut assembler = Assembler::new(8000);
    assembler.receive(&header(0, true), &payload(5, false, 160), 0);
    assembler.handle_timer(300 * MS);
    let late = assembler.receive(&header(0, false), &payload(5, true, 800), 2000 * MS);
    assert_eq!(late, [None; 3]);
}

#[test]
fn a_new_press_ends_the_one_before() {
    let mut packets = packets_of(1000, 5)[..4].to_vec();
    packets.extend(packets_of(2600, 6));
    assert_eq!(
        assemble(&packets),
        [press(b'5', 80), press(b'6', 100)].concat()
    );
}

#[test]
fn one_packet_can_end_one_press_and_hold_another_whole() {
    let packets = [(1000, 5, false, 160), (9000, 6, true, 400)];
    assert_eq!(
        assemble(&packets),
        [press(b'5', 20), press(b'6', 50)].concat()
    );
}

#[test]
fn the_same_key_twice_is_two_presses() {
    let packets = [packets_of(1000, 5), packets_of(2600, 5)].concat();
    assert_eq!(
        assemble(&packets),
        [press(b'5', 100), press(b'5', 100)].concat()
    );
}

#[test]
fn the_same_key_twice_is_two_presses_when_the_ends_are_lost() {
    let packets = [&packets_of(1000, 5)[..4], &packets_of(2600, 5)[..]].concat();
    assert_eq!(
        assemble(&packets),
        [press(b'5', 80), press(b'5', 100)].concat()
    );
}

#[test]
fn a_late_packet_of_an_older_press_says_nothing() {
    let mut packets = packets_of(1000, 5);
    packets.extend(packets_of(2600, 6));
    packets.insert(9, (1000, 5, true, 800));
    assert_eq!(
        assemble(&packets),
        [press(b'5', 100), press(b'6', 100)].concat()
    );
}

#[test]
fn a_sender_that_sets_its_clock_back_is_heard_again() {
    let mut assembler = Assembler::new(8000);
    assembler.receive(&header(1_000_000, true), &payload(5, true, 800), 0);
    let facts = assembler.receive(&header(1000, true), &payload(6, true, 800), 3000 * MS);
    assert_eq!(
        facts,
        [None, Some(press(b'6', 100)[0]), Some(press(b'6', 100)[1])]
    );
}

#[test]
fn a_press_that_outgrows_its_duration_field_goes_on_in_segments() {
    let mut packets: Vec<Packet> = (1..410)
        .map(|count| (0, 5, false, (count * 160u32).min(65_535) as u16))
        .collect();
    packets.push((65_535, 5, false, 170));
    packets.push((65_535, 5, true, 800));
    assert_eq!(assemble(&packets), press(b'5', (65_535 + 800) / 8));
}

#[test]
fn a_sender_that_moves_the_timestamp_with_each_packet_presses_once() {
    let packets: Vec<Packet> = (0..5)
        .map(|count| (count * 160, 5, count == 4, 160))
        .collect();
    let mut assembler = Assembler::new(8000);
    let facts = packets
        .iter()
        .flat_map(|&(timestamp, code, end, duration)| {
            assembler.receive(
                &header(timestamp, timestamp == 0),
                &payload(code, end, duration),
                0,
            )
        });
    let facts: Vec<Digit> = facts.flatten().collect();
    assert_eq!(facts, press(b'5', 100));
}

#[test]
fn other_events_and_short_payloads_are_ignored() {
    assert_eq!(assemble(&packets_of(1000, 16)), []);
    assert_eq!(assemble(&packets_of(1000, 66)), []);
    let mut assembler = Assembler::new(8000);
    assert_eq!(
        assembler.receive(&header(0, true), &[5, 0, 0], 0),
        [None; 3]
    );
}

/// All that a sender sends: one step each 20 ms, with the audio's timestamp.
fn send(digits: &str, duration_ms: u32, gap_ms: u32, packet_time_ms: u32) -> Vec<Step> {
    let mut sender = DigitSender::new(digits, duration_ms, gap_ms, packet_time_ms, 8000).unwrap();
    let times = (0u32..).map(|count| 1000 + count * packet_time_ms * 8);
    times
        .map_while(|timestamp| sender.next_packet(timestamp))
        .collect()
}

fn events(steps: &[Step]) -> Vec<(Event, u32, bool)> {
    let events = steps.iter().filter_map(|step| match step {
        Step::Event {
            payload,
            timestamp,
            marker,
        } => Some((Event::parse(payload).unwrap(), *timestamp, *marker)),
        Step::Silence => None,
    });
    events.collect()
}

#[test]
fn a_digit_grows_and_ends_three_times_with_one_timestamp() {
    let steps = send("5", 100, 100, 20);
    let events = events(&steps);
    let durations: Vec<u16> = events.iter().map(|(event, ..)| event.duration).collect();
    assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
    let ends: Vec<bool> = events.iter().map(|(event, ..)| event.end).collect();
    assert_eq!(ends, [false, false, false, false, true, true, true]);
    let markers: Vec<bool> = events.iter().map(|(.., marker)| *marker).collect();
    assert_eq!(markers, [true, false, false, false, false, false, false]);
    assert!(events
        .iter()
        .all(|(event, timestamp, _)| *timestamp == 1000 && event.code == 5));
    assert_eq!(steps.len(), 10, "100 ms of digit and 100 ms of gap");
}

#[test]
fn a_pause_is_half_a_second_of_silence() {
    assert_eq!(send("w", 100, 100, 20), vec![Step::Silence; 25]);
}

#[test]
fn the_second_digit_begins_after_the_gap() {
    let steps = send("12", 100, 60, 20);
    assert_eq!(events(&steps)[7].1, 1000 + 8 * 160);
}

#[test]
fn a_long_packet_time_makes_the_digit_at_least_that_long() {
    let steps = send("5", 40, 40, 60);
    let durations: Vec<u16> = events(&steps)
        .iter()
        .map(|(event, ..)| event.duration)
        .collect();
    assert_eq!(durations, [480; 3]);
}

#[test]
fn a_digit_is_cut_where_its_field_ends() {
    let steps = send("5", 20_000, 100, 20);
    assert_eq!(events(&steps).last().unwrap().0.duration, u16::MAX);
}

#[test]
fn what_is_no_digit_is_refused() {
    assert_eq!(
        DigitSender::new("12x", 100, 100, 20, 8000).err(),
        Some(BadDigit('x'))
    );
    assert_eq!(
        DigitSender::new("1\u{20ac}", 100, 100, 20, 8000).err(),
        Some(BadDigit('\u{20ac}'))
    );
    assert_eq!(send("", 100, 100, 20), []);
}

proptest! {
    #[test]
    fn an_event_reads_as_it_was_written(bytes in any::<[u8; 4]>()) {
        let event = Event::parse(&bytes).unwrap();
        // The reserved bit is not kept.
        let expected = [bytes[0], bytes[1] & 0xBF, bytes[2], bytes[3]];
        prop_assert_eq!(event.write(), expected);
    }

    #[test]
    fn any_packets_make_starts_and_ends_in_turn(
        packets in prop::collection::vec((0u32..6, any::<bool>(), prop::collection::vec(any::<u8>(), 0..6), 0u64..300), 0..100),
    ) {
        let mut assembler = Assembler::new(8000);
        let mut pressed = None;
        let mut now = 0;
        for (timestamp, marker, payload, later) in packets {
            now += later * MS;
            let timer = assembler.handle_timer(now);
            prop_assert!(assembler.next_timer().is_none_or(|due| due > now));
            let facts = assembler.receive(&header(timestamp * 1000, marker), &payload, now);
            for fact in timer.into_iter().chain(facts.into_iter().flatten()) {
                match fact {
                    Digit::Started { digit } => prop_assert_eq!(pressed.replace(digit), None),
                    Digit::Ended { digit, .. } => prop_assert_eq!(pressed.take(), Some(digit)),
                }
            }
            prop_assert_eq!(pressed.is_some(), assembler.next_timer().is_some());
        }
    }

    #[test]
    fn digits_arrive_as_sent_when_packets_are_lost_repeated_and_swapped(
        digits in "[0-9*#A-D]{1,12}",
        packet_time in prop::sample::select(vec![10u32, 20, 30, 40, 60]),
        fate in prop::collection::vec(0u8..8, 400),
    ) {
        let steps = send(&digits, 100, 100, packet_time);
        let mut arrivals: Vec<(u64, Header, [u8; 4])> = Vec::new();
        let mut lost_in_press = 0;
        for (index, step) in steps.iter().enumerate() {
            let Step::Event { payload, timestamp, marker } = *step else { continue };
            if marker {
                lost_in_press = 0;
            }
            let now = index as u64 * u64::from(packet_time) * MS;
            match fate[index % fate.len()] {
                // At most two packets of a press are lost, of the four or more that it has at 60 ms.
                0 | 1 if lost_in_press < 2 => lost_in_press += 1,
                2 => arrivals.extend([(now, header(timestamp, marker), payload); 2]),
                3 => arrivals.push((now + u64::from(packet_time) * MS * 3 / 2, header(timestamp, marker), payload)),
                _ => arrivals.push((now, header(timestamp, marker), payload)),
            }
        }
        arrivals.sort_by_key(|arrival| arrival.0);
        let mut assembler = Assembler::new(8000);
        let mut heard = Vec::new();
        for (now, header, payload) in arrivals {
            assembler.handle_timer(now);
            for fact in assembler.receive(&header, &payload, now).into_iter().flatten() {
                if let Digit::Started { digit } = fact {
                    heard.push(digit);
                }
            }
        }
        prop_assert_eq!(String::from_utf8(heard).unwrap(), digits);
    }
}
