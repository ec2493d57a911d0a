//! G.722 against the vectors of the ITU-T Software Tool Library, where they are present beside the repository.

use _native::codec::g722::{Decoder, Encoder};
use std::path::Path;

/// The words of one file, or None, said aloud, where the reference data is not installed.
fn words(name: &str) -> Option<Vec<u16>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/testdata/g722")
        .join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        println!("skipped: no reference vectors at ../shared/testdata/g722");
        return None;
    };
    let words = bytes.chunks_exact(2);
    Some(
        words
            .map(|word| u16::from_le_bytes([word[0], word[1]]))
            .collect(),
    )
}

#[test]
fn the_encoder_is_bit_exact() {
    let (Some(samples), Some(codes)) = (words("inpsp.bin"), words("codspw.cod")) else {
        return;
    };
    let samples: Vec<i16> = samples.into_iter().map(|word| word as i16).collect();
    let mut encoded = vec![0; codes.len()];
    let count = Encoder::default().encode(&samples, &mut encoded);
    assert_eq!((count, samples.len()), (codes.len(), 2 * codes.len()));
    let codes: Vec<u8> = codes.into_iter().map(|word| word as u8).collect();
    assert!(
        encoded == codes,
        "{:?}",
        encoded
            .iter()
            .zip(&codes)
            .position(|(ours, theirs)| ours != theirs)
    );
}

#[test]
fn the_decoder_is_bit_exact() {
    let (Some(codes), Some(samples)) = (words("codspw.cod"), words("outsp1.bin")) else {
        return;
    };
    let codes: Vec<u8> = codes.into_iter().map(|word| word as u8).collect();
    let mut decoded = vec![0; 2 * codes.len()];
    assert_eq!(
        Decoder::default().decode(&codes, &mut decoded),
        samples.len()
    );
    let samples: Vec<i16> = samples.into_iter().map(|word| word as i16).collect();
    assert!(
        decoded == samples,
        "{:?}",
        decoded
            .iter()
            .zip(&samples)
            .position(|(ours, theirs)| ours != theirs)
    );
}
