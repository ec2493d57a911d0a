//! The sending half of a leg: what goes into the next packet, and the stream that it is stamped for.

use std::collections::VecDeque;

use super::command::{Configuration, DigitRequest};
use super::event::Fact;
use super::players::Players;
use super::reaper::Bin;
use super::relays::Relays;
use crate::ahead;
use crate::codec::opus::adaptation::Adaptation;
use crate::codec::{Codec, Decoder, Encoder};
use crate::dsp::silence_suppression::SilenceSuppressor;
use crate::graph::hearing::Hearing;
use crate::graph::packets::Shape;
use crate::rtp::{Header, Sender};
use crate::telephone_event::{Event, EventTone, Pace, Step};

/// `send_digits` requests that wait; the caller is told when there are more.
pub const MAX_DIGIT_REQUESTS: usize = 16;

#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub packets: u64,
    pub octets: u64,
    pub max_gap_ns: u64,
    /// Of those sent, the ones that were passed on as they came.
    pub relayed: u64,
    last_sent: Option<u64>,
}

impl Counts {
    pub fn add(&mut self, octets: usize, now: u64) {
        self.packets += 1;
        self.octets += octets as u64;
        if let Some(before) = self.last_sent.replace(now) {
            self.max_gap_ns = self.max_gap_ns.max(now.saturating_sub(before));
        }
    }

    /// A wanted pause is no gap.
    pub fn pause(&mut self) {
        self.last_sent = None;
    }
}

pub struct Outgoing {
    pub sender: Sender,
    pub players: Players,
    digits: VecDeque<Box<DigitRequest>>,
    pub relays: Relays,
    tone: EventTone,
    pub encoder: Encoder,
    adaptation: Adaptation,
    /// Of packets of Opus that it may copy.
    shape: Option<Shape>,
    /// The last packet was a copy: the encoder did not hear what was in it.
    pub copied: bool,
    /// The last packet was one that all get who hear the same.
    pub shared: bool,
    /// What goes out already encoded, for the recordings.
    pub decoder: Decoder,
    pub hearing: Box<Hearing>,
    /// Where silence is described instead of sent.
    pub silence: Option<Box<SilenceSuppressor>>,
    pub counts: Counts,
}

impl Outgoing {
    pub fn new(random: u64) -> Self {
        // Three numbers out of one; RFC 3550, 5.1 wants the timestamp and sequence number unpredictable as well.
        let (ssrc, sequence, timestamp) = (
            random as u32,
            // RFC 3711, 3.3.1: SRTP wants the first half, or a lost first packet may hide that the number rolled over.
            (random >> 32) as u16 & 0x7FFF,
            (random >> 16) as u32 ^ (random >> 40) as u32,
        );
        Self {
            sender: Sender::new(ssrc, sequence, timestamp),
            players: Players::default(),
            digits: VecDeque::with_capacity(MAX_DIGIT_REQUESTS),
            relays: Relays::default(),
            tone: EventTone::default(),
            encoder: Encoder::default(),
            adaptation: Adaptation::default(),
            shape: None,
            copied: false,
            shared: false,
            decoder: Decoder::default(),
            hearing: Box::new(Hearing::new(&[])),
            silence: None,
            counts: Counts::default(),
        }
    }

    /// Takes what was agreed of the encoder; the one without work stays in the configuration.
    pub fn agree(&mut self, configuration: &mut Configuration) {
        if configuration.encoder.is_some() {
            std::mem::swap(&mut self.encoder.opus, &mut configuration.encoder);
        }
        if configuration.g729.is_some() {
            std::mem::swap(&mut self.encoder.g729, &mut configuration.g729);
        }
        self.tune(configuration);
        // What it knows of the noise holds on through a new offer.
        if configuration.silence.is_some() != self.silence.is_some() {
            std::mem::swap(&mut self.silence, &mut configuration.silence);
        }
    }

    /// The peer told which part of our packets it lost.
    pub fn hear_of_loss(&mut self, lost: f32, configuration: &Configuration) {
        if self.adaptation.receive(lost) {
            self.tune(configuration);
        }
    }

    fn tune(&mut self, configuration: &Configuration) {
        self.shape = None;
        let codec = configuration.codec;
        if let (true, Some(opus)) = (codec.is_opus(), &mut self.encoder.opus) {
            let settings = self.adaptation.settings(&configuration.opus);
            opus.apply(&settings);
            let shape = Shape::of(&settings, configuration.packet_time_ms);
            self.shape = shape.filter(|_| codec == Codec::Opus);
        }
    }

