//! The thread that shakes hands: of browsers, whose one port it reads, and of legs with ports of their own, whose workers
//! hand it what is of DTLS.
//!
//! While packets come it looks once a slot, so that what came for a hundred legs costs one wake-up and a few system
//! calls; else it sleeps until something comes.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_queue::ArrayQueue;

use super::browser_sockets::BrowserSockets;
use super::handshake::{self, Carrier, Greeting, Records};
use super::schedule;
use super::wheel::SLOT_NS;
use super::worker::Shared;
use crate::browser::line::Outlet;
use crate::browser::{Agreed, Directory};
use crate::dtls::handshake::{Component, Ours};
use crate::dtls::handshakes::Handshakes;
use crate::dtls::{Epoch, Identity};
use crate::ice::Credentials;
use crate::net::batch::{Batch, BATCH};
use crate::net::ports::{PortPairs, SocketPair};
use crate::net::wait::{Bell, Poller, Ready, Timer, Trigger};
use crate::net::{monotonic_ns, realtime_ns};

const SOCKET: u64 = 0;
const KNOCKS: u64 = 1;
const TIMER: u64 = 2;

/// Batches read between two looks at the commands: who floods the port delays them by no more.
const BATCHES_A_ROUND: usize = 64;

/// What is asked of the thread.
pub enum Knock {
    /// The port of all browsers, once.
    Listen(Arc<BrowserSockets>),
    /// A leg with ports of its own has DTLS, with this peer.
    Greet {
        leg: u64,
        greeting: Box<Greeting>,
    },
    /// It has no more. The sockets of a leg that is gone are closed and its ports given back.
    Part {
        leg: u64,
        gone: Option<SocketPair>,
    },
    /// It has other sockets now.
    Move {
        leg: u64,
        sockets: SocketPair,
    },
    Open {
        leg: u64,
        ours: Credentials,
        outlet: Box<Outlet>,
    },
    Restart {
        leg: u64,
        ours: Credentials,
    },
    Agree {
        leg: u64,
        agreed: Box<Agreed>,
    },
    Close {
        leg: u64,
    },
    End,
}

/// The bounded way in. Full means refused: the caller is told at once.
pub struct Knocks {
    queue: ArrayQueue<Knock>,
    records: Records,
    bell: Bell,
}

impl Knocks {
    const CAPACITY: usize = 4096;
    /// Kept free for ends, which cannot be told to try later.
    const RESERVE: usize = 512;

    pub fn new() -> io::Result<Self> {
        Ok(Self {
            queue: ArrayQueue::new(Self::CAPACITY + Self::RESERVE),
            records: Records::default(),
            bell: Bell::new()?,
        })
    }

    /// For what is of DTLS among the packets of a leg.
    pub fn carrier(&self, leg: u64) -> Carrier<'_> {
        Carrier::new(&self.records, &self.bell, leg)
    }

    pub fn has_room(&self) -> bool {
        self.queue.len() < Self::CAPACITY
    }

    /// Gives it back when there is no room.
    pub fn push(&self, knock: Knock) -> Result<(), Knock> {
        let pushed = self.queue.push(knock);
        self.bell.ring();
        pushed
    }

    /// Waits for room: the thread is alive and makes some. Not for a worker.
    pub fn insist(&self, mut knock: Knock) {
        while let Err(back) = self.push(knock) {
            knock = back;
            std::thread::yield_now();
        }
    }
}

impl AsRawFd for Knocks {
    fn as_raw_fd(&self) -> RawFd {
        self.bell.as_raw_fd()
    }
}

/// The door as commands see it.
pub struct Door {
    thread: Option<JoinHandle<()>>,
}

impl Door {
    pub fn open(
        identity: Arc<Identity>,
        shared: Arc<Shared>,
        ports: Arc<Mutex<PortPairs>>,
    ) -> io::Result<Self> {
        let keeper = Keeper::new(identity, shared, ports)?;
        let thread = std::thread::Builder::new().name("media-door".into());
        Ok(Self {
            thread: Some(thread.spawn(move || keeper.run())?),
        })
    }

