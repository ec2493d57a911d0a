//! Packets on their way from one leg of a pair to the peer of the other.

use super::incoming::admitting::{Admitted, Content};
use super::leg::Leg;
use super::pair::{rhythm, Pair};
use super::security::SEALED_LEN;
use crate::graph::{MAX_OCTETS, MAX_SAMPLES};
use crate::net::monotonic_ns;
use crate::rtp::{self, Header, HEADER_LEN};

/// More than a jitter buffer holds.
const MOST_DRAINED: u64 = 8;

/// Memory for one packet, used over and over.
pub struct Onward {
    packet: [u8; HEADER_LEN + MAX_OCTETS],
    sealed: [u8; SEALED_LEN],
}

impl Default for Onward {
    fn default() -> Self {
        Self {
            packet: [0; HEADER_LEN + MAX_OCTETS],
            sealed: [0; SEALED_LEN],
        }
    }
}

impl Onward {
    /// What waits in the jitter buffer of one goes out to the peer of the other at once: it is not heard twice, and
    /// nothing is missing.
    pub fn drain(&mut self, from: &mut Leg, to: &mut Leg, now: u64) {
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
    pub fn pass(&mut self, packet: &Admitted, arrived: u64, pair: &mut Pair, to: &mut Leg) {
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
                pair.check(packet.payload, arrived, configuration);
                relay
                    .translation
                    .audio(what, configuration.payload_type, rhythm, sender)
            }
            Content::Event(clock_rate) if to.outgoing.relays.contains(theirs.other) => {
                let payload_type = configuration
                    .sent_event()
                    .filter(|_| configuration.event_clock() == clock_rate);
                if payload_type.is_none() {
                    pair.is_unfit = true;
                    relay.missed.get_or_insert(arrived);
                }
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
