//! What the application asks of a worker, and the bounded queue that it asks through.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};

use crossbeam_queue::ArrayQueue;

use super::extended::{Asked, Extended};
use super::leg::Leg;
use super::pair::Pair;
use super::rooms::Room;
use crate::codec::{g729, opus, Codec};
use crate::dsp::automatic_gain::AutomaticGain;
use crate::dsp::dtmf_detector::DtmfDetector;
use crate::dsp::progress::ProgressDetector;
use crate::dsp::silence_suppression::SilenceSuppressor;
use crate::dtls::handshake::Words;
use crate::graph::conference::Member;
use crate::graph::feed::Feed;
use crate::graph::full_band::Full;
use crate::graph::hearing::Hearing;
use crate::graph::player::{Order, Playout};
use crate::graph::speech::SpeechDetector;
use crate::graph::tap::{Tap, TapOrder};
use crate::jitter::JitterBuffer;
use crate::net::ports::SocketPair;
use crate::net::wait::Bell;
use crate::srtp::Session;
use crate::telephone_event::{DigitSender, Pace};

pub enum Command {
    Open(Box<Leg>),
    /// A leg comes from another worker; until it is here, what is asked of it is held.
    Expect {
        leg: u64,
        held: Box<Held>,
    },
    Arrive(Box<Leg>),
    /// Two legs come back from the porter.
    TakeBack([Box<Leg>; 2]),
    Ask {
        leg: u64,
        verb: Verb,
    },
    OpenRoom(Box<Room>),
    CloseRoom(u64),
    /// None: silence.
    Announce {
        room: u64,
        playout: Option<Box<Playout>>,
    },
    Shutdown,
}

pub type Held = VecDeque<Verb>;

/// A leg that comes from another worker, or that the porter has.
pub struct Absent {
    /// What is asked of it meanwhile.
    pub held: Box<Held>,
    /// It is on its way, or knows that it is to come.
    pub is_called: bool,
}

impl Absent {
    pub fn expected(held: Box<Held>) -> Self {
        Self {
            held,
            is_called: true,
        }
    }

    pub fn away(held: Box<Held>) -> Self {
        Self {
            held,
            is_called: false,
        }
    }
}

/// What is asked of one leg. Everything large is boxed by the asker and dropped by the reaper.
pub enum Verb {
    Configure(Box<Configuration>),
    /// To these sockets, from its own.
    Move(SocketPair),
    Hear(Box<Hearing>),
    Close,
    Statistics,
    Play(Box<Playout>),
    Stop {
        playout: u64,
    },
    Order {
        playout: u64,
        order: Order,
    },
    SendDigits(Box<DigitRequest>),
    /// What is pressed on leg `from` is sent on this one, or no longer.
    RelayDigits {
        from: u64,
        on: bool,
    },
    WatchSpeech(Option<Box<SpeechDetector>>),
    WatchTones(Option<Box<ProgressDetector>>),
    AutomaticGain(Option<Box<AutomaticGain>>),
    Record(Box<Tap>),
    OrderRecording {
        recording: u64,
        order: TapOrder,
        mark: u64,
    },
    StopRecording {
        recording: u64,
    },
    Join(Box<Member>),
    Leave,
    Tap(Box<Feed>),
    Untap {
        feed: u64,
    },
    Depart {
        to: usize,
    },
    /// Two legs hear each other and nobody else, or no longer.
    Pair(Option<Box<Pair>>),
}

/// How keys come and go over a leg, beside the telephone-events that are understood wherever they were agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitWay {
    /// Tones are not looked for; events are sent, or tones where no events were agreed.
    Event,
    /// Tones are found and sent.
    InBand,
    /// Tones are found; events are sent, or tones where no events were agreed.
    Both,
}

