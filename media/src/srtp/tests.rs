//! What holds for every suite and every packet.

mod keys;
mod vectors;

use proptest::prelude::*;

use super::derive::Purpose;
use super::transform::Transform;
use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn key(suite: Suite, seed: u8, identifier: &[u8]) -> MasterKey {
    let secret: Vec<u8> = (0..suite.key_len() + suite.salt_len())
        .map(|i| (i as u8).wrapping_mul(7).wrapping_add(seed))
        .collect();
    MasterKey::new(suite, &secret, identifier).unwrap()
}

fn pair(suite: Suite) -> (Protector, Unprotector) {
    let key = key(suite, 1, b"");
    (Protector::new(&key), Unprotector::new(&key))
}

fn rtp(sequence: u16, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend(7u32.to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend(payload);
    packet
}

fn rtcp(ssrc: u32) -> Vec<u8> {
    let mut packet = hex("81c8000b");
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0xab; 40]);
    packet
}

fn protect(protector: &mut Protector, packet: &[u8]) -> Option<Vec<u8>> {
    let mut room = packet.to_vec();
    room.resize(packet.len() + MAX_OVERHEAD + 8, 0);
    let length = protector.protect(&mut room, packet.len())?;
    room.truncate(length);
    Some(room)
}

fn protect_control(protector: &mut Protector, packet: &[u8]) -> Vec<u8> {
    let mut room = packet.to_vec();
    room.resize(packet.len() + MAX_OVERHEAD + 8, 0);
    let length = protector.protect_control(&mut room, packet.len()).unwrap();
    room.truncate(length);
    room
}

fn unprotect(unprotector: &mut Unprotector, packet: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut room = packet.to_vec();
    let length = unprotector.unprotect(&mut room)?;
    room.truncate(length);
    Ok(room)
}

fn unprotect_control(unprotector: &mut Unprotector, packet: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut room = packet.to_vec();
    let length = unprotector.unprotect_control(&mut room)?;
    room.truncate(length);
    Ok(room)
}

#[test]
fn every_suite_has_the_lengths_of_its_rfc() {
    let lengths = [(10, 14), (4, 14), (10, 14), (4, 14), (16, 20), (16, 20)];
    for (suite, (rtp_more, rtcp_more)) in Suite::ALL.into_iter().zip(lengths) {
        let (mut protector, _) = pair(suite);
        let packet = protect(&mut protector, &rtp(1, 2, &[0; 160])).unwrap();
        assert_eq!(packet.len(), 172 + rtp_more, "{suite:?}");
        let packet = protect_control(&mut protector, &rtcp(2));
        assert_eq!(packet.len(), 48 + rtcp_more, "{suite:?}");
        assert_eq!(Suite::from_name(suite.name()), Some(suite));
    }
}

#[test]
fn a_key_of_another_length_is_refused() {
    for suite in Suite::ALL {
        let fits = suite.key_len() + suite.salt_len();
        for length in [0, fits - 1, fits + 1] {
            assert!(MasterKey::new(suite, &vec![0; length], b"").is_err());
        }
        assert!(MasterKey::new(suite, &vec![0; fits], &[0; 129]).is_err());
    }
}

#[test]
fn a_rolled_over_sequence_number_is_followed_on_both_sides() {
    for suite in Suite::ALL {
        let (mut protector, mut unprotector) = pair(suite);
        for step in 0..10_000u32 {
            let plain = rtp((step * 30) as u16, 5, b"audio");
            let packet = protect(&mut protector, &plain).unwrap();
            if step % 11 == 0 {
                assert_eq!(unprotect(&mut unprotector, &packet), Ok(plain));
            }
        }
    }
}

#[test]
fn no_sequence_number_is_protected_twice() {
    let (mut protector, _) = pair(Suite::AeadAes128Gcm);
    assert!(protect(&mut protector, &rtp(10, 5, b"one")).is_some());
    assert_eq!(protect(&mut protector, &rtp(10, 5, b"two")), None);
    assert_eq!(protect(&mut protector, &rtp(9, 5, b"two")), None);
    assert_eq!(protect(&mut protector, &rtp(11, 6, b"of another")), None);
    assert!(protect(&mut protector, &rtp(11, 5, b"two")).is_some());
}

