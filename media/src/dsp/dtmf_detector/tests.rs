use super::*;
use crate::dsp::dtmf_generator::DtmfGenerator;
use proptest::prelude::*;

const ALL: &[u8; 16] = b"123A456B789C*0#D";

/// Keys of `on` samples with `off` samples of silence after each.
fn keyed(keys: &[u8], on: usize, off: usize) -> Vec<i16> {
    let mut samples = vec![0; 333];
    for &key in keys {
        let start = samples.len();
        samples.resize(start + on, 0);
        DtmfGenerator::new(key, 8000)
            .unwrap()
            .fill(&mut samples[start..]);
        samples.resize(samples.len() + off, 0);
    }
    samples
}

fn found(samples: &[i16], frame: usize) -> Vec<Digit> {
    let (mut detector, mut digits) = (DtmfDetector::new(), Vec::new());
    for frame in samples.chunks(frame) {
        detector.receive(frame, |digit| digits.push(digit));
    }
    digits
}

fn keys(digits: &[Digit]) -> Vec<u8> {
    digits
        .iter()
        .filter_map(|digit| match digit {
            Digit::Started { digit } => Some(*digit),
            Digit::Ended { .. } => None,
        })
        .collect()
}

#[test]
fn every_key_is_found_once_at_forty_milliseconds_on_and_off() {
    assert_eq!(keys(&found(&keyed(ALL, 320, 320), 160)), ALL);
}

#[test]
fn the_same_key_again_is_two_presses() {
    assert_eq!(keys(&found(&keyed(b"5555", 320, 320), 160)), b"5555");
}

#[test]
fn the_length_is_that_of_the_tone_to_ten_milliseconds() {
    for on_ms in [40, 60, 100, 250, 1000] {
        let digits = found(&keyed(b"7", on_ms * 8, 800), 160);
        let Some(Digit::Ended { duration_ms, .. }) = digits.last() else {
            panic!("no end of {on_ms} ms in {digits:?}");
        };
        assert!(
            duration_ms.abs_diff(on_ms as u32) <= 10,
            "{on_ms} ms became {duration_ms}"
        );
    }
}

#[test]
fn a_tone_too_short_is_no_key() {
    assert_eq!(found(&keyed(ALL, 160, 400), 160), []);
}

#[test]
fn one_tone_of_two_is_no_key() {
    let tone: Vec<i16> = (0..4000)
        .map(|n| (8000.0 * (2.0 * std::f32::consts::PI * 697.0 * n as f32 / 8000.0).sin()) as i16)
        .collect();
    assert_eq!(found(&tone, 160), []);
}

#[test]
fn what_is_heard_before_suspicion_is_less_than_a_receiver_takes_for_a_key() {
    let samples = keyed(b"1", 800, 800);
    for start in (0..160).step_by(8) {
        let mut detector = DtmfDetector::new();
        let mut leaked = 0;
        for frame in samples[start..].chunks(160) {
            if !detector.receive(frame, |_| {}) {
                leaked += frame.iter().filter(|sample| **sample != 0).count();
            }
        }
        // ITU-T Q.24: shorter than 20 to 24 ms is no signal.
        assert!(leaked < 180, "{leaked} samples");
    }
}

#[test]
fn silence_is_no_key() {
    assert_eq!(found(&[0; 16_000], 160), []);
}

proptest! {
    #[test]
    fn frames_of_any_length_find_the_same(lengths in prop::collection::vec(1usize..500, 1..50)) {
        let samples = keyed(b"19*D", 400, 400);
        let (mut detector, mut digits) = (DtmfDetector::new(), Vec::new());
        let (mut rest, mut lengths) = (samples.as_slice(), lengths.into_iter().cycle());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(lengths.next().unwrap().min(rest.len()));
            detector.receive(now, |digit| digits.push(digit));
            rest = later;
        }
        prop_assert_eq!(digits, found(&samples, 160));
    }

    #[test]
    fn any_samples_start_and_end_in_turn(samples in prop::collection::vec(any::<i16>(), 0..4000)) {
        let mut held = None;
        for digit in found(&samples, 160) {
            match digit {
                Digit::Started { digit } => prop_assert_eq!(held.replace(digit), None),
                Digit::Ended { digit, .. } => prop_assert_eq!(held.take(), Some(digit)),
            }
        }
    }
}
