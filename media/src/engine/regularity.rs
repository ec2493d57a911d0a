//! Whether a leg's peer sends no more than one packet for each of our ticks, so that a second look into its socket can be
//! spared.
//!
//! Of two packets that came in one tick the second is not needed before the next: a tick takes one packet time out of the
//! jitter buffer. It is told by then that it had waited, and all that is there is read.

/// Ticks that are counted together.
const WINDOW: u8 = 32;
/// Packets in a window beside one a tick: reports that share the port, and one that is early.
const MORE: u8 = 2;
/// So many at one look are no late ones.
const MANY: usize = 3;
/// The ticks of one slot are handled within so many nanoseconds, or the machine is overloaded.
const SLACK: u64 = 2_500_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Regularity {
    is_proved: bool,
    ticks: u8,
    packets: u8,
    /// When the socket was read last.
    looked: u64,
}

impl Regularity {
    /// One packet will be all, or the second can wait for a tick.
    pub fn is_proved(&self) -> bool {
        self.is_proved
    }

    /// A packet that was there at the last look, or may have been: then there may be more.
    pub fn has_waited(&self, arrived: u64) -> bool {
        arrived < self.looked + SLACK
    }

    /// A tick at `now` found so many packets.
    pub fn note(&mut self, packets: usize, now: u64) {
        self.looked = now;
        if packets >= MANY {
            (self.is_proved, self.ticks, self.packets) = (false, 0, 0);
            return;
        }
        self.ticks += 1;
        // At most MANY in each of WINDOW ticks: below 256.
        self.packets += packets as u8;
        if self.ticks == WINDOW {
            self.is_proved = self.packets <= WINDOW + MORE;
            (self.ticks, self.packets) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: u64 = 20_000_000;

    /// What is read in each tick when packets arrive at these times, as `receive` reads, and whether in one look.
    fn read(arrivals: &[u64], ticks: u64) -> Vec<(Vec<u64>, bool)> {
        let mut regularity = Regularity::default();
        let mut waiting = arrivals.iter().copied().peekable();
        let tick = |tick: u64| {
            let now = tick * TICK;
            let is_proved = regularity.is_proved();
            let waited = waiting.peek().is_some_and(|&at| regularity.has_waited(at));
            let mut found = Vec::new();
            while let Some(at) = waiting.next_if(|&at| at <= now) {
                found.push(at);
                if is_proved && !waited {
                    break;
                }
            }
            regularity.note(found.len(), now);
            (found, is_proved && !waited)
        };
        (1..=ticks).map(tick).collect()
    }

    fn regular(count: u64) -> Vec<u64> {
        (1..count).map(|tick| tick * TICK - 5_000_000).collect()
    }

    #[test]
    fn one_packet_a_tick_is_one_look() {
        let looks = read(&regular(400), 399);
        let first = usize::from(WINDOW);
        assert!(looks[..first].iter().all(|(_, is_one)| !is_one));
        assert!(looks[first..]
            .iter()
            .all(|(found, is_one)| found.len() == 1 && *is_one));
    }

    #[test]
    fn packets_around_the_time_of_the_tick_stay_regular() {
        // Each other one comes a little too late for its tick.
        let late = |tick: u64| tick * TICK - 1_000_000 + tick % 2 * 2_000_000;
        let arrivals: Vec<u64> = (1..600).map(late).collect();
        let looks = read(&arrivals, 599);
        let read: usize = looks.iter().map(|(found, _)| found.len()).sum();
        assert!(read >= 597);
        for (tick, (found, _)) in (1..).zip(&looks) {
            assert!(found.iter().all(|at| tick * TICK - at < 2 * TICK));
        }
        let ones = looks.iter().filter(|(_, is_one)| *is_one).count();
        assert!(ones > 250, "{ones}");
    }

    #[test]
    fn a_packet_too_early_waits_for_one_tick_at_most() {
        let mut arrivals = regular(200);
        // The hundredth comes together with the one before it, then all come a packet time earlier.
        for at in &mut arrivals[100..] {
            *at -= TICK;
        }
        for (tick, (found, _)) in (1..).zip(read(&arrivals, 199)) {
            for at in found {
                assert!(tick * TICK - at < 2 * TICK, "tick {tick}");
            }
        }
    }

    #[test]
    fn what_comes_late_is_read_with_what_follows() {
        let mut arrivals = regular(100);
        arrivals[50] += TICK;
        arrivals.sort_unstable();
        let found = read(&arrivals, 99);
        let all: usize = found.iter().map(|(found, _)| found.len()).sum();
        assert_eq!(all, 99);
        assert!(found[50].0.is_empty());
    }

    #[test]
    fn two_packets_a_tick_are_never_regular() {
        let arrivals: Vec<u64> = (1..400).map(|half| half * TICK / 2 - 3_000_000).collect();
        for (found, is_one) in &read(&arrivals, 190)[1..] {
            assert_eq!((found.len(), *is_one), (2, false));
        }
    }

    #[test]
    fn a_peer_that_begins_to_send_twice_as_often_is_found_out_soon() {
        let mut arrivals = regular(200);
        let end = arrivals[198];
        arrivals.extend((1..200).map(|half| end + half * TICK / 2));
        let looks = read(&arrivals, 290);
        assert!(looks[206..]
            .iter()
            .all(|(found, is_one)| found.len() == 2 && !is_one));
    }
}
