//! One leg: its sockets, what was agreed, and the small machines that do the work. It only sequences them.

mod fetching;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

use super::browser_sockets::BrowserSockets;
use super::command::{Configuration, Verb};
use super::control::{Control, Session};
use super::event::{Fact, PlayoutEnd};
use super::extended::Circumstances;
use super::incoming::Incoming;
use super::outgoing::Outgoing;
use super::pair::Pair;
use super::reaper::{Bin, Garbage};
use super::regularity::Regularity;
use super::security::Security;
use super::statistics::LegStatistics;
use super::taps::Taps;
use crate::browser::line::Inlet;
use crate::dtls::handshake::Words;
use crate::graph::conference::Member;
use crate::graph::SAMPLES_A_MS;
use crate::net::ports::SocketPair;
use crate::quality;

/// What the threads outside the worker know of a leg.
pub struct Outside {
    pub leg: u64,
    /// Recordings whose file is not complete.
    pub recordings: AtomicU32,
    /// `send_digits` requests that are not through.
    pub digits: AtomicU32,
}

#[derive(Clone, Copy)]
pub enum Farewell {
    None,
    Bye,
}

pub struct Leg {
    pub id: u64,
    pub outside: Arc<Outside>,
    /// None until the first `Configure`.
    pub configuration: Option<Box<Configuration>>,
    /// The slot of its next tick.
    pub due: u64,
    pub regularity: Regularity,
    pub sockets: SocketPair,
    /// What comes from the browsers' port, for a leg that has none of its own.
    pub browser: Option<Inlet>,
    /// That port.
    pub browsers: Option<Arc<BrowserSockets>>,
    /// What the handshakes of DTLS came to, for a leg with ports of its own.
    pub words: Option<Words>,
    pub incoming: Incoming,
    pub outgoing: Outgoing,
    pub control: Control,
    pub security: Security,
    pub taps: Taps,
    /// Its part in a conference.
    pub member: Option<Box<Member>>,
    /// The leg that it talks to, if they hear only each other.
    pub pair: Option<Box<Pair>>,
}

impl Leg {
    /// `random` seeds what RFC 3550 wants random: SSRC, first sequence number and timestamp, report times.
    pub fn new(id: u64, sockets: SocketPair, random: [u64; 2]) -> Self {
        let outside = Outside {
            leg: id,
            recordings: AtomicU32::new(0),
            digits: AtomicU32::new(0),
        };
        Self {
            id,
            outside: Arc::new(outside),
            configuration: None,
            due: 0,
            regularity: Regularity::default(),
            sockets,
            browser: None,
            browsers: None,
            words: None,
            incoming: Incoming::new(),
            outgoing: Outgoing::new(random[0]),
            control: Control::new(random[1]),
            security: Security::default(),
            taps: Taps::default(),
            member: None,
            pair: None,
        }
    }

    /// A leg of the browsers' port: ICE and DTLS say where to send, and under which keys.
    pub fn of_browser(
        id: u64,
        browsers: Arc<BrowserSockets>,
        random: [u64; 2],
        inlet: Inlet,
    ) -> Option<Self> {
        let sockets = browsers.all().next()?.clone();
        Some(Self {
            browser: Some(inlet),
            browsers: Some(browsers),
            security: Security::required(),
            ..Self::new(id, sockets, random)
        })
    }

    /// A browser leg sends along the path that ICE found, from our address of its family.
    pub fn follow(&mut self, path: SocketAddr) {
        self.incoming.follow(Some(path));
        let browsers = self.browsers.as_ref();
        if let Some(pair) = browsers.and_then(|browsers| browsers.towards(path)) {
            self.sockets = pair.clone();
        }
    }

    pub fn rtp_port(&self) -> u16 {
        self.sockets.rtp_port
    }

