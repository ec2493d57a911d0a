//! One handshake with one peer, from the first hello to the keys, and what may still be said under them.

use std::sync::Arc;

use dimpl::{Dtls, KeyingMaterial, SrtpProfile};

use super::{Epoch, Fingerprint, Identity};
use crate::srtp::{Keys, MasterKey, Session, Suite};

/// A handshake that takes longer has failed (as dimpl, but from our first moment on), in nanoseconds.
const PATIENCE: u64 = 30_000_000_000;

/// Who says the first hello (RFC 8842, 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The peer does: `a=setup:passive` is ours.
    Server,
    /// We do: `a=setup:active` is ours.
    Client,
}

/// Why there will be no keys, or why they are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The peer's certificate is not the one that its SDP named (RFC 8122, 6.2).
    WrongFingerprint,
    /// The handshake did not come to an end.
    TimedOut,
    /// The peer said that it closes, or agreed to no SRTP profile.
    Closed,
}

/// What an association wants.
pub enum Output<'a> {
    /// To be sent to the peer.
    Send(&'a [u8]),
    /// The peer is who it should be: what it sends and gets from now on.
    Keys(Box<Session>),
    Failed(Failure),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Handshaking,
    Connected,
    Over,
}

pub struct Association {
    identity: Arc<Identity>,
    peer: Fingerprint,
    role: Role,
    epoch: Epoch,
    dtls: Dtls,
    state: State,
    /// The peer's certificate is the right one.
    is_known: bool,
    /// Something came, and something was sent, since the handshake began.
    has_heard: bool,
    has_spoken: bool,
    deadline: u64,
    next_timer: u64,
}

impl Association {
    /// As a client it has a hello to send at once: `poll` it.
    pub fn new(
        identity: Arc<Identity>,
        peer: Fingerprint,
        role: Role,
        epoch: Epoch,
        now: u64,
    ) -> Self {
        Self {
            dtls: begin(&identity, role, epoch, now),
            identity,
            peer,
            role,
            epoch,
            state: State::Handshaking,
            is_known: false,
            has_heard: false,
            has_spoken: false,
            deadline: now.saturating_add(PATIENCE),
            next_timer: now,
        }
    }

    pub fn is_of(&self, peer: &Fingerprint, role: Role) -> bool {
        self.peer == *peer && self.role == role
    }

    /// When to call [`Association::handle_timer`]; `u64::MAX` for never.
    pub fn next_timer(&self) -> u64 {
        match self.state {
            State::Handshaking => self.next_timer.min(self.deadline),
            State::Connected => self.next_timer,
            State::Over => u64::MAX,
        }
    }

    /// Takes a datagram, whoever sent it. `poll` afterwards.
    pub fn receive(&mut self, datagram: &[u8], now: u64) {
        if self.state == State::Over {
            return;
        }
        // What came before may have been anybody's, and stands in the way of the true hello.
        if self.has_heard && !self.has_spoken && is_first_hello(datagram) {
            self.begin_again(now);
        }
        self.has_heard = true;
        let instant = self.epoch.instant(now);
        let taken = match self.dtls.handle_timeout(instant) {
            Ok(()) => self.dtls.handle_packet(datagram),
            failed => failed,
        };
        if taken.is_err() {
            self.begin_again(now);
        }
    }

    /// Call it when [`Association::next_timer`] is due, and `poll` afterwards.
    pub fn handle_timer(&mut self, now: u64) {
        if self.state == State::Over {
            return;
        }
        let instant = self.epoch.instant(now);
        if self.dtls.handle_timeout(instant).is_err() {
            self.begin_again(now);
        }
    }

    /// Says goodbye under the keys, if there are any. `poll` afterwards.
    pub fn close(&mut self) {
        if self.state == State::Connected {
            // Without keys there is nobody to say it to.
            let _ = self.dtls.close();
        }
    }

