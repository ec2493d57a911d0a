//! A browser for tests: str0m's full ICE agent, dimpl and our SRTP, all in virtual time.

use std::net::SocketAddr;
use std::sync::Arc;

use is::stun::{StunMessage, StunPacket};
use is::{Candidate, IceAgent, IceAgentEvent, IceCreds, Protocol};

use crate::dtls::{self, Association, Epoch, Failure, Fingerprint, Identity, Role};
use crate::ice::Credentials;
use crate::rtp::{self, Sender};
use crate::srtp::{Session, MAX_OVERHEAD};

pub const SERVER: SocketAddr = SocketAddr::new(
    std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)),
    4000,
);

pub struct Client {
    pub address: SocketAddr,
    ice: IceAgent,
    creds: IceCreds,
    identity: Arc<Identity>,
    association: Association,
    epoch: Epoch,
    pub keys: Option<Box<Session>>,
    pub failure: Option<Failure>,
    path: Option<SocketAddr>,
    stream: Sender,
    /// What it sends goes nowhere.
    pub is_cut_off: bool,
}

impl Client {
    /// It has read our SDP: our credentials and the certificate to expect.
    pub fn new(
        address: SocketAddr,
        ours: &Credentials,
        server: &Fingerprint,
        role: Role,
        epoch: Epoch,
        now: u64,
    ) -> Self {
        let identity = Arc::new(Identity::generate().unwrap());
        let association = Association::new(identity.clone(), server.clone(), role, epoch, now);
        let creds = IceCreds::new();
        let mut client = Self {
            address,
            ice: IceAgent::new(creds.clone()),
            creds,
            identity,
            association,
            epoch,
            keys: None,
            failure: None,
            path: None,
            stream: Sender::new(7, 100, 0),
            is_cut_off: false,
        };
        client.ice.set_controlling(true);
        client.aim(ours);
        client
    }

    fn aim(&mut self, ours: &Credentials) {
        let host = Candidate::host(self.address, "udp").unwrap();
        self.ice.add_local_candidate(host);
        self.ice.set_remote_credentials(IceCreds {
            ufrag: ours.ufrag().into(),
            pass: ours.password().into(),
        });
        let theirs = Candidate::host(SERVER, "udp").unwrap();
        self.ice.add_remote_candidate(theirs);
    }

    /// Another address and other credentials; the association goes on (RFC 8842, 4).
    pub fn restart_ice(&mut self, address: SocketAddr, ours: &Credentials) {
        self.address = address;
        self.creds = IceCreds::new();
        self.ice = IceAgent::new(self.creds.clone());
        self.ice.set_controlling(true);
        self.aim(ours);
    }

    pub fn ufrag(&self) -> &str {
        &self.creds.ufrag
    }

    pub fn fingerprint(&self) -> &Fingerprint {
        self.identity.fingerprint()
    }

    pub fn receive(&mut self, datagram: &[u8], now: u64) {
        match datagram[0] {
            0..=3 => {
                let packet = StunPacket {
                    proto: Protocol::Udp,
                    source: SERVER,
                    destination: self.address,
                    message: StunMessage::parse(datagram).unwrap(),
                };
                self.ice.handle_packet(self.epoch.instant(now), packet);
            }
            20..=63 => self.association.receive(datagram, now),
            _ => {}
        }
    }

    /// What it sends now.
    pub fn poll(&mut self, now: u64) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        self.ice.handle_timeout(self.epoch.instant(now));
        while let Some(check) = self.ice.poll_transmit() {
            sent.push(check.contents.to_vec());
        }
        while let Some(event) = self.ice.poll_event() {
            if let IceAgentEvent::NominatedSend { destination, .. } = event {
                self.path = Some(destination);
            }
        }
        if self.path.is_some() {
            if now >= self.association.next_timer() {
                self.association.handle_timer(now);
            }
            let (keys, failure) = (&mut self.keys, &mut self.failure);
            let mut room = [0; dtls::MAX_RECORD];
            self.association
                .poll(&mut room, now, |output| match output {
                    dtls::Output::Send(record) => sent.push(record.to_vec()),
                    dtls::Output::Keys(session) => *keys = Some(session),
                    dtls::Output::Failed(why) => *failure = Some(why),
                });
        }
        if self.is_cut_off {
            sent.clear();
        }
        sent
    }

    /// What it would say first, to anybody.
    pub fn hello(&mut self, now: u64) -> Vec<u8> {
        let mut hello = Vec::new();
        let mut room = [0; dtls::MAX_RECORD];
        self.association.poll(&mut room, now, |output| {
            if let dtls::Output::Send(record) = output {
                hello = record.to_vec();
            }
        });
        hello
    }

    /// Uses another's name.
    pub fn pretend(&mut self, ufrag: &str) {
        self.creds.ufrag = ufrag.into();
        self.ice.set_local_credentials(self.creds.clone());
    }

    pub fn close(&mut self) {
        self.association.close();
    }

    /// One packet of audio, sealed.
    pub fn say(&mut self, payload: &[u8; 160]) -> Vec<u8> {
        let mut packet = [0; 172 + MAX_OVERHEAD];
        rtp::write(&self.stream.audio(0, 160, 160), &mut packet);
        packet[12..172].copy_from_slice(payload);
        let length = self.keys.as_mut().unwrap().protect(&mut packet, 172);
        packet[..length.unwrap()].to_vec()
    }
}
