//! Codecs: one file each, one line in the lists here. Samples are 16-bit linear at the codec's sample rate.

pub mod g722;
pub mod g729;
mod l16;
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
    /// Opus (RFC 7587), at 16 kHz here whatever the peer's packets hold.
    Opus,
    /// The same at 8 and at 48 kHz.
    OpusNarrow,
    OpusFull,
    /// Linear samples (RFC 3551, 4.5.11), at 8 and at 16 kHz.
    L16,
    L16Wide,
    /// Where its library is installed.
    G729,
}

impl Codec {
    /// Every codec, in the order of [`Codec::index`].
    pub const ALL: [Codec; 9] = [
        Codec::Pcmu,
        Codec::Pcma,
        Codec::G722,
        Codec::Opus,
        Codec::OpusNarrow,
        Codec::OpusFull,
        Codec::L16,
        Codec::L16Wide,
        Codec::G729,
    ];

    pub const fn is_opus(&self) -> bool {
        matches!(self, Codec::Opus | Codec::OpusNarrow | Codec::OpusFull)
    }

    /// Whether coding a packet takes many times what all else of it takes.
    pub const fn is_costly(&self) -> bool {
        self.is_opus() || matches!(self, Codec::G729)
    }

    /// Whether a packet of one is one of the other: what we take Opus for is another codec at each rate, and no packet's.
    pub const fn is_like(&self, other: Codec) -> bool {
        *self as usize == other as usize || self.is_opus() && other.is_opus()
    }

    /// Opus for a peer that shall hear and be heard at this rate, in Hz. Packets longer than 20 ms have 16 kHz at most, so
    /// that no leg needs room for more.
    pub const fn opus_at(sample_rate: u32, packet_time_ms: u32) -> Codec {
        match sample_rate {
            0..=8000 => Codec::OpusNarrow,
            16_001.. if packet_time_ms <= 20 => Codec::OpusFull,
            _ => Codec::Opus,
        }
    }

    /// The encoding name of SDP (RFC 3551, 6), with the clock rate where one name has several.
    pub const fn name(&self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
            Codec::Opus | Codec::OpusNarrow | Codec::OpusFull => "opus",
            Codec::L16 => "L16/8000",
            Codec::L16Wide => "L16/16000",
            Codec::G729 => "G729",
        }
    }

    /// The codec with this name, in any case (RFC 4855, 3).
    pub fn from_name(name: &str) -> Option<Codec> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// A small number for tables by codec, below `ALL.len()`.
    pub const fn index(&self) -> usize {
        *self as usize
    }

    /// The static payload type (RFC 3551, 6).
    pub const fn payload_type(&self) -> Option<u8> {
        match self {
            Codec::Pcmu => Some(0),
            Codec::Pcma => Some(8),
            Codec::G722 => Some(9),
            Codec::G729 => Some(18),
            _ => None,
        }
    }

    /// In Hz, of the RTP timestamps: 8,000 for G.722 too (RFC 3551, 4.5.2), and 48,000 for any Opus (RFC 7587, 4.1).
    pub const fn clock_rate(&self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 | Codec::L16 | Codec::G729 => 8000,
            Codec::L16Wide => 16_000,
            Codec::Opus | Codec::OpusNarrow | Codec::OpusFull => 48_000,
        }
    }

    /// In Hz, of the samples that are encoded: a leg that sends this codec hears and is heard at this rate.
    pub const fn sample_rate(&self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::L16 | Codec::OpusNarrow | Codec::G729 => 8000,
            Codec::G722 | Codec::Opus | Codec::L16Wide => 16_000,
            Codec::OpusFull => 48_000,
        }
    }

    /// The octets of a millisecond; None where each packet has its own number, or an encoder of each leg's own.
    pub const fn octets_a_ms(&self) -> Option<usize> {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => Some(8),
            Codec::L16 => Some(16),
            Codec::L16Wide => Some(32),
            Codec::Opus | Codec::OpusNarrow | Codec::OpusFull | Codec::G729 => None,
        }
    }

    /// Whether packets may hold so much. Opus has frames of these lengths (RFC 6716, 2.1.4); more of L16 would not fit
    /// into the packets of most networks.
    pub const fn allows(&self, packet_time_ms: u32) -> bool {
        match self {
            Codec::Opus | Codec::OpusNarrow => matches!(packet_time_ms, 10 | 20 | 40 | 60),
            Codec::OpusFull => matches!(packet_time_ms, 10 | 20),
            Codec::L16Wide => matches!(packet_time_ms, 10 | 20 | 30 | 40),
            _ => matches!(packet_time_ms, 10 | 20 | 30 | 40 | 50 | 60),
        }
    }

    /// The octet of a zero sample; None for a codec with memory, which has no such octet.
    pub const fn silence(&self) -> Option<u8> {
        match self {
            Codec::Pcmu => Some(0xFF),
            Codec::Pcma => Some(0xD5),
            Codec::L16 | Codec::L16Wide => Some(0),
            Codec::G722 | Codec::Opus | Codec::OpusNarrow | Codec::OpusFull | Codec::G729 => None,
        }
    }

    /// Encodes as many samples as fit and returns the octets written; G.722 begins anew. Opus and G.729 need an [`Encoder`].
    pub fn encode(&self, samples: &[i16], out: &mut [u8]) -> usize {
        match self {
            Codec::Pcmu => transform(samples, out, pcmu::encode),
            Codec::Pcma => transform(samples, out, pcma::encode),
            Codec::G722 => g722::Encoder::default().encode(samples, out),
            Codec::L16 | Codec::L16Wide => l16::encode(samples, out),
            Codec::Opus | Codec::OpusNarrow | Codec::OpusFull | Codec::G729 => 0,
        }
    }

    /// Decodes as many octets as fit and returns the samples written; G.722 begins anew. Opus and G.729 need their own decoders.
    pub fn decode(&self, payload: &[u8], out: &mut [i16]) -> usize {
        match self {
            Codec::Pcmu => transform(payload, out, pcmu::decode),
            Codec::Pcma => transform(payload, out, pcma::decode),
            Codec::G722 => g722::Decoder::default().decode(payload, out),
            Codec::L16 | Codec::L16Wide => l16::decode(payload, out),
            Codec::Opus | Codec::OpusNarrow | Codec::OpusFull | Codec::G729 => 0,
        }
    }

    /// Whether comfort noise may stand for its silence: G.729 has a kind of its own, and Opus another clock.
    pub const fn rests(&self) -> bool {
        !self.in_turn() && self.clock_rate() == 8000
    }

    /// Whether its packets wait for their turn at a decoder that goes one way, made beforehand as its encoder is.
    pub const fn in_turn(&self) -> bool {
        self.is_opus() || matches!(self, Codec::G729)
    }
}

