//! The suites by the names of RFC 4568 and its successors, and the keys that they take.

use ctutils::CtEq;
use zeroize::Zeroizing;

/// What encrypts and what authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    AesCm128HmacSha1_80,
    AesCm128HmacSha1_32,
    AesCm256HmacSha1_80,
    AesCm256HmacSha1_32,
    AeadAes128Gcm,
    AeadAes256Gcm,
}

impl Suite {
    pub const ALL: [Suite; 6] = [
        Suite::AesCm128HmacSha1_80,
        Suite::AesCm128HmacSha1_32,
        Suite::AesCm256HmacSha1_80,
        Suite::AesCm256HmacSha1_32,
        Suite::AeadAes128Gcm,
        Suite::AeadAes256Gcm,
    ];

    /// As `a=crypto` writes it (RFC 4568, 6.2; RFC 6188, 4; RFC 7714, 14.2).
    pub const fn name(self) -> &'static str {
        match self {
            Suite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Suite::AesCm256HmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Suite::AesCm256HmacSha1_32 => "AES_256_CM_HMAC_SHA1_32",
            Suite::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Suite::AeadAes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == name)
    }

    pub const fn key_len(self) -> usize {
        match self {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 | Suite::AeadAes128Gcm => 16,
            Suite::AesCm256HmacSha1_80 | Suite::AesCm256HmacSha1_32 | Suite::AeadAes256Gcm => 32,
        }
    }

    pub const fn salt_len(self) -> usize {
        if self.is_aead() {
            12
        } else {
            14
        }
    }

    pub const fn is_aead(self) -> bool {
        matches!(self, Suite::AeadAes128Gcm | Suite::AeadAes256Gcm)
    }

    /// Octets of the tag on an RTP packet.
    pub const fn tag_len(self) -> usize {
        match self {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm256HmacSha1_80 => 10,
            Suite::AesCm128HmacSha1_32 | Suite::AesCm256HmacSha1_32 => 4,
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 16,
        }
    }

    /// Octets of the tag on an RTCP packet: never the short one (RFC 4568, 6.2.2; RFC 6188, 3.2).
    pub const fn control_tag_len(self) -> usize {
        if self.is_aead() {
            16
        } else {
            10
        }
    }
}

/// The key does not fit the suite, or the identifier is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadKey;

/// The secret of one direction: key and salt in one, as `inline:` holds them, and what names it in packets if anything
/// does. It never shows itself in any text and is overwritten when dropped.
pub struct MasterKey {
    suite: Suite,
    secret: Zeroizing<Vec<u8>>,
    identifier: Box<[u8]>,
}

impl MasterKey {
    /// RFC 4568, 6.1: an MKI has at most 128 octets.
    const MAX_IDENTIFIER: usize = 128;

    /// `secret` is the key with the salt behind it; `identifier` the MKI that every packet carries, empty for none.
    pub fn new(suite: Suite, secret: &[u8], identifier: &[u8]) -> Result<Self, BadKey> {
        let fits = secret.len() == suite.key_len() + suite.salt_len();
        if !fits || identifier.len() > Self::MAX_IDENTIFIER {
            return Err(BadKey);
        }
        Ok(Self {
            suite,
            secret: Zeroizing::new(secret.to_vec()),
            identifier: identifier.into(),
        })
    }

    pub fn suite(&self) -> Suite {
        self.suite
    }

    pub(super) fn identifier(&self) -> &[u8] {
        &self.identifier
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.secret[..self.suite.key_len()]
    }

    pub(super) fn salt(&self) -> &[u8] {
        &self.secret[self.suite.key_len()..]
    }

    /// Whether both would make the same packets out of the same packets.
    pub fn is_same(&self, other: &Self) -> bool {
        self.suite == other.suite
            && self.secret[..].ct_eq(&other.secret[..]).into()
            && self.identifier == other.identifier
    }
}
