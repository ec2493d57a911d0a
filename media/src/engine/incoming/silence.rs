//! Since when nothing came from a leg's peer, or nothing that sounds, and when that is told.

use super::Incoming;
use crate::engine::command::Configuration;
use crate::engine::event::Fact;

/// Samples of digital silence: A-law has no zero.
pub const QUIETEST: u16 = 8;

/// Since when nothing valid came, or nothing that sounds, and whether that was told.
#[derive(Default)]
pub struct Silence {
    since: u64,
    told: bool,
}

impl Silence {
    pub fn since(now: u64) -> Self {
        Self {
            since: now,
            told: false,
        }
    }

    /// For how many milliseconds, once it is longer than `limit_ms`; 0 is never.
    pub fn tell(&mut self, limit_ms: u64, now: u64) -> Option<u64> {
        let silent_ms = now.saturating_sub(self.since) / 1_000_000;
        let due = limit_ms > 0 && silent_ms >= limit_ms && !self.told;
        self.told |= due;
        due.then_some(silent_ms)
    }
}

impl Incoming {
    pub fn check_silence(
        &mut self,
        configuration: &Configuration,
        now: u64,
        tell: &mut impl FnMut(Fact),
    ) {
        if configuration.receiving {
            if let Some(silent_ms) = self.silence.tell(configuration.rtp_timeout_ms, now) {
                tell(Fact::RtpTimedOut { silent_ms });
            }
        }
    }

    pub fn check_one_way(
        &mut self,
        heard: &[i16],
        configuration: &Configuration,
        now: u64,
        tell: &mut impl FnMut(Fact),
    ) {
        let limit = configuration.one_way_ms;
        if limit == 0 {
            return;
        }
        let both = configuration.sending && configuration.receiving;
        if !both || heard.iter().any(|sample| sample.unsigned_abs() > QUIETEST) {
            self.one_way = Silence::since(now);
        } else if let Some(silent_ms) = self.one_way.tell(limit, now) {
            tell(Fact::OneWayAudio { silent_ms });
        }
    }
}
