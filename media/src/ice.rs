//! Our side of ICE (RFC 8445): a lite agent. It has an address that everybody reaches, so it asks nothing and answers
//! the checks of the peer, whose choice of a path it follows. No socket; it is given the time.
//!
//! STUN is read and written by the crate `is`, str0m's ICE.

mod credentials;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use hmac::{Hmac, KeyInit, Mac};
use is::stun::StunMessage;
use sha1::Sha1;

pub use credentials::{Credentials, NoRandom};

/// How long a check holds as consent to be sent to (RFC 7675, 5.1), in nanoseconds.
pub const CONSENT: u64 = 30_000_000_000;
/// Addresses from which one peer may be heard at once; the one that was silent longest makes room.
pub const MAX_PATHS: usize = 8;
/// Room for an answer: header, mapped address, integrity, fingerprint.
pub const MAX_ANSWER: usize = 128;

/// Whom a binding request is for: our ufrag, the first half of USERNAME. None for what is no such request. It proves
/// nothing yet.
pub fn addressee(datagram: &[u8]) -> Option<&str> {
    let request = StunMessage::parse(datagram).ok()?;
    if !request.is_binding_request() {
        return None;
    }
    Some(request.username()?.split_once(':')?.0)
}

#[derive(Clone, Copy, Debug)]
struct Path {
    source: SocketAddr,
    /// Of its last check.
    seen: u64,
}

/// What one check did.
#[derive(Debug, Default)]
pub struct Checked {
    /// Octets of the answer; 0 for none, and then nothing was changed.
    pub answer: usize,
    /// An address that is not one of the peer's any more.
    pub forgotten: Option<SocketAddr>,
    /// Credentials of ours that are over.
    pub ended: Option<Credentials>,
}

/// Of the credentials that we may have at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Current,
    Before,
}

/// ICE-lite for one peer.
pub struct Agent {
    ours: Credentials,
    /// Before an ICE restart, until a check came under the new ones (RFC 8445, 9).
    before: Option<Credentials>,
    /// None until SDP named it: then every ufrag is taken, as checks may come before the answer does (7.3).
    theirs: Option<Box<str>>,
    paths: [Option<Path>; MAX_PATHS],
    /// Where the peer wants our packets.
    selected: Option<SocketAddr>,
    consent_until: u64,
}

impl Agent {
    pub fn new(ours: Credentials) -> Self {
        Self {
            ours,
            before: None,
            theirs: None,
            paths: [None; MAX_PATHS],
            selected: None,
            consent_until: 0,
        }
    }

    /// Other credentials of ours. Returns those that are over; what is in use holds until the new ones have been used.
    pub fn restart(&mut self, ours: Credentials) -> Option<Credentials> {
        let current = std::mem::replace(&mut self.ours, ours);
        self.before.replace(current)
    }

    /// The peer's ufrag, from its SDP.
    pub fn expect(&mut self, theirs: &str) {
        self.theirs = Some(theirs.into());
    }

    /// Another peer comes: no path holds any more.
    pub fn forget_paths(&mut self) -> impl Iterator<Item = SocketAddr> + use<> {
        self.selected = None;
        self.consent_until = 0;
        let paths = std::mem::replace(&mut self.paths, [None; MAX_PATHS]);
        paths.into_iter().flatten().map(|path| path.source)
    }

    pub fn paths(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.paths.iter().flatten().map(|path| path.source)
    }

    pub fn ufrags(&self) -> impl Iterator<Item = &str> {
        let before = self.before.as_ref().map(Credentials::ufrag);
        std::iter::once(self.ours.ufrag()).chain(before)
    }

    /// Where to send, as long as the peer consents: the path that it nominated, before that the first that it proved.
    pub fn path(&self, now: u64) -> Option<SocketAddr> {
        let first = || self.paths().next();
        self.selected
            .or_else(first)
            .filter(|_| now < self.consent_until)
    }

