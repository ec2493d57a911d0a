//! Which packets of one source came, to tell a loss from a pause and a stray packet from a new beginning.

use super::pause::Pauses;
use crate::ahead;
use crate::rtp::{Arrival, Header, SequenceWindow};

/// Packets whose place is remembered; beyond the ring's span at 10 ms each.
const PLACES: usize = 128;
/// So many packets in sequence that have no place in the buffer are a new beginning.
const NEW_BEGINNING: u8 = 3;

/// Where one packet's audio lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    sequence: u16,
    start: u32,
    end: u32,
}

/// The packets of one SSRC.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    ssrc: u32,
    window: SequenceWindow,
    places: [Option<Place>; PLACES],
    /// The last packet without a place, and how many in sequence those are.
    strays: Option<(u16, u8)>,
    pub(super) pauses: Pauses,
}

impl Stream {
    /// Begins with this packet, which is yet to be received.
    pub(super) fn new(first: &Header) -> Self {
        Self {
            ssrc: first.ssrc,
            window: SequenceWindow::before(first.sequence),
            places: [None; PLACES],
            strays: None,
            pauses: Pauses::before(first.sequence, first.timestamp),
        }
    }

    /// Fetches what the next packet looks at.
    pub(super) fn fetch(&self) {
        ahead::fetch(&self.window);
        ahead::fetch(&self.strays);
        ahead::fetch(&self.pauses);
    }

    pub(super) fn fetch_place(&self) {
        let next = self.window.newest().wrapping_add(1);
        ahead::fetch(&self.places[usize::from(next) % PLACES]);
    }

    pub(super) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    pub(super) fn receive(&mut self, sequence: u16) -> Arrival {
        self.window.receive(sequence)
    }

    /// The packet has no place. True if it and those before it are a new beginning.
    pub(super) fn is_new_beginning(&mut self, sequence: u16) -> bool {
        let count = match self.strays {
            Some((last, count)) if sequence == last.wrapping_add(1) => count + 1,
            _ => 1,
        };
        self.strays = Some((sequence, count));
        count >= NEW_BEGINNING
    }

    /// Notes where the packet lies, and returns the pauses (start, length) beside it: a gap in timestamps between two
    /// packets whose sequence numbers follow each other is silence that the sender did not send (RFC 3551, 4.1).
    pub(super) fn place(&mut self, sequence: u16, start: u32, len: u32) -> [Option<(u32, u32)>; 2] {
        self.strays = None;
        self.pauses.receive_audio(sequence, start, len);
        let end = start.wrapping_add(len);
        self.places[usize::from(sequence) % PLACES] = Some(Place {
            sequence,
            start,
            end,
        });
        let before = self.find(sequence.wrapping_sub(1));
        let after = self.find(sequence.wrapping_add(1));
        [
            before.and_then(|place| pause(place.end, start)),
            after.and_then(|place| pause(end, place.start)),
        ]
    }

    fn find(&self, sequence: u16) -> Option<Place> {
        self.places[usize::from(sequence) % PLACES].filter(|place| place.sequence == sequence)
    }
}

fn pause(from: u32, to: u32) -> Option<(u32, u32)> {
    let len = to.wrapping_sub(from);
    (len != 0 && len < 0x8000_0000).then_some((from, len))
}
