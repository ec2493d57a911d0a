//! Which worker each leg is on. Legs that hear each other, however indirectly, share one: a worker reads only its own.

use std::collections::{HashMap, HashSet};

use super::shares::Shares;

struct Placed {
    worker: usize,
    hears: Vec<u64>,
    room: Option<u64>,
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
    shares: Shares,
}

impl Placement {
    pub fn new(workers: usize, shares: Shares) -> Self {
        Self {
            legs: HashMap::new(),
            rooms: HashMap::new(),
            load: vec![0; workers],
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
        self.shares.measure(now, cpu_ns, self.legs.len());
    }

    /// Where a new leg should go: beside `near`, or to a worker with time left.
    pub fn choose(&self, near: Option<u64>) -> usize {
        near.and_then(|near| self.worker(near))
            .unwrap_or_else(|| self.shares.choose(&self.load))
    }

    pub fn open(&mut self, leg: u64, worker: usize) {
        self.load[worker] += 1;
        self.shares.add(worker);
        let placed = Placed {
            worker,
            hears: Vec::new(),
            room: None,
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
        for source in std::mem::replace(&mut placed.hears, open.clone()) {
            if let Some(source) = self.legs.get_mut(&source) {
                source.heard_by.remove(&leg);
            }
        }
        for source in open {
            if let Some(source) = self.legs.get_mut(&source) {
                source.heard_by.insert(leg);
            }
        }
        self.gather(leg)
    }

    /// Notes that `leg` is in a conference, and in no other. Returns who must move.
    pub fn join(&mut self, leg: u64, room: u64) -> Vec<Move> {
        self.leave(leg);
        let Some(placed) = self.legs.get_mut(&leg) else {
            return Vec::new();
        };
        placed.room = Some(room);
        self.rooms.entry(room).or_default().insert(leg);
        self.gather(leg)
    }

    /// Returns the conference that it was in.
    pub fn leave(&mut self, leg: u64) -> Option<u64> {
        let room = self.legs.get_mut(&leg)?.room.take()?;
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
        let mut moves = Vec::new();
        for member in joined {
            if let Some(placed) = self.legs.get_mut(&member) {
                let from = std::mem::replace(&mut placed.worker, to);
                if from != to {
                    self.load[from] -= 1;
                    self.load[to] += 1;
                    moves.push(Move {
                        leg: member,
                        from,
                        to,
                    });
                }
            }
        }
        moves
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
mod tests {
    use super::*;

    fn three_workers() -> Placement {
        let mut placement = Placement::new(3, Shares::new(3, 0.0, 0));
        for leg in 0..6 {
            let worker = placement.choose(None);
            placement.open(leg, worker);
        }
        placement
    }

    #[test]
    fn legs_are_spread_and_near_ones_are_together() {
        let mut placement = three_workers();
        assert_eq!(placement.load, [2, 2, 2]);
        placement.open(10, placement.choose(Some(4)));
        assert_eq!(placement.worker(10), placement.worker(4));
        placement.close(10);
        assert_eq!(placement.load, [2, 2, 2]);
    }

    #[test]
    fn one_leg_moves_when_two_are_joined_and_none_when_they_hear_back() {
        let mut placement = three_workers();
        let moves = placement.hear(0, &[1]);
        assert_eq!(moves.len(), 1);
        assert_eq!(placement.worker(0), placement.worker(1));
        assert_eq!(placement.hear(1, &[0]), []);
        assert_eq!(placement.hear(0, &[0]), []);
    }

    #[test]
    fn the_smaller_part_moves_with_all_that_it_hears() {
        let mut placement = three_workers();
        placement.hear(0, &[3]);
        placement.open(7, placement.choose(Some(0)));
        placement.hear(7, &[0]);
        let to = placement.worker(0).unwrap();
        placement.hear(4, &[1]);
        let moves = placement.hear(1, &[7]);
        let mut moved: Vec<u64> = moves.iter().map(|one| one.leg).collect();
        moved.sort_unstable();
        assert_eq!(moved, [1, 4]);
        assert!(moves.iter().all(|one| one.to == to));
        assert_eq!(placement.load.iter().sum::<usize>(), placement.legs.len());
    }

    #[test]
    fn members_of_a_conference_share_a_worker_whatever_they_hear() {
        let mut placement = three_workers();
        for leg in 0..5 {
            placement.join(leg, 9);
        }
        let to = placement.worker(0);
        assert!((0..5).all(|leg| placement.worker(leg) == to));
        assert_ne!(placement.worker(5), to);
        let moves = placement.hear(5, &[2]);
        assert_eq!(moves.len(), 1);
        assert_eq!(placement.worker(5), to);
        assert_eq!(placement.leave(2), Some(9));
        assert_eq!(placement.joined(5).len(), 2);
        assert_eq!(placement.joined(0).len(), 4);
        placement.join(0, 8);
        assert_eq!(placement.member(8), Some(0));
        placement.close(0);
        assert_eq!(placement.member(8), None);
        assert_eq!(placement.members(9).count(), 3);
    }

    #[test]
    fn closed_legs_join_nobody() {
        let mut placement = three_workers();
        placement.hear(0, &[1]);
        placement.hear(2, &[1]);
        placement.close(1);
        assert_eq!(placement.joined(0), [0]);
        assert_eq!(placement.hear(0, &[1, 99]), []);
        assert!(placement.legs[&0].hears.is_empty());
    }
}
