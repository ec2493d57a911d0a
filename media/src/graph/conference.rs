//! Many legs in one room: what all say is added up once, and each hears that without what it said itself.
//!
//! Everything lies along the media clock, so legs of any phase and packet time meet: at the tick in a slot a leg adds
//! the packet time that begins there, and hears the one that ends with the slot, which by then everybody has added to.

use super::bus::Bus;
use super::full_band::Full;
use super::gain::Gain;
use super::hearing::{Mix, Ring};
use super::{MAX_NARROW, MAX_SAMPLES, SAMPLES_A_MS};
use crate::codec::opus;
use crate::dsp::half_band::HalfBand;
use crate::dsp::third_band::ThirdBand;

#[cfg(test)]
mod tests;

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
    far_down: ThirdBand,
    /// For the packets of Opus that all get who only listen: made where memory may be taken, for a leg of Opus.
    pub spare: Option<Box<opus::Encoder>>,
    /// What the conference needs for legs of 48 kHz, made where memory may be taken, for such a leg.
    pub full: Option<Box<Full>>,
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
            far_down: ThirdBand::default(),
            spare: None,
            full: None,
        }
    }

    /// Other settings of the same part: what was added under the old ones is known still.
    pub fn follow(&mut self, before: &Member) {
        if before.conference == self.conference {
            (self.end, self.block, self.gains) = (before.end, before.block, before.gains);
            (self.loud_ms, self.down, self.place) = (before.loud_ms, before.down, before.place);
            self.far_down = before.far_down;
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
                (self.down, self.far_down) = Default::default();
            }
            if rate == 48_000 {
                self.speak_full(samples, at, gain, room);
            } else {
                room.wide.add(2 * at, samples, gain);
                self.speak_narrow(samples, at, gain, room);
            }
        }
        Some(power)
    }

    #[inline(never)]
    fn speak_full(&mut self, samples: &[i16], at: u64, gain: Gain, room: &mut Conference) {
        let mut wide = [0; MAX_SAMPLES];
        let wide = &mut wide[..samples.len() / 3];
        self.far_down.down(samples, wide);
        self.speak_narrow(wide, at, gain, room);
        room.take_full(&mut self.full);
        if let Some(full) = &mut room.full {
            full.add(at, samples, wide, gain);
        }
    }

    /// What legs of 8 kHz hear of samples at 16 kHz.
    fn speak_narrow(&mut self, samples: &[i16], at: u64, gain: Gain, room: &mut Conference) {
        let mut narrow = [0; MAX_NARROW];
        let narrow = &mut narrow[..samples.len() / 2];
        self.down.down(samples, narrow);
        room.narrowed.add(at, narrow, gain);
    }

    /// Whether nothing of the window up to `until` is this leg's.
    pub fn was_silent(&self, until: u64, units: usize) -> bool {
        self.blocks(until, units).all(|part| part.gain.is_zero())
    }

    /// Changes the leg's part of the window up to `until` from what it is to what `wanted` makes of it. `samples` is
    /// room for the window at the rate of its ring.
    pub fn change<const ROOM: usize>(
        &self,
        ring: &Ring,
        until: u64,
        wanted: Gain,
        samples: &mut [i16],
        mix: &mut Mix<ROOM>,
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
    /// Voices of all others, at 8 kHz.
    narrowed: Bus,
    /// Voices of 16 kHz legs.
    wide: Bus,
    /// `narrow` as 16 kHz legs hear it, up to a position of 8 kHz.
    widened: Bus,
    widened_to: u64,
    up: HalfBand,
    /// Of what is announced.
    announced: HalfBand,
    announced_far: ThirdBand,
    /// There once a leg of 48 kHz was.
    full: Option<Box<Full>>,
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
            announced_far: ThirdBand::default(),
            full: None,
        }
    }
}

impl Conference {
    /// Adds what belongs to nobody, at 8 or 16 kHz, or at 48 where that is heard; `at` is a position of 8 kHz, as
    /// everywhere.
    pub fn announce(&mut self, rate: u32, at: u64, samples: &[i16]) {
        match rate {
            8000 => self.narrow.add(at, samples, Gain::UNITY),
            16_000 => {
                self.announce_narrow(at, samples);
                self.wide.add(2 * at, samples, Gain::UNITY);
            }
            _ => self.announce_full(at, samples),
        }
    }

    /// Whether a leg of 48 kHz is or was there.
    pub fn is_full(&self) -> bool {
        self.full.is_some()
    }

    #[inline(never)]
    fn announce_full(&mut self, at: u64, samples: &[i16]) {
        let mut wide = [0; MAX_SAMPLES / 3];
        let wide = &mut wide[..samples.len() / 3];
        self.announced_far.down(samples, wide);
        self.announce_narrow(at, wide);
        if let Some(full) = &mut self.full {
            full.add(at, samples, wide, Gain::UNITY);
        }
    }

    /// What legs of 8 kHz hear of an announcement at 16 kHz.
    fn announce_narrow(&mut self, at: u64, samples: &[i16]) {
        let mut narrow = [0; MAX_NARROW];
        let narrow = &mut narrow[..samples.len() / 2];
        self.announced.down(samples, narrow);
        self.narrowed.add(at, narrow, Gain::UNITY);
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
            return;
        }
        self.widen(until);
        if rate == 48_000 {
            if let Some(full) = &mut self.full {
                full.raise(until, &self.widened, &self.wide);
                full.listen(at, units, mix);
            }
            return;
        }
        self.widened.listen(2 * at, 2 * units, mix);
        self.wide.listen(2 * at, 2 * units, mix);
        if let Some(full) = &self.full {
            full.listen_lowered(at, units, mix);
        }
    }

    /// The first leg of 48 kHz brings what such legs need, before it listens or is heard.
    pub fn take_full(&mut self, full: &mut Option<Box<Full>>) {
        if self.full.is_none() {
            self.full = full.take();
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
        let mut mix = Mix::<MAX_SAMPLES>::default();
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
