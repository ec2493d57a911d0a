//! What Opus costs for a frame of 20 ms at 16 kHz: microseconds of CPU on one core, by libopus alone and through the
//! jitter buffer, with something like speech. Or by the libopus of many legs at their pace, with the sound of a file.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use _native::codec::opus::{Decoder, Encoder, Settings, MAX_OCTETS};
use _native::codec::Codec;
use _native::dsp::half_band::HalfBand;
use _native::jitter::JitterBuffer;
use _native::net::cpu_seconds;
use _native::rtp::Sender;
use _native::wav;

const HELP: &str = "opus_cost [--wav FILE [--legs 100] [--seconds 5] [--complexity 5]]

A table by complexity. With a file, 16-bit mono 8 kHz: JSON, what one frame takes to encode and to decode where so many
legs have an encoder and a decoder each, and are due in turn, in slots of 2.5 ms.";

const RATE: u32 = 16_000;
const FRAME: usize = 320;
const FRAMES: usize = 1000;
const ROUNDS: usize = 3;

/// Legs are spread over so many slots of 20 ms.
const SLOTS: usize = 8;
const SLOT: Duration = Duration::from_micros(2500);

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let (mut file, mut legs, mut seconds, mut complexity) = (None, 100, 5, 5);
    while let Some(name) = arguments.next() {
        if name == "--help" {
            println!("{HELP}");
            return Ok(());
        }
        let value = arguments.next().ok_or(HELP)?;
        let number = || value.parse::<u16>().map_err(|_| HELP);
        match name.as_str() {
            "--wav" => file = Some(value),
            "--legs" => legs = usize::from(number()?),
            "--seconds" => seconds = usize::from(number()?),
            "--complexity" => complexity = number()?.min(10) as u8,
            _ => return Err(HELP.into()),
        }
    }
    let Some(file) = file else {
        print_table();
        return Ok(());
    };
    let bytes = std::fs::read(&file).map_err(|error| format!("{file}: {error}"))?;
    let narrow = wav::samples(&bytes).ok_or_else(|| format!("{file}: not a WAV file"))?;
    if narrow.len() < FRAME / 2 || legs == 0 || seconds == 0 {
        return Err(HELP.into());
    }
    let settings = Settings {
        complexity,
        ..Settings::default()
    };
    let (encode, decode) = many(&wide(&narrow), settings, legs, seconds * 50);
    println!("{{\"encode_us\": {encode:.2}, \"decode_us\": {decode:.2}}}");
    Ok(())
}

fn wide(narrow: &[i16]) -> Vec<i16> {
    let (mut filter, mut wide) = (HalfBand::default(), vec![0; 2 * narrow.len()]);
    for (narrow, wide) in narrow.chunks(FRAME / 2).zip(wide.chunks_mut(FRAME)) {
        filter.up(narrow, wide);
    }
    wide
}

/// What a frame takes to encode and to decode, in microseconds.
fn many(said: &[i16], settings: Settings, legs: usize, frames: usize) -> (f64, f64) {
    let packets = encoded(said, settings);
    let said: Vec<&[i16]> = said.chunks_exact(FRAME).collect();
    let coder = |_| {
        let mut encoder = Encoder::new(RATE, 1);
        encoder.apply(&settings);
        (encoder, Decoder::new(RATE, 1))
    };
    let mut coders: Vec<(Encoder, Decoder)> = (0..legs).map(coder).collect();
    let (mut room, mut out) = ([0; MAX_OCTETS], [0; FRAME]);
    let (mut encode, mut decode) = (0.0, 0.0);
    let begin = Instant::now();
    for frame in 0..frames {
        for slot in 0..SLOTS {
            let due = SLOT * (frame * SLOTS + slot) as u32;
            std::thread::sleep(due.saturating_sub(begin.elapsed()));
            let (from, until) = (legs * slot / SLOTS, legs * (slot + 1) / SLOTS);
            // As if each leg had come at another time.
            let at = |leg: usize| frame + 7 * leg;
            let began = cpu_seconds();
            for (leg, (_, decoder)) in (from..until).zip(&mut coders[from..until]) {
                let packet = &packets[at(leg) % packets.len()];
                black_box(decoder.decode(packet, &mut out));
            }
            let between = cpu_seconds();
            for (leg, (encoder, _)) in (from..until).zip(&mut coders[from..until]) {
                black_box(encoder.encode(said[at(leg) % said.len()], &mut room));
            }
            decode += between - began;
            encode += cpu_seconds() - between;
        }
    }
    let each = 1e6 / (legs * frames) as f64;
    (encode * each, decode * each)
}

