//! The peer's half: makes RTP and RTCP of what came, or refuses it and remembers nothing of it.

use super::derive::Purpose;
use super::suite::MasterKey;
use super::transform::{Body, Position, Transform};
use super::window::ReplayWindow;
use super::{header_len, word, CONTROL_HEADER_LEN, ENCRYPTED, INDEX_LEN};
use crate::ahead;

/// Sources that one key may have. A peer that takes more needs a new key: none is forgotten, or its packets could be
/// replayed.
const MAX_SOURCES: usize = 32;

/// Why a packet was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No RTP or RTCP, or shorter than its tag.
    Malformed,
    /// The tag is wrong, or the MKI is not the one that was agreed.
    Unauthenticated,
    /// Seen before, or too old to tell.
    Replayed,
    /// Authentic, but of one source too many.
    TooManySources,
}

#[derive(Clone, Copy)]
struct Source {
    ssrc: u32,
    rtp: Option<ReplayWindow>,
    rtcp: Option<ReplayWindow>,
}

/// Checks and decrypts what one peer sends under one key.
pub struct Unprotector {
    rtp: Transform,
    rtcp: Transform,
    identifier: Box<[u8]>,
    sources: Vec<Source>,
    /// A source and its rollover counter under the key before.
    before: Option<(u32, u32)>,
}

impl Unprotector {
    pub fn new(key: &MasterKey) -> Self {
        Self {
            rtp: Transform::new(key, Purpose::Rtp),
            rtcp: Transform::new(key, Purpose::Rtcp),
            identifier: key.identifier().into(),
            sources: Vec::with_capacity(MAX_SOURCES),
            before: None,
        }
    }

    pub fn fetch(&self) {
        self.rtp.fetch();
        ahead::fetch_all(&self.sources);
    }

    /// This key follows another: a source may go on with the rollover counter that it had (RFC 3711, 3.3.1) as well as
    /// begin at 0, as most phones do with a new key of SDES.
    pub fn follow(&mut self, other: &Unprotector) {
        let newest = other.sources.iter().rev();
        self.before = newest
            .filter_map(|source| Some((source.ssrc, (source.rtp?.newest() >> 16) as u32)))
            .find(|(_, rollover)| *rollover > 0);
    }

    /// Makes RTP of the SRTP packet and returns its length. A packet that is [`Refused::Unauthenticated`] is left as it
    /// was, so that another key may be tried.
    pub fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, Refused> {
        let header = header_len(packet).ok_or(Refused::Malformed)?;
        let (length, tag) = self.split(&self.rtp, packet, 0)?;
        if length < header {
            return Err(Refused::Malformed);
        }
        let ssrc = word(packet, 8);
        let sequence = u16::from_be_bytes([packet[2], packet[3]]);
        let known = self.sources.iter().find(|source| source.ssrc == ssrc);
        let window = known.and_then(|source| source.rtp);
        let mut index = match window {
            Some(window) => estimate(window.newest(), sequence).ok_or(Refused::Unauthenticated)?,
            None => u64::from(sequence),
        };
        let open = |packet: &mut [u8], index: u64| {
            let rollover = (index >> 16) as u32;
            let body = Body {
                octets: &mut packet[..length],
                header,
                suffix: rollover.to_be_bytes(),
                encrypted: true,
            };
            self.rtp.open(Position { ssrc, index }, body, tag.octets())
        };
        if !open(packet, index) {
            let rollover = match (window, self.before) {
                (None, Some((source, rollover))) if source == ssrc => rollover,
                _ => return Err(Refused::Unauthenticated),
            };
            index |= u64::from(rollover) << 16;
            if !open(packet, index) {
                return Err(Refused::Unauthenticated);
            }
        }
        self.note(ssrc, index, |source| &mut source.rtp)?;
        Ok(length)
    }

