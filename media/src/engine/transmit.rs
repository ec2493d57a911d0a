//! The second pass of a tick: composes one leg's packet and sends it.

use std::collections::HashMap;

use super::command::{Configuration, Held};
use super::event::{EventQueue, Fact};
use super::incoming::admitting::COMFORT_NOISE;
use super::incoming::Incoming;
use super::leg::{Farewell, Leg};
use super::legs::Legs;
use super::mixing::{go_on_from_shared, hear, share, Desk};
use super::outgoing::Outgoing;
use super::reaper::{Bin, Garbage};
use super::rooms::Rooms;
use super::security::SEALED_LEN;
use super::taps::Keyed;
use super::wheel::{slots, SAMPLES_A_SLOT, SLOT_NS};
use crate::codec::Codec;
use crate::dsp::silence_suppression::{Sending, MAX_SID_LEN};
use crate::graph::conference::Member;
use crate::graph::hearing::Hearing;
use crate::graph::{MAX_OCTETS, MAX_SAMPLES};
use crate::net::monotonic_ns;
use crate::rtp::{self, HEADER_LEN};
use crate::telephone_event::{Event, Step};
use std::sync::atomic::Ordering;

/// Recordings stay hushed for so long after a key, beside what the jitter buffer holds.
const AFTER_KEY_MS: u64 = 100;

/// Memory for one packet, used over and over.
pub struct Scratch {
    packet: [u8; HEADER_LEN + MAX_OCTETS],
    sealed: [u8; SEALED_LEN],
    pub heard: [i16; MAX_SAMPLES],
    voice: [i16; MAX_SAMPLES],
    pub desk: Desk,
}

impl Scratch {
    pub fn payload(&mut self) -> &mut [u8] {
        &mut self.packet[HEADER_LEN..]
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            packet: [0; HEADER_LEN + MAX_OCTETS],
            sealed: [0; SEALED_LEN],
            heard: [0; MAX_SAMPLES],
            voice: [0; MAX_SAMPLES],
            desk: Desk::default(),
        }
    }
}

/// The worker around one leg.
pub struct Around<'a> {
    pub legs: &'a Legs,
    pub rooms: &'a mut Rooms,
    pub expected: &'a HashMap<u64, Box<Held>>,
    pub events: &'a EventQueue,
    pub bin: &'a Bin,
    pub slot: u64,
}

/// What the payload holds.
enum Content {
    Encoded,
    /// The samples are in `Scratch::heard` as well, for what is recorded or tapped.
    Heard,
    Silence,
}

