//! Recordings that cannot be read without a key: AES-256-GCM in chunks, each tied to the one before.
//! `docs/recording.md` describes the file; the reader is `voicecore/store/sealed_file.py`.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The name of the format and its version.
pub const MAGIC: [u8; 8] = *b"VCSEAL\x00\x01";
/// The most octets in one chunk.
pub const MAX_CHUNK: usize = 65_536;
const ID_LEN: usize = 16;
const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
/// The longest name of a recording, as file systems have it.
const MAX_LABEL: usize = 255;
/// In a chunk's first word: there is no chunk after this one.
const LAST: u32 = 1 << 31;

/// What the keys of recordings are wrapped with. It never shows itself in any text and is overwritten when dropped.
pub struct MasterKey {
    id: [u8; ID_LEN],
    key: Zeroizing<[u8; KEY_LEN]>,
}

impl MasterKey {
    /// `id` names the key: 1 to 16 octets. None where either does not fit.
    pub fn new(id: &[u8], key: &[u8]) -> Option<Self> {
        let mut padded = [0; ID_LEN];
        padded.get_mut(..id.len())?.copy_from_slice(id);
        let key = Zeroizing::new(<[u8; KEY_LEN]>::try_from(key).ok()?);
        (!id.is_empty()).then_some(Self { id: padded, key })
    }
}

/// What is random in a file: from the operating system, never used twice.
pub struct Randomness {
    file: [u8; ID_LEN],
    nonce: [u8; NONCE_LEN],
    key: Zeroizing<[u8; KEY_LEN]>,
}

impl Randomness {
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut drawn = Self {
            file: [0; ID_LEN],
            nonce: [0; NONCE_LEN],
            key: Zeroizing::new([0; KEY_LEN]),
        };
        getrandom::fill(&mut drawn.file)?;
        getrandom::fill(&mut drawn.nonce)?;
        getrandom::fill(&mut drawn.key[..])?;
        Ok(drawn)
    }
}

/// What went wrong: the text is longer than any file's under one key, which no recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Turns what is written into chunks, one after the other.
pub struct Sealer {
    cipher: Aes256Gcm,
    chunks: u64,
    /// The tag of the chunk before; of the first, the hash of what the header says for good.
    link: [u8; TAG_LEN],
}

impl Sealer {
    /// The sealer of one file, and the file's header. `label` is the name that the recording has without its seal.
    pub fn new(
        master: &MasterKey,
        label: &str,
        random: Randomness,
    ) -> Result<(Self, Vec<u8>), TooLong> {
        if label.len() > MAX_LABEL {
            return Err(TooLong);
        }
        let mut fixed = random.file.to_vec();
        // At most 255, as was checked.
        fixed.extend_from_slice(&(label.len() as u16).to_be_bytes());
        fixed.extend_from_slice(label.as_bytes());
        let bound: Vec<u8> = [&MAGIC[..], &master.id, &fixed].concat();
        let mut wrapped = random.key.clone();
        let tag = Aes256Gcm::new((&*master.key).into())
            .encrypt_inout_detached(
                &Nonce::from(random.nonce),
                &bound,
                (&mut wrapped[..]).into(),
            )
            .map_err(|_| TooLong)?;
        let mut header = [&MAGIC[..], &master.id, &random.nonce, &wrapped[..]].concat();
        header.extend_from_slice(&tag);
        header.extend_from_slice(&fixed);
        let digest = Sha256::new()
            .chain_update(MAGIC)
            .chain_update(&fixed)
            .finalize();
        let mut link = [0; TAG_LEN];
        link.copy_from_slice(&digest[..TAG_LEN]);
        let sealer = Self {
            cipher: Aes256Gcm::new((&*random.key).into()),
            chunks: 0,
            link,
        };
        Ok((sealer, header))
    }

    /// Appends the chunks that hold `text` to `out`: none for no text.
    pub fn seal(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), TooLong> {
        text.chunks(MAX_CHUNK)
            .try_for_each(|chunk| self.chunk(chunk, 0, out))
    }

    /// Appends the chunk that says that the file is whole.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        self.chunk(&[], LAST, out)
    }

    fn chunk(&mut self, text: &[u8], mark: u32, out: &mut Vec<u8>) -> Result<(), TooLong> {
        // At most 65,536, so below the mark.
        let word = (text.len() as u32 | mark).to_be_bytes();
        let mut nonce = [0; NONCE_LEN];
        nonce[NONCE_LEN - 8..].copy_from_slice(&self.chunks.to_be_bytes());
        let bound = [&self.link[..], &word].concat();
        out.extend_from_slice(&word);
        let start = out.len();
        out.extend_from_slice(text);
        let tag = self
            .cipher
            .encrypt_inout_detached(&Nonce::from(nonce), &bound, (&mut out[start..]).into())
            .map_err(|_| TooLong)?;
        out.extend_from_slice(&tag);
        self.link.copy_from_slice(&tag);
        self.chunks += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER_LEN: usize = 8 + 16 + 12 + 32 + 16 + 16 + 2;

    fn sealed(texts: &[&[u8]], label: &str) -> Vec<u8> {
        let master = MasterKey::new(b"2026", &[7; 32]).unwrap();
        let (mut sealer, mut out) =
            Sealer::new(&master, label, Randomness::draw().unwrap()).unwrap();
        for text in texts {
            sealer.seal(text, &mut out).unwrap();
        }
        sealer.finish(&mut out).unwrap();
        out
    }

    #[test]
    fn a_key_has_an_id_of_1_to_16_octets_and_32_octets() {
        assert!(MasterKey::new(b"", &[0; 32]).is_none());
        assert!(MasterKey::new(&[b'a'; 17], &[0; 32]).is_none());
        assert!(MasterKey::new(b"a", &[0; 31]).is_none());
        assert!(MasterKey::new(&[b'a'; 16], &[0; 32]).is_some());
    }

    #[test]
    fn a_name_that_no_file_has_is_refused() {
        let master = MasterKey::new(b"2026", &[7; 32]).unwrap();
        let random = Randomness::draw().unwrap();
        let refused = Sealer::new(&master, &"x".repeat(256), random);
        assert_eq!(refused.err(), Some(TooLong));
    }

    #[test]
    fn the_same_text_is_never_sealed_to_the_same_octets() {
        let text: &[u8] = &[9; 64];
        let one = sealed(&[text, text], "a.wav");
        let other = sealed(&[text, text], "a.wav");
        let body = HEADER_LEN + 5;
        assert_ne!(one[body..], other[body..]);
        assert_ne!(one[body + 4..body + 68], one[body + 88..body + 152]);
        assert!(!one.windows(16).any(|window| window == [9; 16]));
    }

    proptest! {
        #[test]
        fn chunks_are_as_long_as_their_words_say(
            lengths in prop::collection::vec(0usize..100_000, 0..6),
        ) {
            let texts: Vec<Vec<u8>> = lengths.iter().map(|len| vec![1; *len]).collect();
            let views: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
            let out = sealed(&views, "call.wav");
            let (mut at, mut total) = (HEADER_LEN + 8, 0);
            let last = loop {
                let word = u32::from_be_bytes(out[at..at + 4].try_into().unwrap());
                let len = (word & !LAST) as usize;
                prop_assert!(len <= MAX_CHUNK);
                total += len;
                at += 4 + len + TAG_LEN;
                if word & LAST != 0 {
                    break at;
                }
            };
            prop_assert_eq!(last, out.len());
            prop_assert_eq!(total, lengths.iter().sum::<usize>());
        }
    }
}