    /// Takes what was agreed; the first time the leg begins to live.
    pub fn configure(&mut self, mut configuration: Box<Configuration>, now: u64, bin: &Bin) {
        let moved = self
            .configuration
            .as_ref()
            .is_none_or(|before| before.remote != configuration.remote);
        if moved && self.browser.is_none() {
            self.incoming.expect(configuration.remote, now);
            self.control.forget_remote();
        }
        self.incoming.expect_media(now);
        if let Some(pair) = &mut self.pair {
            pair.reconsider();
        }
        if self.browser.is_none() {
            self.agree_keys(&mut configuration, now, bin);
        }
        self.incoming.listen_for_tones(&mut configuration);
        self.incoming.set_sample_rate(&mut configuration);
        self.incoming.count_for_reports(&mut configuration);
        self.outgoing.agree(&mut configuration);
        if let Some(member) = self
            .member
            .as_mut()
            .filter(|_| configuration.full.is_some())
        {
            std::mem::swap(&mut member.full, &mut configuration.full);
        }
        self.control.clock_rate = configuration.codec.clock_rate();
        if let Some(old) = self.configuration.replace(configuration) {
            bin.put(Garbage::Configuration(old));
        } else {
            self.control.begin(now);
        }
    }

    fn agree_keys(&mut self, configuration: &mut Configuration, now: u64, bin: &Bin) {
        if configuration.is_dtls {
            if let Some(words) = configuration.words.take() {
                // Those of before go with the old configuration to the reaper.
                configuration.words = self.words.replace(words);
            }
            return self.security.require(configuration.rtcp_mux, bin);
        }
        configuration.words = self.words.take();
        self.security.agree(configuration.srtp.take(), now, bin);
    }

    /// Whether RTCP comes and goes where RTP does.
    pub fn is_muxed(&self) -> bool {
        self.browser.is_some()
            || self
                .configuration
                .as_ref()
                .is_some_and(|configuration| configuration.rtcp_mux)
    }

    /// Whether packets of the other leg of its pair go out here as they come, and its own there.
    pub fn is_relayed(&self) -> bool {
        self.pair.as_ref().is_some_and(|pair| pair.relay.is_some())
    }

    pub fn hears_anybody(&self) -> bool {
        self.member.is_some() || !self.outgoing.hearing.is_empty()
    }

    /// Where RTP goes: the locked address, before that the one of SDP.
    pub fn destination(&self) -> Option<SocketAddr> {
        self.incoming.destination()
    }

    /// Packets were due and not sent, because the machine stood still: time goes on without them.
    pub fn skip(&mut self, milliseconds: u64) {
        if self.is_relayed() {
            return;
        }
        let clock_rate = u64::from(self.control.clock_rate);
        // At most a few days of samples: the cut to 32 bits is the modulo that timestamps have.
        self.outgoing
            .sender
            .skip((milliseconds * clock_rate / 1000) as u32);
        self.taps.skip(milliseconds);
        self.taps.feeds.skip(milliseconds);
    }

    /// Does what is asked of this leg alone.
    pub fn obey(&mut self, verb: Verb, now: u64, bin: &Bin, mut tell: impl FnMut(Fact)) {
        match verb {
            Verb::Configure(configuration) => self.configure(configuration, now, bin),
            Verb::Hear(hearing) => {
                let before = std::mem::replace(&mut self.outgoing.hearing, hearing);
                bin.put(Garbage::Hearing(before));
            }
            Verb::Statistics => tell(Fact::Statistics(self.statistics())),
            Verb::Play(playout) => self.outgoing.players.play(playout, bin, &mut tell),
            Verb::Stop { playout } => self.outgoing.players.stop(playout, bin, &mut tell),
            Verb::Order { playout, order } => self.outgoing.players.obey(playout, order),
            Verb::SendDigits(request) => {
                if let Some(refused) = self.outgoing.send_digits(request) {
                    bin.put(Garbage::Digits(refused));
                }
            }
            Verb::RelayDigits { from, on } => self.outgoing.relays.set(from, on, now),
            Verb::WatchSpeech(speech) => {
                if let Some(before) = self.incoming.watch(speech) {
                    bin.put(Garbage::Speech(before));
                }
            }
            Verb::WatchTones(tones) => {
                if let Some(before) = self.incoming.watch_tones(tones) {
                    bin.put(Garbage::Tones(before));
                }
            }
            Verb::AutomaticGain(gain) => {
                if let Some(before) = self.incoming.set_gain(gain) {
                    bin.put(Garbage::Gain(before));
                }
            }
            Verb::Record(mut tap) => {
                tap.align(self.incoming.depth_ms());
                self.taps.add(tap, bin);
            }
            Verb::OrderRecording {
                recording,
                order,
                mark,
            } => self.taps.obey(recording, order, mark, tell),
            Verb::StopRecording { recording } => self.taps.remove(recording, bin),
            Verb::Tap(feed) => self.taps.feeds.add(feed, bin),
            Verb::Untap { feed } => self.taps.feeds.remove(feed, bin),
            Verb::Join(mut member) => {
                if let Some(before) = self.member.take() {
                    member.follow(&before);
                    bin.put(Garbage::Member(before));
                }
                self.member = Some(member);
            }
            Verb::Leave => {
                if let Some(member) = self.member.take() {
                    bin.put(Garbage::Member(member));
                }
            }
            // Those are the worker's.
            Verb::Close | Verb::Depart { .. } | Verb::Pair(_) | Verb::Move(_) => {}
        }
    }

