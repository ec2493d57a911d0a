//! Call-progress tones out of audio: what the network says without words, by country, and what machines say.
//!
//! Every 10 ms the last 30 ms are weighed by a Hann window. Tones of networks are found by their frequencies and their
//! cadence (`cadence`), single tones by their frequency and length (`signals`). Frequencies may be 2 % off, cadences
//! 20 %, levels are -40 to 3 dBm0, and noise may be 15 dB below.

mod burst;
pub mod cadence;
mod signals;
mod spectrum;
#[cfg(test)]
mod tests;

use super::PEAK_0_DBM0;
use cadence::{Cadences, Row};
use signals::Signals;
use spectrum::{Table, HOP, WINDOW};

/// Below this nothing is heard.
const LEAST_DBM0: f32 = -40.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressTone {
    Dial,
    Ringback,
    Busy,
    Congestion,
    /// Three rising tones (ITU-T E.180, 8).
    SpecialInformation,
    /// CNG (ITU-T T.30).
    FaxCalling,
    /// CED of T.30, ANS of V.25.
    AnswerTone,
    /// The same with its phase reversed every 450 ms. Wanted together with the other.
    AnswerToneReversed,
    /// Of an answering machine: after it the caller may speak.
    Beep,
}

/// What a special information tone of North America says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Unspecified,
    Intercept,
    VacantCode,
    Reorder,
    NoCircuit,
}

impl ProgressTone {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Dial, "dial"),
        (Self::Ringback, "ringback"),
        (Self::Busy, "busy"),
        (Self::Congestion, "congestion"),
        (Self::SpecialInformation, "special-information"),
        (Self::FaxCalling, "fax-calling"),
        (Self::AnswerTone, "answer-tone"),
        (Self::AnswerToneReversed, "answer-tone-reversed"),
        (Self::Beep, "beep"),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    pub fn from_name(name: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, known)| *known == name);
        known.map(|(tone, _)| *tone)
    }
}

impl Meaning {
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Intercept => "intercept",
            Self::VacantCode => "vacant-code",
            Self::Reorder => "reorder",
            Self::NoCircuit => "no-circuit",
        }
    }
}

/// A set of tones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted(u16);

impl Wanted {
    pub fn with(self, tone: ProgressTone) -> Self {
        Self(self.0 | 1 << tone as u16)
    }

    pub fn has(self, tone: ProgressTone) -> bool {
        self.0 & 1 << tone as u16 != 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub tone: ProgressTone,
    pub meaning: Meaning,
    /// Of the last burst of it.
    pub lasted_ms: u32,
}

impl Found {
    fn new(tone: ProgressTone, hops: u32) -> Self {
        Self {
            tone,
            meaning: Meaning::Unspecified,
            lasted_ms: hops * 10,
        }
    }
}

/// Follows the tones of one stream of 8 kHz samples. A tone that goes on is told once.
#[derive(Clone)]
pub struct ProgressDetector {
    table: &'static Table,
    /// The last window, the newest samples still coming in.
    samples: [f32; WINDOW],
    filled: usize,
    least: f32,
    wanted: Wanted,
    cadences: Cadences,
    signals: Signals,
}

impl ProgressDetector {
    /// `rows` are the tones of the country's network that are wanted; `signals` those that are the same everywhere. The
    /// first detector of a process computes the tables.
    pub fn new(rows: &[Row], signals: Wanted) -> Self {
        let least = PEAK_0_DBM0 * 10f32.powf(LEAST_DBM0 / 20.0);
        Self {
            table: spectrum::table(),
            samples: [0.0; WINDOW],
            filled: WINDOW - HOP,
            least: least * least / 2.0,
            wanted: signals,
            cadences: Cadences::new(rows),
            signals: Signals::default(),
        }
    }

    /// Takes the next samples, any number of them.
    pub fn receive(&mut self, samples: &[i16], mut tell: impl FnMut(Found)) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(WINDOW - self.filled));
            for (place, &sample) in self.samples[self.filled..].iter_mut().zip(now) {
                *place = f32::from(sample);
            }
            self.filled += now.len();
            rest = later;
            if self.filled == WINDOW {
                self.look(&mut tell);
                self.samples.copy_within(HOP.., 0);
                self.filled = WINDOW - HOP;
            }
        }
    }

    fn look(&mut self, tell: &mut impl FnMut(Found)) {
        let spectrum = self.table.look(&self.samples, self.least);
        let heard = spectrum.as_ref();
        self.cadences.receive(heard, &mut |tone, lasted_ms| {
            tell(Found {
                lasted_ms,
                ..Found::new(tone, 0)
            });
        });
        self.signals
            .receive(heard, self.wanted, self.cadences.rows(), tell);
    }
}
