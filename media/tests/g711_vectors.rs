//! G.711 against the vectors of the ITU-T Software Tool Library, where they are present beside the repository.

use _native::codec::Codec;
use std::path::Path;

/// The words of one file, or None, said aloud, where the reference data is not installed.
fn words(name: &str) -> Option<Vec<u16>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/testdata/g711")
        .join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        println!("skipped: no reference vectors at ../shared/testdata/g711");
        return None;
    };
    let words = bytes.chunks_exact(2);
    Some(
        words
            .map(|word| u16::from_le_bytes([word[0], word[1]]))
            .collect(),
    )
}

fn check_encoder(codec: Codec, codes: &str) {
    let (Some(samples), Some(codes)) = (words("sweep.src"), words(codes)) else {
        return;
    };
    assert_eq!(samples.len(), 65_536);
    let samples: Vec<i16> = samples.into_iter().map(|word| word as i16).collect();
    let mut encoded = vec![0; samples.len()];
    assert_eq!(codec.encode(&samples, &mut encoded), samples.len());
    let encoded: Vec<u16> = encoded.into_iter().map(u16::from).collect();
    let wrong = encoded
        .iter()
        .zip(&codes)
        .filter(|(ours, theirs)| ours != theirs);
    assert_eq!(wrong.count(), 0);
}

fn check_decoder(codec: Codec, codes: &str, decoded: &str) {
    let (Some(codes), Some(samples)) = (words(codes), words(decoded)) else {
        return;
    };
    assert_eq!(codes.len(), 65_536);
    let codes: Vec<u8> = codes.into_iter().map(|word| word as u8).collect();
    let mut ours = vec![0; codes.len()];
    assert_eq!(codec.decode(&codes, &mut ours), codes.len());
    let theirs: Vec<i16> = samples.into_iter().map(|word| word as i16).collect();
    assert_eq!(ours, theirs);
}

#[test]
fn a_law_encoder_is_bit_exact() {
    check_encoder(Codec::Pcma, "sweep-r.a");
}

#[test]
fn mu_law_encoder_is_bit_exact() {
    check_encoder(Codec::Pcmu, "sweep-r.u");
}

#[test]
fn a_law_decoder_is_bit_exact() {
    check_decoder(Codec::Pcma, "sweep-r.a", "sweep-r.rea");
}

#[test]
fn mu_law_decoder_is_bit_exact() {
    check_decoder(Codec::Pcmu, "sweep-r.u", "sweep-r.reu");
}
