//! The jitter buffer: packets in as they come, an even stream of samples out. Fixed memory, no clock of its own.
//!
//! Packets are decoded as they arrive and lie by timestamp, so packet times may mix and order does not matter; only
//! Opus and G.729 wait for what is missing, in `packets`. The
//! delay is that of the quickest packets of the last seconds: 40 ms at first, later what the slowest of them needs,
//! 20 to 120 ms. It is corrected by leaving out or repeating a pitch period, at a low level if there is time for it,
//! which is also how a sender's clock that runs a little fast or slow is followed.

mod conceal;
mod correcting;
mod decoders;
mod decoding;
mod fetching;
mod hearkening;
mod joining;
mod packets;
mod pause;
mod pausing;
mod pulling;
mod ring;
mod stream;
mod stretch;
#[cfg(test)]
mod tests;
mod timeline;
mod transit;
mod unheard;

use crate::codec::{g729, Codec, Decoder, Prepared};
use crate::dsp::comfort_noise::ComfortNoise;
use crate::dsp::converter::Converter;
use crate::rtp::{media_clock, Arrival, Header};
use conceal::Concealer;
use packets::Packets;
use ring::Ring;
use stream::Stream;
use timeline::Timeline;
use transit::Transit;

/// What is ahead of the play position at most.
const CAPACITY_MS: u32 = 1000;
/// The most delay that is aimed at.
pub const MOST_DELAY_MS: u16 = transit::MAX_MS as u16;
/// The longest payload that is taken.
const MAX_PACKET_MS: u32 = 200;
/// The longest pull that is made in one piece.
const MAX_PULL_MS: u32 = 60;
/// Pitch periods that are left out or repeated.
const LEAST_LAG_MS: u32 = 3;
const MOST_LAG_MS: u32 = 15;
const OVERLAP_MS: u32 = 10;
/// Delay over the target that is borne: at a low level, at any level, and at all. Generous, because each correction is
/// a change to the audio and a few milliseconds more are not heard.
const EXCESS_LOW_MS: i32 = 30;
const EXCESS_MS: i32 = 50;
const EXCESS_AT_ALL_MS: i32 = 120;
/// Delay under the target that is borne, at a low level and at any.
const SHORT_LOW_MS: i32 = 5;
const SHORT_MS: i32 = 10;
/// Time between two corrections at a level that is not low, nanoseconds.
const BETWEEN_CORRECTIONS: u64 = 100_000_000;
/// Mean magnitude of samples that counts as a low level (-48 dB of full scale).
const LOW_LEVEL: u64 = 128;
/// For so long after a loss the delay leaves time for the packet after one that is lost, nanoseconds.
const AFTER_A_LOSS: u64 = 10_000_000_000;

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// Its audio, or what of it is not yet due, will be heard.
    Taken,
    /// Its time was over.
    Late,
    Duplicate,
    /// Further ahead than there is room.
    Full,
    /// No packet of its codec.
    Malformed,
}

/// Where the samples of one pull came from; the rest is silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// From the peer's packets, and its pauses as far as both of their ends were known in time and nothing but audio
    /// was sent meanwhile.
    pub heard_samples: usize,
    /// Made up because nothing was there. When the peer falls silent without a word, its first 60 ms count here.
    pub concealed_samples: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Empty, and silent: the next packet sets the play position anew.
    Waiting,
    /// Has a packet; the next pull sets the play position.
    Starting,
    /// The play position is known, and not yet when it is due.
    Joining,
    Playing,
}

/// Milliseconds in samples of one rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Milliseconds {
    sample_rate: u32,
}

impl Milliseconds {
    fn samples(self, ms: u32) -> u32 {
        // Sample rates are below 200 kHz and the times here below a few seconds.
        ms * (self.sample_rate / 1000)
    }

    fn count(self, ms: u32) -> usize {
        self.samples(ms) as usize
    }

    fn signed(self, ms: i32) -> i32 {
        ms * (self.sample_rate / 1000) as i32
    }
}

