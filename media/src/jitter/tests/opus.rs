use super::{header, MS};
use crate::codec::opus::{Encoder, Settings, MAX_OCTETS};
use crate::codec::Codec;
use crate::jitter::{Inserted, JitterBuffer, Pulled};
use proptest::prelude::*;

const FRAME: usize = 320;
const UNITS: u32 = 960;

/// Noise in syllables: what a codec for voice takes for voice.
fn speech(frames: usize) -> Vec<i16> {
    let mut state = 1u32;
    let mut smooth = 0.0;
    let sample = |n: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = f64::from(state >> 16) - 32_768.0;
        smooth = 0.8 * smooth + 0.2 * noise;
        let loud = (n as f64 / 16_000.0 * 4.0 * std::f64::consts::PI)
            .sin()
            .abs();
        (smooth * loud * 0.6) as i16
    };
    (0..frames * FRAME).map(sample).collect()
}

/// Packets of 20 ms, of speech, with copies of the frame before.
fn packets(count: usize) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(16_000, 1);
    encoder.apply(&Settings {
        fec: true,
        expected_loss: 20,
        ..Settings::default()
    });
    let said = speech(count);
    let encode = |frame: &[i16]| {
        let mut room = [0; MAX_OCTETS];
        let length = encoder.encode(frame, &mut room);
        room[..length].to_vec()
    };
    said.chunks(FRAME).map(encode).collect()
}

/// What is heard of a stream whose packets come as `arrivals` says: number and delay in milliseconds, in order.
fn hear(packets: &[Vec<u8>], arrivals: &[(usize, u64)], first: u32) -> (Vec<i16>, Pulled) {
    let mut buffer = JitterBuffer::with_opus(16_000);
    let (mut heard, mut sum) = (Vec::new(), Pulled::default());
    let mut next = 0;
    for tick in 0..packets.len() as u64 + 10 {
        let now = (tick + 1) * 20 * MS;
        while let Some((number, delay)) = arrivals.get(next).copied() {
            let came = (number as u64 * 20 + delay) * MS;
            if came > now {
                break;
            }
            let timestamp = first.wrapping_add(number as u32 * UNITS);
            let header = header(number as u16, timestamp, 7);
            buffer.insert(&header, &packets[number], Codec::Opus, came);
            next += 1;
        }
        let mut out = [0; FRAME];
        let pulled = buffer.pull(&mut out, now);
        heard.extend(out);
        sum.heard_samples += pulled.heard_samples;
        sum.concealed_samples += pulled.concealed_samples;
    }
    (heard, sum)
}

fn all_in_time(count: usize) -> Vec<(usize, u64)> {
    (0..count).map(|number| (number, 5)).collect()
}

#[test]
fn packets_in_time_are_heard_whole_where_timestamps_wrap_too() {
    let packets = packets(200);
    for first in [0, 0u32.wrapping_sub(100 * UNITS)] {
        let (_, sum) = hear(&packets, &all_in_time(200), first);
        assert_eq!(sum.heard_samples, 200 * FRAME);
        // At the end nobody said that it was the end.
        assert!(sum.concealed_samples <= 120 * 16);
    }
}

#[test]
fn packets_that_overtake_each_other_are_heard_in_order() {
    let packets = packets(200);
    let mut arrivals = all_in_time(200);
    for number in (20..180).step_by(10) {
        arrivals.swap(number, number + 1);
        // The earlier one comes with the later one.
        arrivals[number + 1].1 += 21;
    }
    let (_, sum) = hear(&packets, &arrivals, 0);
    assert!(sum.heard_samples > 198 * FRAME, "{sum:?}");
}

#[test]
fn most_of_what_is_lost_is_recovered_from_the_packet_after_it() {
    let packets = packets(400);
    let lost = |number: usize| number % 10 == 7;
    let arrivals: Vec<_> = all_in_time(400)
        .into_iter()
        .filter(|one| !lost(one.0))
        .collect();
    let (heard, sum) = hear(&packets, &arrivals, 0);
    let gaps = 40 * FRAME;
    // Until the first loss the delay leaves no time for that.
    assert!(sum.heard_samples > 400 * FRAME - gaps / 4, "{sum:?}");
    assert!(sum.concealed_samples < gaps / 4 + 120 * 16, "{sum:?}");
    assert!(heard.iter().any(|sample| sample.unsigned_abs() > 3000));
}

#[test]
fn a_sender_that_stops_in_silence_lost_nothing() {
    let mut encoder = Encoder::new(16_000, 1);
    encoder.apply(&Settings {
        dtx: true,
        ..Settings::default()
    });
    let mut said = speech(50);
    said.extend([0; 60 * FRAME]);
    let mut buffer = JitterBuffer::with_opus(16_000);
    let (mut sent, mut concealed) = (0, 0);
    for (tick, frame) in said.chunks(FRAME).enumerate() {
        let now = tick as u64 * 20 * MS;
        let mut room = [0; MAX_OCTETS];
        let length = encoder.encode(frame, &mut room);
        if length > 2 {
            let header = header(sent, tick as u32 * UNITS, 7);
            let taken = buffer.insert(&header, &room[..length], Codec::Opus, now);
            assert_eq!(taken, Inserted::Taken);
            sent += 1;
        }
        concealed += buffer.pull(&mut [0; FRAME], now + MS).concealed_samples;
    }
    assert!((50..100).contains(&sent), "{sent}");
    assert_eq!(concealed, 0);
}

