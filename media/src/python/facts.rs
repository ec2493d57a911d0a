//! The engine's numbers as Python objects.

use pyo3::prelude::*;

use crate::engine::statistics::{self, Pressure};

/// What went over one leg. Counts are packets, times milliseconds.
#[pyclass(frozen, get_all, module = "voicecore.media._native")]
pub struct LegStatistics {
    packets_sent: u64,
    octets_sent: u64,
    packets_received: u64,
    octets_received: u64,
    packets_lost: u64,
    packets_discarded: u64,
    packets_unauthenticated: u64,
    packets_replayed: u64,
    packets_relayed: u64,
    is_relayed: bool,
    concealed_ms: u64,
    jitter_ms: f64,
    max_gap_ms: f64,
    max_send_gap_ms: f64,
    round_trip_ms: Option<f64>,
    remote_loss: Option<f64>,
    remote_jitter_ms: Option<f64>,
    mos: Option<f64>,
    remote_mos: Option<f64>,
    remote_r_factor: Option<f64>,
    remote_burst_loss: Option<f64>,
    remote_gap_loss: Option<f64>,
    remote_delay_ms: Option<f64>,
}

impl From<statistics::LegStatistics> for LegStatistics {
    fn from(from: statistics::LegStatistics) -> Self {
        Self {
            packets_sent: from.packets_sent,
            octets_sent: from.octets_sent,
            packets_received: from.packets_received,
            octets_received: from.octets_received,
            packets_lost: from.packets_lost,
            packets_discarded: from.packets_discarded,
            packets_unauthenticated: from.packets_unauthenticated,
            packets_replayed: from.packets_replayed,
            packets_relayed: from.packets_relayed,
            is_relayed: from.is_relayed,
            concealed_ms: from.concealed_ms,
            jitter_ms: from.jitter_ms.into(),
            max_gap_ms: from.max_gap_ms.into(),
            max_send_gap_ms: from.max_send_gap_ms.into(),
            round_trip_ms: from.round_trip_ms.map(Into::into),
            remote_loss: from.remote_loss.map(Into::into),
            remote_jitter_ms: from.remote_jitter_ms.map(Into::into),
            mos: from.mos.map(Into::into),
            remote_mos: from.remote_mos.map(Into::into),
            remote_r_factor: from.remote_r_factor.map(Into::into),
            remote_burst_loss: from.remote_burst_loss.map(Into::into),
            remote_gap_loss: from.remote_gap_loss.map(Into::into),
            remote_delay_ms: from.remote_delay_ms.map(Into::into),
        }
    }
}

/// How the engine is doing. Durations in milliseconds, over the time since the last call of `load`.
#[pyclass(frozen, get_all, module = "voicecore.media._native")]
pub struct EngineLoad {
    legs: usize,
    workers: usize,
    ticks: u64,
    tick_late_p99_ms: f64,
    tick_late_max_ms: f64,
    events_dropped: u64,
    ports_free: usize,
}

impl From<statistics::EngineLoad> for EngineLoad {
    fn from(from: statistics::EngineLoad) -> Self {
        Self {
            legs: from.legs,
            workers: from.workers,
            ticks: from.ticks,
            tick_late_p99_ms: from.tick_late_p99_ms,
            tick_late_max_ms: from.tick_late_max_ms,
            events_dropped: from.events_dropped,
            ports_free: from.ports_free,
        }
    }
}

/// Of each worker CPU time, ticks and late ones; and the free port pairs.
pub type Works = (Vec<(u64, u64, u64)>, usize);

pub fn works(pressure: &Pressure) -> Works {
    let workers = pressure.workers.iter();
    let workers = workers.map(|work| (work.cpu_ns, work.ticks, work.late_ticks));
    (workers.collect(), pressure.ports_free)
}
