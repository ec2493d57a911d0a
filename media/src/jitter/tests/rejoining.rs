//! A stream that was heard without delay goes through the buffer from some moment on.

use super::*;

/// Random numbers below `most`, nanoseconds, from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        // Knuth's MMIX generator, whose upper bits are the better ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        match most {
            0 => 0,
            _ => (self.0 >> 33) % most,
        }
    }
}

/// Noise comes `phase` behind each tick, and up to `jitter` more, and is pulled up to `late` after the tick. Returns
/// what was made up in each of three seconds' pulls.
fn concealed(phase: u64, late: u64, jitter: u64, seed: u64) -> Vec<usize> {
    let mut chance = Chance(seed);
    let mut buffer = JitterBuffer::new(8000);
    let insert = |buffer: &mut JitterBuffer, number: u16, at: u64, chance: &mut Chance| {
        let payload: [u8; 160] = std::array::from_fn(|_| chance.below(256) as u8);
        let header = header(number, u32::from(number) * 160, 7);
        buffer.insert(&header, &payload, Codec::Pcmu, at);
    };
    let mut due = 0;
    let mut next = |number: u16, chance: &mut Chance| {
        due = due.max(u64::from(number) * 20 * MS + phase + chance.below(jitter));
        due
    };
    for number in 0..2 {
        let at = next(number, &mut chance);
        insert(&mut buffer, number, at, &mut chance);
    }
    buffer.pass_over();
    let (mut number, mut arrival) = (2, next(2, &mut chance));
    let pull = |tick: u64| {
        let now = tick * 20 * MS + chance.below(late);
        while arrival <= now {
            insert(&mut buffer, number, arrival, &mut chance);
            number += 1;
            arrival = next(number, &mut chance);
        }
        buffer.pull(&mut [0; 160], now).concealed_samples
    };
    (2..152).map(pull).collect()
}

#[test]
fn what_follows_is_heard_without_a_gap_wherever_packets_come_between_two_ticks() {
    for phase in (0..40).map(|half| half * MS / 2) {
        for (late, jitter) in [(0, 0), (MS, 0), (0, 4 * MS), (8 * MS, 0), (8 * MS, 4 * MS)] {
            for seed in 0..10 {
                let made_up = concealed(phase, late, jitter, seed);
                let (seam, after) = made_up.split_at(4);
                let what = format!("phase {phase}, late {late}, jitter {jitter}, seed {seed}");
                assert!(seam.iter().sum::<usize>() <= 62 * 8, "{what}: {seam:?}");
                assert_eq!(after.iter().sum::<usize>(), 0, "{what}: {after:?}");
            }
        }
    }
}

#[test]
fn a_stream_that_ends_there_fades_and_begins_anew() {
    let mut buffer = JitterBuffer::new(8000);
    for number in 0..2 {
        let at = u64::from(number) * 20 * MS;
        let header = header(number, u32::from(number) * 160, 7);
        buffer.insert(&header, &LOUD, Codec::Pcmu, at);
    }
    buffer.pass_over();
    let mut pull = |tick: u64| {
        let mut out = [1; 160];
        let pulled = buffer.pull(&mut out, tick * 20 * MS + 5 * MS);
        (pulled, out)
    };
    let pulled: Vec<_> = (2..8).map(&mut pull).collect();
    let made_up: usize = pulled.iter().map(|(one, _)| one.concealed_samples).sum();
    assert_eq!(made_up, 60 * 8);
    assert!(pulled.iter().all(|(one, _)| one.heard_samples == 0));
    assert_eq!(pulled[5].1, [0; 160]);
    assert_eq!(buffer.delay_ms(), 0);
}
