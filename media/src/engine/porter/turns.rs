//! How urgently a porter asks for its turns.
//!
//! With a turn like everybody's it costs least, and on a machine with time left that comes soon enough. Where packets wait,
//! it goes before everybody, and looks only so often: then many packets share one waking as well, at a higher price.

/// What a packet may wait, nanoseconds: half of a usual packet time, which every jitter buffer bears.
const LATE_NS: u64 = 10_000_000;
/// How long is counted, nanoseconds.
const WINDOW_NS: u64 = 250_000_000;
/// Late packets in one window that are too many: one of so many, and at least so many.
const ONE_OF: usize = 50;
const AT_LEAST: usize = 5;
/// How long it goes before everybody at first, and at most, nanoseconds.
const FIRST_NS: u64 = 5_000_000_000;
const LONGEST_NS: u64 = 160_000_000_000;
/// After so long in time nothing is remembered of former haste, nanoseconds.
const FORGET_NS: u64 = 60_000_000_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rank {
    #[default]
    Ordinary,
    First,
}

pub struct Turns {
    rank: Rank,
    /// Since when it has this rank.
    since: u64,
    hold: u64,
    window: u64,
    packets: usize,
    late: usize,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            rank: Rank::Ordinary,
            since: 0,
            hold: FIRST_NS,
            window: 0,
            packets: 0,
            late: 0,
        }
    }
}

impl Turns {
    pub fn rank(&self) -> Rank {
        self.rank
    }

    /// A packet was read after it had waited for so many nanoseconds.
    pub fn note(&mut self, waited: u64) {
        self.packets += 1;
        self.late += usize::from(waited > LATE_NS);
    }

    /// The rank to take now, if it is another one.
    pub fn change(&mut self, now: u64) -> Option<Rank> {
        if now < self.window {
            return None;
        }
        let is_late = self.late >= AT_LEAST.max(self.packets / ONE_OF);
        (self.packets, self.late) = (0, 0);
        self.window = now + WINDOW_NS;
        let passed = now.saturating_sub(self.since);
        let rank = match self.rank {
            Rank::Ordinary if is_late => Rank::First,
            Rank::First if passed >= self.hold => Rank::Ordinary,
            _ => return None,
        };
        if rank == Rank::First {
            self.hold = match passed < FORGET_NS && self.since > 0 {
                true => (self.hold * 2).min(LONGEST_NS),
                false => FIRST_NS,
            };
        }
        (self.rank, self.since) = (rank, now);
        Some(rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const STEP: u64 = 10_000_000;

    /// Ten packets each 10 ms, all of which wait as long as `waited` says for a time; returns the changes of rank.
    fn run(seconds: u64, waited: impl Fn(u64, Rank) -> u64) -> Vec<(u64, Rank)> {
        let (mut turns, mut changes) = (Turns::default(), Vec::new());
        for now in (SECOND..seconds * SECOND).step_by(STEP as usize) {
            for _ in 0..10 {
                turns.note(waited(now, turns.rank()));
            }
            changes.extend(turns.change(now).map(|rank| (now / SECOND, rank)));
        }
        changes
    }

    #[test]
    fn in_time_nothing_changes() {
        assert_eq!(run(600, |_, _| 9_000_000), []);
    }

    #[test]
    fn a_single_stall_changes_nothing() {
        let stall = |now: u64, _: Rank| match now {
            20_000_000_000 => 19_000_000,
            _ => 100_000,
        };
        // Ten packets of two hundred and fifty: too many. Four are not.
        assert_eq!(run(40, stall).len(), 2);
        let mut turns = Turns::default();
        turns.change(1);
        (0..4).for_each(|_| turns.note(19_000_000));
        assert_eq!(turns.change(SECOND), None);
    }

    #[test]
    fn a_busy_machine_is_left_alone_for_longer_and_longer() {
        let busy = |_: u64, rank: Rank| match rank {
            Rank::Ordinary => 17_000_000,
            Rank::First => 1_000_000,
        };
        let changes = run(400, busy);
        let first = changes.iter().filter(|(_, rank)| *rank == Rank::First);
        let gaps: Vec<u64> = first.map(|(at, _)| *at).collect();
        let gaps: Vec<u64> = gaps.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.windows(2).all(|pair| pair[1] >= pair[0]));
        assert_eq!(gaps.first(), Some(&5));
        assert!(changes.len() < 16);
    }

    #[test]
    fn after_a_quiet_minute_it_begins_anew() {
        let busy = |now: u64, rank: Rank| {
            let is_busy = now < 30 * SECOND || (200 * SECOND..201 * SECOND).contains(&now);
            match rank == Rank::Ordinary && is_busy {
                true => 17_000_000,
                false => 100_000,
            }
        };
        let changes = run(300, busy);
        let back = changes.iter().find(|(at, _)| *at >= 201);
        assert_eq!(back, Some(&(205, Rank::Ordinary)));
    }
}
