//! Two legs that hear each other and nobody else: whether the packets of one may go to the other as they come, and
//! what is kept while they do.

use super::command::{Configuration, Held};
use super::leg::Leg;
use super::wheel::SLOT_NS;
use crate::codec::Codec;
use crate::graph::gain::Gain;
use crate::graph::MAX_OCTETS;
use crate::rtp::{Header, Rhythm, Sender, Translation};
use crate::telephone_event::Event;

/// A peer that was not heard for so long leaves the other with nothing: then we send silence again, nanoseconds.
const SILENT_NS: u64 = 100_000_000;
/// Packets begin to pass when both peers are quiet, or after so long, nanoseconds.
const PATIENCE_NS: u64 = 2_000_000_000;
/// After they ceased to, they do not begin again for so long, nanoseconds.
const REST_NS: u64 = 1_000_000_000;
/// So many packets of another length than was agreed are no chance.
const ODD_PACKETS: u8 = 4;

/// So much is asked of a leg within the moment that it takes to come back; more is rare, and worth an allocation then.
const HELD: usize = 16;

/// Why packets do not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// One of them has no configuration, or does not send or receive.
    OneWay,
    /// A browser's packets come by another way.
    Browser,
    Codec,
    PacketTime,
    /// The other one is heard louder or softer, or is not what is heard.
    Hearing,
    /// In a conference, or something is played.
    Mixed,
    /// A recording or a feed listens.
    Tapped,
    /// What one of them says is made louder or softer, or its silence left out.
    Changed,
    /// Speech or tones of the network are looked for.
    Detected,
    /// A key is being sent or held, or would have to change its way.
    Key,
    /// A peer sends nothing.
    Silent,
    /// What came was not what was agreed.
    Unfit,
}

/// How a leg looks out for the keys of its peer and sends those of the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Events may come.
    pub receives_events: bool,
    pub finds_tones: bool,
    /// The other leg's keys are sent here.
    pub passes: bool,
    pub sends_events: bool,
    /// One is held or being sent.
    pub is_pressed: bool,
}

/// All that the decision sees of one leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    pub is_both_ways: bool,
    pub is_browser: bool,
    pub codec: Codec,
    /// Of Opus, the highest rate that the peer shall get.
    pub playback_rate: Option<u32>,
    pub packet_time_ms: u32,
    pub hears_only_the_other: bool,
    pub is_mixed: bool,
    pub is_tapped: bool,
    pub is_changed: bool,
    pub is_detecting: bool,
    pub keys: Keys,
    pub is_silent: bool,
    pub is_unfit: bool,
}

/// What keeps the packets of two legs from passing; None: they may.
pub fn hindrance(one: &Side, two: &Side) -> Option<Hindrance> {
    let any = |is: fn(&Side) -> bool| is(one) || is(two);
    let reasons = [
        (!one.is_both_ways || !two.is_both_ways, Hindrance::OneWay),
        (any(|side| side.is_browser), Hindrance::Browser),
        (one.codec != two.codec, Hindrance::Codec),
        (one.playback_rate != two.playback_rate, Hindrance::Codec),
        (
            one.packet_time_ms != two.packet_time_ms,
            Hindrance::PacketTime,
        ),
        (any(|side| !side.hears_only_the_other), Hindrance::Hearing),
        (any(|side| side.is_mixed), Hindrance::Mixed),
        (any(|side| side.is_tapped), Hindrance::Tapped),
        (any(|side| side.is_changed), Hindrance::Changed),
        (any(|side| side.is_detecting), Hindrance::Detected),
        (any(|side| side.keys.is_pressed), Hindrance::Key),
        (
            changes_keys(one, two) || changes_keys(two, one),
            Hindrance::Key,
        ),
        (any(|side| side.is_unfit), Hindrance::Unfit),
        (any(|side| side.is_silent), Hindrance::Silent),
    ];
    let found = reasons.iter().find(|(holds, _)| *holds);
    found.map(|(_, hindrance)| *hindrance)
}

/// Whether keys of one leg would leave the other in another way than they came, or are tones of a codec with memory.
fn changes_keys(from: &Side, to: &Side) -> bool {
    let finds = from.keys.finds_tones;
    let is_quick = matches!(from.codec, Codec::Pcmu | Codec::Pcma);
    let changes = match to.keys.sends_events {
        true => finds,
        false => from.keys.receives_events,
    };
    finds && !is_quick || to.keys.passes && changes
}

