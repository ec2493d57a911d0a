//! The sum of many voices along the media clock: each adds its own, and a listener takes a window out.

use super::gain::Gain;
use super::hearing::Mix;

/// A ring of sums. Positions are samples of the media clock, those of all voices alike.
pub struct Bus {
    sum: Box<[i32]>,
    /// Up to where sums are of this round; what is behind is silence.
    touched: u64,
}

impl Bus {
    /// 160 ms: the longest packet ahead, the longest behind, and room between.
    const LENGTH_MS: usize = 160;

    pub fn new(rate: u32) -> Self {
        let length = rate as usize / 1000 * Self::LENGTH_MS;
        Self {
            sum: vec![0; length].into_boxed_slice(),
            touched: 0,
        }
    }

    pub fn is_silent_from(&self, at: u64) -> bool {
        self.touched <= at
    }

    /// Adds a voice from `at` on.
    pub fn add(&mut self, at: u64, samples: &[i16], gain: Gain) {
        let end = at + samples.len() as u64;
        self.touch(end);
        let (first, second) = self.split(at, samples.len());
        let (head, tail) = samples.split_at(first.len());
        let (first, second) = (first.start, second.len());
        add(&mut self.sum[first..first + head.len()], head, gain);
        add(&mut self.sum[..second], tail, gain);
    }

    /// Adds the window from `at` on to what somebody hears.
    pub fn listen(&self, at: u64, length: usize, mix: &mut Mix) {
        let length = length.min(self.touched.saturating_sub(at) as usize);
        let (first, second) = self.split(at, length);
        let split = first.len();
        mix.add_sums(0, &self.sum[first]);
        mix.add_sums(split, &self.sum[second]);
    }

    /// The two runs of the ring that hold so much from `at` on.
    fn split(&self, at: u64, length: usize) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let start = (at % self.sum.len() as u64) as usize;
        let first = length.min(self.sum.len() - start);
        (start..start + first, 0..length - first)
    }

    /// Makes what is new up to `end` silence.
    fn touch(&mut self, end: u64) {
        if end <= self.touched {
            return;
        }
        let new = (end - self.touched).min(self.sum.len() as u64);
        let (first, second) = self.split(end - new, new as usize);
        self.sum[first].fill(0);
        self.sum[second].fill(0);
        self.touched = end;
    }
}

fn add(sums: &mut [i32], samples: &[i16], gain: Gain) {
    if gain == Gain::UNITY {
        for (sum, sample) in sums.iter_mut().zip(samples) {
            *sum += i32::from(*sample);
        }
        return;
    }
    for (sum, sample) in sums.iter_mut().zip(samples) {
        *sum += gain.of(*sample);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(bus: &Bus, at: u64, length: usize) -> Vec<i16> {
        let (mut mix, mut out) = (Mix::default(), vec![0; length]);
        mix.clear(length);
        bus.listen(at, length, &mut mix);
        mix.write(&mut out);
        out
    }

    #[test]
    fn voices_of_any_phase_add_up_where_they_belong() {
        let mut bus = Bus::new(8000);
        for round in 0..100u64 {
            let at = 1_000_003 + round * 160;
            bus.add(at, &[100; 160], Gain::UNITY);
            bus.add(at + 60, &[20; 160], Gain::from_db(20.0));
            if round > 2 {
                let out = heard(&bus, at - 100, 160);
                assert!(out.iter().all(|sample| *sample == 300), "{out:?}");
            }
        }
    }

    #[test]
    fn where_nobody_spoke_is_silence_even_a_round_later() {
        let mut bus = Bus::new(8000);
        bus.add(0, &[500; 160], Gain::UNITY);
        assert_eq!(
            heard(&bus, 100, 160)[50..70],
            [500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        );
        bus.add(1280 + 80, &[7; 80], Gain::UNITY);
        assert_eq!(heard(&bus, 1280, 80), [0; 80]);
        assert!(!bus.is_silent_from(1300));
        assert!(bus.is_silent_from(1440));
    }
}