/// Sends what is due in this slot and sets the leg's next.
pub fn transmit(leg: &mut Leg, around: &mut Around<'_>, scratch: &mut Scratch) {
    let Some(configuration) = leg.configuration.take() else {
        return;
    };
    leg.due = around.slot + slots(configuration.packet_time_ms);
    if let Some(lost) = leg.control.take_loss() {
        leg.outgoing.hear_of_loss(lost, &configuration);
    }
    let samples = configuration.samples();
    let press = next_press(leg, &configuration, around);
    let may_rest = press.is_some() || leg.outgoing.silence.is_some();
    let place = may_rest.then_some(leg.outgoing.encoder.place());
    let is_pressing = press.is_some();
    let (mut content, mut octets) = compose(leg, &configuration, around, scratch);
    let mut stamp = None;
    let rests = rest(leg, &configuration, is_pressing, &content, scratch);
    if let (Some(place), true) = (place, is_pressing || rests.is_some()) {
        // The peer does not get what was composed.
        leg.outgoing.encoder.go_to(place);
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
            outgoing.leave_packets(&configuration);
            outgoing.fill_from_event(&press.event, press.marker, codec.sample_rate(), sounding);
            let payload = &mut scratch.packet[HEADER_LEN..];
            octets = outgoing.encoder.encode(codec, sounding, payload);
            content = Content::Heard;
        }
        (None, _) => {}
    }
    let is_event = stamp.is_some();
    if configuration.opus_rests(octets) && !is_event {
        octets = 0;
    }
    if let Some(description) = rests {
        octets = description;
        stamp = Some((COMFORT_NOISE, leg.outgoing.sender.timestamp(), false));
    }
    // The clock is read for each packet: a slot may hold hundreds.
    let now = monotonic_ns();
    match leg.destination() {
        Some(destination) if configuration.sending && octets > 0 => {
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
            leg.outgoing.sender.skip(configuration.units());
            leg.outgoing.counts.pause();
        }
    }
    if !leg.taps.is_empty() {
        if is_event {
            scratch.heard[..samples].fill(0);
        } else {
            note_sent(&content, octets, &configuration, &mut leg.outgoing, scratch);
        }
        leg.incoming.ring.last(&mut scratch.voice[..samples]);
        let (left, right) = (&scratch.voice[..samples], &scratch.heard[..samples]);
        let at_ns = around.slot * SLOT_NS;
        let held_ms = u64::from(configuration.packet_time_ms + leg.incoming.depth_ms());
        leg.taps.begin(at_ns.saturating_sub(held_ms * 1_000_000));
        let rate = configuration.codec.sample_rate();
        leg.taps
            .feeds
            .write(left, right, rate, at_ns, around.events);
        let keyed = match leg.taps.is_ending_hush() {
            true => keys(
                &leg.incoming,
                &mut leg.outgoing.hearing,
                leg.member.as_deref(),
                is_pressing,
                around,
            ),
            false => Keyed::default(),
        };
        let (id, events) = (leg.id, around.events);
        let tell = |fact| events.push(id, now, fact);
        leg.taps.write([left, right], rate, keyed, around.bin, tell);
    }
    leg.configuration = Some(configuration);
    if leg.control.is_due(now) {
        leg.report(now, Farewell::None);
    }
}

/// Whether this packet is left out, and the octets of the description of silence in its place, which are in the payload
/// then; 0 for none.
fn rest(
    leg: &mut Leg,
    configuration: &Configuration,
    is_pressing: bool,
    content: &Content,
    scratch: &mut Scratch,
) -> Option<usize> {
    let silence = leg.outgoing.silence.as_mut()?;
    let samples: &[i16] = match content {
        Content::Heard => &scratch.heard[..configuration.samples()],
        Content::Silence => &[],
        // A prompt, or what all hear who hear the same.
        Content::Encoded => {
            silence.interrupt();
            return None;
        }
    };
    if is_pressing {
        silence.interrupt();
        return None;
    }
    let mut described = [0; MAX_SID_LEN];
    let octets = match silence.next(samples, configuration.packet_time_ms, &mut described) {
        Sending::Audio => return None,
        Sending::Nothing => 0,
        Sending::Description(octets) => octets,
    };
    scratch.payload()[..octets].copy_from_slice(&described[..octets]);
    Some(octets)
}

