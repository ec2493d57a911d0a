//! The engine as its owner sees it: commands that return at once, events to poll. No interpreter here.

mod audio;
mod browser;
pub mod browser_leg;
mod browser_sockets;
pub mod command;
pub mod conferring;
mod configuring;
mod control;
mod desk;
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
mod moving;
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
use std::net::IpAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex};

use crate::codec::Prepared;
use crate::dsp::progress::ProgressDetector;
use crate::graph::speech::SpeechDetector;
use crate::net::monotonic_ns;
use crate::recorder::sealed::MasterKey;
use browser_leg::BrowserPort;
use command::{Command, Verb};
use desk::{Desk, Known};
use event::Event;
use leg::Leg;
use placement::Placement;
use shares::Shares;
use statistics::{EngineLoad, Lateness, Pressure, Work};
use threads::Threads;

/// What an engine is made of.
pub struct Settings {
    /// Where legs and browsers reach us: the preferred one first, and one of a family at most.
    pub addresses: Vec<IpAddr>,
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
                addresses: settings.addresses.clone(),
                port: settings.browser_port,
            },
            browsers: 0,
        };
        if settings.browser_port != 0 {
            // One that somebody else holds is said at start.
            desk.browsers_sockets()?;
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
        let lateness = threads.shared.lateness.iter().map(Lateness::totals);
        let workers = threads.cpu_ns().zip(lateness);
        let workers = workers.map(|(cpu_ns, (ticks, late_ticks))| Work {
            cpu_ns,
            ticks,
            late_ticks,
        });
        let (workers, ports_free) = (workers.collect(), threads.ports().free());
        Ok(Pressure {
            workers,
            ports_free,
        })
    }

    /// Of each worker's time, 0 to 1: what was measured, and what legs are expected to take that came since.
    pub fn taken(&self) -> Vec<f64> {
        self.desk().placement.taken().collect()
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

    /// At one of our addresses, or the first. Returns the RTP port.
    pub fn open_leg(
        &self,
        leg: u64,
        near: Option<u64>,
        address: Option<IpAddr>,
    ) -> Result<u16, Refusal> {
        let mut desk = self.desk();
        if desk.legs.contains_key(&leg) {
            return Err(Refusal::NameInUse(leg));
        }
        let worker = desk.choose_worker(near)?;
        desk.threads()?.has_room(worker, 1)?;
        let pair = desk.take_ports(address)?;
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
            rests: false,
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

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}
