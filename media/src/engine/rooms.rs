//! The conferences of one worker, whose members are all on it: sums, announcements, who speaks, packets for many.

use super::command::Configuration;
use super::event::{EventQueue, Fact, PlayoutEnd, Speaker, SPEAKERS};
use super::reaper::{Bin, Garbage};
use super::wheel::{slots, SAMPLES_A_SLOT, SLOT_NS};
use crate::codec::{g722, opus, Codec, Encoder};
use crate::graph::conference::{Conference, Power};
use crate::graph::player::Playout;
use crate::graph::{MAX_OCTETS, MAX_SAMPLES};

/// So many conferences an engine has at once.
pub const MAX_ROOMS: usize = 1024;
/// Between two events that tell who speaks: when they are others, and when they are the same.
const TELL_NS: u64 = 200_000_000;
const TELL_AGAIN_NS: u64 = 1_000_000_000;
/// The slots of the longest packet time.
const PHASES: usize = 24;
/// 20 ms, which at 48 kHz are as many samples as there is room for.
const SLOTS_A_PIECE: u64 = 8;

/// What makes one packet fit for a listener.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub slot: u64,
    pub codec: Codec,
    pub packet_time_ms: u32,
}

impl Kind {
    pub fn of(configuration: &Configuration, slot: u64) -> Self {
        Self {
            slot,
            codec: configuration.codec,
            packet_time_ms: configuration.packet_time_ms,
        }
    }

    /// Which of the encoders: those of one phase and packet time follow each other.
    fn phase(&self) -> usize {
        (self.slot % slots(self.packet_time_ms).max(1)) as usize % PHASES
    }
}

/// One packet for all who hear the same in one slot.
struct Packet {
    slot: u64,
    packet_time_ms: u32,
    length: usize,
    octets: [u8; MAX_OCTETS],
}

/// The encoder of all who hear the same in one phase, of a codec with memory.
#[derive(Default)]
struct Running {
    slot: u64,
    packet_time_ms: u32,
    encoder: Encoder,
}

pub struct Room {
    id: u64,
    pub voices: Conference,
    playout: Option<Box<Playout>>,
    /// Up to which slot announcements were added.
    announced_to: u64,
    loudest: [Option<(u64, Power)>; SPEAKERS],
    looked: u64,
    told: u64,
    told_of: [Option<u64>; SPEAKERS],
    packets: [Packet; Codec::ALL.len()],
    running: [Running; PHASES],
}

impl Room {
    pub fn new(id: u64) -> Self {
        let packet = |_| Packet {
            slot: 0,
            packet_time_ms: 0,
            length: 0,
            octets: [0; MAX_OCTETS],
        };
        Self {
            id,
            voices: Conference::default(),
            playout: None,
            announced_to: 0,
            loudest: [None; SPEAKERS],
            looked: 0,
            told: 0,
            told_of: [None; SPEAKERS],
            packets: std::array::from_fn(packet),
            running: std::array::from_fn(|_| Running::default()),
        }
    }

    /// Somebody spoke so loud; the loudest are kept.
    pub fn note(&mut self, leg: u64, power: Power) {
        let of = |place: &&mut Option<(u64, Power)>| place.is_some_and(|(known, _)| known == leg);
        if let Some(Some((_, known))) = self.loudest.iter_mut().find(of) {
            *known = power.max(*known);
            return;
        }
        let power_of = |place: &Option<(u64, Power)>| place.map_or(0, |(_, power)| power);
        let softest = self.loudest.iter_mut().min_by_key(|place| power_of(place));
        if let Some(place) = softest.filter(|place| power_of(place) < power) {
            *place = Some((leg, power));
        }
    }

    /// Replaces what is announced; None: silence.
    pub fn announce(
        &mut self,
        playout: Option<Box<Playout>>,
        now: u64,
        events: &EventQueue,
        bin: &Bin,
    ) {
        self.end_announcement(PlayoutEnd::Replaced, now, events, bin);
        self.announced_to = now / SLOT_NS;
        self.playout = playout;
    }

    pub fn end_announcement(&mut self, end: PlayoutEnd, now: u64, events: &EventQueue, bin: &Bin) {
        if let Some(playout) = self.playout.take() {
            let fact = Fact::Announced {
                playout: playout.id(),
                end,
                played_ms: playout.played_ms(),
            };
            events.push(self.id, now, fact);
            bin.put(Garbage::Playout(playout));
        }
    }

    /// The first member of a slot brings what is due for all.
    pub fn begin(&mut self, slot: u64, now: u64, events: &EventQueue, bin: &Bin) {
        self.play(slot, now, events, bin);
        if now >= self.looked + TELL_NS {
            self.looked = now;
            self.tell(now, events);
        }
    }

    fn play(&mut self, slot: u64, now: u64, events: &EventQueue, bin: &Bin) {
        let from = self
            .announced_to
            .max((slot + 1).saturating_sub(PHASES as u64));
        self.announced_to = slot + 1;
        let Some(playout) = self.playout.as_mut().filter(|_| from <= slot) else {
            return;
        };
        let rate = match playout.rate() {
            48_000 if !self.voices.is_full() => 16_000,
            rate => rate,
        };
        let (mut room, mut from) = ([0; MAX_SAMPLES], from);
        while from <= slot {
            let count = SLOTS_A_PIECE.min(slot + 1 - from);
            let length = (count * SAMPLES_A_SLOT) as usize * rate as usize / 8000;
            let at = from * SAMPLES_A_SLOT;
            let filled = playout.read(rate, at, &mut room[..length]);
            self.voices.announce(rate, at, &room[..filled]);
            from += count;
            if filled < length || playout.is_over() {
                return self.end_announcement(PlayoutEnd::Played, now, events, bin);
            }
        }
    }

