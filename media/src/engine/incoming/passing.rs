//! What a leg does with what it receives while its packets go to the other leg of its pair as they come.

use std::net::SocketAddr;

use super::admitting::{Admitted, Content};
use super::silence::{Silence, QUIETEST};
use super::Incoming;
use crate::codec::Codec;
use crate::engine::command::Configuration;
use crate::engine::event::Fact;
use crate::engine::pair::kept::Kept;
use crate::engine::presses::Way;
use crate::graph::{MAX_NARROW, MAX_SAMPLES};

/// Mean magnitude of samples at which a few of them may be left out unheard (-48 dB of full scale).
const LOW_LEVEL: u64 = 128;

impl Incoming {
    /// Takes one datagram that arrived at `arrived` and is not to be heard here.
    pub fn pass<'a>(
        &mut self,
        datagram: &'a [u8],
        source: SocketAddr,
        arrived: u64,
        configuration: &Configuration,
        tell: &mut impl FnMut(Fact),
    ) -> Option<Admitted<'a>> {
        let packet = self.admit(datagram, source, arrived, configuration, tell);
        self.counts.discarded += u64::from(packet.is_none());
        if let (Some(packet), true) = (&packet, self.detector.is_some()) {
            self.look_for_tones(packet, arrived, tell);
        }
        packet
    }

    /// A leg that looks for the tones of keys passes G.711 only, which is quickly decoded.
    fn look_for_tones(&mut self, packet: &Admitted, arrived: u64, tell: &mut impl FnMut(Fact)) {
        if let Content::Audio(codec @ (Codec::Pcmu | Codec::Pcma)) = packet.content {
            let mut samples = [0; MAX_NARROW];
            let count = codec.decode(packet.payload, &mut samples);
            self.detect(&samples[..count], arrived, tell);
        }
    }

    /// Something sounded.
    pub fn note_sound(&mut self, arrived: u64) {
        self.one_way = Silence::since(arrived);
    }

    /// One packet time passed, in which packets were passed on.
    pub fn pass_tick(
        &mut self,
        configuration: &Configuration,
        now: u64,
        tell: &mut impl FnMut(Fact),
    ) {
        if let Some(digit) = self.assembler.handle_timer(now) {
            self.presses.receive(Way::Event, digit, now, tell);
        }
        self.presses.end_forgotten(now, tell);
        if let Some(silent_ms) = self.one_way.tell(configuration.one_way_ms, now) {
            tell(Fact::OneWayAudio { silent_ms });
        }
        self.check_silence(configuration, now, tell);
    }

    /// Whether the peer was heard in the last so many nanoseconds.
    pub fn was_heard(&self, within: u64, now: u64) -> bool {
        let last = self.receiver.totals().last_arrival;
        last.is_some_and(|last| now.saturating_sub(last) < within)
    }

    pub fn is_detecting_audio(&self) -> bool {
        self.speech.is_some() || self.tones.is_some()
    }

    pub fn is_detecting_keys(&self) -> bool {
        self.detector.is_some()
    }

    /// Whether what was heard last is hardly there.
    pub fn is_quiet(&self, samples: usize) -> bool {
        let mut room = [0; MAX_SAMPLES];
        let samples = &mut room[..samples];
        self.ring.last(samples);
        let sum: u64 = samples
            .iter()
            .map(|sample| u64::from(sample.unsigned_abs()))
            .sum();
        sum < LOW_LEVEL * samples.len() as u64
    }

    /// What is left in the jitter buffer, a packet time at a time; false when there is no whole one.
    pub fn drain(&mut self, samples: &mut [i16], now: u64) -> bool {
        let is_there = self.jitter.waiting() >= samples.len();
        if is_there {
            self.jitter.pull(samples, now);
        }
        is_there
    }

    /// The jitter buffer is not needed for a while.
    pub fn part(&mut self) {
        self.jitter.forget();
    }

    /// It is needed again: what follows goes on after the packets that were passed on last.
    pub fn rejoin(&mut self, kept: &Kept, configuration: &Configuration) {
        self.jitter.forget();
        self.ring.clear();
        for (header, payload, arrived) in kept.packets() {
            if let Some(codec) = configuration.receive_codec(header.payload_type) {
                self.jitter.insert(header, payload, codec, arrived);
            }
        }
        self.jitter.pass_over();
    }
}

/// Whether a payload is louder than digital silence; None where its octets do not say.
pub fn sounds(codec: Codec, payload: &[u8]) -> Option<bool> {
    match codec {
        // The codes of 0 and 8, of both signs.
        Codec::Pcmu => Some(payload.iter().any(|octet| octet & 0x7F < 0x7E)),
        Codec::Pcma => Some(payload.iter().any(|octet| octet & 0x7F != 0x55)),
        Codec::L16 | Codec::L16Wide => Some(payload.chunks_exact(2).any(|pair| {
            let sample = i16::from_be_bytes([pair[0], pair[1]]);
            sample.unsigned_abs() > QUIETEST
        })),
        Codec::G722 | Codec::G729 => None,
        Codec::Opus | Codec::OpusNarrow | Codec::OpusFull => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_sound_as_what_they_decode_to_does() {
        for codec in [Codec::Pcmu, Codec::Pcma] {
            for octet in 0..=255 {
                let mut sample = [0];
                codec.decode(&[octet], &mut sample);
                let loud = sample[0].unsigned_abs() > QUIETEST;
                assert_eq!(sounds(codec, &[octet]), Some(loud), "{codec:?} {octet}");
            }
        }
        assert_eq!(sounds(Codec::L16, &[0, 8, 0xFF, 0xF8]), Some(false));
        assert_eq!(sounds(Codec::L16, &[0, 8, 0, 9]), Some(true));
        assert_eq!(sounds(Codec::OpusFull, &[0]), None);
    }
}
