//! The commands of who hears whom: legs one by one, and conferences.

use super::command::{Command, Held, Verb};
use super::desk::Desk;
use super::pair::Pair;
use super::placement::{Move, AT_ONCE};
use super::rooms::{Room, MAX_ROOMS};
use super::{Engine, Refusal};
use crate::codec::opus;
use crate::graph::conference::Member;
use crate::graph::gain::Gain;
use crate::graph::hearing::Hearing;
use crate::graph::player::{Manner, Playout};

/// How a leg takes part in a conference.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub muted: bool,
    pub deaf: bool,
    pub gain_db: f32,
}

impl Engine {
    /// The voices that a leg hears, each so much louder or softer. One of its own conference is heard so in place of
    /// as the conference has it.
    pub fn hear(&self, leg: u64, voices: &[(u64, f32)]) -> Result<(), Refusal> {
        let sources: Vec<u64> = voices.iter().map(|voice| voice.0).collect();
        let gains: Vec<_> = voices
            .iter()
            .map(|(leg, decibels)| (*leg, Gain::from_db(*decibels)))
            .collect();
        let mut desk = self.desk();
        desk.worker(leg)?;
        desk.may_move(leg, &sources)?;
        let moves = desk.placement.hear(leg, &sources);
        desk.carry_out(&moves)?;
        desk.ask(leg, Verb::Hear(Box::new(Hearing::new(&gains))))?;
        desk.tell_pairs()
    }

    pub fn open_conference(&self, conference: u64) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.threads()?;
        if desk.rooms.contains_key(&conference) {
            return Err(Refusal::NameInUse(conference));
        }
        if desk.rooms.len() >= MAX_ROOMS {
            return Err(Refusal::QueueFull);
        }
        desk.rooms.insert(conference, None);
        Ok(())
    }

    /// Who is in it yet leaves it.
    pub fn close_conference(&self, conference: u64) -> Result<(), Refusal> {
        let mut desk = self.desk();
        let members: Vec<u64> = desk.placement.members(conference).collect();
        for leg in members {
            desk.ask(leg, Verb::Leave)?;
            desk.placement.leave(leg);
        }
        desk.tidy_room(Some(conference));
        desk.rooms.remove(&conference);
        desk.tell_pairs()
    }

    /// Into that conference, and out of another; again for other settings.
    pub fn join(&self, leg: u64, conference: u64, part: Part) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.worker(leg)?;
        if !desk.rooms.contains_key(&conference) {
            return Err(Refusal::UnknownConference(conference));
        }
        let other = desk.placement.member(conference);
        desk.may_move(leg, other.as_slice())?;
        let before = desk.placement.leave(leg);
        let moves = desk.placement.join(leg, conference);
        desk.tidy_room(before.filter(|before| *before != conference));
        desk.carry_out(&moves)?;
        desk.house(conference)?;
        let gain = if part.muted {
            Gain::ZERO
        } else {
            Gain::from_db(part.gain_db)
        };
        let known = desk.legs.get(&leg);
        let shares_opus = known.is_some_and(|known| known.encodes.opus == Some(16_000));
        let is_full = known.is_some_and(|known| known.sample_rate == 48_000);
        let mut member = Member::new(conference, gain, part.deaf);
        member.spare = shares_opus.then(|| Box::new(opus::Encoder::new(16_000, 1)));
        member.full = is_full.then(Box::default);
        desk.ask(leg, Verb::Join(Box::new(member)))?;
        desk.tell_pairs()
    }

    pub fn leave(&self, leg: u64) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.ask(leg, Verb::Leave)?;
        let room = desk.placement.leave(leg);
        desk.tidy_room(room);
        desk.tell_pairs()
    }

    /// All members hear it over each other, in place of what was announced before; nothing is silence.
    pub fn announce(
        &self,
        conference: u64,
        playout: u64,
        sounds: &[u64],
        repeat: bool,
    ) -> Result<(), Refusal> {
        let mut desk = self.desk();
        let housed = desk.rooms.get(&conference);
        let housed = housed.ok_or(Refusal::UnknownConference(conference))?;
        let worker = housed.ok_or_else(|| Refusal::Unfit("nobody is in the conference".into()))?;
        desk.threads()?.has_room(worker, 1)?;
        let manner = Manner {
            repeat,
            ..Manner::default()
        };
        let pieces = desk.pieces(sounds, manner)?;
        let playout = Playout::new(playout, pieces, manner);
        let command = Command::Announce {
            room: conference,
            playout: (!sounds.is_empty()).then(|| Box::new(playout)),
        };
        desk.threads()?.push(worker, command)
    }
}

