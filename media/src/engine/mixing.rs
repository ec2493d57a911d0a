//! What a leg hears: legs that it was told to hear, and its conference without itself.

use super::command::Configuration;
use super::event::EventQueue;
use super::leg::Leg;
use super::outgoing::Outgoing;
use super::reaper::Bin;
use super::rooms::{Kind, Rooms};
use super::transmit::{Around, Scratch};
use super::wheel::{aligned, slots, SAMPLES_A_SLOT};
use crate::codec::Codec;
use crate::graph::gain::Gain;
use crate::graph::hearing::{Cursor, Mix};
use crate::graph::{MAX_HEARD, MAX_SAMPLES};

/// Memory for mixing, used over and over.
pub struct Desk {
    voice: [i16; MAX_HEARD],
    other_rate: [i16; MAX_SAMPLES],
    mix: Mix,
    change: Mix<MAX_HEARD>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            voice: [0; MAX_HEARD],
            other_rate: [0; MAX_SAMPLES],
            mix: Mix::default(),
            change: Mix::default(),
        }
    }
}

/// The first pass for a member of a conference: what it said is added to what all hear.
pub fn speak(
    leg: &mut Leg,
    rooms: &mut Rooms,
    slot: u64,
    now: u64,
    around: (&EventQueue, &Bin),
    desk: &mut Desk,
) {
    let (Some(configuration), Some(member)) = (&leg.configuration, &mut leg.member) else {
        return;
    };
    let Some(room) = rooms.find(member.conference, &mut member.place) else {
        return;
    };
    room.begin(slot, now, around.0, around.1);
    let samples = &mut desk.voice[..configuration.samples()];
    leg.incoming.ring.last(samples);
    let rate = configuration.codec.sample_rate();
    if let Some(power) = member.speak(samples, rate, slot * SAMPLES_A_SLOT, &mut room.voices) {
        room.note(leg.id, power);
    }
}

/// The packet that all get who only listen to a conference, and its octets; None for who hears something else.
pub fn share(
    leg: &mut Leg,
    configuration: &Configuration,
    around: &mut Around<'_>,
    scratch: &mut Scratch,
) -> Option<usize> {
    let member = leg.member.as_mut().filter(|member| !member.deaf)?;
    let kind = Kind::of(configuration, around.slot);
    let (slot, positions) = (kind.slot, configuration.positions());
    let until = (slot + 1) * SAMPLES_A_SLOT;
    if !leg.outgoing.hearing.is_empty() || !member.was_silent(until, positions) {
        return None;
    }
    // What is in an Opus packet of others is not known to a recording, and not every peer wants as much of it.
    let is_opus = kind.codec.is_opus();
    // Its frames are few octets and much work, but whose encoder would it be?
    if kind.codec == Codec::G729 {
        return None;
    }
    let is_common = kind.codec == Codec::Opus && configuration.opus.is_common();
    if is_opus && !(is_common && leg.taps.is_empty()) {
        return None;
    }
    let room = around.rooms.find(member.conference, &mut member.place)?;
    let octets = match room.packet(kind, scratch.payload()) {
        Some(octets) => octets,
        None => {
            if is_opus && !room.lend(kind, &mut member.spare) {
                return None;
            }
            let mut samples = [0; MAX_SAMPLES];
            let samples = &mut samples[..configuration.samples()];
            let mix = &mut scratch.desk.mix;
            mix.clear(samples.len());
            let rate = kind.codec.sample_rate();
            room.voices.listen(rate, until, positions, mix);
            mix.write(samples);
            let place = leg.outgoing.encoder.place();
            room.encode(kind, place, samples, scratch.payload())
        }
    };
    if kind.codec == Codec::G722 {
        leg.outgoing.encoder.go_to(room.place(kind));
    }
    Some(octets)
}

/// The last packet was a shared one and the next is the leg's own: its encoder goes on where that one ended.
pub fn go_on_from_shared(leg: &mut Leg, configuration: &Configuration, around: &mut Around<'_>) {
    let (Some(member), Some(encoder)) = (&mut leg.member, &mut leg.outgoing.encoder.opus) else {
        return;
    };
    let kind = Kind::of(configuration, around.slot);
    if kind.codec != Codec::Opus {
        return;
    }
    if let Some(room) = around.rooms.find(member.conference, &mut member.place) {
        if let Some(running) = room.opus(kind) {
            encoder.copy_from(running);
        }
    }
}

