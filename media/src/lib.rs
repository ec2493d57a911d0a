//! The media engine: RTP in, RTP out, on its own threads.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod codec;
pub mod jitter;
pub mod latch;
pub mod quality;
pub mod rtcp;
pub mod rtp;
pub mod telephone_event;
pub mod wav;
