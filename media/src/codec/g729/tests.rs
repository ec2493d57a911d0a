use super::*;
use proptest::prelude::*;

/// A voice of a pitch and two formants that come and go.
fn speech(count: usize) -> Vec<i16> {
    (0..count)
        .map(|n| {
            let t = n as f32 / 8000.0;
            let loud = 0.3 + 0.7 * (t * 9.0).sin().abs();
            let pulse = 1.0 - (t * 120.0).fract() * 2.0;
            let ring = |hertz: f32| (t * hertz * std::f32::consts::TAU).sin();
            (loud * (2500.0 * pulse + 1500.0 * ring(500.0) + 700.0 * ring(1500.0))) as i16
        })
        .collect()
}

fn correlation(a: &[i16], b: &[i16]) -> f64 {
    let dot = |x: &[i16], y: &[i16]| -> f64 {
        x.iter()
            .zip(y)
            .map(|(p, q)| f64::from(*p) * f64::from(*q))
            .sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1.0)
}

/// None, and a word why, where the library is not installed.
fn pair(rate: u32) -> Option<(Encoder, Decoder)> {
    let both = Encoder::new(false).zip(Decoder::new(rate));
    if both.is_none() {
        println!("skipped: {MISSING}");
    }
    both
}

#[test]
fn what_is_encoded_sounds_like_it_was() {
    let Some((mut encoder, mut decoder)) = pair(8000) else {
        return;
    };
    let spoken = speech(16_000);
    let mut octets = [0; 2000];
    assert_eq!(encoder.encode(&spoken, &mut octets), 2000);
    let mut heard = vec![0; 16_000];
    assert_eq!(decoder.decode(&octets, &mut heard), 16_000);
    // The encoder looks 5 ms ahead, and filters delay as well.
    let delayed = (0..160).map(|lag| correlation(&spoken[4000..15_800], &heard[4000 + lag..]));
    let alike = delayed.fold(0.0, f64::max);
    // It keeps the sound, not the wave.
    assert!(alike > 0.5, "{alike}");
}

#[test]
fn lost_frames_go_on_for_a_while_and_fade() {
    let Some((mut encoder, mut decoder)) = pair(8000) else {
        return;
    };
    let mut octets = [0; 1000];
    encoder.encode(&speech(8000), &mut octets);
    decoder.decode(&octets, &mut [0; 8000]);
    let mut lost = [0; 1600];
    assert_eq!(decoder.conceal(&mut lost), 1600);
    let power = |part: &[i16]| part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    assert!(power(&lost[..80]) > 1e6);
    assert!(power(&lost[1520..]) < power(&lost[..80]) / 4.0);
}

#[test]
fn wideband_legs_hear_it_at_their_rate() {
    for (rate, samples) in [(16_000, 320), (48_000, 960)] {
        let Some((mut encoder, mut decoder)) = pair(rate) else {
            return;
        };
        let mut octets = [0; 20];
        encoder.encode(&speech(160), &mut octets);
        assert_eq!(decoder.duration(&octets), Some(samples));
        assert_eq!(decoder.decode(&octets, &mut [0; 1000]), samples);
        assert_eq!(decoder.conceal(&mut [0; 1000]), 960);
    }
    assert!(Decoder::new(44_100).is_none());
}

#[test]
fn a_description_of_silence_stands_for_noise_as_loud_as_it_says() {
    let Some((_, mut decoder)) = pair(8000) else {
        return;
    };
    // The last five bits before the spare one are the gain.
    let levels = [0x01u8, 0x10, 0x1F].map(|gain| decoder.level(&[0x20, gain << 1]));
    assert!(levels[0] > levels[1] && levels[1] > levels[2], "{levels:?}");
}

#[test]
fn silence_is_described_and_speech_begins_at_its_frame() {
    let Some(mut encoder) = Encoder::new(true) else {
        return println!("skipped: {MISSING}");
    };
    let spoken = speech(16_000);
    let mut said = spoken.clone();
    said.extend(vec![0; 24_000]);
    said.extend(&spoken);
    let mut sent = Vec::new();
    for samples in said.chunks_exact(2 * FRAME) {
        let mut octets = [0; 2 * FRAME_LEN];
        let count = encoder.encode(samples, &mut octets);
        let (frames, description) = split(&octets[..count]).unwrap_or_default();
        assert!(frames.len() + encoder.left_out() / FRAME * FRAME_LEN <= 2 * FRAME_LEN);
        sent.push((frames.len(), description.is_some()));
    }
    let speaking = sent[20..95].iter().filter(|one| one.0 == 2 * FRAME_LEN);
    assert_eq!(speaking.count(), 75);
    let silent = &sent[150..250];
    assert!(silent.iter().all(|one| one.0 == 0));
    assert!(silent.iter().filter(|one| one.1).count() < 20);
    assert!(sent[100..250].iter().any(|one| one.1));
    assert!(sent[260..340].iter().all(|one| one.0 > 0));
}

#[test]
fn payloads_are_whole_frames_and_perhaps_a_description() {
    assert_eq!(split(&[0; 20]), Some((&[0; 20][..], None)));
    assert_eq!(split(&[7; 12]), Some((&[7; 10][..], Some(&[7; 2][..]))));
    assert_eq!(split(&[7; 2]), Some((&[][..], Some(&[7; 2][..]))));
    for wrong in [0, 1, 5, 13, 19] {
        assert_eq!(split(&vec![0; wrong]), None);
    }
}

proptest! {
    #[test]
    fn any_payload_is_decoded_to_as_many_samples_as_it_says(payload in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Some(mut decoder) = Decoder::new(8000) {
            let mut room = [0; 640];
            let duration = decoder.duration(&payload);
            prop_assert_eq!(decoder.decode(&payload, &mut room), duration.unwrap_or(0));
            decoder.conceal(&mut room);
        }
    }
}
