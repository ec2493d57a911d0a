//! The way of a pair to the porter and back.
//!
//! A porter has the legs as long as their packets pass. Whatever is asked of one of them calls both back; they go again
//! if nothing came of it that keeps packets from passing.

use super::Worker;
use crate::engine::command::{Absent, Held, Verb};
use crate::engine::leg::Leg;
use crate::engine::porter::Errand;
use crate::engine::reaper::Garbage;
use crate::engine::schedule;
use std::sync::atomic::Ordering;

impl Worker {
    /// Gives both legs of a pair to the porter.
    pub fn hand_over(&mut self, places: [u32; 2]) {
        let names = places.map(|place| self.legs.get(place).map(|leg| leg.id));
        let [Some(one), Some(two)] = names else {
            return;
        };
        let (Some(one), Some(two)) = (self.take_out(one), self.take_out(two)) else {
            return;
        };
        let mut legs = [one, two];
        for leg in &mut legs {
            leg.control.unwatched = false;
            let held = leg.pair.as_mut().and_then(|pair| pair.held.take());
            self.absent
                .insert(leg.id, Absent::away(held.unwrap_or_default()));
        }
        self.errands.push_back(Errand::Carry(legs));
        self.send_away();
    }

    /// Holds what is asked of a leg that is not here, and calls for it where the porter has it.
    pub fn hold(&mut self, name: u64, verb: Verb) {
        let Some(absent) = self.absent.get_mut(&name) else {
            return;
        };
        // Room for what is asked within one tick; more is rare and then worth an allocation.
        absent.held.push_back(verb);
        if !std::mem::replace(&mut absent.is_called, true) {
            self.errands.push_back(Errand::Return(name));
            // Until they are back nobody ticks: now the porter's turn has to come at once.
            let porter = self.shared.porters[self.index].load(Ordering::Relaxed);
            if porter != 0 {
                schedule::prefer(porter);
            }
            self.send_away();
        }
    }

    /// The porter gives two legs back: what was asked of them meanwhile is done, and they go again if they may.
    pub fn take_back(&mut self, legs: [Box<Leg>; 2]) {
        let names = legs.each_ref().map(|leg| leg.id);
        let held = names.map(|name| self.absent.remove(&name).map(|absent| absent.held));
        legs.into_iter().for_each(|leg| self.settle(leg));
        for (name, held) in names.into_iter().zip(held) {
            if let Some(held) = held {
                self.catch_up(name, held);
            }
        }
        for name in names {
            let Some(place) = self.legs.place(name) else {
                continue;
            };
            self.reconsider(place);
            let leg = self.legs.get(place).filter(|leg| leg.is_relayed());
            let other = leg.and_then(|leg| leg.pair.as_ref()).map(|pair| pair.other);
            if let Some(other) = other.and_then(|other| self.legs.place(other)) {
                self.hand_over([place, other]);
            }
        }
    }

    /// Does what was asked of a leg while it was away, and keeps the room for the next time.
    pub fn catch_up(&mut self, name: u64, mut held: Box<Held>) {
        while let Some(verb) = held.pop_front() {
            self.ask(name, verb);
        }
        let leg = self
            .legs
            .place(name)
            .and_then(|place| self.legs.get_mut(place));
        let pair = leg.and_then(|leg| leg.pair.as_mut());
        match pair.filter(|pair| pair.held.is_none()) {
            Some(pair) => pair.held = Some(held),
            None => self.shared.bin.put(Garbage::Held(held)),
        }
    }
}