/// One stream's buffer. All memory is taken by `new`.
#[derive(Debug)]
pub struct JitterBuffer {
    scale: Milliseconds,
    timeline: Timeline,
    decoder: Decoder,
    packets: Option<Box<Packets>>,
    /// Where the stream's last audio has to be decoded in its turn.
    in_turn: Option<Codec>,
    /// Somebody has just begun to listen.
    fades_in: bool,
    /// Until then the delay leaves time to recover what is lost, and how much.
    spare: Option<(u64, usize)>,
    filter: Converter,
    stream: Option<Stream>,
    phase: Phase,
    ring: Ring,
    transit: Transit,
    concealer: Concealer,
    noise: ComfortNoise,
    /// The length of the last pull, in samples.
    pull_len: usize,
    /// That of the last pull, in samples.
    delay: i32,
    /// No correction at a level that is not low before this time.
    correct_after: u64,
    scratch: Box<[i16]>,
}

impl JitterBuffer {
    /// `sample_rate` of what is pulled, in Hz: 8000, 16,000 or 48,000, or it panics.
    pub fn new(sample_rate: u32) -> Self {
        assert!(matches!(sample_rate, 8000 | 16_000 | 48_000));
        let scale = Milliseconds { sample_rate };
        let scratch = scale.count(MAX_PACKET_MS.max(MAX_PULL_MS + MOST_LAG_MS));
        Self {
            scale,
            timeline: Timeline::new(sample_rate, 8000),
            decoder: Decoder::default(),
            packets: None,
            in_turn: None,
            fades_in: false,
            spare: None,
            filter: Converter::default(),
            stream: None,
            phase: Phase::Waiting,
            ring: Ring::new(scale.count(CAPACITY_MS)),
            transit: Transit::new(scale),
            concealer: Concealer::new(scale),
            noise: ComfortNoise::default(),
            pull_len: scale.count(20),
            delay: 0,
            correct_after: 0,
            scratch: vec![0; scratch].into_boxed_slice(),
        }
    }

    /// One that understands Opus as well.
    pub fn with_opus(sample_rate: u32) -> Self {
        Self::with(sample_rate, Prepared::default().and_for(Codec::Opus))
    }

    /// One that understands these as well.
    pub fn with(sample_rate: u32, what: Prepared) -> Self {
        let waits = what != Prepared::default();
        Self {
            packets: waits.then(|| Box::new(Packets::new(sample_rate, what))),
            ..Self::new(sample_rate)
        }
    }

    pub fn sample_rate(&self) -> u32 {
        self.scale.sample_rate
    }

    /// Takes a packet of audio that arrived at `now`. A change of SSRC or of the clock, and three packets in sequence
    /// that have no place here (the sender's timestamps or sequence numbers jumped, or the path got much longer), begin
    /// anew.
    pub fn insert(&mut self, header: &Header, payload: &[u8], codec: Codec, now: u64) -> Inserted {
        if codec.clock_rate() != self.timeline.clock_rate() {
            self.timeline = Timeline::new(self.scale.sample_rate, codec.clock_rate());
            self.stream = None;
        }
        let header = &self.in_samples(header);
        if codec == Codec::G729 && payload.len() < g729::FRAME_LEN {
            return self.describe_silence(header, payload);
        }
        let mut arrival = match &mut self.stream {
            Some(stream) if stream.ssrc() == header.ssrc => stream.receive(header.sequence),
            _ => self.begin(header),
        };
        if arrival == Arrival::Duplicate {
            return Inserted::Duplicate;
        }
        self.in_turn = Some(codec).filter(Codec::in_turn);
        let Some(len) = self.measure(codec, payload) else {
            return Inserted::Malformed;
        };
        let units = media_clock(now, self.scale.sample_rate);
        let misplaced = match self.misplaced(header.timestamp, len, arrival) {
            None => None,
            // Late and out of order is ordinary; in order, it may be a pattern.
            Some(_) if arrival != Arrival::Reordered && self.is_new_beginning(header) => {
                arrival = self.begin(header);
                None
            }
            misplaced => misplaced,
        };
        if misplaced != Some(Inserted::Full) && arrival != Arrival::Old {
            self.transit.receive(header.timestamp, units, now);
        }
        if let Some(misplaced) = misplaced {
            return misplaced;
        }
        if self.phase == Phase::Waiting {
            self.start(header.timestamp, units, now);
        }
        if let Some(codec) = self.in_turn {
            if self.is_over(header.sequence) {
                return Inserted::Late;
            }
            self.queue(codec, header.sequence, header.timestamp, Some(payload));
        } else {
            self.ring.write(header.timestamp, &self.scratch[..len]);
        }
        if let Some(stream) = &mut self.stream {
            let pauses = stream.place(header.sequence, header.timestamp, len as u32);
            for (start, len) in pauses.into_iter().flatten() {
                // One that was told of sounds as it was told.
                if stream.pauses.run(start, 1).0.is_none() {
                    self.ring.write_silence(start, len as usize);
                }
            }
        }
        if codec == Codec::G729 {
            self.note_silence(header, payload, len as u32);
        }
        Inserted::Taken
    }