impl Desk {
    /// Says to each leg whether it talks to one other and nobody else.
    pub(super) fn tell_pairs(&mut self) -> Result<(), Refusal> {
        for (leg, partner) in self.placement.changed_pairs() {
            let pair = partner.map(|partner| Box::new(Pair::with(partner)));
            let verb = Verb::Pair(pair);
            // Into the reserve if need be: a leg that is not told would pass packets that are to be mixed.
            self.threads()?
                .push(self.worker(leg)?, Command::Ask { leg, verb })?;
        }
        Ok(())
    }

    /// All or nothing: a move takes two commands, and at most every leg that is joined moves, with its conference.
    fn may_move(&self, leg: u64, others: &[u64]) -> Result<(), Refusal> {
        let commands = 4 * self.placement.joined_with(leg, others) + 4;
        for worker in 0..self.threads()?.shared.mailboxes.len() {
            self.threads()?.has_room(worker, commands)?;
        }
        Ok(())
    }

    /// Where a worker has too much to do, some of its calls go to another: at once, or after the next measurement.
    pub(super) fn relieve_workers(&mut self) -> Result<(), Refusal> {
        let mailboxes = &self.threads()?.shared.mailboxes;
        let commands = 4 * AT_ONCE + 4;
        if mailboxes.iter().all(|mailbox| mailbox.has_room(commands)) {
            let moves = self.placement.relieve();
            self.carry_out(&moves)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, moves: &[Move]) -> Result<(), Refusal> {
        for one in moves {
            if let Some(room) = self.placement.room(one.leg) {
                self.house(room)?;
            }
            let held = Box::new(Held::with_capacity(64));
            let expect = Command::Expect { leg: one.leg, held };
            let depart = Command::Ask {
                leg: one.leg,
                verb: Verb::Depart { to: one.to },
            };
            self.threads()?.push(one.to, expect)?;
            self.threads()?.push(one.from, depart)?;
        }
        Ok(())
    }

    /// Puts a conference on the worker of its members.
    fn house(&mut self, conference: u64) -> Result<(), Refusal> {
        let member = self.placement.member(conference);
        let worker = member.and_then(|member| self.placement.worker(member));
        let (Some(worker), Some(housed)) = (worker, self.rooms.get(&conference).copied()) else {
            return Ok(());
        };
        if housed == Some(worker) {
            return Ok(());
        }
        let room = Box::new(Room::new(conference));
        self.threads()?.push(worker, Command::OpenRoom(room))?;
        if let Some(before) = housed {
            self.threads()?
                .push(before, Command::CloseRoom(conference))?;
        }
        self.rooms.insert(conference, Some(worker));
        Ok(())
    }

    /// Takes an empty conference off its worker.
    pub(super) fn tidy_room(&mut self, conference: Option<u64>) {
        let empty = conference.filter(|room| self.placement.member(*room).is_none());
        let Some(room) = empty else {
            return;
        };
        let housed = self.rooms.get_mut(&room).and_then(Option::take);
        if let (Some(worker), Some(threads)) = (housed, &self.threads) {
            // A full queue leaves an empty conference there, which costs nothing.
            let _ = threads.push(worker, Command::CloseRoom(room));
        }
    }
}
