//! Pairs whose packets pass as they come: when they begin and end to, and the rounds in which packets do.
//!
//! The sockets of such legs lie in an epoll set of their own. What comes after a pause wakes the worker at once; while
//! packets come it looks twice a slot, so that many packets share one waking and none waits longer than 1.25 ms.

use std::io;

use super::{Worker, ROUNDS};
use crate::dtls::handshake::Component;
use crate::engine::handshake::{self, is_control, is_record};
use crate::engine::incoming::passing::sounds;
use crate::engine::incoming::{Admitted, Content};
use crate::engine::leg::{Farewell, Leg};
use crate::engine::pair::{hindrance, rhythm, Hindrance, Pair, Side};
use crate::engine::receive::arrival;
use crate::engine::security::SEALED_LEN;
use crate::engine::wheel::{slots, SLOT_NS};
use crate::graph::{MAX_OCTETS, MAX_SAMPLES};
use crate::net::batch::BATCH;
use crate::net::wait::{Poller, Ready, Trigger};
use crate::net::{monotonic_ns, realtime_ns};
use crate::rtp::{self, Header, HEADER_LEN};

/// Time between two looks.
const ROUND_NS: u64 = SLOT_NS / 2;
/// A leg whose packets pass has a tick only so often: whole packet times.
const RARELY_MS: u32 = 60;
/// More than a jitter buffer holds.
const MOST_DRAINED: u64 = 8;

/// The sockets that are read in rounds.
pub struct Rounds {
    poller: Poller,
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

    /// Something was asked of a leg: if its packets pass, they may have to cease to.
    pub fn reconsider(&mut self, place: u32) {
        if self.legs.get(place).is_some_and(Leg::is_relayed) {
            self.consider(place, monotonic_ns(), self.next_slot);
        }
    }

    /// Begins or ends to pass the packets of a pair, one of whose legs is due. `from`: the first slot that is to come.
    pub fn consider(&mut self, place: u32, now: u64, from: u64) {
        let is_paired = |leg: &Leg| leg.pair.is_some();
        if !self.legs.get(place).is_some_and(is_paired) {
            return;
        }
        let Some(mut leg) = self.legs.take(place) else {
            return;
        };
        match self.take_other(&mut leg) {
            Some((at, mut other)) => {
                let found = found_hindrance(&leg, &other, now);
                let is_relayed = leg.is_relayed() || other.is_relayed();
                if is_relayed && found.is_some() {
                    self.end((place, &mut leg), (at, &mut other), now, from);
                } else if !is_relayed && may_begin(&mut leg, &mut other, found, now) {
                    self.begin_passing((place, &mut leg), (at, &mut other), now);
                }
                self.legs.put(at, other);
            }
            None if leg.is_relayed() => self.end_alone((place, &mut leg), now, from),
            None => {}
        }
        self.legs.put(place, leg);
    }

    /// Packets of this leg and its other one pass no more: it goes, or talks to somebody else.
    pub fn stop_passing(&mut self, place: u32) {
        let (now, from) = (monotonic_ns(), self.next_slot);
        let Some(mut leg) = self.legs.take(place) else {
            return;
        };
        match self.take_other(&mut leg) {
            Some((at, mut other)) => {
                let is_mutual = other.pair.as_ref().is_some_and(|pair| pair.other == leg.id);
                if leg.is_relayed() && is_mutual {
                    self.end((place, &mut leg), (at, &mut other), now, from);
                }
                self.legs.put(at, other);
            }
            None if leg.is_relayed() => self.end_alone((place, &mut leg), now, from),
            None => {}
        }
        self.legs.put(place, leg);
    }

    /// The other leg of the pair, taken out, and its place.
    fn take_other(&mut self, leg: &mut Leg) -> Option<(u32, Box<Leg>)> {
        let pair = leg.pair.as_mut()?;
        self.legs.find(pair.other, &mut pair.place)?;
        Some((pair.place, self.legs.take(pair.place)?))
    }

    fn begin_passing(&mut self, one: (u32, &mut Leg), two: (u32, &mut Leg), now: u64) {
        let (one_at, one) = one;
        let (two_at, two) = two;
        let add = |at: u32, leg: &Leg| {
            let (socket, token) = (&leg.sockets.rtp, u64::from(at));
            self.rounds.poller.add(socket, token, Trigger::Level)
        };
        if add(one_at, one).is_err() {
            return;
        }
        if add(two_at, two).is_err() {
            return self.rounds.poller.remove(&one.sockets.rtp);
        }
        self.rounds.drain(one, two, now);
        self.rounds.drain(two, one, now);
        for leg in [one, two] {
            leg.incoming.part();
            let due = leg.due;
            if let Some(pair) = &mut leg.pair {
                pair.begin(due);
            }
        }
    }

