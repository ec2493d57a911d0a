//! Many legs in one room: what all say is added up once, and each hears that without what it said itself.
//!
//! Everything lies along the media clock, so legs of any phase and packet time meet: at the tick in a slot a leg adds
//! the packet time that begins there, and hears the one that ends with the slot, which by then everybody has added to.

use super::bus::Bus;
use super::gain::Gain;
use super::hearing::{Mix, Ring};
use super::{MAX_NARROW, MAX_SAMPLES, SAMPLES_A_MS};
use crate::codec::opus;
use crate::dsp::half_band::HalfBand;

/// What is softer than this (-55 dB of full scale, mean square) for so long is not mixed: many quiet rooms together
/// are a loud one.
const GATE: u64 = 3395;
const HANG_OVER_MS: u32 = 400;
/// Blocks whose gains are remembered: the longest packet time heard, of the shortest said.
const BLOCKS: usize = 16;

/// One leg's part in a conference. Positions count 8 kHz.
pub struct Member {
    pub conference: u64,
    /// Where the worker keeps it: a guess, checked at every use.
    pub place: u32,
    /// Hears nobody but whom it is told to.
    pub deaf: bool,
    /// Zero is mute.
    gain: Gain,
    /// The end of the last block that was added, its length, and the gain of it and of those before it.
    end: u64,
    block: usize,
    gains: [Gain; BLOCKS],
    loud_ms: u32,
    down: HalfBand,
    /// For the packets of Opus that all get who only listen: made where memory may be taken, for a leg of Opus.
    pub spare: Option<Box<opus::Encoder>>,
}

/// The mean square of samples that may be heard.
pub type Power = u64;

impl Member {
    pub fn new(conference: u64, gain: Gain, deaf: bool) -> Self {
        Self {
            conference,
            place: 0,
            deaf,
            gain,
            end: 0,
            block: 1,
            gains: [Gain::ZERO; BLOCKS],
            loud_ms: 0,
            down: HalfBand::default(),
            spare: None,
        }
    }

    /// Other settings of the same part: what was added under the old ones is known still.
    pub fn follow(&mut self, before: &Member) {
        if before.conference == self.conference {
            (self.end, self.block, self.gains) = (before.end, before.block, before.gains);
            (self.loud_ms, self.down, self.place) = (before.loud_ms, before.down, before.place);
        }
    }

    /// Adds what the leg said in the packet time that begins at `at`; tells how loud, while it is heard.
    pub fn speak(
        &mut self,
        samples: &[i16],
        rate: u32,
        at: u64,
        room: &mut Conference,
    ) -> Option<Power> {
        let units = samples.len() * 8000 / rate as usize;
        let power = mean_square(samples);
        self.loud_ms = match power >= GATE {
            true => HANG_OVER_MS,
            false => {
                let passed = (units / SAMPLES_A_MS) as u32;
                self.loud_ms.saturating_sub(passed)
            }
        };
        let gain = if self.loud_ms > 0 {
            self.gain
        } else {
            Gain::ZERO
        };
        (self.end, self.block) = (at + units as u64, units);
        self.gains.copy_within(..BLOCKS - 1, 1);
        self.gains[0] = gain;
        if gain.is_zero() {
            return None;
        }
        if rate == 8000 {
            room.narrow.add(at, samples, gain);
        } else {
            if self.gains[1].is_zero() {
                self.down = HalfBand::default();
            }
            let mut narrow = [0; MAX_NARROW];
            self.down.down(samples, &mut narrow[..units]);
            room.narrowed.add(at, &narrow[..units], gain);
            room.wide.add(2 * at, samples, gain);
        }
        Some(power)
    }

    /// Whether nothing of the window up to `until` is this leg's.
    pub fn was_silent(&self, until: u64, units: usize) -> bool {
        self.blocks(until, units).all(|part| part.gain.is_zero())
    }

    /// Changes the leg's part of the window up to `until` from what it is to what `wanted` makes of it. `samples` is
    /// room for the window at the rate of its ring.
    pub fn change(
        &self,
        ring: &Ring,
        until: u64,
        wanted: Gain,
        samples: &mut [i16],
        mix: &mut Mix,
    ) {
        let factor = ring.sample_rate() as usize / 8000;
        let behind = self.end.saturating_sub(until) as usize * factor;
        ring.before(behind, samples);
        for part in self.blocks(until, samples.len() / factor) {
            let range = part.from * factor..part.to * factor;
            mix.change(range.start, &samples[range], part.gain, wanted);
        }
    }

    /// The window of `units` up to `until`, cut where blocks meet, the newest first.
    fn blocks(&self, until: u64, units: usize) -> impl Iterator<Item = Part> + '_ {
        let behind = self.end.saturating_sub(until) as usize;
        let mut to = units;
        let first = behind / self.block;
        let mut room = self.block - behind % self.block;
        self.gains.iter().skip(first).map_while(move |&gain| {
            let from = to.saturating_sub(room);
            let part = Part { from, to, gain };
            room = self.block;
            (std::mem::replace(&mut to, from) > 0).then_some(part)
        })
    }
}

