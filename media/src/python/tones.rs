//! DTMF in memory: for files, and for tests that have another judge.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::dsp::dtmf_detector::DtmfDetector;
use crate::dsp::dtmf_generator::DtmfGenerator;
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
