//! The first look at SIP messages, for `voicecore/octets.py`.

use std::collections::HashMap;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::sip::address;
use crate::sip::head::{self, Start};
use crate::sip::secrets;
use crate::sip::write::Writing;

/// Whether hiding secrets could change a SIP message at all.
#[pyfunction]
pub fn may_hold_secret(message: &[u8]) -> bool {
    secrets::may_be_there(message)
}

/// A message of ours. None: there is a line break within a header field.
#[pyfunction]
pub fn write_message<'py>(
    py: Python<'py>,
    start: &str,
    fields: &Bound<'py, PyAny>,
    body: &[u8],
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let mut writing = Writing::begin(start);
    for field in fields.try_iter()? {
        let field = field?;
        let field = field.cast::<PyTuple>()?;
        let (name, value) = (field.get_item(0)?, field.get_item(1)?);
        writing.field(
            name.cast::<PyString>()?.to_str()?,
            value.cast::<PyString>()?.to_str()?,
        );
    }
    Ok(writing.finish(body).map(|octets| PyBytes::new(py, &octets)))
}

/// Reads the heads of common messages. Knows header fields by the names that it is given.
#[pyclass(frozen, module = "voicecore.media._native")]
pub struct HeadReader {
    names: HashMap<Vec<u8>, Py<PyString>>,
}

#[pymethods]
impl HeadReader {
    #[new]
    fn new(names: HashMap<String, Py<PyString>>) -> Self {
        let names = names
            .into_iter()
            .map(|(name, known)| (name.into_bytes(), known));
        HeadReader {
            names: names.collect(),
        }
    }

    /// None: it needs the careful way.
    fn read<'py>(&self, py: Python<'py>, message: &[u8]) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let Some(head) = head::read(message) else {
            return Ok(None);
        };
        let number = |number: u32| number.into_pyobject(py).map(Bound::into_any);
        let optional = |found: Option<&[u8]>| {
            found.map_or_else(|| nothing(py), |octets| text(py, octets).into_any())
        };
        let (first, scheme, user, host, port, parameters) = match &head.start {
            Start::Request { method, uri } => (
                text(py, method).into_any(),
                text(py, uri.scheme).into_any(),
                optional(uri.user),
                lower(py, uri.host).into_any(),
                self::port(py, uri.port)?,
                self::parameters(py, uri.parameters)?.into_any(),
            ),
            Start::Response { status, reason } => (
                number(*status)?,
                text(py, reason).into_any(),
                nothing(py),
                nothing(py),
                nothing(py),
                nothing(py),
            ),
        };
        let transport = head.via.transport.to_ascii_uppercase();
        let transport: &[u8] = if transport == head.via.transport {
            head.via.transport
        } else {
            &transport
        };
        PyTuple::new(
            py,
            [
                first,
                scheme,
                user,
                host,
                port,
                parameters,
                text(py, transport).into_any(),
                lower(py, head.via.host).into_any(),
                self::port(py, head.via.port)?,
                self::parameters(py, head.via.parameters)?.into_any(),
                optional(head.from_tag),
                optional(head.to_tag),
                text(py, head.call_id).into_any(),
                number(head.number)?,
                text(py, head.method).into_any(),
                self.lines(py, &head.lines)?.into_any(),
                head.length.into_pyobject(py)?.into_any(),
                head.end.into_pyobject(py)?.into_any(),
            ],
        )
        .map(Some)
    }
}

impl HeadReader {
    /// The values of each header line by its canonical name, an unknown one in lower case.
    fn lines<'py>(
        &self,
        py: Python<'py>,
        lines: &[(&[u8], &[u8])],
    ) -> PyResult<Bound<'py, PyDict>> {
        let found = PyDict::new(py);
        for (name, value) in lines {
            let name = match self.names.get(*name) {
                Some(known) => known.bind(py).clone(),
                None => self.rare(py, name),
            };
            let value = text(py, value).into_any();
            let values = match found.get_item(&name)? {
                None => PyTuple::new(py, [value])?,
                Some(before) => before
                    .cast::<PyTuple>()?
                    .as_sequence()
                    .concat(PyTuple::new(py, [value])?.as_sequence())?
                    .to_tuple()?,
            };
            found.set_item(name, values)?;
        }
        Ok(found)
    }

    fn rare<'py>(&self, py: Python<'py>, name: &[u8]) -> Bound<'py, PyString> {
        let small = name.to_ascii_lowercase();
        self.names
            .get(&small)
            .map_or_else(|| text(py, &small), |known| known.bind(py).clone())
    }
}

fn nothing(py: Python<'_>) -> Bound<'_, PyAny> {
    py.None().into_bound(py)
}

/// Of a head, which is ASCII.
fn text<'py>(py: Python<'py>, octets: &[u8]) -> Bound<'py, PyString> {
    debug_assert!(octets.is_ascii());
    // SAFETY: every octet of a head that `head::read` takes is of a class of `octets.rs`, and those are ASCII.
    PyString::new(py, unsafe { std::str::from_utf8_unchecked(octets) })
}

fn lower<'py>(py: Python<'py>, octets: &[u8]) -> Bound<'py, PyString> {
    if octets.iter().any(u8::is_ascii_uppercase) {
        return text(py, &octets.to_ascii_lowercase());
    }
    text(py, octets)
}

fn port(py: Python<'_>, port: Option<u16>) -> PyResult<Bound<'_, PyAny>> {
    Ok(port.into_pyobject(py)?)
}

fn parameters<'py>(py: Python<'py>, octets: &[u8]) -> PyResult<Bound<'py, PyTuple>> {
    if octets.is_empty() {
        return Ok(PyTuple::empty(py));
    }
    let pairs = address::parameters(octets).map(|(name, value)| {
        let name = match name {
            b"branch" => intern!(py, "branch").clone(),
            b"rport" => intern!(py, "rport").clone(),
            _ => lower(py, name),
        };
        let value = value.map_or_else(|| nothing(py), |value| text(py, value).into_any());
        PyTuple::new(py, [name.into_any(), value])
    });
    PyTuple::new(py, pairs.collect::<PyResult<Vec<_>>>()?)
}