    /// Fetches what the next packet is made of.
    pub fn fetch(&self) {
        ahead::fetch(&self.sender);
        ahead::fetch(&self.players);
        ahead::fetch(&self.digits);
        ahead::fetch(&self.relays);
        ahead::fetch(&self.hearing);
        ahead::fetch(&self.counts);
        ahead::fetch(&self.shared);
    }

    /// Fetches what a packet looks at that is passed on to the peer.
    pub fn fetch_to_pass(&self) {
        ahead::fetch(&self.sender);
        ahead::fetch(&self.relays);
        ahead::fetch(&self.counts);
    }

    /// Fetches what that points at.
    pub fn fetch_behind(&self) {
        self.players.fetch();
        ahead::fetch(&*self.hearing);
    }

    /// Fetches what this points at.
    pub fn fetch_last(&self) {
        self.players.fetch_last();
    }

    /// Returns the request when too many wait.
    pub fn send_digits(&mut self, request: Box<DigitRequest>) -> Option<Box<DigitRequest>> {
        if self.digits.len() == MAX_DIGIT_REQUESTS {
            return Some(request);
        }
        self.digits.push_back(request);
        None
    }

    /// Whether a key is being sent, or waits for it.
    pub fn is_sending_key(&self) -> bool {
        !self.digits.is_empty() || !self.relays.is_idle()
    }

    /// The event of this packet time, if one is being sent. The second value is a request that is through.
    pub fn next_digit(&mut self, pace: Pace) -> (Option<Step>, Option<Box<DigitRequest>>) {
        let timestamp = self.sender.timestamp();
        let Some(current) = self
            .digits
            .front_mut()
            .filter(|_| !self.relays.is_sending())
        else {
            return (self.relays.next_packet(timestamp, pace), None);
        };
        match current.sender.next_packet(timestamp) {
            Some(step) => (Some(step), None),
            None => (None, self.digits.pop_front()),
        }
    }

    /// Fills `out` with a packet time of the event as tones.
    pub fn fill_from_event(&mut self, event: &Event, marker: bool, rate: u32, out: &mut [i16]) {
        self.tone.fill(event, marker, rate, out);
    }

    /// Copies the playout that runs into `payload`, a packet time long, if it is copied as it was encoded.
    pub fn copy_playout(
        &mut self,
        configuration: &Configuration,
        media_clock: u64,
        payload: &mut [u8],
        bin: &Bin,
        tell: &mut impl FnMut(Fact),
    ) -> bool {
        let codec = configuration.codec;
        let filled = self
            .players
            .copy(codec, media_clock, payload, bin, tell)
            .unwrap_or(0);
        if filled > 0 {
            let (played, rest) = payload.split_at_mut(filled);
            self.encoder.follow(codec, played);
            self.encoder.fill(codec, rest);
        }
        // A playout of nothing leaves the packet to what the leg hears.
        filled > 0
    }

    /// Copies the packet of Opus that the playout has made before for this time, and reads its samples where `heard`
    /// asks for them. Returns its octets.
    pub fn copy_packet(
        &mut self,
        media_clock: u64,
        to: (&mut [u8], Option<&mut [i16]>),
        bin: &Bin,
        tell: &mut impl FnMut(Fact),
    ) -> Option<usize> {
        let shape = self.shape.as_ref()?;
        let octets = self
            .players
            .copy_packet(shape, media_clock, to, bin, tell)?;
        self.copied = true;
        Some(octets)
    }

    /// What goes out next is encoded here. After copies Opus hears what was in the last of them, or begins anew.
    pub fn leave_packets(&mut self, configuration: &Configuration) {
        let playout = self.players.leave_packets();
        let Some(encoder) = self.encoder.opus.as_mut().filter(|_| self.copied) else {
            return;
        };
        self.copied = false;
        encoder.begin_anew();
        if let Some(playout) = playout {
            playout.recall(encoder, configuration.positions());
        }
    }

    /// The header of the packet that carries `step` or, if that is none, `samples` of audio.
    pub fn stamp(
        &mut self,
        configuration: &Configuration,
        event: Option<(u8, u32, bool)>,
        octets: usize,
    ) -> Header {
        let samples = configuration.units();
        match event {
            Some((payload_type, timestamp, marker)) => {
                let header = self.sender.at(payload_type, timestamp, marker, octets);
                self.sender.skip(samples);
                header
            }
            None => {
                let late = self.encoder.left_out(configuration.codec);
                self.sender
                    .audio_from(late, configuration.payload_type, samples, octets)
            }
        }
    }
}
