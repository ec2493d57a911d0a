//! Which worker each leg is on. Legs that hear each other, however indirectly, share one: a worker reads only its own.

use std::collections::{HashMap, HashSet};

use super::shares::{Charge, Cost, Shares};

#[path = "placement/charging.rs"]
mod charging;

pub use charging::AT_ONCE;

struct Placed {
    worker: usize,
    charge: Charge,
    /// What it is expected to take; 0 as long as it is not agreed what it talks.
    cost: Cost,
    hears: Vec<u64>,
    room: Option<u64>,
    /// As it was told last.
    pair: Option<u64>,
    heard_by: HashSet<u64>,
}

/// A leg that must go to another worker before it can hear or be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub leg: u64,
    pub from: usize,
    pub to: usize,
}

pub struct Placement {
    legs: HashMap<u64, Placed>,
    rooms: HashMap<u64, HashSet<u64>>,
    load: Vec<usize>,
    /// Legs whose pair may be another one now.
    touched: Vec<u64>,
    shares: Shares,
}

impl Placement {
    pub fn new(workers: usize, shares: Shares) -> Self {
        Self {
            legs: HashMap::new(),
            rooms: HashMap::new(),
            load: vec![0; workers],
            touched: Vec::new(),
            shares,
        }
    }

    pub fn worker(&self, leg: u64) -> Option<usize> {
        self.legs.get(&leg).map(|placed| placed.worker)
    }

    pub fn is_measure_due(&self, now: u64) -> bool {
        self.shares.is_due(now)
    }

    /// CPU time of each worker since it was started.
    pub fn measure(&mut self, now: u64, cpu_ns: impl Iterator<Item = u64>) {
        self.shares.measure(now, cpu_ns);
    }

    /// Where a new leg should go: beside `near`, or to a worker with time left.
    pub fn choose(&self, near: Option<u64>) -> usize {
        near.and_then(|near| self.worker(near))
            .unwrap_or_else(|| self.shares.choose(&self.load))
    }

    pub fn open(&mut self, leg: u64, worker: usize) {
        self.load[worker] += 1;
        let placed = Placed {
            worker,
            charge: self.shares.open(worker),
            cost: 0,
            hears: Vec::new(),
            room: None,
            pair: None,
            heard_by: HashSet::new(),
        };
        self.legs.insert(leg, placed);
    }

    pub fn close(&mut self, leg: u64) {
        self.leave(leg);
        let Some(placed) = self.legs.remove(&leg) else {
            return;
        };
        self.load[placed.worker] -= 1;
        self.shares.release(placed.worker, placed.charge);
        self.touched.extend(&placed.hears);
        self.touched.extend(&placed.heard_by);
        for source in placed.hears {
            if let Some(source) = self.legs.get_mut(&source) {
                source.heard_by.remove(&leg);
            }
        }
        for listener in placed.heard_by {
            if let Some(listener) = self.legs.get_mut(&listener) {
                listener.hears.retain(|&source| source != leg);
            }
        }
    }

    /// Notes what `leg` hears from now on; sources that are not open are left out. Returns who must move.
    pub fn hear(&mut self, leg: u64, sources: &[u64]) -> Vec<Move> {
        let open: Vec<u64> = sources
            .iter()
            .copied()
            .filter(|source| self.legs.contains_key(source))
            .collect();
        let Some(placed) = self.legs.get_mut(&leg) else {
            return Vec::new();
        };
        let before = std::mem::replace(&mut placed.hears, open.clone());
        self.touched.push(leg);
        self.touched.extend(before.iter().chain(&open));
        for source in before {
            if let Some(source) = self.legs.get_mut(&source) {
                source.heard_by.remove(&leg);
            }
        }
        for source in open {
            if let Some(source) = self.legs.get_mut(&source) {
                source.heard_by.insert(leg);
            }
            self.charge_anew(source);
        }
        self.charge_anew(leg);
        self.gather(leg)
    }

    /// Notes that `leg` is in a conference, and in no other. Returns who must move.
    pub fn join(&mut self, leg: u64, room: u64) -> Vec<Move> {
        self.leave(leg);
        let Some(placed) = self.legs.get_mut(&leg) else {
            return Vec::new();
        };
        placed.room = Some(room);
        self.touched.push(leg);
        self.rooms.entry(room).or_default().insert(leg);
        self.charge_anew(leg);
        self.gather(leg)
    }