    fn end(&mut self, one: (u32, &mut Leg), two: (u32, &mut Leg), now: u64, from: u64) {
        follow(one.1, two.1);
        follow(two.1, one.1);
        self.end_alone(one, now, from);
        self.end_alone(two, now, from);
    }

    fn end_alone(&mut self, (place, leg): (u32, &mut Leg), now: u64, from: u64) {
        let (Some(configuration), Some(pair)) = (&leg.configuration, &mut leg.pair) else {
            return;
        };
        let Some(relay) = pair.end(now) else {
            return;
        };
        self.rounds.poller.remove(&leg.sockets.rtp);
        // Its next tick may be one of the rare ones.
        if leg.due >= from {
            self.wheel.remove(place, leg.due);
            let early = (leg.due - from) / slots(configuration.packet_time_ms);
            leg.due -= early * slots(configuration.packet_time_ms);
            self.wheel.add(place, leg.due);
        }
        leg.incoming.rejoin(&pair.kept, configuration);
        let due = leg.due * SLOT_NS;
        let behind = relay.translation.behind(due, rhythm(configuration));
        if behind > 0 {
            leg.outgoing.sender.skip(behind);
        }
        leg.outgoing.relays.catch_up(relay.event);
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
    /// What waits in the jitter buffer of one goes out to the peer of the other at once: it is not heard twice, and
    /// nothing is missing.
    fn drain(&mut self, from: &mut Leg, to: &mut Leg, now: u64) {
        let Some(configuration) = &to.configuration else {
            return;
        };
        let (codec, payload_type) = (configuration.codec, configuration.payload_type);
        let (units, packet_ns) = (
            configuration.units(),
            u64::from(configuration.packet_time_ms) * 1_000_000,
        );
        let mut room = [0; MAX_SAMPLES];
        let samples = &mut room[..configuration.samples()];
        let most = codec.octets_a_ms().map_or(MAX_OCTETS, |each| {
            each * configuration.packet_time_ms as usize
        });
        for index in 0..MOST_DRAINED {
            if !from.incoming.drain(samples, now + index * packet_ns) {
                return;
            }
            let mut payload = [0; MAX_OCTETS];
            let octets = to
                .outgoing
                .encoder
                .encode(codec, samples, &mut payload[..most]);
            let header = to.outgoing.sender.audio(payload_type, units, octets);
            self.send(to, &header, &payload[..octets]);
        }
    }

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

    fn send(&mut self, leg: &mut Leg, header: &Header, payload: &[u8]) {
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

fn found_hindrance(leg: &Leg, other: &Leg, now: u64) -> Option<Hindrance> {
    let is_mutual = other.pair.as_ref().is_some_and(|pair| pair.other == leg.id);
    match (Side::of(leg, other, now), Side::of(other, leg, now)) {
        (Some(one), Some(two)) if is_mutual => hindrance(&one, &two),
        _ => Some(Hindrance::Hearing),
    }
}

fn may_begin(leg: &mut Leg, other: &mut Leg, found: Option<Hindrance>, now: u64) -> bool {
    let is_quiet = |leg: &Leg| {
        let samples = leg.configuration.as_ref().map(|agreed| agreed.samples());
        samples.is_some_and(|samples| leg.incoming.is_quiet(samples))
    };
    // Only asked when it counts.
    let are_quiet = found.is_none() && is_quiet(leg) && is_quiet(other);
    let [one, two] = [leg, other].map(|leg| {
        let pair = leg.pair.as_mut();
        pair.is_some_and(|pair| pair.may_begin(found, are_quiet, now))
    });
    one && two
}

/// The encoder of a leg goes on after the packets of the other's peer that went out in place of its own.
fn follow(leg: &mut Leg, other: &Leg) {
    let (Some(configuration), Some(pair)) = (&leg.configuration, &other.pair) else {
        return;
    };
    for (_, payload, _) in pair.kept.packets() {
        leg.outgoing.encoder.follow(configuration.codec, payload);
    }
}
