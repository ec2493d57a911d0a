//! The receiving half of a leg: latch, statistics, digits, jitter buffer, and the ring that others hear.

pub mod admitting;
pub mod passing;
mod silence;

use std::net::SocketAddr;

use super::command::Configuration;
use super::event::Fact;
use super::extended::Extended;
use super::presses::{Presses, Way};
use crate::ahead;
use crate::dsp::automatic_gain::AutomaticGain;
use crate::dsp::converter::Converter;
use crate::dsp::dtmf_detector::DtmfDetector;
use crate::dsp::progress::ProgressDetector;
use crate::graph::hearing::Ring;
use crate::graph::speech::{Change, SpeechDetector};
use crate::graph::{MAX_NARROW, MAX_SAMPLES};
use crate::jitter::JitterBuffer;
use crate::latch::Latch;
use crate::rtcp::ReportBlock;
use crate::rtp::{Receiver, Totals};
use crate::telephone_event::Assembler;
use silence::{Silence, QUIETEST};

/// Longer than any packet time: who has not read for so long does not listen, nanoseconds.
const LISTENS_NS: u64 = 200_000_000;
/// Before anything was agreed.
const CLOCK_RATE: u32 = 8000;

/// What RTP's own statistics do not count.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub octets: u64,
    pub discarded: u64,
    /// Of those discarded, the ones that the jitter buffer had no use for any more.
    pub late: u64,
    /// In units of 8 kHz.
    pub concealed_samples: u64,
}

/// Who is heard and where to send, before anything of a packet is believed.
// There is one in each leg, which has a box of its own: a second box would save nothing.
#[allow(clippy::large_enum_variant)]
enum Origin {
    /// Learned from the packets.
    Latch(Latch),
    /// Found by ICE, and what comes is authentic; None while there is no path.
    Ice(Option<SocketAddr>),
}

pub struct Incoming {
    origin: Origin,
    receiver: Receiver,
    jitter: Box<JitterBuffer>,
    /// From a wideband leg to the detectors, which work at 8 kHz.
    filter: Converter,
    assembler: Assembler,
    detector: Option<Box<DtmfDetector>>,
    pub presses: Presses,
    speech: Option<Box<SpeechDetector>>,
    tones: Option<Box<ProgressDetector>>,
    pub ring: Ring,
    /// Makes what others hear of the peer as loud as it should be.
    gain: Option<Box<AutomaticGain>>,
    /// Where extended reports were agreed.
    pub extended: Option<Box<Extended>>,
    counts: Counts,
    /// When a leg that hears this one was seen last.
    listened: u64,
    silence: Silence,
    /// Digital silence, counted while we send.
    one_way: Silence,
}

impl Incoming {
    pub fn new() -> Self {
        Self {
            origin: Origin::Ice(None),
            receiver: Receiver::new(CLOCK_RATE),
            jitter: Box::new(JitterBuffer::new(CLOCK_RATE)),
            filter: Converter::default(),
            assembler: Assembler::new(CLOCK_RATE),
            detector: None,
            presses: Presses::default(),
            speech: None,
            tones: None,
            ring: Ring::default(),
            gain: None,
            extended: None,
            counts: Counts::default(),
            listened: 0,
            silence: Silence::default(),
            one_way: Silence::default(),
        }
    }

    /// SDP named (another) address: learn it anew.
    pub fn expect(&mut self, remote: SocketAddr, now: u64) {
        match &mut self.origin {
            Origin::Latch(latch) => latch.reopen(remote, now),
            Origin::Ice(_) => self.origin = Origin::Latch(Latch::new(remote, now)),
        }
    }

    /// ICE found a path, or lost it.
    pub fn follow(&mut self, path: Option<SocketAddr>) {
        self.origin = Origin::Ice(path);
    }

    /// The time-out for missing RTP begins now.
    pub fn expect_media(&mut self, now: u64) {
        self.silence = Silence::since(now);
        self.one_way = Silence::since(now);
    }

