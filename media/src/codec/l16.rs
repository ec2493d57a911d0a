//! L16 (RFC 3551, 4.5.11): linear samples, the higher octet first.

/// Encodes as many samples as fit and returns the octets written.
pub fn encode(samples: &[i16], out: &mut [u8]) -> usize {
    let pairs = out.chunks_exact_mut(2).zip(samples);
    pairs
        .map(|(pair, sample)| pair.copy_from_slice(&sample.to_be_bytes()))
        .count()
        * 2
}

/// Decodes as many whole samples as fit and returns how many.
pub fn decode(payload: &[u8], out: &mut [i16]) -> usize {
    let pairs = payload.chunks_exact(2).zip(out);
    pairs
        .map(|(pair, sample)| *sample = i16::from_be_bytes([pair[0], pair[1]]))
        .count()
}
