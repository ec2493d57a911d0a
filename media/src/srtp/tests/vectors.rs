//! The vectors of RFC 3711, RFC 6188 and RFC 7714, and packets that other implementations make.

use zeroize::Zeroizing;

use super::*;
use crate::srtp::derive::{derive, SessionKeys};

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
