//! SRTP of one leg: what goes out is sealed, what comes in is opened, before anything else looks at it.

use super::reaper::{Bin, Garbage};
use crate::rtp::HEADER_LEN;
use crate::srtp::{Refused, Session, MAX_OVERHEAD};
use crate::{graph::MAX_OCTETS, rtcp};

/// Room for a sealed RTP packet.
pub const SEALED_LEN: usize = HEADER_LEN + MAX_OCTETS + MAX_OVERHEAD;
/// Room for a sealed RTCP packet.
pub const SEALED_CONTROL_LEN: usize = rtcp::MAX_LEN + MAX_OVERHEAD;

/// Packets of the peer, or of somebody else, that were thrown away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Refusals {
    pub unauthenticated: u64,
    pub replayed: u64,
}

/// Under which keys RTCP goes.
#[derive(Default)]
enum Control {
    /// Those of RTP.
    #[default]
    Same,
    /// Those of a handshake on its own port, once they are there (RFC 5764, 4.1).
    Own(Option<Box<Session>>),
}

/// Without a session everything passes as it is, or nothing does.
#[derive(Default)]
pub struct Security {
    session: Option<Box<Session>>,
    control: Control,
    /// Keys come from DTLS: until they are there nothing is sent or believed.
    is_required: bool,
    refusals: Refusals,
}

impl Security {
    /// Fetches the keys.
    pub fn fetch_behind(&self) {
        if let Some(session) = &self.session {
            session.fetch();
        }
    }

    /// Fetches what they were made into.
    pub fn fetch_last(&self) {
        if let Some(session) = &self.session {
            session.fetch_ciphers();
        }
    }

    /// Takes what was agreed; keys that stay go on where they were.
    pub fn agree(&mut self, agreed: Option<Box<Session>>, now: u64, bin: &Bin) {
        let before = std::mem::replace(&mut self.session, agreed);
        let over = match (&mut self.session, before) {
            (Some(session), Some(before)) => session.follow(before, now),
            (_, before) => before,
        };
        if let Some(over) = over {
            bin.put(Garbage::Srtp(over));
        }
        self.is_required = false;
        self.share(true, bin);
    }

    /// Keys come from DTLS from now on; those that came from there stay. `is_muxed`: RTCP goes under them as well.
    pub fn require(&mut self, is_muxed: bool, bin: &Bin) {
        if !self.is_required {
            self.replace(None, bin);
            self.is_required = true;
        }
        self.share(is_muxed, bin);
    }

    fn share(&mut self, is_muxed: bool, bin: &Bin) {
        match (&mut self.control, is_muxed) {
            (Control::Same, true) | (Control::Own(_), false) => {}
            (Control::Same, false) => self.control = Control::Own(None),
            (Control::Own(keys), true) => {
                if let Some(over) = keys.take() {
                    bin.put(Garbage::Srtp(over));
                }
                self.control = Control::Same;
            }
        }
    }

    /// Another handshake begins: nothing holds.
    pub fn cut(&mut self, bin: &Bin) {
        self.replace(None, bin);
        if let Control::Own(keys) = &mut self.control {
            if let Some(over) = keys.take() {
                bin.put(Garbage::Srtp(over));
            }
        }
    }

    /// Takes keys for RTCP alone.
    pub fn replace_control(&mut self, session: Box<Session>, bin: &Bin) {
        let over = match &mut self.control {
            Control::Own(keys) => keys.replace(session),
            // The ports became one meanwhile.
            Control::Same => Some(session),
        };
        if let Some(over) = over {
            bin.put(Garbage::Srtp(over));
        }
    }

    /// For a leg whose keys come from DTLS.
    pub fn required() -> Self {
        Self {
            is_required: true,
            ..Self::default()
        }
    }

    /// Takes keys of another handshake, or none: what held before holds no more.
    pub fn replace(&mut self, session: Option<Box<Session>>, bin: &Bin) {
        if let Some(before) = std::mem::replace(&mut self.session, session) {
            bin.put(Garbage::Srtp(before));
        }
    }

    pub fn refusals(&self) -> Refusals {
        self.refusals
    }

    /// What to send for an RTP packet; None when it must not be sent.
    pub fn seal<'a>(
        &mut self,
        packet: &'a [u8],
        room: &'a mut [u8; SEALED_LEN],
    ) -> Option<&'a [u8]> {
        let Some(session) = &mut self.session else {
            return (!self.is_required).then_some(packet);
        };
        // A copy: recordings read the packet afterwards.
        room.get_mut(..packet.len())?.copy_from_slice(packet);
        let length = session.protect(room, packet.len())?;
        Some(&room[..length])
    }

    /// The same for an RTCP packet, in place.
    pub fn seal_control<'a>(
        &mut self,
        packet: &'a mut [u8; SEALED_CONTROL_LEN],
        length: usize,
    ) -> Option<&'a [u8]> {
        let is_required = self.is_required;
        let length = match self.control_keys() {
            Some(session) => session.protect_control(packet, length)?,
            None if is_required => return None,
            None => length,
        };
        Some(&packet[..length])
    }

    /// The RTP packet in what came; None for what the peer did not send, or not now.
    pub fn open<'a>(&mut self, datagram: &'a mut [u8], now: u64) -> Option<&'a [u8]> {
        let Some(session) = &mut self.session else {
            self.refusals.unauthenticated += u64::from(self.is_required);
            return (!self.is_required).then_some(datagram);
        };
        let opened = session.unprotect(datagram, now);
        self.count(opened).map(|length| &datagram[..length])
    }

    pub fn open_control<'a>(&mut self, datagram: &'a mut [u8], now: u64) -> Option<&'a [u8]> {
        let is_required = self.is_required;
        let Some(session) = self.control_keys() else {
            self.refusals.unauthenticated += u64::from(is_required);
            return (!is_required).then_some(datagram);
        };
        let opened = session.unprotect_control(datagram, now);
        self.count(opened).map(|length| &datagram[..length])
    }

    fn control_keys(&mut self) -> Option<&mut Session> {
        match &mut self.control {
            Control::Same => self.session.as_deref_mut(),
            Control::Own(keys) => keys.as_deref_mut(),
        }
    }

    fn count(&mut self, opened: Result<usize, Refused>) -> Option<usize> {
        match opened {
            Ok(length) => return Some(length),
            Err(Refused::Malformed | Refused::Unauthenticated) => {
                self.refusals.unauthenticated += 1;
            }
            Err(Refused::Replayed | Refused::TooManySources) => self.refusals.replayed += 1,
        }
        None
    }
}
