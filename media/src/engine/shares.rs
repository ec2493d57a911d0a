//! How much of its time each worker is at work, and from that which one a new leg goes to.
//!
//! A worker's wake-up costs as much for one leg as for thirty, so one worker is filled before the next gets anything.
//! Legs come faster than they can be measured: each is charged with what it is expected to take, from the moment it is
//! opened until a whole measurement has seen it.

use crate::codec::Codec;

/// Of a worker's time. Less is known of it than of its legs: one that talks Opus costs as much as twenty of G.711.
pub const FULL: f64 = 0.5;
/// Nanoseconds between two measurements, at least.
const BETWEEN: u64 = 500_000_000;
/// From so much of its time on a worker gives legs away,
const STRAINED: f64 = 0.7;
/// to another that takes so much less.
const UNEVEN: f64 = 0.2;
/// A leg is taken for the mean of so many before it, until it is agreed what it talks.
const REMEMBERED: f64 = 16.0;

/// Microseconds of CPU a second.
pub type Cost = u64;

/// What a leg is expected to take at most where its codec has to work: Opus that is transcoded takes 190 to 230 us a
/// packet, and G.711 10 (`docs/performance.md`), 50 times a second.
pub const COSTLY: Cost = 10_000;
const PLAIN: Cost = 500;
/// What a leg is taken for before anything was learnt: at a start whoever rings may turn out to be either.
const FIRST_GUESS: f64 = 3000.0;

pub fn expected(codec: Codec) -> Cost {
    match codec.is_costly() {
        true => COSTLY,
        false => PLAIN,
    }
}

/// What of a leg may not be measured yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// Nobody agreed yet what it talks.
    Open,
    /// Since the measurement of that number it is expected to take so much.
    Expected { cost: Cost, since: u64 },
}

#[derive(Default)]
struct Worker {
    cpu_ns: u64,
    /// At the last measurement.
    share: f64,
    /// Legs that are open and not agreed.
    open: usize,
    /// Of legs that were agreed since the last measurement, and between that and the one before.
    new: Cost,
    recent: Cost,
}

pub struct Shares {
    full: f64,
    workers: Vec<Worker>,
    measured_at: u64,
    /// How many measurements there were.
    round: u64,
    /// What a leg is taken for that is open and not agreed.
    each: f64,
}

impl Shares {
    /// `full`: where the next worker gets its first leg; 0 gives each leg to the one that has least.
    pub fn new(workers: usize, full: f64, now: u64) -> Self {
        Self {
            full,
            workers: std::iter::repeat_with(Worker::default)
                .take(workers)
                .collect(),
            measured_at: now,
            round: 0,
            each: FIRST_GUESS,
        }
    }

    pub fn is_due(&self, now: u64) -> bool {
        now.saturating_sub(self.measured_at) >= BETWEEN
    }

    /// `cpu_ns` of each worker since it was started.
    pub fn measure(&mut self, now: u64, cpu_ns: impl Iterator<Item = u64>) {
        let passed = now.saturating_sub(self.measured_at).max(1) as f64;
        for (worker, cpu_ns) in self.workers.iter_mut().zip(cpu_ns) {
            worker.share = cpu_ns.saturating_sub(worker.cpu_ns) as f64 / passed;
            worker.cpu_ns = cpu_ns;
            worker.recent = std::mem::take(&mut worker.new);
        }
        self.measured_at = now;
        self.round += 1;
    }

    /// The first worker with time left, else the one with most of it; of equal ones, that with the fewest legs.
    pub fn choose(&self, legs: &[usize]) -> usize {
        let workers = 0..self.workers.len().min(legs.len());
        let order = |a: &usize, b: &usize| {
            let by_time = self.taken(*a).total_cmp(&self.taken(*b));
            by_time.then(legs[*a].cmp(&legs[*b]))
        };
        let free = workers
            .clone()
            .find(|&worker| self.taken(worker) < self.full);
        free.or_else(|| workers.min_by(order)).unwrap_or(0)
    }

    /// Of a worker's time: what was measured, and what legs that came since are expected to take.
    pub fn taken(&self, worker: usize) -> f64 {
        let worker = &self.workers[worker];
        let unseen = worker.open as f64 * self.each + (worker.new + worker.recent) as f64;
        worker.share + unseen / 1e6
    }

    /// A leg went there.
    pub fn open(&mut self, worker: usize) -> Charge {
        self.workers[worker].open += 1;
        Charge::Open
    }

    /// It is agreed what a leg talks.
    pub fn learn(&mut self, cost: Cost) {
        self.each += (cost as f64 - self.each) / REMEMBERED;
    }

    /// A leg there takes so much from now on.
    pub fn charge(&mut self, worker: usize, cost: Cost) -> Charge {
        self.workers[worker].new += cost;
        let since = self.round;
        Charge::Expected { cost, since }
    }

    /// A leg is gone from there, or is charged anew.
    pub fn release(&mut self, worker: usize, charge: Charge) {
        let worker = &mut self.workers[worker];
        match charge {
            Charge::Open => worker.open -= 1,
            Charge::Expected { cost, since } if since == self.round => worker.new -= cost,
            Charge::Expected { cost, since } if since + 1 == self.round => worker.recent -= cost,
            Charge::Expected { .. } => {}
        }
    }

    /// The worker that has too much to do and the one that has least, and how much should change over.
    pub fn strained(&self) -> Option<(usize, usize, f64)> {
        let workers = 0..self.workers.len();
        let share = |worker: &usize| self.workers[*worker].share;
        let from = workers
            .clone()
            .max_by(|a, b| share(a).total_cmp(&share(b)))?;
        let to = workers.min_by(|a, b| self.taken(*a).total_cmp(&self.taken(*b)))?;
        let uneven = share(&from) - self.taken(to);
        (share(&from) > STRAINED && uneven > UNEVEN).then_some((from, to, uneven / 2.0))
    }

    pub fn share(&self, worker: usize) -> f64 {
        self.workers[worker].share
    }

    /// What was measured there went to another worker, which is charged with it.
    pub fn give_away(&mut self, worker: usize, share: f64) {
        let worker = &mut self.workers[worker];
        worker.share = (worker.share - share).max(0.0);
    }
}

#[cfg(test)]
#[path = "shares/tests.rs"]
mod tests;
