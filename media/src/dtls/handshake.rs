//! The handshakes of one leg that has ports of its own: whose they may be, and what the leg is told.
//!
//! Without ICE nobody proved the peer's address before. As a server we shake hands with a few sources at once, those that
//! match SDP best, and the first that has the certificate of SDP is the peer: behind a NAT it comes from an address that
//! nobody could name. As a client we ask the address of SDP and listen to no other.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use rtrb::{Consumer, Producer, RingBuffer};

use super::association::is_first_hello;
use super::{Association, Epoch, Failure, Fingerprint, Identity, Output, Role, MAX_RECORD};
use crate::latch::{canonical, Match};
use crate::srtp::Session;

/// How long a peer may take from its SDP to its keys, in nanoseconds.
const PATIENCE: u64 = 30_000_000_000;
/// Sources that are answered at once on one port; more than that is a spray.
const CANDIDATES: usize = 4;
/// Who said nothing for so long gives its place to another, in nanoseconds.
const IDLE: u64 = 1_000_000_000;
/// A cut, two keys, an end: more is not to be told between two ticks, and what finds no room is told later.
const WORDS: usize = 4;

/// Which of a leg's two ports: each has an association of its own, unless RTCP shares the first (RFC 5764, 5.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    Rtp,
    Rtcp,
}

/// What the peer's SDP says.
#[derive(Clone, Debug)]
pub struct Peer {
    pub fingerprint: Fingerprint,
    pub role: Role,
    /// Its `a=tls-id`: with another one it wants another association (RFC 8842, 4). Empty: none.
    pub tls_id: Box<str>,
    pub rtp: SocketAddr,
    /// None: RTP and RTCP share a port (RFC 5761).
    pub rtcp: Option<SocketAddr>,
}

impl Peer {
    /// RFC 8842, 3.1: whether the association goes on. Another address alone changes nothing.
    fn is_same_association(&self, other: &Peer) -> bool {
        self.fingerprint == other.fingerprint
            && self.role == other.role
            && self.tls_id == other.tls_id
    }
}

/// What the leg must know, in order.
pub enum Word {
    /// Another association begins: what holds now holds no more.
    Cut,
    /// The peer is at this address of its, and this is what it sends and gets from now on.
    Keys(Component, Box<Session>, SocketAddr),
    /// There will be no keys, or the peer closed.
    Lost(Failure),
}

/// The leg's end of the line.
pub struct Words(Consumer<Word>);

impl Words {
    pub fn take(&mut self) -> Option<Word> {
        self.0.pop().ok()
    }
}

/// The end of the thread that shakes hands.
pub struct Teller(Producer<Word>);

pub fn line() -> (Teller, Words) {
    let (teller, words) = RingBuffer::new(WORDS);
    (Teller(teller), Words(words))
}

/// Where what a handshake wants to send goes.
pub type Send<'a> = &'a mut dyn FnMut(Component, &[u8], SocketAddr);

/// One source that says it is the peer.
struct Candidate {
    source: SocketAddr,
    rank: Match,
    association: Association,
    heard: u64,
}

/// One port of the leg.
struct Port {
    component: Component,
    expected: SocketAddr,
    candidates: Vec<Candidate>,
    /// The first of them has the certificate of SDP, and is alone.
    is_settled: bool,
}

/// What our certificate and clock are.
#[derive(Clone)]
pub struct Ours {
    pub identity: Arc<Identity>,
    pub epoch: Epoch,
}

pub struct Handshake {
    ours: Ours,
    peer: Peer,
    rtp: Port,
    rtcp: Option<Port>,
    teller: Teller,
    untold: Vec<Word>,
    /// Somebody showed another certificate, from an address that need not be the peer's.
    was_deceived: bool,
    /// Until when there must be keys; `u64::MAX` when they are there, or never will be.
    deadline: u64,
    is_over: bool,
}

impl Handshake {
    /// As a client it has a hello to send at once: `settle` it.
    pub fn new(ours: Ours, peer: Peer, teller: Teller, now: u64) -> Self {
        let rtp = Port::new(Component::Rtp, peer.rtp);
        let mut made = Self {
            rtcp: None,
            rtp,
            ours,
            peer,
            teller,
            untold: Vec::new(),
            was_deceived: false,
            deadline: 0,
            is_over: false,
        };
        made.begin(now);
        made
    }