/// Of the codecs that need memory of their own, those that a leg has it for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// The sample rate, of an encoder the one that it was made for.
    pub opus: Option<u32>,
    pub g729: bool,
}

impl Prepared {
    pub fn and_for(mut self, codec: Codec) -> Self {
        if codec.is_opus() {
            self.opus = Some(codec.sample_rate());
        }
        self.g729 |= codec == Codec::G729;
        self
    }
}

/// Encodes one stream, whatever its codecs.
#[derive(Debug, Default)]
pub struct Encoder {
    g722: g722::Encoder,
    /// Made where memory may be taken, for a stream that has Opus.
    pub opus: Option<Box<opus::Encoder>>,
    /// Likewise.
    pub g729: Option<Box<g729::Encoder>>,
}

impl Encoder {
    pub fn encode(&mut self, codec: Codec, samples: &[i16], out: &mut [u8]) -> usize {
        match codec {
            Codec::G722 => self.g722.encode(samples, out),
            Codec::G729 => self.g729.as_mut().map_or(0, |one| one.encode(samples, out)),
            _ if codec.is_opus() => self.opus.as_mut().map_or(0, |one| one.encode(samples, out)),
            _ => codec.encode(samples, out),
        }
    }

    /// Writes so much silence, at most 60 ms, and returns its octets.
    pub fn silence(&mut self, codec: Codec, milliseconds: u32, out: &mut [u8]) -> usize {
        const LONGEST: usize = 60 * 16;
        if let Some(each) = codec.octets_a_ms() {
            let octets = out.len().min(each * milliseconds as usize);
            self.fill(codec, &mut out[..octets]);
            return octets;
        }
        let samples = (milliseconds * (codec.sample_rate() / 1000)) as usize;
        self.encode(codec, &[0; LONGEST][..samples.min(LONGEST)], out)
    }

    /// Fills `out` with silence, of a codec whose octets have one length each.
    pub fn fill(&mut self, codec: Codec, out: &mut [u8]) {
        match codec.silence() {
            Some(octet) => out.fill(octet),
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

    /// How far behind its first sample the payload that was encoded last begins, in units of the codec's clock.
    pub fn left_out(&self, codec: Codec) -> u32 {
        let g729 = self.g729.as_ref().filter(|_| codec == Codec::G729);
        // At most 60 ms.
        g729.map_or(0, |one| one.left_out() as u32)
    }

    /// Where G.722 stands, to go back there when what was encoded is not sent. An Opus decoder takes no harm from a
    /// packet that it misses.
    pub fn place(&self) -> g722::Encoder {
        self.g722
    }

    pub fn go_to(&mut self, place: g722::Encoder) {
        self.g722 = place;
    }
}

/// Decodes one stream, whatever its codecs.
#[derive(Clone, Debug, Default)]
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
