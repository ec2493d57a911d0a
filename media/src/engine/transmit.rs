//! The second pass of a tick: composes one leg's packet and sends it.

use std::collections::HashMap;

use super::command::{Configuration, Held};
use super::event::{EventQueue, Fact};
use super::leg::{Farewell, Leg};
use super::legs::Legs;
use super::outgoing::Outgoing;
use super::reaper::{Bin, Garbage};
use super::security::SEALED_LEN;
use super::wheel::{aligned, slots, SAMPLES_A_SLOT, SLOT_NS};
use crate::graph::hearing::{Cursor, Mix};
use crate::graph::{MAX_OCTETS, MAX_SAMPLES};
use crate::net::monotonic_ns;
use crate::rtp::{self, HEADER_LEN};
use crate::telephone_event::{Event, Step};
use std::sync::atomic::Ordering;

/// Memory for one packet, used over and over.
pub struct Scratch {
    packet: [u8; HEADER_LEN + MAX_OCTETS],
    sealed: [u8; SEALED_LEN],
    heard: [i16; MAX_SAMPLES],
    other_rate: [i16; MAX_SAMPLES],
    voice: [i16; MAX_SAMPLES],
    mix: Mix,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            packet: [0; HEADER_LEN + MAX_OCTETS],
            sealed: [0; SEALED_LEN],
            heard: [0; MAX_SAMPLES],
            other_rate: [0; MAX_SAMPLES],
            voice: [0; MAX_SAMPLES],
            mix: Mix::default(),
        }
    }
}

/// The worker around one leg.
pub struct Around<'a> {
    pub legs: &'a Legs,
    pub expected: &'a HashMap<u64, Box<Held>>,
    pub events: &'a EventQueue,
    pub bin: &'a Bin,
    pub slot: u64,
}

/// What the payload holds.
enum Content {
    Encoded,
    /// The samples are in `Scratch::heard` as well.
    Heard,
    Silence,
}

/// Sends what is due in this slot and sets the leg's next.
pub fn transmit(leg: &mut Leg, around: &Around<'_>, scratch: &mut Scratch) {
    let Some(configuration) = leg.configuration.take() else {
        return;
    };
    leg.due = around.slot + slots(configuration.packet_time_ms);
    let (units, samples) = (configuration.units(), configuration.samples());
    let press = next_press(leg, &configuration, around);
    let encoder = press.is_some().then_some(leg.outgoing.encoder);
    let mut content = compose(leg, &configuration, around, scratch);
    let (mut octets, mut stamp) = (units, None);
    if let Some(encoder) = encoder {
        // The peer does not get what was composed.
        leg.outgoing.encoder = encoder;
    }
    match (press, configuration.sent_event()) {
        (Some(press), Some(payload_type)) => {
            let payload = press.event.write();
            octets = payload.len();
            scratch.packet[HEADER_LEN..HEADER_LEN + octets].copy_from_slice(&payload);
            stamp = Some((payload_type, press.timestamp, press.marker));
        }
        (Some(press), None) => {
            let sounding = &mut scratch.heard[..samples];
            let (codec, outgoing) = (configuration.codec, &mut leg.outgoing);
            outgoing.fill_from_event(&press.event, press.marker, codec.sample_rate(), sounding);
            let payload = &mut scratch.packet[HEADER_LEN..HEADER_LEN + units];
            outgoing.encoder.encode(codec, sounding, payload);
            content = Content::Heard;
        }
        (None, _) => {}
    }
    // The clock is read for each packet: a slot may hold hundreds.
    let now = monotonic_ns();
    match leg.destination() {
        Some(destination) if configuration.sending => {
            let header = leg.outgoing.stamp(&configuration, stamp, octets);
            rtp::write(&header, &mut scratch.packet);
            let datagram = &scratch.packet[..HEADER_LEN + octets];
            let sealed = leg.security.seal(datagram, &mut scratch.sealed);
            let sent = sealed.map(|sealed| leg.sockets.rtp.send_to(sealed, destination));
            if let Some(Ok(_)) = sent {
                leg.outgoing.counts.add(octets, now);
            }
        }
        _ => {
            leg.outgoing.sender.skip(units as u32);
            leg.outgoing.counts.pause();
        }
    }
    if !leg.taps.is_empty() {
        if stamp.is_some() {
            scratch.heard[..samples].fill(0);
        } else {
            note_sent(&content, &configuration, &mut leg.outgoing, scratch);
        }
        leg.incoming.ring.last(&mut scratch.voice[..samples]);
        let (left, right) = (&scratch.voice[..samples], &scratch.heard[..samples]);
        let at_ns = around.slot * SLOT_NS;
        let rate = configuration.codec.sample_rate();
        leg.taps
            .feeds
            .write(left, right, rate, at_ns, around.events);
        match samples > units {
            true => leg.taps.write_wide(left, right, around.bin),
            false => leg.taps.write(left, right, around.bin),
        }
    }
    leg.configuration = Some(configuration);
    if leg.control.is_due(now) {
        leg.report(now, Farewell::None);
    }
}

/// One packet time of a key.
struct Press {
    event: Event,
    timestamp: u32,
    marker: bool,
}