#[test]
fn a_key_that_is_used_up_protects_nothing_more() {
    let (mut protector, _) = pair(Suite::AesCm128HmacSha1_80);
    protector.jump((1 << 48) - 2);
    assert!(protect(&mut protector, &rtp(0xFFFF, 5, b"last")).is_some());
    assert_eq!(protect(&mut protector, &rtp(0, 5, b"over")), None);
}

#[test]
fn reordering_within_the_window_is_accepted_and_beyond_it_refused() {
    for suite in Suite::ALL {
        let (mut protector, mut unprotector) = pair(suite);
        let packets: Vec<_> = (0..300u32)
            .map(|i| protect(&mut protector, &rtp((65_400 + i) as u16, 5, b"x")).unwrap())
            .collect();
        assert!(unprotect(&mut unprotector, &packets[0]).is_ok());
        assert!(unprotect(&mut unprotector, &packets[299]).is_ok());
        for packet in packets[172..299].iter().rev() {
            assert!(unprotect(&mut unprotector, packet).is_ok(), "{suite:?}");
        }
        assert_eq!(
            unprotect(&mut unprotector, &packets[171]),
            Err(Refused::Replayed)
        );
        assert_eq!(
            unprotect(&mut unprotector, &packets[200]),
            Err(Refused::Replayed)
        );
    }
}

#[test]
fn control_packets_are_not_taken_twice_and_each_source_has_its_own_window() {
    for suite in Suite::ALL {
        let (mut protector, mut unprotector) = pair(suite);
        let packets: Vec<_> = (0..3)
            .map(|_| protect_control(&mut protector, &rtcp(9)))
            .collect();
        assert_eq!(
            unprotect_control(&mut unprotector, &packets[2]),
            Ok(rtcp(9))
        );
        assert_eq!(
            unprotect_control(&mut unprotector, &packets[0]),
            Ok(rtcp(9))
        );
        for replayed in [0, 2] {
            let result = unprotect_control(&mut unprotector, &packets[replayed]);
            assert_eq!(result, Err(Refused::Replayed));
        }
        let mut other = Protector::new(&key(suite, 1, b""));
        let packet = protect_control(&mut other, &rtcp(10));
        assert_eq!(unprotect_control(&mut unprotector, &packet), Ok(rtcp(10)));
    }
}

#[test]
fn an_unencrypted_control_packet_is_authenticated_all_the_same() {
    for suite in Suite::ALL {
        let master = key(suite, 1, b"");
        let transform = Transform::new(&master, Purpose::Rtcp);
        let plain = rtcp(9);
        let body = super::transform::Body {
            octets: &mut plain.clone(),
            header: 8,
            suffix: 3u32.to_be_bytes(),
            encrypted: false,
        };
        let at = super::transform::Position { ssrc: 9, index: 3 };
        let tag = transform.seal(at, body).unwrap();
        let (tag, suffix) = (&tag[..suite.control_tag_len()], &3u32.to_be_bytes()[..]);
        let tail = if suite.is_aead() {
            [tag, suffix].concat()
        } else {
            [suffix, tag].concat()
        };
        let packet = [&plain[..], &tail].concat();
        let mut unprotector = Unprotector::new(&master);
        let mut broken = packet.clone();
        broken[20] ^= 1;
        let refused = unprotect_control(&mut unprotector, &broken);
        assert_eq!(refused, Err(Refused::Unauthenticated));
        assert_eq!(unprotect_control(&mut unprotector, &packet), Ok(plain));
    }
}

#[test]
fn the_agreed_identifier_must_be_on_every_packet() {
    for suite in Suite::ALL {
        let master = key(suite, 1, b"\x00\x01");
        let mut protector = Protector::new(&master);
        let mut unprotector = Unprotector::new(&master);
        let plain = rtp(1, 5, &[3; 160]);
        let packet = protect(&mut protector, &plain).unwrap();
        assert_eq!(packet.len(), plain.len() + 2 + suite.tag_len());
        let mut other = Unprotector::new(&key(suite, 1, b"\x00\x02"));
        assert_eq!(
            unprotect(&mut other, &packet),
            Err(Refused::Unauthenticated)
        );
        assert_eq!(unprotect(&mut unprotector, &packet), Ok(plain));
        let packet = protect_control(&mut protector, &rtcp(5));
        assert_eq!(unprotect_control(&mut unprotector, &packet), Ok(rtcp(5)));
    }
}

