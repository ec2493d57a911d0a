//! The vectors of the RFCs, and what holds for every packet.

use proptest::prelude::*;

use super::derive::{derive, Purpose, SessionKeys};
use super::transform::Transform;
use super::*;
use zeroize::Zeroizing;

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
fn keys_are_derived_as_in_rfc_3711_b3() {
    let secret = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
    let master = MasterKey::new(Suite::AesCm128HmacSha1_80, &secret, b"").unwrap();
    let keys = derive(&master, Purpose::Rtp);
    assert_eq!(keys.key[..16], hex("C61E7A93744F39EE10734AFE3FF7A087"));
    assert_eq!(keys.salt[..], hex("30CBBC08863D8C85D49DB34A9AE1"));
    assert_eq!(
        keys.authentication[..],
        hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")
    );
}

#[test]
fn keys_of_256_bits_are_derived_as_in_rfc_6188() {
    let secret = hex(
        "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6 3b04803de51ee7c96423ab5b78d2",
    );
    let master = MasterKey::new(Suite::AesCm256HmacSha1_80, &secret, b"").unwrap();
    let keys = derive(&master, Purpose::Rtp);
    assert_eq!(
        keys.key[..],
        hex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4")
    );
    assert_eq!(keys.salt[..], hex("fa31791685ca444a9e07c6c64e93"));
    assert_eq!(
        keys.authentication[..],
        hex("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05")
    );
}

