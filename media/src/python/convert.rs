//! Events as tuples, refusals as exceptions.

use pyo3::exceptions::{PyKeyError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::facts::LegStatistics;
use super::{PortsExhausted, QueueFull};
use crate::browser::Cause;
use crate::engine::event::{Event, Fact, PlayoutEnd};
use crate::engine::Refusal;

/// The names of the kinds of events; each one's value is its place here.
pub const KINDS: [&str; 20] = [
    "LATCHED",
    "DIGIT_STARTED",
    "DIGIT_ENDED",
    "DIGITS_SENT",
    "PLAYOUT_FINISHED",
    "RECORDING_FINISHED",
    "RECORDING_FAILED",
    "SPEECH_STARTED",
    "SPEECH_ENDED",
    "RTP_TIMED_OUT",
    "STATISTICS",
    "LEG_CLOSED",
    "MEDIA_CONNECTED",
    "MEDIA_DISCONNECTED",
    "SPEAKING",
    "ANNOUNCED",
    "RECORDING_MARKED",
    "RECORDING_GAP",
    "TONE_HEARD",
    "ONE_WAY_AUDIO",
];

/// The names of the reasons why a browser leg lost its peer, likewise.
pub const CAUSES: [&str; 4] = [
    "CONSENT_LOST",
    "NEVER_CONNECTED",
    "WRONG_FINGERPRINT",
    "DTLS_CLOSED",
];

/// The names of the reasons for the end of a playout, likewise.
pub const REASONS: [&str; 4] = ["PLAYED", "STOPPED", "REPLACED", "LEG_CLOSED_REASON"];

pub fn event_tuple<'py>(py: Python<'py>, event: Event) -> PyResult<Bound<'py, PyTuple>> {
    let Event { leg, at_ns, fact } = event;
    match fact {
        Fact::Latched { address } => {
            (0, leg, at_ns, address.ip().to_string(), address.port()).into_pyobject(py)
        }
        Fact::DigitStarted { digit, in_band } => {
            (1, leg, at_ns, char::from(digit), in_band).into_pyobject(py)
        }
        Fact::DigitEnded {
            digit,
            duration_ms,
            in_band,
        } => (2, leg, at_ns, char::from(digit), duration_ms, in_band).into_pyobject(py),
        Fact::DigitsSent { request } => (3, leg, at_ns, request).into_pyobject(py),
        Fact::PlayoutFinished {
            playout,
            end,
            played_ms,
            starved_ms,
        } => (4, leg, at_ns, playout, reason(end), played_ms, starved_ms).into_pyobject(py),
        Fact::RecordingFinished {
            recording,
            duration_ms,
            lost_ms,
        } => (5, leg, at_ns, recording, duration_ms, lost_ms).into_pyobject(py),
        Fact::RecordingFailed {
            recording,
            problem,
            kept_ms,
            lost_ms,
        } => (6, leg, at_ns, recording, &*problem, kept_ms, lost_ms).into_pyobject(py),
        Fact::RecordingMarked {
            recording,
            mark,
            position_ms,
        } => (16, leg, at_ns, recording, mark, position_ms).into_pyobject(py),
        Fact::RecordingGap {
            recording,
            position_ms,
            lost_ms,
        } => (17, leg, at_ns, recording, position_ms, lost_ms).into_pyobject(py),
        Fact::Speaking { speakers } => {
            let speakers: Vec<(u64, f32)> = speakers
                .iter()
                .flatten()
                .map(|speaker| (speaker.leg, speaker.level_db))
                .collect();
            (14, leg, at_ns, speakers).into_pyobject(py)
        }
        Fact::Announced {
            playout,
            end,
            played_ms,
        } => (15, leg, at_ns, playout, reason(end), played_ms).into_pyobject(py),
        Fact::SpeechStarted => (7, leg, at_ns).into_pyobject(py),
        Fact::SpeechEnded => (8, leg, at_ns).into_pyobject(py),
        Fact::ToneHeard(found) => {
            let (tone, meaning) = (found.tone.name(), found.meaning.name());
            (18, leg, at_ns, tone, meaning, found.lasted_ms).into_pyobject(py)
        }
        Fact::OneWayAudio { silent_ms } => (19, leg, at_ns, silent_ms).into_pyobject(py),
        Fact::RtpTimedOut { silent_ms } => (9, leg, at_ns, silent_ms).into_pyobject(py),
        Fact::Statistics(statistics) => {
            (10, leg, at_ns, LegStatistics::from(statistics)).into_pyobject(py)
        }
        Fact::LegClosed(statistics) => {
            (11, leg, at_ns, LegStatistics::from(statistics)).into_pyobject(py)
        }
        Fact::MediaConnected { address } => {
            (12, leg, at_ns, address.ip().to_string(), address.port()).into_pyobject(py)
        }
        Fact::MediaDisconnected { why } => (13, leg, at_ns, cause(why)).into_pyobject(py),
    }
}

fn cause(why: Cause) -> usize {
    match why {
        Cause::ConsentLost => 0,
        Cause::NeverConnected => 1,
        Cause::WrongFingerprint => 2,
        Cause::DtlsClosed => 3,
    }
}

fn reason(end: PlayoutEnd) -> usize {
    match end {
        PlayoutEnd::Played => 0,
        PlayoutEnd::Stopped => 1,
        PlayoutEnd::Replaced => 2,
        PlayoutEnd::LegClosed => 3,
    }
}

impl From<Refusal> for PyErr {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownLeg(leg) => PyKeyError::new_err(format!("leg {leg} is not open")),
            Refusal::UnknownSound(sound) => {
                PyKeyError::new_err(format!("sound {sound} is not loaded"))
            }
            Refusal::UnknownConference(conference) => {
                PyKeyError::new_err(format!("conference {conference} is not open"))
            }
            Refusal::NameInUse(leg) => PyValueError::new_err(format!("leg {leg} is open already")),
            Refusal::Unfit(problem) => PyValueError::new_err(problem),
            Refusal::PortsExhausted => PortsExhausted::new_err("every port pair is in use"),
            Refusal::QueueFull => QueueFull::new_err("the engine is overloaded"),
            Refusal::Closed => PyRuntimeError::new_err("the engine is closed"),
            Refusal::Machine(error) => PyOSError::new_err(error),
        }
    }
}
