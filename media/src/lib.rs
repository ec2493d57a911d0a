//! The media engine: RTP in, RTP out, on its own threads. Python sees only what `python/` shows it.
#![deny(unsafe_op_in_unsafe_fn)]

mod ahead;
pub mod browser;
pub mod codec;
pub mod dsp;
pub mod dtls;
pub mod engine;
pub mod graph;
pub mod ice;
pub mod jitter;
pub mod latch;
pub mod net;
#[cfg(feature = "python")]
mod python;
pub mod quality;
pub mod recorder;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod sip;
pub mod srtp;
pub mod telephone_event;
pub mod wav;

/// It asks for huge pages. A tick reads some thirty places of each leg, and on pages of 4 kB nearly each is a miss in the
/// processor's table of pages. Programs and tests keep the system's: a floor has no legs, and sanitizers know that one.
#[cfg(feature = "python")]
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;
