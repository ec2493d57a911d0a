//! Audio in memory, encoded once per codec and shared by all who play it.

use crate::codec::Codec;

use super::SAMPLES_A_MS;
use crate::codec::Encoder;
use crate::dsp::half_band::HalfBand;

pub struct Sound {
    pcmu: Box<[u8]>,
    pcma: Box<[u8]>,
    g722: Box<[u8]>,
}

impl Sound {
    /// Encodes 8 kHz mono samples; call it on a thread that may allocate.
    pub fn new(samples: &[i16]) -> Self {
        let encode = |codec: Codec| {
            let mut octets = vec![0; samples.len()].into_boxed_slice();
            codec.encode(samples, &mut octets);
            octets
        };
        Self {
            pcmu: encode(Codec::Pcmu),
            pcma: encode(Codec::Pcma),
            g722: encode_wide(samples),
        }
    }

    /// One octet a sample of 8 kHz; None for a codec that is encoded for each leg.
    pub fn octets(&self, codec: Codec) -> Option<&[u8]> {
        match codec {
            Codec::Pcmu => Some(&self.pcmu),
            Codec::Pcma => Some(&self.pcma),
            Codec::G722 => Some(&self.g722),
            Codec::Opus | Codec::L16 | Codec::L16Wide | Codec::G729 => None,
        }
    }

    /// Samples of 8 kHz from there on, as many as there are and fit; returns how many.
    pub fn read(&self, from: usize, out: &mut [i16]) -> usize {
        Codec::Pcmu.decode(self.pcmu.get(from..).unwrap_or_default(), out)
    }

    pub fn samples(&self) -> usize {
        self.pcmu.len()
    }

    pub fn length_ms(&self) -> u64 {
        (self.samples() / SAMPLES_A_MS) as u64
    }
}

fn encode_wide(samples: &[i16]) -> Box<[u8]> {
    let (mut filter, mut encoder) = (HalfBand::default(), Encoder::default());
    let mut octets = vec![0; samples.len()].into_boxed_slice();
    let mut wide = [0; 320];
    for (samples, octets) in samples.chunks(160).zip(octets.chunks_mut(160)) {
        let wide = &mut wide[..2 * samples.len()];
        filter.up(samples, wide);
        encoder.encode(Codec::G722, wide, octets);
    }
    octets
}