/// Mixes what the leg hears into `scratch.heard`; false when nobody is there.
pub fn hear(
    leg: &mut Leg,
    configuration: &Configuration,
    around: &mut Around<'_>,
    scratch: &mut Scratch,
) -> bool {
    let samples = configuration.samples();
    let sends_events = configuration.sent_event().is_some();
    let (period, rate) = (
        slots(configuration.packet_time_ms),
        configuration.codec.sample_rate(),
    );
    let until = (around.slot + 1) * SAMPLES_A_SLOT;
    let Scratch { heard, desk, .. } = scratch;
    let conference = listen_to_room(leg, configuration, around, desk);
    let (mut voices, mut mixing) = (0, conference.is_some());
    let mut gone = None;
    let Outgoing {
        hearing, relays, ..
    } = &mut leg.outgoing;
    for (index, source) in hearing.sources().iter_mut().enumerate() {
        let (ring, due, theirs, member) = if source.leg == leg.id {
            (&leg.incoming.ring, leg.due, configuration, None)
        } else {
            let Some(other) = around.legs.find(source.leg, &mut source.place) else {
                // It may be on its way from elsewhere; else it closed.
                if !around.absent.contains_key(&source.leg) {
                    gone = Some(source.leg);
                }
                continue;
            };
            let Some(theirs) = &other.configuration else {
                continue;
            };
            let member = other.member.as_ref();
            let member = member.filter(|member| conference == Some(member.conference));
            (&other.incoming.ring, other.due, theirs.as_ref(), member)
        };
        let needed = samples * ring.sample_rate() as usize / rate as usize;
        let mut voice = &mut desk.voice[..needed];
        if let Some(member) = member.filter(|_| needed == samples) {
            member.change(ring, until, source.gain, voice, &mut desk.mix);
            continue;
        }
        let mut gain = source.gain;
        if let Some(member) = member {
            desk.change.clear(needed);
            member.change(ring, until, source.gain, voice, &mut desk.change);
            desk.change.write(voice);
            gain = Gain::UNITY;
        } else {
            let is_new = source.cursor.is_new();
            // What is sent as an event is not heard as a tone as well.
            let mute = sends_events && relays.contains(source.leg);
            if !source.cursor.read(ring, theirs.samples(), mute, voice) {
                continue;
            }
            if is_new && index == 0 && !mixing {
                // Both are due in one slot from now on, so that the bridge adds no delay of its own.
                let other_period = slots(theirs.packet_time_ms);
                let due = aligned(leg.due, period, due, other_period);
                if due != leg.due {
                    leg.due = due;
                    source.cursor = Cursor::default();
                }
            }
        }
        if needed != samples {
            let converted = &mut desk.other_rate[..samples];
            source
                .filter
                .convert(ring.sample_rate(), rate, voice, converted);
            voice = converted;
        }
        voices += 1;
        if voices == 1 && !mixing {
            heard[..samples].copy_from_slice(voice);
            gain.apply(&mut heard[..samples]);
            continue;
        }
        if !mixing {
            mixing = true;
            desk.mix.clear(samples);
            desk.mix
                .change(0, &heard[..samples], Gain::ZERO, Gain::UNITY);
        }
        desk.mix.change(0, voice, Gain::ZERO, gain);
    }
    if let Some(gone) = gone {
        leg.outgoing.hearing.forget(gone);
    }
    if mixing {
        desk.mix.write(&mut heard[..samples]);
    }
    mixing || voices > 0
}

/// Mixes the leg's conference without the leg; says which it is.
fn listen_to_room(
    leg: &mut Leg,
    configuration: &Configuration,
    around: &mut Around<'_>,
    desk: &mut Desk,
) -> Option<u64> {
    let member = leg.member.as_mut().filter(|member| !member.deaf)?;
    let room = around.rooms.find(member.conference, &mut member.place)?;
    let until = (around.slot + 1) * SAMPLES_A_SLOT;
    let rate = configuration.codec.sample_rate();
    if rate == 48_000 {
        room.voices.take_full(&mut member.full);
    }
    desk.mix.clear(configuration.samples());
    room.voices
        .listen(rate, until, configuration.positions(), &mut desk.mix);
    let own = &mut desk.voice[..configuration.samples()];
    member.change(&leg.incoming.ring, until, Gain::ZERO, own, &mut desk.mix);
    Some(member.conference)
}
