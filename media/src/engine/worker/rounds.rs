//! The rounds in which packets of pairs pass as they come.
//!
//! The sockets of such legs lie in an epoll set of their own. What comes after a pause wakes the worker at once; while
//! packets come it looks twice a slot, so that many packets share one waking and none waits longer than 1.25 ms.

use std::io;

use super::{Worker, ROUNDS};
use crate::dtls::handshake::Component;
use crate::engine::handshake::{self, is_control, is_record};
use crate::engine::incoming::admitting::{Admitted, Content};
use crate::engine::incoming::passing::sounds;
use crate::engine::leg::{Farewell, Leg};
use crate::engine::pair::{rhythm, Pair};
use crate::engine::receive::arrival;
use crate::engine::security::SEALED_LEN;
use crate::engine::wheel::{slots, SLOT_NS};
use crate::graph::MAX_OCTETS;
use crate::net::batch::BATCH;
use crate::net::wait::{Poller, Ready, Trigger};
use crate::net::{monotonic_ns, realtime_ns};
use crate::rtp::{self, Header, HEADER_LEN};

/// Time between two looks.
const ROUND_NS: u64 = SLOT_NS / 2;
/// A leg whose packets pass has a tick only so often: whole packet times.
const RARELY_MS: u32 = 60;
/// The sockets that are read in rounds.
pub struct Rounds {
    pub poller: Poller,
    ready: Ready,
    /// When to look again; None: not before something comes.
    next: Option<u64>,
    packet: [u8; HEADER_LEN + MAX_OCTETS],
    sealed: [u8; SEALED_LEN],
}

impl Rounds {
    /// `outer` tells once when something comes.
    pub fn new(outer: &Poller) -> io::Result<Self> {
        let poller = Poller::new()?;
        outer.add(&poller, ROUNDS, Trigger::Once)?;
        Ok(Self {
            poller,
            ready: Ready::default(),
            next: None,
            packet: [0; HEADER_LEN + MAX_OCTETS],
            sealed: [0; SEALED_LEN],
        })
    }

    /// Something came.
    pub fn ring(&mut self) {
        self.next = Some(0);
    }

    /// When to look again, if that is known.
    pub fn next(&self) -> Option<u64> {
        self.next
    }
}

impl Worker {
    /// Passes on what came, if it is time to look.
    pub fn run_round(&mut self) {
        let now = monotonic_ns();
        if self.rounds.next.is_none_or(|next| now < next) {
            return;
        }
        let mut came = [0; Ready::ROOM];
        let mut count = 0;
        let Rounds { poller, ready, .. } = &mut self.rounds;
        for (place, token) in came.iter_mut().zip(poller.wait(ready, false)) {
            // Places of legs are below 2^32.
            *place = token as u32;
            count += 1;
        }
        if count == 0 {
            self.rounds.next = None;
            return self.poller.rearm(&self.rounds.poller, ROUNDS);
        }
        let offset = realtime_ns().saturating_sub(now);
        for place in &came[..count] {
            self.read(*place, now, offset);
        }
        self.rounds.next = Some(match count {
            // There may be more.
            Ready::ROOM => now,
            _ => (now / ROUND_NS + 1) * ROUND_NS,
        });
    }

    /// Reads a leg's socket once and passes on what came.
    fn read(&mut self, place: u32, now: u64, offset: u64) {
        let Some(mut leg) = self.legs.take(place) else {
            return;
        };
        if leg.is_relayed() {
            let mut other = self.take_other(&mut leg);
            self.batch.receive(&leg.sockets.rtp, BATCH);
            self.pass_on(
                &mut leg,
                other.as_mut().map(|(_, other)| &mut **other),
                now,
                offset,
            );
            if let Some((at, other)) = other {
                self.legs.put(at, other);
            }
        }
        self.legs.put(place, leg);
    }

