//! Where a recording's octets go: a file that grows, sealed or as they are.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use super::sealed::{MasterKey, Randomness, Sealer};

/// The suffix of sealed files; their label is the name without it.
const SUFFIX: &str = ".sealed";
/// Callers' voices are nobody else's on the machine.
const MODE: u32 = 0o600;

pub struct Place {
    file: File,
    /// Octets that are written.
    end: u64,
    sealer: Option<Sealer>,
}

impl Place {
    /// Creates or empties the file. With a key, what is written is sealed.
    pub fn create(path: &str, key: Option<&MasterKey>) -> io::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(MODE)
            .open(path)?;
        let mut place = Self {
            file,
            end: 0,
            sealer: None,
        };
        if let Some(key) = key {
            let name = Path::new(path).file_name().and_then(|name| name.to_str());
            let label = name.unwrap_or_default();
            let label = label.strip_suffix(SUFFIX).unwrap_or(label);
            let random = Randomness::draw().map_err(io::Error::other)?;
            let (sealer, header) = Sealer::new(key, label, random).map_err(too_long)?;
            place.write(&header)?;
            place.sealer = Some(sealer);
        }
        Ok(place)
    }

    /// Whether what was written can be written over: what is sealed can not.
    pub fn can_correct(&self) -> bool {
        self.sealer.is_none()
    }

    /// Writes at the end. After an error nothing more may be: a nonce would serve twice.
    pub fn append(&mut self, octets: &[u8]) -> io::Result<()> {
        let Some(sealer) = &mut self.sealer else {
            return self.write(octets);
        };
        let mut out = Vec::with_capacity(octets.len() + 64);
        sealer.seal(octets, &mut out).map_err(too_long)?;
        self.write(&out)
    }

    /// Writes over the beginning, where that can be corrected.
    pub fn correct(&mut self, beginning: &[u8]) -> io::Result<()> {
        match self.sealer {
            None => self.file.write_all_at(beginning, 0),
            Some(_) => Ok(()),
        }
    }

    /// Nothing is appended any more.
    pub fn finish(&mut self) -> io::Result<()> {
        let Some(sealer) = &mut self.sealer else {
            return Ok(());
        };
        let mut out = Vec::new();
        sealer.finish(&mut out).map_err(too_long)?;
        self.write(&out)
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.file.write_all_at(octets, self.end)?;
        self.end += octets.len() as u64;
        Ok(())
    }
}

fn too_long(_: super::sealed::TooLong) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "too long to be sealed")
}