    /// Returns the conference that it was in.
    pub fn leave(&mut self, leg: u64) -> Option<u64> {
        let room = self.legs.get_mut(&leg)?.room.take()?;
        self.touched.push(leg);
        if let Some(members) = self.rooms.get_mut(&room) {
            members.remove(&leg);
            if members.is_empty() {
                self.rooms.remove(&room);
            }
        }
        Some(room)
    }

    pub fn room(&self, leg: u64) -> Option<u64> {
        self.legs.get(&leg)?.room
    }

    /// Any member of a conference.
    pub fn member(&self, room: u64) -> Option<u64> {
        self.rooms.get(&room)?.iter().next().copied()
    }

    pub fn members(&self, room: u64) -> impl Iterator<Item = u64> + '_ {
        self.rooms.get(&room).into_iter().flatten().copied()
    }

    /// Legs that hear one other and nobody else, and are heard by it alone, since the last question; or no longer.
    pub fn changed_pairs(&mut self) -> Vec<(u64, Option<u64>)> {
        let mut touched = std::mem::take(&mut self.touched);
        let known = |leg: &u64| self.legs.get(leg).and_then(|placed| placed.pair);
        let mut others: Vec<u64> = touched.iter().filter_map(known).collect();
        touched.append(&mut others);
        let partners = touched.iter().filter_map(|leg| self.partner(*leg));
        others = partners.collect();
        touched.append(&mut others);
        let mut changed = Vec::new();
        for leg in touched {
            let partner = self.partner(leg);
            if let Some(placed) = self.legs.get_mut(&leg) {
                if std::mem::replace(&mut placed.pair, partner) != partner {
                    changed.push((leg, partner));
                }
            }
        }
        changed
    }

    /// The one leg that this one hears and is heard by, if neither has anybody else.
    fn partner(&self, leg: u64) -> Option<u64> {
        let other = *self.legs.get(&leg)?.hears.first()?;
        let hears_only = |one: u64, two: u64| {
            self.legs.get(&one).is_some_and(|placed| {
                let is_heard_by_it = placed.heard_by.len() == 1 && placed.heard_by.contains(&two);
                placed.hears == [two] && is_heard_by_it && placed.room.is_none()
            })
        };
        let is_pair = leg != other && hears_only(leg, other) && hears_only(other, leg);
        is_pair.then_some(other)
    }

    /// How many legs at most have to move when `leg` hears `sources`.
    pub fn joined_with(&self, leg: u64, sources: &[u64]) -> usize {
        let known = |leg: &&u64| self.legs.contains_key(leg);
        std::iter::once(&leg)
            .chain(sources)
            .filter(known)
            .map(|member| self.joined(*member).len())
            .sum()
    }

    /// Brings all that are joined with `leg` to the worker that has most of them.
    fn gather(&mut self, leg: u64) -> Vec<Move> {
        let joined = self.joined(leg);
        let mut votes = vec![0; self.load.len()];
        for member in &joined {
            votes[self.legs[member].worker] += 1;
        }
        let most = votes.iter().copied().max().unwrap_or(0);
        let to = votes.iter().position(|&count| count == most).unwrap_or(0);
        joined
            .into_iter()
            .filter_map(|member| self.bring(member, to))
            .collect()
    }

    fn joined(&self, leg: u64) -> Vec<u64> {
        let mut found = HashSet::from([leg]);
        let mut reached = vec![leg];
        let mut rooms = HashSet::new();
        let mut next = 0;
        while let Some(member) = reached.get(next).copied() {
            next += 1;
            let placed = &self.legs[&member];
            let room = placed.room.filter(|room| rooms.insert(*room));
            let mates = room.and_then(|room| self.rooms.get(&room));
            let neighbours = placed.hears.iter().chain(&placed.heard_by);
            for neighbour in neighbours.chain(mates.into_iter().flatten()) {
                if found.insert(*neighbour) {
                    reached.push(*neighbour);
                }
            }
        }
        reached
    }
}

#[cfg(test)]
#[path = "placement/tests.rs"]
mod tests;
