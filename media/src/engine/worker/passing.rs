//! When the packets of a pair begin and end to pass as they come, and what is heard across the seam.

use super::Worker;
use crate::engine::leg::Leg;
use crate::engine::pair::hindrance::{hindrance, Hindrance, Side};
use crate::engine::pair::rhythm;
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
        let (first, second) = (&mut *one.1, &mut *two.1);
        pass_over(first, second);
        pass_over(second, first);
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

/// Keys of the other's peer were sent on, but for those that could not be.
fn pass_over(leg: &mut Leg, other: &Leg) {
    let relay = leg.pair.as_ref().and_then(|pair| pair.relay.as_ref());
    let missed = relay.and_then(|relay| relay.missed);
    let relays = &mut leg.outgoing.relays;
    relays.pass_over(other.id, &other.incoming.presses, missed);
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
