//! The first look at session descriptions, for `voicecore/octets.py`.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::sdp::shape;

/// The value of o=, all below it with 9 for each port, and the ports of the m= lines. None: it is not so plain.
#[pyfunction]
pub fn shape_of<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Option<Bound<'py, PyTuple>>> {
    let Some(shape) = shape::of(body) else {
        return Ok(None);
    };
    PyTuple::new(
        py,
        [
            PyString::new(py, shape.origin).into_any(),
            PyString::new(py, &shape.text).into_any(),
            PyTuple::new(py, shape.ports)?.into_any(),
        ],
    )
    .map(Some)
}
