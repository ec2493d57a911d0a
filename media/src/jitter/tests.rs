use super::*;

mod g729;
mod opus;
mod rejoining;

use proptest::prelude::*;
use std::collections::BTreeMap;

const MS: u64 = 1_000_000;
/// Decodes to a level well above silence.
const LOUD: [u8; 160] = [0x90; 160];

fn header(sequence: u16, timestamp: u32, ssrc: u32) -> Header {
    Header {
        marker: false,
        payload_type: 0,
        sequence,
        timestamp,
        ssrc,
    }
}

/// A buffer with packets 0 to `count` of 20 ms in time, each pulled 3 ms after it came.
fn playing(count: u16) -> (JitterBuffer, u64) {
    let mut buffer = JitterBuffer::new(8000);
    let mut now = 0;
    for sequence in 0..count {
        now = u64::from(sequence) * 20 * MS;
        let header = header(sequence, u32::from(sequence) * 160, 7);
        assert_eq!(
            buffer.insert(&header, &LOUD, Codec::Pcmu, now),
            Inserted::Taken
        );
        buffer.pull(&mut [0; 160], now + 3 * MS);
    }
    (buffer, now)
}

#[test]
fn nothing_was_heard_before_the_first_packet() {
    let mut buffer = JitterBuffer::new(8000);
    let mut out = [1; 160];
    assert_eq!(buffer.pull(&mut out, 0), Pulled::default());
    assert_eq!(out, [0; 160]);
    assert_eq!(buffer.delay_ms(), 0);
    assert_eq!(buffer.target_ms(), 40);
}

#[test]
fn a_packet_twice_is_a_duplicate_played_or_not() {
    let (mut buffer, now) = playing(10);
    let waiting = buffer.insert(&header(9, 1440, 7), &LOUD, Codec::Pcmu, now);
    assert_eq!(waiting, Inserted::Duplicate);
    let played = buffer.insert(&header(1, 160, 7), &LOUD, Codec::Pcmu, now);
    assert_eq!(played, Inserted::Duplicate);
}

#[test]
fn one_packet_whose_time_is_over_is_late() {
    let (mut buffer, now) = playing(10);
    let late = buffer.insert(&header(10, 160, 7), &LOUD, Codec::Pcmu, now);
    assert_eq!(late, Inserted::Late);
}

#[test]
fn one_packet_too_far_ahead_is_refused() {
    let (mut buffer, now) = playing(10);
    let ahead = buffer.insert(&header(10, 1_000_000, 7), &LOUD, Codec::Pcmu, now);
    assert_eq!(ahead, Inserted::Full);
    let next = buffer.insert(&header(11, 1760, 7), &LOUD, Codec::Pcmu, now + 40 * MS);
    assert_eq!(next, Inserted::Taken);
}

#[test]
fn three_packets_of_another_time_begin_anew() {
    for jump in [1_000_000u32, 0u32.wrapping_sub(1_000_000)] {
        let (mut buffer, now) = playing(10);
        let insert = |buffer: &mut JitterBuffer, count: u16| {
            let header = header(10 + count, jump.wrapping_add(u32::from(count) * 160), 7);
            buffer.insert(
                &header,
                &LOUD,
                Codec::Pcmu,
                now + u64::from(count + 1) * 20 * MS,
            )
        };
        assert_ne!(insert(&mut buffer, 0), Inserted::Taken);
        assert_ne!(insert(&mut buffer, 1), Inserted::Taken);
        for count in 2..10 {
            assert_eq!(
                insert(&mut buffer, count),
                Inserted::Taken,
                "packet {count} after {jump}"
            );
            buffer.pull(&mut [0; 160], now + u64::from(count + 1) * 20 * MS + 3 * MS);
        }
        assert_eq!(buffer.delay_ms(), 40);
    }
}

