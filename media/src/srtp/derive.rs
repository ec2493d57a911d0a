//! Session keys out of master keys (RFC 3711, 4.3; RFC 6188, 2; RFC 7714, 11).

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aes::{Aes128Enc, Aes256Enc};
use zeroize::Zeroizing;

use super::suite::MasterKey;

/// Which of a direction's two streams of packets a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Rtp,
    Rtcp,
}

/// The keys that packets are made with.
pub struct SessionKeys {
    pub key: Zeroizing<[u8; 32]>,
    pub salt: Zeroizing<[u8; 14]>,
    pub authentication: Zeroizing<[u8; 20]>,
}

/// The key derivation rate is 0 always: SDES may ask for another, and is refused.
pub fn derive(master: &MasterKey, purpose: Purpose) -> SessionKeys {
    let first = match purpose {
        Purpose::Rtp => 0,
        Purpose::Rtcp => 3,
    };
    let mut keys = SessionKeys {
        key: Zeroizing::new([0; 32]),
        salt: Zeroizing::new([0; 14]),
        authentication: Zeroizing::new([0; 20]),
    };
    let key_len = master.suite().key_len();
    let salt_len = master.suite().salt_len();
    generate(master, first, &mut keys.key[..key_len]);
    generate(master, first + 1, &mut keys.authentication[..]);
    generate(master, first + 2, &mut keys.salt[..salt_len]);
    keys
}

/// The pseudo-random function: AES in counter mode from the salt with the label in it (RFC 3711, 4.3.3).
fn generate(master: &MasterKey, label: u8, out: &mut [u8]) {
    let mut start = [0; 16];
    // RFC 7714, 11: the shorter salt of GCM stands for one with 16 bits of zero behind it.
    start[..master.salt().len()].copy_from_slice(master.salt());
    start[7] ^= label;
    let key = master.key();
    if let Ok(key) = <&[u8; 16]>::try_from(key) {
        fill(&Aes128Enc::new(key.into()), start, out);
    } else if let Ok(key) = <&[u8; 32]>::try_from(key) {
        fill(&Aes256Enc::new(key.into()), start, out);
    }
}

fn fill(
    cipher: &impl BlockCipherEncrypt<BlockSize = aes::cipher::consts::U16>,
    start: [u8; 16],
    out: &mut [u8],
) {
    for (count, chunk) in out.chunks_mut(16).enumerate() {
        let counter = u128::from_be_bytes(start).wrapping_add(count as u128);
        let mut block = Array::from(counter.to_be_bytes());
        cipher.encrypt_block(&mut block);
        chunk.copy_from_slice(&block[..chunk.len()]);
    }
}
