//! A leg whose peer is a browser: what comes out of its line, instead of out of a socket of its own.

use std::net::SocketAddr;

use super::event::{EventQueue, Fact};
use super::handshake::is_control;
use super::leg::Leg;
use super::reaper::Bin;
use crate::browser::line::{Inlet, Note};

/// Longer packets are cut: no audio packet of 60 ms comes near.
pub const MAX_PACKET: usize = 2048;

/// Takes what came for a browser leg since the last tick: first what became of its peer, then its packets.
pub fn receive(leg: &mut Leg, now: u64, events: &EventQueue, bin: &Bin) {
    let Some(mut inlet) = leg.browser.take() else {
        return;
    };
    take_notes(leg, &mut inlet, now, events, bin);
    take_packets(leg, &mut inlet, now, events);
    leg.browser = Some(inlet);
}

/// What became of its peer.
pub fn take_notes(leg: &mut Leg, inlet: &mut Inlet, now: u64, events: &EventQueue, bin: &Bin) {
    while let Some(note) = inlet.note() {
        take_note(leg, note, now, events, bin);
    }
}

fn take_note(leg: &mut Leg, note: Note, now: u64, events: &EventQueue, bin: &Bin) {
    match note {
        Note::Keys(session) => leg.security.replace(Some(session), bin),
        Note::Connected(address) => {
            leg.follow(address);
            events.push(leg.id, now, Fact::MediaConnected { address });
        }
        Note::Cut(cause) => {
            leg.incoming.follow(None);
            match cause {
                Some(why) => events.push(leg.id, now, Fact::MediaDisconnected { why }),
                None => leg.security.replace(None, bin),
            }
        }
    }
}

fn take_packets(leg: &mut Leg, inlet: &mut Inlet, now: u64, events: &EventQueue) {
    let Some(configuration) = &leg.configuration else {
        return;
    };
    let id = leg.id;
    let mut tell = |fact: Fact| events.push(id, now, fact);
    let mut room = [0; MAX_PACKET];
    let source = source(leg);
    while let Some((packet, arrived)) = inlet.packet(&mut room) {
        if is_control(packet) {
            let Some(packet) = leg.security.open_control(packet, now) else {
                continue;
            };
            let ssrc = leg.outgoing.sender.ssrc();
            leg.control
                .receive(packet, source, &mut leg.incoming, ssrc, arrived);
        } else if let Some(packet) = leg.security.open(packet, now) {
            leg.incoming
                .receive(packet, source, arrived, configuration, &mut tell);
        }
    }
}

/// ICE found the path and SRTP proves the sender: the address says nothing more.
pub fn source(leg: &Leg) -> SocketAddr {
    leg.incoming.destination().unwrap_or(NOWHERE)
}

const NOWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);
