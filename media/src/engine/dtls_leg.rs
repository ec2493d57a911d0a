//! The configuration of legs whose keys come from DTLS at ports of their own.

use super::command::{Configuration, Verb};
use super::desk::Desk;
use super::door::Knock;
use super::handshake::Greeting;
use super::Refusal;
use crate::browser::Agreed;
use crate::dtls::handshake::{line, Peer};

/// Who the other side of a leg proves to be, if it has to.
pub enum Proof {
    /// RTP, or SRTP with keys of SDP.
    None,
    Dtls(Box<Peer>),
    Browser(Box<Agreed>),
}

impl Desk {
    pub(super) fn configure_with_dtls(
        &mut self,
        leg: u64,
        mut configuration: Box<Configuration>,
        peer: Peer,
    ) -> Result<(), Refusal> {
        let worker = self.worker(leg)?;
        self.threads.as_mut().ok_or(Refusal::Closed)?.open_door()?;
        self.threads()?.may_knock()?;
        self.threads()?.has_room(worker, 1)?;
        let known = self.legs.get(&leg).ok_or(Refusal::UnknownLeg(leg))?;
        let mut call = None;
        if !known.has_dtls {
            let sockets = known.sockets.clone().ok_or(Refusal::UnknownLeg(leg))?;
            let (teller, words) = line();
            configuration.words = Some(words);
            call = Some((sockets, teller));
        }
        configuration.is_dtls = true;
        // First the knock: the worker may find a hello at once.
        let greeting = Box::new(Greeting { peer, line: call });
        self.threads()?.knock(Knock::Greet { leg, greeting })?;
        self.ask(leg, Verb::Configure(configuration))?;
        self.note_dtls(leg, true);
        Ok(())
    }

    /// Keys that came from there, if any did, hold no more.
    pub(super) fn configure_without_dtls(
        &mut self,
        leg: u64,
        configuration: Box<Configuration>,
    ) -> Result<(), Refusal> {
        let known = self.legs.get(&leg).ok_or(Refusal::UnknownLeg(leg))?;
        if !known.has_dtls {
            return self.ask(leg, Verb::Configure(configuration));
        }
        self.threads()?.may_knock()?;
        self.ask(leg, Verb::Configure(configuration))?;
        self.threads()?.knock(Knock::Part { leg, gone: None })?;
        self.note_dtls(leg, false);
        Ok(())
    }

    fn note_dtls(&mut self, leg: u64, has_dtls: bool) {
        if let Some(known) = self.legs.get_mut(&leg) {
            known.has_dtls = has_dtls;
        }
    }
}
