use super::*;
use proptest::prelude::*;

const RATE: u32 = 16_000;
const FRAME: usize = 320;

/// Something like voiced speech: pulses of a wandering pitch through two formants, four syllables a second.
fn voice(frames: usize) -> Vec<i16> {
    let rate = f64::from(RATE);
    let mut formants = [(500.0, [0.0; 2]), (1500.0, [0.0; 2])];
    let mut phase = 0.0;
    let sample = |n: usize| {
        let at = n as f64 / rate;
        phase += (180.0 + 30.0 * (6.0 * at).sin()) / rate;
        let pulse = if phase >= 1.0 { 3000.0 } else { 0.0 };
        phase %= 1.0;
        let loud = (4.0 * std::f64::consts::PI * at).sin().abs();
        let mut sum = 0.0;
        for (hertz, past) in &mut formants {
            let turn = std::f64::consts::TAU * *hertz / rate;
            let now = pulse * loud + 1.9 * turn.cos() * past[0] - 0.9025 * past[1];
            *past = [now, past[0]];
            sum += now;
        }
        sum.clamp(-20_000.0, 20_000.0) as i16
    };
    (0..frames * FRAME).map(sample).collect()
}

fn encoded(encoder: &mut Encoder, samples: &[i16]) -> Vec<Vec<u8>> {
    let encode = |frame: &[i16]| {
        let mut room = [0; MAX_OCTETS];
        let count = encoder.encode(frame, &mut room);
        room[..count].to_vec()
    };
    samples.chunks(FRAME).map(encode).collect()
}

/// How alike two signals are at the best of the delays that a codec has, 0 to 1.
fn likeness(said: &[i16], heard: &[i16]) -> f64 {
    let power = |signal: &[i16]| signal.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
    let at = |delay: usize| {
        let (said, heard) = (&said[..said.len() - delay], &heard[delay..]);
        let pairs = said.iter().zip(heard);
        let product: f64 = pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        product / (power(said) * power(heard)).sqrt().max(1.0)
    };
    (0..400).map(at).fold(0.0, f64::max)
}

#[test]
fn voice_comes_back_like_it_was_said() {
    for rate_out in [8000, 16_000, 48_000] {
        let said = voice(50);
        let mut decoder = Decoder::new(rate_out, 1);
        let mut heard = Vec::new();
        for packet in encoded(&mut Encoder::new(RATE, 1), &said) {
            let mut out = vec![0; rate_out as usize / 50];
            assert_eq!(decoder.decode(&packet, &mut out), out.len());
            heard.extend(out);
        }
        if rate_out == RATE {
            let like = likeness(&said, &heard);
            assert!(like > 0.9, "{like}");
        }
        assert!(heard.iter().any(|sample| *sample > 4000), "{rate_out}");
    }
}

#[test]
fn a_packet_says_how_long_it_is() {
    let mut room = [0; MAX_OCTETS];
    for ms in [10, 20, 40, 60] {
        let samples = vec![100; 16 * ms];
        let count = Encoder::new(RATE, 1).encode(&samples, &mut room);
        assert_eq!(duration(&room[..count], 48_000), Some(48 * ms));
    }
    assert_eq!(duration(&[], 48_000), None);
    assert_eq!(Encoder::new(RATE, 1).encode(&[0; 480], &mut room), 0);
    assert_eq!(Encoder::new(RATE, 1).encode(&[0; 320], &mut []), 0);
}

