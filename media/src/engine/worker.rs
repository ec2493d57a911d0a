//! One thread: sleeps until its timer, its mailbox or an RTCP socket is ready, and runs the slots that are due.

mod lending;
mod mail;
mod passing;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::atomic::AtomicI32;
use std::sync::Arc;

use super::command::{Absent, Command, Mailbox};
use super::door::Knocks;
use super::event::EventQueue;
use super::leg::Leg;
use super::legs::Legs;
use super::mixing::speak;
use super::onward::Onward;
use super::porter::Errand;
use super::reaper::Bin;
use super::receive::{discard, listen, read_control, receive};
use super::regularity::Regularity;
use super::rooms::Rooms;
use super::schedule;
use super::statistics::Lateness;
use super::transmit::{transmit, Around, Scratch};
use super::wheel::{aligned, catch_up, slot_at, slots, Wheel, SLOTS, SLOT_NS};
use crate::browser::watch::Calls;
use crate::net::batch::Batch;
use crate::net::wait::{Poller, Ready, Timer, Trigger};
use crate::net::{monotonic_ns, realtime_ns};
use mail::Mail;

pub use passing::found_hindrance;

const TIMER: u64 = u64::MAX;
const MAILBOX: u64 = u64::MAX - 1;

/// What the workers of one engine share.
pub struct Shared {
    pub mailboxes: Box<[Mailbox<Command>]>,
    /// To the porter of each worker.
    pub errands: Box<[Mailbox<Errand>]>,
    /// The porters' threads, as the kernel names them; 0 before they run.
    pub porters: Box<[AtomicI32]>,
    pub lateness: Box<[Lateness]>,
    pub events: Arc<EventQueue>,
    pub bin: Arc<Bin>,
    pub knocks: Arc<Knocks>,
    /// To porters, from whom the door has packets for.
    pub calls: Arc<Calls>,
}

pub struct Worker {
    index: usize,
    shared: Arc<Shared>,
    poller: Poller,
    timer: Timer,
    next_slot: u64,
    wheel: Wheel,
    legs: Legs,
    rooms: Rooms,
    /// Legs that another worker sends us, or that the porter has.
    absent: HashMap<u64, Absent>,
    /// Legs that found no room in the other worker's mailbox.
    leaving: VecDeque<(usize, Box<Leg>)>,
    /// What found no room in the porter's mailbox.
    errands: VecDeque<Errand>,
    onward: Onward,
    batch: Batch,
    scratch: Scratch,
}

impl Worker {
    pub fn new(index: usize, shared: Arc<Shared>, capacity: usize) -> io::Result<Self> {
        let poller = Poller::new()?;
        let timer = Timer::new()?;
        poller.add(&timer, TIMER, Trigger::Edge)?;
        poller.add(&shared.mailboxes[index], MAILBOX, Trigger::Edge)?;
        Ok(Self {
            index,
            shared,
            poller,
            timer,
            next_slot: 0,
            wheel: Wheel::new(capacity),
            legs: Legs::new(capacity),
            rooms: Rooms::default(),
            absent: HashMap::with_capacity(capacity),
            leaving: VecDeque::with_capacity(64),
            errands: VecDeque::with_capacity(64),
            onward: Onward::default(),
            batch: Batch::default(),
            scratch: Scratch::default(),
        })
    }

    /// Runs until `Command::Shutdown`.
    pub fn run(mut self) {
        schedule::prefer_this_thread();
        let mut ready = Ready::default();
        let mut mail = Mail::Read;
        while mail != Mail::Shutdown {
            let mut letters = mail == Mail::More;
            for token in self.poller.wait(&mut ready, !letters) {
                match token {
                    TIMER => {}
                    MAILBOX => letters = true,
                    leg => {
                        let place = self.legs.place(leg);
                        if let Some(leg) = place.and_then(|place| self.legs.get_mut(place)) {
                            read_control(leg, &mut self.batch, &self.shared.knocks);
                        }
                    }
                }
            }
            if letters {
                mail = self.read_mail();
            }
            self.send_away();
            self.run_slots();
            let next = self.wheel.first(self.next_slot);
            self.timer.set(next.map_or(0, |slot| slot * SLOT_NS));
        }
        for errand in std::mem::take(&mut self.errands) {
            if let Errand::Carry(legs) = errand {
                legs.into_iter().for_each(|leg| self.settle(leg));
            }
        }
        while let Some(name) = self.legs.any_name() {
            self.close(name);
        }
    }

    fn run_slots(&mut self) {
        if self.wheel.is_empty() {
            return;
        }
        let (left_out, due) = catch_up(self.next_slot, slot_at(monotonic_ns()));
        if left_out > 0 {
            self.jump(left_out);
        }
        for _ in 0..due {
            self.run_slot(self.next_slot);
            self.next_slot += 1;
        }
    }

    /// The thread stood still, or had too much to do, for too long to make up for it: whole turns are left out.
    fn jump(&mut self, slots: u64) {
        self.next_slot += slots;
        for leg in self
            .legs
            .iter_mut()
            .filter(|leg| leg.configuration.is_some())
        {
            leg.due += slots;
            leg.skip(slots * SLOT_NS / 1_000_000);
        }
    }