/// The key that is being sent, ours or another leg's; tells when a request is through.
fn next_press(leg: &mut Leg, configuration: &Configuration, around: &Around<'_>) -> Option<Press> {
    leg.outgoing.relays.follow(around.legs, configuration);
    let (step, through) = leg.outgoing.next_digit(configuration.units() as u32);
    if let Some(through) = through {
        let fact = Fact::DigitsSent {
            request: through.request,
        };
        around.events.push(leg.id, monotonic_ns(), fact);
        leg.outside.digits.fetch_sub(1, Ordering::Relaxed);
        around.bin.put(Garbage::Digits(through));
    }
    match step? {
        Step::Event {
            payload,
            timestamp,
            marker,
        } => Some(Press {
            event: Event::parse(&payload)?,
            timestamp,
            marker,
        }),
        Step::Silence => None,
    }
}

/// Puts a packet time of audio into the payload.
fn compose(
    leg: &mut Leg,
    configuration: &Configuration,
    around: &Around<'_>,
    scratch: &mut Scratch,
) -> Content {
    let (codec, samples) = (configuration.codec, configuration.samples());
    let payload = &mut scratch.packet[HEADER_LEN..HEADER_LEN + configuration.units()];
    // The same for every leg of the engine, whatever its phase: time of this slot in samples.
    let media_clock = around.slot * SAMPLES_A_SLOT;
    let id = leg.id;
    let mut tell = |fact| around.events.push(id, monotonic_ns(), fact);
    let outgoing = &mut leg.outgoing;
    if outgoing.fill_from_playout(configuration, media_clock, payload, around.bin, &mut tell) {
        return Content::Encoded;
    }
    if !leg.outgoing.hearing.is_empty() && hear(leg, configuration, around, scratch) {
        let payload = &mut scratch.packet[HEADER_LEN..HEADER_LEN + configuration.units()];
        let heard = &scratch.heard[..samples];
        leg.outgoing.encoder.encode(codec, heard, payload);
        return Content::Heard;
    }
    let payload = &mut scratch.packet[HEADER_LEN..HEADER_LEN + configuration.units()];
    leg.outgoing.encoder.silence(codec, payload);
    Content::Silence
}

/// Mixes what the leg hears into `scratch.heard`; false when nobody is there.
fn hear(
    leg: &mut Leg,
    configuration: &Configuration,
    around: &Around<'_>,
    scratch: &mut Scratch,
) -> bool {
    let samples = configuration.samples();
    let sends_events = configuration.sent_event().is_some();
    let (period, rate) = (
        slots(configuration.packet_time_ms),
        configuration.codec.sample_rate(),
    );
    let mut voices = 0;
    let mut gone = None;
    let Outgoing {
        hearing, relays, ..
    } = &mut leg.outgoing;
    for (index, source) in hearing.sources().iter_mut().enumerate() {
        let (ring, due, theirs) = if source.leg == leg.id {
            (&leg.incoming.ring, leg.due, configuration)
        } else {
            let Some(other) = around.legs.find(source.leg, &mut source.place) else {
                // It may be on its way from another worker; else it closed.
                if !around.expected.contains_key(&source.leg) {
                    gone = Some(source.leg);
                }
                continue;
            };
            let Some(theirs) = &other.configuration else {
                continue;
            };
            (&other.incoming.ring, other.due, theirs.as_ref())
        };
        let is_new = source.cursor.is_new();
        let packet = theirs.samples();
        let needed = samples * ring.sample_rate() as usize / rate as usize;
        let mut voice = &mut scratch.voice[..needed];
        // What is sent as an event is not heard as a tone as well.
        let mute = sends_events && relays.contains(source.leg);
        if !source.cursor.read(ring, packet, mute, voice) {
            continue;
        }
        if needed != samples {
            let converted = &mut scratch.other_rate[..samples];
            match needed > samples {
                true => source.filter.down(voice, converted),
                false => source.filter.up(voice, converted),
            }
            voice = converted;
        }
        if is_new && index == 0 {
            // Both are due in one slot from now on, so that the bridge adds no delay of its own.
            let other_period = slots(theirs.packet_time_ms);
            let due = aligned(leg.due, period, due, other_period);
            if due != leg.due {
                leg.due = due;
                source.cursor = Cursor::default();
            }
        }
        voices += 1;
        match voices {
            1 => scratch.heard[..samples].copy_from_slice(voice),
            2 => {
                scratch.mix.clear();
                scratch.mix.add(&scratch.heard[..samples]);
                scratch.mix.add(voice);
            }
            _ => scratch.mix.add(voice),
        }
    }
    if let Some(gone) = gone {
        leg.outgoing.hearing.forget(gone);
    }
    if voices > 1 {
        scratch.mix.write(&mut scratch.heard[..samples]);
    }
    voices > 0
}

/// What the peer hears, as samples in `scratch.heard`, for the recordings.
fn note_sent(
    content: &Content,
    configuration: &Configuration,
    outgoing: &mut Outgoing,
    scratch: &mut Scratch,
) {
    let sent = &mut scratch.heard[..configuration.samples()];
    match content {
        Content::Heard => {}
        Content::Silence => sent.fill(0),
        Content::Encoded => {
            let payload = &scratch.packet[HEADER_LEN..HEADER_LEN + configuration.units()];
            outgoing.decoder.decode(configuration.codec, payload, sent);
        }
    }
}
