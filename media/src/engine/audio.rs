//! Audio to and from the application: the commands for it.

use super::command::Verb;
use super::event::EventQueue;
use super::feeds::MAX_FEEDS;
use super::{Engine, Refusal};
use crate::graph::feed::{feed, Batch, Side};

impl Engine {
    /// What goes over the leg, at 8,000, 16,000, 24,000 or 48,000 a second and in batches of so many milliseconds.
    pub fn tap(
        &self,
        leg: u64,
        name: u64,
        side: Side,
        rate: u32,
        batch_ms: u32,
    ) -> Result<(), Refusal> {
        if !matches!(rate, 8000 | 16_000 | 24_000 | 48_000) {
            return Err(Refusal::Unfit(
                "a tap has 8,000, 16,000, 24,000 or 48,000 Hz".into(),
            ));
        }
        if !matches!(batch_ms, 10..=1000) || !batch_ms.is_multiple_of(10) {
            return Err(Refusal::Unfit("a batch is 10 to 1000 ms, in tens".into()));
        }
        let mut desk = self.desk();
        let known = desk.legs.get(&leg).ok_or(Refusal::UnknownLeg(leg))?;
        if known.feeds.len() >= MAX_FEEDS {
            return Err(Refusal::Unfit(format!(
                "a leg has at most {MAX_FEEDS} taps at once"
            )));
        }
        if desk.feeds.contains_key(&name) {
            return Err(Refusal::NameInUse(name));
        }
        if desk.feeds.len() >= EventQueue::MAX_FEEDS {
            return Err(Refusal::QueueFull);
        }
        let (feed, reader) = feed(name, side, rate, batch_ms);
        desk.ask(leg, Verb::Tap(Box::new(feed)))?;
        desk.feeds.insert(name, reader);
        if let Some(known) = desk.legs.get_mut(&leg) {
            known.feeds.push(name);
        }
        Ok(())
    }

    /// One that is over already is ignored.
    pub fn untap(&self, leg: u64, name: u64) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.ask(leg, Verb::Untap { feed: name })?;
        desk.feeds.remove(&name);
        if let Some(known) = desk.legs.get_mut(&leg) {
            known.feeds.retain(|feed| *feed != name);
        }
        Ok(())
    }

    /// The batches of a tap that has some; None when no tap has. Ask after `poll_events`, until there is none.
    pub fn poll_tap(&self) -> Option<(u64, Vec<Batch>)> {
        let mut desk = self.desk();
        loop {
            let name = self.events.next_ready()?;
            if let Some(reader) = desk.feeds.get_mut(&name) {
                return Some((name, reader.read()));
            }
        }
    }
}