/// What offer and answer agreed.
pub struct Configuration {
    pub remote: SocketAddr,
    pub remote_rtcp: SocketAddr,
    pub codec: Codec,
    pub payload_type: u8,
    pub packet_time_ms: u32,
    pub receive_codecs: Box<[(u8, Codec)]>,
    /// The payload type of the events that we send.
    pub telephone_event: Option<u8>,
    /// Every payload type of events that are understood, and the clock of each.
    pub event_clocks: Box<[(u8, u32)]>,
    pub digit_way: DigitWay,
    /// Made by the engine for a leg that finds tones; the leg takes it when it has none.
    pub detector: Option<Box<DtmfDetector>>,
    /// Made by the engine where the leg's sample rate changes, or Opus comes first.
    pub jitter: Option<Box<JitterBuffer>>,
    /// How to encode, where `codec` is Opus.
    pub opus: opus::Settings,
    /// What a peer with Opus wants to get at most, bits a second on average.
    pub opus_limit: Option<u32>,
    /// Made by the engine where the leg begins to send Opus.
    pub encoder: Option<Box<opus::Encoder>>,
    /// The same where it begins to send G.729.
    pub g729: Option<Box<g729::Encoder>>,
    /// Made by the engine where a member of a conference comes to have 48 kHz.
    pub full: Option<Box<Full>>,
    /// The keys of SRTP, ready to use; None for plain RTP. The leg takes it.
    pub srtp: Option<Box<Session>>,
    /// Keys come from DTLS.
    pub is_dtls: bool,
    /// Made by the engine for a leg whose keys come from DTLS for the first time; the leg takes it.
    pub words: Option<Words>,
    /// RTP and RTCP share a port (RFC 5761).
    pub rtcp_mux: bool,
    /// Silence is described instead of sent (RFC 3389; G.729, annex B), where `codec` has a clock of 8 kHz.
    pub comfort_noise: bool,
    /// Made by the engine for that; the leg takes it when it has none.
    pub silence: Option<Box<SilenceSuppressor>>,
    /// The extended reports that were agreed (RFC 3611).
    pub extended_reports: Asked,
    /// Made by the engine where any were; the leg takes it when it has none.
    pub extended: Option<Box<Extended>>,
    pub sending: bool,
    pub receiving: bool,
    pub cname: Box<str>,
    /// 0: never.
    pub rtp_timeout_ms: u64,
    /// How long it may send and hear digital silence before that is told. 0: never.
    pub one_way_ms: u64,
    /// A leg whose ticks this one's should share.
    pub near: Option<u64>,
}

impl Configuration {
    /// A packet time in units of the RTP timestamps of what is sent.
    pub fn units(&self) -> u32 {
        self.packet_time_ms * (self.codec.clock_rate() / 1000)
    }

    /// A packet time in positions of the media clock, which are samples at 8 kHz.
    pub fn positions(&self) -> usize {
        self.packet_time_ms as usize * crate::graph::SAMPLES_A_MS
    }

    /// A packet time of the leg's audio, which is at the sample rate of what it sends.
    pub fn samples(&self) -> usize {
        self.packet_time_ms as usize * self.codec.sample_rate() as usize / 1000
    }

    /// Whether a packet of so many octets is silence of Opus that need not be sent (RFC 6716, 2.1.9).
    pub fn opus_rests(&self, octets: usize) -> bool {
        self.codec.is_opus() && self.opus.dtx && octets <= 2
    }

    pub fn finds_tones(&self) -> bool {
        self.digit_way != DigitWay::Event
    }

    /// The payload type of the events that digits are sent as; None: they are sent as tones.
    pub fn sent_event(&self) -> Option<u8> {
        self.telephone_event
            .filter(|_| self.digit_way != DigitWay::InBand)
    }

    /// The clock of the events that are sent; without any it is that of the tones in their place.
    pub fn event_clock(&self) -> u32 {
        self.sent_event()
            .and_then(|sent| self.clock_of_event(sent))
            .unwrap_or(8000)
    }

    /// The clock of a payload type of events; None when it is none.
    pub fn clock_of_event(&self, payload_type: u8) -> Option<u32> {
        let known = self.event_clocks.iter();
        known
            .filter(|(known, _)| *known == payload_type)
            .map(|(_, clock)| *clock)
            .next()
    }

    pub fn event_pace(&self) -> Pace {
        Pace {
            packet_time_ms: self.packet_time_ms,
            clock_rate: self.event_clock(),
        }
    }

    pub fn receive_codec(&self, payload_type: u8) -> Option<Codec> {
        self.receive_codecs
            .iter()
            .find(|(known, _)| *known == payload_type)
            .map(|(_, codec)| *codec)
    }
}

/// Digits to send, and the number that DIGITS_SENT tells.
pub struct DigitRequest {
    pub request: u64,
    pub sender: DigitSender,
}

/// The way into one thread. Full means refused: the caller is told at once.
pub struct Mailbox<T> {
    queue: ArrayQueue<T>,
    bell: Bell,
}

impl<T> Mailbox<T> {
    const CAPACITY: usize = 8192;
    /// Kept free for legs that come from other workers, who cannot be told to try later.
    const RESERVE: usize = 512;

    pub fn new() -> io::Result<Self> {
        Ok(Self {
            queue: ArrayQueue::new(Self::CAPACITY + Self::RESERVE),
            bell: Bell::new()?,
        })
    }

    pub fn has_room(&self, commands: usize) -> bool {
        self.queue.len() + commands <= Self::CAPACITY
    }

    /// Gives the command back when there is no room. The worker wakes at `ring`, not before its next tick otherwise.
    pub fn push(&self, command: T) -> Result<(), T> {
        self.queue.push(command)
    }

    pub fn ring(&self) {
        self.bell.ring();
    }

    /// Call it before `pop`, so that no later ring is missed.
    pub fn answer(&self) {
        self.bell.answer();
    }

    pub fn pop(&self) -> Option<T> {
        self.queue.pop()
    }
}

impl<T> AsRawFd for Mailbox<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.bell.as_raw_fd()
    }
}
