//! What a sender says of its pauses: packets that carry something else than audio, or describe how silence sounds.

use super::{Inserted, JitterBuffer, CAPACITY_MS};
use crate::codec::{g729, Codec};
use crate::dsp::comfort_noise::NoiseLevel;
use crate::rtp::{Arrival, Header};

impl JitterBuffer {
    /// A packet of the stream that carries no audio for us, such as a telephone-event, and the rate of its clock. From
    /// its timestamp on nothing is missing until audio goes on: that time is silence, neither heard nor concealed. A
    /// timestamp of another clock than the audio's says nothing (RFC 7160): then it begins where the audio before it
    /// ended.
    pub fn note_other(&mut self, header: &Header, clock_rate: u32) {
        self.note_pause(header, clock_rate, None);
    }

    /// The same of a packet of comfort noise, whose clock is that of 8 kHz (RFC 3389, 4), which is heard until audio
    /// goes on.
    pub fn note_comfort_noise(&mut self, header: &Header, payload: &[u8]) {
        self.note_pause(header, 8000, NoiseLevel::parse(payload));
    }

    fn note_pause(&mut self, header: &Header, clock_rate: u32, noise: Option<NoiseLevel>) {
        let is_ours = clock_rate == self.timeline.clock_rate();
        let header = &self.in_samples(header);
        let most = self.scale.samples(CAPACITY_MS);
        let Some(stream) = &mut self.stream else {
            return;
        };
        if stream.ssrc() == header.ssrc && stream.receive(header.sequence) == Arrival::Ahead {
            let pauses = &mut stream.pauses;
            let timestamp = is_ours.then_some(header.timestamp);
            pauses.receive_other(header.sequence, timestamp, most, noise);
            if let Some(codec) = self.in_turn {
                self.queue(codec, header.sequence, header.timestamp, None);
            }
        }
    }

    /// What G.729 says of the silence behind, or in place of, the audio of a packet (annex B); None: nothing.
    pub(super) fn note_silence(&mut self, header: &Header, payload: &[u8], audio: u32) {
        let Some((_, Some(description))) = g729::split(payload) else {
            return;
        };
        let packets = self.packets.as_mut();
        let noise = packets.and_then(|packets| packets.level(description));
        if let Some(stream) = &mut self.stream {
            let from = header.timestamp.wrapping_add(audio);
            stream.pauses.fall_silent(header.sequence, from, noise);
        }
    }

    /// A packet of G.729 without audio: a description of silence, which its decoder hears in its turn.
    pub(super) fn describe_silence(&mut self, header: &Header, payload: &[u8]) -> Inserted {
        let (Some((&[], Some(description))), Some(packets)) =
            (g729::split(payload), &mut self.packets)
        else {
            return Inserted::Malformed;
        };
        let noise = packets.level(description);
        let most = self.scale.samples(CAPACITY_MS);
        let Some(stream) = &mut self.stream else {
            return Inserted::Taken;
        };
        if stream.ssrc() == header.ssrc && stream.receive(header.sequence) == Arrival::Ahead {
            let (sequence, at) = (header.sequence, header.timestamp);
            let pauses = &mut stream.pauses;
            pauses.receive_other(sequence, Some(at), most, noise);
            self.queue(Codec::G729, sequence, at, Some(description));
        }
        Inserted::Taken
    }
}
