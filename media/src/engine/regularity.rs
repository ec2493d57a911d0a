//! Whether a leg's peer sends one packet for each of our ticks, so that a second look into its socket can be spared.

/// Ticks of one packet each before that is believed, and after how many of them it is looked into anyway.
const PROVED: u8 = 16;
const AT_LEAST: u8 = 64;
/// The ticks of one slot are handled within so many nanoseconds, or the machine is overloaded.
const SLACK: u64 = 2_500_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Regularity {
    ticks: u8,
    /// When the socket was read last.
    looked: u64,
}

impl Regularity {
    /// One packet will be all, so that nobody need look for more.
    pub fn is_proved(&self) -> bool {
        self.ticks >= PROVED && !self.ticks.is_multiple_of(AT_LEAST)
    }

    /// A packet that was there at the last look, or may have been: then there may be more.
    pub fn has_waited(&self, arrived: u64) -> bool {
        arrived < self.looked + SLACK
    }

    /// A tick at `now` found so many packets; `waited`: the first of them had.
    pub fn note(&mut self, packets: usize, waited: bool, now: u64) {
        self.looked = now;
        self.ticks = match packets {
            1 if !waited => self.ticks.wrapping_add(1).max(1),
            // Late once, by a look that came a little too early: nothing else is known of it.
            1 => self.ticks.saturating_sub(1),
            _ => 0,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: u64 = 20_000_000;

    /// What is read in each tick when packets arrive at these times, as `receive` reads.
    fn read(arrivals: &[u64], ticks: u64) -> Vec<Vec<u64>> {
        let mut regularity = Regularity::default();
        let mut waiting = arrivals.iter().copied().peekable();
        let tick = |tick: u64| {
            let now = tick * TICK;
            let most = if regularity.is_proved() {
                1
            } else {
                usize::MAX
            };
            let mut found = Vec::new();
            let waited = waiting.peek().is_some_and(|&at| regularity.has_waited(at));
            while let Some(at) = waiting.next_if(|&at| at <= now) {
                found.push(at);
                if found.len() >= most && !waited {
                    break;
                }
            }
            regularity.note(found.len(), waited && !found.is_empty(), now);
            found
        };
        (1..=ticks).map(tick).collect()
    }

    #[test]
    fn one_packet_a_tick_is_regular() {
        let mut regularity = Regularity::default();
        for tick in 1..=u64::from(PROVED) {
            assert!(!regularity.is_proved());
            let arrived = tick * TICK - 5_000_000;
            regularity.note(1, regularity.has_waited(arrived), tick * TICK);
        }
        assert!(regularity.is_proved());
        regularity.note(0, false, 100 * TICK);
        assert!(!regularity.is_proved());
    }

    #[test]
    fn a_packet_too_early_waits_for_one_tick_at_most() {
        let mut arrivals: Vec<u64> = (1..200).map(|tick| tick * TICK - 5_000_000).collect();
        // The hundredth comes together with the one before it, then all come a packet time earlier.
        for at in &mut arrivals[100..] {
            *at -= TICK;
        }
        for (tick, found) in (1..).zip(read(&arrivals, 199)) {
            for at in found {
                assert!(tick * TICK - at < 2 * TICK, "tick {tick}");
            }
        }
    }

    #[test]
    fn what_comes_late_is_read_with_what_follows() {
        let mut arrivals: Vec<u64> = (1..100).map(|tick| tick * TICK - 5_000_000).collect();
        arrivals[50] += TICK;
        arrivals.sort_unstable();
        let found = read(&arrivals, 99);
        assert_eq!((found[50].len(), found[51].len()), (0, 2));
    }

    #[test]
    fn two_packets_a_tick_are_never_regular() {
        let arrivals: Vec<u64> = (1..400).map(|half| half * TICK / 2 - 3_000_000).collect();
        for found in &read(&arrivals, 190)[1..] {
            assert_eq!(found.len(), 2);
        }
    }
}
