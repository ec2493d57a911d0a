//! How much of its time each worker is at work, and from that which one a new leg goes to.
//!
//! A worker's wake-up costs as much for one leg as for thirty, so one worker is filled before the next gets anything.

/// Of a worker's time. Less is known of it than of its legs: one that talks Opus costs as much as ten of G.711.
pub const FULL: f64 = 0.5;
/// Nanoseconds between two measurements, at least.
const BETWEEN: u64 = 500_000_000;
/// What a leg takes of a worker's time as long as nothing was measured, and at least.
const FIRST_GUESS: f64 = 0.002;
const LEAST: f64 = 0.001;

struct Worker {
    cpu_ns: u64,
    /// At the last measurement.
    share: f64,
    /// Legs that came since.
    new: usize,
}

pub struct Shares {
    full: f64,
    workers: Vec<Worker>,
    measured_at: u64,
    /// Of a worker's time, of one leg.
    each: f64,
}

impl Shares {
    /// `full`: where the next worker gets its first leg; 0 gives each leg to the one that has least.
    pub fn new(workers: usize, full: f64, now: u64) -> Self {
        let idle = || Worker {
            cpu_ns: 0,
            share: 0.0,
            new: 0,
        };
        Self {
            full,
            workers: std::iter::repeat_with(idle).take(workers).collect(),
            measured_at: now,
            each: FIRST_GUESS,
        }
    }

    pub fn is_due(&self, now: u64) -> bool {
        now.saturating_sub(self.measured_at) >= BETWEEN
    }

    /// `cpu_ns` of each worker since it was started, and how many legs there are in all.
    pub fn measure(&mut self, now: u64, cpu_ns: impl Iterator<Item = u64>, legs: usize) {
        let passed = now.saturating_sub(self.measured_at).max(1) as f64;
        for (worker, cpu_ns) in self.workers.iter_mut().zip(cpu_ns) {
            worker.share = cpu_ns.saturating_sub(worker.cpu_ns) as f64 / passed;
            worker.cpu_ns = cpu_ns;
            worker.new = 0;
        }
        self.measured_at = now;
        if legs > 0 {
            let sum: f64 = self.workers.iter().map(|worker| worker.share).sum();
            self.each = (sum / legs as f64).max(LEAST);
        }
    }

    /// The first worker with time left, else the one with most of it; of equal ones, that with the fewest legs.
    pub fn choose(&self, legs: &[usize]) -> usize {
        let taken = |worker: usize| {
            let worker = &self.workers[worker];
            worker.share + worker.new as f64 * self.each
        };
        let workers = 0..self.workers.len().min(legs.len());
        let order = |a: &usize, b: &usize| {
            let by_time = taken(*a).total_cmp(&taken(*b));
            by_time.then(legs[*a].cmp(&legs[*b]))
        };
        let open = workers.clone().find(|&worker| taken(worker) < self.full);
        open.or_else(|| workers.min_by(order)).unwrap_or(0)
    }

    /// A leg went there.
    pub fn add(&mut self, worker: usize) {
        self.workers[worker].new += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// Opens legs one after the other and returns how many each worker got.
    fn open(shares: &mut Shares, legs: &mut [usize; 2], count: usize) {
        for _ in 0..count {
            let worker = shares.choose(&*legs);
            shares.add(worker);
            legs[worker] += 1;
        }
    }

    #[test]
    fn one_worker_is_filled_before_the_next() {
        let (mut shares, mut legs) = (Shares::new(2, FULL, 0), [0; 2]);
        open(&mut shares, &mut legs, 100);
        assert_eq!(legs, [100, 0]);
        shares.measure(SECOND, [SECOND / 10, 0].into_iter(), 100);
        open(&mut shares, &mut legs, 400);
        assert_eq!(legs, [500, 0]);
        shares.measure(2 * SECOND, [SECOND / 10 + SECOND / 2, 0].into_iter(), 500);
        open(&mut shares, &mut legs, 10);
        assert_eq!(legs, [500, 10]);
    }

    #[test]
    fn a_burst_of_unknown_legs_goes_to_all_workers() {
        let (mut shares, mut legs) = (Shares::new(2, FULL, 0), [0; 2]);
        open(&mut shares, &mut legs, 1000);
        assert_eq!(legs, [500, 500]);
    }

    #[test]
    fn legs_that_cost_much_are_counted_so() {
        let (mut shares, mut legs) = (Shares::new(2, FULL, 0), [0; 2]);
        open(&mut shares, &mut legs, 20);
        shares.measure(SECOND, [SECOND / 5, 0].into_iter(), 20);
        open(&mut shares, &mut legs, 60);
        assert_eq!(legs, [50, 30]);
    }

    #[test]
    fn nothing_is_filled_where_all_are_wished_alike() {
        let (mut shares, mut legs) = (Shares::new(2, 0.0, 0), [0; 2]);
        open(&mut shares, &mut legs, 11);
        assert_eq!(legs, [6, 5]);
    }
}
