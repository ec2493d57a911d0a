//! What of a datagram is believed and counted, and where its audio goes.

use std::net::SocketAddr;

use super::silence::Silence;
use super::{Incoming, Origin};
use crate::codec::Codec;
use crate::engine::command::Configuration;
use crate::engine::event::Fact;
use crate::engine::presses::Way;
use crate::jitter::Inserted;
use crate::latch::Decision;
use crate::rtp::{self, Header, Verdict};

/// CN, whose payload type is static (RFC 3551, 6): some send it without having agreed to it.
pub const COMFORT_NOISE: u8 = 13;

/// What a packet that was admitted holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Audio(Codec),
    /// A telephone-event, and its clock.
    Event(u32),
    Noise,
    /// Of the stream, but not for us.
    Other,
}

/// A packet of the peer, as far as it is believed and counted.
pub struct Admitted<'a> {
    pub header: Header,
    pub payload: &'a [u8],
    pub content: Content,
    /// The source began anew with other sequence numbers.
    pub restarted: bool,
}

impl Incoming {
    /// Takes one datagram that arrived at `arrived`.
    pub fn receive(
        &mut self,
        datagram: &[u8],
        source: SocketAddr,
        arrived: u64,
        configuration: &Configuration,
        tell: &mut impl FnMut(Fact),
    ) {
        if !configuration.receiving {
            return;
        }
        if !self.accept(datagram, source, arrived, configuration, tell) {
            self.counts.discarded += 1;
        }
    }

    fn accept(
        &mut self,
        datagram: &[u8],
        source: SocketAddr,
        arrived: u64,
        configuration: &Configuration,
        tell: &mut impl FnMut(Fact),
    ) -> bool {
        let Some(packet) = self.admit(datagram, source, arrived, configuration, tell) else {
            return false;
        };
        let (header, payload) = (&packet.header, packet.payload);
        let clock_rate = self.receiver.clock_rate();
        let codec = match packet.content {
            Content::Audio(codec) => codec,
            Content::Event(clock_rate) => {
                self.jitter.note_other(header, clock_rate);
                return true;
            }
            Content::Noise => {
                self.jitter.note_comfort_noise(header, payload);
                return true;
            }
            Content::Other => {
                self.jitter.note_other(header, clock_rate);
                return true;
            }
        };
        match self.jitter.insert(header, payload, codec, arrived) {
            Inserted::Taken => true,
            Inserted::Duplicate | Inserted::Malformed => false,
            Inserted::Late | Inserted::Full => {
                self.counts.late += 1;
                if let Some(extended) = &mut self.extended {
                    extended.discard(header.sequence);
                }
                false
            }
        }
    }

    /// What of a datagram is believed, counted, and no repetition; its key is told.
    pub fn admit<'a>(
        &mut self,
        datagram: &'a [u8],
        source: SocketAddr,
        arrived: u64,
        configuration: &Configuration,
        tell: &mut impl FnMut(Fact),
    ) -> Option<Admitted<'a>> {
        let (header, payload) = rtp::parse(datagram).ok()?;
        if let Origin::Latch(latch) = &mut self.origin {
            match latch.observe(source, &header, arrived) {
                Decision::Refuse => return None,
                Decision::Accept => {}
                Decision::Locked => tell(Fact::Latched { address: source }),
            }
        }
        let event_clock = configuration.clock_of_event(header.payload_type);
        let codec = configuration.receive_codec(header.payload_type);
        if let (None, Some(codec)) = (event_clock, codec) {
            self.receiver.set_clock_rate(codec.clock_rate());
        }
        let verdict = self.receiver.receive(&header, arrived);
        if let Some(extended) = &mut self.extended {
            let clock_rate = self.receiver.clock_rate();
            extended.observe(verdict, &header, arrived, clock_rate);
        }
        let Verdict::New { restarted, .. } = verdict else {
            return None;
        };
        self.counts.octets += payload.len() as u64;
        self.silence = Silence::since(arrived);
        if let Some(clock_rate) = event_clock {
            self.assembler.set_clock_rate(clock_rate);
            for digit in self
                .assembler
                .receive(&header, payload, arrived)
                .into_iter()
                .flatten()
            {
                self.presses.receive(Way::Event, digit, arrived, tell);
            }
        }
        let content = match (event_clock, codec) {
            (Some(clock_rate), _) => Content::Event(clock_rate),
            (None, Some(codec)) => Content::Audio(codec),
            (None, None) if header.payload_type == COMFORT_NOISE => Content::Noise,
            (None, None) => Content::Other,
        };
        Some(Admitted {
            header,
            payload,
            content,
            restarted,
        })
    }
}
