use super::*;
use proptest::prelude::*;

/// G.711: a code for each sample.
const LAWS: [Codec; 2] = [Codec::Pcmu, Codec::Pcma];

fn round_trip(codec: Codec, sample: i16) -> (u8, i16) {
    let (mut code, mut back) = ([0], [0]);
    codec.encode(&[sample], &mut code);
    codec.decode(&code, &mut back);
    (code[0], back[0])
}

#[test]
fn names_are_those_of_sdp_in_any_case() {
    for codec in Codec::ALL {
        // Opus has one name at all rates.
        let named = if codec.is_opus() { Codec::Opus } else { codec };
        assert_eq!(Codec::from_name(codec.name()), Some(named));
        assert_eq!(Codec::from_name(&codec.name().to_lowercase()), Some(named));
        assert_eq!(Codec::ALL[codec.index()], codec);
    }
    assert_eq!(Codec::from_name("G729"), None);
    assert_eq!(Codec::Pcmu.payload_type(), Some(0));
    assert_eq!(Codec::Pcma.payload_type(), Some(8));
    assert_eq!(Codec::G722.payload_type(), Some(9));
}

#[test]
fn silence_is_the_code_of_zero() {
    for codec in LAWS {
        assert_eq!(Some(round_trip(codec, 0).0), codec.silence());
    }
}

#[test]
fn the_loudest_samples_have_the_outermost_codes() {
    assert_eq!(round_trip(Codec::Pcmu, i16::MAX), (0x80, 32_124));
    assert_eq!(round_trip(Codec::Pcmu, i16::MIN), (0x00, -32_124));
    assert_eq!(round_trip(Codec::Pcma, i16::MAX), (0xAA, 32_256));
    assert_eq!(round_trip(Codec::Pcma, i16::MIN), (0x2A, -32_256));
}

#[test]
fn a_decoded_code_encodes_to_itself() {
    for codec in LAWS {
        for code in 0..=255u8 {
            let mut sample = [0];
            codec.decode(&[code], &mut sample);
            // Mu-law has two codes for zero.
            let expected = if codec == Codec::Pcmu && code == 0x7F {
                0xFF
            } else {
                code
            };
            assert_eq!(
                round_trip(codec, sample[0]).0,
                expected,
                "{codec:?} {code:#x}"
            );
        }
    }
}

#[test]
fn louder_samples_decode_louder() {
    for codec in LAWS {
        let decoded = (i16::MIN..=i16::MAX).map(|sample| round_trip(codec, sample).1);
        assert!(decoded.is_sorted(), "{codec:?}");
    }
}

/// 16 kHz samples of one tone.
fn tone(hertz: f32, count: usize) -> Vec<i16> {
    let step = 2.0 * std::f32::consts::PI * hertz / 16_000.0;
    (0..count)
        .map(|n| (8000.0 * (step * n as f32).sin()) as i16)
        .collect()
}

#[test]
fn g722_carries_what_g711_cannot() {
    let said = tone(6000.0, 3200);
    let (mut codes, mut heard) = ([0; 1600], [0; 3200]);
    assert_eq!(Codec::G722.encode(&said, &mut codes), 1600);
    assert_eq!(Codec::G722.decode(&codes, &mut heard), 3200);
    let loud = heard[800..]
        .iter()
        .map(|s| f64::from(*s).powi(2))
        .sum::<f64>()
        / 2400.0;
    assert!((loud.sqrt() / 8000.0 - 0.707).abs() < 0.07);
}

#[test]
fn silence_after_a_sound_is_not_heard() {
    let octets_alike = |codec: &Codec| codec.octets_a_ms().is_some();
    for codec in Codec::ALL.into_iter().filter(octets_alike) {
        let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
        let (mut codes, mut heard) = (vec![0; 16_000], [0; 8000]);
        let said = encoder.encode(codec, &tone(500.0, 3200), &mut codes[..3200]);
        let quiet = (0..6).fold(said, |at, _| {
            at + encoder.silence(codec, 40, &mut codes[at..])
        });
        let count = decoder.decode(codec, &codes[..quiet], &mut heard);
        assert!(heard[..count / 4].iter().any(|sample| *sample > 7000));
        let silence = &heard[count * 3 / 4..count];
        assert!(silence.iter().all(|sample| sample.abs() < 16), "{codec:?}");
    }
}

#[test]
fn a_codec_has_a_clock_and_a_sample_rate_of_which_one_is_a_multiple_of_the_other() {
    for codec in Codec::ALL {
        let (clock, samples) = (codec.clock_rate(), codec.sample_rate());
        assert!(clock % samples == 0 || samples % clock == 0, "{codec:?}");
        assert!(matches!(samples, 8000 | 16_000 | 48_000));
        assert!(codec.allows(20) && !codec.allows(0) && !codec.allows(25));
    }
}

#[test]
fn l16_has_the_higher_octet_first() {
    let (mut octets, mut samples) = ([0; 4], [0; 2]);
    assert_eq!(Codec::L16.encode(&[0x0102, -2], &mut octets), 4);
    assert_eq!(octets, [1, 2, 0xFF, 0xFE]);
    assert_eq!(Codec::L16Wide.decode(&octets, &mut samples), 2);
    assert_eq!(samples, [0x0102, -2]);
    assert_eq!(Codec::L16.decode(&octets[..3], &mut samples), 1);
}

#[test]
fn an_encoder_that_followed_what_was_sent_for_it_goes_on_without_a_click() {
    let said = tone(700.0, 6400);
    let (mut recorded, mut live) = ([0; 1600], [0; 1600]);
    Codec::G722.encode(&said[..3200], &mut recorded);
    let mut encoder = Encoder::default();
    encoder.follow(Codec::G722, &recorded);
    encoder.encode(Codec::G722, &said[3200..], &mut live);
    let (mut decoder, mut heard) = (Decoder::default(), [0; 6400]);
    decoder.decode(Codec::G722, &recorded, &mut heard[..3200]);
    decoder.decode(Codec::G722, &live, &mut heard[3200..]);
    // Both filters together delay by 22 samples; the seam itself lies in the encoder's filter.
    let off = |range: std::ops::Range<usize>| {
        let error = range.map(|n| f64::from(heard[n]) - f64::from(said[n - 22]));
        error.map(|e| e * e).sum::<f64>()
    };
    assert!(off(3300..4300) < 3.0 * off(2000..3000));
}

proptest! {
    #[test]
    fn no_sample_is_far_off(sample in any::<i16>()) {
        for codec in LAWS {
            let error = (i32::from(round_trip(codec, sample).1) - i32::from(sample)).abs();
            prop_assert!(error <= i32::from(sample).abs() / 16 + 16, "{codec:?} {error}");
        }
    }

    #[test]
    fn the_shorter_side_sets_the_length(payload in any::<Vec<u8>>(), room in 0usize..200) {
        for codec in LAWS {
            let mut samples = vec![1; room];
            let count = codec.decode(&payload, &mut samples);
            prop_assert_eq!(count, payload.len().min(room));
            let mut codes = vec![0; payload.len()];
            prop_assert_eq!(codec.encode(&samples, &mut codes), count);
        }
    }
}
