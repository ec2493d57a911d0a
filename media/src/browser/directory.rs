//! Who is who on the browsers' port. Nothing is kept for an address that did not prove to belong to a leg.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::line::Outlet;
use super::peer::{Agreed, Peer, Send};
use super::Protocol;
use crate::dtls::{self, Epoch, Fingerprint, Identity};
use crate::ice::{self, Credentials};

/// Browser legs of one engine.
pub const MAX_LEGS: usize = 2048;

pub struct Directory {
    identity: Arc<Identity>,
    epoch: Epoch,
    peers: Vec<Option<Box<Peer>>>,
    free: Vec<u32>,
    by_leg: HashMap<u64, u32>,
    by_ufrag: HashMap<Box<str>, u32>,
    by_address: HashMap<SocketAddr, u32>,
    /// No peer's timer is due before.
    next_timer: u64,
    room: Box<[u8; dtls::MAX_RECORD]>,
}

impl Directory {
    pub fn new(identity: Arc<Identity>, epoch: Epoch) -> Self {
        Self {
            identity,
            epoch,
            peers: Vec::new(),
            free: Vec::new(),
            by_leg: HashMap::new(),
            by_ufrag: HashMap::new(),
            by_address: HashMap::new(),
            next_timer: u64::MAX,
            room: Box::new([0; dtls::MAX_RECORD]),
        }
    }

    pub fn fingerprint(&self) -> &Fingerprint {
        self.identity.fingerprint()
    }

    /// Answers checks from now on; what comes before `agree` is ours to answer as well (RFC 8445, 7.3).
    pub fn open(&mut self, leg: u64, ours: Credentials, outlet: Outlet) {
        let ufrag = ours.ufrag().into();
        let peer = Some(Box::new(Peer::new(ours, outlet)));
        let place = match self.free.pop() {
            Some(place) => {
                self.peers[place as usize] = peer;
                place
            }
            None => {
                self.peers.push(peer);
                // There are at most MAX_LEGS.
                (self.peers.len() - 1) as u32
            }
        };
        self.by_leg.insert(leg, place);
        self.by_ufrag.insert(ufrag, place);
    }

    /// An ICE restart of ours.
    pub fn restart(&mut self, leg: u64, ours: Credentials) {
        let Some(&place) = self.by_leg.get(&leg) else {
            return;
        };
        let Some(peer) = self.peers[place as usize].as_mut() else {
            return;
        };
        self.by_ufrag.insert(ours.ufrag().into(), place);
        if let Some(over) = peer.restart(ours) {
            self.by_ufrag.remove(over.ufrag());
        }
    }

    /// What SDP says of the peer, at first or anew.
    pub fn agree(&mut self, leg: u64, agreed: &Agreed, now: u64, send: Send<'_>) {
        let Some(&place) = self.by_leg.get(&leg) else {
            return;
        };
        let Some(peer) = self.peers[place as usize].as_mut() else {
            return;
        };
        let forgotten = peer.agree(agreed, &self.identity, self.epoch, now);
        peer.settle(now, &mut self.room, send);
        self.next_timer = self.next_timer.min(peer.next_timer());
        for address in forgotten {
            self.forget(address, place);
        }
    }

    /// The leg is gone: its peer hears it over DTLS, as it did over RTCP.
    pub fn close(&mut self, leg: u64, now: u64, send: Send<'_>) {
        let Some(place) = self.by_leg.remove(&leg) else {
            return;
        };
        let Some(mut peer) = self.peers[place as usize].take() else {
            return;
        };
        self.free.push(place);
        for ufrag in peer.agent().ufrags() {
            self.by_ufrag.remove(ufrag);
        }
        for address in peer.agent().paths() {
            self.forget(address, place);
        }
        peer.close(now, &mut self.room, send);
    }

    /// Takes one datagram that arrived at `arrived`; true when it was a packet for a leg.
    pub fn receive(
        &mut self,
        datagram: &[u8],
        source: SocketAddr,
        arrived: u64,
        now: u64,
        send: Send<'_>,
    ) -> bool {
        match Protocol::of(datagram) {
            Some(Protocol::Rtp) => {
                let peer = self.by_address.get(&source);
                let peer = peer.and_then(|place| self.peers[*place as usize].as_mut());
                if let Some(peer) = peer {
                    peer.forward(datagram, arrived);
                    return true;
                }
            }
            Some(Protocol::Dtls) => self.receive_record(datagram, source, now, send),
            Some(Protocol::Stun) => self.receive_check(datagram, source, now, send),
            None => {}
        }
        false
    }

    pub fn next_timer(&self) -> u64 {
        self.next_timer
    }

    /// Call it when [`Directory::next_timer`] is due.
    pub fn handle_timer(&mut self, now: u64, send: Send<'_>) {
        if now < self.next_timer {
            return;
        }
        self.next_timer = u64::MAX;
        for peer in self.peers.iter_mut().flatten() {
            if now >= peer.next_timer() {
                peer.settle(now, &mut self.room, send);
            }
            // A leg that is told nothing because its worker stands still is asked again in a while.
            let next = peer.next_timer().max(now + 1_000_000);
            self.next_timer = self.next_timer.min(next);
        }
    }

    /// Only from addresses that a check proved: a stranger's hello meets no handshake that it could disturb.
    fn receive_record(&mut self, datagram: &[u8], source: SocketAddr, now: u64, send: Send<'_>) {
        let peer = self.by_address.get(&source);
        let Some(peer) = peer.and_then(|place| self.peers[*place as usize].as_mut()) else {
            return;
        };
        peer.receive_record(datagram, now);
        peer.settle(now, &mut self.room, send);
        self.next_timer = self.next_timer.min(peer.next_timer());
    }

    fn receive_check(&mut self, datagram: &[u8], source: SocketAddr, now: u64, send: Send<'_>) {
        let Some(&place) = ice::addressee(datagram).and_then(|ufrag| self.by_ufrag.get(ufrag))
        else {
            return;
        };
        let Some(peer) = self.peers[place as usize].as_mut() else {
            return;
        };
        let checked = peer.receive_check(datagram, source, now, send);
        if checked.answer == 0 {
            return;
        }
        peer.settle(now, &mut self.room, send);
        self.next_timer = self.next_timer.min(peer.next_timer());
        if peer.agent().paths().any(|path| path == source) {
            self.by_address.insert(source, place);
        }
        if let Some(forgotten) = checked.forgotten {
            self.forget(forgotten, place);
        }
        if let Some(ended) = checked.ended {
            self.by_ufrag.remove(ended.ufrag());
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.by_leg.is_empty() && self.by_ufrag.is_empty() && self.by_address.is_empty()
    }

    #[cfg(test)]
    pub(super) fn addresses(&self) -> usize {
        self.by_address.len()
    }

    /// Another peer may have proved the address since.
    fn forget(&mut self, address: SocketAddr, place: u32) {
        if self.by_address.get(&address) == Some(&place) {
            self.by_address.remove(&address);
        }
    }
}