    fn pass_on(&mut self, leg: &mut Leg, mut other: Option<&mut Leg>, now: u64, offset: u64) {
        let Worker {
            batch,
            shared,
            rounds,
            ..
        } = self;
        let id = leg.id;
        let mut tell = |fact| shared.events.push(id, now, fact);
        let mut carrier = leg.words.as_ref().map(|_| shared.knocks.carrier(id));
        let (Some(configuration), Some(pair)) = (&leg.configuration, &mut leg.pair) else {
            return;
        };
        for datagram in batch.datagrams() {
            let source = datagram.source;
            let arrived = datagram
                .arrived_realtime_ns
                .map_or(now, |at| arrival(at, now, offset));
            if let (Some(carrier), true) = (&mut carrier, is_record(datagram.data)) {
                carrier.carry(Component::Rtp, datagram.data, source);
            } else if configuration.rtcp_mux && is_control(datagram.data) {
                if let Some(packet) = leg.security.open_control(datagram.data, now) {
                    let (incoming, ssrc) = (&mut leg.incoming, leg.outgoing.sender.ssrc());
                    leg.control.receive(packet, source, incoming, ssrc, arrived);
                }
            } else if let Some(packet) = leg.security.open(datagram.data, now) {
                let incoming = &mut leg.incoming;
                let admitted = incoming.pass(packet, source, arrived, configuration, &mut tell);
                let Some(admitted) = admitted else {
                    continue;
                };
                if let Content::Audio(codec) = admitted.content {
                    let is_new = pair.kept.keep(&admitted.header, admitted.payload, arrived);
                    if sounds(codec, admitted.payload).unwrap_or(is_new) {
                        incoming.note_sound(arrived);
                    }
                }
                if let Some(other) = &mut other {
                    rounds.pass_packet(&admitted, arrived, pair, other);
                }
            }
        }
    }

    /// A tick of a leg whose packets pass: what is due by the clock.
    pub fn keep_up(&mut self, place: u32, slot: u64, now: u64) {
        let Some(leg) = self.legs.get_mut(place) else {
            return;
        };
        let shared = &self.shared;
        handshake::listen(leg, now, &shared.events, &shared.bin);
        let Some(configuration) = &leg.configuration else {
            return;
        };
        let id = leg.id;
        let mut tell = |fact| shared.events.push(id, now, fact);
        leg.incoming.pass_tick(configuration, now, &mut tell);
        let rarely = (RARELY_MS / configuration.packet_time_ms).max(1);
        leg.due = slot + slots(configuration.packet_time_ms * rarely);
        if leg.control.is_due(now) {
            leg.report(now, Farewell::None);
        }
    }
}

impl Rounds {
    /// A packet of a leg's peer becomes one of the other leg.
    fn pass_packet(&mut self, packet: &Admitted, arrived: u64, pair: &mut Pair, to: &mut Leg) {
        let (Some(configuration), Some(theirs)) = (&to.configuration, &mut to.pair) else {
            return;
        };
        let Some(relay) = &mut theirs.relay else {
            return;
        };
        let sender = &mut to.outgoing.sender;
        let rhythm = rhythm(configuration);
        let what = (&packet.header, packet.payload.len(), arrived);
        if packet.restarted {
            relay.translation.restart();
        }
        let header = match packet.content {
            Content::Audio(codec) if codec.is_like(configuration.codec) => {
                pair.check_length(packet.payload, configuration);
                relay
                    .translation
                    .audio(what, configuration.payload_type, rhythm, sender)
            }
            Content::Event(clock_rate) if to.outgoing.relays.contains(theirs.other) => {
                let payload_type = configuration
                    .sent_event()
                    .filter(|_| configuration.event_clock() == clock_rate);
                pair.is_unfit |= payload_type.is_none();
                payload_type.and_then(|payload_type| {
                    let header = relay
                        .translation
                        .other(what, payload_type, rhythm, sender)?;
                    relay.note_event(&header, packet.payload);
                    Some(header)
                })
            }
            Content::Audio(_) | Content::Noise => {
                pair.is_unfit = true;
                None
            }
            Content::Event(_) | Content::Other => None,
        };
        match header {
            Some(header) => {
                self.send(to, &header, packet.payload);
                to.outgoing.counts.relayed += 1;
            }
            None => relay.translation.swallow(&packet.header, sender),
        }
    }

    pub fn send(&mut self, leg: &mut Leg, header: &Header, payload: &[u8]) {
        let (Some(destination), Some(room)) = (
            leg.destination(),
            self.packet.get_mut(HEADER_LEN..HEADER_LEN + payload.len()),
        ) else {
            return;
        };
        room.copy_from_slice(payload);
        rtp::write(header, &mut self.packet);
        let datagram = &self.packet[..HEADER_LEN + payload.len()];
        let sealed = leg.security.seal(datagram, &mut self.sealed);
        if let Some(Ok(_)) = sealed.map(|sealed| leg.sockets.rtp.send_to(sealed, destination)) {
            leg.outgoing.counts.add(payload.len(), monotonic_ns());
        }
    }
}
