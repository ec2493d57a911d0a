//! What each leg is expected to take of its worker's time, and who goes elsewhere when a worker has too much to do.

use std::collections::HashSet;

use super::super::shares::{Charge, Cost, COSTLY};
use super::{Move, Placement};

/// So many legs go to another worker at once.
pub const AT_ONCE: usize = 32;

impl Placement {
    /// Of each worker's time, 0 to 1: what was measured, and what legs are expected to take that came since.
    pub fn taken(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.load.len()).map(|worker| self.shares.taken(worker))
    }

    /// It is agreed what the leg talks, for the first time or anew.
    pub fn agree(&mut self, leg: u64, cost: Cost) {
        let Some(placed) = self.legs.get_mut(&leg) else {
            return;
        };
        let before = std::mem::replace(&mut placed.cost, cost);
        if before == 0 {
            self.shares.learn(cost);
        }
        if before < cost {
            self.shares.release(placed.worker, placed.charge);
            placed.charge = self.shares.charge(placed.worker, cost);
        }
    }

    /// A leg hears somebody else or is heard by somebody else: where its codec only rested, or was another leg's as
    /// well, it may have to work from now on.
    pub(super) fn charge_anew(&mut self, leg: u64) {
        if let Some(placed) = self.legs.get_mut(&leg).filter(|leg| leg.cost >= COSTLY) {
            self.shares.release(placed.worker, placed.charge);
            placed.charge = self.shares.charge(placed.worker, placed.cost);
        }
    }

    /// Puts a leg on that worker, which is charged with it.
    pub(super) fn bring(&mut self, leg: u64, to: usize) -> Option<Move> {
        let placed = self.legs.get_mut(&leg)?;
        let from = std::mem::replace(&mut placed.worker, to);
        if from == to {
            return None;
        }
        self.load[from] -= 1;
        self.load[to] += 1;
        self.shares.release(from, placed.charge);
        placed.charge = match placed.charge {
            Charge::Open => self.shares.open(to),
            Charge::Expected { .. } => self.shares.charge(to, placed.cost),
        };
        Some(Move { leg, from, to })
    }

    /// Who goes from a worker that has too much to do to the one that has least: legs that are joined go together, and
    /// whom that would not help, because they are all that there is, stay.
    pub fn relieve(&mut self) -> Vec<Move> {
        let Some((from, to, mut share)) = self.shares.strained() else {
            return Vec::new();
        };
        let there: Vec<u64> = self.legs_on(from).collect();
        let cost_of = |legs: &[u64]| legs.iter().map(|leg| self.legs[leg].cost).sum::<Cost>();
        let each = self.shares.share(from) / cost_of(&there).max(1) as f64;
        let (mut moves, mut seen) = (Vec::new(), HashSet::<u64>::new());
        for leg in there {
            if seen.contains(&leg) {
                continue;
            }
            let joined = self.joined(leg);
            seen.extend(&joined);
            let costs = joined.iter().map(|leg| self.legs[leg].cost);
            let part = costs.sum::<Cost>() as f64 * each;
            if part > share || moves.len() + joined.len() > AT_ONCE {
                continue;
            }
            share -= part;
            self.shares.give_away(from, part);
            moves.extend(joined.into_iter().filter_map(|leg| self.bring(leg, to)));
        }
        moves
    }

    /// Those whose codec is agreed.
    fn legs_on(&self, worker: usize) -> impl Iterator<Item = u64> + '_ {
        let there = self.legs.iter();
        there
            .filter(move |(_, placed)| placed.worker == worker && placed.cost > 0)
            .map(|(leg, _)| *leg)
    }
}
