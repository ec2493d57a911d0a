//! Recordings of a leg: the commands for them.

use std::sync::atomic::Ordering;

use super::command::Verb;
use super::taps::MAX_TAPS;
use super::{Engine, Refusal};
use crate::graph::tap::{tap, TapOrder};
use crate::recorder::{Job, Kind};

impl Engine {
    /// The file is at the leg's sample rate of now, `highest_rate` at most. `since`: the nanosecond of the media clock at which the file begins, with silence up to the first audio, so that
    /// files of several legs lie along one clock. None: with the first audio.
    pub fn record(
        &self,
        leg: u64,
        recording: u64,
        path: &str,
        kind: Kind,
        highest_rate: u32,
        since: Option<u64>,
    ) -> Result<(), Refusal> {
        if !matches!(highest_rate, 8000 | 16_000 | 48_000) {
            return Err(Refusal::Unfit(
                "a recording has 8,000, 16,000 or 48,000 Hz".into(),
            ));
        }
        let desk = self.desk();
        let known = desk.legs.get(&leg).ok_or(Refusal::UnknownLeg(leg))?;
        let recordings = &known.outside.recordings;
        if recordings.load(Ordering::Acquire) as usize >= MAX_TAPS {
            return Err(Refusal::Unfit(format!(
                "a leg has at most {MAX_TAPS} recordings at once"
            )));
        }
        let rate = known.sample_rate.min(highest_rate);
        let (tap, reader) = tap(recording, rate, since);
        desk.ask(leg, Verb::Record(Box::new(tap)))?;
        recordings.fetch_add(1, Ordering::Relaxed);
        desk.threads()?.record(Job {
            outside: known.outside.clone(),
            recording,
            path: path.into(),
            kind,
            reader,
        });
        Ok(())
    }

    /// Tells [`event::Fact::RecordingMarked`] where it came to be; nothing for a recording that is over.
    pub fn order_recording(
        &self,
        leg: u64,
        recording: u64,
        order: TapOrder,
        mark: u64,
    ) -> Result<(), Refusal> {
        let verb = Verb::OrderRecording {
            recording,
            order,
            mark,
        };
        self.desk().ask(leg, verb)
    }

    pub fn stop_recording(&self, leg: u64, recording: u64) -> Result<(), Refusal> {
        self.desk().ask(leg, Verb::StopRecording { recording })
    }
}