/// A piece of a window, in units from its beginning, and the gain that its samples were added with.
struct Part {
    from: usize,
    to: usize,
    gain: Gain,
}

/// The sums of one conference.
pub struct Conference {
    /// Voices of 8 kHz legs.
    narrow: Bus,
    /// Voices of 16 kHz legs, at 8 kHz and as they are.
    narrowed: Bus,
    wide: Bus,
    /// `narrow` as 16 kHz legs hear it, up to a position of 8 kHz.
    widened: Bus,
    widened_to: u64,
    up: HalfBand,
    /// Of what is announced.
    announced: HalfBand,
}

impl Default for Conference {
    fn default() -> Self {
        Self {
            narrow: Bus::new(8000),
            narrowed: Bus::new(8000),
            wide: Bus::new(16_000),
            widened: Bus::new(16_000),
            widened_to: 0,
            up: HalfBand::default(),
            announced: HalfBand::default(),
        }
    }
}

impl Conference {
    /// Adds what belongs to nobody, at 8 kHz.
    pub fn announce(&mut self, at: u64, samples: &[i16]) {
        self.narrow.add(at, samples, Gain::UNITY);
    }

    /// The same at 16 kHz; `at` is a position of 8 kHz, as everywhere.
    pub fn announce_wide(&mut self, at: u64, samples: &[i16]) {
        let mut narrow = [0; MAX_NARROW];
        let narrow = &mut narrow[..samples.len() / 2];
        self.announced.down(samples, narrow);
        self.narrowed.add(at, narrow, Gain::UNITY);
        self.wide.add(2 * at, samples, Gain::UNITY);
    }

    /// Whether nobody was added after the beginning of the window up to `until`.
    pub fn is_silent(&self, until: u64, units: usize) -> bool {
        let at = until.saturating_sub(units as u64);
        self.narrow.is_silent_from(at) && self.narrowed.is_silent_from(at)
    }

    /// Adds the window of `units` up to `until` to what a leg of that rate hears, itself included.
    pub fn listen(&mut self, rate: u32, until: u64, units: usize, mix: &mut Mix) {
        let at = until.saturating_sub(units as u64);
        if rate == 8000 {
            self.narrow.listen(at, units, mix);
            self.narrowed.listen(at, units, mix);
        } else {
            self.widen(until);
            self.widened.listen(2 * at, 2 * units, mix);
            self.wide.listen(2 * at, 2 * units, mix);
        }
    }

    fn widen(&mut self, until: u64) {
        let from = self.widened_to.max(until.saturating_sub(MAX_NARROW as u64));
        if from >= until {
            return;
        }
        if from != self.widened_to {
            self.up = HalfBand::default();
        }
        let units = (until - from) as usize;
        let (mut narrow, mut wide) = ([0; MAX_NARROW], [0; MAX_SAMPLES]);
        let mut mix = Mix::default();
        self.narrow.listen(from, units, &mut mix);
        mix.write(&mut narrow[..units]);
        self.up.up(&narrow[..units], &mut wide[..2 * units]);
        self.widened.add(2 * from, &wide[..2 * units], Gain::UNITY);
        self.widened_to = until;
    }
}

