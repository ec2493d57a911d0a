//! RTCP of one leg: our reports every five seconds or so, and what the peer's say.

use std::net::{SocketAddr, UdpSocket};

use super::command::Configuration;
use super::extended::{Written, MAX_BLOCKS};
use super::incoming::Incoming;
use super::security::{Security, SEALED_CONTROL_LEN};
use crate::rtcp::xr::{Block, Blocks, Metrics};
use crate::rtcp::{self, Packet, Report, ReportBlock};
use crate::rtp::Sender;

/// Of one G.711 stream with its headers, in bits a second: RTCP may take a twentieth.
const SESSION_BANDWIDTH: u32 = 80_000;
/// IPv4 and UDP headers.
const HEADERS: u32 = 28;

/// What the peer says of the stream that we send.
#[derive(Clone, Copy, Default)]
pub struct Remote {
    pub round_trip_ms: Option<f32>,
    pub loss: Option<f32>,
    pub jitter_ms: Option<f32>,
    /// How it sounds there, in the peer's own words (RFC 3611): shown, and believed in nothing.
    pub metrics: Option<Metrics>,
}

/// What a report is made of, and where it goes.
pub struct Session<'a> {
    pub socket: &'a UdpSocket,
    pub configuration: &'a Configuration,
    pub sender: &'a Sender,
    pub block: Option<ReportBlock>,
    pub extended: Written,
    /// Where our RTP goes.
    pub media: Option<SocketAddr>,
    /// RTCP goes there as well (RFC 5761).
    pub is_muxed: bool,
    pub security: &'a mut Security,
}

pub struct Control {
    next_report: u64,
    random: u64,
    average_octets: u32,
    /// Packets that we had sent at the last report: without a new one we are no sender.
    reported_packets: u32,
    /// Where the peer's RTCP comes from, once it named the SSRC that we hear.
    source: Option<SocketAddr>,
    remote: Remote,
    /// What the last report said of our packets, until somebody asked.
    told_loss: Option<f32>,
    /// Of what we send.
    pub clock_rate: u32,
    /// The socket told that it is readable and is not watched until the next tick.
    pub unwatched: bool,
}

impl Control {
    pub fn new(random: u64) -> Self {
        Self {
            next_report: u64::MAX,
            random: random | 1,
            average_octets: 100 + HEADERS,
            reported_packets: 0,
            source: None,
            remote: Remote::default(),
            told_loss: None,
            clock_rate: 8000,
            unwatched: false,
        }
    }

    pub fn remote(&self) -> Remote {
        self.remote
    }

    /// The part of our packets that the peer lost, once for each report.
    pub fn take_loss(&mut self) -> Option<f32> {
        self.told_loss.take()
    }

    /// Media begins: the first report is due after half the time.
    pub fn begin(&mut self, now: u64) {
        self.next_report = now + self.interval(true);
    }

    /// SDP named another address.
    pub fn forget_remote(&mut self) {
        self.source = None;
    }

    pub fn is_due(&self, now: u64) -> bool {
        now >= self.next_report
    }

    /// Takes one datagram of the RTCP socket. The latch decides who is believed.
    pub fn receive(
        &mut self,
        datagram: &[u8],
        source: SocketAddr,
        incoming: &mut Incoming,
        our_ssrc: u32,
        now: u64,
    ) {
        if !incoming.permits_rtcp(source) {
            return;
        }
        let Ok(packets) = rtcp::parse(datagram) else {
            return;
        };
        for packet in packets {
            match packet {
                Packet::Sr { ssrc, info, blocks } => {
                    incoming.receive_sender_report(ssrc, info.ntp, now);
                    self.learn(ssrc, source, incoming);
                    blocks.for_each(|block| self.receive_block(&block, our_ssrc, now));
                }
                Packet::Rr { ssrc, blocks } => {
                    self.learn(ssrc, source, incoming);
                    blocks.for_each(|block| self.receive_block(&block, our_ssrc, now));
                }
                Packet::Xr { ssrc, blocks } => {
                    self.receive_extended(ssrc, blocks, incoming, our_ssrc, now);
                }
                // A BYE by itself ends nothing: SIP does.
                Packet::Sdes(_) | Packet::Bye(_) | Packet::Other { .. } => {}
            }
        }
    }