    /// Makes RTCP of the SRTCP packet and returns its length.
    pub fn unprotect_control(&mut self, packet: &mut [u8]) -> Result<usize, Refused> {
        if packet.len() < CONTROL_HEADER_LEN || packet[0] >> 6 != 2 {
            return Err(Refused::Malformed);
        }
        let (length, tag) = self.split(&self.rtcp, packet, INDEX_LEN)?;
        if length < CONTROL_HEADER_LEN {
            return Err(Refused::Malformed);
        }
        let ssrc = word(packet, 4);
        let suffix = tag.suffix;
        let index = u64::from(suffix & !ENCRYPTED);
        let body = Body {
            octets: &mut packet[..length],
            header: CONTROL_HEADER_LEN,
            suffix: suffix.to_be_bytes(),
            encrypted: suffix & ENCRYPTED != 0,
        };
        if !self.rtcp.open(Position { ssrc, index }, body, tag.octets()) {
            return Err(Refused::Unauthenticated);
        }
        self.note(ssrc, index, |source| &mut source.rtcp)?;
        Ok(length)
    }

    /// Takes what stands behind the body apart: `word` octets of suffix, the MKI, the tag, in the mode's order.
    fn split(
        &self,
        transform: &Transform,
        packet: &[u8],
        word: usize,
    ) -> Result<(usize, Tail), Refused> {
        let identifier = self.identifier.len();
        let tag_len = transform.tag_len();
        let length = packet
            .len()
            .checked_sub(word + identifier + tag_len)
            .ok_or(Refused::Malformed)?;
        let rest = &packet[length..];
        let (tag, suffix, named) = if transform.is_aead() {
            let (tag, rest) = rest.split_at(tag_len);
            let (suffix, named) = rest.split_at(word);
            (tag, suffix, named)
        } else {
            let (suffix, rest) = rest.split_at(word);
            let (named, tag) = rest.split_at(identifier);
            (tag, suffix, named)
        };
        if *named != *self.identifier {
            return Err(Refused::Unauthenticated);
        }
        let mut tail = Tail {
            tag: [0; super::transform::TAG_LEN],
            tag_len,
            suffix: suffix.try_into().map_or(0, u32::from_be_bytes),
        };
        tail.tag[..tag_len].copy_from_slice(tag);
        Ok((length, tail))
    }

    /// An authentic packet came: is it new?
    fn note(
        &mut self,
        ssrc: u32,
        index: u64,
        window: impl FnOnce(&mut Source) -> &mut Option<ReplayWindow>,
    ) -> Result<(), Refused> {
        let place = self.sources.iter().position(|source| source.ssrc == ssrc);
        let place = match place {
            Some(place) => place,
            None if self.sources.len() == MAX_SOURCES => return Err(Refused::TooManySources),
            None => {
                self.sources.push(Source {
                    ssrc,
                    rtp: None,
                    rtcp: None,
                });
                self.sources.len() - 1
            }
        };
        let window = window(&mut self.sources[place]);
        let fresh = match window {
            Some(window) => window.accept(index),
            None => {
                *window = Some(ReplayWindow::new(index));
                true
            }
        };
        fresh.then_some(()).ok_or(Refused::Replayed)
    }

    #[cfg(test)]
    pub(super) fn of_transforms(rtp: Transform, rtcp: Transform) -> Self {
        Self {
            rtp,
            rtcp,
            identifier: Box::default(),
            sources: Vec::with_capacity(MAX_SOURCES),
            before: None,
        }
    }

    /// What it remembers, for tests that say that it remembers nothing.
    #[cfg(test)]
    pub(super) fn memory(&self) -> String {
        let sources = self.sources.iter();
        let sources: Vec<_> = sources.map(|one| (one.ssrc, one.rtp, one.rtcp)).collect();
        format!("{sources:?}")
    }
}

/// What stood behind the body.
struct Tail {
    tag: [u8; super::transform::TAG_LEN],
    tag_len: usize,
    suffix: u32,
}

impl Tail {
    fn octets(&self) -> &[u8] {
        &self.tag[..self.tag_len]
    }
}

/// The index nearest to the newest one that has this sequence number (RFC 3711, 3.3.1); None for one before the first
/// packet or beyond the last.
fn estimate(newest: u64, sequence: u16) -> Option<u64> {
    let step = sequence.wrapping_sub(newest as u16).cast_signed();
    newest
        .checked_add_signed(i64::from(step))
        .filter(|index| *index < 1 << 48)
}
