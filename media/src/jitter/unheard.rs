//! Packets of Opus and G.729 that nobody hears: kept for a while instead of decoded, so that whoever begins to listen
//! hears what is due then.

use crate::codec::Codec;

/// More than the longest delay holds of packets of 20 ms, and two for the decoder to find its feet with.
const KEPT: usize = 10;
/// The longest payload that is kept: 128 kbit/s in packets of 20 ms. A longer one is not heard by who begins to listen then.
const LONGEST: usize = 320;
/// The sender's silence needs no more octets (RFC 7587, 3.1.3).
const REST: usize = 2;

#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Where its audio begins, in samples.
    pub at: u32,
    pub codec: Codec,
    octets: usize,
}

/// The newest packets, oldest first. All memory is taken by `new`.
#[derive(Debug)]
pub(super) struct Unheard {
    octets: Box<[[u8; LONGEST]; KEPT]>,
    places: [Option<Place>; KEPT],
    next: usize,
    sounded: bool,
}

impl Unheard {
    pub(super) fn new() -> Self {
        Self {
            octets: Box::new([[0; LONGEST]; KEPT]),
            places: [None; KEPT],
            next: 0,
            sounded: false,
        }
    }

    pub(super) fn clear(&mut self) {
        self.places = [None; KEPT];
    }

    pub(super) fn keep(&mut self, at: u32, codec: Codec, packet: &[u8]) {
        let before = (self.next + KEPT - 1) % KEPT;
        let known = self.places[before].map(|place| &self.octets[before][..place.octets]);
        // Digital silence is told by packets that are all alike.
        self.sounded |= packet.len() > REST && known.is_none_or(|known| known != packet);
        let octets = packet.len();
        if octets <= LONGEST {
            self.octets[self.next][..octets].copy_from_slice(packet);
            self.places[self.next] = Some(Place { at, codec, octets });
            self.next = (self.next + 1) % KEPT;
        }
    }

    pub(super) fn packets(&self) -> impl Iterator<Item = (Place, &[u8])> {
        let order = (0..KEPT).map(|index| (self.next + index) % KEPT);
        order.filter_map(|index| {
            let place = self.places[index]?;
            Some((place, &self.octets[index][..place.octets]))
        })
    }

    /// Whether something sounded since the last question, as far as packets say.
    pub(super) fn take_sounded(&mut self) -> bool {
        std::mem::take(&mut self.sounded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_in_their_order() {
        let mut unheard = Unheard::new();
        for number in 0..25u8 {
            unheard.keep(u32::from(number), Codec::Opus, &[number; 40]);
        }
        let kept: Vec<_> = unheard
            .packets()
            .map(|(place, octets)| (place.at, octets[0]))
            .collect();
        let wanted: Vec<_> = (15..25u8)
            .map(|number| (u32::from(number), number))
            .collect();
        assert_eq!(kept, wanted);
        unheard.clear();
        assert_eq!(unheard.packets().count(), 0);
    }

    #[test]
    fn what_is_all_alike_or_a_rest_is_no_sound() {
        let mut unheard = Unheard::new();
        unheard.keep(0, Codec::Opus, &[1; 40]);
        assert!(unheard.take_sounded());
        unheard.keep(1, Codec::Opus, &[1; 40]);
        unheard.keep(2, Codec::Opus, &[9]);
        assert!(!unheard.take_sounded());
        unheard.keep(3, Codec::Opus, &[2; 40]);
        assert!(unheard.take_sounded());
    }
}