impl Side {
    /// A leg, beside the other one of its pair.
    pub fn of(leg: &Leg, other: &Leg, now: u64) -> Option<Self> {
        let (configuration, pair) = (leg.configuration.as_ref()?, leg.pair.as_ref()?);
        let outgoing = &leg.outgoing;
        let packet_ns = u64::from(configuration.packet_time_ms) * 1_000_000;
        let within = match pair.relay {
            Some(_) => SILENT_NS.max(3 * packet_ns),
            None => 2 * packet_ns,
        };
        let is_opus = configuration.codec.is_opus();
        let is_sending_key = outgoing.is_sending_key();
        // What is held while packets pass is passed on.
        let presses = &other.incoming.presses;
        let is_held = pair.relay.is_none()
            && (leg.incoming.is_keyed() || outgoing.relays.is_behind(other.id, presses));
        Some(Self {
            is_both_ways: configuration.sending && configuration.receiving,
            is_browser: leg.browser.is_some(),
            codec: configuration.codec,
            playback_rate: is_opus.then_some(configuration.opus.playback_rate),
            packet_time_ms: configuration.packet_time_ms,
            hears_only_the_other: outgoing.hearing.only() == Some((pair.other, Gain::UNITY)),
            is_mixed: leg.member.is_some() || !outgoing.players.is_empty(),
            is_tapped: !leg.taps.is_empty(),
            is_changed: leg.incoming.has_gain() || outgoing.silence.is_some(),
            is_detecting: leg.incoming.is_detecting_audio(),
            keys: Keys {
                receives_events: !configuration.event_clocks.is_empty(),
                finds_tones: leg.incoming.is_detecting_keys(),
                passes: outgoing.relays.contains(pair.other),
                sends_events: configuration.sent_event().is_some(),
                is_pressed: is_sending_key || is_held,
            },
            is_silent: !leg.incoming.was_heard(within, now),
            is_unfit: pair.is_unfit,
        })
    }
}

/// A packet of audio as it came.
#[derive(Clone, Copy)]
struct Packet {
    header: Header,
    arrived: u64,
    length: usize,
    payload: [u8; MAX_OCTETS],
}

/// The last packets that a leg's peer sent: what a decoder, and a listener's ear, begin with when mixing begins again.
pub struct Kept {
    packets: [Option<Packet>; 2],
    newest: usize,
}

impl Kept {
    const fn new() -> Self {
        Self {
            packets: [None; 2],
            newest: 0,
        }
    }

    fn clear(&mut self) {
        self.packets = [None; 2];
    }

    /// Returns whether it differs from the one before.
    pub fn keep(&mut self, header: &Header, payload: &[u8], arrived: u64) -> bool {
        let before = self.packets[self.newest].as_ref();
        let is_new = before.is_none_or(|before| before.payload[..before.length] != *payload);
        self.newest = 1 - self.newest;
        let place = self.packets[self.newest].get_or_insert(Packet {
            header: *header,
            arrived,
            length: 0,
            payload: [0; MAX_OCTETS],
        });
        (place.header, place.arrived) = (*header, arrived);
        place.length = payload.len().min(MAX_OCTETS);
        place.payload[..place.length].copy_from_slice(&payload[..place.length]);
        is_new
    }

    /// Oldest first.
    pub fn packets(&self) -> impl Iterator<Item = (&Header, &[u8], u64)> {
        let (one, two) = (&self.packets[1 - self.newest], &self.packets[self.newest]);
        one.iter().chain(two).map(|packet| {
            let payload = &packet.payload[..packet.length];
            (&packet.header, payload, packet.arrived)
        })
    }

    /// What came lately; nothing when the last came long ago.
    fn forget_old(&mut self, now: u64) {
        let newest = &self.packets[self.newest];
        if newest.is_none_or(|newest| now.saturating_sub(newest.arrived) >= SILENT_NS) {
            self.clear();
        }
    }
}

/// An event that goes on to a leg's peer, as far as it was sent.
#[derive(Clone, Copy)]
pub struct PassedEvent {
    pub code: u8,
    pub timestamp: u32,
    pub duration: u16,
}