    /// All that is due in one slot: first everybody's ears, then everybody's mouths, so that a bridge adds no tick.
    fn run_slot(&mut self, slot: u64) {
        let now = monotonic_ns();
        let due = self.wheel.take(slot);
        if due.is_empty() {
            self.wheel.recycle(due);
            return;
        }
        self.shared.lateness[self.index].add(now.saturating_sub(slot * SLOT_NS));
        let offset = realtime_ns().saturating_sub(now);
        for &place in &due {
            self.consider(place, now, slot + 1);
        }
        for (index, &place) in due.iter().enumerate() {
            self.legs.fetch_ahead(&due[index..]);
            let Some(leg) = self.legs.get_mut(place) else {
                continue;
            };
            if std::mem::take(&mut leg.control.unwatched) {
                self.poller.rearm(&leg.sockets.rtcp, leg.id);
            }
            let shared = &self.shared;
            let around = (&*shared.events, &*shared.bin, &*shared.knocks);
            receive(leg, &mut self.batch, now, offset, around);
            listen(leg, now, &mut self.scratch.heard, &shared.events);
            let around = (&*shared.events, &*shared.bin);
            let desk = &mut self.scratch.desk;
            speak(leg, &mut self.rooms, slot, now, around, desk);
        }
        for &place in &due {
            let Some(mut leg) = self.legs.take(place) else {
                continue;
            };
            let mut around = Around {
                legs: &self.legs,
                rooms: &mut self.rooms,
                absent: &self.absent,
                events: &self.shared.events,
                bin: &self.shared.bin,
                slot,
            };
            transmit(&mut leg, &mut around, &mut self.scratch);
            self.wheel.add(place, leg.due);
            self.legs.put(place, leg);
        }
        self.wheel.recycle(due);
    }

    /// Gives a leg its first tick: together with `near`, with many others, or if it costs much where the fewest are due.
    fn begin(&mut self, place: u32, near: Option<u64>) {
        self.start_clock();
        let near = near
            .and_then(|near| self.legs.place(near))
            .and_then(|near| self.legs.get(near))
            .and_then(|near| Some((near.due, near.configuration.as_ref()?.packet_time_ms)));
        let Some(leg) = self.legs.get_mut(place) else {
            return;
        };
        let Some(configuration) = &leg.configuration else {
            return;
        };
        let period = slots(configuration.packet_time_ms);
        leg.due = match near {
            // At most half a packet time earlier than the middle: still to come.
            Some((due, packet_time_ms)) => aligned(
                self.next_slot + period / 2,
                period,
                due,
                slots(packet_time_ms),
            ),
            None if configuration.codec.is_costly() => self.wheel.emptiest(self.next_slot, period),
            None => self.wheel.fullest(self.next_slot, period),
        };
        discard(leg, &mut self.batch, &self.shared.knocks);
        self.wheel.add(place, leg.due);
    }

    /// The slots begin with the first leg that is due in one.
    fn start_clock(&mut self) {
        if self.wheel.is_empty() {
            self.next_slot = slot_at(monotonic_ns()) + 1;
        }
    }

    /// Takes a leg in, new or from another worker.
    fn settle(&mut self, leg: Box<Leg>) {
        if leg.browser.is_none() {
            // Without RTCP the call goes on: it only lacks the peer's view.
            let _ = self.poller.add(&leg.sockets.rtcp, leg.id, Trigger::Once);
        }
        let name = leg.id;
        let place = self.legs.insert(leg);
        let Some(leg) = self
            .legs
            .get(place)
            .filter(|leg| leg.configuration.is_some())
        else {
            return;
        };
        let due = leg.due;
        self.start_clock();
        if let Some(leg) = self.legs.get_mut(place) {
            leg.due = due.clamp(self.next_slot, self.next_slot + SLOTS as u64 - 1);
            self.wheel.add(place, leg.due);
        }
        debug_assert_eq!(self.legs.place(name), Some(place));
    }

    fn welcome(&mut self, leg: Box<Leg>) {
        let name = leg.id;
        self.settle(leg);
        if let Some(absent) = self.absent.remove(&name) {
            self.catch_up(name, absent.held);
        }
    }

    fn remove(&mut self, name: u64) -> Option<Box<Leg>> {
        self.stop_passing(self.legs.place(name)?);
        self.take_out(name)
    }

    fn take_out(&mut self, name: u64) -> Option<Box<Leg>> {
        let (place, leg) = self.legs.remove(name)?;
        if leg.browser.is_none() {
            self.poller.remove(&leg.sockets.rtcp);
        }
        if leg.configuration.is_some() {
            self.wheel.remove(place, leg.due);
        }
        Some(leg)
    }

    fn close(&mut self, name: u64) {
        if let Some(mut leg) = self.remove(name) {
            // What came since the last tick counts as well, all of it.
            leg.regularity = Regularity::default();
            let now = monotonic_ns();
            let offset = realtime_ns().saturating_sub(now);
            let shared = &self.shared;
            let around = (&*shared.events, &*shared.bin, &*shared.knocks);
            receive(&mut leg, &mut self.batch, now, offset, around);
            let events = &self.shared.events;
            leg.close(monotonic_ns(), &self.shared.bin, |fact| {
                events.push(name, monotonic_ns(), fact);
            });
        }
    }

    fn depart(&mut self, name: u64, to: usize) {
        if let Some(mut leg) = self.remove(name) {
            leg.control.unwatched = false;
            self.leaving.push_back((to, leg));
            self.send_away();
        }
    }

    fn send_away(&mut self) {
        let porter = &self.shared.errands[self.index];
        while let Some(errand) = self.errands.pop_front() {
            if let Err(errand) = porter.push(errand) {
                self.errands.push_front(errand);
                break;
            }
            porter.ring();
        }
        while let Some((to, leg)) = self.leaving.pop_front() {
            let mailbox = &self.shared.mailboxes[to];
            match mailbox.push(Command::Arrive(leg)) {
                Ok(()) => mailbox.ring(),
                Err(Command::Arrive(leg)) => {
                    self.leaving.push_front((to, leg));
                    return;
                }
                Err(_) => {}
            }
        }
    }
}
