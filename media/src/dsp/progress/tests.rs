use std::f32::consts::PI;

use super::cadence::Row;
use super::*;
use proptest::prelude::*;
use ProgressTone::*;

/// Of a full-scale sine at 0 dBm0, in samples.
const PEAK: f32 = 22_827.0;

/// Noise of a fixed seed, about Gaussian.
struct Noise(u32);

impl Noise {
    fn next(&mut self, level: f32) -> f32 {
        let mut uniform = || {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        level * (uniform() + uniform() + uniform())
    }
}

/// Sounds one after the other: Hz together, or none, and ms. At `dbm0` together, in noise 15 dB below, as mu-law has it.
fn heard(parts: &[(&[f32], u32)], dbm0: f32) -> Vec<i16> {
    let (mut samples, mut noise) = (Vec::new(), Noise(1));
    let peak = PEAK * 10f32.powf(dbm0 / 20.0);
    for (hertz, ms) in parts {
        let each = peak / (hertz.len().max(1) as f32).sqrt();
        for n in 0..ms * 8 {
            let phase = |hertz: &f32| (2.0 * PI * hertz * n as f32 / 8000.0 + hertz).sin();
            let tone: f32 = hertz.iter().map(phase).sum();
            let level = peak / 2f32.sqrt() * 10f32.powf(-15.0 / 20.0);
            samples.push((each * tone + noise.next(level)) as i16);
        }
    }
    let (mut encoder, mut codes) = (crate::codec::Encoder::default(), vec![0; samples.len()]);
    let codec = crate::codec::Codec::Pcmu;
    encoder.encode(codec, &samples, &mut codes);
    let mut decoder = crate::codec::Decoder::default();
    decoder.decode(codec, &codes, &mut samples);
    samples
}

fn found(samples: &[i16], rows: &[Row], wanted: &[ProgressTone]) -> Vec<Found> {
    let wanted = wanted
        .iter()
        .fold(Wanted::default(), |all, one| all.with(*one));
    let (mut detector, mut found) = (ProgressDetector::new(rows, wanted), Vec::new());
    for frame in samples.chunks(160) {
        detector.receive(frame, |one| found.push(one));
    }
    found
}

fn tones(found: &[Found]) -> Vec<ProgressTone> {
    found.iter().map(|found| found.tone).collect()
}

fn north_america() -> Vec<Row> {
    vec![
        Row::new(Dial, &[350.0, 440.0], &[1000]).unwrap(),
        Row::new(Ringback, &[440.0, 480.0], &[2000, 4000]).unwrap(),
        Row::new(Busy, &[480.0, 620.0], &[500, 500]).unwrap(),
        Row::new(Congestion, &[480.0, 620.0], &[250, 250]).unwrap(),
    ]
}

fn spain() -> Vec<Row> {
    vec![
        Row::new(Dial, &[425.0], &[1000]).unwrap(),
        Row::new(Ringback, &[425.0], &[1500, 3000]).unwrap(),
        Row::new(Busy, &[425.0], &[200, 200]).unwrap(),
        Row::new(Congestion, &[425.0], &[200, 200, 200, 200, 200, 600]).unwrap(),
    ]
}

/// So many rounds of it, after silence.
fn rounds(hertz: &[f32], steps: &[u32], count: usize, scale: f32, dbm0: f32) -> Vec<i16> {
    let mut parts: Vec<(&[f32], u32)> = vec![(&[], 500)];
    for _ in 0..count {
        for (place, ms) in steps.iter().enumerate() {
            let hertz = if place % 2 == 0 { hertz } else { &[] };
            parts.push((hertz, (*ms as f32 * scale) as u32));
        }
    }
    heard(&parts, dbm0)
}

#[test]
fn tones_with_pauses_are_found_at_the_limits_of_level_frequency_and_cadence() {
    let cases: [(&[Row], ProgressTone, &[f32], &[u32]); 5] = [
        (&north_america(), Ringback, &[440.0, 480.0], &[2000, 4000]),
        (&north_america(), Busy, &[480.0, 620.0], &[500, 500]),
        (&north_america(), Congestion, &[480.0, 620.0], &[250, 250]),
        (&spain(), Busy, &[425.0], &[200, 200]),
        (
            &spain(),
            Congestion,
            &[425.0],
            &[200, 200, 200, 200, 200, 600],
        ),
    ];
    for (rows, tone, hertz, steps) in cases {
        let count = if steps[0] > 1000 { 1 } else { 4 };
        for (dbm0, off, scale) in [(-35.0, 0.98, 1.2), (0.0, 1.02, 0.8)] {
            let shifted: Vec<f32> = hertz.iter().map(|hertz| hertz * off).collect();
            let samples = rounds(&shifted, steps, count, scale, dbm0);
            let told = tones(&found(&samples, rows, &[]));
            assert_eq!(told, [tone], "{dbm0} dBm0, x {off}, cadence x {scale}");
        }
    }
}

#[test]
fn a_dial_tone_is_told_when_no_other_is_on_for_so_long() {
    let samples = heard(&[(&[], 300), (&[350.0, 440.0], 6000), (&[], 1000)], -20.0);
    let told = found(&samples, &north_america(), &[]);
    assert_eq!(tones(&told), [Dial]);
    assert!((2400..2600).contains(&told[0].lasted_ms), "{told:?}");
}

#[test]
fn a_tone_beside_the_frequency_is_none() {
    for off in [0.93, 1.07] {
        let samples = rounds(&[425.0 * off], &[200, 200], 4, 1.0, -13.0);
        assert_eq!(found(&samples, &spain(), &[]), []);
    }
}

#[test]
fn each_tone_is_told_once_and_the_next_one_as_well() {
    let mut samples = rounds(&[425.0], &[1500, 3000], 2, 1.0, -13.0);
    samples.extend(rounds(&[425.0], &[200, 200], 6, 1.0, -13.0));
    samples.extend(heard(&[(&[], 6000)], -13.0));
    samples.extend(rounds(&[425.0], &[200, 200], 6, 1.0, -13.0));
    assert_eq!(
        tones(&found(&samples, &spain(), &[])),
        [Ringback, Busy, Busy]
    );
}

#[test]
fn special_information_is_three_rising_tones() {
    for (dbm0, off, ms) in [(-35.0, 0.98, 270), (-20.0, 1.0, 330), (0.0, 1.02, 380)] {
        let hertz = [950.0 * off, 1400.0 * off, 1800.0 * off];
        let [low, middle, high] = [&hertz[..1], &hertz[1..2], &hertz[2..]];
        let parts = [
            (&[][..], 500),
            (low, ms),
            (middle, ms),
            (&[], 20),
            (high, ms),
            (&[], 500),
        ];
        let told = tones(&found(
            &heard(&parts, dbm0),
            &[],
            &[SpecialInformation, Beep],
        ));
        assert_eq!(told, [SpecialInformation]);
        let falling = [
            (&[][..], 500),
            (high, ms),
            (middle, ms),
            (low, ms),
            (&[], 500),
        ];
        assert_eq!(
            found(&heard(&falling, dbm0), &[], &[SpecialInformation]),
            []
        );
    }
}

#[test]
fn north_americas_special_information_says_what_it_means() {
    let codes: [(Meaning, f32, u32, f32, u32); 5] = [
        (Meaning::Intercept, 913.8, 274, 1370.6, 274),
        (Meaning::VacantCode, 985.2, 380, 1370.6, 274),
        (Meaning::Reorder, 913.8, 274, 1428.5, 380),
        (Meaning::NoCircuit, 985.2, 380, 1428.5, 380),
        (Meaning::Unspecified, 950.0, 330, 1400.0, 330),
    ];
    for (meaning, first, first_ms, second, second_ms) in codes {
        let (first, second) = ([first], [second]);
        let parts: [(&[f32], u32); 5] = [
            (&[], 300),
            (&first, first_ms),
            (&second, second_ms),
            (&[1776.7], 380),
            (&[], 300),
        ];
        let told = found(&heard(&parts, -24.0), &[], &[SpecialInformation]);
        assert_eq!(
            told.iter().map(|found| found.meaning).collect::<Vec<_>>(),
            [meaning]
        );
    }
}

#[test]
fn each_burst_of_a_fax_machines_calling_tone_is_told() {
    for (dbm0, hertz, ms) in [
        (-35.0, 1078.0, 425),
        (-20.0, 1100.0, 500),
        (0.0, 1122.0, 575),
    ] {
        let burst: [(&[f32], u32); 2] = [(&[hertz], ms), (&[], 500)];
        let samples = heard(&[[(&[][..], 400), (&[], 0)], burst, burst].concat(), dbm0);
        assert_eq!(tones(&found(&samples, &[], &[FaxCalling])), [FaxCalling; 2]);
    }
    for ms in [200, 800] {
        let samples = heard(&[(&[], 400), (&[1100.0], ms), (&[], 300)], -20.0);
        assert_eq!(found(&samples, &[], &[FaxCalling]), []);
    }
}

#[test]
fn the_answer_tone_is_told_once_with_its_reversals_or_without() {
    for dbm0 in [-35.0, -12.0] {
        let samples = heard(&[(&[], 400), (&[2100.0], 1500), (&[], 100)], dbm0);
        assert_eq!(tones(&found(&samples, &[], &[AnswerTone])), [AnswerTone]);
        for first in [100, 450] {
            let mut reversed = samples.clone();
            for (n, sample) in reversed[3200..].iter_mut().enumerate() {
                if (n + (450 - first) * 8) / 3600 % 2 == 1 {
                    *sample = -*sample;
                }
            }
            let told = tones(&found(&reversed, &[], &[AnswerTone]));
            assert_eq!(told, [AnswerToneReversed], "first after {first} ms");
        }
    }
}

/// Syllables of noise, about as a talker is loud.
fn speech(ms: u32) -> Vec<i16> {
    let mut noise = Noise(7);
    (0..ms * 8)
        .map(|n| (noise.next(1500.0) * (2.0 * PI * n as f32 / 1600.0).sin().abs()) as i16)
        .collect()
}

#[test]
fn a_beep_is_one_steady_tone_after_speech_with_quiet_after_it() {
    for (hertz, ms) in [(410.0, 100), (1000.0, 200), (1990.0, 1900)] {
        let beep = heard(&[(&[], 200), (&[hertz], ms), (&[], 500)], -20.0);
        let after_speech = [speech(600), beep.clone()].concat();
        let told = found(&after_speech, &[], &[Beep]);
        assert_eq!(tones(&told), [Beep], "{hertz} Hz, {ms} ms");
        assert!(told[0].lasted_ms.abs_diff(ms) <= 30, "{told:?}");
        assert_eq!(found(&beep, &[], &[Beep]), [], "nothing was said");
        let goes_on = [
            speech(600),
            beep[..(200 + ms as usize) * 8].to_vec(),
            speech(400),
        ];
        assert_eq!(found(&goes_on.concat(), &[], &[Beep]), [], "no quiet");
    }
}

#[test]
fn a_burst_of_the_networks_own_tones_is_no_beep() {
    let busy = heard(&[(&[425.0], 200), (&[], 600)], -15.0);
    let samples = [speech(600), busy].concat();
    assert_eq!(found(&samples, &spain(), &[Beep]), []);
    assert_eq!(
        tones(&found(&samples, &north_america()[2..], &[Beep])),
        [Beep]
    );
}

#[test]
fn noise_speech_and_keys_hold_no_tone() {
    let all = [SpecialInformation, FaxCalling, AnswerTone, Beep];
    let mut keys = vec![0; 800];
    for key in b"123A456B789C*0#D" {
        let start = keys.len();
        keys.resize(start + 800, 0);
        let mut generator = crate::dsp::dtmf_generator::DtmfGenerator::new(*key, 8000).unwrap();
        generator.fill(&mut keys[start..]);
        keys.resize(keys.len() + 800, 0);
    }
    for rows in [north_america(), spain()] {
        for samples in [&heard(&[(&[], 5000)], 0.0), &speech(5000), &keys] {
            assert_eq!(found(samples, &rows, &all), []);
        }
    }
}

#[test]
fn rows_that_no_network_has_are_refused() {
    assert_eq!(Row::new(Busy, &[], &[500, 500]), None);
    assert_eq!(Row::new(Busy, &[425.0; 4], &[500, 500]), None);
    assert_eq!(Row::new(Busy, &[100.0], &[500, 500]), None);
    assert_eq!(Row::new(Busy, &[425.0], &[500, 500, 500]), None);
    assert_eq!(Row::new(Busy, &[425.0], &[]), None);
    assert_eq!(Row::new(Busy, &[f32::NAN], &[500, 500]), None);
}

proptest! {
    // Each case looks at seconds of sound.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn frames_of_any_length_find_the_same(lengths in prop::collection::vec(1usize..700, 1..30)) {
        let samples = rounds(&[425.0], &[200, 200], 3, 1.0, -13.0);
        let mut detector = ProgressDetector::new(&spain(), Wanted::default());
        let (mut rest, mut lengths) = (samples.as_slice(), lengths.into_iter().cycle());
        let mut told = Vec::new();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(lengths.next().unwrap().min(rest.len()));
            detector.receive(now, |found| told.push(found));
            rest = later;
        }
        prop_assert_eq!(told, found(&samples, &spain(), &[]));
    }
}