/// While packets pass: how those of the other leg become ones of this leg.
pub struct Relay {
    pub translation: Translation,
    pub event: Option<PassedEvent>,
}

/// A leg's part in a pair.
pub struct Pair {
    pub other: u64,
    /// Where the worker keeps the other one: a guess, checked at every use.
    pub place: u32,
    /// Since when nothing but silence kept packets from passing.
    waiting_since: Option<u64>,
    rests_until: u64,
    pub is_unfit: bool,
    odd_packets: u8,
    pub kept: Kept,
    pub relay: Option<Relay>,
    /// Room for what is asked of the leg while the porter has it.
    pub held: Option<Box<Held>>,
}

impl Pair {
    pub fn with(other: u64) -> Self {
        Self {
            other,
            place: 0,
            waiting_since: None,
            rests_until: 0,
            is_unfit: false,
            odd_packets: 0,
            kept: Kept::new(),
            relay: None,
            held: Some(Box::new(Held::with_capacity(HELD))),
        }
    }

    /// Whether packets may begin to pass, as far as this leg is concerned.
    pub fn may_begin(&mut self, hindrance: Option<Hindrance>, is_quiet: bool, now: u64) -> bool {
        if !matches!(hindrance, None | Some(Hindrance::Silent)) {
            self.waiting_since = None;
            return false;
        }
        let since = *self.waiting_since.get_or_insert(now);
        let waited = now.saturating_sub(since);
        hindrance.is_none() && now >= self.rests_until && (is_quiet || waited >= PATIENCE_NS)
    }

    /// `due`: the slot for which the sender's timestamp is.
    pub fn begin(&mut self, due: u64) {
        self.kept.clear();
        self.odd_packets = 0;
        self.relay = Some(Relay {
            translation: Translation::new(due * SLOT_NS),
            event: None,
        });
    }

    pub fn end(&mut self, now: u64) -> Option<Relay> {
        self.waiting_since = None;
        self.rests_until = now + REST_NS;
        self.kept.forget_old(now);
        self.relay.take()
    }

    /// What SDP agreed is another thing now.
    pub fn reconsider(&mut self) {
        (self.is_unfit, self.odd_packets) = (false, 0);
    }

    /// Looks at the length of a packet that the other leg's peer is to get.
    pub fn check_length(&mut self, payload: &[u8], configuration: &Configuration) {
        let agreed = configuration.packet_time_ms as usize;
        let expected = configuration.codec.octets_a_ms().map(|each| each * agreed);
        let is_odd = expected.is_some_and(|expected| expected != payload.len());
        self.odd_packets = if is_odd { self.odd_packets + 1 } else { 0 };
        self.is_unfit |= self.odd_packets >= ODD_PACKETS;
    }
}

impl Relay {
    pub fn note_event(&mut self, header: &Header, payload: &[u8]) {
        if let Some(event) = Event::parse(payload) {
            self.event = (!event.end).then_some(PassedEvent {
                code: event.code,
                timestamp: header.timestamp,
                duration: event.duration,
            });
        }
    }

    /// A sender for a report: its timestamp is of `now`.
    pub fn sender_at(&self, now: u64, configuration: &Configuration, sender: &Sender) -> Sender {
        let mut at = sender.clone();
        let timestamp = self
            .translation
            .timestamp(now, rhythm(configuration), sender);
        at.go_on_after(timestamp, 0);
        at
    }
}