#[test]
fn another_codec_in_the_stream_begins_anew_and_is_heard() {
    let packets = packets(30);
    let mut buffer = JitterBuffer::with_opus(16_000);
    let mut loud = 0;
    for tick in 0..60u32 {
        let now = u64::from(tick) * 20 * MS;
        let taken = match tick < 30 {
            true => buffer.insert(
                &header(tick as u16, tick * UNITS, 7),
                &packets[tick as usize],
                Codec::Opus,
                now,
            ),
            false => buffer.insert(
                &header(tick as u16, tick * 160, 7),
                &[0x90; 160],
                Codec::Pcmu,
                now,
            ),
        };
        assert_eq!(taken, Inserted::Taken);
        let mut out = [0; FRAME];
        buffer.pull(&mut out, now + MS);
        loud += usize::from(tick > 35 && out[FRAME / 2].unsigned_abs() > 1000);
    }
    assert_eq!(loud, 24);
}

#[test]
fn what_is_no_opus_is_said_to_be_none() {
    let mut buffer = JitterBuffer::with_opus(16_000);
    let insert = buffer.insert(&header(1, 0, 7), &[], Codec::Opus, 0);
    assert_eq!(insert, Inserted::Malformed);
    let mut without = JitterBuffer::new(16_000);
    let insert = without.insert(&header(1, 0, 7), &packets(1)[0], Codec::Opus, 0);
    assert_eq!(insert, Inserted::Malformed);
}

proptest! {
    #[test]
    fn any_packets_at_any_times_keep_the_counts_true(
        actions in prop::collection::vec(
            (0u8..8, 0u16..40, prop::collection::vec(any::<u8>(), 0..120), 0u64..60), 0..120,
        ),
        rate in prop::sample::select(vec![8000u32, 16_000]),
    ) {
        let good = packets(1).remove(0);
        let mut buffer = JitterBuffer::with_opus(rate);
        let mut now = 0;
        for (kind, sequence, octets, later) in actions {
            now += later * MS;
            let timestamp = u32::from(sequence) * UNITS;
            let header = header(sequence, timestamp, 7);
            match kind {
                0 => { buffer.insert(&header, &octets, Codec::Opus, now); }
                1 => buffer.note_other(&header, if octets.is_empty() { 8000 } else { 48_000 }),
                2 if octets.is_empty() => { buffer.insert(&header, &[0x90; 160], Codec::Pcmu, now); }
                2 | 3 => { buffer.insert(&header, &good, Codec::Opus, now); }
                _ => {
                    let mut out = vec![0; rate as usize / 100 * (1 + octets.len() % 6)];
                    let pulled = buffer.pull(&mut out, now);
                    prop_assert!(pulled.heard_samples + pulled.concealed_samples <= out.len());
                }
            }
            prop_assert!((20..=120).contains(&buffer.target_ms()));
        }
    }
}

/// What is heard of a stream in time, in its `frames`, to which somebody listens in some of them.
fn hearken(packets: &[Vec<u8>], listens: impl Fn(usize) -> bool) -> (Vec<i16>, Pulled, Pulled) {
    let mut buffer = JitterBuffer::with_opus(16_000);
    let (mut heard, mut known, mut unknown) = (Vec::new(), Pulled::default(), Pulled::default());
    for (number, packet) in packets.iter().enumerate() {
        let now = number as u64 * 20 * MS;
        let lost = number % 10 == 7;
        let header = header(number as u16, number as u32 * UNITS, 7);
        buffer.set_heard(listens(number));
        if !lost {
            buffer.insert(&header, packet, Codec::Opus, now);
        }
        let mut out = [0; FRAME];
        let pulled = buffer.pull(&mut out, now + 5 * MS);
        let sum = if listens(number) {
            &mut known
        } else {
            &mut unknown
        };
        sum.heard_samples += pulled.heard_samples;
        sum.concealed_samples += pulled.concealed_samples;
        heard.extend(out);
    }
    (heard, known, unknown)
}

#[test]
fn what_nobody_hears_is_counted_as_if_somebody_did() {
    let packets = packets(200);
    let (_, all, none) = hearken(&packets, |_| true);
    let (silence, known, unknown) = hearken(&packets, |_| false);
    assert_eq!((known, none), (Pulled::default(), Pulled::default()));
    assert_eq!(unknown, all);
    assert!(silence.iter().all(|sample| *sample == 0));
}

#[test]
fn who_begins_to_listen_hears_what_is_due_without_a_click() {
    let packets = packets(200);
    let (whole, ..) = hearken(&packets, |_| true);
    for begin in 100..110 {
        let (heard, ..) = hearken(&packets, |number| number >= begin);
        let at = begin * FRAME;
        // From silence, and after 10 ms as loud as for who listened all the time.
        assert!(heard[at..at + 4].iter().all(|one| one.unsigned_abs() < 700));
        let power = |part: &[i16]| part.iter().map(|one| f64::from(*one).powi(2)).sum::<f64>();
        let (later, until) = (at + FRAME / 2, at + 5 * FRAME);
        let ratio = power(&heard[later..until]) / power(&whole[later..until]).max(1.0);
        assert!((0.5..2.0).contains(&ratio), "{begin}: {ratio}");
        let (later, until) = (at + 5 * FRAME, at + 25 * FRAME);
        let ratio = power(&heard[later..until]) / power(&whole[later..until]).max(1.0);
        assert!((0.8..1.25).contains(&ratio), "{begin}: {ratio}");
    }
}

#[test]
fn a_peer_that_sounds_is_known_to_though_nobody_hears_it() {
    let packets = packets(20);
    let mut buffer = JitterBuffer::with_opus(16_000);
    buffer.set_heard(false);
    buffer.insert(&header(0, 0, 7), &packets[5], Codec::Opus, 0);
    assert!(buffer.take_sounded());
    for number in 1..4 {
        let header = header(number, u32::from(number) * UNITS, 7);
        buffer.insert(
            &header,
            &packets[5],
            Codec::Opus,
            u64::from(number) * 20 * MS,
        );
    }
    assert!(!buffer.take_sounded());
}