    /// Hands out everything that it wants at the moment; `room` is for [`Output::Send`].
    pub fn poll(&mut self, room: &mut [u8], now: u64, mut take: impl FnMut(Output<'_>)) {
        while self.state != State::Over {
            match self.dtls.poll_output(room) {
                dimpl::Output::Packet(record) => {
                    self.has_spoken = true;
                    take(Output::Send(record));
                }
                dimpl::Output::PeerCert(certificate) => {
                    self.is_known = self.peer.is_of(certificate);
                    if !self.is_known {
                        self.fail(Failure::WrongFingerprint, &mut take);
                    }
                }
                dimpl::Output::KeyingMaterial(material, profile) => {
                    let session = self
                        .is_known
                        .then(|| session(&material, profile, self.role));
                    match session.flatten() {
                        Some(session) => {
                            self.state = State::Connected;
                            take(Output::Keys(session));
                        }
                        None => self.fail(Failure::Closed, &mut take),
                    }
                }
                // The keys come after it; without any the peer agreed to no SRTP, and the time runs out.
                dimpl::Output::Connected => {}
                dimpl::Output::CloseNotify => self.fail(Failure::Closed, &mut take),
                dimpl::Output::Timeout(at) => {
                    self.next_timer = self.epoch.ns(at);
                    break;
                }
                // Data channels are not offered; a record never needs more than `MAX_RECORD`.
                dimpl::Output::ApplicationData(_) => {}
                _ => break,
            }
        }
        if self.state == State::Handshaking && now >= self.deadline {
            self.fail(Failure::TimedOut, &mut take);
        }
    }

    fn fail(&mut self, failure: Failure, take: &mut impl FnMut(Output<'_>)) {
        self.state = State::Over;
        take(Output::Failed(failure));
    }

    /// What came broke the handshake, and anybody may have sent it: another one begins, within the same time. Keys that
    /// are agreed hold.
    fn begin_again(&mut self, now: u64) {
        match self.state {
            State::Handshaking => {
                self.is_known = false;
                self.has_heard = false;
                self.has_spoken = false;
                self.dtls = begin(&self.identity, self.role, self.epoch, now);
                self.next_timer = now;
            }
            State::Connected => self.next_timer = u64::MAX,
            State::Over => {}
        }
    }
}

/// Whether a handshake may begin with this record: the first fragment of message 0, a ClientHello in the clear (RFC
/// 6347, 4.2.2).
pub(super) fn is_first_hello(datagram: &[u8]) -> bool {
    const HANDSHAKE: u8 = 22;
    const CLIENT_HELLO: u8 = 1;
    let zero = |from: usize, to: usize| {
        let field = datagram.get(from..to);
        field.is_some_and(|octets| octets.iter().all(|octet| *octet == 0))
    };
    let (epoch, message, offset) = (zero(3, 5), zero(17, 19), zero(19, 22));
    let kinds = (datagram.first(), datagram.get(13));
    kinds == (Some(&HANDSHAKE), Some(&CLIENT_HELLO)) && epoch && message && offset
}

fn begin(identity: &Identity, role: Role, epoch: Epoch, now: u64) -> Dtls {
    let instant = epoch.instant(now);
    let mut dtls = Dtls::new_auto(
        identity.config.clone(),
        identity.certificate.clone(),
        instant,
    );
    dtls.set_active(role == Role::Client);
    // It has seen nothing yet that it could refuse.
    let _ = dtls.handle_timeout(instant);
    dtls
}

/// RFC 5764, 4.2: the client's key, the server's, the client's salt, the server's.
fn session(material: &KeyingMaterial, profile: SrtpProfile, role: Role) -> Option<Box<Session>> {
    let suite = match profile {
        SrtpProfile::AES128_CM_SHA1_80 => Suite::AesCm128HmacSha1_80,
        SrtpProfile::AEAD_AES_128_GCM => Suite::AeadAes128Gcm,
        SrtpProfile::AEAD_AES_256_GCM => Suite::AeadAes256Gcm,
        _ => return None,
    };
    let (key, salt) = (suite.key_len(), suite.salt_len());
    if material.len() != 2 * (key + salt) {
        return None;
    }
    let (keys, salts) = material.split_at(2 * key);
    let secret = |index: usize| {
        let key = &keys[index * key..][..key];
        let salt = &salts[index * salt..][..salt];
        let secret = zeroize::Zeroizing::new([key, salt].concat());
        MasterKey::new(suite, &secret, b"").ok()
    };
    let (client, server) = (secret(0)?, secret(1)?);
    let (local, remote) = match role {
        Role::Client => (client, server),
        Role::Server => (server, client),
    };
    Some(Box::new(Session::new(Keys { local, remote })))
}