/// Every fifth packet lost: how like the original what is heard in its place is.
fn likeness_where_lost(recover: bool) -> f64 {
    let settings = Settings {
        fec: true,
        expected_loss: 20,
        ..Settings::default()
    };
    let mut encoder = Encoder::new(RATE, 1);
    encoder.apply(&settings);
    let said = voice(100);
    let packets = encoded(&mut encoder, &said);
    let mut whole = Decoder::new(RATE, 1);
    let mut decoder = Decoder::new(RATE, 1);
    let (mut meant, mut heard) = (Vec::new(), Vec::new());
    let mut copies = 0;
    for (index, packet) in packets.iter().enumerate() {
        let (mut truth, mut out) = ([0; FRAME], [0; FRAME]);
        whole.decode(packet, &mut truth);
        if index % 5 != 4 || index + 1 == packets.len() {
            decoder.decode(packet, &mut out);
            continue;
        }
        let count = match recover {
            true => decoder.recover(&packets[index + 1], &mut out),
            false => decoder.conceal(&mut out),
        };
        assert_eq!(count, FRAME);
        copies += usize::from(has_copy(&packets[index + 1]));
        if index > 20 {
            meant.extend(truth);
            heard.extend(out);
        }
    }
    assert!(copies > 10, "{copies}");
    likeness(&meant, &heard)
}

#[test]
fn the_copy_in_the_next_packet_is_better_than_a_guess() {
    let (recovered, guessed) = (likeness_where_lost(true), likeness_where_lost(false));
    assert!(
        recovered > 0.9 && recovered > guessed,
        "{recovered} {guessed}"
    );
}

#[test]
fn silence_needs_hardly_a_packet_with_dtx() {
    let mut encoder = Encoder::new(RATE, 1);
    encoder.apply(&Settings {
        dtx: true,
        ..Settings::default()
    });
    let packets = encoded(&mut encoder, &vec![0; 100 * FRAME]);
    let needed = packets.iter().filter(|packet| packet.len() > 2).count();
    assert!(needed < 40, "{needed}");
}

#[test]
fn a_higher_bit_rate_makes_longer_packets() {
    let octets = |bit_rate| {
        let mut encoder = Encoder::new(RATE, 1);
        encoder.apply(&Settings {
            bit_rate,
            ..Settings::default()
        });
        let packets = encoded(&mut encoder, &voice(50));
        packets.iter().map(Vec::len).sum::<usize>()
    };
    let (many, few) = (octets(40_000), octets(12_000));
    assert!(many > few * 3 / 2, "{many} {few}");
}

#[test]
fn a_copied_encoder_goes_on_where_the_other_stood() {
    let said = voice(20);
    let mut first = Encoder::new(RATE, 1);
    encoded(&mut first, &said[..10 * FRAME]);
    let mut second = Encoder::new(RATE, 1);
    second.copy_from(&first);
    let rest = &said[10 * FRAME..];
    assert_eq!(encoded(&mut first, rest), encoded(&mut second, rest));
}

proptest! {
    #[test]
    fn any_octets_make_samples_or_nothing(
        packets in prop::collection::vec((0u8..3, prop::collection::vec(any::<u8>(), 0..300)), 0..20),
        rate in prop::sample::select(vec![8000u32, 16_000, 48_000]),
        channels in 1usize..3,
    ) {
        let mut decoder = Decoder::new(rate, channels);
        let most = (rate / 1000 * LONGEST_PACKET_MS) as usize;
        let mut out = vec![0; most * channels];
        for (way, octets) in packets {
            has_copy(&octets);
            let frame = &mut out[..rate as usize / 50 * channels];
            let count = match way {
                0 => decoder.recover(&octets, frame),
                1 => decoder.conceal(frame),
                _ => decoder.decode(&octets, &mut out),
            };
            prop_assert!(count <= most);
            if let (2, Some(length)) = (way, duration(&octets, rate)) {
                prop_assert!(count == 0 || count == length);
            }
        }
    }

    #[test]
    fn any_samples_make_a_packet_of_their_length(
        frames in prop::collection::vec(prop::collection::vec(any::<i16>(), FRAME), 1..5),
        bit_rate in 0u32..600_000,
        complexity in 0u8..11,
    ) {
        let mut encoder = Encoder::new(RATE, 1);
        encoder.apply(&Settings { bit_rate, complexity, ..Settings::default() });
        let mut room = [0; MAX_OCTETS];
        for frame in frames {
            let count = encoder.encode(&frame, &mut room);
            prop_assert_eq!(duration(&room[..count], RATE), Some(FRAME));
        }
    }
}