    fn tell(&mut self, now: u64, events: &EventQueue) {
        let mut speakers = [None; SPEAKERS];
        self.loudest
            .sort_unstable_by_key(|place| std::cmp::Reverse(place.map(|(_, power)| power)));
        for (speaker, place) in speakers.iter_mut().zip(&mut self.loudest) {
            *speaker = place.take().map(|(leg, power)| Speaker {
                leg,
                level_db: 10.0 * (power as f32 / (32768.0 * 32768.0)).log10(),
            });
        }
        let mut legs = speakers.map(|speaker| speaker.map(|one| one.leg));
        legs.sort_unstable();
        let again = legs != [None; SPEAKERS] && now >= self.told + TELL_AGAIN_NS;
        if again || legs != self.told_of {
            (self.told, self.told_of) = (now, legs);
            events.push(self.id, now, Fact::Speaking { speakers });
        }
    }

    /// The packet that all who hear the same get in this slot, and its octets, if somebody had it made.
    pub fn packet(&self, kind: Kind, payload: &mut [u8]) -> Option<usize> {
        let packet = &self.packets[kind.codec.index()];
        if packet.slot != kind.slot || packet.packet_time_ms != kind.packet_time_ms {
            return None;
        }
        payload[..packet.length].copy_from_slice(&packet.octets[..packet.length]);
        Some(packet.length)
    }

    /// Takes an encoder for packets of Opus, unless it has one; false when neither has any.
    pub fn lend(&mut self, kind: Kind, spare: &mut Option<Box<opus::Encoder>>) -> bool {
        let opus = &mut self.running[kind.phase()].encoder.opus;
        if opus.is_none() {
            *opus = spare.take();
        }
        opus.is_some()
    }

    /// Makes it, going on where the last one of this phase ended; G.722 at first at `place`. Returns its octets.
    pub fn encode(
        &mut self,
        kind: Kind,
        place: g722::Encoder,
        samples: &[i16],
        payload: &mut [u8],
    ) -> usize {
        let Kind {
            slot,
            codec,
            packet_time_ms,
        } = kind;
        let running = &mut self.running[kind.phase()];
        if running.slot + slots(packet_time_ms) != slot || running.packet_time_ms != packet_time_ms
        {
            running.encoder.go_to(place);
        }
        (running.slot, running.packet_time_ms) = (slot, packet_time_ms);
        let length = codec
            .octets_a_ms()
            .map_or(payload.len(), |each| each * packet_time_ms as usize);
        let length = running
            .encoder
            .encode(codec, samples, &mut payload[..length]);
        let packet = &mut self.packets[codec.index()];
        (packet.slot, packet.packet_time_ms, packet.length) = (slot, packet_time_ms, length);
        packet.octets[..length].copy_from_slice(&payload[..length]);
        length
    }

    /// Where G.722 of this slot's packet stands now.
    pub fn place(&self, kind: Kind) -> g722::Encoder {
        self.running[kind.phase()].encoder.place()
    }

    /// The encoder of the Opus packets of this phase.
    pub fn opus(&self, kind: Kind) -> Option<&opus::Encoder> {
        self.running[kind.phase()].encoder.opus.as_deref()
    }
}

pub struct Rooms {
    rooms: Vec<Box<Room>>,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            rooms: Vec::with_capacity(MAX_ROOMS),
        }
    }
}

impl Rooms {
    pub fn add(&mut self, room: Box<Room>) {
        self.rooms.push(room);
    }

    pub fn remove(&mut self, id: u64) -> Option<Box<Room>> {
        let place = self.rooms.iter().position(|room| room.id == id)?;
        Some(self.rooms.swap_remove(place))
    }

    /// The conference of that number; `guess` is where it probably is, and is put right.
    pub fn find(&mut self, id: u64, guess: &mut u32) -> Option<&mut Room> {
        let there = self.rooms.get(*guess as usize);
        if there.is_none_or(|room| room.id != id) {
            let place = self.rooms.iter().position(|room| room.id == id)?;
            // There are at most `MAX_ROOMS`.
            *guess = place as u32;
        }
        self.rooms.get_mut(*guess as usize).map(AsMut::as_mut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_are_told_loudest_first_at_a_bounded_rate_and_their_silence_once() {
        let (events, bin) = (EventQueue::new(64).unwrap(), Bin::new().unwrap());
        let mut room = Room::new(7);
        for slot in 0..600u64 {
            let now = TELL_NS + slot * SLOT_NS;
            room.begin(slot, now, &events, &bin);
            match slot {
                0..200 => {
                    for leg in 1..=6 {
                        room.note(leg, leg * 1_000_000);
                    }
                    room.note(2, 9_000_000);
                }
                250..300 => room.note(1, 1_000_000),
                _ => {}
            }
        }
        let told: Vec<Vec<u64>> = events
            .poll(100)
            .into_iter()
            .map(|event| match event.fact {
                Fact::Speaking { speakers } => {
                    assert_eq!(event.leg, 7);
                    speakers.iter().flatten().map(|one| one.leg).collect()
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let told: Vec<_> = told.iter().map(Vec::as_slice).collect();
        assert_eq!(told, [&[2, 6, 5, 4][..], &[1], &[]]);
    }
}
