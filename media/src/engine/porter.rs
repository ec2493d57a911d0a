//! The thread that carries packets between the two legs of each pair whose packets pass as they come.
//!
//! As long as that is in time it has no real-time priority: a worker has, and would be woken for each packet before the
//! sender of the next one can go on. This thread finds what came meanwhile when it gets its turn, so that many packets
//! share one waking.

mod carried;
mod pace;
mod reading;
mod turns;

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::Arc;

use super::command::Command;
use super::handshake;
use super::leg::{Farewell, Leg};
use super::onward::Onward;
use super::schedule;
use super::wheel::{slot_at, slots, Wheel, SLOTS, SLOT_NS};
use super::worker::{found_hindrance, Shared};
use crate::net::batch::Batch;
use crate::net::monotonic_ns;
use crate::net::wait::{Poller, Ready, Timer, Trigger};
use carried::Pairs;
use pace::Pace;
use turns::{Rank, Turns};

const TIMER: u64 = u64::MAX;
const MAILBOX: u64 = u64::MAX - 1;
/// What a token says beside the place of a leg, which is below 2^32.
const RTP: u64 = 1 << 32;
const RTCP: u64 = 1 << 33;

/// A leg has a tick only so often: whole packet times.
const RARELY_MS: u32 = 60;
/// Time between two looks at the sockets where packets would wait without real-time priority.
const ROUND_NS: u64 = SLOT_NS / 2;
/// Errands run between two looks at the sockets.
const ERRANDS_A_ROUND: usize = 32;

/// What a worker wants of its porter.
pub enum Errand {
    Carry([Box<Leg>; 2]),
    /// This leg comes back, with the other one of its pair. One that is on its way back already is meant no more.
    Return(u64),
    Shutdown,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mail {
    Read,
    More,
    Shutdown,
}

pub struct Porter {
    /// Of its worker, too.
    index: usize,
    shared: Arc<Shared>,
    poller: Poller,
    timer: Timer,
    next_slot: u64,
    wheel: Wheel,
    pairs: Pairs,
    /// Legs that found no room in the worker's mailbox.
    returning: VecDeque<[Box<Leg>; 2]>,
    pace: Pace,
    turns: Turns,
    batch: Batch,
    onward: Onward,
    /// The worker lent its priority.
    is_hurried: bool,
}

impl Porter {
    pub fn new(index: usize, shared: Arc<Shared>, capacity: usize) -> io::Result<Self> {
        let (poller, timer) = (Poller::new()?, Timer::new()?);
        poller.add(&timer, TIMER, Trigger::Edge)?;
        poller.add(&shared.errands[index], MAILBOX, Trigger::Edge)?;
        Ok(Self {
            index,
            shared,
            poller,
            timer,
            next_slot: 0,
            wheel: Wheel::new(capacity),
            pairs: Pairs::new(capacity),
            returning: VecDeque::with_capacity(64),
            pace: Pace::default(),
            turns: Turns::default(),
            batch: Batch::default(),
            onward: Onward::default(),
            is_hurried: false,
        })
    }

    /// Runs until `Errand::Shutdown`.
    pub fn run(mut self) {
        schedule::take_turns();
        self.shared.porters[self.index].store(schedule::this_thread(), Ordering::Relaxed);
        let (mut ready, mut came) = (Ready::default(), [0; Ready::ROOM]);
        let mut mail = Mail::Read;
        while mail != Mail::Shutdown {
            let (mut letters, mut count) = (mail == Mail::More, 0);
            let may_sleep = !letters && self.returning.is_empty();
            for token in self.poller.wait(&mut ready, may_sleep) {
                // Places are below 2^32.
                let place = token as u32;
                match token {
                    TIMER => {}
                    MAILBOX => letters = true,
                    _ if token & RTP != 0 => {
                        came[count] = place;
                        count += 1;
                    }
                    _ => self.read_control(place),
                }
            }
            let now = monotonic_ns();
            self.read(&came[..count], now);
            if letters {
                mail = self.read_mail();
                count += self.read_lines(now);
                if std::mem::take(&mut self.is_hurried) && self.turns.rank() == Rank::Ordinary {
                    schedule::take_turns();
                }
            }
            self.send_back();
            self.run_slots(now);
            let next = self.wheel.first(self.next_slot);
            self.timer.set(next.map_or(0, |slot| slot * SLOT_NS));
            self.rest(count, now);
        }
        while let Some(legs) = self.returning.pop_front() {
            self.close(legs);
        }
        while let Some(place) = self.pairs.any_place() {
            if let Some(legs) = self.take_out(place) {
                self.close(legs);
            }
        }
    }

    /// Lets more come, where it is not to look again at once.
    fn rest(&mut self, packets: usize, now: u64) {
        match self.turns.change(now) {
            Some(Rank::First) => schedule::prefer_this_thread(),
            Some(Rank::Ordinary) => schedule::take_turns(),
            None => {}
        }
        let crowded = self.pace.note(packets, self.pairs.len(), now);
        let round = match self.turns.rank() {
            Rank::First if packets > 0 => Some((now / ROUND_NS + 1) * ROUND_NS),
            _ => None,
        };
        if let Some(until) = crowded.or(round) {
            sleep_until(until);
        }
    }