    fn begin(&mut self, now: u64) {
        self.rtp = Port::new(Component::Rtp, self.peer.rtp);
        self.rtcp = self.peer.rtcp.map(|at| Port::new(Component::Rtcp, at));
        for port in [Some(&mut self.rtp), self.rtcp.as_mut()]
            .into_iter()
            .flatten()
        {
            port.begin(&self.ours, &self.peer, now);
        }
        self.was_deceived = false;
        self.is_over = false;
        self.deadline = now.saturating_add(PATIENCE);
    }

    /// SDP says this of the peer now. What has failed is tried again.
    pub fn agree(&mut self, peer: Peer, now: u64) {
        if self.is_over || !self.peer.is_same_association(&peer) {
            self.peer = peer;
            self.untold.push(Word::Cut);
            return self.begin(now);
        }
        self.peer = peer;
        self.rtp.expect(self.peer.rtp, &self.ours, &self.peer, now);
        match (self.peer.rtcp, &mut self.rtcp) {
            (Some(at), Some(port)) => port.expect(at, &self.ours, &self.peer, now),
            (Some(at), rtcp) => {
                let port = rtcp.insert(Port::new(Component::Rtcp, at));
                port.begin(&self.ours, &self.peer, now);
            }
            (None, rtcp) => *rtcp = None,
        }
    }

    /// Takes a datagram, whoever sent it. `settle` afterwards.
    pub fn receive(&mut self, component: Component, datagram: &[u8], from: SocketAddr, now: u64) {
        let port = match component {
            Component::Rtp => Some(&mut self.rtp),
            Component::Rtcp => self.rtcp.as_mut(),
        };
        if let (Some(port), false) = (port, self.is_over) {
            port.receive(datagram, canonical(from), &self.ours, &self.peer, now);
        }
    }

    pub fn next_timer(&self) -> u64 {
        let ports = [Some(&self.rtp), self.rtcp.as_ref()];
        let handshakes = ports.into_iter().flatten().map(Port::next_timer);
        let untold = if self.untold.is_empty() { u64::MAX } else { 0 };
        handshakes
            .chain([self.deadline, untold])
            .min()
            .unwrap_or(u64::MAX)
    }

    /// After every input and when a timer is due: sends what is to be sent, and tells the leg what is new.
    pub fn settle(&mut self, now: u64, room: &mut [u8; MAX_RECORD], send: Send<'_>) {
        let mut lost = None;
        for port in [Some(&mut self.rtp), self.rtcp.as_mut()]
            .into_iter()
            .flatten()
        {
            let found = port.settle(now, room, send);
            self.untold.extend(found.keys);
            self.was_deceived |= found.was_deceived;
            lost = lost.or(found.lost);
        }
        if self.rtp.is_settled {
            self.deadline = u64::MAX;
        }
        if now >= self.deadline {
            lost = Some(match self.was_deceived {
                true => Failure::WrongFingerprint,
                false => Failure::TimedOut,
            });
        }
        if let (Some(failure), false) = (lost, self.is_over) {
            self.is_over = true;
            self.deadline = u64::MAX;
            self.rtp.candidates.clear();
            self.rtcp = None;
            self.untold.push(Word::Lost(failure));
        }
        self.tell();
    }

    /// Says goodbye: the leg is gone.
    pub fn close(&mut self, now: u64, room: &mut [u8; MAX_RECORD], send: Send<'_>) {
        for port in [Some(&mut self.rtp), self.rtcp.as_mut()]
            .into_iter()
            .flatten()
        {
            for candidate in &mut port.candidates {
                candidate.association.close();
            }
            port.settle(now, room, send);
        }
    }

    fn tell(&mut self) {
        let mut words = std::mem::take(&mut self.untold).into_iter();
        for word in words.by_ref() {
            if let Err(rtrb::PushError::Full(word)) = self.teller.0.push(word) {
                self.untold.push(word);
                break;
            }
        }
        self.untold.extend(words);
    }
}

/// What came of one look at a port.
#[derive(Default)]
struct Found {
    keys: Option<Word>,
    lost: Option<Failure>,
    was_deceived: bool,
}

