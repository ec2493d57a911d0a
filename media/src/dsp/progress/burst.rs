//! Bursts of one steady frequency: where each begins, how long it lasts, and whether its phase was reversed.

use std::f32::consts::{FRAC_PI_2, PI};

use super::spectrum::{Spectrum, HOP};

const RATE: f32 = 8000.0;
/// The share of the power that one frequency must hold.
const PURITY: f32 = 0.85;
/// How far it may wander from its mean, in Hz.
const WANDER: f32 = 20.0;
/// So many hops without it end a burst: a reversal of the phase hides it from the two or three windows that hold it.
const END: u32 = 4;
/// The first and the last hops of a burst hold what is beside it.
const EDGE: u32 = 2;
/// So many windows in sequence begin a burst.
const BEGINNING: u32 = 2;

/// A burst, over or going on. Times in hops of 10 ms.
#[derive(Clone, Copy, Debug)]
pub struct Burst {
    pub began: u64,
    pub hops: u32,
    hertz_sum: f32,
    count: u32,
    pub loudest: f32,
    /// Of the hops that are not at its edges.
    inner: (f32, f32),
    pub is_reversed: bool,
    /// The last window that held it alone: when, and its amplitude.
    phase: Option<(u64, (f32, f32))>,
    /// The last ones, which may be those of its end.
    powers: [f32; EDGE as usize],
}

impl Burst {
    fn new(now: u64) -> Self {
        Self {
            began: now,
            hops: 0,
            hertz_sum: 0.0,
            count: 0,
            loudest: 0.0,
            inner: (f32::INFINITY, 0.0),
            is_reversed: false,
            phase: None,
            powers: [0.0; EDGE as usize],
        }
    }

    pub fn hertz(&self) -> f32 {
        self.hertz_sum / self.count.max(1) as f32
    }

    /// The loudest power of its inside over the lowest: 1 of what is quite steady.
    pub fn unsteadiness(&self) -> f32 {
        match self.inner.1 > 0.0 {
            true => self.inner.1 / self.inner.0,
            false => f32::INFINITY,
        }
    }

    fn add(&mut self, now: u64, hertz: f32, spectrum: &Spectrum) {
        self.hops = (now - self.began) as u32 + 1;
        self.hertz_sum += hertz;
        self.count += 1;
        self.loudest = self.loudest.max(spectrum.power);
        // A power counts as inside when `EDGE` more have come.
        let place = self.count as usize % EDGE as usize;
        let before = std::mem::replace(&mut self.powers[place], spectrum.power);
        if self.count > 2 * EDGE {
            self.inner = (self.inner.0.min(before), self.inner.1.max(before));
        }
        self.follow_phase(now, spectrum);
    }

    fn follow_phase(&mut self, now: u64, spectrum: &Spectrum) {
        let hertz = self.hertz();
        if let Some((then, before)) = self.phase {
            let hops = (now - then) as f32;
            let turn =
                spectrum.turn_since(&before, hertz) - 2.0 * PI * hertz * hops * HOP as f32 / RATE;
            let turn = turn - 2.0 * PI * (turn / (2.0 * PI)).round();
            self.is_reversed |= hops > 1.0 && turn.abs() > FRAC_PI_2;
        }
        self.phase = Some((now, spectrum.at(hertz)));
    }
}

/// Follows the bursts of one stream.
#[derive(Clone, Default)]
pub struct Bursts {
    now: u64,
    /// The burst that goes on.
    current: Option<Burst>,
    missed: u32,
    /// One that may begin: its first hops.
    next: Option<Burst>,
}

impl Bursts {
    pub fn now(&self) -> u64 {
        self.now
    }

    pub fn current(&self) -> Option<&Burst> {
        self.current.as_ref()
    }

    /// Takes 10 ms; None was silence. Returns the burst that is over by it.
    pub fn receive(&mut self, spectrum: Option<&Spectrum>) -> Option<Burst> {
        self.now += 1;
        let pure = spectrum.and_then(|spectrum| {
            let peak = spectrum.peak();
            (peak.share >= PURITY).then_some((peak.hertz, spectrum))
        });
        let Some((hertz, spectrum)) = pure else {
            self.next = None;
            return self.miss();
        };
        if let Some(burst) = &mut self.current {
            if (hertz - burst.hertz()).abs() < WANDER {
                burst.add(self.now, hertz, spectrum);
                (self.missed, self.next) = (0, None);
                return None;
            }
        }
        let next = self.next.get_or_insert(Burst::new(self.now));
        if next.count > 0 && (hertz - next.hertz()).abs() >= WANDER {
            *next = Burst::new(self.now);
        }
        next.add(self.now, hertz, spectrum);
        if next.count < BEGINNING {
            return self.miss();
        }
        self.missed = 0;
        std::mem::replace(&mut self.current, self.next.take())
    }

    fn miss(&mut self) -> Option<Burst> {
        self.missed += 1;
        let over = self.missed >= END;
        self.current.take_if(|_| over)
    }
}
