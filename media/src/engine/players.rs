//! What is played to a leg: one playout in place of what it hears, and one over it.

use super::event::{Fact, PlayoutEnd};
use super::reaper::{Bin, Garbage};
use crate::ahead;
use crate::codec::Codec;
use crate::graph::packets::Shape;
use crate::graph::player::{Order, Playout};

#[derive(Default)]
pub struct Players {
    playout: Option<Box<Playout>>,
    over: Option<Box<Playout>>,
}

impl Players {
    pub fn is_empty(&self) -> bool {
        self.playout.is_none() && self.over.is_none()
    }

    /// Fetches the playout that runs.
    pub fn fetch(&self) {
        if let Some(playout) = &self.playout {
            ahead::fetch_some(&**playout, 2 * 64);
        }
    }

    pub fn fetch_last(&self) {
        if let Some(playout) = &self.playout {
            playout.fetch();
        }
    }

    /// Starts a playout in place of the one of its kind that runs.
    pub fn play(&mut self, playout: Box<Playout>, bin: &Bin, tell: &mut impl FnMut(Fact)) {
        let place = if playout.is_over_others() {
            &mut self.over
        } else {
            &mut self.playout
        };
        end(place, PlayoutEnd::Replaced, bin, tell);
        *place = Some(playout);
    }

    pub fn stop(&mut self, name: u64, bin: &Bin, tell: &mut impl FnMut(Fact)) {
        for place in [&mut self.playout, &mut self.over] {
            if place.as_ref().is_some_and(|one| one.id() == name) {
                end(place, PlayoutEnd::Stopped, bin, tell);
            }
        }
    }

    pub fn end_all(&mut self, reason: PlayoutEnd, bin: &Bin, tell: &mut impl FnMut(Fact)) {
        for place in [&mut self.playout, &mut self.over] {
            end(place, reason, bin, tell);
        }
    }

    pub fn obey(&mut self, name: u64, order: Order) {
        for playout in [&mut self.playout, &mut self.over].into_iter().flatten() {
            if playout.id() == name {
                playout.obey(order);
            }
        }
    }

    /// Copies octets of the playout that runs and returns how many; None when it must be read instead.
    pub fn copy(
        &mut self,
        codec: Codec,
        media_clock: u64,
        payload: &mut [u8],
        bin: &Bin,
        tell: &mut impl FnMut(Fact),
    ) -> Option<usize> {
        let playout = self.playout.as_mut()?;
        if self.over.is_some() || !playout.is_copied(codec) {
            return None;
        }
        let filled = playout.fill(codec, media_clock, payload);
        if filled < payload.len() || playout.is_over() {
            end(&mut self.playout, PlayoutEnd::Played, bin, tell);
        }
        Some(filled)
    }

    /// The same for a packet of Opus, and its samples where `heard` asks for them; returns its octets.
    pub fn copy_packet(
        &mut self,
        shape: &Shape,
        media_clock: u64,
        (payload, heard): (&mut [u8], Option<&mut [i16]>),
        bin: &Bin,
        tell: &mut impl FnMut(Fact),
    ) -> Option<usize> {
        let playout = self.playout.as_mut()?;
        if self.over.is_some() {
            playout.leave_packets();
            return None;
        }
        let octets = playout.packet(shape, media_clock, payload, heard)?;
        if playout.is_over() {
            end(&mut self.playout, PlayoutEnd::Played, bin, tell);
        }
        Some(octets)
    }

    /// The playout that runs is encoded from here on; returns it.
    pub fn leave_packets(&mut self) -> Option<&mut Playout> {
        let playout = self.playout.as_deref_mut()?;
        playout.leave_packets();
        Some(playout)
    }

    /// Reads samples of the playout that runs; false when none does, or nothing is left of it.
    pub fn read(
        &mut self,
        rate: u32,
        media_clock: u64,
        out: &mut [i16],
        bin: &Bin,
        tell: &mut impl FnMut(Fact),
    ) -> bool {
        read(&mut self.playout, rate, media_clock, out, bin, tell)
    }

    /// The same for what is played over others.
    pub fn read_over(
        &mut self,
        rate: u32,
        media_clock: u64,
        out: &mut [i16],
        bin: &Bin,
        tell: &mut impl FnMut(Fact),
    ) -> bool {
        read(&mut self.over, rate, media_clock, out, bin, tell)
    }
}

fn read(
    place: &mut Option<Box<Playout>>,
    rate: u32,
    media_clock: u64,
    out: &mut [i16],
    bin: &Bin,
    tell: &mut impl FnMut(Fact),
) -> bool {
    let Some(playout) = place else {
        return false;
    };
    let filled = playout.read(rate, media_clock, out);
    if filled < out.len() || playout.is_over() {
        end(place, PlayoutEnd::Played, bin, tell);
    }
    filled > 0
}

fn end(
    place: &mut Option<Box<Playout>>,
    reason: PlayoutEnd,
    bin: &Bin,
    tell: &mut impl FnMut(Fact),
) {
    if let Some(playout) = place.take() {
        tell(Fact::PlayoutFinished {
            playout: playout.id(),
            end: reason,
            played_ms: playout.played_ms(),
            starved_ms: playout.starved_ms(),
        });
        bin.put(Garbage::Playout(playout));
    }
}