/// Of what a leg sends.
pub fn rhythm(configuration: &Configuration) -> Rhythm {
    Rhythm {
        units: configuration.units(),
        clock_rate: configuration.codec.clock_rate(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Side = Side {
        is_both_ways: true,
        is_browser: false,
        codec: Codec::Pcmu,
        playback_rate: None,
        packet_time_ms: 20,
        hears_only_the_other: true,
        is_mixed: false,
        is_tapped: false,
        is_changed: false,
        is_detecting: false,
        keys: Keys {
            receives_events: true,
            finds_tones: false,
            passes: true,
            sends_events: true,
            is_pressed: false,
        },
        is_silent: false,
        is_unfit: false,
    };
    /// Without telephone-events: tones are looked for, and sent.
    const TONES: Keys = Keys {
        receives_events: false,
        finds_tones: true,
        passes: true,
        sends_events: false,
        is_pressed: false,
    };

    type Change = fn(&mut Side);

    #[test]
    fn packets_pass_where_nothing_but_the_other_is_to_be_heard() {
        let with = |change: fn(&mut Side)| {
            let mut side = PLAIN;
            change(&mut side);
            side
        };
        let table: [(Change, Hindrance); 13] = [
            (|side| side.is_both_ways = false, Hindrance::OneWay),
            (|side| side.is_browser = true, Hindrance::Browser),
            (|side| side.codec = Codec::Pcma, Hindrance::Codec),
            (|side| side.packet_time_ms = 30, Hindrance::PacketTime),
            (|side| side.hears_only_the_other = false, Hindrance::Hearing),
            (|side| side.playback_rate = Some(24_000), Hindrance::Codec),
            (|side| side.is_mixed = true, Hindrance::Mixed),
            (|side| side.is_tapped = true, Hindrance::Tapped),
            (|side| side.is_changed = true, Hindrance::Changed),
            (|side| side.is_detecting = true, Hindrance::Detected),
            (|side| side.keys.is_pressed = true, Hindrance::Key),
            (|side| side.is_silent = true, Hindrance::Silent),
            (|side| side.is_unfit = true, Hindrance::Unfit),
        ];
        assert_eq!(hindrance(&PLAIN, &PLAIN), None);
        for (change, expected) in table {
            let other = with(change);
            assert_eq!(hindrance(&PLAIN, &other), Some(expected));
            assert_eq!(hindrance(&other, &PLAIN), Some(expected));
        }
    }

    #[test]
    fn keys_pass_as_they_came_or_not_at_all() {
        let deaf = Keys {
            passes: false,
            ..TONES
        };
        let finding = Keys {
            finds_tones: true,
            ..PLAIN.keys
        };
        let table = [
            (PLAIN.keys, PLAIN.keys, None),
            (TONES, TONES, None),
            // From events to tones, from tones to events.
            (PLAIN.keys, TONES, Some(Hindrance::Key)),
            (PLAIN.keys, finding, Some(Hindrance::Key)),
            // One whose keys nobody wants, beside one that has nothing to send them with.
            (
                deaf,
                Keys {
                    passes: false,
                    ..PLAIN.keys
                },
                None,
            ),
        ];
        for (one, two, expected) in table {
            let [one, two] = [one, two].map(|keys| Side { keys, ..PLAIN });
            assert_eq!(hindrance(&one, &two), expected);
            assert_eq!(hindrance(&two, &one), expected);
        }
        let wide = Side {
            codec: Codec::G722,
            keys: TONES,
            ..PLAIN
        };
        assert_eq!(hindrance(&wide, &wide), Some(Hindrance::Key));
    }

    #[test]
    fn packets_begin_to_pass_in_a_pause_or_when_none_comes() {
        let mut pair = Pair::with(2);
        let silent = Some(Hindrance::Silent);
        assert!(!pair.may_begin(Some(Hindrance::Tapped), true, 0));
        assert!(!pair.may_begin(silent, false, 1));
        assert!(!pair.may_begin(None, false, PATIENCE_NS));
        assert!(pair.may_begin(None, true, PATIENCE_NS));
        assert!(pair.may_begin(None, false, PATIENCE_NS + 1));
        pair.begin(3);
        assert!(pair.end(PATIENCE_NS).is_some());
        assert!(!pair.may_begin(None, true, PATIENCE_NS + REST_NS - 1));
        assert!(pair.may_begin(None, true, PATIENCE_NS + REST_NS));
    }

    #[test]
    fn the_last_two_packets_are_kept_while_they_are_new() {
        let mut kept = Kept::new();
        let header = |sequence| Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp: 0,
            ssrc: 1,
        };
        assert!(kept.keep(&header(1), &[1; 160], 0));
        assert!(!kept.keep(&header(2), &[1; 160], 20));
        assert!(kept.keep(&header(3), &[3; 80], 40));
        let got: Vec<_> = kept
            .packets()
            .map(|one| (one.0.sequence, one.1.len()))
            .collect();
        assert_eq!(got, [(2, 160), (3, 80)]);
        kept.forget_old(40 + SILENT_NS);
        assert_eq!(kept.packets().count(), 0);
    }
}
