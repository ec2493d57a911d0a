//! Audio in memory, encoded once per codec and shared by all who play it.

use crate::codec::Codec;

use super::SAMPLES_A_MS;

pub struct Sound {
    pcmu: Box<[u8]>,
    pcma: Box<[u8]>,
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
        }
    }

    /// One octet a sample, for both codecs.
    pub fn octets(&self, codec: Codec) -> &[u8] {
        match codec {
            Codec::Pcmu => &self.pcmu,
            Codec::Pcma => &self.pcma,
        }
    }

    pub fn samples(&self) -> usize {
        self.pcmu.len()
    }

    pub fn length_ms(&self) -> u64 {
        (self.samples() / SAMPLES_A_MS) as u64
    }
}