#[test]
fn three_packets_of_other_sequence_numbers_begin_anew() {
    let (mut buffer, now) = playing(10);
    let inserted = [40_000, 40_001, 40_002].map(|sequence| {
        let timestamp = 1600 + u32::from(sequence - 40_000) * 160;
        buffer.insert(
            &header(sequence, timestamp, 7),
            &LOUD,
            Codec::Pcmu,
            now + 20 * MS,
        )
    });
    assert_eq!(inserted, [Inserted::Late, Inserted::Late, Inserted::Taken]);
}

#[test]
fn another_source_begins_anew_at_once() {
    let (mut buffer, now) = playing(10);
    let other = header(30_000, 77, 8);
    assert_eq!(
        buffer.insert(&other, &LOUD, Codec::Pcmu, now + 20 * MS),
        Inserted::Taken
    );
    let mut heard = 0;
    for tick in 1..5 {
        heard += buffer
            .pull(&mut [0; 160], now + 20 * tick * MS + 3 * MS)
            .heard_samples;
    }
    assert_eq!(heard, 160);
}

#[test]
fn a_loss_is_concealed_at_full_level_and_then_fades() {
    let (mut buffer, now) = playing(20);
    let mut level = Vec::new();
    let mut concealed = Vec::new();
    // Two packets are still waiting.
    for tick in 1..9 {
        let mut out = [0; 160];
        let pulled = buffer.pull(&mut out, now + 20 * tick * MS + 3 * MS);
        concealed.push(pulled.concealed_samples);
        level.push(
            out.iter()
                .map(|sample| i32::from(sample.unsigned_abs()))
                .sum::<i32>()
                / 160,
        );
    }
    let silent_from = concealed.iter().rposition(|samples| *samples > 0).unwrap() + 1;
    assert_eq!(concealed.iter().sum::<usize>(), 480, "{concealed:?}");
    assert!(
        level.is_sorted_by(|before, after| before >= after),
        "{level:?}"
    );
    assert!(level[silent_from - 3] > level[0] * 8 / 10, "{level:?}");
    assert_eq!(level[silent_from], 0);
}

#[test]
fn a_gap_in_time_without_one_in_sequence_is_silence() {
    let (mut buffer, now) = playing(10);
    buffer.insert(&header(10, 1600, 7), &LOUD, Codec::Pcmu, now + 20 * MS);
    buffer.insert(
        &header(11, 1600 + 320, 7),
        &LOUD,
        Codec::Pcmu,
        now + 20 * MS,
    );
    let mut concealed = 0;
    for tick in 1..5 {
        concealed += buffer
            .pull(&mut [0; 160], now + 20 * tick * MS + 3 * MS)
            .concealed_samples;
    }
    assert_eq!(concealed, 0);
}

/// What `playing` left in the buffer: two packets, less the time between arrival and pull.
const LEFT: usize = 320 - 24;

/// Pulls six packet times from the one after `now` on; returns how many samples were concealed and heard.
fn pull_on(buffer: &mut JitterBuffer, now: u64) -> (usize, usize) {
    (1..=6).fold((0, 0), |(concealed, heard), tick| {
        let pulled = buffer.pull(&mut [0; 160], now + 20 * tick * MS + 3 * MS);
        (
            concealed + pulled.concealed_samples,
            heard + pulled.heard_samples,
        )
    })
}

#[test]
fn nothing_is_made_up_after_a_packet_of_something_else() {
    let (mut buffer, now) = playing(10);
    buffer.note_other(&header(10, 1600, 7), 8000);
    assert_eq!(pull_on(&mut buffer, now), (0, LEFT));
}

#[test]
fn a_loss_after_audio_went_on_is_concealed() {
    let (mut buffer, now) = playing(10);
    buffer.note_other(&header(10, 1600, 7), 8000);
    buffer.note_other(&header(11, 1600, 7), 8000);
    for sequence in [12, 14] {
        let timestamp = 1600 + u32::from(sequence - 10) * 160;
        let header = header(sequence, timestamp, 7);
        buffer.insert(&header, &LOUD, Codec::Pcmu, now + 60 * MS);
    }
    let (concealed, heard) = pull_on(&mut buffer, now);
    assert_eq!((concealed, heard), (160, 320 + 160));
}

