//! The engine as its owner sees it: commands that return at once, events to poll. No interpreter here.

mod audio;
mod browser;
pub mod browser_leg;
pub mod command;
pub mod conferring;
mod control;
mod digits;
mod door;
pub mod dtls_leg;
mod encoding;
pub mod event;
pub mod extended;
mod feeds;
pub mod handshake;
mod incoming;
pub mod leg;
mod legs;
mod mixing;
mod onward;
mod outgoing;
mod pair;
mod placement;
mod players;
mod playing;
mod porter;
mod presses;
mod reaper;
mod receive;
mod recordings;
mod regularity;
mod relays;
mod rooms;
mod schedule;
mod security;
pub mod shares;
pub mod statistics;
mod taps;
mod threads;
mod transmit;
mod wheel;
mod worker;

use std::collections::hash_map::RandomState;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::io;
use std::net::{IpAddr, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex};

use crate::codec::{g729, opus, Codec, Prepared};
use crate::dsp::dtmf_detector::DtmfDetector;
use crate::dsp::progress::ProgressDetector;
use crate::graph::feed::FeedReader;
use crate::graph::packets::Shape;
use crate::graph::sound::Sound;
use crate::graph::speech::SpeechDetector;
use crate::graph::stream::{StreamReader, StreamWriter};
use crate::jitter::JitterBuffer;
use crate::net::monotonic_ns;
use crate::net::ports::SocketPair;
use crate::recorder::sealed::MasterKey;
use browser_leg::BrowserPort;
use command::{Command, Configuration, Verb};
use door::Knock;
use dtls_leg::Proof;
use event::Event;
use extended::{Asked, Extended};
use leg::{Leg, Outside};
use placement::Placement;
use shares::Shares;
use statistics::{EngineLoad, Lateness, Pressure};
use threads::Threads;

/// What an engine is made of.
pub struct Settings {
    pub address: IpAddr,
    pub first_port: u16,
    pub last_port: u16,
    /// Of all browser legs; 0 for the first free one of the range, when the first browser comes.
    pub browser_port: u16,
    /// At least one.
    pub workers: usize,
    /// Of a worker's time, from where on legs go to the next: `shares::FULL`; 0 spreads them evenly.
    pub full: f64,
    pub event_capacity: usize,
    /// With it, recordings are sealed.
    pub recording_key: Option<MasterKey>,
}

/// Why a command was not taken.
#[derive(Debug)]
pub enum Refusal {
    /// No leg of that number is open.
    UnknownLeg(u64),
    UnknownSound(u64),
    UnknownConference(u64),
    /// The number is in use.
    NameInUse(u64),
    Unfit(String),
    PortsExhausted,
    QueueFull,
    /// The engine was closed.
    Closed,
    Machine(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Refusal::Machine(error)
    }
}

/// A leg as commands see it.
struct Known {
    outside: Arc<Outside>,
    near: Option<u64>,
    /// Of its last configuration.
    packet_time_ms: u32,
    sample_rate: u32,
    event_clock: u32,
    /// What it has encoders for, and what its jitter buffer understands.
    encodes: Prepared,
    decodes: Prepared,
    /// Of the packets of Opus that it is sent.
    shape: Option<Shape>,
    /// The legs whose digits it sends.
    relays: Vec<u64>,
    feeds: Vec<u64>,
    is_browser: bool,
    /// Of a leg with ports of its own.
    sockets: Option<SocketPair>,
    /// Its keys come from DTLS at those.
    has_dtls: bool,
}

/// Audio that the application pushes; the reader is there until it is played.
struct Streaming {
    writer: StreamWriter,
    reader: Option<Box<StreamReader>>,
}

/// What commands change; the workers never see it.
struct Desk {
    legs: HashMap<u64, Known>,
    sounds: HashMap<u64, Arc<Sound>>,
    feeds: HashMap<u64, FeedReader>,
    streams: HashMap<u64, Streaming>,
    /// Open conferences, and the worker of those that have members.
    rooms: HashMap<u64, Option<usize>>,
    placement: Placement,
    threads: Option<Threads>,
    browser_port: BrowserPort,
    browsers: usize,
}

