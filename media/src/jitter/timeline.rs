//! RTP timestamps of any clock rate as positions in samples of ours.

/// Both run on together and wrap at 32 bits each, which is why positions are counted on from the last one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeline {
    sample_rate: u32,
    clock_rate: u32,
    /// One instant on both.
    timestamp: u32,
    position: u32,
}

/// Further back than this the instant is moved, too.
const FAR: i32 = 1 << 29;

impl Timeline {
    /// One of both rates is a multiple of the other.
    pub(super) fn new(sample_rate: u32, clock_rate: u32) -> Self {
        Self {
            sample_rate,
            clock_rate,
            timestamp: 0,
            position: 0,
        }
    }

    pub(super) fn clock_rate(&self) -> u32 {
        self.clock_rate
    }

    /// Where `timestamp` lies. Between two samples: at the earlier one.
    pub(super) fn position(&mut self, timestamp: u32) -> u32 {
        let step = timestamp.wrapping_sub(self.timestamp) as i32;
        let (rate, clock) = (i64::from(self.sample_rate), i64::from(self.clock_rate));
        let samples = (i64::from(step) * rate).div_euclid(clock);
        let position = self.position.wrapping_add(samples as u32);
        if !(-FAR..=0).contains(&step) {
            // Exact: `samples` was cut to whole ones.
            let whole = (samples * clock / rate) as u32;
            (self.timestamp, self.position) = (self.timestamp.wrapping_add(whole), position);
        }
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATES: [(u32, u32); 6] = [
        (8000, 8000),
        (16_000, 8000),
        (16_000, 48_000),
        (8000, 48_000),
        (8000, 16_000),
        (16_000, 16_000),
    ];

    #[test]
    fn positions_go_on_where_timestamps_wrap() {
        for (samples, clock) in RATES {
            let mut timeline = Timeline::new(samples, clock);
            let packet = clock / 50;
            let mut timestamp = 0u32.wrapping_sub(1000 * packet);
            let mut before = timeline.position(timestamp);
            for _ in 0..2000 {
                timestamp = timestamp.wrapping_add(packet);
                let position = timeline.position(timestamp);
                assert_eq!(position.wrapping_sub(before), samples / 50);
                before = position;
            }
        }
    }

    proptest! {
        #[test]
        fn a_timestamp_keeps_its_position_whatever_came_between(
            rates in prop::sample::select(RATES.to_vec()),
            first in any::<u32>(),
            steps in prop::collection::vec(-100_000i32..200_000, 1..50),
        ) {
            let mut timeline = Timeline::new(rates.0, rates.1);
            let (mut known, mut timestamp) = (Vec::new(), first);
            for step in steps {
                timestamp = timestamp.wrapping_add(step as u32);
                known.push((timestamp, timeline.position(timestamp)));
            }
            for (timestamp, position) in known {
                prop_assert_eq!(timeline.position(timestamp), position);
            }
        }
    }
}
