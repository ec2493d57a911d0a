//! Keys that a leg sends: the commands for it.

use std::sync::atomic::Ordering;

use super::command::{DigitRequest, Verb};
use super::outgoing::MAX_DIGIT_REQUESTS;
use super::relays::MAX_RELAYS;
use super::{Engine, Refusal};
use crate::telephone_event::DigitSender;

impl Engine {
    pub fn send_digits(
        &self,
        leg: u64,
        request: u64,
        digits: &str,
        duration_ms: u32,
        gap_ms: u32,
    ) -> Result<(), Refusal> {
        let desk = self.desk();
        let known = desk.legs.get(&leg).ok_or(Refusal::UnknownLeg(leg))?;
        let sender = DigitSender::new(
            digits,
            duration_ms,
            gap_ms,
            known.packet_time_ms,
            known.event_clock,
        )
        .map_err(|bad| Refusal::Unfit(format!("{:?} is not a digit", bad.0)))?;
        let waiting = &known.outside.digits;
        if waiting.load(Ordering::Relaxed) as usize >= MAX_DIGIT_REQUESTS {
            return Err(Refusal::QueueFull);
        }
        // Before the worker can count it down.
        waiting.fetch_add(1, Ordering::Relaxed);
        let verb = Verb::SendDigits(Box::new(DigitRequest { request, sender }));
        desk.ask(leg, verb).inspect_err(|_| {
            waiting.fetch_sub(1, Ordering::Relaxed);
        })
    }

    /// What is pressed on `from` is sent on `to`, or no longer.
    pub fn relay_digits(&self, from: u64, to: u64, on: bool) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.worker(from)?;
        let known = desk.legs.get(&to).ok_or(Refusal::UnknownLeg(to))?;
        if from == to {
            return Err(Refusal::Unfit("a leg is not its own relay".into()));
        }
        let relays = &known.relays;
        if on && !relays.contains(&from) && relays.len() >= MAX_RELAYS {
            return Err(Refusal::Unfit(format!(
                "a leg sends the digits of at most {MAX_RELAYS} others"
            )));
        }
        desk.ask(to, Verb::RelayDigits { from, on })?;
        if let Some(known) = desk.legs.get_mut(&to) {
            known.relays.retain(|leg| *leg != from);
            if on {
                known.relays.push(from);
            }
        }
        Ok(())
    }
}