fn print_table() {
    let said = speech();
    println!(
        "{:<12}{:>10}{:>10}{:>16}{:>12}",
        "complexity", "encode", "decode", "jitter buffer", "bits/s"
    );
    for complexity in 0..=10 {
        let settings = Settings {
            complexity,
            ..Settings::default()
        };
        let (packets, encode) = least(|| encoded(&said, settings));
        let ((), decode) = least(|| decoded(&packets));
        let ((), buffered) = least(|| buffered(&packets));
        let bits: usize = packets.iter().map(|packet| 8 * packet.len()).sum();
        println!(
            "{complexity:<12}{encode:>10.1}{decode:>10.1}{buffered:>16.1}{:>12}",
            bits * 50 / FRAMES
        );
    }
}

/// The least that a frame costs, in microseconds.
fn least<T>(mut work: impl FnMut() -> T) -> (T, f64) {
    let mut run = || {
        let began = cpu_seconds();
        let made = work();
        (made, (cpu_seconds() - began) * 1e6 / FRAMES as f64)
    };
    let mut best = run();
    for _ in 1..ROUNDS {
        let next = run();
        if next.1 < best.1 {
            best = next;
        }
    }
    best
}

fn encoded(said: &[i16], settings: Settings) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(RATE, 1);
    encoder.apply(&settings);
    let mut room = [0; MAX_OCTETS];
    let mut packet = |frame: &[i16]| {
        let length = encoder.encode(frame, &mut room);
        room[..length].to_vec()
    };
    said.chunks_exact(FRAME).map(&mut packet).collect()
}

fn decoded(packets: &[Vec<u8>]) {
    let (mut decoder, mut room) = (Decoder::new(RATE, 1), [0; FRAME]);
    for packet in packets {
        black_box(decoder.decode(packet, &mut room));
    }
}

fn buffered(packets: &[Vec<u8>]) {
    let (mut buffer, mut sender) = (JitterBuffer::with_opus(RATE), Sender::new(1, 1, 1));
    let mut room = [0; FRAME];
    for (tick, packet) in (0u64..).zip(packets) {
        let header = sender.audio(111, 960, packet.len());
        let now = tick * 20_000_000;
        buffer.insert(&header, packet, Codec::Opus, now);
        black_box(buffer.pull(&mut room, now + 1_000_000));
    }
}

/// Pulses of a wandering pitch through two formants, in syllables and with pauses.
fn speech() -> Vec<i16> {
    let mut formants = [(500.0, [0.0; 2]), (1500.0, [0.0; 2])];
    let (mut phase, mut state) = (0.0, 1u32);
    let mut sample = |n: usize| {
        let at = n as f64 / f64::from(RATE);
        phase += (140.0 + 30.0 * (6.0 * at).sin()) / f64::from(RATE);
        let pulse = if phase >= 1.0 { 3000.0 } else { 0.0 };
        phase %= 1.0;
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let hiss = f64::from(state >> 20) / 64.0 - 32.0;
        let loud = (4.0 * std::f64::consts::PI * at).sin().max(0.0);
        let mut sum = hiss;
        for (hertz, past) in &mut formants {
            let turn = std::f64::consts::TAU * *hertz / f64::from(RATE);
            let now = pulse * loud + 1.9 * turn.cos() * past[0] - 0.9025 * past[1];
            *past = [now, past[0]];
            sum += now;
        }
        sum.clamp(-20_000.0, 20_000.0) as i16
    };
    (0..FRAMES * FRAME).map(&mut sample).collect()
}