    /// The delay that is aimed at, milliseconds.
    pub fn target_ms(&self) -> u32 {
        self.target(self.pull_len) / self.scale.samples(1)
    }

    /// How long the quickest packets waited here at the last pull, milliseconds; 0 while nothing plays.
    pub fn delay_ms(&self) -> u32 {
        match self.phase {
            Phase::Playing | Phase::Joining => self.delay.max(0) as u32 / self.scale.samples(1),
            Phase::Waiting | Phase::Starting => 0,
        }
    }

    /// The header with its timestamp in samples.
    fn in_samples(&mut self, header: &Header) -> Header {
        Header {
            timestamp: self.timeline.position(header.timestamp),
            ..*header
        }
    }

    /// The delay to aim at, in samples.
    fn target(&self, pull: usize) -> u32 {
        let spare = self.spare.map_or(0, |(_, samples)| samples as u32);
        let most = self.scale.samples(transit::MAX_MS);
        (self.transit.target(pull) + spare).min(most)
    }

    /// Starts over with the stream of this packet.
    fn begin(&mut self, header: &Header) -> Arrival {
        self.decoder = Decoder::default();
        self.transit.reset();
        self.ring.reset(header.timestamp);
        self.concealer.interrupt();
        self.phase = Phase::Waiting;
        self.spare = None;
        if let Some(packets) = &mut self.packets {
            packets.begin(header.sequence, header.timestamp);
        }
        let stream = self.stream.insert(Stream::new(header));
        stream.receive(header.sequence)
    }

    fn is_new_beginning(&mut self, header: &Header) -> bool {
        self.stream
            .as_mut()
            .is_some_and(|stream| stream.is_new_beginning(header.sequence))
    }

    /// Why the packet has no place in the buffer, if so.
    fn misplaced(&self, timestamp: u32, len: usize, arrival: Arrival) -> Option<Inserted> {
        if arrival == Arrival::Old {
            return Some(Inserted::Late);
        }
        if self.phase == Phase::Waiting {
            return None;
        }
        let lead = i64::from(timestamp.wrapping_sub(self.ring.play()) as i32);
        let end = lead + len as i64;
        if end > self.ring.capacity() as i64 {
            return Some(Inserted::Full);
        }
        (end <= 0).then_some(Inserted::Late)
    }

    /// The first packet after silence: leave room before it for those that it overtook.
    fn start(&mut self, timestamp: u32, units: u32, now: u64) {
        let late = self.transit.behind_quickest(timestamp, units);
        if late < 0 || late > self.target(self.pull_len) as i32 {
            // What was known of the path is not true of this packet: trust the packet.
            self.transit.reset();
            self.transit.receive(timestamp, units, now);
        }
        self.ring
            .reset(timestamp.wrapping_sub(self.scale.samples(transit::MAX_MS)));
        self.phase = Phase::Starting;
    }
}
