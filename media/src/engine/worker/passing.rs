//! When the packets of a pair begin and end to pass as they come, and what is heard across the seam.

use super::rounds::Rounds;
use super::Worker;
use crate::engine::leg::Leg;
use crate::engine::pair::hindrance::{hindrance, Hindrance, Side};
use crate::engine::pair::rhythm;
use crate::engine::wheel::{slots, SLOT_NS};
use crate::graph::{MAX_OCTETS, MAX_SAMPLES};
use crate::net::monotonic_ns;
use crate::net::wait::Trigger;

/// More than a jitter buffer holds.
const MOST_DRAINED: u64 = 8;

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
        match self.take_other(&mut leg) {
            Some((at, mut other)) => {
                let found = found_hindrance(&leg, &other, now);
                let is_relayed = leg.is_relayed() || other.is_relayed();
                if is_relayed && found.is_some() {
                    self.end((place, &mut leg), (at, &mut other), now, from);
                } else if !is_relayed && may_begin(&mut leg, &mut other, found, now) {
                    self.begin_passing((place, &mut leg), (at, &mut other), now);
                }
                self.legs.put(at, other);
            }
            None if leg.is_relayed() => self.end_alone((place, &mut leg), now, from),
            None => {}
        }
        self.legs.put(place, leg);
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
    pub fn take_other(&mut self, leg: &mut Leg) -> Option<(u32, Box<Leg>)> {
        let pair = leg.pair.as_mut()?;
        self.legs.find(pair.other, &mut pair.place)?;
        Some((pair.place, self.legs.take(pair.place)?))
    }

    fn begin_passing(&mut self, one: (u32, &mut Leg), two: (u32, &mut Leg), now: u64) {
        let (one_at, one) = one;
        let (two_at, two) = two;
        let add = |at: u32, leg: &Leg| {
            let (socket, token) = (&leg.sockets.rtp, u64::from(at));
            self.rounds.poller.add(socket, token, Trigger::Level)
        };
        if add(one_at, one).is_err() {
            return;
        }
        if add(two_at, two).is_err() {
            return self.rounds.poller.remove(&one.sockets.rtp);
        }
        self.rounds.drain(one, two, now);
        self.rounds.drain(two, one, now);
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
        self.rounds.poller.remove(&leg.sockets.rtp);
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

impl Rounds {
    /// What waits in the jitter buffer of one goes out to the peer of the other at once: it is not heard twice, and
    /// nothing is missing.
    fn drain(&mut self, from: &mut Leg, to: &mut Leg, now: u64) {
        let Some(configuration) = &to.configuration else {
            return;
        };
        let (codec, payload_type) = (configuration.codec, configuration.payload_type);
        let (units, packet_ns) = (
            configuration.units(),
            u64::from(configuration.packet_time_ms) * 1_000_000,
        );
        let mut room = [0; MAX_SAMPLES];
        let samples = &mut room[..configuration.samples()];
        let most = codec.octets_a_ms().map_or(MAX_OCTETS, |each| {
            each * configuration.packet_time_ms as usize
        });
        for index in 0..MOST_DRAINED {
            if !from.incoming.drain(samples, now + index * packet_ns) {
                return;
            }
            let mut payload = [0; MAX_OCTETS];
            let octets = to
                .outgoing
                .encoder
                .encode(codec, samples, &mut payload[..most]);
            let header = to.outgoing.sender.audio(payload_type, units, octets);
            self.send(to, &header, &payload[..octets]);
        }
    }
}

fn found_hindrance(leg: &Leg, other: &Leg, now: u64) -> Option<Hindrance> {
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
