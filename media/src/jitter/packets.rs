//! Packets of Opus and G.729 on their way to the decoder: in the order in which they were sent, and what is lost between
//! made up.
//!
//! A packet before which one is missing waits until that one comes or its time does: a decoder goes one way only, and
//! the next packet may hold a copy of what was lost (RFC 6716, 2.1.7).

use super::decoders::Decoders;
use crate::codec::{Codec, Prepared};
use crate::dsp::comfort_noise::NoiseLevel;

/// Packets that wait for one before them: more than the longest delay holds.
const ROOM: usize = 16;
/// A longer packet would not have come in one piece.
const LONGEST: usize = 1500;
/// What a decoder makes up at once for what is not there at all, milliseconds.
const PIECE_MS: u32 = 10;

/// A packet that came.
#[derive(Clone, Copy, Debug)]
struct Packet {
    sequence: u16,
    /// Where its audio begins, in samples.
    at: u32,
    /// None: it carried no audio for us.
    octets: Option<usize>,
    codec: Codec,
}

/// What of one stream waits for its turn. All memory is taken by `new`.
#[derive(Debug)]
pub(super) struct Packets {
    decoders: Decoders,
    /// In the order in which they were sent.
    waiting: [Packet; ROOM],
    /// Their octets, each where `places` says.
    octets: Box<[[u8; LONGEST]; ROOM]>,
    places: [u8; ROOM],
    count: usize,
    /// The number and place of what is decoded next.
    next: (u16, u32),
    /// The last packet's length, in samples.
    length: usize,
    /// The last packet was silence, or as good as that.
    is_quiet: bool,
    piece: [i16; 480],
    left: usize,
}

/// What `step` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many samples from that place on are audio of the peer.
    Decoded { at: u32, len: usize },
    /// The packet was of no use.
    Passed,
    /// So many samples from that place on stand for what was lost; `recovered`: out of the packet after it.
    Filled {
        at: u32,
        len: usize,
        recovered: bool,
    },
    /// Nothing can be decoded now.
    Idle,
}

impl Packets {
    pub(super) fn new(sample_rate: u32, what: Prepared) -> Self {
        let nothing = Packet {
            sequence: 0,
            at: 0,
            octets: None,
            codec: Codec::Opus,
        };
        Self {
            decoders: Decoders::new(sample_rate, what),
            waiting: [nothing; ROOM],
            octets: Box::new([[0; LONGEST]; ROOM]),
            places: std::array::from_fn(|index| index as u8),
            count: 0,
            next: (0, 0),
            length: 0,
            is_quiet: true,
            piece: [0; 480],
            left: 0,
        }
    }

