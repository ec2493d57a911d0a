//! Single tones that mean the same everywhere: special information, fax machines, the beep of an answering machine.

use super::burst::{Burst, Bursts};
use super::cadence::Row;
use super::spectrum::Spectrum;
use super::{Found, Meaning, ProgressTone, Wanted};

/// The three tones of special information, in Hz (ITU-T E.180, 8), and how far they may be off.
const SPECIAL_INFORMATION: [f32; 3] = [950.0, 1400.0, 1800.0];
const SPECIAL_INFORMATION_OFF: f32 = 60.0;
/// 330 ms +- 70 each, 274 to 380 in North America; at most 30 ms between: hops of 10 ms, with what the window blurs.
const SPECIAL_INFORMATION_HOPS: std::ops::RangeInclusive<u32> = 20..=48;
const MOST_BETWEEN: u64 = 8;
/// North America tells four meanings apart by the first and second tone, low or high, and by the first one's length.
const LOW: [f32; 2] = [913.8, 1370.6];
const HIGH: [f32; 2] = [985.2, 1428.5];
const CODE_OFF: f32 = 18.0;
const SHORT_HOPS: u32 = 33;
/// CNG: 1100 Hz +- 38, half a second +- 15 % (ITU-T T.30, 4.1).
const CALLING: f32 = 1100.0;
const CALLING_OFF: f32 = 40.0;
const CALLING_HOPS: std::ops::RangeInclusive<u32> = 38..=63;
/// CED, or ANS of V.25: 2100 Hz, 2.6 s and more. Its phase is reversed every 450 ms, or not.
const ANSWER: f32 = 2100.0;
const ANSWER_OFF: f32 = 45.0;
const ANSWER_HOPS: u32 = 60;
/// The beep: in Hz, in hops, how much its level may change, and the quiet after it, by its own level and in hops.
const BEEP: std::ops::RangeInclusive<f32> = 390.0..=2040.0;
const BEEP_HOPS: std::ops::RangeInclusive<u32> = 9..=205;
const BEEP_UNSTEADY: f32 = 2.0;
const QUIET: f32 = 0.1;
const QUIET_HOPS: u64 = 30;
/// So much must have been said before it, in hops.
const SAID_HOPS: u32 = 30;

/// What becomes of a burst that may be a beep.
#[derive(Clone, Copy)]
struct Candidate {
    burst: Burst,
    /// When it was over.
    end: u64,
}

/// Follows the single tones of one stream.
#[derive(Clone, Default)]
pub struct Signals {
    bursts: Bursts,
    /// Tones of special information that came, and the last of them.
    rising: usize,
    first: Option<Burst>,
    last: Option<Burst>,
    answered: bool,
    /// Hops of sound that was no single tone.
    said: u32,
    candidate: Option<Candidate>,
}

impl Signals {
    /// Takes 10 ms; None was silence.
    pub fn receive(
        &mut self,
        spectrum: Option<&Spectrum>,
        wanted: Wanted,
        rows: &[Row],
        tell: &mut impl FnMut(Found),
    ) {
        let over = self.bursts.receive(spectrum);
        if wanted.has(ProgressTone::AnswerTone) {
            self.listen_for_answer(tell);
        }
        if let Some(burst) = over {
            let is_special = self.add_rising(burst, |found| {
                if wanted.has(ProgressTone::SpecialInformation) {
                    tell(found);
                }
            });
            let is_calling =
                (burst.hertz() - CALLING).abs() < CALLING_OFF && CALLING_HOPS.contains(&burst.hops);
            if wanted.has(ProgressTone::FaxCalling) && is_calling {
                tell(Found::new(ProgressTone::FaxCalling, burst.hops));
            } else if !is_special && wanted.has(ProgressTone::Beep) && self.may_beep(&burst, rows) {
                let end = burst.began + u64::from(burst.hops);
                self.candidate = Some(Candidate { burst, end });
            }
        }
        if wanted.has(ProgressTone::Beep) {
            self.listen_for_beep(spectrum, tell);
        }
    }

