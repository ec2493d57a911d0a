//! Which address a leg's RTP may come from. Addresses in SDP lie behind NAT, so the true one is learned from packets,
//! with as little room for a stranger as can be.
//!
//! For [`WINDOW`] after the leg was configured anybody may prove to be the peer; later only the address that SDP named.
//! The proof is a run of packets of one SSRC in sequence, the longer the less the source matches SDP. The best match
//! seen so far is heard while it proves itself. While the window is open a better match takes a lock over from a worse
//! one; then the lock stands until [`Latch::reopen`].

#[cfg(test)]
mod tests;

use crate::rtp::Header;
use std::net::SocketAddr;

/// How long strangers to SDP may be learned, nanoseconds from opening.
pub const WINDOW: u64 = 5_000_000_000;
/// Sources that are watched at once; more than that is a spray.
const CANDIDATES: usize = 8;

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Accept,
    Refuse,
    /// Accept it, and from now on send to its source: it was just locked.
    Locked,
}

/// How well a source matches the address in SDP, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    Other,
    Address,
    Exact,
}

impl Match {
    /// Both are canonical.
    pub fn of(source: SocketAddr, expected: SocketAddr) -> Self {
        if source == expected {
            Match::Exact
        } else if source.ip() == expected.ip() {
            Match::Address
        } else {
            Match::Other
        }
    }

    /// Packets in sequence that lock such a source.
    const fn proof(self) -> u16 {
        match self {
            Match::Other => 10,
            Match::Address => 5,
            Match::Exact => 3,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    source: SocketAddr,
    rank: Match,
    ssrc: u32,
    sequence: u16,
    /// Packets in sequence so far.
    run: u16,
    seen: u64,
}

/// Learns the peer's address and keeps it.
#[derive(Clone, Debug)]
pub struct Latch {
    expected: SocketAddr,
    window_ends: u64,
    locked: Option<(SocketAddr, Match)>,
    candidates: [Option<Candidate>; CANDIDATES],
}

impl Latch {
    /// `expected` is the address and port of SDP; the learning window opens at `now`.
    pub fn new(expected: SocketAddr, now: u64) -> Self {
        Self {
            expected: canonical(expected),
            window_ends: now.saturating_add(WINDOW),
            locked: None,
            candidates: [None; CANDIDATES],
        }
    }

    /// A re-INVITE named another address: forget the lock and learn anew.
    pub fn reopen(&mut self, expected: SocketAddr, now: u64) {
        *self = Self::new(expected, now);
    }

    /// The address that is locked.
    pub fn locked(&self) -> Option<SocketAddr> {
        self.locked.map(|(source, _)| source)
    }

    /// Where to send: the locked address, before that the one of SDP. Never to one that is still proving itself, or a
    /// stranger who sends first would hear the call.
    pub fn destination(&self) -> SocketAddr {
        self.locked().unwrap_or(self.expected)
    }

    /// Whether RTCP from `source` may be believed: it shares the lock's address. Its port is its own.
    pub fn permits_rtcp(&self, source: SocketAddr) -> bool {
        canonical(source).ip() == self.destination().ip()
    }

    /// Judges one RTP packet.
    pub fn observe(&mut self, source: SocketAddr, header: &Header, now: u64) -> Decision {
        let source = canonical(source);
        let held = self.locked.map(|(_, rank)| rank);
        if self.locked() == Some(source) {
            return Decision::Accept;
        }
        let rank = Match::of(source, self.expected);
        let open = now < self.window_ends;
        if (!open && (held.is_some() || rank == Match::Other))
            || held.is_some_and(|held| rank <= held)
        {
            return Decision::Refuse;
        }
        let Some(run) = self.follow(source, rank, header, now) else {
            return Decision::Refuse;
        };
        if run >= rank.proof() {
            self.locked = Some((source, rank));
            self.candidates = [None; CANDIDATES];
            return Decision::Locked;
        }
        if held.is_some() || !self.is_best(source, rank, run) {
            return Decision::Refuse;
        }
        Decision::Accept
    }

    /// Whether no other candidate matches better, or as well with a longer run.
    fn is_best(&self, source: SocketAddr, rank: Match, run: u16) -> bool {
        !self
            .candidates
            .iter()
            .flatten()
            .any(|other| other.source != source && (other.rank, other.run) > (rank, run))
    }

    /// Notes the packet in its source's run and returns the run's length; None if there is no room for the source.
    fn follow(
        &mut self,
        source: SocketAddr,
        rank: Match,
        header: &Header,
        now: u64,
    ) -> Option<u16> {
        let mut fresh = Candidate {
            source,
            rank,
            ssrc: header.ssrc,
            sequence: header.sequence,
            run: 1,
            seen: now,
        };
        let known = self
            .candidates
            .iter_mut()
            .find(|slot| slot.is_some_and(|candidate| candidate.source == source));
        if let Some(Some(candidate)) = known {
            let step = header.sequence.wrapping_sub(candidate.sequence);
            if header.ssrc == candidate.ssrc && step == 0 {
                // A repeated packet neither proves nor disproves.
                return Some(candidate.run);
            }
            if header.ssrc == candidate.ssrc && step == 1 {
                fresh.run = candidate.run.saturating_add(1);
            }
            *candidate = fresh;
            return Some(fresh.run);
        }
        let weakest = self.candidates.iter_mut().min_by_key(|slot| {
            slot.map(|candidate| (candidate.rank, candidate.run, candidate.seen))
        })?;
        if weakest.is_some_and(|candidate| candidate.rank > rank) {
            return None;
        }
        *weakest = Some(fresh);
        Some(1)
    }
}

/// An IPv4 address that came through an IPv6 socket is the same address.
pub fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
