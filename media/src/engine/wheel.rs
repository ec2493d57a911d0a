//! When each leg is due. Time is cut into slots of 2.5 ms, counted from the clock's origin; a leg is due in one slot
//! of every packet time. Legs that cost little are gathered in few slots, so that a waking serves many; the others are
//! spread, so that the load is flat.

pub const SLOT_NS: u64 = 2_500_000;
pub const SAMPLES_A_SLOT: u64 = 20;
const SLOTS_IN_10_MS: u64 = 4;
/// More than the 24 slots of the longest packet time, 60 ms, and the 12 by which `aligned` may put a tick off.
pub const SLOTS: usize = 40;

/// So many legs that cost little share a slot: well below a slot's time of work.
const GATHERED: usize = 100;

/// The slots of one packet time.
pub fn slots(packet_time_ms: u32) -> u64 {
    u64::from(packet_time_ms) / 10 * SLOTS_IN_10_MS
}

/// The slot that time is in.
pub fn slot_at(now: u64) -> u64 {
    now / SLOT_NS
}

/// What becomes of the slots up to `current` when `next` is the first that did not run: so many are left out, in whole
/// turns of the wheel, and then so many run. What becomes due meanwhile is for the next round, after a look at the
/// mailbox: a worker that has too much to do must still hear that legs are closed or go elsewhere.
pub fn catch_up(next: u64, current: u64) -> (u64, u64) {
    let behind = (current + 1).saturating_sub(next);
    let turns = SLOTS as u64;
    match behind > turns {
        true => (behind / turns * turns, behind % turns),
        false => (0, behind),
    }
}

/// Each leg that is due some time, in the bucket of its next slot.
pub struct Wheel {
    buckets: [Vec<u32>; SLOTS],
    spare: Vec<u32>,
    legs: usize,
}

impl Wheel {
    /// Holds `capacity` legs without allocating again.
    pub fn new(capacity: usize) -> Self {
        Self {
            buckets: std::array::from_fn(|_| Vec::with_capacity(capacity)),
            spare: Vec::with_capacity(capacity),
            legs: 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.legs == 0
    }

    pub fn add(&mut self, leg: u32, slot: u64) {
        self.buckets[slot as usize % SLOTS].push(leg);
        self.legs += 1;
    }

    pub fn remove(&mut self, leg: u32, slot: u64) {
        let bucket = &mut self.buckets[slot as usize % SLOTS];
        if let Some(place) = bucket.iter().position(|&other| other == leg) {
            bucket.swap_remove(place);
            self.legs -= 1;
        }
    }

    /// The legs that are due in `slot`; give the list back with `recycle`.
    pub fn take(&mut self, slot: u64) -> Vec<u32> {
        let spare = std::mem::take(&mut self.spare);
        let due = std::mem::replace(&mut self.buckets[slot as usize % SLOTS], spare);
        self.legs -= due.len();
        due
    }

    pub fn recycle(&mut self, mut due: Vec<u32>) {
        due.clear();
        self.spare = due;
    }

    /// The first slot from `from` on in which a leg is due.
    pub fn first(&self, from: u64) -> Option<u64> {
        (from..from + SLOTS as u64).find(|slot| !self.buckets[*slot as usize % SLOTS].is_empty())
    }

    /// The fullest of the `period` slots from `from` on in which less than `GATHERED` legs are due, or the emptiest.
    pub fn fullest(&self, from: u64, period: u64) -> u64 {
        let legs = |slot: &u64| self.buckets[*slot as usize % SLOTS].len();
        // Of equal ones the last counts as the most: the first slot is to win.
        (from..from + period)
            .rev()
            .filter(|slot| legs(slot) < GATHERED)
            .max_by_key(legs)
            .unwrap_or_else(|| self.emptiest(from, period))
    }

    /// The emptiest of the `period` slots from `from` on.
    pub fn emptiest(&self, from: u64, period: u64) -> u64 {
        (from..from + period)
            .min_by_key(|slot| self.buckets[*slot as usize % SLOTS].len())
            .unwrap_or(from)
    }
}

/// The slot nearest to `wished` in which a leg of `period` is due together with one of `other_period` that is due
/// in `other`: the same slot every time, or every time both can be.
pub fn aligned(wished: u64, period: u64, other: u64, other_period: u64) -> u64 {
    let step = gcd(period, other_period);
    let behind = (wished + step - other % step) % step;
    if behind * 2 <= step {
        wished - behind
    } else {
        wished - behind + step
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 {
        a
    } else {
        gcd(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legs_of_one_packet_time_are_spread_evenly() {
        let mut wheel = Wheel::new(80);
        for leg in 0..80 {
            let slot = wheel.emptiest(1000, slots(20));
            wheel.add(leg, slot);
        }
        for slot in 1000..1008 {
            assert_eq!(wheel.take(slot).len(), 10);
        }
        assert!(wheel.is_empty());
    }

    #[test]
    fn legs_that_cost_little_are_gathered_until_a_slot_is_full() {
        let mut wheel = Wheel::new(2000);
        assert_eq!(wheel.fullest(1000, slots(20)), 1000);
        for leg in 0..2 * GATHERED as u32 + 10 {
            let slot = wheel.fullest(1000, slots(20));
            wheel.add(leg, slot);
        }
        let due = |wheel: &mut Wheel| {
            let mut counts: Vec<_> = (1000..1008).map(|slot| wheel.take(slot).len()).collect();
            counts.sort_unstable();
            counts.retain(|&count| count > 0);
            counts
        };
        assert_eq!(due(&mut wheel), [10, GATHERED, GATHERED]);
        for leg in 0..8 * GATHERED as u32 + 16 {
            let slot = wheel.fullest(1000, slots(20));
            wheel.add(leg, slot);
        }
        assert_eq!(due(&mut wheel), [GATHERED + 2; 8]);
    }

    #[test]
    fn what_is_behind_runs_or_is_left_out_and_never_more_than_a_turn_runs_at_once() {
        assert_eq!(catch_up(100, 99), (0, 0));
        assert_eq!(catch_up(100, 100), (0, 1));
        assert_eq!(catch_up(100, 139), (0, 40));
        assert_eq!(catch_up(100, 140), (40, 1));
        assert_eq!(catch_up(100, 189), (80, 10));
    }

    #[test]
    fn a_removed_leg_is_not_due() {
        let mut wheel = Wheel::new(4);
        wheel.add(1, 7);
        wheel.add(2, 7);
        wheel.remove(1, 7);
        wheel.remove(9, 7);
        assert_eq!(wheel.take(7), [2]);
        assert!(wheel.is_empty());
    }

    #[test]
    fn alignment_moves_by_at_most_half_a_packet_time() {
        for wished in 100..130 {
            for other in 90..140 {
                let slot = aligned(wished, 8, other, 8);
                assert_eq!(slot % 8, other % 8);
                assert!(slot.abs_diff(wished) <= 4);
                let slot = aligned(wished, 8, other, 12);
                assert_eq!(slot % 4, other % 4);
                assert!(slot.abs_diff(wished) <= 2);
            }
        }
    }
}
