//! Packets of Opus that were made before, in place of samples. An encoder and a decoder remember what was before, so a
//! leg goes over to them where both have the same behind them, or where the audio begins anew anyway.

use super::{Piece, Playout};
use crate::codec::opus::{Encoder, MAX_OCTETS};
use crate::graph::gain::Gain;
use crate::graph::packets::Shape;
use crate::graph::{MAX_SAMPLES, SAMPLES_A_MS};

#[cfg(test)]
mod tests;

/// For so long a leg encodes itself before it copies from the middle of a sound: then the peer's decoder stands about
/// where that of who hears the copies does.
const LEAD: usize = 100 * SAMPLES_A_MS;
/// So many packets before an encoder hears when it goes on from copies, in which it finds pitch and level.
const RECALLED: usize = 4;
/// A shorter loop without silence at its ends is a tone, whose every seam would be heard: it is not copied.
const SHORT_LOOP: usize = 10_000 * SAMPLES_A_MS;

#[derive(Clone, Copy, Default)]
pub struct Copying {
    /// The packet before was a copy.
    is_copied: bool,
    /// False until something went out since it began or was sought.
    is_running: bool,
    /// What was read since the last copy, pause or change, in samples of 8 kHz.
    read: usize,
    /// Packets that are left after the end of the sound, with what the encoder held back.
    rest: usize,
}

impl Copying {
    /// So many samples of 8 kHz are not copied.
    pub fn read(&mut self, samples: usize) {
        *self = Self {
            is_copied: false,
            is_running: true,
            read: self.read.saturating_add(samples),
            rest: 0,
        };
    }

    /// Nothing of the sound is left in the encoder.
    pub fn is_whole(&self) -> bool {
        self.rest == 0
    }

    fn leave(&mut self) {
        *self = Self {
            is_running: self.is_running,
            ..Self::default()
        };
    }
}

impl Playout {
    /// The leg sends something else, or this as samples.
    pub fn leave_packets(&mut self) {
        self.copying.leave();
    }

    /// Writes the packet that is due, if it was made before, and its samples at the rate of Opus into `heard` where
    /// somebody asks. Returns its octets; None: `read` it.
    ///
    /// Where a sound ends in silence, or the next one begins so, silence fills up its last packet and the next begins
    /// with a packet. Else the leg encodes what lies across, and copies again where it comes upon the packets' grid.
    pub fn packet(
        &mut self,
        shape: &Shape,
        media_clock: u64,
        out: &mut [u8],
        heard: Option<&mut [i16]>,
    ) -> Option<usize> {
        self.start(media_clock);
        let positions = shape.positions();
        if self.paused || self.gain != Gain::UNITY || self.is_crossing(positions) {
            self.copying.leave();
            return None;
        }
        if !self.copying.is_running {
            // Less than a packet before the place that was asked for is as good.
            self.offset -= self.offset % positions;
        }
        self.advance();
        if !self.may_copy(positions) {
            return None;
        }
        let Some(Piece::Sound(sound)) = self.pieces.get(self.piece) else {
            return None;
        };
        let packets = sound.opus.find(shape)?;
        let index = self.offset / positions;
        let packet = packets.get(index)?;
        out.get_mut(..packet.len())?.copy_from_slice(packet);
        if let Some(heard) = heard {
            sound.fill_wide(self.offset, &mut self.up, heard);
        }
        let left = sound.samples().saturating_sub(self.offset);
        let after = packets.count() - index - 1;
        self.played += left.min(positions) as u64;
        self.offset += positions;
        self.copying = Copying {
            is_copied: true,
            is_running: true,
            read: 0,
            rest: if left <= positions { after } else { 0 },
        };
        Some(packet.len())
    }

    /// Lets an encoder hear what the last copies held, or silence where nothing was: then it goes on from them.
    pub fn recall(&mut self, encoder: &mut Encoder, positions: usize) {
        let (mut wide, mut unsent) = ([0; RECALLED * MAX_SAMPLES], [0; MAX_OCTETS]);
        let wide = &mut wide[..2 * RECALLED * positions];
        let here = self.offset.min(RECALLED * positions);
        let (earlier, of_this) = wide.split_at_mut(2 * (RECALLED * positions - here));
        if let Some(Piece::Sound(sound)) = self.previous().map(|index| &self.pieces[index]) {
            let count = (earlier.len() / 2).min(sound.samples());
            let from = earlier.len() - 2 * count;
            sound.fill_wide(sound.samples() - count, &mut self.up, &mut earlier[from..]);
        }
        if let Some(Piece::Sound(sound)) = self.pieces.get(self.piece) {
            sound.fill_wide(self.offset - here, &mut self.up, of_this);
        }
        for wide in wide.chunks(2 * positions) {
            encoder.encode(wide, &mut unsent);
        }
    }

    /// Whether the next packet lies across the end of this sound, or near it in a short loop, and what follows must not
    /// wait for the one after.
    fn is_crossing(&self, positions: usize) -> bool {
        let Some(Piece::Sound(sound)) = self.pieces.get(self.piece) else {
            return false;
        };
        let (samples, rest) = (sound.samples(), !self.copying.is_whole());
        let is_last = self.offset + positions > samples && (self.offset < samples || rest);
        let is_short = self.manner.repeat && self.total() < SHORT_LOOP;
        (is_last || is_short) && !self.may_pause_after(self.piece)
    }

    fn may_copy(&mut self, positions: usize) -> bool {
        let copying = self.copying;
        if self.offset > 0 {
            let has_lead = copying.is_copied || copying.read >= LEAD;
            return has_lead && self.offset.is_multiple_of(positions);
        }
        let is_cut = !copying.is_running
            || self
                .previous()
                .is_none_or(|before| self.may_pause_after(before));
        if !is_cut {
            self.copying.leave();
        }
        is_cut
    }

    /// Whether nobody hears a few milliseconds of silence after that piece.
    fn may_pause_after(&self, piece: usize) -> bool {
        let Some(Piece::Sound(sound)) = self.pieces.get(piece) else {
            return false;
        };
        let next = match self.pieces.get(piece + 1) {
            None if self.manner.repeat => self.pieces.first(),
            next => next,
        };
        match next {
            None => true,
            Some(Piece::Sound(next)) => sound.ends_quietly() || next.begins_quietly(),
            Some(Piece::Stream(_)) => sound.ends_quietly(),
        }
    }

    /// The piece that went out before this one.
    fn previous(&self) -> Option<usize> {
        match self.piece.checked_sub(1) {
            None if self.manner.repeat && self.copying.is_running => {
                self.pieces.len().checked_sub(1)
            }
            before => before,
        }
    }
}