/// RFC 3711, B.2: the keystream of a session key and salt, seen through packets whose payload is zero. The RFC has no
/// SSRC and an index of 0 there.
#[test]
fn the_counter_mode_makes_the_keystream_of_rfc_3711_b2() {
    let mut keys = session_keys("2B7E151628AED2A6ABF7158809CF4F3C");
    keys.salt
        .copy_from_slice(&hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"));
    let transform = |purpose| Transform::of_session(Suite::AesCm128HmacSha1_80, purpose, &keys);
    let mut protector = Protector::of_transforms(transform(Purpose::Rtp), transform(Purpose::Rtcp));
    let packet = protect(&mut protector, &rtp(0, 0, &[0; 48])).unwrap();
    let keystream = hex(
        "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0",
    );
    assert_eq!(packet[12..60], keystream);
}

fn session_keys(key: &str) -> SessionKeys {
    let mut keys = SessionKeys {
        key: Zeroizing::new([0; 32]),
        salt: Zeroizing::new([0; 14]),
        authentication: Zeroizing::new([0; 20]),
    };
    let key = hex(key);
    keys.key[..key.len()].copy_from_slice(&key);
    keys
}

/// RFC 7714, 16.1 and 16.2.
#[test]
fn gcm_makes_the_packets_of_rfc_7714() {
    let plain = hex(
        "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573",
    );
    let cases = [
        (
            Suite::AeadAes128Gcm,
            "000102030405060708090a0b0c0d0e0f",
            "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
        ),
        (
            Suite::AeadAes256Gcm,
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
        ),
    ];
    for (suite, key, expected) in cases {
        let mut keys = session_keys(key);
        keys.salt[..12].copy_from_slice(&hex("517569642070726f2071756f"));
        let transform = |purpose| Transform::of_session(suite, purpose, &keys);
        let mut protector =
            Protector::of_transforms(transform(Purpose::Rtp), transform(Purpose::Rtcp));
        let packet = protect(&mut protector, &plain).unwrap();
        assert_eq!(packet, hex(expected), "{suite:?}");
        let mut unprotector =
            Unprotector::of_transforms(transform(Purpose::Rtp), transform(Purpose::Rtcp));
        assert_eq!(unprotect(&mut unprotector, &packet), Ok(plain.clone()));
    }
}

/// The whole way from the master key of RFC 3711, B.3; the packets are those that libsrtp tests itself with.
#[test]
fn whole_packets_are_those_that_others_make() {
    let secret = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
    let master = MasterKey::new(Suite::AesCm128HmacSha1_80, &secret, b"").unwrap();
    let mut protector = Protector::new(&master);
    let plain = hex("800f1234 decafbad cafebabe abababababababababababababababab");
    let expected =
        hex("800f1234 decafbad cafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb");
    assert_eq!(protect(&mut protector, &plain), Some(expected.clone()));
    let mut unprotector = Unprotector::new(&master);
    assert_eq!(unprotect(&mut unprotector, &expected), Ok(plain));
    // libsrtp counts SRTCP from 1.
    protector.protect_control(&mut [0x81, 0xc8, 0, 0, 0xca, 0xfe, 0xba, 0xbe].repeat(8), 8);
    let plain = hex("81c8000b cafebabe abababababababababababababababab");
    let expected =
        hex("81c8000b cafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798");
    assert_eq!(protect_control(&mut protector, &plain), expected);
    assert_eq!(unprotect_control(&mut unprotector, &expected), Ok(plain));
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

fn session(local: u8, remote: u8) -> Box<Session> {
    let suite = Suite::AeadAes256Gcm;
    Box::new(Session::new(Keys {
        local: key(suite, local, b""),
        remote: key(suite, remote, b""),
    }))
}

#[test]
fn a_new_key_of_the_peer_leaves_the_old_one_valid_for_a_while() {
    let (mut ours, mut peer) = (session(1, 2), session(2, 1));
    let say = |session: &mut Session, sequence: u16| {
        let mut packet = rtp(sequence, 5, b"audio");
        packet.resize(64, 0);
        let length = session.protect(&mut packet, 17).unwrap();
        packet.truncate(length);
        packet
    };
    let mut first = say(&mut peer, 1);
    let mut late = say(&mut peer, 2);
    let mut later = say(&mut peer, 3);
    let replay = first.clone();
    assert_eq!(ours.unprotect(&mut first, 0), Ok(17));
    let mut renewed = session(1, 3);
    assert!(renewed.follow(ours, 0).is_none());
    let mut new_peer = session(3, 1);
    let mut fresh = say(&mut new_peer, 4);
    assert_eq!(renewed.unprotect(&mut fresh, 1), Ok(17));
    assert_eq!(renewed.unprotect(&mut late, 1), Ok(17));
    assert_eq!(
        renewed.unprotect(&mut replay.clone(), 1),
        Err(Refused::Replayed)
    );
    let over = renewed.unprotect(&mut later, 5_000_000_000);
    assert_eq!(over, Err(Refused::Unauthenticated));
    assert!(session(1, 4).follow(renewed, 0).is_some());
}

#[test]
fn keys_that_stay_go_on_where_they_were() {
    let (mut ours, mut peer) = (session(1, 2), session(2, 1));
    let mut packet = rtp(1, 5, b"audio");
    packet.resize(64, 0);
    let length = peer.protect(&mut packet, 17).unwrap();
    let replay = packet[..length].to_vec();
    assert_eq!(ours.unprotect(&mut packet[..length], 0), Ok(17));
    let mut again = session(1, 2);
    assert!(again.follow(ours, 0).is_some());
    assert_eq!(
        again.unprotect(&mut replay.clone(), 0),
        Err(Refused::Replayed)
    );
    let mut same = session(2, 1);
    assert!(same.follow(peer, 0).is_some());
    let mut packet = rtp(1, 5, b"other");
    packet.resize(64, 0);
    assert_eq!(same.protect(&mut packet, 17), None);
}

#[test]
fn a_source_may_keep_its_rollover_counter_under_a_new_key() {
    let suite = Suite::AesCm128HmacSha1_80;
    let (old, new) = (key(suite, 1, b""), key(suite, 2, b""));
    let mut before = Unprotector::new(&old);
    let mut protector = Protector::new(&old);
    for step in 0..9u16 {
        let packet = protect(&mut protector, &rtp(step.wrapping_mul(30_000), 5, b"x")).unwrap();
        unprotect(&mut before, &packet).unwrap();
    }
    for rollover in [0, 3] {
        let mut after = Unprotector::new(&new);
        after.follow(&before);
        let mut protector = Protector::new(&new);
        protector.jump((rollover << 16) + 44_000);
        for sequence in 44_001..44_004 {
            let packet = protect(&mut protector, &rtp(sequence, 5, b"x")).unwrap();
            assert!(unprotect(&mut after, &packet).is_ok(), "{rollover}");
        }
    }
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
