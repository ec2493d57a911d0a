//! One playout: sounds without a gap between them, copied as they were encoded.

use std::sync::Arc;

use crate::codec::Codec;

use super::sound::Sound;
use super::SAMPLES_A_MS;

pub struct Playout {
    id: u64,
    sounds: Box<[Arc<Sound>]>,
    repeat: bool,
    in_step: bool,
    started: bool,
    sound: usize,
    offset: usize,
    played: u64,
}

impl Playout {
    pub fn new(id: u64, sounds: Box<[Arc<Sound>]>, repeat: bool, in_step: bool) -> Self {
        Self {
            id,
            sounds,
            repeat,
            in_step,
            started: false,
            sound: 0,
            offset: 0,
            played: 0,
        }
    }

    pub fn id(&self) -> u64 {
        self.id
    }

    /// How much went out, without the silence that fills up the last packet.
    pub fn played_ms(&self) -> u64 {
        self.played / SAMPLES_A_MS as u64
    }

    /// Writes the next octets and returns how many; fewer than `out` has room for means that it is over.
    ///
    /// `media_clock` is in samples, the same for all legs: where a playout in step begins.
    pub fn fill(&mut self, codec: Codec, media_clock: u64, out: &mut [u8]) -> usize {
        let total: usize = self.sounds.iter().map(|sound| sound.samples()).sum();
        if total == 0 {
            return 0;
        }
        if !self.started {
            self.started = true;
            if self.in_step {
                self.seek((media_clock % total as u64) as usize);
            }
        }
        let mut filled = 0;
        while filled < out.len() {
            let Some(sound) = self.sounds.get(self.sound) else {
                if !self.repeat {
                    break;
                }
                self.sound = 0;
                continue;
            };
            let rest = &sound.octets(codec)[self.offset..];
            let count = rest.len().min(out.len() - filled);
            out[filled..filled + count].copy_from_slice(&rest[..count]);
            filled += count;
            self.offset += count;
            if self.offset == sound.samples() {
                self.sound += 1;
                self.offset = 0;
            }
        }
        self.played += filled as u64;
        filled
    }

    /// True when the last octet went out, so that the end need not wait for an empty packet.
    pub fn is_over(&self) -> bool {
        self.sound >= self.sounds.len() && !self.repeat
    }

    fn seek(&mut self, mut position: usize) {
        for (index, sound) in self.sounds.iter().enumerate() {
            if position < sound.samples() {
                self.sound = index;
                self.offset = position;
                return;
            }
            position -= sound.samples();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(from: i16, samples: usize) -> Arc<Sound> {
        let samples: Vec<i16> = (0..samples as i16)
            .map(|i| from.wrapping_add(i.wrapping_mul(64)))
            .collect();
        Arc::new(Sound::new(&samples))
    }

    fn drain(playout: &mut Playout, clock: u64, packets: usize) -> Vec<u8> {
        let mut all = Vec::new();
        for _ in 0..packets {
            let mut packet = [0; 160];
            let filled = playout.fill(Codec::Pcma, clock, &mut packet);
            all.extend_from_slice(&packet[..filled]);
        }
        all
    }

    #[test]
    fn sounds_follow_each_other_without_a_gap() {
        let (one, two) = (ramp(0, 100), ramp(-8000, 130));
        let mut playout = Playout::new(1, Box::new([one.clone(), two.clone()]), false, false);
        let got = drain(&mut playout, 0, 2);
        let wanted = [one.octets(Codec::Pcma), two.octets(Codec::Pcma)].concat();
        assert_eq!(got, wanted);
        assert!(playout.is_over());
        assert_eq!(playout.played_ms(), 230 / 8);
    }

    #[test]
    fn a_repeated_playout_starts_over_for_ever() {
        let tune = ramp(-3000, 100);
        let mut playout = Playout::new(1, Box::new([tune.clone()]), true, false);
        let got = drain(&mut playout, 0, 10);
        assert_eq!(got.len(), 1600);
        for (i, octet) in got.iter().enumerate() {
            assert_eq!(*octet, tune.octets(Codec::Pcma)[i % 100]);
        }
        assert!(!playout.is_over());
    }

    #[test]
    fn listeners_in_step_are_at_one_place_whenever_they_began() {
        let sounds: Box<[_]> = Box::new([ramp(-3000, 1000), ramp(500, 777)]);
        let mut early = Playout::new(1, sounds.clone(), true, true);
        let mut late = Playout::new(2, sounds, true, true);
        let first = drain(&mut early, 16_000, 20);
        let second = drain(&mut late, 16_000 + 7 * 160, 13);
        assert_eq!(first[7 * 160..], second);
    }

    #[test]
    fn a_playout_of_nothing_is_over_at_once() {
        let mut playout = Playout::new(1, Box::new([ramp(0, 0)]), true, true);
        assert_eq!(drain(&mut playout, 5, 1).len(), 0);
        let mut none = Playout::new(1, Box::new([]), true, false);
        assert_eq!(drain(&mut none, 5, 1).len(), 0);
    }
}
