//! What comes for the legs of a porter, from their sockets and from browsers.

use std::net::SocketAddr;

use super::Porter;
use crate::dtls::handshake::Component;
use crate::engine::browser::{self, MAX_PACKET};
use crate::engine::handshake::{is_control, is_record, RECORDS_A_TICK};
use crate::engine::incoming::admitting::Content;
use crate::engine::incoming::passing::sounds;
use crate::engine::leg::Leg;
use crate::engine::onward::Onward;
use crate::engine::receive::{arrival, read_control};
use crate::engine::worker::Shared;
use crate::net::realtime_ns;

/// Packets of one browser that are passed on between two looks at everything else: who floods a line delays nobody.
const MOST_A_LOOK: usize = 256;

impl Porter {
    /// Passes on one packet of each of these legs. The kernel tells again of those that have more.
    pub(super) fn read(&mut self, places: &[u32], now: u64) {
        let offset = realtime_ns().saturating_sub(now);
        for (index, &place) in places.iter().enumerate() {
            self.pairs.fetch_ahead(&places[index..]);
            let Self {
                pairs,
                batch,
                onward,
                turns,
                shared,
                ..
            } = self;
            if let Some((leg, other, records)) = pairs.both(place) {
                batch.receive(&leg.sockets.rtp, 1);
                for datagram in batch.datagrams() {
                    let arrived = datagram
                        .arrived_realtime_ns
                        .map_or(now, |at| arrival(at, now, offset));
                    turns.note(now.saturating_sub(arrived));
                    let what = (datagram.data, datagram.source, arrived);
                    pass_on((leg, other, records), what, onward, shared, now);
                }
            }
        }
    }

    /// Passes on what came for browsers, and says how many packets that was.
    pub(super) fn read_lines(&mut self, now: u64) -> usize {
        let calls = self.shared.calls.clone();
        let mut packets = 0;
        while let Some(place) = calls.next(self.index) {
            packets += self.read_line(place, now);
        }
        packets
    }

    /// Looks at the line of a browser's leg; other legs have none.
    pub(super) fn read_line(&mut self, place: u32, now: u64) -> usize {
        let Some((leg, other, records)) = self.pairs.both(place) else {
            return 0;
        };
        let Some(mut inlet) = leg.browser.take() else {
            return 0;
        };
        inlet.answer();
        let shared = &self.shared;
        browser::take_notes(leg, &mut inlet, now, &shared.events, &shared.bin);
        let (source, mut room, mut packets) = (browser::source(leg), [0; MAX_PACKET], 0);
        while let Some((packet, arrived)) = inlet.packet(&mut room) {
            packets += 1;
            self.turns.note(now.saturating_sub(arrived));
            let what = (packet, source, arrived);
            pass_on((leg, other, records), what, &mut self.onward, shared, now);
            if packets == MOST_A_LOOK {
                break;
            }
        }
        leg.browser = Some(inlet);
        packets
    }

    pub(super) fn read_control(&mut self, place: u32) {
        if let Some((leg, ..)) = self.pairs.both(place) {
            read_control(leg, &mut self.batch, &self.shared.knocks);
        }
    }
}

/// Passes on what is to be heard of one datagram, and takes what is for us.
fn pass_on(
    (leg, other, records): (&mut Leg, &mut Leg, &mut usize),
    (data, source, arrived): (&mut [u8], SocketAddr, u64),
    onward: &mut Onward,
    shared: &Shared,
    now: u64,
) {
    let id = leg.id;
    let mut tell = |fact| shared.events.push(id, now, fact);
    let is_muxed = leg.is_muxed();
    let (Some(configuration), Some(pair)) = (&leg.configuration, &mut leg.pair) else {
        return;
    };
    if leg.words.is_some() && is_record(data) {
        *records += 1;
        if *records <= RECORDS_A_TICK {
            let mut carrier = shared.knocks.carrier(id);
            carrier.carry(Component::Rtp, data, source);
        }
    } else if is_muxed && is_control(data) {
        if let Some(packet) = leg.security.open_control(data, now) {
            let (incoming, ssrc) = (&mut leg.incoming, leg.outgoing.sender.ssrc());
            leg.control.receive(packet, source, incoming, ssrc, arrived);
        }
    } else if let Some(packet) = leg.security.open(data, now) {
        let incoming = &mut leg.incoming;
        let admitted = incoming.pass(packet, source, arrived, configuration, &mut tell);
        let Some(admitted) = admitted else {
            return;
        };
        if let Content::Audio(codec) = admitted.content {
            let is_new = pair.kept.keep(&admitted.header, admitted.payload, arrived);
            if sounds(codec, admitted.payload).unwrap_or(is_new) {
                incoming.note_sound(arrived);
            }
        }
        onward.pass(&admitted, arrived, pair, other);
    }
}
