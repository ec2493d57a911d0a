//! DTLS of a leg with ports of its own: its records go to the thread that shakes hands, and keys come back.
//!
//! A tick only copies what came into a queue and takes what is ready out of a ring.

use std::net::SocketAddr;

use crossbeam_queue::ArrayQueue;

use super::event::{EventQueue, Fact};
use super::leg::Leg;
use super::reaper::Bin;
use crate::browser::Cause;
use crate::dtls::handshake::{Component, Peer, Teller, Word};
use crate::dtls::Failure;
use crate::net::ports::SocketPair;
use crate::net::wait::Bell;

/// No record on the wire is longer: a path of Ethernet carries it whole.
const MAX_RECORD: usize = 1500;
/// Records that one leg may hand over in one tick: a flight has fewer, and who floods one leg fills no queue for others.
pub const RECORDS_A_TICK: usize = 8;

/// What the peer of a leg is to be, for the thread that shakes hands.
pub struct Greeting {
    pub peer: Peer,
    /// For the first one of a leg: where to send from, and whom to tell.
    pub line: Option<(SocketPair, Teller)>,
}

/// One datagram of DTLS as it came.
pub struct Record {
    pub leg: u64,
    pub component: Component,
    pub source: SocketAddr,
    octets: [u8; MAX_RECORD],
    length: usize,
}

impl Record {
    pub fn octets(&self) -> &[u8] {
        &self.octets[..self.length]
    }
}

/// From the workers to the thread that shakes hands. Full: the record is lost, as on the network, and sent again.
pub struct Records {
    queue: ArrayQueue<Record>,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            queue: ArrayQueue::new(Self::CAPACITY),
        }
    }
}

impl Records {
    const CAPACITY: usize = 512;

    pub fn pop(&self) -> Option<Record> {
        self.queue.pop()
    }
}

/// RFC 7983, 7: whether a datagram is of DTLS.
pub fn is_record(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(20..=63))
}

/// RFC 5761, 4: whether a packet on a shared port is of RTCP, which has packet types where RTP has marker and payload type.
pub fn is_control(packet: &[u8]) -> bool {
    packet.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

/// Hands the records of one leg over, a bounded number in a tick.
pub struct Carrier<'a> {
    records: &'a Records,
    bell: &'a Bell,
    leg: u64,
    left: usize,
}

impl<'a> Carrier<'a> {
    pub fn new(records: &'a Records, bell: &'a Bell, leg: u64) -> Self {
        Self {
            records,
            bell,
            leg,
            left: RECORDS_A_TICK,
        }
    }

    /// False when the record was dropped.
    pub fn carry(&mut self, component: Component, datagram: &[u8], source: SocketAddr) -> bool {
        if self.left == 0 || datagram.len() > MAX_RECORD {
            return false;
        }
        self.left -= 1;
        let mut record = Record {
            leg: self.leg,
            component,
            source,
            octets: [0; MAX_RECORD],
            length: datagram.len(),
        };
        record.octets[..datagram.len()].copy_from_slice(datagram);
        let is_taken = self.records.queue.push(record).is_ok();
        self.bell.ring();
        is_taken
    }
}

/// Takes what the handshakes of a leg came to.
pub fn listen(leg: &mut Leg, now: u64, events: &EventQueue, bin: &Bin) {
    let Some(mut words) = leg.words.take() else {
        return;
    };
    while let Some(word) = words.take() {
        match word {
            Word::Cut => leg.security.cut(bin),
            Word::Keys(Component::Rtp, session, address) => {
                leg.security.replace(Some(session), bin);
                if leg.incoming.destination() != Some(address) {
                    leg.incoming.expect(address, now);
                }
                leg.incoming.expect_media(now);
                events.push(leg.id, now, Fact::MediaConnected { address });
            }
            Word::Keys(Component::Rtcp, session, _) => leg.security.replace_control(session, bin),
            Word::Lost(failure) => {
                let why = cause(failure);
                events.push(leg.id, now, Fact::MediaDisconnected { why });
            }
        }
    }
    leg.words = Some(words);
}

fn cause(failure: Failure) -> Cause {
    match failure {
        Failure::WrongFingerprint => Cause::WrongFingerprint,
        Failure::TimedOut => Cause::NeverConnected,
        Failure::Closed => Cause::DtlsClosed,
    }
}

/// A record of ours goes out where RTP or RTCP of the leg does.
pub fn send(sockets: &SocketPair, component: Component, record: &[u8], to: SocketAddr) {
    let socket = match component {
        Component::Rtp => &sockets.rtp,
        Component::Rtcp => &sockets.rtcp,
    };
    // A peer on hold may have no address (RFC 3264, 8.4), and Linux would take that for this machine.
    if !to.ip().is_unspecified() {
        // What cannot be sent is lost, as on the network: flights are repeated.
        let _ = socket.send_to(record, to);
    }
}
