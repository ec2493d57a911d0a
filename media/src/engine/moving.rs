//! A leg goes to another of our addresses: its peer came to another network, of the other family of IP.

use std::net::IpAddr;

use super::command::Verb;
use super::door::Knock;
use super::{Engine, Refusal};

impl Engine {
    /// Another port pair for a leg with ports of its own, at one of our addresses. Returns its RTP port.
    ///
    /// What comes to the ports of before is lost from now on; nothing else changes before `configure_leg`.
    pub fn move_leg(&self, leg: u64, address: IpAddr) -> Result<u16, Refusal> {
        let mut desk = self.desk();
        let worker = desk.worker(leg)?;
        let known = desk.legs.get(&leg).ok_or(Refusal::UnknownLeg(leg))?;
        let has_dtls = known.has_dtls;
        if known.is_browser {
            return Err(Refusal::Unfit("a browser leg is at all addresses".into()));
        }
        desk.threads()?.has_room(worker, 1)?;
        if has_dtls {
            desk.threads()?.may_knock()?;
        }
        let pair = desk.take_ports(Some(address))?;
        let port = pair.rtp_port;
        if has_dtls {
            let sockets = pair.clone();
            desk.threads()?.knock(Knock::Move { leg, sockets })?;
        }
        let reserved = pair.reserved();
        if let Err(refusal) = desk.ask(leg, Verb::Move(pair.clone())) {
            drop(pair);
            desk.threads()?.ports().release(reserved);
            return Err(refusal);
        }
        if let Some(known) = desk.legs.get_mut(&leg) {
            known.sockets = Some(pair);
        }
        Ok(port)
    }
}
