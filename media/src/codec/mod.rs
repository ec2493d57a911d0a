//! Codecs: one file each, one line in the list here. Samples are 16-bit linear at the codec's clock rate.

pub mod g722;
mod pcma;
mod pcmu;
#[cfg(test)]
mod tests;

/// A codec that a leg can send and receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

impl Codec {
    /// Every codec, in the order of [`Codec::index`].
    pub const ALL: [Codec; 2] = [Codec::Pcmu, Codec::Pcma];

    /// The encoding name of SDP (RFC 3551, 6).
    pub const fn name(&self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// The codec with this encoding name, in any case (RFC 4855, 3).
    pub fn from_name(name: &str) -> Option<Codec> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// A small number for tables by codec, below `ALL.len()`.
    pub const fn index(&self) -> usize {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 1,
        }
    }

    /// The static payload type (RFC 3551, 6).
    pub const fn payload_type(&self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// In Hz, of samples and RTP timestamps alike.
    pub const fn clock_rate(&self) -> u32 {
        8000
    }

    /// Octets of payload for `samples`.
    pub const fn octets(&self, samples: usize) -> usize {
        samples
    }

    /// The code of a zero sample, to fill a silent payload with.
    pub const fn silence(&self) -> u8 {
        match self {
            Codec::Pcmu => 0xFF,
            Codec::Pcma => 0xD5,
        }
    }

    /// Encodes as many samples as fit and returns the octets written.
    pub fn encode(&self, samples: &[i16], out: &mut [u8]) -> usize {
        match self {
            Codec::Pcmu => transform(samples, out, pcmu::encode),
            Codec::Pcma => transform(samples, out, pcma::encode),
        }
    }

    /// Decodes as many octets as fit and returns the samples written.
    pub fn decode(&self, payload: &[u8], out: &mut [i16]) -> usize {
        match self {
            Codec::Pcmu => transform(payload, out, pcmu::decode),
            Codec::Pcma => transform(payload, out, pcma::decode),
        }
    }
}

#[inline]
fn transform<A: Copy, B>(from: &[A], to: &mut [B], each: impl Fn(A) -> B) -> usize {
    let count = from.len().min(to.len());
    for (target, value) in to[..count].iter_mut().zip(&from[..count]) {
        *target = each(*value);
    }
    count
}