    pub fn destination(&self) -> Option<SocketAddr> {
        match &self.origin {
            Origin::Latch(latch) => Some(latch.destination()),
            Origin::Ice(path) => *path,
        }
    }

    pub fn permits_rtcp(&self, source: SocketAddr) -> bool {
        match &self.origin {
            Origin::Latch(latch) => latch.permits_rtcp(source),
            Origin::Ice(_) => true,
        }
    }

    pub fn ssrc(&self) -> Option<u32> {
        self.receiver.ssrc()
    }

    /// Whether the last packet overtook another one, or that one is lost.
    pub fn is_ahead(&self) -> bool {
        self.receiver.is_ahead()
    }

    pub fn report(&mut self, now: u64) -> Option<ReportBlock> {
        self.receiver.report(now)
    }

    pub fn receive_sender_report(&mut self, ssrc: u32, ntp: u64, now: u64) {
        self.receiver.receive_sender_report(ssrc, ntp, now);
    }

    pub fn totals(&self) -> Totals {
        self.receiver.totals()
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Returns the detector that was there.
    pub fn watch(&mut self, speech: Option<Box<SpeechDetector>>) -> Option<Box<SpeechDetector>> {
        std::mem::replace(&mut self.speech, speech)
    }

    /// Whether others hear the peer at another level than it has.
    pub fn has_gain(&self) -> bool {
        self.gain.is_some()
    }

    /// Returns the one that was there; one that goes on knows the voice already.
    pub fn set_gain(&mut self, mut gain: Option<Box<AutomaticGain>>) -> Option<Box<AutomaticGain>> {
        if gain.is_some() != self.gain.is_some() {
            std::mem::swap(&mut self.gain, &mut gain);
        }
        gain
    }

    /// Returns the detector that was there.
    pub fn watch_tones(
        &mut self,
        tones: Option<Box<ProgressDetector>>,
    ) -> Option<Box<ProgressDetector>> {
        std::mem::replace(&mut self.tones, tones)
    }

    /// Begins or ends to look for the tones of keys, as configured; a detector without work stays in the configuration.
    pub fn listen_for_tones(&mut self, configuration: &mut Configuration) {
        if configuration.finds_tones() != self.detector.is_some() {
            std::mem::swap(&mut self.detector, &mut configuration.detector);
            self.presses.forget_tones();
        }
    }

    /// Counts for extended reports, or no longer; what was counted before a new offer stays.
    pub fn count_for_reports(&mut self, configuration: &mut Configuration) {
        if configuration.extended.is_some() != self.extended.is_some() {
            std::mem::swap(&mut self.extended, &mut configuration.extended);
        }
        if let Some(extended) = &mut self.extended {
            extended.asked = configuration.extended_reports;
        }
    }

    /// Takes the jitter buffer for another sample rate; the one without work stays in the configuration.
    pub fn set_sample_rate(&mut self, configuration: &mut Configuration) {
        if let Some(other) = &mut configuration.jitter {
            std::mem::swap(&mut self.jitter, other);
            self.ring.set_sample_rate(self.jitter.sample_rate());
        }
    }

    /// Fetches what the next tick looks at first.
    pub fn fetch(&self) {
        ahead::fetch_some(&self.origin, 2 * 64);
        ahead::fetch(&self.receiver);
        ahead::fetch(&self.jitter);
        ahead::fetch(&self.assembler);
        ahead::fetch(&self.presses);
        ahead::fetch(&self.detector);
        ahead::fetch(&self.counts);
        ahead::fetch(&self.silence);
        ahead::fetch(&self.one_way);
    }

    /// Fetches what a packet looks at that is passed on.
    pub fn fetch_to_pass(&self) {
        self.fetch_destination();
        ahead::fetch(&self.receiver);
        ahead::fetch(&self.assembler);
        ahead::fetch(&self.detector);
        ahead::fetch(&self.extended);
        ahead::fetch(&self.counts);
        ahead::fetch(&self.silence);
        ahead::fetch(&self.one_way);
    }

    /// Fetches where to send.
    pub fn fetch_destination(&self) {
        ahead::fetch_some(&self.origin, 2 * 64);
    }

    /// Fetches what that points at.
    pub fn fetch_behind(&self) {
        self.jitter.fetch();
        ahead::fetch_all(self.ring.next());
    }

    /// Fetches what this points at.
    pub fn fetch_last(&self) {
        self.jitter.fetch_audio();
    }

    /// Whether the peer holds a key, as far as is known.
    pub fn is_keyed(&self) -> bool {
        self.presses.is_held() || self.ring.is_tone()
    }

    /// How long audio is held before it is heard, as far as the jitter buffer plans.
    pub fn depth_ms(&self) -> u32 {
        self.jitter.target_ms()
    }

    /// Whether another leg, or a detector, hears what comes out of the jitter buffer.
    fn is_listened_to(&mut self, now: u64) -> bool {
        if self.ring.take_read() {
            self.listened = now;
        }
        now.saturating_sub(self.listened) < LISTENS_NS
            || self.detector.is_some()
            || self.is_detecting_audio()
            || self.has_gain()
    }

    /// One packet time passed: takes its audio out of the jitter buffer into the ring. `room` is memory for it;
    /// `is_heard`: by others than the legs that read the ring.
    pub fn tick(
        &mut self,
        configuration: &Configuration,
        now: u64,
        (room, is_heard): (&mut [i16; MAX_SAMPLES], bool),
        tell: &mut impl FnMut(Fact),
    ) {
        if let Some(digit) = self.assembler.handle_timer(now) {
            self.presses.receive(Way::Event, digit, now, tell);
        }
        let samples = &mut room[..configuration.samples()];
        let is_heard = self.is_listened_to(now) || is_heard;
        self.jitter.set_heard(is_heard);
        if configuration.receiving {
            let pulled = self.jitter.pull(samples, now);
            let concealed = pulled.concealed_samples * configuration.positions() / samples.len();
            self.counts.concealed_samples += concealed as u64;
        } else {
            samples.fill(0);
        }
        let sounds =
            self.jitter.take_sounded() || samples.iter().any(|one| one.unsigned_abs() > QUIETEST);
        self.check_one_way(sounds, configuration, now, tell);
        let watched = self.detector.is_some() || self.speech.is_some() || self.tones.is_some();
        let tone = if !watched {
            self.presses.end_forgotten(now, tell);
            false
        } else if samples.len() > configuration.positions() {
            let mut narrow = [0; MAX_NARROW];
            let narrow = &mut narrow[..configuration.positions()];
            let rate = configuration.codec.sample_rate();
            self.filter.convert(rate, 8000, samples, narrow);
            self.detect(narrow, now, tell)
        } else {
            self.detect(samples, now, tell)
        };
        if let Some(gain) = &mut self.gain {
            gain.apply(configuration.codec.sample_rate(), samples);
        }
        self.ring.write(samples, tone);
        self.check_silence(configuration, now, tell);
    }

    /// Listens to 8 kHz samples. True when they hold the tone of a key, or may do.
    fn detect(&mut self, samples: &[i16], now: u64, tell: &mut impl FnMut(Fact)) -> bool {
        if let Some(speech) = &mut self.speech {
            match speech.receive(samples) {
                Some(Change::Started) => tell(Fact::SpeechStarted),
                Some(Change::Ended) => tell(Fact::SpeechEnded),
                None => {}
            }
        }
        if let Some(tones) = &mut self.tones {
            tones.receive(samples, |found| tell(Fact::ToneHeard(found)));
        }
        let presses = &mut self.presses;
        presses.end_forgotten(now, tell);
        self.detector.as_mut().is_some_and(|detector| {
            detector.receive(samples, |digit| {
                presses.receive(Way::InBand, digit, now, tell);
            })
        })
    }
}
