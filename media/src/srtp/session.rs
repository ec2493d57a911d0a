//! Both halves of one leg, and the change of keys without a gap.

use super::protector::Protector;
use super::suite::MasterKey;
use super::unprotector::{Refused, Unprotector};
use crate::ahead;

/// How long packets under the peer's key before are still taken, in nanoseconds: a round trip and a jitter buffer.
const OVERLAP: u64 = 5_000_000_000;

/// What offer and answer agreed: each side's own key.
pub struct Keys {
    pub local: MasterKey,
    pub remote: MasterKey,
}

/// Protects and unprotects what goes over one leg.
pub struct Session {
    keys: Keys,
    protector: Protector,
    unprotector: Unprotector,
    /// What held before, and until when packets under the peer's key of then are taken.
    previous: Option<(Box<Session>, u64)>,
}

impl Session {
    /// Allocates and derives the keys: not for a thread that has no time.
    pub fn new(keys: Keys) -> Self {
        Self {
            protector: Protector::new(&keys.local),
            unprotector: Unprotector::new(&keys.remote),
            previous: None,
            keys,
        }
    }

    /// Takes the place of another session of the leg. A key that stays goes on where it was, or its packets could be
    /// replayed and our nonces would repeat; the peer's key before is taken for a while longer. Returns what is over.
    pub fn follow(&mut self, mut other: Box<Session>, now: u64) -> Option<Box<Session>> {
        if self.keys.local.is_same(&other.keys.local) {
            std::mem::swap(&mut self.protector, &mut other.protector);
        }
        if self.keys.remote.is_same(&other.keys.remote) {
            std::mem::swap(&mut self.unprotector, &mut other.unprotector);
            std::mem::swap(&mut self.previous, &mut other.previous);
            return Some(other);
        }
        self.unprotector.follow(&other.unprotector);
        let over = other.previous.take();
        self.previous = Some((other, now.saturating_add(OVERLAP)));
        over.map(|(session, _)| session)
    }

    /// Fetches what the next packets of RTP need into the processor's caches.
    pub fn fetch(&self) {
        ahead::fetch(&self.protector);
        ahead::fetch(&self.unprotector);
        ahead::fetch(&self.previous);
    }

    /// The same of what those hold; call it a little later.
    pub fn fetch_ciphers(&self) {
        self.protector.fetch();
        self.unprotector.fetch();
    }

    pub fn protect(&mut self, packet: &mut [u8], length: usize) -> Option<usize> {
        self.protector.protect(packet, length)
    }

    pub fn protect_control(&mut self, packet: &mut [u8], length: usize) -> Option<usize> {
        self.protector.protect_control(packet, length)
    }

    pub fn unprotect(&mut self, packet: &mut [u8], now: u64) -> Result<usize, Refused> {
        match self.unprotector.unprotect(packet) {
            Err(Refused::Unauthenticated) => self
                .previous(now)
                .ok_or(Refused::Unauthenticated)?
                .unprotect(packet),
            result => result,
        }
    }

    pub fn unprotect_control(&mut self, packet: &mut [u8], now: u64) -> Result<usize, Refused> {
        match self.unprotector.unprotect_control(packet) {
            Err(Refused::Unauthenticated) => self
                .previous(now)
                .ok_or(Refused::Unauthenticated)?
                .unprotect_control(packet),
            result => result,
        }
    }

    fn previous(&mut self, now: u64) -> Option<&mut Unprotector> {
        let (session, until) = self.previous.as_mut()?;
        (now < *until).then_some(&mut session.unprotector)
    }
}
