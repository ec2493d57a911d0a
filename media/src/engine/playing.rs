//! The commands of players: sounds, streams, and what is played of them.

use std::sync::Arc;

use super::command::Verb;
use super::desk::{Desk, Streaming};
use super::{Engine, Refusal};
use crate::graph::gain::Gain;
use crate::graph::player::{Manner, Order, Piece, Playout};
use crate::graph::sound::{doubled, Sound};
use crate::graph::stream::stream;
use crate::graph::SAMPLES_A_MS;

/// So many streams an engine has at once, and so much each of them may hold.
const MAX_STREAMS: usize = 4096;
const MAX_ROOM_MS: u32 = 60_000;

impl Engine {
    /// Returns the length in milliseconds. A sound of that number is replaced.
    pub fn load_sound(&self, sound: u64, samples: &[i16], rate: u32) -> Result<u64, Refusal> {
        let loaded = match rate {
            8000 => Sound::new(samples),
            16_000 => Sound::wide(samples),
            24_000 => Sound::full(&doubled(samples)),
            48_000 => Sound::full(samples),
            _ => {
                return Err(Refusal::Unfit(
                    "a sound has 8,000, 16,000, 24,000 or 48,000 Hz".into(),
                ))
            }
        };
        let length_ms = loaded.length_ms();
        let mut desk = self.desk();
        desk.threads()?;
        desk.sounds.insert(sound, Arc::new(loaded));
        Ok(length_ms)
    }

    pub fn unload_sound(&self, sound: u64) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.threads()?;
        desk.sounds
            .remove(&sound)
            .ok_or(Refusal::UnknownSound(sound))?;
        Ok(())
    }

    /// So far from the beginning, in samples of 8 kHz.
    pub fn place(ms: u64) -> usize {
        let ms = usize::try_from(ms).unwrap_or(usize::MAX);
        ms.saturating_mul(SAMPLES_A_MS)
    }

    /// `sounds` are sounds and streams. Raises for a stream that is or was played.
    pub fn play(
        &self,
        leg: u64,
        playout: u64,
        sounds: &[u64],
        manner: Manner,
    ) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.worker(leg)?;
        let pieces = desk.pieces(sounds, manner)?;
        if !manner.over {
            desk.encode(leg, &pieces);
        }
        desk.ask(
            leg,
            Verb::Play(Box::new(Playout::new(playout, pieces, manner))),
        )
    }

    pub fn stop(&self, leg: u64, playout: u64) -> Result<(), Refusal> {
        self.desk().ask(leg, Verb::Stop { playout })
    }

    pub fn pause(&self, leg: u64, playout: u64, on: bool) -> Result<(), Refusal> {
        let order = if on { Order::Pause } else { Order::Resume };
        self.desk().ask(leg, Verb::Order { playout, order })
    }

    pub fn seek(&self, leg: u64, playout: u64, to_ms: u64) -> Result<(), Refusal> {
        let samples = Self::place(to_ms);
        let order = Order::Seek { samples };
        self.desk().ask(leg, Verb::Order { playout, order })
    }

    pub fn volume(&self, leg: u64, playout: u64, decibels: f32) -> Result<(), Refusal> {
        let order = Order::Volume(Gain::from_db(decibels));
        self.desk().ask(leg, Verb::Order { playout, order })
    }

    pub fn open_stream(&self, name: u64, rate: u32, room_ms: u32) -> Result<(), Refusal> {
        if !matches!(rate, 8000 | 16_000 | 24_000 | 48_000) {
            return Err(Refusal::Unfit(
                "a stream has 8,000, 16,000, 24,000 or 48,000 Hz".into(),
            ));
        }
        if !(20..=MAX_ROOM_MS).contains(&room_ms) {
            return Err(Refusal::Unfit(format!(
                "a stream has room for 20 to {MAX_ROOM_MS} ms"
            )));
        }
        let mut desk = self.desk();
        desk.threads()?;
        if desk.streams.contains_key(&name) {
            return Err(Refusal::NameInUse(name));
        }
        if desk.streams.len() >= MAX_STREAMS {
            return Err(Refusal::QueueFull);
        }
        let (writer, reader) = stream(rate, room_ms);
        let reader = Some(Box::new(reader));
        desk.streams.insert(name, Streaming { writer, reader });
        Ok(())
    }

    /// Returns how many samples found room, from the first on.
    pub fn push(&self, stream: u64, samples: &[i16]) -> Result<usize, Refusal> {
        let mut desk = self.desk();
        let streaming = desk.streams.get_mut(&stream);
        let streaming = streaming.ok_or(Refusal::UnknownSound(stream))?;
        Ok(streaming.writer.push(samples))
    }

    /// Nothing more comes; what was pushed is played. A stream that is not open is ignored.
    pub fn end_stream(&self, stream: u64) {
        self.desk().streams.remove(&stream);
    }
}

impl Desk {
    /// Has packets of Opus made of what such a leg plays, where nobody asked before.
    fn encode(&self, leg: u64, pieces: &[Piece]) {
        let shape = self.legs.get(&leg).and_then(|known| known.shape);
        let (Some(shape), Some(threads)) = (shape, &self.threads) else {
            return;
        };
        for piece in pieces {
            if let Piece::Sound(sound) = piece {
                threads.encode(sound, shape);
            }
        }
    }

    pub(super) fn pieces(
        &mut self,
        names: &[u64],
        manner: Manner,
    ) -> Result<Box<[Piece]>, Refusal> {
        for (index, name) in names.iter().enumerate() {
            if self.sounds.contains_key(name) {
                continue;
            }
            let streaming = self.streams.get(name);
            let streaming = streaming.ok_or(Refusal::UnknownSound(*name))?;
            if streaming.reader.is_none() || names[..index].contains(name) {
                return Err(Refusal::Unfit("a stream is played once".into()));
            }
            if manner.repeat || manner.in_step {
                return Err(Refusal::Unfit("a stream has no beginning to go to".into()));
            }
        }
        let piece = |name: &u64| match self.sounds.get(name) {
            Some(sound) => Some(Piece::Sound(sound.clone())),
            None => self.streams.get_mut(name)?.reader.take().map(Piece::Stream),
        };
        Ok(names.iter().filter_map(piece).collect())
    }
}
