//! The first pass of a tick: reads one leg's sockets and gives it what came.

use super::browser;
use super::door::Knocks;
use super::event::{EventQueue, Fact};
use super::handshake::{self, is_control, is_record};
use super::leg::Leg;
use super::reaper::Bin;
use crate::dtls::handshake::Component;
use crate::graph::MAX_SAMPLES;
use crate::net::batch::{Batch, BATCH};
use crate::net::monotonic_ns;

/// Batches that a leg may read in one tick: who floods it delays nobody else for longer.
const BATCHES_A_TICK: usize = 16;

/// Reads what came for a leg. `offset` is the wall clock's lead over `now`'s clock.
pub fn receive(
    leg: &mut Leg,
    batch: &mut Batch,
    now: u64,
    offset: u64,
    (events, bin, knocks): (&EventQueue, &Bin, &Knocks),
) {
    if leg.browser.is_some() {
        return browser::receive(leg, now, events, bin);
    }
    handshake::listen(leg, now, events, bin);
    let mut carrier = leg.words.as_ref().map(|_| knocks.carrier(leg.id));
    let Some(configuration) = &leg.configuration else {
        return;
    };
    let id = leg.id;
    let mut tell = |fact: Fact| events.push(id, now, fact);
    let mut most = match leg.regularity.is_proved() {
        true => 1,
        false => BATCH,
    };
    let (mut found, mut waited) = (0, false);
    for _ in 0..BATCHES_A_TICK {
        let count = batch.receive(&leg.sockets.rtp, most);
        for datagram in batch.datagrams() {
            let arrived = datagram
                .arrived_realtime_ns
                .map_or(now, |at| arrival(at, now, offset));
            waited |= found == 0 && leg.regularity.has_waited(arrived);
            found += 1;
            let source = datagram.source;
            if let (Some(carrier), true) = (&mut carrier, is_record(datagram.data)) {
                carrier.carry(Component::Rtp, datagram.data, source);
            } else if configuration.rtcp_mux && is_control(datagram.data) {
                if let Some(packet) = leg.security.open_control(datagram.data, now) {
                    let (incoming, ssrc) = (&mut leg.incoming, leg.outgoing.sender.ssrc());
                    leg.control.receive(packet, source, incoming, ssrc, arrived);
                }
            } else if let Some(packet) = leg.security.open(datagram.data, now) {
                leg.incoming
                    .receive(packet, source, arrived, configuration, &mut tell);
            }
        }
        // What was overtaken is due before what overtook it.
        if count < most || (most == 1 && !waited && !leg.incoming.is_ahead()) {
            break;
        }
        most = BATCH;
    }
    leg.regularity.note(found, now);
}

/// The kernel stamps with the wall clock, which leads by `offset` and may be set meanwhile: within the last second, or now.
pub fn arrival(stamp: u64, now: u64, offset: u64) -> u64 {
    let at = stamp.saturating_sub(offset);
    match (now.saturating_sub(1_000_000_000)..=now).contains(&at) {
        true => at,
        false => now,
    }
}

/// What came before the leg began to live is no audio of this call; a handshake may have begun already.
pub fn discard(leg: &mut Leg, batch: &mut Batch, knocks: &Knocks) {
    if let Some(inlet) = &mut leg.browser {
        return inlet.discard();
    }
    let mut carrier = leg.words.as_ref().map(|_| knocks.carrier(leg.id));
    loop {
        let count = batch.receive(&leg.sockets.rtp, BATCH);
        for datagram in batch.datagrams() {
            if let (Some(carrier), true) = (&mut carrier, is_record(datagram.data)) {
                carrier.carry(Component::Rtp, datagram.data, datagram.source);
            }
        }
        if count < BATCH {
            return;
        }
    }
}

/// The end of the first pass: a packet time of audio goes from the jitter buffer to whoever listens.
///
/// `room` is memory for it.
pub fn listen(leg: &mut Leg, now: u64, room: &mut [i16; MAX_SAMPLES], events: &EventQueue) {
    if let Some(configuration) = &leg.configuration {
        let id = leg.id;
        let is_heard = leg.member.is_some() || !leg.taps.is_empty();
        leg.incoming
            .tick(configuration, now, (room, is_heard), &mut |fact| {
                events.push(id, now, fact)
            });
    }
}

/// Reads the RTCP socket of a leg once; it is watched again from the leg's next tick on.
pub fn read_control(leg: &mut Leg, batch: &mut Batch, knocks: &Knocks) {
    batch.receive(&leg.sockets.rtcp, BATCH);
    leg.control.unwatched = true;
    if leg.is_muxed() {
        return;
    }
    let mut carrier = leg.words.as_ref().map(|_| knocks.carrier(leg.id));
    let now = monotonic_ns();
    for datagram in batch.datagrams() {
        if let (Some(carrier), true) = (&mut carrier, is_record(datagram.data)) {
            carrier.carry(Component::Rtcp, datagram.data, datagram.source);
            continue;
        }
        let Some(packet) = leg.security.open_control(datagram.data, now) else {
            continue;
        };
        leg.control.receive(
            packet,
            datagram.source,
            &mut leg.incoming,
            leg.outgoing.sender.ssrc(),
            now,
        );
    }
}
