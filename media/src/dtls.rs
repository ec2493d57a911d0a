//! DTLS-SRTP (RFC 5763, RFC 5764): the handshake that agrees the keys of one leg. No socket; it is given the time.
//!
//! The protocol is dimpl's; here are whom it is done with, by the fingerprint of SDP, and what comes out, an SRTP session.

mod association;
mod fingerprint;
pub mod handshake;
pub mod handshakes;
mod identity;
#[cfg(test)]
mod tests;

pub use association::{Association, Failure, Output, Role};
pub use fingerprint::Fingerprint;
pub use identity::{Identity, NoIdentity};

/// No record is longer: what dimpl writes fits a path of 1200 octets, the least that WebRTC counts on.
pub const MAX_RECORD: usize = 2048;

/// Maps nanoseconds of our clock to the instants that dimpl wants.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    instant: std::time::Instant,
    ns: u64,
}

impl Epoch {
    /// `instant` and `ns` name the same moment.
    pub fn new(instant: std::time::Instant, ns: u64) -> Self {
        Self { instant, ns }
    }

    pub(crate) fn instant(&self, ns: u64) -> std::time::Instant {
        self.instant + std::time::Duration::from_nanos(ns.saturating_sub(self.ns))
    }

    fn ns(&self, instant: std::time::Instant) -> u64 {
        let since = instant.saturating_duration_since(self.instant);
        self.ns.saturating_add(since.as_nanos() as u64)
    }
}
