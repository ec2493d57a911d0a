//! Our half: makes SRTP and SRTCP of the packets of one SSRC.

use super::derive::Purpose;
use super::suite::MasterKey;
use super::transform::{Body, Position, Transform};
use super::{header_len, word, CONTROL_HEADER_LEN, ENCRYPTED, INDEX_LEN};

/// RFC 3711, 9.2: so many packets under one key and no more.
const MAX_INDEX: u64 = 1 << 48;
const MAX_CONTROL_INDEX: u32 = 1 << 31;

/// Protects what one source sends. No nonce is ever used twice: a packet that would do so is refused.
pub struct Protector {
    rtp: Transform,
    rtcp: Transform,
    identifier: Box<[u8]>,
    /// The source, once it sent: another one would need a key of its own.
    ssrc: Option<u32>,
    /// Of the newest packet.
    index: Option<u64>,
    control_index: u32,
}

impl Protector {
    pub fn new(key: &MasterKey) -> Self {
        Self {
            rtp: Transform::new(key, Purpose::Rtp),
            rtcp: Transform::new(key, Purpose::Rtcp),
            identifier: key.identifier().into(),
            ssrc: None,
            index: None,
            control_index: 0,
        }
    }

    pub fn fetch(&self) {
        self.rtp.fetch();
    }

    /// Makes SRTP of the RTP packet in the first `length` octets and returns its new length, at most
    /// [`super::MAX_OVERHEAD`] and the MKI more. None, and nothing to send, for what is no RTP packet of ours, for a
    /// sequence number that does not go on, and when the key is used up.
    pub fn protect(&mut self, packet: &mut [u8], length: usize) -> Option<usize> {
        let header = header_len(packet.get(..length)?)?;
        let room = packet.len().checked_sub(length)?;
        if room < self.rtp.tag_len() + self.identifier.len() {
            return None;
        }
        let ssrc = self.own(word(packet, 8))?;
        let sequence = u16::from_be_bytes([packet[2], packet[3]]);
        let index = match self.index {
            None => u64::from(sequence),
            Some(index) => match sequence.wrapping_sub(index as u16) {
                0 | 0x8000.. => return None,
                ahead => index + u64::from(ahead),
            },
        };
        if index >= MAX_INDEX {
            return None;
        }
        let rollover = (index >> 16) as u32;
        let body = Body {
            octets: &mut packet[..length],
            header,
            suffix: rollover.to_be_bytes(),
            encrypted: true,
        };
        let tag = self.rtp.seal(Position { ssrc, index }, body)?;
        self.index = Some(index);
        let end = length + self.rtp.tag_len();
        let marked = end + self.identifier.len();
        if self.rtp.is_aead() {
            // RFC 7714, 8.2: the tag belongs to the ciphertext, the MKI follows.
            packet[length..end].copy_from_slice(&tag[..self.rtp.tag_len()]);
            packet[end..marked].copy_from_slice(&self.identifier);
        } else {
            let at = length + self.identifier.len();
            packet[length..at].copy_from_slice(&self.identifier);
            packet[at..marked].copy_from_slice(&tag[..self.rtp.tag_len()]);
        }
        Some(marked)
    }

    /// Makes SRTCP of the RTCP packet in the first `length` octets, as [`Protector::protect`] does with RTP.
    pub fn protect_control(&mut self, packet: &mut [u8], length: usize) -> Option<usize> {
        let tag_len = self.rtcp.tag_len();
        let marked = length + INDEX_LEN + tag_len + self.identifier.len();
        if length < CONTROL_HEADER_LEN || packet.len() < marked {
            return None;
        }
        let ssrc = self.own(word(packet, 4))?;
        if self.control_index >= MAX_CONTROL_INDEX {
            return None;
        }
        let index = u64::from(self.control_index);
        let suffix = (ENCRYPTED | self.control_index).to_be_bytes();
        let body = Body {
            octets: &mut packet[..length],
            header: CONTROL_HEADER_LEN,
            suffix,
            encrypted: true,
        };
        let tag = self.rtcp.seal(Position { ssrc, index }, body)?;
        self.control_index += 1;
        let tag = &tag[..tag_len];
        let parts: [&[u8]; 3] = if self.rtcp.is_aead() {
            [tag, &suffix, &self.identifier]
        } else {
            [&suffix, &self.identifier, tag]
        };
        let mut at = length;
        for part in parts {
            packet[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        Some(marked)
    }

    fn own(&mut self, ssrc: u32) -> Option<u32> {
        (*self.ssrc.get_or_insert(ssrc) == ssrc).then_some(ssrc)
    }

    #[cfg(test)]
    pub(super) fn of_transforms(rtp: Transform, rtcp: Transform) -> Self {
        Self {
            rtp,
            rtcp,
            identifier: Box::default(),
            ssrc: None,
            index: None,
            control_index: 0,
        }
    }

    /// As if packets up to this index had been sent.
    #[cfg(test)]
    pub(super) fn jump(&mut self, index: u64) {
        self.index = Some(index);
    }
}