#[test]
fn the_sources_of_one_key_are_bounded_and_none_is_forgotten() {
    let master = key(Suite::AesCm128HmacSha1_80, 1, b"");
    let mut unprotector = Unprotector::new(&master);
    let packets: Vec<_> = (0..40)
        .map(|ssrc| protect(&mut Protector::new(&master), &rtp(1, ssrc, b"x")).unwrap())
        .collect();
    let results: Vec<_> = packets
        .iter()
        .map(|packet| unprotect(&mut unprotector, packet).is_ok())
        .collect();
    assert_eq!(results.iter().filter(|taken| **taken).count(), 32);
    assert_eq!(
        unprotect(&mut unprotector, &packets[39]),
        Err(Refused::TooManySources)
    );
    assert_eq!(
        unprotect(&mut unprotector, &packets[0]),
        Err(Refused::Replayed)
    );
}

fn suites() -> impl Strategy<Value = Suite> {
    prop::sample::select(Suite::ALL.to_vec())
}

proptest! {
    #[test]
    fn what_was_protected_comes_back(
        suite in suites(),
        sequence: u16,
        ssrc: u32,
        contributing in 0u8..16,
        extension in prop::option::of(0u16..8),
        payload in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut plain = rtp(sequence, ssrc, &[]);
        plain[0] |= contributing;
        plain.extend(vec![9; usize::from(contributing) * 4]);
        if let Some(words) = extension {
            plain[0] |= 0x10;
            plain.extend([0xBE, 0xDE, 0, words as u8]);
            plain.extend(vec![8; usize::from(words) * 4]);
        }
        plain.extend(payload);
        let (mut protector, mut unprotector) = pair(suite);
        let packet = protect(&mut protector, &plain).unwrap();
        prop_assert_eq!(unprotect(&mut unprotector, &packet), Ok(plain));
        prop_assert_eq!(unprotect(&mut unprotector, &packet), Err(Refused::Replayed));
    }

    #[test]
    fn a_flipped_bit_anywhere_is_refused_and_leaves_no_trace(suite in suites(), bit in 0usize..(172 + 16) * 8) {
        let (mut protector, mut unprotector) = pair(suite);
        let first = protect(&mut protector, &rtp(1, 5, &[1; 160])).unwrap();
        unprotect(&mut unprotector, &first).unwrap();
        let good = protect(&mut protector, &rtp(2, 5, &[2; 160])).unwrap();
        let bit = bit % (good.len() * 8);
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let (before, bits) = (unprotector.memory(), bad.clone());
        let refused = unprotector.unprotect(&mut bad);
        prop_assert!(matches!(refused, Err(Refused::Unauthenticated | Refused::Malformed)));
        prop_assert_eq!(bad, bits);
        prop_assert_eq!(before, unprotector.memory());
        prop_assert!(unprotect(&mut unprotector, &good).is_ok());
    }

    #[test]
    fn a_flipped_bit_in_a_control_packet_is_refused(suite in suites(), bit in 0usize..(48 + 20) * 8) {
        let (mut protector, mut unprotector) = pair(suite);
        let good = protect_control(&mut protector, &rtcp(5));
        let bit = bit % (good.len() * 8);
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let before = unprotector.memory();
        prop_assert!(unprotect_control(&mut unprotector, &bad).is_err());
        prop_assert_eq!(before, unprotector.memory());
        prop_assert!(unprotect_control(&mut unprotector, &good).is_ok());
    }

    #[test]
    fn garbage_never_changes_state(suite in suites(), identifier in prop::collection::vec(any::<u8>(), 0..5), packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..8)) {
        let mut unprotector = Unprotector::new(&key(suite, 1, &identifier));
        let before = unprotector.memory();
        for packet in packets {
            let mut versioned = packet.clone();
            if let Some(first) = versioned.first_mut() {
                *first = 0x80 | *first & 0x3F;
            }
            for mut one in [packet, versioned] {
                prop_assert!(unprotector.unprotect(&mut one).is_err());
                prop_assert!(unprotector.unprotect_control(&mut one).is_err());
            }
        }
        prop_assert_eq!(before, unprotector.memory());
    }
}
