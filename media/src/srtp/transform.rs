//! One stream of packets under one session key: encrypts and authenticates in place, checks and decrypts in place.

use aes::cipher::consts::{U12, U16};
use aes::cipher::{BlockCipherEncrypt, InnerIvInit, KeyInit, StreamCipherCore};
use aes::{Aes128Enc, Aes256Enc};
use aes_gcm::aead::AeadInOut;
use aes_gcm::AesGcm;
use ctutils::CtEq;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::derive::{derive, Purpose, SessionKeys};
use super::suite::{MasterKey, Suite};
use crate::ahead;

/// Of the longest tag.
pub const TAG_LEN: usize = 16;
/// What is authenticated and not encrypted is copied; longer packets are refused.
const MAX_CLEAR: usize = 2048;
const SUFFIX_LEN: usize = 4;

type Tag = [u8; TAG_LEN];

/// Where a packet stands in its stream: both modes make their nonce of it.
#[derive(Clone, Copy)]
pub struct Position {
    pub ssrc: u32,
    /// 48 bits: rollover counter and sequence number, or the 31 bits of SRTCP.
    pub index: u64,
}

/// What stands before the tag and its like.
pub struct Body<'a> {
    pub octets: &'a mut [u8],
    /// So many of them are never encrypted.
    pub header: usize,
    /// Not among `octets`: the rollover counter, or the word with the SRTCP index.
    pub suffix: [u8; SUFFIX_LEN],
    pub encrypted: bool,
}

