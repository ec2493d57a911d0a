//! The last packets of a leg's peer, kept while they pass as they come.

use super::SILENT_NS;
use crate::ahead;
use crate::graph::MAX_OCTETS;
use crate::rtp::Header;

/// A packet of audio as it came.
#[derive(Clone, Copy)]
struct Packet {
    header: Header,
    arrived: u64,
    length: usize,
    payload: [u8; MAX_OCTETS],
}

/// The last packets that a leg's peer sent: what a decoder, and a listener's ear, begin with when mixing begins again.
pub struct Kept {
    packets: [Option<Packet>; 2],
    newest: usize,
}

impl Kept {
    pub const fn new() -> Self {
        Self {
            packets: [None; 2],
            newest: 0,
        }
    }

    /// Fetches which packet is the newest, and how long both are.
    pub fn fetch(&self) {
        ahead::fetch(&self.newest);
        for packet in &self.packets {
            ahead::fetch_some(packet, std::mem::offset_of!(Packet, payload));
        }
    }

    /// Fetches the packet that the next one is compared with, and the place for that.
    pub fn fetch_payloads(&self) {
        for packet in self.packets.iter().flatten() {
            let octets = std::mem::offset_of!(Packet, payload) + packet.length;
            ahead::fetch_some(packet, octets);
        }
    }

    pub fn clear(&mut self) {
        self.packets = [None; 2];
    }

    /// Returns whether it differs from the one before.
    pub fn keep(&mut self, header: &Header, payload: &[u8], arrived: u64) -> bool {
        let before = self.packets[self.newest].as_ref();
        let is_new = before.is_none_or(|before| before.payload[..before.length] != *payload);
        self.newest = 1 - self.newest;
        let place = self.packets[self.newest].get_or_insert(Packet {
            header: *header,
            arrived,
            length: 0,
            payload: [0; MAX_OCTETS],
        });
        (place.header, place.arrived) = (*header, arrived);
        place.length = payload.len().min(MAX_OCTETS);
        place.payload[..place.length].copy_from_slice(&payload[..place.length]);
        is_new
    }

    /// Oldest first.
    pub fn packets(&self) -> impl Iterator<Item = (&Header, &[u8], u64)> {
        let (one, two) = (&self.packets[1 - self.newest], &self.packets[self.newest]);
        one.iter().chain(two).map(|packet| {
            let payload = &packet.payload[..packet.length];
            (&packet.header, payload, packet.arrived)
        })
    }

    /// What came lately; nothing when the last came long ago.
    pub fn forget_old(&mut self, now: u64) {
        let newest = &self.packets[self.newest];
        if newest.is_none_or(|newest| now.saturating_sub(newest.arrived) >= SILENT_NS) {
            self.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_packets_are_kept_while_they_are_new() {
        let mut kept = Kept::new();
        let header = |sequence| Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp: 0,
            ssrc: 1,
        };
        assert!(kept.keep(&header(1), &[1; 160], 0));
        assert!(!kept.keep(&header(2), &[1; 160], 20));
        assert!(kept.keep(&header(3), &[3; 80], 40));
        let got: Vec<_> = kept
            .packets()
            .map(|one| (one.0.sequence, one.1.len()))
            .collect();
        assert_eq!(got, [(2, 160), (3, 80)]);
        kept.forget_old(40 + SILENT_NS);
        assert_eq!(kept.packets().count(), 0);
    }
}