pub struct Engine {
    desk: Mutex<Desk>,
    events: Arc<event::EventQueue>,
    random: RandomState,
}

impl Engine {
    pub fn new(mut settings: Settings) -> Result<Self, Refusal> {
        let events = Arc::new(event::EventQueue::new(settings.event_capacity)?);
        let mut desk = Desk {
            legs: HashMap::new(),
            sounds: HashMap::new(),
            feeds: HashMap::new(),
            streams: HashMap::new(),
            rooms: HashMap::new(),
            placement: Placement::new(
                settings.workers,
                Shares::new(settings.workers, settings.full, monotonic_ns()),
            ),
            threads: Some(Threads::start(&mut settings, events.clone())?),
            browser_port: BrowserPort {
                address: settings.address,
                port: settings.browser_port,
            },
            browsers: 0,
        };
        if settings.browser_port != 0 {
            // One that somebody else holds is said at start.
            desk.browsers_socket()?;
        }
        Ok(Self {
            desk: Mutex::new(desk),
            events,
            random: RandomState::new(),
        })
    }

    pub fn event_fd(&self) -> RawFd {
        self.events.as_raw_fd()
    }

    pub fn poll_events(&self, limit: usize) -> Vec<Event> {
        self.events.poll(limit)
    }

    pub fn load(&self) -> Result<EngineLoad, Refusal> {
        let desk = self.desk();
        let threads = desk.threads()?;
        let (ticks, p99, max) = Lateness::take(threads.shared.lateness.iter());
        let ports_free = threads.ports().free();
        Ok(EngineLoad {
            legs: desk.legs.len(),
            workers: threads.shared.mailboxes.len(),
            ticks,
            tick_late_p99_ms: p99,
            tick_late_max_ms: max,
            events_dropped: self.events.take_dropped(),
            ports_free,
        })
    }

    pub fn pressure(&self) -> Result<Pressure, Refusal> {
        let mut desk = self.desk();
        desk.measure_workers()?;
        let threads = desk.threads()?;
        let (ticks, late_ticks) = Lateness::totals(threads.shared.lateness.iter());
        let (cpu_ns, ports_free) = (threads.cpu_ns().sum(), threads.ports().free());
        Ok(Pressure {
            cpu_ns,
            ticks,
            late_ticks,
            ports_free,
        })
    }

    /// Of our certificate in DTLS, as `a=fingerprint` writes it.
    pub fn fingerprint(&self) -> Result<Box<str>, Refusal> {
        Ok(self.desk().threads()?.fingerprint())
    }

    /// Closes every leg and recording and joins the threads; a second call does nothing. May take as long as the
    /// disk needs.
    pub fn close(&self) {
        let threads = {
            let mut desk = self.desk();
            desk.legs.clear();
            desk.browsers = 0;
            desk.sounds.clear();
            desk.feeds.clear();
            desk.streams.clear();
            desk.rooms.clear();
            desk.threads.take()
        };
        if let Some(threads) = threads {
            threads.close();
        }
    }

    /// Returns the RTP port.
    pub fn open_leg(&self, leg: u64, near: Option<u64>) -> Result<u16, Refusal> {
        let mut desk = self.desk();
        if desk.legs.contains_key(&leg) {
            return Err(Refusal::NameInUse(leg));
        }
        let worker = desk.choose_worker(near)?;
        desk.threads()?.has_room(worker, 1)?;
        let pair = desk.threads()?.ports().bind()?;
        let pair = pair.ok_or(Refusal::PortsExhausted)?;
        let port = pair.rtp_port;
        let sockets = Some(pair.clone());
        let opened = Box::new(Leg::new(leg, pair, self.seeds(leg)));
        let known = Known {
            outside: opened.outside.clone(),
            near,
            packet_time_ms: 20,
            sample_rate: 8000,
            event_clock: 8000,
            encodes: Prepared::default(),
            decodes: Prepared::default(),
            shape: None,
            relays: Vec::new(),
            feeds: Vec::new(),
            is_browser: false,
            sockets,
            has_dtls: false,
        };
        desk.threads()?.push(worker, Command::Open(opened))?;
        desk.placement.open(leg, worker);
        desk.legs.insert(leg, known);
        Ok(port)
    }

