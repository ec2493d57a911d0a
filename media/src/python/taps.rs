//! Batches of audio as Python sees them: octets that numpy reads without a copy.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::graph::feed;

/// When its first sample was, what was lost before it in milliseconds, its samples.
pub type Batch<'py> = (u64, u64, Bound<'py, PyBytes>);
/// A tap and its batches.
pub type Taken<'py> = (u64, Vec<Batch<'py>>);

pub fn taken<'py>(py: Python<'py>, tap: u64, batches: &[feed::Batch]) -> PyResult<Taken<'py>> {
    let batch = |batch: &feed::Batch| {
        let samples = &batch.samples;
        let octets = PyBytes::new_with(py, 2 * samples.len(), |octets| {
            for (pair, sample) in octets.chunks_exact_mut(2).zip(samples) {
                pair.copy_from_slice(&sample.to_ne_bytes());
            }
            Ok(())
        })?;
        Ok((batch.at_ns, batch.lost_ms, octets))
    };
    let batches: PyResult<_> = batches.iter().map(batch).collect();
    Ok((tap, batches?))
}