impl Port {
    fn new(component: Component, expected: SocketAddr) -> Self {
        Self {
            component,
            expected: canonical(expected),
            candidates: Vec::new(),
            is_settled: false,
        }
    }

    fn begin(&mut self, ours: &Ours, peer: &Peer, now: u64) {
        self.candidates.clear();
        self.is_settled = false;
        if peer.role == Role::Client {
            let candidate = Candidate::new(self.expected, Match::Exact, ours, peer, now);
            self.candidates.push(candidate);
        }
    }

    /// SDP names this address now; keys that are agreed hold wherever the peer goes.
    fn expect(&mut self, expected: SocketAddr, ours: &Ours, peer: &Peer, now: u64) {
        let expected = canonical(expected);
        if expected != std::mem::replace(&mut self.expected, expected) && !self.is_settled {
            self.begin(ours, peer, now);
        }
    }

    fn receive(&mut self, datagram: &[u8], source: SocketAddr, ours: &Ours, peer: &Peer, now: u64) {
        let known = self.candidates.iter_mut().find(|one| one.source == source);
        if let Some(candidate) = known {
            candidate.heard = now;
            return candidate.association.receive(datagram, now);
        }
        if self.is_settled || peer.role == Role::Client || !is_first_hello(datagram) {
            return;
        }
        let rank = Match::of(source, self.expected);
        if self.make_room(rank, now) {
            let mut candidate = Candidate::new(source, rank, ours, peer, now);
            candidate.association.receive(datagram, now);
            self.candidates.push(candidate);
        }
    }

    /// For one more: in place of one that matches SDP less, or that fell silent and matches no better.
    fn make_room(&mut self, rank: Match, now: u64) -> bool {
        if self.candidates.len() < CANDIDATES {
            return true;
        }
        let weakest = self
            .candidates
            .iter()
            .enumerate()
            .min_by_key(|(_, one)| (one.rank, one.heard));
        let Some((index, weakest)) = weakest else {
            return true;
        };
        let is_idle = now.saturating_sub(weakest.heard) >= IDLE;
        let gives_way = weakest.rank < rank || (weakest.rank == rank && is_idle);
        if gives_way {
            self.candidates.swap_remove(index);
        }
        gives_way
    }

    fn next_timer(&self) -> u64 {
        let timers = self
            .candidates
            .iter()
            .map(|one| one.association.next_timer());
        timers.min().unwrap_or(u64::MAX)
    }

    fn settle(&mut self, now: u64, room: &mut [u8; MAX_RECORD], send: Send<'_>) -> Found {
        let mut found = Found::default();
        let mut index = 0;
        while index < self.candidates.len() {
            let candidate = &mut self.candidates[index];
            let source = candidate.source;
            if now >= candidate.association.next_timer() {
                candidate.association.handle_timer(now);
            }
            let (mut keys, mut failed) = (None, None);
            candidate
                .association
                .poll(room, now, |output| match output {
                    Output::Send(record) => send(self.component, record, source),
                    Output::Keys(session) => keys = Some(session),
                    Output::Failed(failure) => failed = Some(failure),
                });
            if let Some(session) = keys {
                self.is_settled = true;
                let taken = self.candidates.swap_remove(index);
                self.candidates.clear();
                self.candidates.push(taken);
                found.keys = Some(Word::Keys(self.component, session, source));
                index = 0;
            }
            let Some(failure) = failed else {
                index += 1;
                continue;
            };
            // What a stranger does ends nothing: it took a round trip to fail, so the address is no false one.
            let is_peer = self.is_settled || source == self.expected;
            match (is_peer, failure) {
                (true, _) if self.component == Component::Rtp => found.lost = Some(failure),
                (_, Failure::WrongFingerprint) => found.was_deceived = true,
                _ => {}
            }
            self.candidates.swap_remove(index);
        }
        found
    }
}

impl Candidate {
    fn new(source: SocketAddr, rank: Match, ours: &Ours, peer: &Peer, now: u64) -> Self {
        let (identity, fingerprint) = (ours.identity.clone(), peer.fingerprint.clone());
        Self {
            source,
            rank,
            association: Association::new(identity, fingerprint, peer.role, ours.epoch, now),
            heard: now,
        }
    }
}