#[test]
fn audio_beside_an_event_is_heard_whole() {
    let (mut buffer, now) = playing(10);
    for count in 0..5u16 {
        buffer.note_other(&header(10 + count * 2, 1600, 7), 8000);
        let audio = header(11 + count * 2, 1600 + u32::from(count) * 160, 7);
        let taken = buffer.insert(&audio, &LOUD, Codec::Pcmu, now + 20 * MS);
        assert_eq!(taken, Inserted::Taken);
    }
    assert_eq!(pull_on(&mut buffer, now), (0, 960));
}

#[test]
fn packets_of_another_source_are_not_noted() {
    let (mut buffer, now) = playing(10);
    buffer.note_other(&header(10, 1600, 8), 8000);
    assert_eq!(pull_on(&mut buffer, now), (480, LEFT));
}

#[test]
fn an_empty_packet_is_not_audio() {
    let (mut buffer, now) = playing(10);
    buffer.insert(&header(10, 1600, 7), &[], Codec::Pcmu, now + 20 * MS);
    let after = buffer.insert(&header(11, 1600, 7), &LOUD, Codec::Pcmu, now + 20 * MS);
    assert_eq!(after, Inserted::Taken);
}

#[test]
fn the_codec_may_change_from_packet_to_packet() {
    let mut buffer = JitterBuffer::new(8000);
    for (sequence, codec) in (0u16..).zip([Codec::Pcmu, Codec::Pcma, Codec::Pcmu]) {
        let mut payload = [0; 160];
        codec.encode(&[1000; 160], &mut payload);
        buffer.insert(
            &header(sequence, u32::from(sequence) * 160, 7),
            &payload,
            codec,
            0,
        );
    }
    let mut out = [0; 1440];
    assert_eq!(buffer.pull(&mut out, 3 * MS).heard_samples, 480);
    let heard = out.iter().filter(|sample| (970..1030).contains(*sample));
    assert!(heard.count() >= 400);
}

#[test]
fn leaving_out_and_playing_twice_keep_a_tone_whole() {
    let tone: Vec<i16> = (0..600)
        .map(|index| ((index as f64 * 0.3).sin() * 8000.0) as i16)
        .collect();
    let largest_step = |samples: &[i16]| {
        samples
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .max()
    };
    let lag = stretch::best_offset(&tone, 0, 24..=120, 80);
    let mut out = [0; 160];
    stretch::shrink(&tone, lag, 80, &mut out);
    assert!(largest_step(&out) <= largest_step(&tone).map(|step| step + 100));
    assert_eq!(out[159], tone[159 + lag]);
    let start = stretch::best_offset(&tone, 120, 0..=96, 80);
    stretch::repeat(&tone, 120, 120 - start, 80, &mut out);
    assert!(largest_step(&out) <= largest_step(&tone).map(|step| step + 100));
    assert_eq!(out[159], tone[159 + start]);
}

#[derive(Clone, Debug)]
enum Action {
    Insert {
        sequence: u16,
        timestamp: u32,
        ssrc: u32,
        len: usize,
    },
    Other {
        sequence: u16,
        timestamp: u32,
    },
    Pull(usize),
}

fn any_action() -> impl Strategy<Value = Action> {
    let near = (0u16..400, 0u32..40_000, 0u32..2, 0usize..500);
    let far = (any::<u16>(), any::<u32>(), 0u32..2, 0usize..3000);
    prop_oneof![
        4 => near.prop_map(|(sequence, timestamp, ssrc, len)| Action::Insert { sequence, timestamp, ssrc, len }),
        1 => far.prop_map(|(sequence, timestamp, ssrc, len)| Action::Insert { sequence, timestamp, ssrc, len }),
        1 => (0u16..400, 0u32..40_000).prop_map(|(sequence, timestamp)| Action::Other { sequence, timestamp }),
        3 => (0usize..1200).prop_map(Action::Pull),
    ]
}