    /// Another stream begins with this packet.
    pub(super) fn begin(&mut self, sequence: u16, at: u32) {
        self.decoders.reset();
        (self.count, self.next) = (0, (sequence, at));
        (self.length, self.is_quiet, self.left) = (0, true, 0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Whether the place of that packet was passed already.
    pub(super) fn is_over(&self, sequence: u16) -> bool {
        sequence.wrapping_sub(self.next.0) >= 0x8000
    }

    /// Whether there is no room for one more: what the first waits for is lost.
    pub(super) fn is_full(&self) -> bool {
        self.count == ROOM
    }

    /// How long the first packet that waits is, and whether it holds a copy of what was before it.
    pub(super) fn spare(&self) -> Option<usize> {
        let first = self.waiting[..self.count].first()?;
        let packet = self.octets_of(0, first.octets?);
        Decoders::has_copy(first.codec, packet).then_some(self.length)
    }

    /// Takes a packet of the stream; `payload` None: one without audio for us. Nothing happens when there is no room.
    pub(super) fn put(&mut self, codec: Codec, sequence: u16, at: u32, payload: Option<&[u8]>) {
        if self.is_full() || self.is_over(sequence) {
            return;
        }
        let ahead = |packet: &Packet| packet.sequence.wrapping_sub(self.next.0);
        let wanted = sequence.wrapping_sub(self.next.0);
        let waiting = &self.waiting[..self.count];
        let index = waiting.partition_point(|packet| ahead(packet) < wanted);
        let place = self.places[self.count];
        self.waiting.copy_within(index..self.count, index + 1);
        self.places.copy_within(index..self.count, index + 1);
        self.count += 1;
        self.places[index] = place;
        let octets = payload.map(|payload| {
            let len = payload.len().min(LONGEST);
            self.octets[usize::from(place)][..len].copy_from_slice(&payload[..len]);
            len
        });
        self.waiting[index] = Packet {
            sequence,
            at,
            octets,
            codec,
        };
    }

    /// Decodes what is next into `room`, if it is there.
    pub(super) fn step(&mut self, room: &mut [i16]) -> Step {
        let first = self.waiting[0];
        if self.count == 0 || first.sequence != self.next.0 {
            return Step::Idle;
        }
        let mut len = 0;
        if let Some(octets) = first.octets {
            let packet = &self.octets[usize::from(self.places[0])][..octets];
            len = self.decoders.decode(first.codec, packet, room);
            // Who falls silent in G.729 says so.
            let may_stop = first.codec.is_opus();
            self.is_quiet = may_stop && (octets <= 2 || super::correcting::is_low(&room[..len]));
            self.left = 0;
        }
        self.next = (first.sequence.wrapping_add(1), self.next.1);
        let place = self.places[0];
        self.places.copy_within(1..self.count, 0);
        self.waiting.copy_within(1..self.count, 0);
        self.count -= 1;
        self.places[self.count] = place;
        if len == 0 {
            return Step::Passed;
        }
        self.length = len;
        self.next.1 = first.at.wrapping_add(len as u32);
        Step::Decoded { at: first.at, len }
    }

    /// What the first packet waits for is lost: fills its place from `play` on, as far as that is before `until`.
    pub(super) fn give_up(&mut self, play: u32, until: u32, room: &mut [i16]) -> Step {
        if self.count == 0 {
            return Step::Idle;
        }
        let first = self.waiting[0];
        let passed = play.wrapping_sub(self.next.1) as i32;
        let from = match passed > 0 {
            true => play,
            false => self.next.1,
        };
        if (from.wrapping_sub(until) as i32) >= 0 {
            return Step::Idle;
        }
        let missing = usize::from(first.sequence.wrapping_sub(self.next.0));
        self.next.0 = first.sequence;
        let gap = first.at.wrapping_sub(from) as i32;
        let wanted = usize::try_from(gap).unwrap_or(0);
        let grain = self.decoders.grain();
        let len = wanted.min(missing * self.length).min(room.len()) / grain * grain;
        if len == 0 {
            return Step::Passed;
        }
        let octets = first.octets.unwrap_or(0);
        let packet = &self.octets[usize::from(self.places[0])][..octets];
        let recovered = Decoders::has_copy(first.codec, packet);
        match octets > 0 {
            true => self.decoders.recover(first.codec, packet, &mut room[..len]),
            false => self.decoders.conceal(&mut room[..len]),
        };
        self.left = 0;
        Step::Filled {
            at: first.at.wrapping_sub(len as u32),
            len,
            recovered,
        }
    }

    /// Goes on after what was decoded last, with nothing to go on.
    pub(super) fn make_up(&mut self, out: &mut [i16]) {
        let piece = (self.decoders.rate() / 1000 * PIECE_MS) as usize;
        let mut at = 0;
        while at < out.len() {
            if self.left == 0 {
                self.left = self.decoders.conceal(&mut self.piece[..piece]);
            }
            if self.left == 0 {
                out[at..].fill(0);
                return;
            }
            let count = self.left.min(out.len() - at);
            let from = piece - self.left;
            out[at..at + count].copy_from_slice(&self.piece[from..from + count]);
            self.left -= count;
            at += count;
        }
    }

    /// The samples of a packet; None for what is none.
    pub(super) fn duration(&self, codec: Codec, packet: &[u8]) -> Option<usize> {
        self.decoders.duration(codec, packet)
    }

    pub(super) fn level(&mut self, description: &[u8]) -> Option<NoiseLevel> {
        self.decoders.level(description)
    }

    fn octets_of(&self, index: usize, octets: usize) -> &[u8] {
        &self.octets[usize::from(self.places[index])][..octets]
    }
}
