use super::*;
use proptest::prelude::*;

fn round_trip(codec: Codec, sample: i16) -> (u8, i16) {
    let (mut code, mut back) = ([0], [0]);
    codec.encode(&[sample], &mut code);
    codec.decode(&code, &mut back);
    (code[0], back[0])
}

#[test]
fn names_are_those_of_sdp_in_any_case() {
    for codec in Codec::ALL {
        assert_eq!(Codec::from_name(codec.name()), Some(codec));
        assert_eq!(Codec::from_name(&codec.name().to_lowercase()), Some(codec));
        assert_eq!(Codec::ALL[codec.index()], codec);
    }
    assert_eq!(Codec::from_name("G722"), None);
    assert_eq!(Codec::Pcmu.payload_type(), 0);
    assert_eq!(Codec::Pcma.payload_type(), 8);
}

#[test]
fn silence_is_the_code_of_zero() {
    for codec in Codec::ALL {
        assert_eq!(round_trip(codec, 0).0, codec.silence());
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
    for codec in Codec::ALL {
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
    for codec in Codec::ALL {
        let decoded = (i16::MIN..=i16::MAX).map(|sample| round_trip(codec, sample).1);
        assert!(decoded.is_sorted(), "{codec:?}");
    }
}

proptest! {
    #[test]
    fn no_sample_is_far_off(sample in any::<i16>()) {
        for codec in Codec::ALL {
            let error = (i32::from(round_trip(codec, sample).1) - i32::from(sample)).abs();
            prop_assert!(error <= i32::from(sample).abs() / 16 + 16, "{codec:?} {error}");
        }
    }

    #[test]
    fn the_shorter_side_sets_the_length(payload in any::<Vec<u8>>(), room in 0usize..200) {
        for codec in Codec::ALL {
            let mut samples = vec![1; room];
            let count = codec.decode(&payload, &mut samples);
            prop_assert_eq!(count, payload.len().min(room));
            let mut codes = vec![0; payload.len()];
            prop_assert_eq!(codec.encode(&samples, &mut codes), count);
        }
    }
}
