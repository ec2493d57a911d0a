//! A name and a password for the checks of one leg (RFC 8445, 5.3).

use std::fmt;

/// The machine gave no random numbers.
#[derive(Debug)]
pub struct NoRandom;

/// The ufrag that packets name us by, and the password that proves that its sender read our SDP.
#[derive(Clone)]
pub struct Credentials {
    ufrag: Box<str>,
    password: Box<str>,
}

impl Credentials {
    /// RFC 8445, 5.3: the ufrag has at least 24 bits, the password 128; six bits a letter here.
    const UFRAG_LEN: usize = 8;
    const PASSWORD_LEN: usize = 24;

    pub fn generate() -> Result<Self, NoRandom> {
        Ok(Self {
            ufrag: letters(Self::UFRAG_LEN)?,
            password: letters(Self::PASSWORD_LEN)?,
        })
    }

    pub fn ufrag(&self) -> &str {
        &self.ufrag
    }

    pub fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Credentials({})", self.ufrag)
    }
}

/// `ice-char`s of the grammar in RFC 8839, 5.4.
fn letters(count: usize) -> Result<Box<str>, NoRandom> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut random = vec![0; count];
    getrandom::fill(&mut random).map_err(|_| NoRandom)?;
    let letters = random.into_iter().map(|octet| {
        let letter = LETTERS[usize::from(octet) % LETTERS.len()];
        char::from(letter)
    });
    Ok(letters.collect::<String>().into())
}