proptest! {
    #[test]
    fn any_packets_at_any_times_keep_the_counts_true(
        actions in prop::collection::vec((any_action(), 0u64..100), 0..120),
    ) {
        let mut buffer = JitterBuffer::new(8000);
        let mut now = 0;
        for (action, later) in actions {
            now += later * MS;
            match action {
                Action::Insert { sequence, timestamp, ssrc, len } => {
                    buffer.insert(&header(sequence, timestamp, ssrc), &vec![0x90; len], Codec::Pcma, now);
                }
                Action::Other { sequence, timestamp } => buffer.note_other(&header(sequence, timestamp, 0), 8000),
                Action::Pull(len) => {
                    let pulled = buffer.pull(&mut vec![0; len], now);
                    prop_assert!(pulled.heard_samples + pulled.concealed_samples <= len);
                }
            }
            prop_assert!((20..=120).contains(&buffer.target_ms()));
            prop_assert!(buffer.ring.buffered() <= buffer.ring.capacity());
        }
    }

    #[test]
    fn a_ring_holds_what_a_map_would(
        start in prop_oneof![Just(u32::MAX - 300), any::<u32>()],
        steps in prop::collection::vec((0u32..300, 0usize..200, any::<i16>(), 0usize..120), 1..60),
    ) {
        let mut ring = Ring::new(256);
        ring.reset(start);
        // By distance from the start.
        let mut model: BTreeMap<u64, i16> = BTreeMap::new();
        let mut play = 0u64;
        for (ahead, len, value, advance) in steps {
            let at = play + u64::from(ahead);
            ring.write(start.wrapping_add(at as u32), &vec![value; len]);
            let end = (at + len as u64).min(play + 256);
            model.extend((at..end).map(|place| (place, value)));
            ring.advance(advance);
            play += advance as u64;
            model = model.split_off(&play);
            prop_assert_eq!(ring.buffered(), model.len());
            let mut offset = 0;
            while offset < 256 {
                let (present, run) = ring.run(offset, 256 - offset);
                let mut samples = vec![0; run];
                ring.copy(offset, &mut samples);
                for (index, sample) in samples.iter().enumerate() {
                    let expected = model.get(&(play + (offset + index) as u64));
                    prop_assert_eq!(present, expected.is_some());
                    prop_assert!(expected.is_none_or(|expected| expected == sample));
                }
                prop_assert!(run > 0);
                offset += run;
            }
        }
    }
}

#[test]
fn comfort_noise_is_heard_until_audio_goes_on() {
    let (mut buffer, now) = playing(10);
    // 30 dB below overload: a peak of 1795.
    buffer.note_comfort_noise(&header(10, 1600, 7), &[30]);
    let mut out = [0; 160];
    for tick in 3..100 {
        let pulled = buffer.pull(&mut out, now + 20 * tick * MS + 3 * MS);
        assert_eq!(pulled.concealed_samples, 0);
        if tick > 6 {
            let loudest = out.iter().map(|sample| sample.unsigned_abs()).max();
            assert!((1000..1800).contains(&loudest.unwrap()), "{loudest:?}");
        }
    }
    buffer.note_comfort_noise(&header(11, 1600 + 50 * 160, 7), &[60]);
    buffer.pull(&mut out, now + 2003 * MS);
    assert!(
        out.iter().all(|sample| sample.unsigned_abs() < 60),
        "softer"
    );
    let again = header(12, 1600 + 100 * 160, 7);
    buffer.insert(&again, &LOUD, Codec::Pcmu, now + 2020 * MS);
    let heard = (0..6).map(|tick| buffer.pull(&mut out, now + (2023 + 20 * tick) * MS));
    assert_eq!(heard.map(|pulled| pulled.heard_samples).sum::<usize>(), 160);
}
