//! Browsers, their legs and the directory between them, joined by a network without delay, in virtual time.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::client::Client;
use crate::browser::line::{line, Inlet, Note};
use crate::browser::watch::Calls;
use crate::browser::{Agreed, Cause, Directory};
use crate::dtls::{Epoch, Fingerprint, Identity, Role};
use crate::ice::Credentials;
use crate::srtp::{Refused, Session};

pub const MS: u64 = 1_000_000;
pub const SECOND: u64 = 1000 * MS;
pub const STEP: u64 = 10 * MS;
/// More than enough for ICE and DTLS without loss.
pub const SET_UP: u64 = 2 * SECOND;
pub const TONE: [u8; 160] = [0x30; 160];

/// One leg as its worker knows it.
pub struct Leg {
    pub inlet: Inlet,
    pub ours: Credentials,
    pub keys: Option<Box<Session>>,
    pub path: Option<SocketAddr>,
    pub lost: Vec<Option<Cause>>,
}

impl Leg {
    pub fn listen(&mut self) {
        while let Some(note) = self.inlet.note() {
            match note {
                Note::Keys(keys) => self.keys = Some(keys),
                Note::Connected(path) => self.path = Some(path),
                Note::Cut(cause) => {
                    self.path = None;
                    self.lost.push(cause);
                    if cause.is_none() {
                        self.keys = None;
                    }
                }
            }
        }
    }

    /// The audio that comes out of the line, unsealed; None for a packet that is refused.
    pub fn heard(&mut self) -> Vec<Result<Vec<u8>, Refused>> {
        self.listen();
        let mut room = [0; 2048];
        let mut heard = Vec::new();
        while let Some((packet, _)) = self.inlet.packet(&mut room) {
            let keys = self.keys.as_mut().expect("nothing comes before the keys");
            let opened = keys.unprotect(packet, 0);
            heard.push(opened.map(|length| packet[12..length].to_vec()));
        }
        heard
    }
}

pub struct World {
    pub directory: Directory,
    pub epoch: Epoch,
    pub now: u64,
    pub clients: Vec<Client>,
    pub legs: Vec<Leg>,
    pub to_clients: VecDeque<(Vec<u8>, SocketAddr)>,
    /// Every datagram of a client with this number, counted from 0, is lost.
    pub lost: fn(usize) -> bool,
    pub sent: usize,
}

impl World {
    pub fn new() -> Self {
        let identity = Arc::new(Identity::generate().unwrap());
        let epoch = Epoch::new(Instant::now(), SECOND);
        Self {
            directory: Directory::new(identity, epoch),
            epoch,
            now: SECOND,
            clients: Vec::new(),
            legs: Vec::new(),
            to_clients: VecDeque::new(),
            lost: |_| false,
            sent: 0,
        }
    }

    /// A leg and a browser that read its SDP; the leg does not know the browser yet.
    pub fn call(&mut self, host: u8, browser_role: Role) -> usize {
        let ours = Credentials::generate().unwrap();
        let (outlet, inlet) = line(Arc::new(Calls::new(1)));
        let number = self.legs.len();
        self.directory.open(number as u64, ours.clone(), outlet);
        let address = ([192, 0, 2, host], 5000).into();
        let server = self.directory.fingerprint().clone();
        let client = Client::new(address, &ours, &server, browser_role, self.epoch, self.now);
        self.clients.push(client);
        self.legs.push(Leg {
            inlet,
            ours,
            keys: None,
            path: None,
            lost: Vec::new(),
        });
        number
    }

    pub fn agree(&mut self, number: usize, our_role: Role) {
        let fingerprint = self.clients[number].fingerprint().clone();
        self.agree_on(number, our_role, fingerprint);
    }

    pub fn agree_on(&mut self, number: usize, our_role: Role, fingerprint: Fingerprint) {
        let agreed = Agreed {
            ufrag: self.clients[number].ufrag().into(),
            fingerprint,
            role: our_role,
        };
        let wire = &mut self.to_clients;
        self.directory
            .agree(number as u64, &agreed, self.now, &mut |octets, to| {
                wire.push_back((octets.to_vec(), to));
            });
    }

    pub fn connected(browser_role: Role) -> (Self, usize) {
        let mut world = Self::new();
        let number = world.call(10, browser_role);
        world.agree(number, other(browser_role));
        world.run(SET_UP);
        (world, number)
    }

    pub fn inject(&mut self, datagram: &[u8], source: SocketAddr) {
        let wire = &mut self.to_clients;
        let now = self.now;
        self.directory
            .receive(datagram, source, now, now, &mut |octets, to| {
                wire.push_back((octets.to_vec(), to));
            });
    }

    pub fn run(&mut self, time: u64) {
        let end = self.now + time;
        while self.now < end {
            self.now += STEP;
            let wire = &mut self.to_clients;
            self.directory.handle_timer(self.now, &mut |octets, to| {
                wire.push_back((octets.to_vec(), to));
            });
            for number in 0..self.clients.len() {
                let source = self.clients[number].address;
                for datagram in self.clients[number].poll(self.now) {
                    self.sent += 1;
                    if !(self.lost)(self.sent) {
                        self.inject(&datagram, source);
                    }
                }
            }
            while let Some((datagram, to)) = self.to_clients.pop_front() {
                let mut clients = self.clients.iter_mut();
                if let Some(client) = clients.find(|client| client.address == to) {
                    client.receive(&datagram, self.now);
                }
            }
            self.legs.iter_mut().for_each(Leg::listen);
        }
    }

    /// What the browser says now and the leg hears.
    pub fn say(&mut self, number: usize) -> Vec<Result<Vec<u8>, Refused>> {
        let packet = self.clients[number].say(&TONE);
        let source = self.clients[number].address;
        self.inject(&packet, source);
        self.legs[number].heard()
    }
}

pub fn other(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}
