//! What a worker is asked, and how it obeys.

use super::Worker;
use crate::engine::command::{Absent, Command, Verb};
use crate::engine::event::PlayoutEnd;
use crate::engine::pair::Pair;
use crate::engine::reaper::Garbage;
use crate::graph::player::Playout;
use crate::net::monotonic_ns;
use crate::net::ports::SocketPair;
use crate::net::wait::Trigger;

/// Commands obeyed between two looks at the clock.
const COMMANDS_A_ROUND: usize = 32;

/// How it stands with the mailbox.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    Read,
    More,
    Shutdown,
}

impl Worker {
    /// Obeys a bounded number of commands, so that a burst of them delays no tick for long.
    pub fn read_mail(&mut self) -> Mail {
        let shared = self.shared.clone();
        let mailbox = &shared.mailboxes[self.index];
        mailbox.answer();
        for _ in 0..COMMANDS_A_ROUND {
            let Some(command) = mailbox.pop() else {
                return Mail::Read;
            };
            match command {
                Command::Open(leg) => self.settle(leg),
                Command::Expect { leg, held } => {
                    self.absent.insert(leg, Absent::expected(held));
                }
                Command::Arrive(leg) => self.welcome(leg),
                Command::TakeBack(legs) => self.take_back(legs),
                Command::Ask { leg, verb } => self.ask(leg, verb),
                Command::OpenRoom(room) => self.rooms.add(room),
                Command::CloseRoom(room) => self.close_room(room),
                Command::Announce { room, playout } => self.announce(room, playout),
                Command::Shutdown => return Mail::Shutdown,
            }
        }
        Mail::More
    }

    pub fn ask(&mut self, name: u64, verb: Verb) {
        if self.absent.contains_key(&name) {
            return self.hold(name, verb);
        }
        let Some(place) = self.legs.place(name) else {
            return self.shared.bin.put(Garbage::Verb(verb));
        };
        match verb {
            Verb::Close => self.close(name),
            Verb::Depart { to } => self.depart(name, to),
            Verb::Pair(pair) => self.join(place, pair),
            Verb::Move(sockets) => self.relocate(place, sockets),
            Verb::Configure(configuration) => {
                let near = configuration.near;
                let Some(leg) = self.legs.get_mut(place) else {
                    return;
                };
                let begins = leg.configuration.is_none();
                leg.configure(configuration, monotonic_ns(), &self.shared.bin);
                if begins {
                    self.begin(place, near);
                } else {
                    self.reconsider(place);
                }
            }
            verb => {
                if let Some(leg) = self.legs.get_mut(place) {
                    let shared = &self.shared;
                    leg.obey(verb, monotonic_ns(), &shared.bin, |fact| {
                        shared.events.push(name, monotonic_ns(), fact);
                    });
                    self.reconsider(place);
                }
            }
        }
    }

    /// Takes note of whom a leg talks to.
    fn join(&mut self, place: u32, pair: Option<Box<Pair>>) {
        self.stop_passing(place);
        let leg = self.legs.get_mut(place);
        let before = leg.and_then(|leg| std::mem::replace(&mut leg.pair, pair));
        if let Some(before) = before {
            self.shared.bin.put(Garbage::Pair(before));
        }
    }

    /// Takes other sockets for a leg; the reaper closes those of before.
    fn relocate(&mut self, place: u32, sockets: SocketPair) {
        self.stop_passing(place);
        let Some(leg) = self.legs.get_mut(place) else {
            return self.shared.bin.put(Garbage::Sockets(sockets));
        };
        self.poller.remove(&leg.sockets.rtcp);
        let before = std::mem::replace(&mut leg.sockets, sockets);
        // Without RTCP the call goes on.
        let _ = self.poller.add(&leg.sockets.rtcp, leg.id, Trigger::Once);
        leg.control.unwatched = false;
        self.shared.bin.put(Garbage::Sockets(before));
    }

    fn announce(&mut self, name: u64, playout: Option<Box<Playout>>) {
        let shared = &self.shared;
        match self.rooms.find(name, &mut 0) {
            Some(room) => room.announce(playout, monotonic_ns(), &shared.events, &shared.bin),
            None => playout
                .into_iter()
                .for_each(|playout| shared.bin.put(Garbage::Playout(playout))),
        }
    }

    fn close_room(&mut self, name: u64) {
        let shared = &self.shared;
        if let Some(mut room) = self.rooms.remove(name) {
            let (events, bin) = (&shared.events, &shared.bin);
            room.end_announcement(PlayoutEnd::Stopped, monotonic_ns(), events, bin);
            bin.put(Garbage::Room(room));
        }
    }
}
