use super::*;
use proptest::prelude::*;

fn word(header: &[u8; HEADER_LEN], at: usize) -> u32 {
    u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
}

#[test]
fn a_stereo_header_has_the_bytes_of_the_format() {
    let expected = b"RIFF\x44\x01\x00\x00WAVEfmt \x10\0\0\0\x01\0\x02\0\x40\x1f\0\0\x00\x7d\0\0\x04\0\x10\0data\x20\x01\0\0";
    assert_eq!(&header(2, 8000, 288), expected);
}

#[test]
fn a_file_that_is_too_long_names_the_most_there_can_be() {
    let header = header(1, 8000, u32::MAX);
    assert_eq!(word(&header, 40), MAX_DATA_BYTES);
    assert_eq!(MAX_DATA_BYTES % 4, 0);
}

proptest! {
    #[test]
    fn samples_come_back_as_they_were_written(samples in prop::collection::vec(any::<i16>(), 0..100)) {
        let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut file = header(1, 8000, data.len() as u32).to_vec();
        file.extend(data);
        prop_assert_eq!(super::samples(&file), Some(samples));
    }

    #[test]
    fn any_octets_are_a_file_or_none(file in prop::collection::vec(any::<u8>(), 0..100)) {
        let found = super::samples(&file);
        prop_assert!(found.is_none_or(|samples| 2 * samples.len() <= file.len()));
    }

    #[test]
    fn lengths_agree(channels in 1u16..=2, rate in 8000u32..=48_000, data_bytes in 0..=MAX_DATA_BYTES) {
        let header = header(channels, rate, data_bytes);
        prop_assert_eq!(word(&header, 40), data_bytes);
        prop_assert_eq!(word(&header, 4), data_bytes + 36);
        prop_assert_eq!(word(&header, 28), rate * 2 * u32::from(channels));
    }
}
