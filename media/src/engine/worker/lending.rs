//! Pairs whose packets pass as they come: when they begin and end to, and the way to the porter and back.
//!
//! A porter has the legs as long as their packets pass. Whatever is asked of one of them calls both back; they go again
//! if nothing came of it that keeps packets from passing.

use super::Worker;
use crate::engine::command::{Absent, Held, Verb};
use crate::engine::leg::Leg;
use crate::engine::pair::{hindrance, rhythm, Hindrance, Side};
use crate::engine::porter::Errand;
use crate::engine::reaper::Garbage;
use crate::engine::wheel::{slots, SLOT_NS};
use crate::net::monotonic_ns;

impl Worker {
    /// Something was asked of a leg: if its packets pass, they may have to cease to.
    pub fn reconsider(&mut self, place: u32) {
        if self.legs.get(place).is_some_and(Leg::is_relayed) {
            self.consider(place, monotonic_ns(), self.next_slot);
        }
    }

    /// Begins or ends to pass the packets of a pair, one of whose legs is due. `from`: the first slot that is to come.
    pub fn consider(&mut self, place: u32, now: u64, from: u64) {
        let is_paired = |leg: &Leg| leg.pair.is_some();
        if !self.legs.get(place).is_some_and(is_paired) {
            return;
        }
        let Some(mut leg) = self.legs.take(place) else {
            return;
        };
        let mut begins = None;
        match self.take_other(&mut leg) {
            Some((at, mut other)) => {
                let found = found_hindrance(&leg, &other, now);
                let is_relayed = leg.is_relayed() || other.is_relayed();
                if is_relayed && found.is_some() {
                    self.end((place, &mut leg), (at, &mut other), now, from);
                } else if !is_relayed && may_begin(&mut leg, &mut other, found, now) {
                    self.begin_passing(&mut leg, &mut other, now);
                    begins = Some(at);
                }
                self.legs.put(at, other);
            }
            None if leg.is_relayed() => self.end_alone((place, &mut leg), now, from),
            None => {}
        }
        self.legs.put(place, leg);
        if let Some(at) = begins {
            self.hand_over([place, at]);
        }
    }

    /// Packets of this leg and its other one pass no more: it goes, or talks to somebody else.
    pub fn stop_passing(&mut self, place: u32) {
        let (now, from) = (monotonic_ns(), self.next_slot);
        let Some(mut leg) = self.legs.take(place) else {
            return;
        };
        match self.take_other(&mut leg) {
            Some((at, mut other)) => {
                let is_mutual = other.pair.as_ref().is_some_and(|pair| pair.other == leg.id);
                if leg.is_relayed() && is_mutual {
                    self.end((place, &mut leg), (at, &mut other), now, from);
                }
                self.legs.put(at, other);
            }
            None if leg.is_relayed() => self.end_alone((place, &mut leg), now, from),
            None => {}
        }
        self.legs.put(place, leg);
    }

    /// The other leg of the pair, taken out, and its place.
    fn take_other(&mut self, leg: &mut Leg) -> Option<(u32, Box<Leg>)> {
        let pair = leg.pair.as_mut()?;
        self.legs.find(pair.other, &mut pair.place)?;
        Some((pair.place, self.legs.take(pair.place)?))
    }

    fn begin_passing(&mut self, one: &mut Leg, two: &mut Leg, now: u64) {
        self.onward.drain(one, two, now);
        self.onward.drain(two, one, now);
        for leg in [one, two] {
            leg.incoming.part();
            let due = leg.due;
            if let Some(pair) = &mut leg.pair {
                pair.begin(due);
            }
        }
    }

    fn end(&mut self, one: (u32, &mut Leg), two: (u32, &mut Leg), now: u64, from: u64) {
        follow(one.1, two.1);
        follow(two.1, one.1);
        self.end_alone(one, now, from);
        self.end_alone(two, now, from);
    }

    fn end_alone(&mut self, (place, leg): (u32, &mut Leg), now: u64, from: u64) {
        let (Some(configuration), Some(pair)) = (&leg.configuration, &mut leg.pair) else {
            return;
        };
        let Some(relay) = pair.end(now) else {
            return;
        };
        // Its next tick may be one of the rare ones.
        if leg.due >= from {
            self.wheel.remove(place, leg.due);
            let early = (leg.due - from) / slots(configuration.packet_time_ms);
            leg.due -= early * slots(configuration.packet_time_ms);
            self.wheel.add(place, leg.due);
        }
        leg.incoming.rejoin(&pair.kept, configuration);
        let due = leg.due * SLOT_NS;
        let behind = relay.translation.behind(due, rhythm(configuration));
        if behind > 0 {
            leg.outgoing.sender.skip(behind);
        }
        leg.outgoing.relays.catch_up(relay.event);
    }

    /// Gives both legs of a pair to the porter.
    fn hand_over(&mut self, places: [u32; 2]) {
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
            self.absent.insert(leg.id, Absent::away(held.unwrap_or_default()));
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
        let leg = self.legs.place(name).and_then(|place| self.legs.get_mut(place));
        let pair = leg.and_then(|leg| leg.pair.as_mut());
        match pair.filter(|pair| pair.held.is_none()) {
            Some(pair) => pair.held = Some(held),
            None => self.shared.bin.put(Garbage::Held(held)),
        }
    }
}

/// What keeps packets of two legs from passing.
pub fn found_hindrance(leg: &Leg, other: &Leg, now: u64) -> Option<Hindrance> {
    let is_mutual = other.pair.as_ref().is_some_and(|pair| pair.other == leg.id);
    match (Side::of(leg, other, now), Side::of(other, leg, now)) {
        (Some(one), Some(two)) if is_mutual => hindrance(&one, &two),
        _ => Some(Hindrance::Hearing),
    }
}

fn may_begin(leg: &mut Leg, other: &mut Leg, found: Option<Hindrance>, now: u64) -> bool {
    let is_quiet = |leg: &Leg| {
        let samples = leg.configuration.as_ref().map(|agreed| agreed.samples());
        samples.is_some_and(|samples| leg.incoming.is_quiet(samples))
    };
    // Only asked when it counts.
    let are_quiet = found.is_none() && is_quiet(leg) && is_quiet(other);
    let [one, two] = [leg, other].map(|leg| {
        let pair = leg.pair.as_mut();
        pair.is_some_and(|pair| pair.may_begin(found, are_quiet, now))
    });
    one && two
}

/// The encoder of a leg goes on after the packets of the other's peer that went out in place of its own.
fn follow(leg: &mut Leg, other: &Leg) {
    let (Some(configuration), Some(pair)) = (&leg.configuration, &other.pair) else {
        return;
    };
    for (_, payload, _) in pair.kept.packets() {
        leg.outgoing.encoder.follow(configuration.codec, payload);
    }
}
