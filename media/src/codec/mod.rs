//! Codecs: one file each, one line in the list here. Samples are 16-bit linear at the codec's sample rate.

pub mod g722;
pub mod opus;
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
    /// G.722 at 64 kbit/s.
    G722,
}

impl Codec {
    /// Every codec, in the order of [`Codec::index`].
    pub const ALL: [Codec; 3] = [Codec::Pcmu, Codec::Pcma, Codec::G722];

    /// The encoding name of SDP (RFC 3551, 6).
    pub const fn name(&self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
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
            Codec::G722 => 2,
        }
    }

    /// The static payload type (RFC 3551, 6).
    pub const fn payload_type(&self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
            Codec::G722 => 9,
        }
    }

    /// In Hz, of the samples. RTP timestamps count 8,000 a second for each of them, G.722 too (RFC 3551, 4.5.2), and
    /// each has one octet for each of these.
    pub const fn sample_rate(&self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma => 8000,
            Codec::G722 => 16_000,
        }
    }

    /// The code of a zero sample; None for a codec with memory, which has no such code.
    pub const fn silence(&self) -> Option<u8> {
        match self {
            Codec::Pcmu => Some(0xFF),
            Codec::Pcma => Some(0xD5),
            Codec::G722 => None,
        }
    }

    /// Encodes as many samples as fit and returns the octets written; a codec with memory begins anew.
    pub fn encode(&self, samples: &[i16], out: &mut [u8]) -> usize {
        match self {
            Codec::Pcmu => transform(samples, out, pcmu::encode),
            Codec::Pcma => transform(samples, out, pcma::encode),
            Codec::G722 => g722::Encoder::default().encode(samples, out),
        }
    }

    /// Decodes as many octets as fit and returns the samples written; a codec with memory begins anew.
    pub fn decode(&self, payload: &[u8], out: &mut [i16]) -> usize {
        match self {
            Codec::Pcmu => transform(payload, out, pcmu::decode),
            Codec::Pcma => transform(payload, out, pcma::decode),
            Codec::G722 => g722::Decoder::default().decode(payload, out),
        }
    }
}

/// Encodes one stream, whatever its codecs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Encoder {
    g722: g722::Encoder,
}

impl Encoder {
    pub fn encode(&mut self, codec: Codec, samples: &[i16], out: &mut [u8]) -> usize {
        match codec {
            Codec::G722 => self.g722.encode(samples, out),
            _ => codec.encode(samples, out),
        }
    }

    /// Fills `out` with silence.
    pub fn silence(&mut self, codec: Codec, out: &mut [u8]) {
        match codec.silence() {
            Some(code) => out.fill(code),
            None => {
                for piece in out.chunks_mut(80) {
                    self.encode(codec, &[0; 160], piece);
                }
            }
        }
    }

    /// What was encoded before is sent in place of ours: the peer's decoder follows that.
    pub fn follow(&mut self, codec: Codec, payload: &[u8]) {
        if codec == Codec::G722 {
            self.g722.follow(payload);
        }
    }
}

/// Decodes one stream, whatever its codecs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decoder {
    g722: g722::Decoder,
}

impl Decoder {
    pub fn decode(&mut self, codec: Codec, payload: &[u8], out: &mut [i16]) -> usize {
        match codec {
            Codec::G722 => self.g722.decode(payload, out),
            _ => codec.decode(payload, out),
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
