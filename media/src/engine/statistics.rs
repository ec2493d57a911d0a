//! Numbers about a leg and about the engine.

use std::sync::atomic::{AtomicU64, Ordering};

/// What went over one leg; the Python stub explains each field.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LegStatistics {
    pub packets_sent: u64,
    pub octets_sent: u64,
    pub packets_received: u64,
    pub octets_received: u64,
    pub packets_lost: u64,
    pub packets_discarded: u64,
    pub packets_unauthenticated: u64,
    pub packets_replayed: u64,
    pub packets_relayed: u64,
    /// Packets pass as they come, now.
    pub is_relayed: bool,
    pub concealed_ms: u64,
    pub jitter_ms: f32,
    pub max_gap_ms: f32,
    pub max_send_gap_ms: f32,
    pub round_trip_ms: Option<f32>,
    pub remote_loss: Option<f32>,
    pub remote_jitter_ms: Option<f32>,
    pub mos: Option<f32>,
    pub remote_mos: Option<f32>,
    pub remote_r_factor: Option<f32>,
    pub remote_burst_loss: Option<f32>,
    pub remote_gap_loss: Option<f32>,
    pub remote_delay_ms: Option<f32>,
}

/// How the engine is doing since the last question.
#[derive(Clone, Copy, Debug, Default)]
pub struct EngineLoad {
    pub legs: usize,
    pub workers: usize,
    pub ticks: u64,
    pub tick_late_p99_ms: f64,
    pub tick_late_max_ms: f64,
    pub events_dropped: u64,
    pub ports_free: usize,
}

/// What one worker did since it was started, whoever asks and how often.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    /// CPU time, its porter's too.
    pub cpu_ns: u64,
    pub ticks: u64,
    /// Those that began more than 5 ms late.
    pub late_ticks: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Pressure {
    pub workers: Vec<Work>,
    pub ports_free: usize,
}

/// How late ticks began, in steps of 50 us up to 20 ms. Workers add, the asker empties; no lock.
pub struct Lateness {
    counts: [AtomicU64; Lateness::STEPS],
    max_ns: AtomicU64,
    /// Since the start, whoever asks.
    ticks: AtomicU64,
    late: AtomicU64,
}

impl Default for Lateness {
    fn default() -> Self {
        Self {
            counts: [const { AtomicU64::new(0) }; Self::STEPS],
            max_ns: AtomicU64::new(0),
            ticks: AtomicU64::new(0),
            late: AtomicU64::new(0),
        }
    }
}

impl Lateness {
    const STEPS: usize = 401;
    const STEP_NS: u64 = 50_000;
    /// From here on a tick counts as late.
    const LATE_NS: u64 = 5_000_000;

    pub fn add(&self, late_ns: u64) {
        let step = (late_ns / Self::STEP_NS).min(Self::STEPS as u64 - 1);
        self.counts[step as usize].fetch_add(1, Ordering::Relaxed);
        self.max_ns.fetch_max(late_ns, Ordering::Relaxed);
        self.ticks.fetch_add(1, Ordering::Relaxed);
        if late_ns > Self::LATE_NS {
            self.late.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Ticks since the start, and how many of them were late.
    pub fn totals(&self) -> (u64, u64) {
        let ticks = self.ticks.load(Ordering::Relaxed);
        (ticks, self.late.load(Ordering::Relaxed))
    }

    /// Empties it: ticks, 99th percentile and maximum in milliseconds. Past 20 ms the percentile is the maximum.
    pub fn take<'a>(workers: impl Iterator<Item = &'a Lateness>) -> (u64, f64, f64) {
        let mut counts = [0; Self::STEPS];
        let mut max_ns = 0;
        for lateness in workers {
            for (total, count) in counts.iter_mut().zip(&lateness.counts) {
                *total += count.swap(0, Ordering::Relaxed);
            }
            max_ns = max_ns.max(lateness.max_ns.swap(0, Ordering::Relaxed));
        }
        let ticks: u64 = counts.iter().sum();
        let mut seen = 0;
        let step = counts.iter().position(|count| {
            seen += count;
            seen * 100 >= ticks * 99
        });
        let p99_ns = match step {
            Some(step) if step < Self::STEPS - 1 => (step as u64 + 1) * Self::STEP_NS,
            _ => max_ns,
        };
        let ms = |ns: u64| ns as f64 / 1e6;
        (ticks, ms(p99_ns.min(max_ns)), ms(max_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_is_over_all_workers_and_is_emptied() {
        let (one, two) = (Lateness::default(), Lateness::default());
        for _ in 0..990 {
            one.add(10_000);
        }
        for _ in 0..10 {
            two.add(3_000_000);
        }
        let (ticks, p99, max) = Lateness::take([&one, &two].into_iter());
        assert_eq!(ticks, 1000);
        assert!((p99 - 0.05).abs() < 1e-9);
        assert!((max - 3.0).abs() < 1e-9);
        assert_eq!(Lateness::take([&one, &two].into_iter()), (0, 0.0, 0.0));
        two.add(Lateness::LATE_NS + 1);
        assert_eq!((one.totals(), two.totals()), ((990, 0), (11, 1)));
    }
}
