//! What the signal processing of one leg costs: nanoseconds for a frame of 20 ms, on one core.

use std::hint::black_box;
use std::time::Instant;

use _native::codec::g722::{Decoder, Encoder};
use _native::dsp::dtmf_detector::DtmfDetector;
use _native::dsp::dtmf_generator::DtmfGenerator;
use _native::dsp::half_band::HalfBand;
use _native::dsp::progress::cadence::Row;
use _native::dsp::progress::{ProgressDetector, ProgressTone, Wanted};
use _native::dsp::third_band::ThirdBand;

const FRAMES: u32 = 20_000;

fn measure(name: &str, mut step: impl FnMut()) {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let began = Instant::now();
        for _ in 0..FRAMES {
            step();
        }
        best = best.min(began.elapsed().as_nanos() as f64 / f64::from(FRAMES));
    }
    println!("{name:<34} {best:>7.0} ns");
}

/// Noise of a fixed seed, about as loud as a talker.
fn noise(samples: usize) -> Vec<i16> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 20) as i16 - 2048
    };
    (0..samples).map(|_| next()).collect()
}

fn main() {
    let (narrow, wide) = (noise(160), noise(320));
    let mut tone = vec![0; 160];
    if let Some(mut generator) = DtmfGenerator::new(b'5', 8000) {
        generator.fill(&mut tone);
    }
    for (name, frame) in [
        ("DTMF detector, silence", &vec![0; 160]),
        ("DTMF detector, noise", &narrow),
        ("DTMF detector, tone", &tone),
    ] {
        let mut detector = DtmfDetector::new();
        measure(name, || {
            black_box(detector.receive(black_box(frame), |digit| {
                black_box(digit);
            }));
        });
    }
    let rows: Vec<Row> = [
        (ProgressTone::Ringback, [440.0, 480.0], [2000, 4000]),
        (ProgressTone::Busy, [480.0, 620.0], [500, 500]),
        (ProgressTone::Congestion, [480.0, 620.0], [250, 250]),
    ]
    .iter()
    .filter_map(|(tone, hertz, steps)| Row::new(*tone, hertz, steps))
    .collect();
    for (name, frame) in [
        ("call-progress detector, silence", &vec![0; 160]),
        ("call-progress detector, noise", &narrow),
        ("call-progress detector, tone", &tone),
    ] {
        let every = [ProgressTone::SpecialInformation, ProgressTone::Beep];
        let wanted = every
            .iter()
            .fold(Wanted::default(), |all, one| all.with(*one));
        let mut detector = ProgressDetector::new(&rows, wanted);
        measure(name, || {
            detector.receive(black_box(frame), |found| {
                black_box(found);
            });
        });
    }
    let (mut encoder, mut codes) = (Encoder::default(), vec![0; 160]);
    measure("G.722 encoder", || {
        black_box(encoder.encode(black_box(&wide), &mut codes));
    });
    let (mut decoder, mut samples) = (Decoder::default(), vec![0; 320]);
    measure("G.722 decoder", || {
        black_box(decoder.decode(black_box(&codes), &mut samples));
    });
    let (mut filter, mut out) = (HalfBand::default(), vec![0; 320]);
    measure("half-band filter, 16 to 8 kHz", || {
        filter.down(black_box(&wide), black_box(&mut out[..160]));
    });
    measure("half-band filter, 8 to 16 kHz", || {
        filter.up(black_box(&narrow), black_box(&mut out));
    });
    let (mut filter, full, mut out) = (ThirdBand::default(), noise(960), vec![0; 960]);
    measure("third-band filter, 48 to 16 kHz", || {
        filter.down(black_box(&full), black_box(&mut out[..320]));
    });
    measure("third-band filter, 16 to 48 kHz", || {
        filter.up(black_box(&wide), black_box(&mut out));
    });
}
