//! The thread that reads the browsers' port: checks and handshakes end here, packets go on to their legs.
//!
//! While packets come it looks once a slot, so that what came for a hundred legs costs one wake-up and a few system
//! calls; else it sleeps until something comes.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_queue::ArrayQueue;

use super::schedule;
use super::wheel::SLOT_NS;
use crate::browser::line::Outlet;
use crate::browser::{Agreed, Directory};
use crate::dtls::{Epoch, Identity, NoIdentity};
use crate::ice::Credentials;
use crate::net::batch::{Batch, BATCH};
use crate::net::wait::{Bell, Poller, Ready, Timer, Trigger};
use crate::net::{monotonic_ns, realtime_ns, socket};

const SOCKET: u64 = 0;
const KNOCKS: u64 = 1;
const TIMER: u64 = 2;

/// Batches read between two looks at the commands: who floods the port delays them by no more.
const BATCHES_A_ROUND: usize = 64;

/// What is asked of the thread.
pub enum Knock {
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
    bell: Bell,
}

impl Knocks {
    const CAPACITY: usize = 4096;
    /// Kept free for ends, which cannot be told to try later.
    const RESERVE: usize = 512;

    pub fn new() -> io::Result<Self> {
        Ok(Self {
            queue: ArrayQueue::new(Self::CAPACITY + Self::RESERVE),
            bell: Bell::new()?,
        })
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
    pub socket: Arc<UdpSocket>,
    pub port: u16,
    pub fingerprint: Box<str>,
    thread: Option<JoinHandle<()>>,
}

impl Door {
    /// Makes our certificate and begins to read the socket.
    pub fn open(socket: Arc<UdpSocket>, knocks: Arc<Knocks>) -> io::Result<Self> {
        let no_identity = |error: NoIdentity| io::Error::other(error.0);
        let identity = Arc::new(Identity::generate().map_err(no_identity)?);
        let fingerprint = identity.fingerprint().to_string().into();
        let port = socket.local_addr()?.port();
        let epoch = Epoch::new(Instant::now(), monotonic_ns());
        let keeper = Keeper::new(socket.clone(), knocks, Directory::new(identity, epoch))?;
        let thread = std::thread::Builder::new().name("media-browsers".into());
        Ok(Self {
            socket,
            port,
            fingerprint,
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

/// The socket of all browsers.
pub fn bind(address: IpAddr, port: u16) -> io::Result<Arc<UdpSocket>> {
    let bound = socket::bind_rtp(SocketAddr::new(address, port))?;
    socket::make_room(&bound);
    Ok(Arc::new(bound))
}

struct Keeper {
    socket: Arc<UdpSocket>,
    knocks: Arc<Knocks>,
    directory: Directory,
    poller: Poller,
    timer: Timer,
    batch: Batch,
}

impl Keeper {
    fn new(socket: Arc<UdpSocket>, knocks: Arc<Knocks>, directory: Directory) -> io::Result<Self> {
        let poller = Poller::new()?;
        let timer = Timer::new()?;
        poller.add(&socket, SOCKET, Trigger::Once)?;
        poller.add(&*knocks, KNOCKS, Trigger::Edge)?;
        poller.add(&timer, TIMER, Trigger::Edge)?;
        Ok(Self {
            socket,
            knocks,
            directory,
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
                    self.poller.rearm(&self.socket, SOCKET);
                }
            }
            self.handle_timer();
            let due = self.directory.next_timer();
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
            let socket = &self.socket;
            self.directory
                .handle_timer(now, &mut |octets, to| send(socket, octets, to));
        }
    }

    /// Does what is asked; true at the end.
    fn answer(&mut self) -> bool {
        self.knocks.bell.answer();
        let now = monotonic_ns();
        let socket = &self.socket;
        let mut send = |octets: &[u8], to| send(socket, octets, to);
        while let Some(knock) = self.knocks.queue.pop() {
            match knock {
                Knock::Open { leg, ours, outlet } => self.directory.open(leg, ours, *outlet),
                Knock::Restart { leg, ours } => self.directory.restart(leg, ours),
                Knock::Agree { leg, agreed } => {
                    self.directory.agree(leg, &agreed, now, &mut send);
                }
                Knock::Close { leg } => self.directory.close(leg, now, &mut send),
                Knock::End => return true,
            }
        }
        false
    }

    /// Reads what is there; true when packets for legs were among it, or more waits.
    fn read(&mut self) -> bool {
        let mut is_busy = false;
        let socket = &self.socket;
        let mut send = |octets: &[u8], to| send(socket, octets, to);
        for _ in 0..BATCHES_A_ROUND {
            let count = self.batch.receive(socket);
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
            if count < BATCH {
                return is_busy;
            }
        }
        true
    }
}

fn send(socket: &UdpSocket, octets: &[u8], to: SocketAddr) {
    // What cannot be sent is lost, as on the network: checks and handshakes are repeated.
    let _ = socket.send_to(octets, to);
}
