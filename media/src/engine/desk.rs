//! What the engine knows of its legs, sounds and conferences: what commands change, and the workers never see.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::browser_leg::BrowserPort;
use super::browser_sockets::BrowserSockets;
use super::command::{Command, Verb};
use super::leg::Outside;
use super::placement::Placement;
use super::threads::Threads;
use super::Refusal;
use crate::codec::Prepared;
use crate::graph::feed::FeedReader;
use crate::graph::packets::Shape;
use crate::graph::sound::Sound;
use crate::graph::stream::{StreamReader, StreamWriter};
use crate::net::monotonic_ns;
use crate::net::ports::SocketPair;

/// A leg as commands see it.
pub struct Known {
    pub outside: Arc<Outside>,
    pub near: Option<u64>,
    /// Of its last configuration.
    pub packet_time_ms: u32,
    pub sample_rate: u32,
    pub event_clock: u32,
    /// What it has encoders for, and what its jitter buffer understands.
    pub encodes: Prepared,
    pub decodes: Prepared,
    /// Its encoder of G.729 describes silence.
    pub rests: bool,
    /// Of the packets of Opus that it is sent.
    pub shape: Option<Shape>,
    /// The legs whose digits it sends.
    pub relays: Vec<u64>,
    pub feeds: Vec<u64>,
    pub is_browser: bool,
    /// Of a leg with ports of its own.
    pub sockets: Option<SocketPair>,
    /// Its keys come from DTLS at those.
    pub has_dtls: bool,
}

/// Audio that the application pushes; the reader is there until it is played.
pub struct Streaming {
    pub writer: StreamWriter,
    pub reader: Option<Box<StreamReader>>,
}

/// What commands change; the workers never see it.
pub struct Desk {
    pub legs: HashMap<u64, Known>,
    pub sounds: HashMap<u64, Arc<Sound>>,
    pub feeds: HashMap<u64, FeedReader>,
    pub streams: HashMap<u64, Streaming>,
    /// Open conferences, and the worker of those that have members.
    pub rooms: HashMap<u64, Option<usize>>,
    pub placement: Placement,
    pub threads: Option<Threads>,
    pub browser_port: BrowserPort,
    pub browsers: usize,
}

impl Desk {
    pub fn threads(&self) -> Result<&Threads, Refusal> {
        self.threads.as_ref().ok_or(Refusal::Closed)
    }

    pub fn browsers_sockets(&mut self) -> Result<Arc<BrowserSockets>, Refusal> {
        self.threads
            .as_mut()
            .ok_or(Refusal::Closed)?
            .browsers(&self.browser_port)
    }

    /// A pair at one of our addresses, or at the first.
    pub fn take_ports(&self, address: Option<IpAddr>) -> Result<SocketPair, Refusal> {
        let first = self.browser_port.addresses.first().copied();
        let address = address.or(first).ok_or(Refusal::Closed)?;
        let pair = self.threads()?.ports().bind(address)?;
        pair.ok_or(Refusal::PortsExhausted)
    }

    /// Where a new leg should go.
    pub fn choose_worker(&mut self, near: Option<u64>) -> Result<usize, Refusal> {
        self.measure_workers()?;
        Ok(self.placement.choose(near))
    }

    /// Asks the kernel no oftener than there is something new to learn.
    pub fn measure_workers(&mut self) -> Result<(), Refusal> {
        let now = monotonic_ns();
        if self.placement.is_measure_due(now) {
            let threads = self.threads.as_ref().ok_or(Refusal::Closed)?;
            self.placement.measure(now, threads.cpu_ns());
            self.relieve_workers()?;
        }
        Ok(())
    }

    pub fn worker(&self, leg: u64) -> Result<usize, Refusal> {
        self.threads()?;
        self.placement.worker(leg).ok_or(Refusal::UnknownLeg(leg))
    }

    /// A full queue only delays it: who looks for a closed leg finds none.
    pub fn forget_relays_of(&mut self, from: u64) {
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

    pub fn ask(&self, leg: u64, verb: Verb) -> Result<(), Refusal> {
        let worker = self.worker(leg)?;
        let threads = self.threads()?;
        threads.has_room(worker, 1)?;
        threads.push(worker, Command::Ask { leg, verb })
    }
}
