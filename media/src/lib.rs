//! The media engine: RTP in, RTP out, on its own threads. Python sees only what `python/` shows it.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod net;
