//! The pairs that a porter carries packets for, by place and by name. Nothing is allocated below the capacity.

use std::collections::HashMap;

use crate::engine::leg::Leg;

/// Two legs, and how many records of DTLS came for each since its last tick.
pub struct Carried {
    pub legs: [Box<Leg>; 2],
    pub records: [usize; 2],
}

/// A leg has a place: that of its pair, doubled, and its side.
pub struct Pairs {
    pairs: Vec<Option<Carried>>,
    free: Vec<u32>,
    names: HashMap<u64, u32>,
}

impl Pairs {
    /// Holds `capacity` legs.
    pub fn new(capacity: usize) -> Self {
        Self {
            pairs: Vec::with_capacity(capacity / 2 + 1),
            free: Vec::with_capacity(capacity / 2 + 1),
            names: HashMap::with_capacity(capacity),
        }
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns the place of the first; that of the second follows.
    pub fn insert(&mut self, legs: [Box<Leg>; 2]) -> u32 {
        let names = legs.each_ref().map(|leg| leg.id);
        let carried = Some(Carried {
            legs,
            records: [0; 2],
        });
        let at = match self.free.pop() {
            Some(at) => {
                self.pairs[at as usize] = carried;
                at
            }
            None => {
                self.pairs.push(carried);
                // There are at most 32,767 port pairs, so legs.
                (self.pairs.len() - 1) as u32
            }
        };
        for (side, name) in (0..).zip(names) {
            self.names.insert(name, 2 * at + side);
        }
        2 * at
    }

    pub fn place(&self, leg: u64) -> Option<u32> {
        self.names.get(&leg).copied()
    }

    pub fn any_place(&self) -> Option<u32> {
        self.names.values().next().copied()
    }

    /// The leg of that place, the other one, and the records of the first.
    pub fn both(&mut self, place: u32) -> Option<(&mut Leg, &mut Leg, &mut usize)> {
        let Carried { legs, records } = self.pairs.get_mut(place as usize / 2)?.as_mut()?;
        let [one, two] = legs;
        let side = place as usize % 2;
        let records = &mut records[side];
        Some(match side {
            0 => (one, two, records),
            _ => (two, one, records),
        })
    }

    /// Fetches what the packets after the first of `places` will need, a step further for each that is nearer.
    pub fn fetch_ahead(&self, places: &[u32]) {
        let steps = [
            Leg::fetch_last_to_pass,
            Leg::fetch_behind_to_pass,
            Leg::fetch_to_pass,
        ];
        for (place, fetch) in places.iter().skip(1).zip(steps) {
            if let Some(Some(carried)) = self.pairs.get(*place as usize / 2) {
                let side = *place as usize % 2;
                fetch(&carried.legs[side], &carried.legs[1 - side]);
            }
        }
    }

    pub fn legs_mut(&mut self) -> impl Iterator<Item = &mut Leg> {
        let legs = self
            .pairs
            .iter_mut()
            .flatten()
            .flat_map(|carried| &mut carried.legs);
        legs.map(AsMut::as_mut)
    }

    pub fn remove(&mut self, place: u32) -> Option<[Box<Leg>; 2]> {
        let carried = self.pairs.get_mut(place as usize / 2)?.take()?;
        self.free.push(place / 2);
        for leg in &carried.legs {
            self.names.remove(&leg.id);
        }
        Some(carried.legs)
    }
}
