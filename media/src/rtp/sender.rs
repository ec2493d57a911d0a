//! The numbers on the packets that we send (RFC 3550, 5.1) and the counts for our sender reports (6.4.1).

use super::Header;
use crate::rtcp::SenderInfo;

/// Stamps one outgoing stream. The first three numbers must be random (RFC 3550, 5.1): the caller draws them.
#[derive(Clone, Debug)]
pub struct Sender {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// The next audio packet begins a talkspurt (RFC 3551, 4.1).
    marker: bool,
    packets: u32,
    octets: u32,
}

impl Sender {
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Self {
        Self {
            ssrc,
            sequence,
            timestamp,
            marker: true,
            packets: 0,
            octets: 0,
        }
    }

    /// The header of the next audio packet, which lasts `samples` and holds `octets` of payload.
    pub fn audio(&mut self, payload_type: u8, samples: u32, octets: usize) -> Header {
        let marker = std::mem::take(&mut self.marker);
        let header = self.at(payload_type, self.timestamp, marker, octets);
        self.timestamp = self.timestamp.wrapping_add(samples);
        header
    }

    /// The same of a packet that begins `late` after the time that it is for.
    pub fn audio_from(
        &mut self,
        late: u32,
        payload_type: u8,
        samples: u32,
        octets: usize,
    ) -> Header {
        self.timestamp = self.timestamp.wrapping_add(late);
        self.audio(payload_type, samples.saturating_sub(late), octets)
    }

    /// The header of a packet with a timestamp of its own, such as a telephone-event's (RFC 4733, 2.1) or a relayed
    /// one's. Our own timestamp stands still: call [`Sender::skip`] for the time that passes.
    pub fn at(&mut self, payload_type: u8, timestamp: u32, marker: bool, octets: usize) -> Header {
        let header = Header {
            marker,
            payload_type,
            sequence: self.sequence,
            timestamp,
            ssrc: self.ssrc,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        // Modulo 2^32, as the field of the report is.
        self.octets = self.octets.wrapping_add(octets as u32);
        header
    }

    /// `samples` pass without audio: the timestamp goes on and the next audio packet carries the marker.
    pub fn skip(&mut self, samples: u32) {
        self.timestamp = self.timestamp.wrapping_add(samples);
        self.marker = true;
    }

    /// Counts a packet of another stream that goes on as one of ours, under a number of ours. True when it is the newest.
    pub fn pass(&mut self, header: &Header, octets: usize) -> bool {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(octets as u32);
        let is_newest = header.sequence.wrapping_sub(self.sequence) < 0x8000;
        if is_newest {
            self.sequence = header.sequence.wrapping_add(1);
        }
        is_newest
    }

    /// The last packet had this timestamp and lasts `samples`: the next of ours follows it, without a pause.
    pub fn go_on_after(&mut self, timestamp: u32, samples: u32) {
        self.timestamp = timestamp.wrapping_add(samples);
        self.marker = false;
    }

    /// The number that the next packet will have.
    pub fn sequence(&self) -> u16 {
        self.sequence
    }

    /// The timestamp that the next audio packet will have.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Packets sent, modulo 2^32 as in reports.
    pub fn packets(&self) -> u32 {
        self.packets
    }

    /// The sender part of our report (RFC 3550, 6.4.1) for the 64-bit time `ntp`, made in the tick that just sent or
    /// is about to send, so that both times name one instant.
    pub fn info(&self, ntp: u64) -> SenderInfo {
        SenderInfo {
            ntp,
            rtp_timestamp: self.timestamp,
            packets: self.packets,
            octets: self.octets,
        }
    }
}
