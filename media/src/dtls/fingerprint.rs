//! The fingerprint of a certificate, by which SDP names who may be at the other end (RFC 8122, section 5).

use std::fmt;

use sha2::{Digest, Sha256, Sha384, Sha512};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// RFC 8122, 5: the names of RFC 4055; MD5, SHA-1 and SHA-224 prove too little today.
    const ALL: [(Hash, &'static str); 3] = [
        (Hash::Sha256, "sha-256"),
        (Hash::Sha384, "sha-384"),
        (Hash::Sha512, "sha-512"),
    ];

    fn digest(self, octets: &[u8]) -> Box<[u8]> {
        match self {
            Hash::Sha256 => Sha256::digest(octets)[..].into(),
            Hash::Sha384 => Sha384::digest(octets)[..].into(),
            Hash::Sha512 => Sha512::digest(octets)[..].into(),
        }
    }

    fn len(self) -> usize {
        match self {
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }
}

/// A hash of a certificate in DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    hash: Hash,
    digest: Box<[u8]>,
}

impl Fingerprint {
    /// By SHA-256, as everybody writes it.
    pub fn of(certificate: &[u8]) -> Self {
        Self {
            hash: Hash::Sha256,
            digest: Hash::Sha256.digest(certificate),
        }
    }

    /// As `a=fingerprint` writes it: `sha-256 AB:CD:...`. None for another hash or another length.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, digest) = text.trim().split_once(' ')?;
        let (hash, _) = Hash::ALL
            .into_iter()
            .find(|(_, known)| name.eq_ignore_ascii_case(known))?;
        let octet = |pair: &str| {
            let is_hex = pair.len() == 2 && pair.bytes().all(|one| one.is_ascii_hexdigit());
            is_hex.then(|| u8::from_str_radix(pair, 16).ok())?
        };
        let digest: Box<[u8]> = digest.trim().split(':').map(octet).collect::<Option<_>>()?;
        (digest.len() == hash.len()).then_some(Self { hash, digest })
    }

    /// Whether this certificate, in DER, is the one that is meant.
    pub fn is_of(&self, certificate: &[u8]) -> bool {
        self.hash.digest(certificate) == self.digest
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Hash::ALL.into_iter().find(|(hash, _)| *hash == self.hash);
        to.write_str(name.map_or("", |(_, name)| name))?;
        for (index, octet) in self.digest.iter().enumerate() {
            let before = if index == 0 { ' ' } else { ':' };
            write!(to, "{before}{octet:02X}")?;
        }
        Ok(())
    }
}