    fn read_mail(&mut self) -> Mail {
        let shared = self.shared.clone();
        let mailbox = &shared.errands[self.index];
        mailbox.answer();
        for _ in 0..ERRANDS_A_ROUND {
            match mailbox.pop() {
                None => return Mail::Read,
                Some(Errand::Carry(legs)) => self.carry(legs),
                Some(Errand::Return(leg)) => {
                    self.is_hurried = true;
                    if let Some(place) = self.pairs.place(leg) {
                        self.give_back(place);
                    }
                }
                Some(Errand::Shutdown) => return Mail::Shutdown,
            }
        }
        Mail::More
    }

    fn carry(&mut self, legs: [Box<Leg>; 2]) {
        if self.wheel.is_empty() {
            self.next_slot = slot_at(monotonic_ns()) + 1;
        }
        let first = self.pairs.insert(legs);
        for place in [first, first + 1] {
            let Some((leg, ..)) = self.pairs.both(place) else {
                return;
            };
            let latest = self.next_slot + SLOTS as u64 - 1;
            leg.due = leg.due.clamp(self.next_slot, latest);
            self.wheel.add(place, leg.due);
            if let Some(inlet) = &leg.browser {
                inlet.watch(self.index, place);
                self.read_line(place, monotonic_ns());
                continue;
            }
            let (rtp, rtcp) = (RTP | u64::from(place), RTCP | u64::from(place));
            // Without RTCP the call goes on.
            let _ = self.poller.add(&leg.sockets.rtcp, rtcp, Trigger::Once);
            if self
                .poller
                .add(&leg.sockets.rtp, rtp, Trigger::Level)
                .is_err()
            {
                // The kernel has no memory for it: mixed, the leg is read at its ticks.
                if let Some(pair) = &mut leg.pair {
                    pair.is_unfit = true;
                }
            }
        }
    }

    fn take_out(&mut self, place: u32) -> Option<[Box<Leg>; 2]> {
        let legs = self.pairs.remove(place)?;
        for (leg, place) in legs.iter().zip([place & !1, place | 1]) {
            match &leg.browser {
                Some(inlet) => inlet.unwatch(),
                None => {
                    self.poller.remove(&leg.sockets.rtp);
                    self.poller.remove(&leg.sockets.rtcp);
                }
            }
            self.wheel.remove(place, leg.due);
        }
        Some(legs)
    }

    fn give_back(&mut self, place: u32) {
        if let Some(mut legs) = self.take_out(place) {
            legs.iter_mut()
                .for_each(|leg| leg.control.unwatched = false);
            self.returning.push_back(legs);
            self.send_back();
        }
    }

    fn send_back(&mut self) {
        while let Some(legs) = self.returning.pop_front() {
            let mailbox = &self.shared.mailboxes[self.index];
            match mailbox.push(Command::TakeBack(legs)) {
                Ok(()) => mailbox.ring(),
                Err(Command::TakeBack(legs)) => return self.returning.push_front(legs),
                Err(_) => {}
            }
        }
    }

    fn run_slots(&mut self, now: u64) {
        if self.wheel.is_empty() {
            return;
        }
        let behind = (slot_at(now) + 1).saturating_sub(self.next_slot);
        if behind > SLOTS as u64 {
            self.jump(behind);
        }
        while self.next_slot <= slot_at(now) {
            let slot = self.next_slot;
            self.next_slot += 1;
            let due = self.wheel.take(slot);
            for &place in &due {
                self.tick(place, slot, now);
            }
            self.wheel.recycle(due);
        }
    }

    /// The thread stood still for too long: whole turns of the wheel are left out.
    fn jump(&mut self, behind: u64) {
        let slots = behind / SLOTS as u64 * SLOTS as u64;
        self.next_slot += slots;
        self.pairs.legs_mut().for_each(|leg| leg.due += slots);
    }

    /// What is due by the clock for one leg.
    fn tick(&mut self, place: u32, slot: u64, now: u64) {
        // What became of a browser calls nobody.
        self.read_line(place, now);
        let Some((leg, other, records)) = self.pairs.both(place) else {
            return;
        };
        *records = 0;
        if std::mem::take(&mut leg.control.unwatched) {
            self.poller
                .rearm(&leg.sockets.rtcp, RTCP | u64::from(place));
        }
        if found_hindrance(leg, other, now).is_some() {
            return self.give_back(place);
        }
        handshake::listen(leg, now, &self.shared.events, &self.shared.bin);
        let Some(configuration) = &leg.configuration else {
            return;
        };
        let (id, events) = (leg.id, &self.shared.events);
        let mut tell = |fact| events.push(id, now, fact);
        leg.incoming.pass_tick(configuration, now, &mut tell);
        let rarely = (RARELY_MS / configuration.packet_time_ms).max(1);
        leg.due = slot + slots(configuration.packet_time_ms * rarely);
        self.wheel.add(place, leg.due);
        if leg.control.is_due(now) {
            leg.report(now, Farewell::None);
        }
    }

    fn close(&self, legs: [Box<Leg>; 2]) {
        let now = monotonic_ns();
        for leg in legs {
            let (name, events) = (leg.id, &self.shared.events);
            leg.close(now, &self.shared.bin, |fact| events.push(name, now, fact));
        }
    }
}

fn sleep_until(at: u64) {
    let left = at.saturating_sub(monotonic_ns());
    std::thread::sleep(std::time::Duration::from_nanos(left));
}