    /// When consent ends; `u64::MAX` if there is none.
    pub fn next_timer(&self) -> u64 {
        match self.consent_until {
            0 => u64::MAX,
            until => until,
        }
    }

    /// Call it when [`Agent::next_timer`] is due: true when consent is lost.
    pub fn handle_timer(&mut self, now: u64) -> bool {
        let is_lost = self.consent_until != 0 && now >= self.consent_until;
        if is_lost {
            self.consent_until = 0;
        }
        is_lost
    }

    /// Takes a check and writes its answer. What does not carry the right integrity gets none and changes nothing.
    pub fn receive(
        &mut self,
        datagram: &[u8],
        source: SocketAddr,
        now: u64,
        answer: &mut [u8; MAX_ANSWER],
    ) -> Checked {
        let nothing = Checked::default();
        let Ok(request) = StunMessage::parse(datagram) else {
            return nothing;
        };
        let Some(which) = self.authenticate(&request) else {
            return nothing;
        };
        // RFC 8445, 7.3.1.1: a lite agent is controlled, whatever the other one believes to be.
        let conflict = request.ice_controlled().is_some();
        let response = match conflict {
            true => StunMessage::binding_role_conflict_reply(request.trans_id()),
            false => StunMessage::binding_reply(request.trans_id(), source),
        };
        let password = self.credentials(which).map(Credentials::password);
        let password = password.map(str::as_bytes);
        let Ok(length) = response.to_bytes(password, answer, integrity) else {
            return nothing;
        };
        let mut checked = Checked {
            answer: length,
            ..nothing
        };
        if conflict {
            return checked;
        }
        checked.forgotten = self.note(source, now);
        self.consent_until = now.saturating_add(CONSENT);
        let is_nominated = request.use_candidate();
        if is_nominated || self.selected.is_some_and(|path| self.is_silent(path, now)) {
            self.selected = Some(source);
        }
        if is_nominated && which == Which::Current {
            checked.ended = self.before.take();
        }
        checked
    }

    /// Which password the request was made with, if it is one of ours.
    fn authenticate(&self, request: &StunMessage<'_>) -> Option<Which> {
        if !request.is_binding_request() {
            return None;
        }
        let (ours, theirs) = request.username()?.split_once(':')?;
        let named = |which: &Which| {
            let credentials = self.credentials(*which);
            credentials.is_some_and(|one| one.ufrag() == ours)
        };
        let which = [Which::Current, Which::Before].into_iter().find(named)?;
        let is_stranger = self.theirs.as_deref().is_some_and(|known| known != theirs);
        if which == Which::Current && is_stranger {
            return None;
        }
        let password = self.credentials(which)?.password();
        request
            .verify(password.as_bytes(), integrity)
            .then_some(which)
    }

    fn credentials(&self, which: Which) -> Option<&Credentials> {
        match which {
            Which::Current => Some(&self.ours),
            Which::Before => self.before.as_ref(),
        }
    }

    /// No check came on that path for so long that consent to it is over.
    fn is_silent(&self, path: SocketAddr, now: u64) -> bool {
        let mut known = self.paths.iter().flatten();
        known.all(|one| one.source != path || now >= one.seen.saturating_add(CONSENT))
    }

    /// Remembers the source; returns the one that made room for it.
    fn note(&mut self, source: SocketAddr, now: u64) -> Option<SocketAddr> {
        let path = Some(Path { source, seen: now });
        let mut places = self.paths.iter_mut();
        if let Some(place) = places.find(|place| place.is_some_and(|one| one.source == source)) {
            *place = path;
            return None;
        }
        let selected = self.selected;
        let stalest = self
            .paths
            .iter_mut()
            .min_by_key(|place| place.map(|one| (Some(one.source) == selected, one.seen)));
        let gone = stalest.and_then(|place| std::mem::replace(place, path));
        gone.map(|gone| gone.source)
    }
}

/// HMAC-SHA1 over the parts (RFC 8489, 14.5).
fn integrity(password: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(password) else {
        return [0; 20];
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