    /// Sends an RTCP report.
    pub fn report(&mut self, now: u64, farewell: Farewell) {
        let is_muxed = self.is_muxed();
        let Some(configuration) = &self.configuration else {
            return;
        };
        let sender = match self.pair.as_ref().and_then(|pair| pair.relay.as_ref()) {
            Some(relay) => &relay.sender_at(now, configuration, &self.outgoing.sender),
            None => &self.outgoing.sender,
        };
        let circumstances = Circumstances {
            now,
            ssrc: self.incoming.ssrc(),
            packet_time_ms: configuration.packet_time_ms,
            round_trip_ms: self.control.remote().round_trip_ms,
            depth_ms: self.incoming.depth_ms(),
        };
        let extended = self.incoming.extended.as_mut();
        let extended = extended.map(|extended| extended.write(&circumstances));
        let mut session = Session {
            socket: match is_muxed {
                true => &self.sockets.rtp,
                false => &self.sockets.rtcp,
            },
            configuration,
            sender,
            block: self.incoming.report(now),
            extended: extended.unwrap_or_default(),
            media: self.incoming.destination(),
            is_muxed,
            security: &mut self.security,
        };
        match farewell {
            Farewell::None => self.control.send_report(&mut session, now),
            Farewell::Bye => self.control.send_bye(&mut session, now),
        }
    }

    pub fn statistics(&self) -> LegStatistics {
        let received = self.incoming.totals();
        let counts = self.incoming.counts();
        let remote = self.control.remote();
        let refusals = self.security.refusals();
        let expected = received.received + received.lost;
        let loss = (received.lost + counts.late) as f64 / expected.max(1) as f64;
        let delay_ms = remote
            .round_trip_ms
            .map_or(0.0, |trip| f64::from(trip) / 2.0);
        let mos = (received.received > 0)
            .then(|| quality::mos(loss.min(1.0), received.jitter_ms, delay_ms) as f32);
        LegStatistics {
            packets_sent: self.outgoing.counts.packets,
            octets_sent: self.outgoing.counts.octets,
            packets_received: received.received,
            octets_received: counts.octets,
            packets_lost: received.lost,
            packets_discarded: counts.discarded,
            packets_unauthenticated: refusals.unauthenticated,
            packets_replayed: refusals.replayed,
            concealed_ms: counts.concealed_samples / SAMPLES_A_MS as u64,
            jitter_ms: received.jitter_ms as f32,
            max_gap_ms: received.max_gap as f32 / 1e6,
            packets_relayed: self.outgoing.counts.relayed,
            is_relayed: self.is_relayed(),
            max_send_gap_ms: self.outgoing.counts.max_gap_ns as f32 / 1e6,
            round_trip_ms: remote.round_trip_ms,
            remote_loss: remote.loss,
            remote_jitter_ms: remote.jitter_ms,
            mos,
            remote_mos: remote.metrics.and_then(|metrics| metrics.listening_score()),
            remote_r_factor: remote.metrics.and_then(|metrics| metrics.rating()),
            remote_burst_loss: remote.metrics.map(|metrics| metrics.burst_loss()),
            remote_gap_loss: remote.metrics.map(|metrics| metrics.gap_loss()),
            remote_delay_ms: remote
                .metrics
                .map(|metrics| f32::from(metrics.end_system_delay)),
        }
    }

    /// Says goodbye to the peer, ends playouts and recordings, and leaves the rest to the reaper.
    pub fn close(mut self: Box<Self>, now: u64, bin: &Bin, mut tell: impl FnMut(Fact)) {
        self.report(now, Farewell::Bye);
        self.outgoing
            .players
            .end_all(PlayoutEnd::LegClosed, bin, &mut tell);
        self.outside.digits.store(0, Ordering::Relaxed);
        let statistics = self.statistics();
        bin.put(Garbage::Leg(self, statistics));
    }
}