trait Mode: Send {
    fn fetch(&self);
    /// Whether the word of an SRTCP packet stands behind the tag (RFC 7714, 9.2), not before it (RFC 3711, 3.4).
    fn is_aead(&self) -> bool;
    /// None for a packet that is too long.
    fn seal(&self, at: Position, body: Body<'_>) -> Option<Tag>;
    /// Decrypts nothing unless the tag is right.
    fn open(&self, at: Position, body: Body<'_>, tag: &[u8]) -> bool;
}

pub struct Transform {
    mode: Box<dyn Mode>,
    tag_len: usize,
}

impl Transform {
    pub fn new(master: &MasterKey, purpose: Purpose) -> Self {
        Self::of_session(master.suite(), purpose, &derive(master, purpose))
    }

    /// With session keys as they are, which test vectors give.
    pub fn of_session(suite: Suite, purpose: Purpose, keys: &SessionKeys) -> Self {
        let mut short = Zeroizing::new([0; 16]);
        short.copy_from_slice(&keys.key[..16]);
        let long: &[u8; 32] = &keys.key;
        let mode: Box<dyn Mode> = match suite {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => {
                Box::new(Counter::new(Aes128Enc::new((&*short).into()), keys))
            }
            Suite::AesCm256HmacSha1_80 | Suite::AesCm256HmacSha1_32 => {
                Box::new(Counter::new(Aes256Enc::new(long.into()), keys))
            }
            Suite::AeadAes128Gcm => {
                Box::new(Gcm::new(Aes128Enc::new((&*short).into()), keys, purpose))
            }
            Suite::AeadAes256Gcm => Box::new(Gcm::new(Aes256Enc::new(long.into()), keys, purpose)),
        };
        let tag_len = match purpose {
            Purpose::Rtp => suite.tag_len(),
            Purpose::Rtcp => suite.control_tag_len(),
        };
        Self { mode, tag_len }
    }

    /// Fetches the keys as the ciphers have them into the processor's caches.
    pub fn fetch(&self) {
        self.mode.fetch();
    }

    pub fn tag_len(&self) -> usize {
        self.tag_len
    }

    pub fn is_aead(&self) -> bool {
        self.mode.is_aead()
    }

    /// Encrypts the body and returns its tag, of which the first `tag_len` octets count.
    pub fn seal(&self, at: Position, body: Body<'_>) -> Option<Tag> {
        self.mode.seal(at, body)
    }

    /// Checks the tag, which has `tag_len` octets, and decrypts if it is right; else the body stays as it is.
    pub fn open(&self, at: Position, body: Body<'_>, tag: &[u8]) -> bool {
        tag.len() == self.tag_len && self.mode.open(at, body, tag)
    }
}

/// AES in counter mode, then HMAC-SHA1 (RFC 3711, 4.1.1 and 4.2.1).
struct Counter<A> {
    aes: A,
    salt: Zeroizing<[u8; 16]>,
    mac: Hmac<Sha1>,
}

impl<A: BlockCipherEncrypt<BlockSize = U16>> Counter<A> {
    fn new(aes: A, keys: &SessionKeys) -> Self {
        let mut salt = Zeroizing::new([0; 16]);
        salt[..14].copy_from_slice(&keys.salt[..]);
        // HMAC takes keys of any length; one of a whole block needs no Result. RFC 2104, 2: it is padded with zeros.
        let mut block = Zeroizing::new([0; 64]);
        block[..20].copy_from_slice(&keys.authentication[..]);
        Self {
            aes,
            salt,
            mac: Hmac::new((&*block).into()),
        }
    }

    fn code(&self, body: &Body<'_>) -> Tag {
        let mut mac = self.mac.clone();
        mac.update(body.octets);
        mac.update(&body.suffix);
        let mut tag = Tag::default();
        tag.copy_from_slice(&mac.finalize().into_bytes()[..TAG_LEN]);
        tag
    }

    fn apply(&self, at: Position, octets: &mut [u8]) {
        let mut counter = *self.salt;
        at.write(&mut counter[4..14]);
        ctr::CtrCore::<&A, ctr::flavors::Ctr128BE>::inner_iv_init(&self.aes, &counter.into())
            .apply_keystream_partial(octets.into());
    }
}

impl<A: BlockCipherEncrypt<BlockSize = U16> + Send> Mode for Counter<A> {
    fn fetch(&self) {
        ahead::fetch(self);
    }

    fn is_aead(&self) -> bool {
        false
    }

    fn seal(&self, at: Position, body: Body<'_>) -> Option<Tag> {
        if body.encrypted {
            self.apply(at, &mut body.octets[body.header..]);
        }
        Some(self.code(&body))
    }

    fn open(&self, at: Position, body: Body<'_>, tag: &[u8]) -> bool {
        let right = self.code(&body)[..tag.len()].ct_eq(tag).into();
        if right && body.encrypted {
            self.apply(at, &mut body.octets[body.header..]);
        }
        right
    }
}

/// AES-GCM (RFC 7714).
struct Gcm<A> {
    gcm: AesGcm<A, U12>,
    salt: Zeroizing<[u8; 12]>,
    purpose: Purpose,
}

impl<A: BlockCipherEncrypt<BlockSize = U16>> Gcm<A> {
    fn new(aes: A, keys: &SessionKeys, purpose: Purpose) -> Self {
        let mut salt = Zeroizing::new([0; 12]);
        salt.copy_from_slice(&keys.salt[..12]);
        Self {
            gcm: AesGcm::from(aes),
            salt,
            purpose,
        }
    }

    /// RFC 7714, 8.1 and 9.1.
    fn nonce(&self, at: Position) -> [u8; 12] {
        let mut nonce = *self.salt;
        at.write(&mut nonce[2..]);
        nonce
    }

    /// Splits the body into what is only authenticated (RFC 7714, 8.2 and 9.2 and 9.3) and what is encrypted too, and
    /// gives both to `work`.
    fn with_parts<T>(
        &self,
        body: Body<'_>,
        work: impl FnOnce(&[u8], &mut [u8]) -> Option<T>,
    ) -> Option<T> {
        let clear = if body.encrypted {
            body.header
        } else {
            body.octets.len()
        };
        let (clear, secret) = body.octets.split_at_mut(clear);
        if self.purpose == Purpose::Rtp {
            return work(clear, secret);
        }
        let mut room = [0; MAX_CLEAR + SUFFIX_LEN];
        let associated = room.get_mut(..clear.len() + SUFFIX_LEN)?;
        associated[..clear.len()].copy_from_slice(clear);
        associated[clear.len()..].copy_from_slice(&body.suffix);
        work(associated, secret)
    }
}

impl<A: BlockCipherEncrypt<BlockSize = U16> + Send> Mode for Gcm<A> {
    fn fetch(&self) {
        ahead::fetch(self);
    }

    fn is_aead(&self) -> bool {
        true
    }

    fn seal(&self, at: Position, body: Body<'_>) -> Option<Tag> {
        let nonce = self.nonce(at).into();
        self.with_parts(body, |clear, secret| {
            let tag = self
                .gcm
                .encrypt_inout_detached(&nonce, clear, secret.into());
            tag.ok().map(Into::into)
        })
    }

    fn open(&self, at: Position, body: Body<'_>, tag: &[u8]) -> bool {
        let Ok(tag) = Tag::try_from(tag) else {
            return false;
        };
        let nonce = self.nonce(at).into();
        self.with_parts(body, |clear, secret| {
            self.gcm
                .decrypt_inout_detached(&nonce, clear, secret.into(), &tag.into())
                .ok()
        })
        .is_some()
    }
}

impl Position {
    /// Into the ten octets of the nonce that hold the SSRC and the index, over the salt.
    fn write(self, nonce: &mut [u8]) {
        let index = self.index.to_be_bytes();
        let fields = self
            .ssrc
            .to_be_bytes()
            .into_iter()
            .chain(index.into_iter().skip(2));
        for (octet, field) in nonce.iter_mut().zip(fields) {
            *octet ^= field;
        }
    }
}
