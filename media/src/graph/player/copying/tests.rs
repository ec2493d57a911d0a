use std::sync::Arc;

use super::super::{Manner, Order, Piece, Playout};
use crate::codec::opus::{Decoder, Encoder, Settings, MAX_OCTETS};
use crate::graph::gain::Gain;
use crate::graph::packets::{Packets, Shape};
use crate::graph::sound::Sound;

const RATE: u32 = 16_000;
const FRAME: usize = 320;
const PACKET: usize = 160;
const REPEAT: Manner = Manner {
    repeat: true,
    in_step: false,
    over: false,
    from: 0,
    gain: None,
};

fn shape() -> Shape {
    Shape::of(&Settings::default(), 20).unwrap()
}

/// With its packets.
fn encoded(samples: &[i16]) -> Arc<Sound> {
    let sound = Sound::new(samples);
    let packets = Packets::make(&sound, shape(), || true);
    sound.opus.put(packets.unwrap());
    Arc::new(sound)
}

fn tone(hertz: f64, samples: usize) -> Vec<i16> {
    let at = |n: usize| (n as f64 * hertz * std::f64::consts::TAU / 8000.0).sin();
    (0..samples).map(|n| (8000.0 * at(n)) as i16).collect()
}

/// Voiced syllables, with silence at both ends.
fn voice(samples: usize) -> Vec<i16> {
    let mut formants = [(500.0, [0.0; 2]), (1500.0, [0.0; 2])];
    let mut phase = 0.0;
    let sample = |n: usize| {
        let at = n as f64 / 8000.0;
        phase += (140.0 + 30.0 * (6.0 * at).sin()) / 8000.0;
        let pulse = if phase >= 1.0 { 3000.0 } else { 0.0 };
        phase %= 1.0;
        let near_end = n < 400 || n + 800 > samples;
        let loud = if near_end {
            0.0
        } else {
            (4.0 * std::f64::consts::PI * at).sin().abs()
        };
        let mut sum = 0.0;
        for (hertz, past) in &mut formants {
            let turn = std::f64::consts::TAU * *hertz / 8000.0;
            let now = pulse * loud + 1.9 * turn.cos() * past[0] - 0.9025 * past[1];
            *past = [now, past[0]];
            sum += now;
        }
        sum.clamp(-20_000.0, 20_000.0) as i16
    };
    (0..samples).map(sample).collect()
}

/// A leg as far as its playout, and its peer as far as the decoder.
struct Line {
    playout: Playout,
    encoder: Encoder,
    decoder: Decoder,
    /// Whether each packet was a copy.
    copies: Vec<bool>,
    heard: Vec<i16>,
}

impl Line {
    fn new(sounds: &[&Arc<Sound>], manner: Manner) -> Self {
        let pieces = sounds.iter().map(|sound| Piece::Sound((*sound).clone()));
        Self {
            playout: Playout::new(1, pieces.collect(), manner),
            encoder: Encoder::new(RATE, 1),
            decoder: Decoder::new(RATE, 1),
            copies: Vec::new(),
            heard: Vec::new(),
        }
    }

    fn run(&mut self, packets: usize) {
        for _ in 0..packets {
            let mut packet = [0; MAX_OCTETS];
            let copied = self.playout.packet(&shape(), 80_123, &mut packet, None);
            let length = copied.unwrap_or_else(|| {
                if self.copies.last() == Some(&true) {
                    self.playout.leave_packets();
                    self.encoder.begin_anew();
                    self.playout.recall(&mut self.encoder, PACKET);
                }
                let mut samples = [0; FRAME];
                self.playout.read(RATE, 80_123, &mut samples);
                self.encoder.encode(&samples, &mut packet)
            });
            let mut out = [0; FRAME];
            assert_eq!(self.decoder.decode(&packet[..length], &mut out), FRAME);
            self.copies.push(copied.is_some());
            self.heard.extend(out);
        }
    }

    fn copied(&self) -> usize {
        self.copies.iter().filter(|copied| **copied).count()
    }
}

/// Power of each 5 ms, in decibels of one.
fn levels(heard: &[i16]) -> Vec<f64> {
    let power = |part: &[i16]| part.iter().map(|one| f64::from(*one).powi(2)).sum::<f64>() / 80.0;
    heard
        .chunks_exact(80)
        .map(|part| 10.0 * (power(part) + 1.0).log10())
        .collect()
}

/// Noise of each 20 ms under what was meant, in decibels: what was meant comes 104 samples earlier than what is heard.
fn noise(heard: &[i16], meant: &[i16]) -> Vec<f64> {
    let frames = heard[104..]
        .chunks_exact(FRAME)
        .zip(meant.chunks_exact(FRAME));
    let ratio = |(heard, meant): (&[i16], &[i16])| {
        let sum = |of: &mut dyn Iterator<Item = f64>| of.map(|one| one * one).sum::<f64>() + 1e4;
        let error = sum(&mut heard
            .iter()
            .zip(meant)
            .map(|(a, b)| f64::from(*a) - f64::from(*b)));
        10.0 * (error / sum(&mut meant.iter().map(|one| f64::from(*one)))).log10()
    };
    frames.map(ratio).collect()
}

fn most(of: &[f64]) -> f64 {
    of.iter().copied().fold(f64::MIN, f64::max)
}

/// So much of a playout as samples.
fn meant(mut playout: Playout, packets: usize) -> Vec<i16> {
    let mut samples = vec![0; packets * FRAME];
    for packet in samples.chunks_mut(FRAME) {
        playout.read(RATE, 0, packet);
    }
    samples
}