    /// Call it after `Knock::End`.
    pub fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so on stderr; the others end in order.
            let _ = thread.join();
        }
    }
}

struct Keeper {
    /// Of all browsers, once there is one.
    browsers: Option<Arc<BrowserSockets>>,
    knocks: Arc<Knocks>,
    shared: Arc<Shared>,
    directory: Directory,
    handshakes: Handshakes,
    /// Of the legs that shake hands at ports of their own.
    sockets: HashMap<u64, SocketPair>,
    ports: Arc<Mutex<PortPairs>>,
    poller: Poller,
    timer: Timer,
    batch: Batch,
}

impl Keeper {
    fn new(
        identity: Arc<Identity>,
        shared: Arc<Shared>,
        ports: Arc<Mutex<PortPairs>>,
    ) -> io::Result<Self> {
        let knocks = shared.knocks.clone();
        let poller = Poller::new()?;
        let timer = Timer::new()?;
        let epoch = Epoch::new(Instant::now(), monotonic_ns());
        poller.add(&*knocks, KNOCKS, Trigger::Edge)?;
        poller.add(&timer, TIMER, Trigger::Edge)?;
        Ok(Self {
            browsers: None,
            knocks,
            shared,
            directory: Directory::new(identity.clone(), epoch),
            handshakes: Handshakes::new(Ours { identity, epoch }),
            sockets: HashMap::new(),
            ports,
            poller,
            timer,
            batch: Batch::default(),
        })
    }

    fn run(mut self) {
        schedule::prefer_this_thread();
        let mut ready = Ready::default();
        // While packets come the socket is not watched but read in every slot.
        let mut read_at = 0;
        loop {
            let mut is_knocked = false;
            let mut is_readable = false;
            for token in self.poller.wait(&mut ready, true) {
                match token {
                    SOCKET => is_readable = true,
                    KNOCKS => is_knocked = true,
                    _ => {}
                }
            }
            if is_knocked && self.answer() {
                return;
            }
            let now = monotonic_ns();
            if is_readable || (read_at != 0 && now >= read_at) {
                if self.read() {
                    read_at = (now / SLOT_NS + 1) * SLOT_NS;
                } else {
                    read_at = 0;
                    self.watch();
                }
            }
            self.handle_timer();
            let due = self.directory.next_timer();
            let due = due.min(self.handshakes.next_timer());
            self.timer.set(match (read_at, due) {
                (0, u64::MAX) => 0,
                (0, due) => due,
                (read_at, due) => read_at.min(due),
            });
        }
    }

    fn handle_timer(&mut self) {
        let now = monotonic_ns();
        if now >= self.directory.next_timer() {
            let browsers = self.browsers.as_deref();
            self.directory
                .handle_timer(now, &mut |octets, to| send(browsers, octets, to));
        }
        if now >= self.handshakes.next_timer() {
            let sockets = &self.sockets;
            self.handshakes
                .handle_timer(now, &mut |leg, component, octets, to| {
                    send_for(sockets, (leg, component), octets, to);
                });
        }
    }

    fn watch(&self) {
        for pair in self.browsers.iter().flat_map(|browsers| browsers.all()) {
            self.poller.rearm(&pair.rtp, SOCKET);
        }
    }

    /// Does what is asked; true at the end.
    fn answer(&mut self) -> bool {
        self.knocks.bell.answer();
        let now = monotonic_ns();
        let knocks = self.knocks.clone();
        while let Some(knock) = knocks.queue.pop() {
            let browsers = self.browsers.clone();
            let mut send = |octets: &[u8], to| send(browsers.as_deref(), octets, to);
            match knock {
                Knock::Listen(browsers) => {
                    for pair in browsers.all() {
                        // Without it no browser is heard, and its leg ends for want of a connection.
                        let _ = self.poller.add(&pair.rtp, SOCKET, Trigger::Once);
                    }
                    self.browsers = Some(browsers);
                }
                Knock::Greet { leg, greeting } => self.greet(leg, *greeting, now),
                Knock::Part { leg, gone } => self.part(leg, gone, now),
                Knock::Move { leg, sockets } => {
                    self.sockets.insert(leg, sockets);
                }
                Knock::Open { leg, ours, outlet } => self.directory.open(leg, ours, *outlet),
                Knock::Restart { leg, ours } => self.directory.restart(leg, ours),
                Knock::Agree { leg, agreed } => {
                    self.directory.agree(leg, &agreed, now, &mut send);
                }
                Knock::Close { leg } => self.directory.close(leg, now, &mut send),
                Knock::End => return true,
            }
        }
        self.shake_hands(now);
        false
    }

