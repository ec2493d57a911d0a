//! All browsers of one engine on one UDP port: who sent a datagram, and what becomes of it (RFC 7983, RFC 8445, RFC 5764).
//! No socket, no thread; it is given the time.
//!
//! STUN finds its leg by our ufrag, everything else by the address that it comes from, which a check must have proved.
//! RTP and RTCP go as they are into the leg's ring, for the worker that has the keys; checks and handshakes end here.

mod directory;
pub mod line;
mod peer;
#[cfg(test)]
mod tests;
pub mod watch;

pub use directory::{Directory, MAX_LEGS};
pub use peer::{Agreed, Cause};

/// What a datagram is, by its first octet (RFC 7983, section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Stun,
    Dtls,
    /// RTP and RTCP, told apart by the leg (RFC 5761, 4).
    Rtp,
}

impl Protocol {
    fn of(datagram: &[u8]) -> Option<Self> {
        match datagram.first()? {
            0..=3 => Some(Self::Stun),
            20..=63 => Some(Self::Dtls),
            128..=191 => Some(Self::Rtp),
            // ZRTP, TURN channels, and what nobody named.
            _ => None,
        }
    }
}
