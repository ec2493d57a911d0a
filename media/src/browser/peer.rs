//! One browser: its checks, its handshake, and what its leg was told of both.

use std::net::SocketAddr;
use std::sync::Arc;

use super::line::{Note, Outlet};
use crate::dtls::{self, Association, Epoch, Failure, Fingerprint, Identity, Role};
use crate::ice::{Agent, Checked, Credentials, MAX_ANSWER};
use crate::srtp::Session;

/// How long a browser may take from its SDP to its keys, in nanoseconds.
const PATIENCE: u64 = 30_000_000_000;

/// What the peer's SDP says.
pub struct Agreed {
    pub ufrag: Box<str>,
    pub fingerprint: Fingerprint,
    pub role: Role,
}

/// Why a leg lost its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No check came for as long as consent lasts (RFC 7675, 5.1).
    ConsentLost,
    /// ICE or DTLS did not come to an end in time.
    NeverConnected,
    WrongFingerprint,
    /// The peer closed DTLS, or agreed to no SRTP.
    DtlsClosed,
}

/// What the leg should know; it is told when that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// No peer was ever there, or another one is to come.
    Expecting,
    Connected(SocketAddr),
    Lost(Cause),
}

/// Where what a peer wants to send goes.
pub type Send<'a> = &'a mut dyn FnMut(&[u8], SocketAddr);

pub struct Peer {
    agent: Agent,
    association: Option<Association>,
    outlet: Outlet,
    /// Keys that found no room in the ring.
    keys: Option<Box<Session>>,
    has_keys: bool,
    standing: Standing,
    told: Standing,
    /// Until when a peer that was named must be connected; `u64::MAX` when there is none, or it is.
    deadline: u64,
}

impl Peer {
    pub fn new(ours: Credentials, outlet: Outlet) -> Self {
        Self {
            agent: Agent::new(ours),
            association: None,
            outlet,
            keys: None,
            has_keys: false,
            standing: Standing::Expecting,
            told: Standing::Expecting,
            deadline: u64::MAX,
        }
    }

    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    pub fn restart(&mut self, ours: Credentials) -> Option<Credentials> {
        self.agent.restart(ours)
    }

    /// Takes the peer's SDP. Another certificate or role is another browser: returns the addresses that were the old
    /// one's.
    pub fn agree(
        &mut self,
        agreed: &Agreed,
        identity: &Arc<Identity>,
        epoch: Epoch,
        now: u64,
    ) -> Vec<SocketAddr> {
        let mut forgotten = Vec::new();
        let before = self.association.as_ref();
        let is_other = before.is_none_or(|one| !one.is_of(&agreed.fingerprint, agreed.role));
        if is_other {
            if before.is_some() {
                forgotten.extend(self.agent.forget_paths());
                self.has_keys = false;
                self.keys = None;
                self.standing = Standing::Expecting;
            }
            let fingerprint = agreed.fingerprint.clone();
            let role = agreed.role;
            let association = Association::new(identity.clone(), fingerprint, role, epoch, now);
            self.association = Some(association);
            self.deadline = now.saturating_add(PATIENCE);
        }
        self.agent.expect(&agreed.ufrag);
        forgotten
    }

    /// Takes a binding request that names us.
    pub fn receive_check(
        &mut self,
        datagram: &[u8],
        source: SocketAddr,
        now: u64,
        send: Send<'_>,
    ) -> Checked {
        let mut answer = [0; MAX_ANSWER];
        let checked = self.agent.receive(datagram, source, now, &mut answer);
        if checked.answer > 0 {
            send(&answer[..checked.answer], source);
        }
        checked
    }

    pub fn receive_record(&mut self, datagram: &[u8], now: u64) {
        if let Some(association) = &mut self.association {
            association.receive(datagram, now);
        }
    }

    pub fn forward(&mut self, packet: &[u8], arrived: u64) {
        if self.has_keys {
            self.outlet.forward(packet, arrived);
        }
    }

    pub fn next_timer(&self) -> u64 {
        let handshake = self.association.as_ref().map_or(u64::MAX, |one| {
            // A client without a path waits for one.
            match self.agent.paths().next() {
                Some(_) => one.next_timer(),
                None => u64::MAX,
            }
        });
        let untold = if self.is_told() { u64::MAX } else { 0 };
        let timers = [handshake, self.agent.next_timer(), self.deadline, untold];
        timers.into_iter().min().unwrap_or(u64::MAX)
    }

    /// After every input and when a timer is due: sends what is to be sent, and tells the leg what is new.
    pub fn settle(&mut self, now: u64, room: &mut [u8; dtls::MAX_RECORD], send: Send<'_>) {
        if self.agent.handle_timer(now) {
            self.lose(Cause::ConsentLost);
        }
        if let Some(path) = self.agent.path(now) {
            self.shake_hands(path, now, room, send);
            if self.has_keys {
                self.standing = Standing::Connected(path);
                self.deadline = u64::MAX;
            }
        }
        if now >= self.deadline {
            self.lose(Cause::NeverConnected);
        }
        self.tell();
    }

    /// Says goodbye: the leg is gone.
    pub fn close(&mut self, now: u64, room: &mut [u8; dtls::MAX_RECORD], send: Send<'_>) {
        if let (Some(association), Some(path)) = (&mut self.association, self.agent.path(now)) {
            association.close();
            association.poll(room, now, |output| {
                if let dtls::Output::Send(record) = output {
                    send(record, path);
                }
            });
        }
    }

    fn shake_hands(
        &mut self,
        path: SocketAddr,
        now: u64,
        room: &mut [u8; dtls::MAX_RECORD],
        send: Send<'_>,
    ) {
        let Some(association) = &mut self.association else {
            return;
        };
        if now >= association.next_timer() {
            association.handle_timer(now);
        }
        let mut failed = None;
        association.poll(room, now, |output| match output {
            dtls::Output::Send(record) => send(record, path),
            dtls::Output::Keys(session) => {
                self.keys = Some(session);
                self.has_keys = true;
            }
            dtls::Output::Failed(failure) => failed = Some(failure),
        });
        match failed {
            Some(Failure::WrongFingerprint) => self.lose(Cause::WrongFingerprint),
            Some(Failure::TimedOut) => self.lose(Cause::NeverConnected),
            Some(Failure::Closed) => self.lose(Cause::DtlsClosed),
            None => {}
        }
    }

    fn lose(&mut self, cause: Cause) {
        self.deadline = u64::MAX;
        // A path may come back; an association that is over does not, and SDP must begin another.
        if cause != Cause::ConsentLost {
            self.association = None;
            self.has_keys = false;
        }
        self.standing = Standing::Lost(cause);
    }

    fn is_told(&self) -> bool {
        self.keys.is_none() && self.told == self.standing
    }

    /// In order: a cut for another peer, its keys, its path.
    fn tell(&mut self) {
        if let Some(keys) = self.keys.take() {
            if let Err(Note::Keys(keys)) = self.outlet.tell(Note::Keys(keys)) {
                self.keys = Some(keys);
                return;
            }
        }
        if self.told != self.standing {
            let note = match self.standing {
                Standing::Expecting => Note::Cut(None),
                Standing::Connected(path) => Note::Connected(path),
                Standing::Lost(cause) => Note::Cut(Some(cause)),
            };
            if self.outlet.tell(note).is_ok() {
                self.told = self.standing;
            }
        }
    }
}
