//! The only files that name pyo3: they turn Python's arguments into commands and events into tuples.

mod agreement;
mod arguments;
mod convert;
mod engine;
mod facts;
mod sdp;
mod sip;
mod taps;
mod tones;

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(
    voicecore.media._native,
    PortsExhausted,
    PyException,
    "Every port pair of the engine's range is in use."
);
create_exception!(
    voicecore.media._native,
    QueueFull,
    PyException,
    "The worker's command queue is full: the engine is overloaded and the command was not taken."
);

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    for (kind, name) in convert::KINDS.iter().enumerate() {
        module.add(*name, kind)?;
    }
    for (reason, name) in convert::REASONS.iter().enumerate() {
        module.add(*name, reason)?;
    }
    for (cause, name) in convert::CAUSES.iter().enumerate() {
        module.add(*name, cause)?;
    }
    module.add("PortsExhausted", module.py().get_type::<PortsExhausted>())?;
    module.add("QueueFull", module.py().get_type::<QueueFull>())?;
    module.add_function(wrap_pyfunction!(tones::find_digits, module)?)?;
    module.add_function(wrap_pyfunction!(tones::digit_tones, module)?)?;
    module.add_function(wrap_pyfunction!(tones::find_progress_tones, module)?)?;
    module.add_function(wrap_pyfunction!(sip::may_hold_secret, module)?)?;
    module.add_function(wrap_pyfunction!(sip::write_message, module)?)?;
    module.add_function(wrap_pyfunction!(sdp::shape_of, module)?)?;
    module.add_class::<sip::HeadReader>()?;
    module.add_class::<facts::LegStatistics>()?;
    module.add_class::<facts::EngineLoad>()?;
    module.add_class::<engine::Engine>()
}
