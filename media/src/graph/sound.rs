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

    /// One octet a sample of 8 kHz, for each codec.
    pub fn octets(&self, codec: Codec) -> &[u8] {
        match codec {
            Codec::Pcmu => &self.pcmu,
            Codec::Pcma => &self.pcma,
            Codec::G722 => &self.g722,
        }
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