    fn learn(&mut self, ssrc: u32, source: SocketAddr, incoming: &Incoming) {
        if incoming.ssrc() == Some(ssrc) {
            self.source = Some(source);
        }
    }

    fn receive_block(&mut self, block: &ReportBlock, our_ssrc: u32, now: u64) {
        if block.ssrc != our_ssrc {
            return;
        }
        self.remote.loss = Some(block.loss() as f32);
        self.told_loss = self.remote.loss;
        self.remote.jitter_ms = Some(block.jitter as f32 / (self.clock_rate as f32 / 1000.0));
        if let Some(trip) = block.round_trip(rtcp::ntp(now)) {
            self.remote.round_trip_ms = Some(trip as f32 / 1e6);
        }
    }

    fn receive_extended(
        &mut self,
        ssrc: u32,
        blocks: Blocks<'_>,
        incoming: &mut Incoming,
        our_ssrc: u32,
        now: u64,
    ) {
        // Who agreed to none of them means nothing by them.
        let Some(extended) = &mut incoming.extended else {
            return;
        };
        for block in blocks {
            match block {
                Block::ReferenceTime { ntp } => extended.receive_time(ssrc, ntp, now),
                Block::Delays(delays) => {
                    let ours = delays.iter().find(|delay| delay.ssrc == our_ssrc);
                    let trip = ours.and_then(|delay| delay.round_trip(rtcp::ntp(now)));
                    if let Some(trip) = trip {
                        self.remote.round_trip_ms = Some(trip as f32 / 1e6);
                    }
                }
                Block::Metrics(metrics) if metrics.ssrc == our_ssrc => {
                    self.remote.metrics = Some(metrics);
                }
                Block::Metrics(_)
                | Block::Summary(_)
                | Block::LossRuns(_)
                | Block::Other { .. } => {}
            }
        }
    }

    /// Sends the report that is due and plans the next.
    pub fn send_report(&mut self, session: &mut Session<'_>, now: u64) {
        self.send(session, now, false);
        self.next_report = now + self.interval(false);
    }

    /// Sends the last report, with a BYE.
    pub fn send_bye(&mut self, session: &mut Session<'_>, now: u64) {
        self.send(session, now, true);
    }

    fn send(&mut self, session: &mut Session<'_>, now: u64, bye: bool) {
        let Some(to) = self.destination(session) else {
            return;
        };
        let sender = session.sender;
        let sent = sender.packets() != self.reported_packets;
        self.reported_packets = sender.packets();
        let mut room = [Block::Other { block_type: 0 }; MAX_BLOCKS];
        let count = session.extended.blocks(&mut room);
        let report = Report {
            ssrc: sender.ssrc(),
            sender: sent.then(|| sender.info(rtcp::ntp(now))),
            block: session.block,
            cname: &session.configuration.cname,
            extended: &room[..count],
            bye,
        };
        let mut datagram = [0; SEALED_CONTROL_LEN];
        let length = rtcp::write(&report, &mut datagram);
        if let Some(sealed) = session.security.seal_control(&mut datagram, length) {
            // A report that cannot be sent is a lost one, and the next is due soon.
            let _ = session.socket.send_to(sealed, to);
        }
        self.average_octets = (self.average_octets * 15 + length as u32 + HEADERS) / 16;
    }

    /// SDP's address, while media goes to that host; else only where the locked host itself sends RTCP from.
    fn destination(&self, session: &Session<'_>) -> Option<SocketAddr> {
        if session.is_muxed {
            return session.media;
        }
        let host = session.media?.ip();
        self.source
            .filter(|source| source.ip().to_canonical() == host)
            .or_else(|| {
                let told = session.configuration.remote_rtcp;
                (told.ip().to_canonical() == host && told.port() != 0).then_some(told)
            })
    }

    fn interval(&mut self, initial: bool) -> u64 {
        // Xorshift (Marsaglia, 2003): report times need no better.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let random = (self.random >> 11) as f64 / (1u64 << 53) as f64;
        rtcp::interval(self.average_octets, SESSION_BANDWIDTH, initial, random)
    }
}