    fn greet(&mut self, leg: u64, greeting: Greeting, now: u64) {
        let teller = greeting.line.map(|(sockets, teller)| {
            self.sockets.insert(leg, sockets);
            teller
        });
        let sockets = &self.sockets;
        let send = &mut |leg, component, octets: &[u8], to| {
            send_for(sockets, (leg, component), octets, to);
        };
        self.handshakes.agree(leg, greeting.peer, teller, now, send);
    }

    fn part(&mut self, leg: u64, gone: Option<SocketPair>, now: u64) {
        let sockets = &self.sockets;
        let send = &mut |leg, component, octets: &[u8], to| {
            send_for(sockets, (leg, component), octets, to);
        };
        self.handshakes.close(leg, now, send);
        self.sockets.remove(&leg);
        if let Some(pair) = gone {
            let reserved = pair.reserved();
            drop(pair);
            // A poisoned lock means that a thread died inside PortPairs, whose steps leave it usable.
            let ports = self.ports.lock();
            ports
                .unwrap_or_else(|poison| poison.into_inner())
                .release(reserved);
        }
    }

    /// Takes what workers found of DTLS among their legs' packets.
    fn shake_hands(&mut self, now: u64) {
        let sockets = &self.sockets;
        while let Some(record) = self.knocks.records.pop() {
            let send = &mut |leg, component, octets: &[u8], to| {
                send_for(sockets, (leg, component), octets, to);
            };
            let place = (record.leg, record.component);
            let (octets, source) = (record.octets(), record.source);
            self.handshakes.receive(place, octets, source, now, send);
        }
    }

    /// Reads what is there; true when packets for legs were among it, or more waits.
    fn read(&mut self) -> bool {
        let browsers = self.browsers.clone();
        let pairs = browsers.iter().flat_map(|browsers| browsers.all());
        pairs.fold(false, |is_busy, pair| {
            self.read_socket(&pair.rtp) || is_busy
        })
    }

    fn read_socket(&mut self, socket: &UdpSocket) -> bool {
        let mut is_busy = false;
        let browsers = self.browsers.as_deref();
        let mut send = |octets: &[u8], to| send(browsers, octets, to);
        for _ in 0..BATCHES_A_ROUND {
            let count = self.batch.receive(socket, BATCH);
            let now = monotonic_ns();
            let offset = realtime_ns().saturating_sub(now);
            for datagram in self.batch.datagrams() {
                let arrived = datagram
                    .arrived_realtime_ns
                    .map_or(now, |at| super::receive::arrival(at, now, offset));
                is_busy |=
                    self.directory
                        .receive(datagram.data, datagram.source, arrived, now, &mut send);
            }
            // Once for a batch, however many lines have something for it.
            for (index, porter) in self.shared.errands.iter().enumerate() {
                if self.shared.calls.is_waiting(index) {
                    porter.ring();
                }
            }
            if count < BATCH {
                return is_busy;
            }
        }
        true
    }
}

fn send(browsers: Option<&BrowserSockets>, octets: &[u8], to: SocketAddr) {
    if let Some(pair) = browsers.and_then(|browsers| browsers.towards(to)) {
        // What cannot be sent is lost, as on the network: checks and handshakes are repeated.
        let _ = pair.rtp.send_to(octets, to);
    }
}

fn send_for(
    sockets: &HashMap<u64, SocketPair>,
    (leg, component): (u64, Component),
    octets: &[u8],
    to: SocketAddr,
) {
    if let Some(pair) = sockets.get(&leg) {
        handshake::send(pair, component, octets, to);
    }
}