/// What an ending hush waits for: keys of the peer and of whoever it hears, and those that are sent to it.
fn keys(
    incoming: &Incoming,
    hearing: &mut Hearing,
    member: Option<&Member>,
    is_pressing: bool,
    around: &Around<'_>,
) -> Keyed {
    let sources = hearing.sources().iter_mut();
    let heard = sources.filter_map(|source| around.legs.find(source.leg, &mut source.place));
    let conference = member.map(|member| member.conference);
    let others = around.legs.iter().filter(|other| {
        let theirs = other.member.as_ref().map(|member| member.conference);
        conference.is_some() && conference == theirs
    });
    let (mut is_held, mut depth_ms) = (is_pressing || incoming.is_keyed(), incoming.depth_ms());
    for other in heard.chain(others) {
        is_held |= other.incoming.is_keyed();
        depth_ms = depth_ms.max(other.incoming.depth_ms());
    }
    // What a peer sends as an event it may send as a tone as well, which comes out of the jitter buffer later.
    Keyed {
        is_held,
        hold_ms: u64::from(depth_ms) + AFTER_KEY_MS,
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
    let (step, through) = leg.outgoing.next_digit(configuration.event_pace());
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

/// Puts a packet time of audio into the payload; the second value is its octets.
fn compose(
    leg: &mut Leg,
    configuration: &Configuration,
    around: &mut Around<'_>,
    scratch: &mut Scratch,
) -> (Content, usize) {
    let (codec, samples) = (configuration.codec, configuration.samples());
    let shared = std::mem::take(&mut leg.outgoing.shared);
    // The same for every leg of the engine, whatever its phase: time of this slot in samples.
    let media_clock = around.slot * SAMPLES_A_SLOT;
    let id = leg.id;
    let (events, bin) = (around.events, around.bin);
    let mut tell = |fact| events.push(id, monotonic_ns(), fact);
    let outgoing = &mut leg.outgoing;
    let length = codec.octets_a_ms().unwrap_or(0) * configuration.packet_time_ms as usize;
    let payload = &mut scratch.packet[HEADER_LEN..HEADER_LEN + length];
    if outgoing.copy_playout(configuration, media_clock, payload, bin, &mut tell) {
        return (Content::Encoded, length);
    }
    if codec == Codec::Opus {
        let heard = (!leg.taps.is_empty()).then_some(&mut scratch.heard[..samples]);
        let to = (&mut scratch.packet[HEADER_LEN..], heard);
        if let Some(octets) = outgoing.copy_packet(media_clock, to, bin, &mut tell) {
            return (Content::Heard, octets);
        }
    }
    if outgoing.players.is_empty() {
        if let Some(octets) = share(leg, configuration, around, scratch) {
            (leg.outgoing.shared, leg.outgoing.copied) = (true, false);
            return (Content::Encoded, octets);
        }
    }
    if shared {
        go_on_from_shared(leg, configuration, around);
    }
    let outgoing = &mut leg.outgoing;
    if outgoing.copied {
        outgoing.leave_packets(configuration);
    }
    let (rate, heard) = (codec.sample_rate(), &mut scratch.heard[..samples]);
    let players = &mut outgoing.players;
    let mut sounding = players.read(rate, media_clock, heard, bin, &mut tell)
        || leg.hears_anybody() && hear(leg, configuration, around, scratch);
    let over = &mut scratch.voice[..samples];
    let players = &mut leg.outgoing.players;
    if players.read_over(rate, media_clock, over, bin, &mut tell) {
        let heard = &mut scratch.heard[..samples];
        match sounding {
            true => add(over, heard),
            false => heard.copy_from_slice(over),
        }
        sounding = true;
    }
    let payload = &mut scratch.packet[HEADER_LEN..];
    let (encoder, period) = (&mut leg.outgoing.encoder, configuration.packet_time_ms);
    if !sounding {
        return (Content::Silence, encoder.silence(codec, period, payload));
    }
    let length = if length > 0 { length } else { payload.len() };
    let heard = &scratch.heard[..samples];
    let octets = encoder.encode(codec, heard, &mut payload[..length]);
    (Content::Heard, octets)
}

/// Adds samples, kept inside 16 bits.
fn add(samples: &[i16], to: &mut [i16]) {
    for (sum, sample) in to.iter_mut().zip(samples) {
        *sum = sum.saturating_add(*sample);
    }
}

/// What the peer hears, as samples in `scratch.heard`, for the recordings.
fn note_sent(
    content: &Content,
    octets: usize,
    configuration: &Configuration,
    outgoing: &mut Outgoing,
    scratch: &mut Scratch,
) {
    let sent = &mut scratch.heard[..configuration.samples()];
    match content {
        Content::Heard => {}
        Content::Silence => sent.fill(0),
        Content::Encoded => {
            let payload = &scratch.packet[HEADER_LEN..HEADER_LEN + octets];
            outgoing.decoder.decode(configuration.codec, payload, sent);
        }
    }
}
