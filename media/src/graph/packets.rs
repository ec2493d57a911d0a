//! A sound's packets of Opus: made once for each way to encode them, and copied by every leg that is sent them so.

use std::sync::OnceLock;

use super::sound::Sound;
use super::{MAX_SAMPLES, SAMPLES_A_MS};
use crate::codec::opus::{Encoder, Settings, MAX_OCTETS};
use crate::codec::Codec;
use crate::dsp::half_band::HalfBand;

/// So many ways to encode one sound are kept: a site has one, and each lower bit rate that a peer asks for is another.
const MAX_SHAPES: usize = 4;

/// What shapes packets: legs of one shape are sent the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    settings: Settings,
    packet_time_ms: u32,
}

impl Shape {
    /// None where loss is expected: what is done about that is between one encoder and its peer.
    pub fn of(settings: &Settings, packet_time_ms: u32) -> Option<Self> {
        let settings = Settings {
            // Without loss it changes nothing.
            fec: false,
            playback_rate: settings.playback_rate.min(Codec::Opus.sample_rate()),
            ..*settings
        };
        (settings.expected_loss == 0).then_some(Self {
            settings,
            packet_time_ms,
        })
    }

    /// The samples of a packet at 8 kHz.
    pub fn positions(&self) -> usize {
        self.packet_time_ms as usize * SAMPLES_A_MS
    }

    /// About how much memory the packets of a sound will take.
    pub fn octets(&self, sound: &Sound) -> usize {
        let packets = sound.samples() / self.positions() + 1;
        let each = self.settings.bit_rate as usize / 8 * self.packet_time_ms as usize / 1000;
        packets * (each + size_of::<u32>())
    }
}

/// The packets of one sound in one shape. The first leans on nothing before it; silence fills up the last.
pub struct Packets {
    shape: Shape,
    octets: Box<[u8]>,
    ends: Box<[u32]>,
}

impl Packets {
    /// Takes about 0.1 ms for each packet; None when `go_on` said no, which is asked before each.
    pub fn make(sound: &Sound, shape: Shape, mut go_on: impl FnMut() -> bool) -> Option<Self> {
        let rate = Codec::Opus.sample_rate();
        let mut encoder = Encoder::new(rate, 1);
        encoder.apply(&shape.settings);
        encoder.begin_anew();
        let held_back = encoder.delay() * 8000 / rate as usize;
        let positions = shape.positions();
        let tail = if sound.ends_quietly() { 0 } else { held_back };
        let count = (sound.samples() + tail).div_ceil(positions);
        let mut filter = HalfBand::default();
        let mut octets = Vec::with_capacity(shape.octets(sound));
        let mut ends = Vec::with_capacity(count);
        for index in 0..count {
            if !go_on() {
                return None;
            }
            let mut wide = [0; MAX_SAMPLES];
            let wide = &mut wide[..positions * rate as usize / 8000];
            sound.fill_wide(index * positions, &mut filter, wide);
            let mut packet = [0; MAX_OCTETS];
            let length = encoder.encode(wide, &mut packet);
            octets.extend_from_slice(&packet[..length]);
            ends.push(u32::try_from(octets.len()).ok()?);
        }
        Some(Self {
            shape,
            octets: octets.into(),
            ends: ends.into(),
        })
    }

    pub fn count(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.octets.get(start as usize..end)
    }

    /// The memory that it takes.
    fn size(&self) -> usize {
        self.octets.len() + size_of_val(&*self.ends)
    }
}

/// The packets of one sound. Workers look while another thread puts: no lock.
#[derive(Default)]
pub struct Shelf([OnceLock<Packets>; MAX_SHAPES]);

impl Shelf {
    pub fn find(&self, shape: &Shape) -> Option<&Packets> {
        let mut there = self.0.iter().map_while(OnceLock::get);
        there.find(|packets| packets.shape == *shape)
    }

    /// Whether packets of that shape are not there, and would find room.
    pub fn lacks(&self, shape: &Shape) -> bool {
        self.find(shape).is_none() && self.0.iter().any(|place| place.get().is_none())
    }

    /// Without room they are dropped.
    pub fn put(&self, packets: Packets) {
        let mut left = Some(packets);
        for place in &self.0 {
            let Some(packets) = left.take() else {
                return;
            };
            left = place.set(packets).err();
        }
    }

    /// The memory that all of them take.
    pub fn size(&self) -> usize {
        self.0
            .iter()
            .filter_map(OnceLock::get)
            .map(Packets::size)
            .sum()
    }
}
