//! WAV files with 16-bit linear PCM: the header of those that are written, by the recorder, and the samples of others.

#[cfg(test)]
mod tests;

/// Length of the header; samples begin here.
pub const HEADER_LEN: usize = 44;
/// The most data that the two 32-bit lengths can name, whole stereo samples.
pub const MAX_DATA_BYTES: u32 = u32::MAX - 36 - 3;

/// The header for `data_bytes` of interleaved samples after it, `rate` in Hz. More than [`MAX_DATA_BYTES`] is written
/// as that. To keep a growing file playable, write it anew over the old one.
pub fn header(channels: u16, rate: u32, data_bytes: u32) -> [u8; HEADER_LEN] {
    const BYTES_A_SAMPLE: u16 = 2;
    let data_bytes = data_bytes.min(MAX_DATA_BYTES);
    let frame = channels * BYTES_A_SAMPLE;
    let mut out = [0; HEADER_LEN];
    out[0..4].copy_from_slice(b"RIFF");
    out[4..8].copy_from_slice(&(data_bytes + 36).to_le_bytes());
    out[8..16].copy_from_slice(b"WAVEfmt ");
    out[16..20].copy_from_slice(&16u32.to_le_bytes());
    out[20..22].copy_from_slice(&1u16.to_le_bytes());
    out[22..24].copy_from_slice(&channels.to_le_bytes());
    out[24..28].copy_from_slice(&rate.to_le_bytes());
    out[28..32].copy_from_slice(&(rate * u32::from(frame)).to_le_bytes());
    out[32..34].copy_from_slice(&frame.to_le_bytes());
    out[34..36].copy_from_slice(&(BYTES_A_SAMPLE * 8).to_le_bytes());
    out[36..40].copy_from_slice(b"data");
    out[40..44].copy_from_slice(&data_bytes.to_le_bytes());
    out
}

/// The samples of a whole file; None for what is none, and anything for a file of another format.
pub fn samples(file: &[u8]) -> Option<Vec<i16>> {
    let mut chunks = file.get(12..)?;
    loop {
        let (head, rest) = chunks.split_first_chunk::<8>()?;
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if head.starts_with(b"data") {
            let pairs = rest[..length.min(rest.len())].chunks_exact(2);
            return Some(
                pairs
                    .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
                    .collect(),
            );
        }
        chunks = rest.get(length.next_multiple_of(2)..)?;
    }
}