#[test]
fn a_prompt_is_copied_from_its_first_packet_to_its_last() {
    for samples in [8000, 8100, 8159, 8001] {
        let sound = encoded(&voice(samples));
        let mut line = Line::new(&[&sound], Manner::default());
        let packets = samples.div_ceil(PACKET);
        line.run(packets - 1);
        assert!(!line.playout.is_over());
        line.run(1);
        assert!(line.playout.is_over());
        assert_eq!(line.copied(), packets);
        assert_eq!(line.playout.played_ms(), samples as u64 / 8);
    }
}

#[test]
fn copies_sound_like_what_a_leg_encodes() {
    let said = voice(16_000);
    let mut copies = Line::new(&[&encoded(&said)], Manner::default());
    let mut own = Line::new(&[&Arc::new(Sound::new(&said))], Manner::default());
    copies.run(100);
    own.run(100);
    assert_eq!((copies.copied(), own.copied()), (100, 0));
    assert_eq!(copies.heard, own.heard);
}

#[test]
fn changes_between_copies_and_samples_are_not_heard() {
    let said = voice(16_000);
    let sound = encoded(&said);
    for at in (10..60).step_by(7) {
        let mut changing = Line::new(&[&sound], Manner::default());
        let mut own = Line::new(&[&Arc::new(Sound::new(&said))], Manner::default());
        changing.run(at);
        changing.playout.obey(Order::Volume(Gain::from_db(-0.1)));
        changing.run(10);
        changing.playout.obey(Order::Volume(Gain::UNITY));
        changing.run(90 - at);
        own.run(100);
        let lead = &changing.copies[at + 10..at + 15];
        assert_eq!(lead, [false, false, false, false, true]);
        let whole = Line::new(&[&sound], Manner::default());
        let meant = meant(whole.playout, 100);
        let (changed, same) = (noise(&changing.heard, &meant), noise(&own.heard, &meant));
        let near = at..at + 20;
        let (worst, usual) = (most(&changed[near.clone()]), most(&same[near]));
        assert!(worst < -4.0 && usual < -8.0, "{at}: {worst} {usual}");
    }
}

#[test]
fn a_tone_without_end_has_no_gap_where_it_begins_again() {
    let sound = encoded(&tone(425.0, 8000));
    let mut line = Line::new(&[&sound], REPEAT);
    line.run(250);
    let levels = levels(&line.heard[3200..]);
    assert_eq!(line.copied(), 0);
    assert!(
        levels.iter().all(|level| (level - 75.0).abs() < 1.0),
        "{levels:?}"
    );
}

#[test]
fn a_loud_seam_of_a_long_loop_has_no_gap() {
    for samples in [80_000, 80_050] {
        let sound = encoded(&tone(425.0, samples));
        let mut line = Line::new(&[&sound], REPEAT);
        line.run(520);
        assert!(line.copied() > 480, "{}", line.copied());
        let levels = levels(&line.heard[3200..]);
        // Of a tone, which an encoder of voice does not hold as steady as voice.
        assert!(
            levels.iter().all(|level| (level - 75.0).abs() < 9.0),
            "{levels:?}"
        );
    }
}

#[test]
fn sounds_follow_each_other_in_whole_packets() {
    let (one, two) = (encoded(&voice(8050)), encoded(&voice(4010)));
    let mut line = Line::new(&[&one, &two], Manner::default());
    line.run(51 + 26);
    assert!(line.playout.is_over());
    assert_eq!(line.copied(), 77);
    assert_eq!(line.playout.played_ms(), (8050 + 4010) / 8);
}

#[test]
fn who_joins_a_tune_encodes_the_first_packets() {
    let sound = encoded(&voice(160_000));
    let in_step = Manner {
        in_step: true,
        ..REPEAT
    };
    let mut line = Line::new(&[&sound], in_step);
    line.run(10);
    assert_eq!(line.copies[..5], [false; 5]);
    assert_eq!(line.copied(), 5);
    let mut playout = Playout::new(1, Box::new([Piece::Sound(sound)]), in_step);
    playout.packet(&shape(), 80_123, &mut [0; MAX_OCTETS], None);
    let worst = most(&noise(&line.heard, &meant(playout, 10)));
    assert!(worst < -8.0, "{worst}");
}

#[test]
fn what_is_recorded_is_what_was_copied() {
    let sound = encoded(&voice(8000));
    let mut line = Line::new(&[&sound], Manner::default());
    let mut own = Line::new(&[&sound], Manner::default());
    let (mut packet, mut heard, mut read) = ([0; MAX_OCTETS], [0; FRAME], [0; FRAME]);
    for _ in 0..50 {
        let copied = line
            .playout
            .packet(&shape(), 0, &mut packet, Some(&mut heard));
        own.playout.read(RATE, 0, &mut read);
        assert!(copied.is_some());
        assert_eq!(heard, read);
    }
}

#[test]
fn packets_that_come_later_are_taken_when_they_are_there() {
    let sound = Arc::new(Sound::new(&voice(16_000)));
    let mut line = Line::new(&[&sound], Manner::default());
    line.run(20);
    let packets = Packets::make(&sound, shape(), || true);
    sound.opus.put(packets.unwrap());
    line.run(80);
    assert_eq!(line.copied(), 80);
    assert!(line.playout.is_over());
}
