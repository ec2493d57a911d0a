//! Samples as Ogg Opus.

use std::io;

use super::ogg::{OpusStream, GRANULE_RATE};
use super::place::Place;
use crate::codec::opus::{Encoder, Settings, MAX_OCTETS};

/// For each channel: telephone speech is as good as it came.
const BIT_RATE: u32 = 24_000;
const COMPLEXITY: u8 = 3;
const FRAME_MS: u32 = 20;
/// After so many frames of silence the encoder would make the same packet again and again.
const SETTLED: u32 = 10;

pub struct Compressed {
    encoder: Encoder,
    stream: OpusStream,
    channels: usize,
    rate: u32,
    /// Samples that do not fill a frame yet.
    frame: Vec<i16>,
    /// Pages that are not written yet.
    pending: Vec<u8>,
    /// Samples of one channel that were taken, and those of them that are in packets.
    taken: u64,
    encoded: u64,
    packet: Vec<u8>,
    /// The last so many packets are silence.
    silent: u32,
}

impl Compressed {
    pub fn new(channels: usize, rate: u32) -> io::Result<Self> {
        let mut serial = [0; 4];
        getrandom::fill(&mut serial).map_err(io::Error::other)?;
        let mut encoder = Encoder::new(rate, channels);
        encoder.apply(&Settings {
            bit_rate: BIT_RATE * channels as u32,
            complexity: COMPLEXITY,
            playback_rate: rate,
            ..Settings::default()
        });
        Ok(Self {
            encoder,
            stream: OpusStream::new(u32::from_le_bytes(serial)),
            channels,
            rate,
            frame: Vec::new(),
            pending: Vec::new(),
            taken: 0,
            encoded: 0,
            packet: Vec::new(),
            silent: 0,
        })
    }

    /// Writes the headers.
    pub fn begin(&mut self, place: &mut Place) -> io::Result<()> {
        // One or two channels, and a delay of milliseconds.
        let (channels, delay) = (self.channels as u8, self.encoder.delay() as u64);
        let pre_skip = self.granule(delay) as u16;
        self.stream
            .begin(channels, pre_skip, self.rate, &mut self.pending);
        self.flush(place)
    }

    /// Takes interleaved samples.
    pub fn add(&mut self, samples: &[i16]) {
        self.taken += (samples.len() / self.channels) as u64;
        self.frame.extend_from_slice(samples);
        let len = self.frame_len();
        while self.frame.len() >= len {
            self.encode(len);
        }
    }

    pub fn add_silence(&mut self, frames: usize) {
        let mut left = frames * self.channels;
        self.taken += frames as u64;
        let len = self.frame_len();
        while left > 0 {
            let part = left.min(len - self.frame.len());
            self.frame.resize(self.frame.len() + part, 0);
            left -= part;
            if self.frame.len() == len {
                self.encode(len);
            }
        }
    }

    /// Writes what is pending, as pages.
    pub fn flush(&mut self, place: &mut Place) -> io::Result<()> {
        self.stream.flush(&mut self.pending);
        place.append(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    /// Writes the rest, with what the encoder still holds, and where the sound ends.
    pub fn finish(&mut self, place: &mut Place) -> io::Result<()> {
        let end = self.taken + self.encoder.delay() as u64;
        let len = self.frame_len();
        while self.encoded < end {
            self.frame.resize(len, 0);
            self.encode(len);
        }
        self.stream.finish(self.granule(end), &mut self.pending);
        place.append(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    fn frame_len(&self) -> usize {
        (self.rate * FRAME_MS / 1000) as usize * self.channels
    }

    fn encode(&mut self, len: usize) {
        let is_silence = self.frame[..len].iter().all(|sample| *sample == 0);
        self.silent = if is_silence { self.silent + 1 } else { 0 };
        if self.silent <= SETTLED {
            self.packet.resize(MAX_OCTETS, 0);
            let written = self.encoder.encode(&self.frame[..len], &mut self.packet);
            self.packet.truncate(written);
        }
        self.frame.drain(..len);
        self.encoded += (len / self.channels) as u64;
        let granule = self.granule(self.encoded);
        self.stream.add(&self.packet, granule, &mut self.pending);
    }

    fn granule(&self, samples: u64) -> u64 {
        samples * u64::from(GRANULE_RATE / self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::opus::Decoder;

    fn written(channels: usize, add: impl FnOnce(&mut Compressed)) -> Vec<u8> {
        let path =
            std::env::temp_dir().join(format!("voicecore-{}-{channels}.opus", std::process::id()));
        let mut place = Place::create(path.to_str().unwrap(), None).unwrap();
        let mut file = Compressed::new(channels, 8000).unwrap();
        file.begin(&mut place).unwrap();
        add(&mut file);
        file.finish(&mut place).unwrap();
        let data = std::fs::read(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        data
    }

    /// The last page's granule position, less the pre-skip, at 8 kHz.
    fn length(data: &[u8]) -> u64 {
        let last = data
            .windows(4)
            .rposition(|window| window == b"OggS")
            .unwrap();
        let granule = u64::from_le_bytes(data[last + 6..last + 14].try_into().unwrap());
        let head = data
            .windows(8)
            .position(|window| window == b"OpusHead")
            .unwrap();
        let pre_skip = u16::from_le_bytes(data[head + 10..head + 12].try_into().unwrap());
        (granule - u64::from(pre_skip)) / 6
    }

    #[test]
    fn the_sound_is_as_long_as_what_was_added() {
        for frames in [0, 1, 80, 160, 8000, 8080] {
            let data = written(2, |file| file.add(&vec![1000; 2 * frames]));
            assert_eq!(length(&data), frames as u64);
        }
    }

    #[test]
    fn an_hour_of_silence_is_soon_made_and_small() {
        let data = written(1, |file| file.add_silence(8000 * 3600));
        assert_eq!(length(&data), 8000 * 3600);
        assert!(data.len() < 3 * 1024 * 1024);
    }

    #[test]
    fn sound_follows_a_long_silence_where_it_belongs() {
        let tone: Vec<i16> = (0..1600)
            .map(|n| (f32::sin(n as f32 * 0.35) * 12_000.0) as i16)
            .collect();
        let data = written(1, |file| {
            file.add_silence(16_000);
            file.add(&tone);
        });
        assert_eq!(length(&data), 17_600);
        let mut heard = Vec::new();
        let mut decoder = Decoder::new(8000, 1);
        let mut at = 0;
        while at < data.len() {
            let count = usize::from(data[at + 26]);
            let lacing = data[at + 27..at + 27 + count].to_vec();
            at += 27 + count;
            for len in lacing {
                let packet = &data[at..at + usize::from(len)];
                at += usize::from(len);
                if !packet.starts_with(b"Opus") {
                    let mut out = [0; 960];
                    let samples = decoder.decode(packet, &mut out);
                    heard.extend_from_slice(&out[..samples]);
                }
            }
        }
        let onset = heard.iter().position(|sample| sample.abs() > 3000).unwrap();
        assert!((16_000..16_120).contains(&onset), "{onset}");
    }
}
