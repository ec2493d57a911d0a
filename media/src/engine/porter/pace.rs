//! How many packets are read in a moment: a stranger who floods one leg does not keep the thread from sleeping.

/// A moment, nanoseconds.
const MOMENT_NS: u64 = 1_250_000;
/// Packets that may be read in one whatever the number of legs: a burst after a pause of the network.
const AT_LEAST: usize = 64;
/// Beside those, for each leg. With packets of 10 ms a leg has an eighth of one in a moment.
const FOR_EACH: usize = 2;

#[derive(Default)]
pub struct Pace {
    moment: u64,
    packets: usize,
}

impl Pace {
    /// So many packets were read at `now`; returns when to look again, if that is not at once.
    pub fn note(&mut self, packets: usize, legs: usize, now: u64) -> Option<u64> {
        let moment = now / MOMENT_NS;
        if moment != self.moment {
            (self.moment, self.packets) = (moment, 0);
        }
        self.packets += packets;
        let is_crowded = self.packets > AT_LEAST + FOR_EACH * legs;
        is_crowded.then_some((moment + 1) * MOMENT_NS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// Reads all that arrives, `interval` apart, and as fast as it may; returns the most that any wait was.
    fn longest_wait(interval: u64, legs: usize) -> u64 {
        let (mut pace, mut read, mut now, mut longest) = (Pace::default(), 0, 0, 0);
        while now < SECOND {
            let arrived = now / interval;
            if arrived > read {
                longest = longest.max(now - (read + 1) * interval);
            }
            let packets = (arrived - read).min(64);
            read += packets;
            now = pace
                .note(packets as usize, legs, now)
                .unwrap_or(now + 10_000);
        }
        longest
    }

    #[test]
    fn legs_that_talk_never_wait() {
        for legs in [2, 100, 1000] {
            // Of each leg one packet in 10 ms.
            assert!(longest_wait(10_000_000 / legs as u64, legs) <= 20_000);
        }
    }

    #[test]
    fn a_flood_is_read_a_moment_at_a_time() {
        let mut pace = Pace::default();
        let (mut now, mut read) = (0, 0);
        while now < SECOND {
            read += 64;
            // A microsecond a packet.
            now = pace.note(64, 2, now + 64_000).unwrap_or(now + 64_000);
        }
        assert!(read < 110_000, "{read} packets in a second");
    }

    #[test]
    fn a_burst_of_every_leg_is_read_at_once() {
        let mut pace = Pace::default();
        for round in 0..100 {
            assert_eq!(pace.note(2, 100, 10_000 * round % MOMENT_NS), None);
        }
    }
}
