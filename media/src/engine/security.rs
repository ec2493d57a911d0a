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

/// Without a session everything passes as it is, or nothing does.
#[derive(Default)]
pub struct Security {
    session: Option<Box<Session>>,
    /// Keys come from DTLS: until they are there nothing is sent or believed.
    is_required: bool,
    refusals: Refusals,
}

impl Security {
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
        let length = match &mut self.session {
            Some(session) => session.protect_control(packet, length)?,
            None if self.is_required => return None,
            None => length,
        };
        Some(&packet[..length])
    }

    /// The RTP packet in what came; None for what the peer did not send, or not now.
    pub fn open<'a>(&mut self, datagram: &'a mut [u8], now: u64) -> Option<&'a [u8]> {
        let Some(session) = &mut self.session else {
            return (!self.is_required).then_some(datagram);
        };
        let opened = session.unprotect(datagram, now);
        self.count(opened).map(|length| &datagram[..length])
    }

    pub fn open_control<'a>(&mut self, datagram: &'a mut [u8], now: u64) -> Option<&'a [u8]> {
        let Some(session) = &mut self.session else {
            return (!self.is_required).then_some(datagram);
        };
        let opened = session.unprotect_control(datagram, now);
        self.count(opened).map(|length| &datagram[..length])
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