/// To 256 exactly: a packet's sum then fits into 32 bits.
fn mean_square(samples: &[i16]) -> Power {
    let square = |&sample: &i16| (i32::from(sample) * i32::from(sample)) as u32 >> 8;
    let sum: u32 = samples.iter().map(square).sum();
    (u64::from(sum) << 8) / samples.len().max(1) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A leg that says one value, with its ring, phase and packet time, in units of 8 kHz.
    struct Talker {
        member: Member,
        ring: Ring,
        value: i16,
        rate: u32,
        phase: u64,
        units: usize,
    }

    impl Talker {
        fn new(value: i16, rate: u32, phase: u64, units: usize) -> Self {
            let mut ring = Ring::default();
            ring.set_sample_rate(rate);
            Self {
                member: Member::new(1, Gain::UNITY, false),
                ring,
                value,
                rate,
                phase,
                units,
            }
        }

        fn is_due(&self, at: u64) -> bool {
            (at + 4800 - self.phase).is_multiple_of(self.units as u64)
        }

        fn length(&self) -> usize {
            self.units * self.rate as usize / 8000
        }
    }

    const SLOT: u64 = 20;

    /// Runs one slot and gives what each talker that is due hears, as its last sample.
    fn step(room: &mut Conference, talkers: &mut [Talker], at: u64) -> Vec<Option<Vec<i16>>> {
        for one in talkers.iter_mut().filter(|one| one.is_due(at)) {
            let said = vec![one.value; one.length()];
            one.ring.write(&said, false);
            one.member.speak(&said, one.rate, at, room);
        }
        let until = at + SLOT;
        let listen = |one: &Talker| {
            let (mut mix, mut out) = (Mix::default(), vec![0; one.length()]);
            mix.clear(one.length());
            room.listen(one.rate, until, one.units, &mut mix);
            let mut own = vec![0; one.length()];
            one.member
                .change(&one.ring, until, Gain::ZERO, &mut own, &mut mix);
            mix.write(&mut out);
            out
        };
        let mut listen = listen;
        talkers
            .iter()
            .map(|one| one.is_due(at).then(|| listen(one)))
            .collect()
    }

    #[test]
    fn each_hears_the_others_whatever_their_phases_and_packet_times() {
        let mut talkers = vec![
            Talker::new(1000, 8000, 0, 160),
            Talker::new(200, 8000, 60, 160),
            Talker::new(3000, 8000, 140, 240),
            Talker::new(40, 8000, 20, 80),
            Talker::new(500, 8000, 40, 480),
        ];
        talkers[3].value = 4000;
        let total: i16 = talkers.iter().map(|one| one.value).sum();
        let mut room = Conference::default();
        for slot in 0..400 {
            let heard = step(&mut room, &mut talkers, 80_000 + slot * SLOT);
            for (one, heard) in talkers.iter().zip(heard) {
                if let Some(heard) = heard.filter(|_| slot > 60) {
                    assert_eq!(heard, vec![total - one.value; one.length()]);
                }
            }
        }
    }

    #[test]
    fn wide_and_narrow_legs_hear_each_other() {
        let mut talkers = vec![
            Talker::new(1000, 8000, 0, 160),
            Talker::new(2000, 8000, 60, 160),
            Talker::new(4000, 16_000, 20, 160),
            Talker::new(8000, 16_000, 20, 160),
        ];
        let mut room = Conference::default();
        for slot in 0..400 {
            let heard = step(&mut room, &mut talkers, 80_000 + slot * SLOT);
            for (one, heard) in talkers.iter().zip(heard) {
                for sample in heard.into_iter().flatten().filter(|_| slot > 60) {
                    let wanted = 15_000 - one.value;
                    assert!((sample - wanted).abs() < 20, "{sample} for {wanted}");
                }
            }
        }
    }

    #[test]
    fn who_is_mute_or_quiet_adds_nothing_and_hears_the_sum_that_all_such_hear() {
        let mut talkers = vec![
            Talker::new(1000, 8000, 0, 160),
            Talker::new(9000, 8000, 60, 160),
            Talker::new(30, 8000, 60, 160),
        ];
        talkers[1].member = Member::new(1, Gain::ZERO, false);
        let mut room = Conference::default();
        for slot in 0..100 {
            let at = 80_000 + slot * SLOT;
            for heard in step(&mut room, &mut talkers, at)[1..].iter().flatten() {
                let settled = slot > 16;
                assert!(!settled || *heard == [1000; 160]);
            }
            assert!(talkers[1].member.was_silent(at + SLOT, 160));
            assert!(slot < 16 || !talkers[0].member.was_silent(at + SLOT, 160));
        }
    }

    #[test]
    fn a_voice_is_mixed_at_once_and_for_a_while_after_it_fell_silent() {
        let (mut room, mut member) = (Conference::default(), Member::new(1, Gain::UNITY, false));
        let said = |value: i16| [value; 160];
        assert!(member.speak(&said(20), 8000, 8000, &mut room).is_none());
        assert_eq!(
            member.speak(&said(2000), 8000, 8160, &mut room),
            Some(4_000_000)
        );
        let heard: Vec<bool> = (0..25)
            .map(|round| {
                let at = 8320 + round * 160;
                member.speak(&said(20), 8000, at, &mut room).is_some()
            })
            .collect();
        assert_eq!(heard.iter().filter(|heard| **heard).count(), 19);
    }

    #[test]
    fn another_gain_changes_one_listener_only() {
        let mut talkers = vec![
            Talker::new(1000, 8000, 0, 160),
            Talker::new(2000, 8000, 60, 160),
        ];
        let mut room = Conference::default();
        for slot in 0..100 {
            step(&mut room, &mut talkers, 80_000 + slot * SLOT);
        }
        let until = 80_000 + 98 * SLOT;
        for (wanted, expected) in [
            (Gain::UNITY, 3000),
            (Gain::ZERO, 1000),
            (Gain::from_db(6.02), 5000),
        ] {
            let (mut mix, mut out) = (Mix::default(), [0; 160]);
            room.listen(8000, until, 160, &mut mix);
            let two = &talkers[1];
            two.member
                .change(&two.ring, until, wanted, &mut [0; 160], &mut mix);
            mix.write(&mut out);
            assert!(
                out.iter().all(|sample: &i16| (sample - expected).abs() < 5),
                "{out:?}"
            );
        }
    }
}