    pub fn configure_leg(
        &self,
        leg: u64,
        mut configuration: Box<Configuration>,
        proof: Proof,
    ) -> Result<(), Refusal> {
        if !configuration.codec.allows(configuration.packet_time_ms) {
            return Err(Refusal::Unfit(
                "the packet time is 10 to 60 ms, in tens; for Opus not 30 or 50, for L16/16000 at most 40".into(),
            ));
        }
        let mut desk = self.desk();
        let known = desk.legs.get(&leg).ok_or(Refusal::UnknownLeg(leg))?;
        if known.is_browser != matches!(proof, Proof::Browser(_)) {
            return Err(Refusal::Unfit(
                "a browser leg is configured with its browser, and no other leg is".into(),
            ));
        }
        let packet_time_ms = configuration.packet_time_ms;
        configuration.near = known.near;
        let sample_rate = configuration.codec.sample_rate();
        let event_clock = configuration.event_clock();
        let shape = Shape::of(&configuration.opus, packet_time_ms)
            .filter(|_| configuration.codec == Codec::Opus);
        let (decodes, encodes) = prepare(&mut configuration, known)?;
        let is_new_full = sample_rate == 48_000 && known.sample_rate != sample_rate;
        configuration.full = (is_new_full && desk.placement.room(leg).is_some()).then(Box::default);
        configuration.detector = configuration
            .finds_tones()
            .then(|| Box::new(DtmfDetector::new()));
        match proof {
            Proof::Browser(agreed) => {
                desk.threads()?.may_knock()?;
                desk.ask(leg, Verb::Configure(configuration))?;
                desk.threads()?.knock(Knock::Agree { leg, agreed })?;
            }
            Proof::Dtls(peer) => desk.configure_with_dtls(leg, configuration, *peer)?,
            Proof::None => desk.configure_without_dtls(leg, configuration)?,
        }
        if let Some(known) = desk.legs.get_mut(&leg) {
            known.packet_time_ms = packet_time_ms;
            known.sample_rate = sample_rate;
            known.event_clock = event_clock;
            known.shape = shape;
            (known.decodes, known.encodes) = (decodes, encodes);
        }
        Ok(())
    }

    pub fn close_leg(&self, leg: u64) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.ask(leg, Verb::Close)?;
        if let Some(known) = desk.legs.remove(&leg) {
            desk.feeds.retain(|feed, _| !known.feeds.contains(feed));
            desk.browsers -= usize::from(known.is_browser);
        }
        let room = desk.placement.leave(leg);
        desk.placement.close(leg);
        desk.tidy_room(room);
        desk.forget_relays_of(leg);
        desk.tell_pairs()
    }

    pub fn statistics(&self, leg: u64) -> Result<(), Refusal> {
        self.desk().ask(leg, Verb::Statistics)
    }

    /// `speech` None: off.
    pub fn watch_speech(&self, leg: u64, speech: Option<SpeechDetector>) -> Result<(), Refusal> {
        self.desk()
            .ask(leg, Verb::WatchSpeech(speech.map(Box::new)))
    }

    /// `tones` None: off.
    pub fn watch_tones(&self, leg: u64, tones: Option<ProgressDetector>) -> Result<(), Refusal> {
        self.desk().ask(leg, Verb::WatchTones(tones.map(Box::new)))
    }

    /// Whether others hear the leg's peer at a level of ours.
    pub fn automatic_gain(&self, leg: u64, on: bool) -> Result<(), Refusal> {
        self.desk()
            .ask(leg, Verb::AutomaticGain(on.then(Box::default)))
    }

    /// For what RFC 3550 wants random in a new leg.
    fn seeds(&self, leg: u64) -> [u64; 2] {
        [1, 2].map(|salt: u64| self.random.hash_one((leg, salt)) ^ monotonic_ns())
    }

    fn desk(&self) -> std::sync::MutexGuard<'_, Desk> {
        // Poisoned means that a caller's thread died in a command; the maps are whole between any two steps of it.
        self.desk
            .lock()
            .unwrap_or_else(|poison| poison.into_inner())
    }
}

