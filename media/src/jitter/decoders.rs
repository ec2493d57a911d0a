//! The decoders that go one way: what was lost before a packet is made up, or recovered from it, first.

use crate::codec::{g729, opus, Codec, Prepared};
use crate::dsp::comfort_noise::NoiseLevel;

/// What one stream's packets are decoded with. All memory is taken by `new`.
#[derive(Debug)]
pub(super) struct Decoders {
    rate: u32,
    opus: Option<opus::Decoder>,
    g729: Option<g729::Decoder>,
    /// Hears descriptions of silence alone, and before their turn.
    silence: Option<g729::Decoder>,
    /// Of the newest packet that was decoded.
    codec: Codec,
}

impl Decoders {
    pub(super) fn new(rate: u32, what: Prepared) -> Self {
        let g729 = || what.g729.then(|| g729::Decoder::new(rate)).flatten();
        Self {
            rate,
            opus: what.opus.map(|_| opus::Decoder::new(rate, 1)),
            g729: g729(),
            silence: g729(),
            codec: match what.opus {
                Some(_) => Codec::Opus,
                None => Codec::G729,
            },
        }
    }

    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// Another stream begins.
    pub(super) fn reset(&mut self) {
        if let Some(opus) = &mut self.opus {
            opus.reset();
        }
    }

    /// The samples of a packet; None for what is no packet of a codec that is known.
    pub(super) fn duration(&self, codec: Codec, packet: &[u8]) -> Option<usize> {
        match codec {
            Codec::G729 => self.g729.as_ref()?.duration(packet),
            _ => opus::duration(packet, self.opus.as_ref()?.rate()),
        }
    }

    pub(super) fn decode(&mut self, codec: Codec, packet: &[u8], out: &mut [i16]) -> usize {
        self.codec = codec;
        match (codec, &mut self.opus, &mut self.g729) {
            (Codec::G729, _, Some(g729)) => g729.decode(packet, out),
            (_, Some(opus), _) if codec.is_opus() => opus.decode(packet, out),
            _ => 0,
        }
    }

    /// Whether a packet of Opus holds a copy of the frame before it.
    pub(super) fn has_copy(codec: Codec, packet: &[u8]) -> bool {
        codec.is_opus() && opus::has_copy(packet)
    }

    /// What was lost just before `next`, from the copy in it; without one, as `conceal` does.
    pub(super) fn recover(&mut self, codec: Codec, next: &[u8], out: &mut [i16]) -> usize {
        match (codec, &mut self.opus) {
            (_, Some(opus)) if codec.is_opus() => opus.recover(next, out),
            _ => self.conceal(out),
        }
    }

    /// Goes on after what was decoded last.
    pub(super) fn conceal(&mut self, out: &mut [i16]) -> usize {
        match (self.codec, &mut self.opus, &mut self.g729) {
            (Codec::G729, _, Some(g729)) => g729.conceal(out),
            (codec, Some(opus), _) if codec.is_opus() => opus.conceal(out),
            _ => 0,
        }
    }

    /// What `conceal` makes at least, in samples.
    pub(super) fn grain(&self) -> usize {
        match self.codec {
            Codec::G729 => self.rate as usize / 100,
            _ => self.rate as usize / 400,
        }
    }

    /// How loud the silence is that G.729 describes there.
    pub(super) fn level(&mut self, description: &[u8]) -> Option<NoiseLevel> {
        self.silence.as_mut().map(|one| one.level(description))
    }
}
