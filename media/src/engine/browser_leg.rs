//! The commands that only browser legs have.

use std::net::IpAddr;

use super::command::Command;
use super::desk::Known;
use super::door::Knock;
use super::leg::Leg;
use super::{Engine, Refusal};
use crate::browser::line::line;
use crate::browser::MAX_LEGS;
use crate::codec::Prepared;
use crate::ice::{Credentials, NoRandom};

/// Where browsers are to reach us.
pub struct BrowserPort {
    pub addresses: Vec<IpAddr>,
    /// 0: any of the range.
    pub port: u16,
}

/// Our side of a browser leg, for SDP.
pub struct BrowserAccess {
    pub port: u16,
    pub credentials: Credentials,
    pub fingerprint: Box<str>,
}

impl From<NoRandom> for Refusal {
    fn from(_: NoRandom) -> Self {
        Refusal::Machine(std::io::Error::other("the machine gives no random numbers"))
    }
}

impl Engine {
    /// A leg on the port of all browsers. Checks are answered from now on, before `configure_leg`.
    pub fn open_browser_leg(&self, leg: u64, near: Option<u64>) -> Result<BrowserAccess, Refusal> {
        let mut desk = self.desk();
        if desk.legs.contains_key(&leg) {
            return Err(Refusal::NameInUse(leg));
        }
        if desk.browsers >= MAX_LEGS {
            return Err(Refusal::PortsExhausted);
        }
        let worker = desk.choose_worker(near)?;
        desk.threads()?.has_room(worker, 1)?;
        desk.threads()?.may_knock()?;
        let credentials = Credentials::generate()?;
        let sockets = desk.browsers_sockets()?;
        let access = BrowserAccess {
            port: sockets.port,
            credentials: credentials.clone(),
            fingerprint: desk.threads()?.fingerprint(),
        };
        let (outlet, inlet) = line(desk.threads()?.shared.calls.clone());
        let opened = Leg::of_browser(leg, sockets, self.seeds(leg), inlet);
        let opened = Box::new(opened.ok_or(Refusal::PortsExhausted)?);
        let known = Known {
            outside: opened.outside.clone(),
            near,
            packet_time_ms: 20,
            sample_rate: 8000,
            event_clock: 8000,
            encodes: Prepared::default(),
            decodes: Prepared::default(),
            rests: false,
            shape: None,
            relays: Vec::new(),
            feeds: Vec::new(),
            is_browser: true,
            sockets: None,
            has_dtls: false,
        };
        let threads = desk.threads()?;
        threads.push(worker, Command::Open(opened))?;
        let outlet = Box::new(outlet);
        let ours = credentials;
        threads.knock(Knock::Open { leg, ours, outlet })?;
        desk.placement.open(leg, worker);
        desk.legs.insert(leg, known);
        desk.browsers += 1;
        Ok(access)
    }

    /// Other credentials of ours, for the answer to an ICE restart or for our own.
    pub fn restart_ice(&self, leg: u64) -> Result<BrowserAccess, Refusal> {
        let mut desk = self.desk();
        let known = desk.legs.get(&leg).ok_or(Refusal::UnknownLeg(leg))?;
        if !known.is_browser {
            return Err(Refusal::Unfit("only a browser leg has ICE".into()));
        }
        desk.threads()?.may_knock()?;
        let credentials = Credentials::generate()?;
        let access = BrowserAccess {
            port: desk.browsers_sockets()?.port,
            credentials: credentials.clone(),
            fingerprint: desk.threads()?.fingerprint(),
        };
        let ours = credentials;
        desk.threads()?.knock(Knock::Restart { leg, ours })?;
        Ok(access)
    }
}