    fn listen_for_answer(&mut self, tell: &mut impl FnMut(Found)) {
        let current = self.bursts.current();
        let Some(burst) = current.filter(|burst| (burst.hertz() - ANSWER).abs() < ANSWER_OFF)
        else {
            self.answered = false;
            return;
        };
        if burst.hops >= ANSWER_HOPS && !self.answered {
            self.answered = true;
            let tone = match burst.is_reversed {
                true => ProgressTone::AnswerToneReversed,
                false => ProgressTone::AnswerTone,
            };
            tell(Found::new(tone, burst.hops));
        }
    }

    /// True for the last of the three tones.
    fn add_rising(&mut self, burst: Burst, mut tell: impl FnMut(Found)) -> bool {
        let follows = self.last.is_some_and(|last| {
            let end = last.began + u64::from(last.hops);
            burst.began.saturating_sub(end) <= MOST_BETWEEN
        });
        if !follows {
            self.rising = 0;
        }
        let fits = |place: usize| {
            (burst.hertz() - SPECIAL_INFORMATION[place]).abs() < SPECIAL_INFORMATION_OFF
                && SPECIAL_INFORMATION_HOPS.contains(&burst.hops)
        };
        if !fits(self.rising) {
            self.rising = 0;
        }
        if !fits(self.rising) {
            self.last = None;
            return false;
        }
        self.rising += 1;
        let before = self.last.replace(burst);
        match (self.rising, self.first, before) {
            (3, Some(first), Some(second)) => {
                self.rising = 0;
                tell(Found {
                    meaning: meaning(&first, &second),
                    ..Found::new(ProgressTone::SpecialInformation, burst.hops)
                });
                true
            }
            (1, ..) => {
                self.first = Some(burst);
                false
            }
            _ => false,
        }
    }

    /// Whether it would be a beep if it were quiet after it.
    fn may_beep(&self, burst: &Burst, rows: &[Row]) -> bool {
        let is_of_network = rows
            .iter()
            .any(|row| row.has_burst(burst.hertz(), burst.hops));
        self.said >= SAID_HOPS
            && BEEP.contains(&burst.hertz())
            && BEEP_HOPS.contains(&burst.hops)
            && burst.unsteadiness() < BEEP_UNSTEADY
            && !is_of_network
    }

    fn listen_for_beep(&mut self, spectrum: Option<&Spectrum>, tell: &mut impl FnMut(Found)) {
        let power = spectrum.map_or(0.0, |spectrum| spectrum.power);
        if spectrum.is_some() && self.bursts.current().is_none() {
            self.said = self.said.saturating_add(1);
        }
        let now = self.bursts.now();
        let Some(candidate) = self.candidate else {
            return;
        };
        // The first hops after it still hold its end.
        if now > candidate.end + 3 && power > candidate.burst.loudest * QUIET {
            self.candidate = None;
        } else if now >= candidate.end + QUIET_HOPS {
            self.candidate = None;
            tell(Found::new(ProgressTone::Beep, candidate.burst.hops));
        }
    }
}

/// What a special information tone says, where it is one of North America's (ANSI T1.401).
fn meaning(first: &Burst, second: &Burst) -> Meaning {
    let code = |hertz: f32, place: usize| match hertz {
        hertz if (hertz - LOW[place]).abs() < CODE_OFF => Some(false),
        hertz if (hertz - HIGH[place]).abs() < CODE_OFF => Some(true),
        _ => None,
    };
    let is_short = first.hops < SHORT_HOPS;
    match (code(first.hertz(), 0), code(second.hertz(), 1)) {
        (Some(false), Some(false)) if is_short => Meaning::Intercept,
        (Some(true), Some(false)) if !is_short => Meaning::VacantCode,
        (Some(false), Some(true)) | (Some(true), Some(false)) => Meaning::Reorder,
        (Some(true), Some(true)) | (Some(false), Some(false)) => Meaning::NoCircuit,
        _ => Meaning::Unspecified,
    }
}
