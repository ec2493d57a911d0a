//! DTMF and call-progress tones in memory: for files, and for tests that have another judge.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::PyBytes;

use crate::dsp::dtmf_detector::DtmfDetector;
use crate::dsp::dtmf_generator::DtmfGenerator;
use crate::dsp::progress::cadence::{Row, MAX_ROWS};
use crate::dsp::progress::{ProgressDetector, ProgressTone, Wanted};
use crate::telephone_event::Digit;

const SAMPLES_A_MS: usize = 8;

/// 16-bit little-endian samples.
pub fn samples(octets: &[u8]) -> PyResult<Vec<i16>> {
    if !octets.len().is_multiple_of(2) {
        return Err(PyValueError::new_err(
            "16-bit samples come in pairs of octets",
        ));
    }
    let pairs = octets.chunks_exact(2);
    Ok(pairs
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect())
}

#[pyfunction]
pub fn find_digits(py: Python<'_>, samples: &[u8]) -> PyResult<Vec<(char, u32)>> {
    let samples = self::samples(samples)?;
    Ok(py.detach(|| {
        let (mut detector, mut found) = (DtmfDetector::new(), Vec::new());
        // Half a second of silence ends a press that lasts to the end.
        for frame in [&samples[..], &[0; 500 * SAMPLES_A_MS]] {
            detector.receive(frame, |digit| {
                if let Digit::Ended { digit, duration_ms } = digit {
                    found.push((char::from(digit), duration_ms));
                }
            });
        }
        found
    }))
}

#[pyfunction]
#[pyo3(signature = (digits, *, duration_ms=100, gap_ms=100))]
pub fn digit_tones<'py>(
    py: Python<'py>,
    digits: &str,
    duration_ms: usize,
    gap_ms: usize,
) -> PyResult<Bound<'py, PyBytes>> {
    let mut samples: Vec<i16> = Vec::new();
    for character in digits.chars() {
        let generator = u8::try_from(character)
            .ok()
            .and_then(|key| DtmfGenerator::new(key, 8000));
        let mut generator = generator
            .ok_or_else(|| PyValueError::new_err(format!("{character:?} is not a digit")))?;
        let start = samples.len();
        samples.resize(start + duration_ms * SAMPLES_A_MS, 0);
        generator.fill(&mut samples[start..]);
        samples.resize(samples.len() + gap_ms * SAMPLES_A_MS, 0);
    }
    let octets: Vec<u8> = samples.into_iter().flat_map(i16::to_le_bytes).collect();
    Ok(PyBytes::new(py, &octets))
}

/// The tones of a network (name, Hz together, ms on and off in turn), and the names of those that are the same everywhere.
pub type Plan = (Vec<(PyBackedStr, Vec<f32>, Vec<u32>)>, Vec<PyBackedStr>);

pub fn progress_detector((rows, signals): Plan) -> PyResult<ProgressDetector> {
    if rows.len() > MAX_ROWS {
        return Err(PyValueError::new_err(format!(
            "a plan has at most {MAX_ROWS} tones"
        )));
    }
    let rows: PyResult<Vec<Row>> = rows
        .iter()
        .map(|(name, hertz, steps)| {
            let unfit = || PyValueError::new_err(format!("no network has this tone: {name}"));
            Row::new(tone_named(name)?, hertz, steps).ok_or_else(unfit)
        })
        .collect();
    let mut wanted = Wanted::default();
    for name in &signals {
        wanted = wanted.with(tone_named(name)?);
    }
    Ok(ProgressDetector::new(&rows?, wanted))
}

fn tone_named(name: &str) -> PyResult<ProgressTone> {
    ProgressTone::from_name(name)
        .ok_or_else(|| PyValueError::new_err(format!("{name:?} is not a tone of ours")))
}

/// What was found, when that was known, and how long the last burst of it lasted, in ms.
type FoundTone = (&'static str, &'static str, usize, u32);

#[pyfunction]
pub fn find_progress_tones(py: Python<'_>, samples: &[u8], plan: Plan) -> PyResult<Vec<FoundTone>> {
    let samples = self::samples(samples)?;
    let mut detector = progress_detector(plan)?;
    Ok(py.detach(|| {
        let mut tones = Vec::new();
        for (number, frame) in samples.chunks(10 * SAMPLES_A_MS).enumerate() {
            detector.receive(frame, |found| {
                let at_ms = (number + 1) * 10;
                tones.push((
                    found.tone.name(),
                    found.meaning.name(),
                    at_ms,
                    found.lasted_ms,
                ));
            });
        }
        tones
    }))
}
