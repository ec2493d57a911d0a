//! Two legs that hear each other and nobody else: whether the packets of one may go to the other as they come, and
//! what is kept while they do.

pub mod fitness;
pub mod hindrance;
pub mod kept;

use super::command::{Configuration, Held};
use super::wheel::SLOT_NS;
use crate::ahead;
use crate::rtp::{Header, Rhythm, Sender, Translation};
use crate::telephone_event::Event;
use fitness::{Agreed, Fitness};
use hindrance::Hindrance;
use kept::Kept;

/// A peer that was not heard for so long leaves the other with nothing: then we send silence again, nanoseconds.
const SILENT_NS: u64 = 100_000_000;
/// Packets begin to pass when both peers are quiet, or after so long, nanoseconds.
const PATIENCE_NS: u64 = 2_000_000_000;
/// After they ceased to, they do not begin again for so long, nanoseconds.
const REST_NS: u64 = 1_000_000_000;

/// So much is asked of a leg within the moment that it takes to come back; more is rare, and worth an allocation then.
const HELD: usize = 16;

/// An event that goes on to a leg's peer, as far as it was sent.
#[derive(Clone, Copy)]
pub struct PassedEvent {
    pub code: u8,
    pub timestamp: u32,
    pub duration: u16,
}

/// While packets pass: how those of the other leg become ones of this leg.
pub struct Relay {
    pub translation: Translation,
    pub event: Option<PassedEvent>,
    /// Since when events came that could not go on as they were, nanoseconds.
    pub missed: Option<u64>,
}

/// A leg's part in a pair.
pub struct Pair {
    pub other: u64,
    /// Where the worker keeps the other one: a guess, checked at every use.
    pub place: u32,
    /// Since when nothing but silence kept packets from passing.
    waiting_since: Option<u64>,
    rests_until: u64,
    /// Packets of this leg's peer are not what the other one's can take.
    pub is_unfit: bool,
    fitness: Fitness,
    pub kept: Kept,
    pub relay: Option<Relay>,
    /// Room for what is asked of the leg while the porter has it.
    pub held: Option<Box<Held>>,
}

impl Pair {
    pub fn with(other: u64) -> Self {
        Self {
            other,
            place: 0,
            waiting_since: None,
            rests_until: 0,
            is_unfit: false,
            fitness: Fitness::default(),
            kept: Kept::new(),
            relay: None,
            held: Some(Box::new(Held::with_capacity(HELD))),
        }
    }

    /// Fetches what every packet looks at.
    pub fn fetch(&self) {
        ahead::fetch(&self.other);
        ahead::fetch(&self.is_unfit);
        ahead::fetch(&self.fitness);
        ahead::fetch(&self.relay);
        self.kept.fetch();
    }

    /// Whether packets may begin to pass, as far as this leg is concerned.
    pub fn may_begin(&mut self, hindrance: Option<Hindrance>, is_quiet: bool, now: u64) -> bool {
        if !matches!(hindrance, None | Some(Hindrance::Silent)) {
            self.waiting_since = None;
            return false;
        }
        let since = *self.waiting_since.get_or_insert(now);
        let waited = now.saturating_sub(since);
        hindrance.is_none() && now >= self.rests_until && (is_quiet || waited >= PATIENCE_NS)
    }

    /// `due`: the slot for which the sender's timestamp is.
    pub fn begin(&mut self, due: u64) {
        self.kept.clear();
        self.fitness = Fitness::default();
        self.relay = Some(Relay {
            translation: Translation::new(due * SLOT_NS),
            event: None,
            missed: None,
        });
    }

    pub fn end(&mut self, now: u64) -> Option<Relay> {
        self.waiting_since = None;
        self.rests_until = now + REST_NS;
        self.kept.forget_old(now);
        self.relay.take()
    }

    /// What SDP agreed is another thing now.
    pub fn reconsider(&mut self) {
        (self.is_unfit, self.fitness) = (false, Fitness::default());
    }

    /// Looks at a packet that the other leg's peer is to get, whose leg has that configuration.
    pub fn check(&mut self, payload: &[u8], arrived: u64, configuration: &Configuration) {
        let agreed = Agreed {
            codec: configuration.codec,
            packet_time_ms: configuration.packet_time_ms as usize,
            limit: configuration.opus_limit,
        };
        self.is_unfit |= !self.fitness.takes(payload, arrived, agreed);
    }
}

impl Relay {
    pub fn note_event(&mut self, header: &Header, payload: &[u8]) {
        if let Some(event) = Event::parse(payload) {
            self.event = (!event.end).then_some(PassedEvent {
                code: event.code,
                timestamp: header.timestamp,
                duration: event.duration,
            });
        }
    }

    /// A sender for a report: its timestamp is of `now`.
    pub fn sender_at(&self, now: u64, configuration: &Configuration, sender: &Sender) -> Sender {
        let mut at = sender.clone();
        let timestamp = self
            .translation
            .timestamp(now, rhythm(configuration), sender);
        at.go_on_after(timestamp, 0);
        at
    }
}

/// Of what a leg sends.
pub fn rhythm(configuration: &Configuration) -> Rhythm {
    Rhythm {
        units: configuration.units(),
        clock_rate: configuration.codec.clock_rate(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_begin_to_pass_in_a_pause_or_when_none_comes() {
        let mut pair = Pair::with(2);
        let silent = Some(Hindrance::Silent);
        assert!(!pair.may_begin(Some(Hindrance::Tapped), true, 0));
        assert!(!pair.may_begin(silent, false, 1));
        assert!(!pair.may_begin(None, false, PATIENCE_NS));
        assert!(pair.may_begin(None, true, PATIENCE_NS));
        assert!(pair.may_begin(None, false, PATIENCE_NS + 1));
        pair.begin(3);
        assert!(pair.end(PATIENCE_NS).is_some());
        assert!(!pair.may_begin(None, true, PATIENCE_NS + REST_NS - 1));
        assert!(pair.may_begin(None, true, PATIENCE_NS + REST_NS));
    }
}