/// Makes what the leg has not yet of what its configuration needs; says what it has decoders and encoders for then.
fn prepare(
    configuration: &mut Configuration,
    known: &Known,
) -> Result<(Prepared, Prepared), Refusal> {
    let sample_rate = configuration.codec.sample_rate();
    let received = configuration.receive_codecs.iter();
    let decodes = received.fold(known.decodes, |all, (_, codec)| all.and_for(*codec));
    let encodes = known.encodes.and_for(configuration.codec);
    if (decodes.g729 || encodes.g729) && !g729::is_there() {
        return Err(Refusal::Unfit(g729::MISSING.into()));
    }
    if sample_rate != known.sample_rate || decodes != known.decodes {
        configuration.jitter = Some(Box::new(JitterBuffer::with(sample_rate, decodes)));
    }
    configuration.extended = (configuration.extended_reports != Asked::default())
        .then(|| Box::new(Extended::new(configuration.extended_reports)));
    let leaves_out = configuration.comfort_noise && configuration.codec.rests();
    configuration.silence = leaves_out.then(Box::default);
    if encodes.opus != known.encodes.opus {
        configuration.encoder = Some(Box::new(opus::Encoder::new(sample_rate, 1)));
    }
    if encodes.g729 && !known.encodes.g729 {
        configuration.g729 = g729::Encoder::new().map(Box::new);
    }
    Ok((decodes, encodes))
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

impl Desk {
    fn threads(&self) -> Result<&Threads, Refusal> {
        self.threads.as_ref().ok_or(Refusal::Closed)
    }

    fn browsers_socket(&mut self) -> Result<Arc<UdpSocket>, Refusal> {
        let settings = self.browser_port;
        self.threads
            .as_mut()
            .ok_or(Refusal::Closed)?
            .browsers(&settings)
    }

    /// Where a new leg should go.
    fn choose_worker(&mut self, near: Option<u64>) -> Result<usize, Refusal> {
        self.measure_workers()?;
        Ok(self.placement.choose(near))
    }

    /// Asks the kernel no oftener than there is something new to learn.
    fn measure_workers(&mut self) -> Result<(), Refusal> {
        let now = monotonic_ns();
        if self.placement.is_measure_due(now) {
            let threads = self.threads.as_ref().ok_or(Refusal::Closed)?;
            self.placement.measure(now, threads.cpu_ns());
        }
        Ok(())
    }

    fn worker(&self, leg: u64) -> Result<usize, Refusal> {
        self.threads()?;
        self.placement.worker(leg).ok_or(Refusal::UnknownLeg(leg))
    }

    /// A full queue only delays it: who looks for a closed leg finds none.
    fn forget_relays_of(&mut self, from: u64) {
        let mut relaying = Vec::new();
        for (&to, known) in &mut self.legs {
            let before = known.relays.len();
            known.relays.retain(|leg| *leg != from);
            if known.relays.len() < before {
                relaying.push(to);
            }
        }
        for to in relaying {
            let _ = self.ask(to, Verb::RelayDigits { from, on: false });
        }
    }

    fn ask(&self, leg: u64, verb: Verb) -> Result<(), Refusal> {
        let worker = self.worker(leg)?;
        let threads = self.threads()?;
        threads.has_room(worker, 1)?;
        threads.push(worker, Command::Ask { leg, verb })
    }
}
