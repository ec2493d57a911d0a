//! The handshakes of all legs with ports of their own, by leg.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::handshake::{Component, Handshake, Ours, Peer, Send, Teller};
use super::MAX_RECORD;

pub struct Handshakes {
    ours: Ours,
    legs: HashMap<u64, Handshake>,
    /// No leg's timer is due before.
    next_timer: u64,
    room: Box<[u8; MAX_RECORD]>,
}

/// As [`Send`], for whichever leg.
pub type SendFor<'a> = &'a mut dyn FnMut(u64, Component, &[u8], SocketAddr);

impl Handshakes {
    pub fn new(ours: Ours) -> Self {
        Self {
            ours,
            legs: HashMap::new(),
            next_timer: u64::MAX,
            room: Box::new([0; MAX_RECORD]),
        }
    }

    /// What SDP says of a leg's peer, at first (with a teller) or anew.
    pub fn agree(
        &mut self,
        leg: u64,
        peer: Peer,
        teller: Option<Teller>,
        now: u64,
        send: SendFor<'_>,
    ) {
        match (self.legs.get_mut(&leg), teller) {
            (_, Some(teller)) => {
                let made = Handshake::new(self.ours.clone(), peer, teller, now);
                self.legs.insert(leg, made);
            }
            (Some(handshake), None) => handshake.agree(peer, now),
            (None, None) => return,
        }
        self.settle(leg, now, send);
    }

    /// Takes a datagram of a leg's socket, whoever sent it.
    pub fn receive(
        &mut self,
        (leg, component): (u64, Component),
        datagram: &[u8],
        source: SocketAddr,
        now: u64,
        send: SendFor<'_>,
    ) {
        if let Some(handshake) = self.legs.get_mut(&leg) {
            handshake.receive(component, datagram, source, now);
            self.settle(leg, now, send);
        }
    }

    /// The leg is gone, or needs no keys any more: its peer hears it.
    pub fn close(&mut self, leg: u64, now: u64, send: SendFor<'_>) {
        if let Some(mut handshake) = self.legs.remove(&leg) {
            let send: Send<'_> = &mut |component, record, to| send(leg, component, record, to);
            handshake.close(now, &mut self.room, send);
        }
    }

    pub fn next_timer(&self) -> u64 {
        self.next_timer
    }

    /// Call it when [`Handshakes::next_timer`] is due.
    pub fn handle_timer(&mut self, now: u64, send: SendFor<'_>) {
        if now < self.next_timer {
            return;
        }
        self.next_timer = u64::MAX;
        for (leg, handshake) in &mut self.legs {
            if now >= handshake.next_timer() {
                let send: Send<'_> = &mut |component, record, to| send(*leg, component, record, to);
                handshake.settle(now, &mut self.room, send);
            }
            // A leg that is told nothing because its worker stands still is told again in a while.
            let next = handshake.next_timer().max(now + 1_000_000);
            self.next_timer = self.next_timer.min(next);
        }
    }

    fn settle(&mut self, leg: u64, now: u64, send: SendFor<'_>) {
        if let Some(handshake) = self.legs.get_mut(&leg) {
            let send: Send<'_> = &mut |component, record, to| send(leg, component, record, to);
            handshake.settle(now, &mut self.room, send);
            self.next_timer = self.next_timer.min(handshake.next_timer());
        }
    }
}
