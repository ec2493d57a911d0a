use super::{header, MS};
use crate::codec::g729::{self, Encoder};
use crate::codec::{Codec, Prepared};
use crate::jitter::{Inserted, JitterBuffer, Pulled};
use proptest::prelude::*;

const TICK: usize = 160;

/// None, and a word why, where the library is not installed.
fn buffer(rate: u32) -> Option<JitterBuffer> {
    if !g729::is_there() {
        println!("skipped: {}", g729::MISSING);
        return None;
    }
    let what = Prepared::default().and_for(Codec::G729);
    Some(JitterBuffer::with(rate, what))
}

fn speech(packets: usize) -> Vec<Vec<u8>> {
    let sample = |n: usize| {
        let t = n as f32 / 8000.0;
        let ring = |hertz: f32| (t * hertz * std::f32::consts::TAU).sin();
        (3000.0 * (1.0 - 2.0 * (t * 110.0).fract()) + 2000.0 * ring(600.0)) as i16
    };
    let said: Vec<i16> = (0..packets * TICK).map(sample).collect();
    let mut encoder = Encoder::new(false).unwrap();
    let encode = |samples: &[i16]| {
        let mut room = vec![0; 20];
        assert_eq!(encoder.encode(samples, &mut room), 20);
        room
    };
    said.chunks(TICK).map(encode).collect()
}

/// Packets with their sequence numbers and timestamps, each 5 ms after its time; a pull every 20 ms.
fn hear(
    buffer: &mut JitterBuffer,
    packets: &[(u16, u32, Vec<u8>)],
    ticks: usize,
) -> (Vec<i16>, Pulled) {
    let (mut heard, mut sum, mut next) = (Vec::new(), Pulled::default(), 0);
    let samples = buffer.sample_rate() as usize / 50;
    for tick in 0..ticks as u64 {
        let now = (tick + 1) * 20 * MS;
        while let Some((sequence, timestamp, payload)) = packets.get(next) {
            let came = u64::from(*timestamp) / 8 * MS + 5 * MS;
            if came > now {
                break;
            }
            let header = header(*sequence, *timestamp, 7);
            assert_eq!(
                buffer.insert(&header, payload, Codec::G729, came),
                Inserted::Taken
            );
            next += 1;
        }
        let mut out = vec![0; samples];
        let pulled = buffer.pull(&mut out, now);
        heard.extend(out);
        sum.heard_samples += pulled.heard_samples;
        sum.concealed_samples += pulled.concealed_samples;
    }
    (heard, sum)
}

fn level(samples: &[i16]) -> f64 {
    let power: f64 = samples.iter().map(|x| f64::from(*x).powi(2)).sum();
    (power / samples.len() as f64).sqrt()
}

fn numbered(packets: Vec<Vec<u8>>) -> Vec<(u16, u32, Vec<u8>)> {
    (0..)
        .zip((0..).step_by(TICK))
        .zip(packets)
        .map(|((n, at), one)| (n, at, one))
        .collect()
}

#[test]
fn packets_are_heard_and_what_is_lost_is_made_up_by_the_decoder() {
    for rate in [8000, 16_000] {
        let Some(mut buffer) = buffer(rate) else {
            return;
        };
        let mut packets = numbered(speech(100));
        packets.remove(50);
        let (heard, sum) = hear(&mut buffer, &packets, 100);
        let tick = rate as usize / 50;
        assert_eq!(sum.concealed_samples, tick, "{rate}");
        // It went on so evenly that no tick of a lasting voice is soft.
        let levels: Vec<f64> = heard[10 * tick..99 * tick]
            .chunks(tick)
            .map(level)
            .collect();
        let middle = level(&heard[10 * tick..99 * tick]);
        assert!(levels.iter().all(|one| *one > middle / 3.0), "{levels:?}");
    }
}

#[test]
fn a_pause_that_is_described_is_noise_and_nothing_is_missing() {
    // Alone, and behind the last frames of a word.
    for is_alone in [true, false] {
        let Some(mut buffer) = buffer(8000) else {
            return;
        };
        let spoken = speech(60);
        let mut packets = numbered(spoken[..30].to_vec());
        let description = vec![0x20, 0x18];
        let mut sequence = 30;
        if is_alone {
            packets.push((30, 30 * TICK as u32, description));
            sequence = 31;
        } else {
            packets[29].2.extend(description);
        }
        for (n, one) in (0..).zip(&spoken[30..]) {
            packets.push((sequence + n as u16, (80 + n) * TICK as u32, one.clone()));
        }
        let (heard, sum) = hear(&mut buffer, &packets, 110);
        assert_eq!(sum.concealed_samples, 0, "{is_alone}");
        let pause = &heard[36 * TICK..78 * TICK];
        let levels: Vec<f64> = pause.chunks(TICK).map(level).collect();
        let loud = level(pause);
        assert!((2.0..2000.0).contains(&loud), "{loud}");
        assert!(
            levels.iter().all(|one| (one / loud - 1.0).abs() < 0.5),
            "{levels:?}"
        );
        assert!(level(&heard[84 * TICK..108 * TICK]) > 1000.0);
    }
}

#[test]
fn who_has_no_decoder_takes_no_packet() {
    let mut buffer = JitterBuffer::new(8000);
    let taken = buffer.insert(&header(1, 0, 7), &[0; 20], Codec::G729, 0);
    assert_eq!(taken, Inserted::Malformed);
}

proptest! {
    #[test]
    fn any_packets_in_any_order_leave_an_even_stream(
        arrivals in prop::collection::vec((0..40u16, prop::collection::vec(any::<u8>(), 0..32)), 0..60)
    ) {
        let Some(mut buffer) = buffer(8000) else {
            return Ok(());
        };
        for (tick, (sequence, payload)) in (0u64..).zip(arrivals) {
            let header = header(sequence, u32::from(sequence) * TICK as u32, 7);
            buffer.insert(&header, &payload, Codec::G729, tick * 10 * MS);
            let pulled = buffer.pull(&mut [0; TICK / 2], tick * 10 * MS);
            prop_assert!(pulled.heard_samples + pulled.concealed_samples <= TICK / 2);
        }
    }
}
